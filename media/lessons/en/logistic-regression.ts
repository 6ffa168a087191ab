// Lesson: a classifier by hand.
// Two clouds of points, one straight line between them. No optimizer and no module yet: every step is written out.
import torch from "torch"
import * as F from "torch/nn/functional"

// %% Data
// Fifty points around (−1, −1) with the label 0, fifty around (1, 1) with the label 1.
torch.manual_seed(0)
const points = torch.cat([torch.randn(50, 2) - 1, torch.randn(50, 2) + 1])
const labels = torch.cat([torch.zeros(50), torch.ones(50)])
print(points.shape, labels.mean())

// %% The model is a line
// score = w · x + b. Above 0 it says 1, below 0 it says 0, and sigmoid makes a probability of it.
const w = torch.zeros(2, { requires_grad: true })
const b = torch.zeros(1, { requires_grad: true })
const score = (inputs: torch.Tensor) => inputs.matmul(w) + b
print(torch.sigmoid(score(points.narrow(0, 0, 2))))

// %% Training
// The panel's Iterations view draws the loss and the size of each gradient, without a line for it here.
const learning_rate = 0.5
for (let epoch = 0; epoch < 40; epoch++) {
  const loss = F.binary_cross_entropy_with_logits(score(points), labels)
  loss.backward()
  torch.no_grad(() => {
    w.sub_(learning_rate * w.grad)
    b.sub_(learning_rate * b.grad)
  })
  w.grad = null
  b.grad = null
}
print(w, b)

// %% How good is it?
// An accuracy counts. It has no slope, and is made for people, not for backward().
const right = (score(points) > 0).float().eq(labels)
const accuracy = right.float().mean()
print(accuracy)

// %% What the gradient says
// For this loss the slope at the score is (probability − label): large where the model is wrong, small where it is right.
const one = torch.tensor(0.3, { requires_grad: true })
const single = F.binary_cross_entropy_with_logits(one, torch.tensor(1.0))
single.backward()
print(one.grad, torch.sigmoid(torch.tensor(0.3)) - 1)

// %% A classic mistake
// Training on the accuracy. It is a count of comparisons: no way leads back through them, and backward() says so. Try it.
// accuracy.backward()
