// What it costs to record a run: processor time of one turn of a loop with nothing recorded, with inline values, and with
// verdicts too. From runs of two lengths, so that compiling and formatting, which a run does once, do not count; the
// shorter is long enough for V8 to have compiled the loop.
import { run } from "../engine/snippetRunning.ts"

const head = `import torch from "torch"
import nn from "torch/nn"
import F from "torch/nn/functional"
torch.manual_seed(0)
`

/** Turns of the shorter run, five times as many in the longer; and the snippet by its turns. */
const snippets: Readonly<Record<string, readonly [number, (turns: number) => string]>> = {
  "descent of nine numbers": [4000, (turns) => `${head}
const target = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
let x = torch.zeros(9, { requires_grad: true })
for (let step = 0; step < ${turns}; step++) {
  const loss = F.mse_loss(x, target)
  loss.backward()
  x = x - 0.01 * x.grad
  x.detach_()
  x.requires_grad_()
}`],
  "logistic regression by hand": [800, (turns) => `${head}
const X = torch.randn(64, 8)
const y = (X.sum(1) > 0).float()
const w = torch.zeros(8, { requires_grad: true })
for (let step = 0; step < ${turns}; step++) {
  const p = torch.sigmoid(X.matmul(w))
  const loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
  loss.backward()
  torch.no_grad(() => { w.sub_(w.grad.mul(0.1)) })
  w.grad = null
}`],
  "network 64-128-10, batch 64": [100, (turns) => `${head}
const model = new nn.Sequential(new nn.Linear(64, 128), new nn.ReLU(), new nn.Linear(128, 10))
const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
const X = torch.randn(64, 64)
const y = torch.randint(0, 10, [64])
const criterion = new nn.CrossEntropyLoss()
for (let step = 0; step < ${turns}; step++) {
  optimizer.zero_grad()
  const out = model(X)
  const loss = criterion(out, y)
  loss.backward()
  optimizer.step()
}`],
}

const ways = {
  nothing: { trace: false, verdicts: false },
  "inline values": { trace: true, verdicts: false },
  "and verdicts": { trace: true, verdicts: "soon" },
} as const

const found: Record<string, Record<string, number>> = {}
for (const [name, [short, source]] of Object.entries(snippets)) {
  const long = 5 * short
  const best = new Map<string, number>()
  for (let round = 0; round < 10; round++)
    for (const [way, how] of Object.entries(ways))
      for (const turns of [short, long]) {
        const began = process.cpuUsage()
        const { result } = await run(source(turns), how)
        const { user, system } = process.cpuUsage(began)
        if (result.error) throw new Error(`${name}: ${result.error.message}`)
        best.set(`${way} ${turns}`, Math.min(best.get(`${way} ${turns}`) ?? Infinity, user + system))
      }
  found[name] = Object.fromEntries(Object.keys(ways).map((way) => [way, (best.get(`${way} ${long}`)! - best.get(`${way} ${short}`)!) / (long - short)]))
}
console.log(JSON.stringify(found))
