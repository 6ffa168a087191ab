// 강의: 연쇄 법칙(chain rule), 한 줄에 인수 하나.
// 실행한 뒤 커서를 x에 두고 "Autograd: 기울기(gradient) 설명"을 고르세요. 아래의 한 줄이 곱의 인수 하나입니다.
import torch from "torch"

// %% 네 줄로 된 사슬
// 줄마다 자기 기울기만 압니다. 뒤에 무엇이 오는지는 어느 줄도 모릅니다.
const x = torch.tensor(2.0, { requires_grad: true })
const a = 3 * x
const b = a + 1
const c = b ** 2
const d = c / 7
print(d)

// %% 길을 따라 놓인 기울기
// 끝에서부터 봅니다. d/c는 1/7, c/b는 2b = 14, b/a는 1, a/x는 3입니다. 모두 곱하면 얼마일까요?
d.backward()
//? d d / d x
print(x.grad)

// %% 중간의 기울기
// 기울기는 leaf(잎)에만 남습니다. retain_grad()는 중간 결과에게도 남겨 달라고 부탁해서, 곱해지는 과정을 볼 수 있습니다.
const u = torch.tensor(2.0, { requires_grad: true })
const v = (3 * u + 1) ** 2
const w = v / 7
v.retain_grad()
w.backward()
print(v.grad, u.grad)

// %% 긴 사슬은 커지거나 사라집니다
// 1/2을 열 번 곱하면 천분의 일이 남고, 2를 열 번 곱하면 천이 됩니다. 깊은 신경망은 늘 이 문제와 함께 삽니다.
for (const factor of [0.5, 1, 2]) {
  const start = torch.tensor(1.0, { requires_grad: true })
  let value = start * 1
  for (let i = 0; i < 10; i++) value = value * factor
  value.backward()
  print(factor, start.grad)
}

// %% 흔한 실수
// 기울기를 곱하지 않고 더하는 것입니다. 1/7 + 14 + 1 + 3은 그럴듯해 보이지만 틀렸습니다.
// 변화는 모든 줄을 차례로 지나가고, 줄마다 받은 것을 늘리거나 줄입니다.
print(1 / 7 + 14 + 1 + 3, 1 / 7 * 14 * 1 * 3)
