// Lesson: fitting one linear layer by hand.
// Tensors remember the operations that made them; the record is a directed graph without circles (a DAG).
import torch from "torch"
import * as F from "torch/nn/functional"

// %% The smallest graph: two leaves and a subtraction
let x = torch.rand(1, { requires_grad: true })
let y = torch.rand(1)
y.requires_grad = true
let loss = y - x

// %% Two gradients that need no random numbers
// y counts once, x counts once with a minus sign. Whatever was drawn, the slopes are 1 and -1.
loss.backward()
print(x.grad, y.grad)

// %% A linear layer
// Four inputs, three outputs: z = x · W + b. The seed makes every run draw the same W and b.
torch.manual_seed(0)
x = torch.ones(4)
y = torch.zeros(3)
let W = torch.rand(4, 3, { requires_grad: true })
let b = torch.rand(3, { requires_grad: true })
let z = torch.matmul(x, W) + b
print(W, b, z)

// %% How wrong is it?
// The mean squared error: the differences between z and y, squared, and their mean. Then one backward pass.
loss = F.mse_loss(z, y)
loss.backward()
print(loss, W.grad, b.grad)

// %% Walking downhill
// Each round takes a small step against the gradient and measures again.
const threshold = 0.1
const learning_rate = 0.01
let iteration_num = 0

while (loss > threshold) {
  iteration_num += 1
  W = W - learning_rate * W.grad
  b = b - learning_rate * b.grad
  print(iteration_num, loss, z, y)

  // The new W is the result of a subtraction, no leaf any more. detach_() cuts it loose from the rounds before,
  // requires_grad_(true) makes it the start of a new graph.
  W.detach_().requires_grad_(true)
  b.detach_().requires_grad_(true)

  z = torch.matmul(x, W) + b
  loss = F.mse_loss(z, y)
  loss.backward()
}

print("final:", iteration_num + 1, loss, z, y)

// %% A classic mistake
// Leaving out the two detach_ lines. W is then a result, and results keep no .grad: from the second round on W.grad is
// null, nothing is subtracted and the loss stays where it is. Turn the two lines into comments and watch (Stop ends it).
