// Lesson: changing a tensor in place.
// A trailing _ (add_, mul_) and += change the tensor itself. Autograd watches that, too, and stops you where it would lie.
import torch from "torch"

// %% A version number
// Every change in place counts up. A node remembers the version of what it saved.
const t = torch.ones(3)
print(t._version)
t.add_(1)
t[0] = 5
print(t, t._version)

// %% Harmless: nobody needs the old value
// d(a + 1)/da is 1 whatever a was, so the addition saved nothing, and its result may change.
const a = torch.tensor([1.0, 2.0], { requires_grad: true })
const b = a + 1
b.mul_(10)
const c = b.sum()
c.backward()
print(a.grad)

// %% Harmful: the slope needs it
// d(e²) is 2e, so pow saved e. Were e changed now, backward would use the wrong number. It refuses instead, and says so.
// Take the slashes away from the line in the middle and run: the message names both lines.
const d = torch.tensor([1.0, 2.0], { requires_grad: true })
const e = d * 3
const f = (e ** 2).sum()
// e.add_(1)
f.backward()
print(d.grad)

// %% Parts of a tensor
// Writing into a part rewrites the history: the gradient of the overwritten element goes to what was written.
const g = torch.tensor([1.0, 2.0, 3.0], { requires_grad: true })
const h = g * 1
h[1] = 10
const k = (h ** 2).sum()
k.backward()
print(g.grad)

// %% Updating a parameter
// A leaf may not be changed in place while it is watched, but inside no_grad it may: that is what optimizers do.
const w = torch.tensor([1.0, 2.0], { requires_grad: true })
const loss = (w ** 2).sum()
loss.backward()
torch.no_grad(() => w.sub_(0.1 * w.grad))
print(w)

// %% A classic mistake
// Doing that without no_grad. The leaf would become a result of itself, and PyTorch stops it: try it.
// w.sub_(0.1 * w.grad)
