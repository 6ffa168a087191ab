// 강의: 선형 층 하나를 손으로 맞추기.
// 텐서는 자기를 만든 연산을 기억합니다. 그 기록이 방향이 있고 순환이 없는 그래프(DAG)입니다.
import torch from "torch"
import * as F from "torch/nn/functional"

// %% 가장 작은 그래프: 잎(leaf) 둘과 뺄셈 하나
let x = torch.rand(1, { requires_grad: true })
let y = torch.rand(1)
y.requires_grad = true
let loss = y - x

// %% 난수와 상관없는 두 기울기
// y는 한 번, x는 음의 부호로 한 번 들어갑니다. 어떤 수가 뽑혔든 기울기(gradient)는 1과 -1입니다.
loss.backward()
print(x.grad, y.grad)

// %% 선형 층(linear layer)
// 입력 넷, 출력 셋: z = x · W + b. 시드(seed)를 정해 두면 실행할 때마다 같은 W와 b가 뽑힙니다.
torch.manual_seed(0)
x = torch.ones(4)
y = torch.zeros(3)
let W = torch.rand(4, 3, { requires_grad: true })
let b = torch.rand(3, { requires_grad: true })
let z = torch.matmul(x, W) + b
print(W, b, z)

// %% 얼마나 틀렸을까요?
// 평균 제곱 오차(mean squared error): z와 y의 차이를 제곱하고 평균을 냅니다. 그런 다음 역전파를 한 번 합니다.
loss = F.mse_loss(z, y)
loss.backward()
print(loss, W.grad, b.grad)

// %% 내리막 걷기
// 한 바퀴마다 기울기의 반대쪽으로 조금 움직이고 다시 잽니다.
const threshold = 0.1
const learning_rate = 0.01
let iteration_num = 0

while (loss > threshold) {
  iteration_num += 1
  W = W - learning_rate * W.grad
  b = b - learning_rate * b.grad
  print(iteration_num, loss, z, y)

  // 새 W는 뺄셈의 결과라서 더는 leaf가 아닙니다. detach_()는 지난 바퀴들에서 W를 끊어 내고,
  // requires_grad_(true)는 W를 새 그래프의 출발점으로 만듭니다.
  W.detach_().requires_grad_(true)
  b.detach_().requires_grad_(true)

  z = torch.matmul(x, W) + b
  loss = F.mse_loss(z, y)
  loss.backward()
}

print("final:", iteration_num + 1, loss, z, y)

// %% 흔한 실수
// detach_ 두 줄을 빼먹는 것입니다. 그러면 W는 결과가 되고, 결과는 .grad를 간직하지 않습니다. 둘째 바퀴부터 W.grad가 null이라서
// 빼는 것이 없고 손실(loss)은 제자리입니다. 그 두 줄을 주석으로 바꾸고 지켜보세요(중지를 누르면 끝납니다).
