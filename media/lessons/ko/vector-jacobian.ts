// 강의: 벡터를 주는 backward, 그리고 x − mean(x) 수수께끼.
// backward()는 한 가지를 답합니다. 결과들에 무게를 매겨 더한 값이 어떻게 변하는가? 그 무게가 벡터 v입니다.
import torch from "torch"

// %% 결과가 여럿이면 기울기도 여럿
// y에 원소가 셋, x에도 셋이니 기울기는 아홉입니다. 이것이 야코비 행렬(Jacobian) J이고, 결과마다 한 행입니다.
const x = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const square = (t: torch.Tensor) => t ** 2
const J = torch.autograd.functional.jacobian(square, x.detach())
print(J)

// %% 무엇을 물을지는 v가 고릅니다
// backward(v)는 J를 만들지 않고 vᵀJ를 줍니다. v = [1, 0, 0]이면 첫 행을 읽고, 모두 1이면 행을 다 더합니다.
const y = x ** 2
const v = torch.tensor([0.1, 1.0, 10.0])
y.backward(v)
print(x.grad)
print(v.matmul(J))

// %% 수수께끼
// z는 x에서 평균을 뺀 것입니다. x[0]을 움직이면 z[0]은 1만큼, 아니 평균도 따라 움직이니 2/3만큼 움직이지 않을까요?
const p = torch.tensor([1.0, 2.0, 6.0], { requires_grad: true })
const z = p - p.mean()
const total = z.sum()
total.backward()
//? d total / d p[0]
print(p.grad)

// %% 왜 0일까요
// 야코비 행렬의 열은 저마다 더하면 0입니다. z[0]은 2/3 오르고 나머지 둘은 1/3씩 내려갑니다. 모두 합쳐서 물으면
// (v가 모두 1) 아무것도 변하지 않는다는 답이 나옵니다. z[0]만 물으면 2/3이 그대로 있습니다.
print(torch.autograd.functional.jacobian((t) => t - t.mean(), p.detach()))
const q = torch.tensor([1.0, 2.0, 6.0], { requires_grad: true })
const centred = q - q.mean()
centred.backward(torch.tensor([1.0, 0.0, 0.0]))
print(q.grad)

// %% 흔한 실수
// 원소가 여럿인데 v 없이 backward()를 부르는 것입니다. 무엇을 묻는지 하나로 정해지지 않아서 PyTorch가 거절합니다.
// 빗금을 지우고 실행한 뒤, .sum().backward()와 직접 정한 v 가운데서 골라 보세요.
// (x ** 2).backward()
