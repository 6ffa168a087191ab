// Lesson: a first derivative.
// Press ▷ Run above. Each value appears at the end of its line; point at a name to look inside.
import torch from "torch"

// %% A number that is watched
// A slope says how far x² moves when x is moved a little. Here autograd finds it by itself.
const x = torch.tensor(3.0, { requires_grad: true })
const y = x ** 2
print(y)

// %% What is the slope?
// Work it out before you look: d(x²)/dx = 2x. The lens above the next line takes your answer.
y.backward()
//? d y / d x
print(x.grad)

// %% The same by hand: nudge and measure
// A slope is a quotient: how far y moves, divided by how far x was moved. The smaller the nudge, the nearer to the slope.
for (const nudge of [1, 0.1, 0.01, 0.001]) {
  print(nudge, ((3 + nudge) ** 2 - 3 ** 2) / nudge)
}

// %% Another place, another slope
// A derivative belongs to a place. At 0 the parabola is flat, left of it it falls.
for (const at of [-2, 0, 2]) {
  const t = torch.tensor(at, { dtype: torch.float32, requires_grad: true })
  const square = t ** 2
  square.backward()
  print(at, t.grad)
}

// %% The slope of a slope
// create_graph keeps the way of the gradient itself, so it can be differentiated again: d²(x³)/dx² = 6x = 18.
const s = torch.tensor(3.0, { requires_grad: true })
const [slope] = torch.autograd.grad(s ** 3, s, { create_graph: true })
print(slope)
slope.backward()
print(s.grad)

// %% A classic mistake
// A whole number cannot be moved a little, so it has no slope. Written as 3n it is an int64 tensor, and PyTorch refuses it.
// torch.tensor(3n, { requires_grad: true })
