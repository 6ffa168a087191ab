// 강의: 왜 기울기가 없을까요?
// 칸마다 다른 까닭으로 기울기를 잃습니다. 실행한 뒤 이름을 가리키면 어느 줄이 끊었는지 알려 줍니다.
import torch from "torch"

// %% 아무도 부탁하지 않았습니다
// 텐서는 부탁을 받아야만, 그것도 계산하기 전에 받아야만 지켜봅니다.
const a = torch.tensor([1.0, 2.0])
const b = torch.tensor([3.0, 4.0], { requires_grad: true })
const first = (a * b).sum()
first.backward()
print(a.grad, b.grad)

// %% 잘려 나갔습니다
// detach()는 같은 수를 기록 없이 줍니다. 그 앞은 모두 어둠에 묻힙니다.
const c = torch.tensor([1.0, 2.0], { requires_grad: true })
const half = (c * 3).detach()
const second = (half * b).sum()
second.backward()
print(c.grad)

// %% 보통 수가 되어 나갔습니다
// item()은 출력할 때 쓰는 것입니다. 그것으로 만든 손실은 그 수가 어디서 왔는지 모릅니다.
const d = torch.tensor(2.0, { requires_grad: true })
const number = (d ** 2).item()
const third = torch.tensor(number, { requires_grad: true }) * 3
third.backward()
print(number, d.grad)

// %% 이름이 다른 것을 가리킵니다
// 갱신하면서 새 텐서, 곧 계산 결과가 생겼습니다. .grad는 leaf(잎)에만 남는데 이 w는 이제 leaf가 아닙니다.
let w = torch.tensor(1.0, { requires_grad: true })
w = w * 0.9
const fourth = w ** 2
fourth.backward()
print(w.is_leaf)

// %% 길 위에 있지 않았습니다
// unused는 fifth에 참여하지 않았습니다. 기울기는 0이 아니라 null입니다. 아무도 묻지 않았으니까요.
const unused = torch.tensor(1.0, { requires_grad: true })
const fifth = b.sum()
fifth.backward()
print(unused.grad)

// %% 흔한 실수
// backward()가 grad_fn이 없다고 불평하자 손실에 requires_grad를 켜는 것입니다. 불평은 사라지지만 기울기도 다 사라집니다.
// 손실이 혼자 leaf가 되었을 뿐, 매개변수는 여전히 멀리 있습니다.
const parameters = torch.tensor([1.0, 2.0])
const loss = (parameters ** 2).sum()
loss.requires_grad = true
loss.backward()
print(loss.grad, parameters.grad)
