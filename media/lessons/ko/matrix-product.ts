// 강의: 행렬 곱의 기울기.
// A @ B의 원소는 A의 한 행과 B의 한 열을 곱한 것입니다. 미분하는 데는 이것만 알면 됩니다.
import torch from "torch"

// %% A[0][0]은 어디로 갈까요?
// A의 0번 행에 있으니 C의 0번 행 원소 모두에 들어가고, 그때마다 B의 0번 행 원소 하나와 곱해집니다.
const A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], { requires_grad: true })
const B = torch.tensor([[5.0, 6.0], [7.0, 8.0]], { requires_grad: true })
const C = A.matmul(B)
print(C)

// %% 그 기울기
// out이 모든 원소의 합이면 A[0][0]은 B[0][0]과 B[0][1]을 만납니다. 길이 둘이고, 기울기는 더해집니다.
const out = C.sum()
out.backward()
//? d out / d A[0][0]
print(A.grad)
print(B.grad)

// %% 행렬로 쓰면
// 모든 원소를 한꺼번에 쓰면 A.grad = G @ Bᵀ, B.grad = Aᵀ @ G입니다. G는 C에 도착한 기울기입니다(여기서는 모두 1).
const G = torch.ones(2, 2)
print(G.matmul(B.detach().t()).eq(A.grad).all())
print(A.detach().t().matmul(G).eq(B.grad).all())

// %% 층 하나가 행렬 곱 하나입니다
// 특성이 둘인 입력 셋을 출력이 넷인 층에 통과시킵니다. 가중치의 기울기는 배치 전체를 더한 것입니다.
torch.manual_seed(0)
const inputs = torch.randn(3, 2)
const layer = new torch.nn.Linear(2, 4)
const scores = layer(inputs)
scores.sum().backward()
print(layer.weight.grad)
print(layer.bias.grad)

// %% 흔한 실수
// 행렬 곱이 필요한 곳에서 원소끼리 곱하는 것입니다. 모양만 맞으면 A * B도 모양과 기울기를 갖추고, 오류는 나지 않습니다.
// 그래프의 이름이 둘을 구별해 줍니다. 여기는 MulBackward0, 위는 MmBackward0입니다.
print(A * B)
