// 강의: 손으로 만드는 분류기.
// 점 구름 둘과 그 사이의 직선 하나입니다. 아직 옵티마이저도 모듈도 없이, 걸음마다 직접 적습니다.
import torch from "torch"
import * as F from "torch/nn/functional"

// %% 데이터
// (−1, −1) 둘레의 점 50개는 레이블이 0, (1, 1) 둘레의 점 50개는 1입니다.
torch.manual_seed(0)
const points = torch.cat([torch.randn(50, 2) - 1, torch.randn(50, 2) + 1])
const labels = torch.cat([torch.zeros(50), torch.ones(50)])
print(points.shape, labels.mean())

// %% 모델은 직선입니다
// score = w · x + b. 0보다 크면 1, 작으면 0이라고 말합니다. sigmoid가 그것을 확률로 바꿉니다.
const w = torch.zeros(2, { requires_grad: true })
const b = torch.zeros(1, { requires_grad: true })
const score = (inputs: torch.Tensor) => inputs.matmul(w) + b
print(torch.sigmoid(score(points.narrow(0, 0, 2))))

// %% 학습
// 따로 적지 않아도 패널의 반복 보기가 손실과 기울기의 크기를 그려 줍니다.
const learning_rate = 0.5
for (let epoch = 0; epoch < 40; epoch++) {
  const loss = F.binary_cross_entropy_with_logits(score(points), labels)
  loss.backward()
  torch.no_grad(() => {
    w.sub_(learning_rate * w.grad)
    b.sub_(learning_rate * b.grad)
  })
  w.grad = null
  b.grad = null
}
print(w, b)

// %% 얼마나 잘할까요?
// 정확도는 세는 것입니다. 기울기가 없으니 사람을 위한 것이지 backward()를 위한 것이 아닙니다.
const right = (score(points) > 0).float().eq(labels)
const accuracy = right.float().mean()
print(accuracy)

// %% 기울기가 하는 말
// 이 손실에서 점수의 기울기는 (확률 − 레이블)입니다. 모델이 틀린 곳에서 크고 맞은 곳에서 작습니다.
const one = torch.tensor(0.3, { requires_grad: true })
const single = F.binary_cross_entropy_with_logits(one, torch.tensor(1.0))
single.backward()
print(one.grad, torch.sigmoid(torch.tensor(0.3)) - 1)

// %% 흔한 실수
// 정확도로 학습하려는 것입니다. 비교한 것을 센 수라서 되돌아갈 길이 없고, backward()가 그렇게 말합니다. 해 보세요.
// accuracy.backward()
