// Lesson: one variable, several ways.
// Show Graph after a run: two arrows leave x. Each way brings its own gradient, and they are added.
import torch from "torch"

// %% Used twice
// y * y uses y on the left and on the right. Each side has the slope 3, the other side's value.
const y = torch.tensor(3.0, { requires_grad: true })
const square = y * y
square.backward()
print(y.grad)

// %% Two ways that meet again
// x goes through a and through b before both meet in out. Along a the slope is 4, along b it is 2x = 10. And together?
const x = torch.tensor(5.0, { requires_grad: true })
const a = 4 * x
const b = x ** 2
const out = a + b
out.backward()
//? d out / d x
print(x.grad)

// %% Ways that cancel
// One way says up, the other says down. A gradient of zero does not mean that nothing arrived.
const z = torch.tensor(1.5, { requires_grad: true })
const nothing = z * 2 - z * 2
nothing.backward()
print(z.grad)

// %% A skip connection
// Half of modern networks write x + f(x). Whatever f does, one way of slope 1 always stays open.
const s = torch.tensor(-2.0, { requires_grad: true })
const blocked = torch.relu(s)
const skipped = s + torch.relu(s)
skipped.backward()
print(blocked, s.grad)

// %% A classic mistake
// Taking 3 for the slope of y * y at 3, that is one of the two ways. The panel's Explanation shows both: 3 + 3.
// The same happens on paper with y³ = y · y · y, which has three ways of 9 each.
const cube = torch.tensor(3.0, { requires_grad: true })
const third = cube * cube * cube
third.backward()
print(cube.grad)
