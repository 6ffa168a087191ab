// Lesson: sums, means and the best of many.
// A loss is one number made of many. How a reduction folds them decides how much of the gradient each element gets.
import torch from "torch"

// %% A sum gives everyone 1
const x = torch.tensor([1.0, 2.0, 4.0], { requires_grad: true })
const total = x.sum()
total.backward()
print(x.grad)

// %% A mean gives everyone a share
// Three elements, so each one moves the mean by a third of what it moves itself.
const m = torch.tensor([1.0, 2.0, 4.0], { requires_grad: true })
const mean = (m ** 2).mean()
mean.backward()
//? d mean / d m[2]
print(m.grad)

// %% A maximum gives everything to one
// Only the largest element can move it. The others get exactly 0, and share it where they are equal.
const t = torch.tensor([1.0, 5.0, 5.0], { requires_grad: true })
const largest = t.max()
largest.backward()
print(t.grad)

// %% A norm gives each its direction
// The gradient of a length points along the vector and has length 1.
const v = torch.tensor([3.0, 4.0], { requires_grad: true })
const length = v.norm()
length.backward()
print(v.grad)

// %% Along one dimension only
// Sums along rows leave one number a row, and each row's number asks for itself. backward() then wants to know how much
// each of them counts.
const rows = torch.ones(2, 3, { requires_grad: true })
const sums = rows.sum(1)
sums.backward(torch.tensor([1.0, 10.0]))
print(rows.grad)

// %% A classic mistake
// Summing where a mean was meant. With 100 samples instead of 10 the summed loss has gradients ten times as large, and a
// learning rate that worked before now throws the parameters about. Compare the two:
const w = torch.tensor(1.0, { requires_grad: true })
const errors = w * torch.ones(100)
const summed = torch.autograd.grad(errors.sum(), w, { retain_graph: true })
const averaged = torch.autograd.grad(errors.mean(), w)
print(summed, averaged)
