// Lesson: one layer, one loss, two parameters.
// After a run put the cursor on the loss and choose "Autograd: Show Graph": w and b stand at the leaves, the loss at the root.
import torch from "torch"

// %% Parameters and what they make
// x and y are data and stay as they are. w and b are to be learned, so only they ask for gradients.
torch.manual_seed(1)
const x = torch.ones(5)
const y = torch.zeros(3)
let w = torch.randn(5, 3, { requires_grad: true })
let b = torch.randn(3, { requires_grad: true })
let z = torch.matmul(x, w) + b
let loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(loss)

// %% Asking later
// requires_grad_(true) does the same to a tensor that exists already. The _ at the end says: it changes the tensor itself.
// It has to be asked before the forward computation. What was computed earlier was not watched.
torch.manual_seed(1)
w = torch.randn(5, 3)
b = torch.randn(3)
w = w.requires_grad_(true)
b = b.requires_grad_(true)
z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(w.requires_grad, b.requires_grad, w.is_leaf)

// %% The gradients
// Every row of w.grad is b.grad: x is all ones, so each row of w takes part in z exactly as b does.
loss.backward()
print(w.grad)
print(b.grad)

// %% Only forward, please
// Using a trained model needs no gradients. Inside no_grad nothing is remembered, which saves memory and time.
z = torch.matmul(x, w) + b
print(z.requires_grad)

{
  using _ = torch.no_grad()
  z = torch.matmul(x, w) + b
}
print(z.requires_grad)

// %% The same for one tensor
// detach() takes a result out of its graph. The graph behind z stays; z_det is simply not part of it.
z = torch.matmul(x, w) + b
const z_det = z.detach()
print(z_det.requires_grad)

// %% A classic mistake
// Squashing twice. "with_logits" means that the loss applies the sigmoid itself, so it wants the raw z.
// The commented line gives it probabilities instead: no error, a plausible number, and gradients that are too small.
const right = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(right)
// print(torch.nn.functional.binary_cross_entropy_with_logits(torch.sigmoid(z), y))
