// Lesson: backward with a vector, and the x − mean(x) puzzle.
// backward() answers one question: how does a weighted sum of the results change? The weights are the vector v.
import torch from "torch"

// %% Several results, several slopes
// y has three elements and x has three, so there are nine slopes: the Jacobian J, one row for each result.
const x = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const square = (t: torch.Tensor) => t ** 2
const J = torch.autograd.functional.jacobian(square, x.detach())
print(J)

// %% v picks what is asked
// backward(v) gives vᵀJ without ever making J. v = [1, 0, 0] reads off the first row, v = ones adds all of them.
const y = x ** 2
const v = torch.tensor([0.1, 1.0, 10.0])
y.backward(v)
print(x.grad)
print(v.matmul(J))

// %% The puzzle
// z is x without its mean. Surely moving x[0] moves z[0] by 1, or by 2/3, since the mean moves along?
const p = torch.tensor([1.0, 2.0, 6.0], { requires_grad: true })
const z = p - p.mean()
const total = z.sum()
total.backward()
//? d total / d p[0]
print(p.grad)

// %% Why it is zero
// Each column of the Jacobian adds up to 0: z[0] rises by 2/3, and the two others fall by 1/3 each. Asked about all
// together (v = ones), the answer is that nothing changes. Ask about z[0] alone and the 2/3 are there.
print(torch.autograd.functional.jacobian((t) => t - t.mean(), p.detach()))
const q = torch.tensor([1.0, 2.0, 6.0], { requires_grad: true })
const centred = q - q.mean()
centred.backward(torch.tensor([1.0, 0.0, 0.0]))
print(q.grad)

// %% A classic mistake
// Calling backward() without v on more than one element. There is no single question then, and PyTorch refuses:
// take the slashes away, run, and choose between .sum().backward() and a v of your own.
// (x ** 2).backward()
