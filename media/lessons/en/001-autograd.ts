// Lesson: the first gradient.
// Press ▷ Run above (or Ctrl+Alt+Enter). Each value appears at the end of its line; point at a name to look inside.
import torch from "torch"

// %% A tensor that is watched
// requires_grad asks autograd to watch x: whatever is computed from x will remember how it was made.
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2

print(x)
print(y)
// y is the result of an addition, and its grad_fn says so: AddBackward0 knows how to send a gradient back through "+".
// x has no grad_fn. You made it yourself, so the way back ends there: x is a leaf.
print(y.grad_fn)

// %% Forward: the graph grows while you compute
// Nothing was declared in advance. Each operation adds one node as it runs ("define by run").
const z = y * y * 3
const out = z.mean()

print(z)
print(out)

// %% Backward: one number asks, every leaf answers
// out is a single number, so backward() needs no argument: it starts from d out / d out = 1.
out.backward()
print(x.grad)
// Why 4.5? Walk back from out to one element of x and multiply the slopes:
//   out = (z1 + z2 + z3 + z4) / 4     slope 1/4
//   z = 3 · y · y                     slope 3 · (y + y) = 18, since y is 3 and is used twice
//   y = x + 2                         slope 1
//   1/4 · 18 · 1 = 4.5

// %% Computing without being watched
// x stays as it is inside no_grad. What is new there is the result: it gets no grad_fn and requires no gradient.
print(x.requires_grad)
print((x ** 2).requires_grad)

{
  using _ = torch.no_grad()
  print((x ** 2).requires_grad)
}

// %% Stepping out of the graph
// detach() gives a second tensor over the same numbers that autograd does not watch.
print(x.requires_grad)
{
  const y = x.detach()
  print(y.requires_grad)
  print(x.eq(y).all())
}

// %% A classic mistake
// Going back through the same graph a second time. After a backward pass the tensors that the nodes had saved are given
// up, so take the two slashes away below and run: the error says what to do instead.
// out.backward()
