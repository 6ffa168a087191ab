// Lesson: why is there no gradient?
// Each cell loses the gradient in another way. Point at the name after a run: the hover says which line cut it.
import torch from "torch"

// %% Nobody asked for it
// A tensor is watched only if someone says so, before the computation.
const a = torch.tensor([1.0, 2.0])
const b = torch.tensor([3.0, 4.0], { requires_grad: true })
const first = (a * b).sum()
first.backward()
print(a.grad, b.grad)

// %% It was cut off
// detach() gives the same numbers without their history. Everything before it stays dark.
const c = torch.tensor([1.0, 2.0], { requires_grad: true })
const half = (c * 3).detach()
const second = (half * b).sum()
second.backward()
print(c.grad)

// %% It left as a plain number
// item() is for printing. A loss that is built from it knows nothing of where the number came from.
const d = torch.tensor(2.0, { requires_grad: true })
const number = (d ** 2).item()
const third = torch.tensor(number, { requires_grad: true }) * 3
third.backward()
print(number, d.grad)

// %% The name means something else now
// The update made a new tensor, a result. Only leaves keep .grad, and this w is none any more.
let w = torch.tensor(1.0, { requires_grad: true })
w = w * 0.9
const fourth = w ** 2
fourth.backward()
print(w.is_leaf)

// %% It was not on the way
// unused takes no part in fifth. Its gradient is not 0, it is null: nobody ever asked.
const unused = torch.tensor(1.0, { requires_grad: true })
const fifth = b.sum()
fifth.backward()
print(unused.grad)

// %% A classic mistake
// Setting requires_grad on the loss because backward() complained that it had no grad_fn. The complaint is gone, and so
// is every gradient: the loss is now a leaf of its own, and the parameters are as far away as before.
const parameters = torch.tensor([1.0, 2.0])
const loss = (parameters ** 2).sum()
loss.requires_grad = true
loss.backward()
print(loss.grad, parameters.grad)
