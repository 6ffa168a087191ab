// Lesson: what broadcasting does to gradients.
// A small tensor is stretched to meet a large one. On the way back the copies' gradients are summed.
import torch from "torch"

// %% One number for many
// b is one number, used for each of the three elements. Its gradient has b's own shape: the sum of three.
const x = torch.tensor([1.0, 2.0, 3.0])
const b = torch.tensor(10.0, { requires_grad: true })
const y = x * b
print(y.shape, b.shape)

// %% What arrives at b?
// The sum asks each element with slope 1, and element i passes on x[i]. Three copies of b: what do they bring together?
const out = y.sum()
out.backward()
//? d out / d b
print(b.grad)

// %% A bias for every row
// A bias of shape [2] serves a batch of 4 rows: each of its elements is used four times.
const batch = torch.zeros(4, 2)
const bias = torch.zeros(2, { requires_grad: true })
const added = (batch + bias).sum()
added.backward()
print(bias.grad)

// %% Rows and columns at once
// [3, 1] and [1, 2] meet in [3, 2]. Each side is copied along what it lacks, and gets the sum along it back.
const column = torch.tensor([[1.0], [2.0], [3.0]], { requires_grad: true })
const row = torch.tensor([[10.0, 20.0]], { requires_grad: true })
const grid = column * row
const all = grid.sum()
all.backward()
print(column.grad)
print(row.grad)

// %% A classic mistake
// Predictions of shape [4, 1] against targets of shape [4]. Nothing fails: they are stretched to [4, 4], every prediction
// meets every target, and the model learns the mean of all targets. The run's warning says so. squeeze(1) mends it.
const prediction = torch.tensor([[1.0], [2.0], [3.0], [4.0]], { requires_grad: true })
const target = torch.tensor([1.0, 2.0, 3.0, 4.0])
print(torch.nn.functional.mse_loss(prediction, target))
print(torch.nn.functional.mse_loss(prediction.squeeze(1), target))
