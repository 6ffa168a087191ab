// Lesson: gradients of zero.
// A gradient can be there and still say nothing. Three ways to get there, and how to tell them apart.
import torch from "torch"

// %% A dead ReLU
// Below zero relu is flat: it passes nothing back. A unit whose inputs are all below zero never learns again.
const x = torch.tensor([-2.0, -0.5, 1.5], { requires_grad: true })
const y = torch.relu(x)
const out = y.sum()
out.backward()
//? d out / d x[0]
print(x.grad)

// %% A leak keeps it alive
// leaky_relu has a small slope below zero. Little gets through, but something does.
const leaky = torch.tensor([-2.0, -0.5, 1.5], { requires_grad: true })
torch.nn.functional.leaky_relu(leaky, 0.1).sum().backward()
print(leaky.grad)

// %% Saturation
// Far out sigmoid and tanh are almost flat. At 20 the slope is there in principle, and lost in float32.
const wide = torch.tensor([0.0, 3.0, 20.0], { requires_grad: true })
torch.sigmoid(wide).sum().backward()
print(wide.grad)

// %% Multiplied by zero
// A weight of 0, a mask, an attention that looks away: whatever comes in, the product's slope is 0.
const masked = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const mask = torch.tensor([1.0, 0.0, 1.0])
;(masked * mask).sum().backward()
print(masked.grad)

// %% Zero because all is well
// At the lowest point of a parabola the slope is 0, too. That is what a search looks for, and no reason to worry.
const settled = torch.tensor(4.0, { requires_grad: true })
const loss = (settled - 4) ** 2
loss.backward()
print(settled.grad)

// %% A classic mistake
// Starting a network with all weights at zero. Every hidden unit computes the same, and the first layer gets no gradient
// at all, since its way back is multiplied by the second layer's zeros. Random numbers break the tie.
const first = torch.zeros(2, 3, { requires_grad: true })
const second = torch.zeros(3, 1, { requires_grad: true })
const result = torch.tanh(torch.ones(1, 2).matmul(first)).matmul(second).sum()
result.backward()
print(first.grad)
