// 강의: 수 하나와 여러 수로 알아보는 backward()와 .grad.
// 전체를 실행한 다음 수를 하나 바꾸고 다시 실행해 보세요. 다시 실행할 때까지 예전 값은 흐려집니다.
import torch from "torch"

// %% 원소 하나, 지켜볼 때
let x = torch.tensor(2.0, { requires_grad: true })
let y = 2 * x ** 2 + 1
print(x)
print(y)

// %% 같은 계산, 지켜보지 않을 때
// requires_grad가 없어도 값은 똑같이 9입니다. 하지만 어디서 왔는지 기억하는 것이 없습니다. grad_fn이 없습니다.
{
  const x = torch.tensor(2.0, { requires_grad: false })
  const y = 2 * x ** 2 + 1
  print(x)
  print(y)
}

// %% 거슬러 가기
// 역전파 전의 x.grad는 null이고, 이것은 0과 다릅니다. 아직 아무도 묻지 않았다는 뜻입니다.
print(x.grad)
// backward()는 아무것도 돌려주지 않습니다. 답은 각 leaf(잎)의 .grad에 남깁니다. dy/dx = 4x이고 x는 2입니다.
y.backward()
print(x.grad)

// %% 원소 여럿, 두 층과 평균
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], { requires_grad: true })
print(x)
y = 2 * x + 1
print(y)
const z = y ** 2
print(z)
const out = z.mean()
print(out)

// %% 기울기 여섯 개를 한 번에
out.backward()
print(x.grad)
// 원소 하나를 손으로 구하면: out = z/6 + …, z = y², y = 2x + 1
//   1/6 · 2y · 2 = 2(2x + 1)/3
//   x = 1이면 2, x = 2이면 3.3333, x = 3이면 4.6667
// 결과(뿌리)에서 leaf(잎)까지 사슬을 따라가며 기울기를 구해 차례로 곱합니다(연쇄 법칙, chain rule).

// %% 기울기를 값으로 받기
// torch.autograd.grad는 기울기를 돌려주고 .grad는 건드리지 않습니다. 답은 늘 목록입니다. 입력 하나에 하나씩 들어 있습니다.
const [slope] = torch.autograd.grad((x ** 2).sum(), x)
print(slope)

// %% 흔한 실수
// .grad가 쌓인다는 것을 잊는 것입니다. 두 번째 역전파는 예전 기울기를 바꾸지 않고 거기에 더합니다.
const w = torch.tensor(2.0, { requires_grad: true })
const first = w ** 2
first.backward()
print(w.grad)
const second = w ** 2
second.backward()
// 함수는 그대로인데 기울기가 두 배가 되었습니다. 옵티마이저의 zero_grad()나 w.grad = null로 새로 시작합니다.
print(w.grad)
