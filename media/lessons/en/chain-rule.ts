// Lesson: the chain rule, one factor a line.
// After a run choose "Autograd: Explain Gradient" with the cursor on x: each line below is one factor of the product.
import torch from "torch"

// %% A chain of four
// Every line knows only its own slope. None of them knows what comes after it.
const x = torch.tensor(2.0, { requires_grad: true })
const a = 3 * x
const b = a + 1
const c = b ** 2
const d = c / 7
print(d)

// %% Slopes along the way
// From the end: d/c has slope 1/7, c/b has 2b = 14, b/a has 1, a/x has 3. What is their product?
d.backward()
//? d d / d x
print(x.grad)

// %% Gradients in the middle
// Only leaves keep their gradient. retain_grad() asks a result to keep its own, and then the products can be watched.
const u = torch.tensor(2.0, { requires_grad: true })
const v = (3 * u + 1) ** 2
const w = v / 7
v.retain_grad()
w.backward()
print(v.grad, u.grad)

// %% Long chains grow or vanish
// Ten factors of 1/2 leave a thousandth; ten factors of 2 make a thousand. Deep networks live with this.
for (const factor of [0.5, 1, 2]) {
  const start = torch.tensor(1.0, { requires_grad: true })
  let value = start * 1
  for (let i = 0; i < 10; i++) value = value * factor
  value.backward()
  print(factor, start.grad)
}

// %% A classic mistake
// Adding the slopes instead of multiplying them. 1/7 + 14 + 1 + 3 looks harmless, and is wrong:
// a change runs through all the lines, one after the other, and each stretches what it gets.
print(1 / 7 + 14 + 1 + 3, 1 / 7 * 14 * 1 * 3)
