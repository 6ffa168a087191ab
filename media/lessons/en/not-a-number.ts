// Lesson: where does the nan come from?
// One nan in a gradient poisons every step after it. It is always born somewhere: the hover names the line.
import torch from "torch"

// %% Infinite slopes
// The square root rises straight up at 0: its slope there is infinite.
const x = torch.tensor([0.0, 4.0], { requires_grad: true })
const root = torch.sqrt(x)
root.sum().backward()
print(x.grad)

// %% Infinity times zero
// The value is fine, 0. The gradient is 0 · ∞ on the way back, and that is nan.
const y = torch.tensor(0.0, { requires_grad: true })
const product = torch.sqrt(y) * 0
product.backward()
print(product, y.grad)

// %% where() does not help afterwards
// Both branches are computed and both are asked on the way back. The one that was not chosen still sends 0 · ∞.
const z = torch.tensor([0.0, 4.0], { requires_grad: true })
const chosen = torch.where(z > 0, torch.sqrt(z), torch.zeros(2))
chosen.sum().backward()
print(z.grad)

// %% Make the input safe, not the output
// Keep the dangerous number out before the function sees it.
const safe = torch.tensor([0.0, 4.0], { requires_grad: true })
const inside = torch.where(safe > 0, safe, torch.ones(2))
const mended = torch.where(safe > 0, torch.sqrt(inside), torch.zeros(2))
mended.sum().backward()
print(safe.grad)

// %% Anomaly mode
// PyTorch can look for the birthplace itself: detect_anomaly makes backward fail at the first nan.
try {
  torch.autograd.detect_anomaly(() => {
    const t = torch.tensor(0.0, { requires_grad: true })
    const bad = torch.sqrt(t) * 0
    bad.backward()
  })
} catch (fault) {
  print((fault as Error).message)
}

// %% A classic mistake
// Writing softmax and log oneself. exp(100) is infinite in float32, ∞/∞ is nan, and log of a rounded 0 is −∞.
// log_softmax and cross_entropy subtract the largest score first: same mathematics, no accident.
const scores = torch.tensor([100.0, 0.0])
print(torch.log(torch.exp(scores) / torch.exp(scores).sum()))
print(torch.log_softmax(scores, 0))
