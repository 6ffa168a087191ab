// 강의: 브로드캐스팅(broadcasting)과 기울기.
// 작은 텐서는 큰 텐서에 맞추어 늘어납니다. 되돌아올 때는 사본들의 기울기가 더해집니다.
import torch from "torch"

// %% 수 하나를 여럿에게
// b는 수 하나인데 원소 셋에 모두 쓰입니다. 기울기의 모양은 b 자신의 모양이고, 값은 셋의 합입니다.
const x = torch.tensor([1.0, 2.0, 3.0])
const b = torch.tensor(10.0, { requires_grad: true })
const y = x * b
print(y.shape, b.shape)

// %% b에는 무엇이 올까요?
// 합은 원소마다 기울기 1로 묻고, i번째 원소는 x[i]를 넘겨줍니다. b의 사본은 셋입니다. 합치면 얼마일까요?
const out = y.sum()
out.backward()
//? d out / d b
print(b.grad)

// %% 행마다 더하는 편향(bias)
// 모양이 [2]인 편향이 네 행에 쓰입니다. 원소마다 네 번씩 쓰이는 셈입니다.
const batch = torch.zeros(4, 2)
const bias = torch.zeros(2, { requires_grad: true })
const added = (batch + bias).sum()
added.backward()
print(bias.grad)

// %% 행과 열이 함께
// [3, 1]과 [1, 2]는 [3, 2]에서 만납니다. 저마다 모자란 쪽으로 복사되고, 그쪽으로 더한 값을 돌려받습니다.
const column = torch.tensor([[1.0], [2.0], [3.0]], { requires_grad: true })
const row = torch.tensor([[10.0, 20.0]], { requires_grad: true })
const grid = column * row
const all = grid.sum()
all.backward()
print(column.grad)
print(row.grad)

// %% 흔한 실수
// 모양이 [4, 1]인 예측과 [4]인 정답입니다. 오류는 나지 않습니다. 둘 다 [4, 4]로 늘어나서 모든 예측이 모든 정답을 만나고,
// 모델은 정답의 평균을 배웁니다. 실행할 때 경고가 알려 줍니다. squeeze(1)이면 됩니다.
const prediction = torch.tensor([[1.0], [2.0], [3.0], [4.0]], { requires_grad: true })
const target = torch.tensor([1.0, 2.0, 3.0, 4.0])
print(torch.nn.functional.mse_loss(prediction, target))
print(torch.nn.functional.mse_loss(prediction.squeeze(1), target))
