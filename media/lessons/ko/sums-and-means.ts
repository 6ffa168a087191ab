// 강의: 합, 평균, 그리고 여럿 가운데 하나.
// 손실은 많은 수로 만든 수 하나입니다. 어떻게 줄이느냐에 따라 원소마다 받는 기울기가 달라집니다.
import torch from "torch"

// %% 합은 모두에게 1을 줍니다
const x = torch.tensor([1.0, 2.0, 4.0], { requires_grad: true })
const total = x.sum()
total.backward()
print(x.grad)

// %% 평균은 모두에게 몫을 나눠 줍니다
// 원소가 셋이니, 하나가 움직이면 평균은 그 삼분의 일만 움직입니다.
const m = torch.tensor([1.0, 2.0, 4.0], { requires_grad: true })
const mean = (m ** 2).mean()
mean.backward()
//? d mean / d m[2]
print(m.grad)

// %% 최댓값은 하나에게 다 줍니다
// 가장 큰 원소만 최댓값을 움직일 수 있습니다. 나머지는 정확히 0을 받고, 값이 같으면 나눠 갖습니다.
const t = torch.tensor([1.0, 5.0, 5.0], { requires_grad: true })
const largest = t.max()
largest.backward()
print(t.grad)

// %% 노름(norm)은 저마다의 방향을 줍니다
// 길이의 기울기는 벡터와 같은 쪽을 가리키고, 그 길이는 1입니다.
const v = torch.tensor([3.0, 4.0], { requires_grad: true })
const length = v.norm()
length.backward()
print(v.grad)

// %% 한 차원만 따라서
// 행마다 더하면 행마다 수가 하나씩 남고, 저마다 기울기를 묻습니다. 그래서 backward()는 각각을 얼마나 칠지
// 알고 싶어 합니다.
const rows = torch.ones(2, 3, { requires_grad: true })
const sums = rows.sum(1)
sums.backward(torch.tensor([1.0, 10.0]))
print(rows.grad)

// %% 흔한 실수
// 평균을 내야 할 곳에서 더하는 것입니다. 표본이 10개에서 100개가 되면 합으로 만든 손실의 기울기는 열 배가 되고,
// 잘 되던 학습률이 갑자기 매개변수를 내던집니다. 둘을 견주어 보세요.
const w = torch.tensor(1.0, { requires_grad: true })
const errors = w * torch.ones(100)
const summed = torch.autograd.grad(errors.sum(), w, { retain_graph: true })
const averaged = torch.autograd.grad(errors.mean(), w)
print(summed, averaged)
