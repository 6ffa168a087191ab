// Lesson: gradient descent moves a random tensor onto a target.
// The loop runs many times: its lines show the last value and how often they ran.
import torch from "torch"
import * as F from "torch/nn/functional"

// %% Where we want to be
const target = torch.FloatTensor(Array.from({ length: 9 }, (_, i) => (i + 1) / 10))
print(target)

// %% Where we start
// rand_like draws a tensor of the same shape. It is what we will move, so it has to ask for gradients.
torch.manual_seed(0)
let x = torch.rand_like(target)
x.requires_grad = true
print(x)

// %% The distance
let loss = F.mse_loss(x, target)
print(loss)

// %% Walking until it is small
const threshold = 1e-5
const learning_rate = 1
let iter_cnt = 0

while (loss > threshold) {
  iter_cnt += 1
  loss.backward()
  x = x - learning_rate * x.grad
  // The updated x is a result of the old one. Cut it off and ask for gradients anew, as in every round.
  x.detach_()
  x.requires_grad_()

  loss = F.mse_loss(x, target)

  print(`${iter_cnt}-th Loss : ${loss.item().toExponential(4)}`)
  print(x)
}
// Try other learning rates: 0.1 creeps, 3 hurries, and with 9 or more it never arrives. Stop ends such a run.

// %% Being watched is contagious
// x asks for gradients, so each result of x does too, and each names the operation that made it.
x = torch.FloatTensor(Array.from({ length: 4 }, (_, i) => i + 1)).reshape(2, 2).requires_grad_(true)
print(x)

// %% Addition
const x1 = x + 2
print(x1)

// %% Subtraction
const x2 = x - 2
print(x2)

// %% Product
const x3 = x1 * x2
print(x3)

// %% Sum
const y = x.sum()
print(y)

// %% Backward from the sum
y.backward()
print(x.grad)

// %% A classic mistake
// Expecting a gradient everywhere. y was made from x alone: x1, x2 and x3 never took part. And only leaves keep .grad,
// so even a result that did take part would show null, unless you call retain_grad() on it before the pass.
// A second one: x3.backward() fails, since x3 is four numbers and backward() without an argument starts from one.
// x3.backward()
