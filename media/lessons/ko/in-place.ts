// 강의: 텐서를 제자리에서(in-place) 바꾸기.
// 끝에 _가 붙은 함수(add_, mul_)와 +=는 텐서 자체를 바꿉니다. autograd는 이것도 지켜보다가, 틀린 답이 될 곳에서 멈춥니다.
import torch from "torch"

// %% 버전 번호
// 제자리에서 바꿀 때마다 번호가 올라갑니다. 노드는 보관한 텐서의 번호를 기억합니다.
const t = torch.ones(3)
print(t._version)
t.add_(1)
t[0] = 5
print(t, t._version)

// %% 괜찮은 경우: 예전 값이 필요 없습니다
// a가 무엇이든 d(a + 1)/da는 1입니다. 그래서 덧셈은 아무것도 보관하지 않았고, 그 결과를 바꿔도 됩니다.
const a = torch.tensor([1.0, 2.0], { requires_grad: true })
const b = a + 1
b.mul_(10)
const c = b.sum()
c.backward()
print(a.grad)

// %% 안 되는 경우: 기울기에 그 값이 필요합니다
// d(e²)은 2e이므로 pow는 e를 보관했습니다. 지금 e를 바꾸면 backward가 틀린 수를 쓰게 됩니다. 그래서 거절하고 알려 줍니다.
// 가운데 줄의 빗금을 지우고 실행해 보세요. 두 줄을 모두 짚어 줍니다.
const d = torch.tensor([1.0, 2.0], { requires_grad: true })
const e = d * 3
const f = (e ** 2).sum()
// e.add_(1)
f.backward()
print(d.grad)

// %% 텐서의 일부
// 일부에 값을 쓰면 내력도 다시 쓰입니다. 덮어쓴 원소의 기울기는 새로 쓴 값 쪽으로 갑니다.
const g = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const h = g * 1
h[1] = 10
const k = (h ** 2).sum()
k.backward()
print(g.grad)

// %% 매개변수 갱신
// 지켜보는 동안 leaf(잎)를 제자리에서 바꿀 수는 없지만, no_grad 안에서는 됩니다. 옵티마이저가 하는 일이 이것입니다.
const w = torch.tensor([1.0, 2.0], { requires_grad: true })
const loss = (w ** 2).sum()
loss.backward()
torch.no_grad(() => w.sub_(0.1 * w.grad))
print(w)

// %% 흔한 실수
// 그것을 no_grad 없이 하는 것입니다. leaf가 자기 자신의 계산 결과가 되어 버리므로 PyTorch가 막습니다. 해 보세요.
// w.sub_(0.1 * w.grad)
