// Lesson: a graph that never lets go.
// Every result keeps the way to its leaves alive. Hold on to one result a round, and memory grows with each.
import torch from "torch"

// %% What a result drags along
// One step of a chain remembers the step before it, and so on to the leaf.
let chain = torch.tensor(1.0, { requires_grad: true })
for (let i = 0; i < 3; i++) chain = chain * 2
print(chain.grad_fn.next_functions[0][0].next_functions[0][0])

// %% A loop as it should be
// The losses are noted as plain numbers. What each round built can be forgotten when the next begins.
torch.manual_seed(0)
const w = torch.randn(3, { requires_grad: true })
const history = []
for (let step = 0; step < 30; step++) {
  const loss = ((w - 1) ** 2).sum()
  loss.backward()
  torch.no_grad(() => w.sub_(0.1 * w.grad))
  w.grad = null
  history.push(loss.item())
}
print(history.length, history[0], history[29])

// %% Carrying a state on
// A recurrent state goes from round to round. detach() between them says: learn from this round, not from all the past.
let state = torch.zeros(2)
const u = torch.ones(2, { requires_grad: true })
for (let step = 0; step < 5; step++) {
  state = torch.tanh(state.detach() + u)
  const loss = state.sum()
  loss.backward()
}
print(u.grad)

// %% How deep is it?
// Walk down the first inputs and count. Depth 1 a round, as long as the state is cut off.
function depth(tensor: torch.Tensor) {
  let node: typeof tensor.grad_fn | null = tensor.grad_fn
  let count = 0
  while (node !== null && count < 1000) {
    count += 1
    node = node.next_functions.length > 0 ? node.next_functions[0][0] : null
  }
  return count
}
print(depth(state))

// %% A classic mistake
// Summing the losses themselves to print an average. total keeps every round's graph until the very end: the line is
// marked after a run. total = total + loss.item() keeps a number instead.
let total = torch.tensor(0.0)
for (let step = 0; step < 30; step++) {
  const loss = ((w - 1) ** 2).sum()
  loss.backward({ retain_graph: true })
  w.grad = null
  total = total + loss
}
print(depth(total))
