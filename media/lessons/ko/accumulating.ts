// 강의: 기울기는 쌓입니다.
// backward()는 .grad를 새로 쓰지 않고 거기에 더합니다. 일부러 그런 것인데, 누구나 한 번은 놀랍니다.
import torch from "torch"

// %% 한 번
const w = torch.tensor(2.0, { requires_grad: true })
const first = w * 3
first.backward()
print(w.grad)

// %% 두 번
// 한 번 더 거슬러 가면 3이 또 옵니다. 이제 .grad에는 얼마가 있을까요? (미분값 자체는 그대로 3입니다.)
const second = w * 3
second.backward()
print(w.grad)

// %% 새로 시작하기
// null은 "아직 없음"이라는 뜻입니다. 0으로 채운 텐서도 됩니다. 옵티마이저에서는 zero_grad()라고 부릅니다.
w.grad = null
const third = w * 3
third.backward()
print(w.grad)

// %% 쌓이는 것이 필요할 때
// 메모리에 다 들어가지 않는 배치는 나누어 처리합니다. 부분마다 손실을 나누면, 합이 전체의 기울기가 됩니다.
const data = torch.tensor([1.0, 2.0, 3.0, 4.0])
const p = torch.tensor(1.0, { requires_grad: true })
for (const part of data.split(2)) {
  const loss = (p * part).mean() / 2
  loss.backward()
}
print(p.grad, data.mean())

// %% 학습 루프에서
// zero_grad, forward, backward, step. 이 가운데 잊히는 것은 늘 첫 번째입니다.
const q = torch.tensor(0.0, { requires_grad: true })
const optimizer = new torch.optim.SGD([q], { lr: 0.1 })
for (let step = 0; step < 20; step++) {
  optimizer.zero_grad()
  const loss = (q - 4) ** 2
  loss.backward()
  optimizer.step()
}
print(q)

// %% 흔한 실수
// 같은 루프에서 zero_grad()를 빼는 것입니다. 낡은 기울기가 계속 밀어서 q는 4를 지나쳐 흔들립니다.
// r의 호버와 문제 보기가 쌓이는 줄을 알려 줍니다.
const r = torch.tensor(0.0, { requires_grad: true })
for (let step = 0; step < 20; step++) {
  const loss = (r - 4) ** 2
  loss.backward()
  torch.no_grad(() => r.sub_(0.1 * r.grad))
}
print(r.detach(), r.grad)
