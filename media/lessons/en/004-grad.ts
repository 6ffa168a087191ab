// Lesson: backward() and .grad, with one number and with many.
// Run it whole, then change a number and run again: the old values fade until you do.
import torch from "torch"

// %% One element, watched
let x = torch.tensor(2.0, { requires_grad: true })
let y = 2 * x ** 2 + 1
print(x)
print(y)

// %% The same, not watched
// Without requires_grad the value is the same 9, yet nothing remembers where it came from: no grad_fn.
{
  const x = torch.tensor(2.0, { requires_grad: false })
  const y = 2 * x ** 2 + 1
  print(x)
  print(y)
}

// %% Going back
// Before the pass x.grad is null, which is not the same as zero: nobody has asked yet.
print(x.grad)
// backward() hands nothing back. It leaves its answer in .grad of each leaf: dy/dx = 4x, and x is 2.
y.backward()
print(x.grad)

// %% Many elements, two layers and a mean
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], { requires_grad: true })
print(x)
y = 2 * x + 1
print(y)
const z = y ** 2
print(z)
const out = z.mean()
print(out)

// %% Six slopes at once
out.backward()
print(x.grad)
// By hand, for one element: out = z/6 + …, z = y², y = 2x + 1
//   1/6 · 2y · 2 = 2(2x + 1)/3
//   x = 1 gives 2, x = 2 gives 3.3333, x = 3 gives 4.6667
// Slopes are found along the chain, from the result (the root) to the leaf, and multiplied on the way.

// %% Asking for a gradient as a value
// torch.autograd.grad returns the gradient and leaves .grad alone. It always answers with a list: one entry an input.
const [slope] = torch.autograd.grad((x ** 2).sum(), x)
print(slope)

// %% A classic mistake
// Forgetting that .grad adds up. A second backward pass does not replace the old gradient, it is added to it.
const w = torch.tensor(2.0, { requires_grad: true })
const first = w ** 2
first.backward()
print(w.grad)
const second = w ** 2
second.backward()
// Twice the slope, though neither function changed. An optimiser's zero_grad(), or w.grad = null, starts afresh.
print(w.grad)
