// 강의: 경사하강법(gradient descent)으로 무작위 텐서를 목표 위로 옮기기.
// 반복문은 여러 번 돕니다. 그 안의 줄은 마지막 값과 몇 번 실행됐는지를 보여 줍니다.
import torch from "torch"
import * as F from "torch/nn/functional"

// %% 가고 싶은 곳
const target = torch.FloatTensor(Array.from({ length: 9 }, (_, i) => (i + 1) / 10))
print(target)

// %% 출발하는 곳
// rand_like는 같은 모양의 텐서를 뽑습니다. 움직일 것이 바로 이것이므로 기울기(gradient)를 요구해야 합니다.
torch.manual_seed(0)
let x = torch.rand_like(target)
x.requires_grad = true
print(x)

// %% 거리
let loss = F.mse_loss(x, target)
print(loss)

// %% 작아질 때까지 걷기
const threshold = 1e-5
const learning_rate = 1
let iter_cnt = 0

while (loss > threshold) {
  iter_cnt += 1
  loss.backward()
  x = x - learning_rate * x.grad
  // 고친 x는 예전 x의 결과입니다. 바퀴마다 끊어 내고 기울기를 새로 요구합니다.
  x.detach_()
  x.requires_grad_()

  loss = F.mse_loss(x, target)

  print(`${iter_cnt}-th Loss : ${loss.item().toExponential(4)}`)
  print(x)
}
// 학습률(learning rate)을 바꿔 보세요. 0.1은 기어가고, 3은 서두르고, 9 이상이면 끝내 도착하지 못합니다. 중지(Stop)로 멈출 수 있습니다.

// %% 지켜보는 성질은 옮습니다
// x가 기울기를 요구하므로 x로 만든 결과도 모두 그렇고, 저마다 자기를 만든 연산의 이름을 답니다.
x = torch.FloatTensor(Array.from({ length: 4 }, (_, i) => i + 1)).reshape(2, 2).requires_grad_(true)
print(x)

// %% 덧셈
const x1 = x + 2
print(x1)

// %% 뺄셈
const x2 = x - 2
print(x2)

// %% 곱셈
const x3 = x1 * x2
print(x3)

// %% 합
const y = x.sum()
print(y)

// %% 합에서 거슬러 가기
y.backward()
print(x.grad)

// %% 흔한 실수
// 어디에나 기울기가 있으리라 기대하는 것입니다. y는 x만으로 만들었고 x1, x2, x3은 끼지 않았습니다. 그리고 leaf(잎)만 .grad를
// 간직하므로, 끼었던 결과라도 역전파 전에 retain_grad()를 부르지 않았다면 null입니다.
// 하나 더: x3.backward()는 실패합니다. x3은 수가 네 개인데, 인자 없는 backward()는 수 하나에서 출발하기 때문입니다.
// x3.backward()
