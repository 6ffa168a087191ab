// 강의: 첫 번째 기울기(gradient).
// 위의 ▷ 실행을 누르세요(또는 Ctrl+Alt+Enter). 줄 끝에 그 줄의 값이 나타나고, 이름을 가리키면 속을 볼 수 있습니다.
import torch from "torch"

// %% 지켜보는 텐서
// requires_grad는 autograd(자동 미분)에게 x를 지켜보라고 부탁합니다. x로 계산한 것은 모두 자기가 어떻게 만들어졌는지 기억합니다.
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2

print(x)
print(y)
// y는 덧셈의 결과이고, grad_fn이 그것을 말해 줍니다. AddBackward0은 "+"를 거슬러 기울기를 돌려보내는 법을 압니다.
// x에는 grad_fn이 없습니다. 직접 만든 텐서라서 되돌아가는 길이 거기서 끝납니다. 이런 텐서를 leaf(잎)라고 부릅니다.
print(y.grad_fn)

// %% 순전파(forward): 계산하는 동안 그래프가 자랍니다
// 미리 선언한 것은 없습니다. 연산이 실행될 때마다 노드가 하나씩 붙습니다(define by run).
const z = y * y * 3
const out = z.mean()

print(z)
print(out)

// %% 역전파(backward): 수 하나가 묻고, 모든 leaf가 답합니다
// out은 수 하나이므로 backward()에 인자가 필요 없습니다. d out / d out = 1에서 출발합니다.
out.backward()
print(x.grad)
// 왜 4.5일까요? out에서 x의 원소 하나까지 거슬러 가며 기울기를 곱해 보세요.
//   out = (z1 + z2 + z3 + z4) / 4     기울기 1/4
//   z = 3 · y · y                     기울기 3 · (y + y) = 18, y는 3이고 두 번 쓰였으므로
//   y = x + 2                         기울기 1
//   1/4 · 18 · 1 = 4.5

// %% 지켜보지 않게 하고 계산하기
// no_grad 안에서도 x는 그대로입니다. 달라지는 것은 결과입니다. grad_fn이 생기지 않고, 기울기도 요구하지 않습니다.
print(x.requires_grad)
print((x ** 2).requires_grad)

{
  using _ = torch.no_grad()
  print((x ** 2).requires_grad)
}

// %% 그래프 밖으로 나오기
// detach()는 같은 수를 함께 쓰지만 autograd가 지켜보지 않는 두 번째 텐서를 줍니다.
print(x.requires_grad)
{
  const y = x.detach()
  print(y.requires_grad)
  print(x.eq(y).all())
}

// %% 흔한 실수
// 같은 그래프를 두 번 거슬러 가는 것입니다. 역전파가 끝나면 노드가 보관하던 텐서를 놓아 버립니다.
// 아래 줄의 빗금 두 개를 지우고 실행해 보세요. 대신 무엇을 하면 되는지 오류가 알려 줍니다.
// out.backward()
