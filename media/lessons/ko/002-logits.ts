// 강의: 층 하나, 손실 하나, 매개변수 둘.
// 실행한 다음 커서를 loss에 두고 "Autograd: 그래프 보기"를 고르세요. w와 b는 잎(leaf)에, 손실(loss)은 뿌리(root)에 있습니다.
import torch from "torch"

// %% 매개변수와 그것으로 만든 것
// x와 y는 데이터라서 바뀌지 않습니다. 배워야 하는 것은 w와 b이므로 둘만 기울기(gradient)를 요구합니다.
torch.manual_seed(1)
const x = torch.ones(5)
const y = torch.zeros(3)
let w = torch.randn(5, 3, { requires_grad: true })
let b = torch.randn(3, { requires_grad: true })
let z = torch.matmul(x, w) + b
let loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(loss)

// %% 나중에 요구하기
// requires_grad_(true)는 이미 있는 텐서에 같은 일을 합니다. 끝의 _는 텐서 자신을 바꾼다는 표시입니다.
// 순전파 계산보다 먼저 해야 합니다. 그 전에 계산한 것은 지켜보지 않았으니까요.
torch.manual_seed(1)
w = torch.randn(5, 3)
b = torch.randn(3)
w = w.requires_grad_(true)
b = b.requires_grad_(true)
z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(w.requires_grad, b.requires_grad, w.is_leaf)

// %% 기울기 보기
// w.grad의 모든 행이 b.grad와 같습니다. x가 모두 1이라서 w의 각 행은 b와 똑같은 방식으로 z에 들어갑니다.
loss.backward()
print(w.grad)
print(b.grad)

// %% 순전파만 할 때
// 학습이 끝난 모델을 쓸 때는 기울기가 필요 없습니다. no_grad 안에서는 아무것도 기억하지 않아 메모리와 시간을 아낍니다.
z = torch.matmul(x, w) + b
print(z.requires_grad)

{
  using _ = torch.no_grad()
  z = torch.matmul(x, w) + b
}
print(z.requires_grad)

// %% 텐서 하나만 떼어 낼 때
// detach()는 결과를 그래프에서 꺼냅니다. z 뒤의 그래프는 그대로 있고, z_det만 거기에 속하지 않습니다.
z = torch.matmul(x, w) + b
const z_det = z.detach()
print(z_det.requires_grad)

// %% 흔한 실수
// 두 번 누르는 것입니다. "with_logits"는 손실 함수가 시그모이드(sigmoid)를 직접 적용한다는 뜻이라서 날것의 z를 원합니다.
// 주석으로 막아 둔 줄은 확률을 넘깁니다. 오류도 없고 그럴듯한 수가 나오지만, 기울기가 너무 작아집니다.
const right = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(right)
// print(torch.nn.functional.binary_cross_entropy_with_logits(torch.sigmoid(z), y))
