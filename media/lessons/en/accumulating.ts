// Lesson: gradients add up.
// backward() never sets .grad, it adds to it. That is on purpose, and it surprises everyone once.
import torch from "torch"

// %% Once
const w = torch.tensor(2.0, { requires_grad: true })
const first = w * 3
first.backward()
print(w.grad)

// %% Twice
// Another pass, another 3. What does .grad hold now? (The derivative itself is still 3.)
const second = w * 3
second.backward()
print(w.grad)

// %% Starting anew
// null means "nothing yet"; a tensor of zeros would do as well. Optimizers call it zero_grad().
w.grad = null
const third = w * 3
third.backward()
print(w.grad)

// %% When adding up is what you want
// A batch that does not fit into memory can be taken in parts. Divide each part's loss, and the sum is the whole's gradient.
const data = torch.tensor([1.0, 2.0, 3.0, 4.0])
const p = torch.tensor(1.0, { requires_grad: true })
for (const part of data.split(2)) {
  const loss = (p * part).mean() / 2
  loss.backward()
}
print(p.grad, data.mean())

// %% In a training loop
// zero_grad, forward, backward, step: the first of them is the one that is forgotten.
const q = torch.tensor(0.0, { requires_grad: true })
const optimizer = new torch.optim.SGD([q], { lr: 0.1 })
for (let step = 0; step < 20; step++) {
  optimizer.zero_grad()
  const loss = (q - 4) ** 2
  loss.backward()
  optimizer.step()
}
print(q)

// %% A classic mistake
// The same loop without zero_grad(). Old gradients push on long after they are out of date: q shoots past 4 and swings.
// The hover on r and the Problems view name the line that adds up.
const r = torch.tensor(0.0, { requires_grad: true })
for (let step = 0; step < 20; step++) {
  const loss = (r - 4) ** 2
  loss.backward()
  torch.no_grad(() => r.sub_(0.1 * r.grad))
}
print(r.detach(), r.grad)
