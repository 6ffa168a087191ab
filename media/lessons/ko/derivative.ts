// 강의: 첫 번째 미분.
// 위의 ▷ 실행을 누르세요. 줄 끝에 그 줄의 값이 나타나고, 이름을 가리키면 속을 볼 수 있습니다.
import torch from "torch"

// %% 지켜보는 수
// 기울기는 x를 조금 움직일 때 x²이 얼마나 움직이는지 말해 줍니다. autograd가 이것을 스스로 찾아냅니다.
const x = torch.tensor(3.0, { requires_grad: true })
const y = x ** 2
print(y)

// %% 기울기는 얼마일까요?
// 보기 전에 계산해 보세요. d(x²)/dx = 2x입니다. 다음 줄 위의 렌즈에 답을 적습니다.
y.backward()
//? d y / d x
print(x.grad)

// %% 손으로 재기: 조금 밀고 재 봅니다
// 기울기는 몫입니다. y가 움직인 거리를 x를 민 거리로 나눕니다. 조금 밀수록 기울기에 가까워집니다.
for (const nudge of [1, 0.1, 0.01, 0.001]) {
  print(nudge, ((3 + nudge) ** 2 - 3 ** 2) / nudge)
}

// %% 자리가 다르면 기울기도 다릅니다
// 미분은 자리에 딸린 수입니다. 포물선은 0에서 평평하고, 그 왼쪽에서는 내려갑니다.
for (const at of [-2, 0, 2]) {
  const t = torch.tensor(at, { dtype: torch.float32, requires_grad: true })
  const square = t ** 2
  square.backward()
  print(at, t.grad)
}

// %% 기울기의 기울기
// create_graph는 기울기를 구한 길까지 남겨 두어서, 그것을 다시 미분할 수 있습니다. d²(x³)/dx² = 6x = 18입니다.
const s = torch.tensor(3.0, { requires_grad: true })
const [slope] = torch.autograd.grad(s ** 3, s, { create_graph: true })
print(slope)
slope.backward()
print(s.grad)

// %% 흔한 실수
// 정수는 조금만 움직일 수가 없으니 기울기도 없습니다. 3n이라고 쓰면 int64 텐서가 되고, PyTorch는 받아들이지 않습니다.
// torch.tensor(3n, { requires_grad: true })
