// Verdicts beyond their id and line: who was asked about, what comes late, how much a graph grew, and the cures, each of
// which takes its verdict away.
import { expect, test } from "vitest"
import { edited } from "./editing.ts"
import { askAbout, run } from "./snippetRunning.ts"

const said = async (source: string) => (await run(source, { verdicts: true })).result.verdicts ?? []

interface Case {
  readonly claim: string
  readonly source: string
  readonly id: string
  readonly mended: readonly string[]
}

const cases: readonly Case[] = [
  {
    claim: "a result's gradient is kept",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.sum().backward()\nprint(y.grad)",
    id: "non-leaf",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.retain_grad()\ny.sum().backward()\nprint(y.grad)"],
  },
  {
    claim: "a variable is tracked where it is made",
    source: "const x = torch.ones(2)\nconst w = torch.ones(2, { requires_grad: true })\n;(w * x).sum().backward()\nprint(x.grad)",
    id: "no-requires-grad",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst w = torch.ones(2, { requires_grad: true })\n;(w * x).sum().backward()\nprint(x.grad)"],
  },
  {
    claim: "a detach that cuts is removed",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\nconst h = (w * 2).detach()\n;(h * v).sum().backward()\nprint(w.grad)",
    id: "detached",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\nconst h = (w * 2)\n;(h * v).sum().backward()\nprint(w.grad)"],
  },
  {
    claim: ".data that cuts is removed",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(w.data * v).sum().backward()\nprint(w.grad)",
    id: "detached",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(w * v).sum().backward()\nprint(w.grad)"],
  },
  {
    claim: "a number is used as the tensor that it came from",
    source: "const w = torch.tensor(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(v * w.item()).sum().backward()\nprint(w.grad)",
    id: "through-number",
    mended: ["const w = torch.tensor(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(v * w).sum().backward()\nprint(w.grad)"],
  },
  {
    claim: "a tensor is not made anew of itself",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\nconst h = torch.tensor(w * 2)\n;(h * v).sum().backward()\nprint(w.grad)",
    id: "through-number",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\nconst h = (w * 2)\n;(h * v).sum().backward()\nprint(w.grad)"],
  },
  {
    claim: "a conversion to whole numbers is removed",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(w.long() * v).sum().backward()\nprint(w.grad)",
    id: "integer",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst v = torch.ones(2, { requires_grad: true })\n;(w * v).sum().backward()\nprint(w.grad)"],
  },
  {
    claim: "an update of a leaf changes it in place, in no_grad",
    source: "let w = torch.ones(2, { requires_grad: true })\nw.pow(2).sum().backward()\nw = w - 0.1 * w.grad\nprint(w.grad)",
    id: "reassigned",
    mended: ["let w = torch.ones(2, { requires_grad: true })\nw.pow(2).sum().backward()\ntorch.no_grad(() => { w -= 0.1 * w.grad })\nprint(w.grad)"],
  },
  {
    claim: "an update inside no_grad only has to be in place",
    source: "let w = torch.ones(2, { requires_grad: true })\nw.pow(2).sum().backward()\ntorch.no_grad(() => {\n  w = w - 0.1 * w.grad\n})\nprint(w.grad)",
    id: "reassigned",
    mended: ["let w = torch.ones(2, { requires_grad: true })\nw.pow(2).sum().backward()\ntorch.no_grad(() => {\n  w -= 0.1 * w.grad\n})\nprint(w.grad)"],
  },
  {
    claim: "gradients that add up are cleared before the pass",
    source: "const w = torch.ones(2, { requires_grad: true })\nfor (let i = 0; i < 3; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n}\nprint(w.grad)",
    id: "accumulated",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nfor (let i = 0; i < 3; i++) {\n  const loss = (w * w).sum()\n  w.grad = null\n  loss.backward()\n}\nprint(w.grad)"],
  },
  {
    claim: "a new line before one that begins with a bracket ends with a semicolon",
    source: "const w = torch.ones(2, { requires_grad: true })\nfor (let i = 0; i < 3; i++) {\n  (w * w).sum().backward()\n}\nprint(w.grad)",
    id: "accumulated",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nfor (let i = 0; i < 3; i++) {\n  w.grad = null;\n  (w * w).sum().backward()\n}\nprint(w.grad)"],
  },
  {
    claim: "an optimiser clears its gradients itself",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst opt = new torch.optim.SGD([w], { lr: 0.1 })\nfor (let i = 0; i < 3; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  opt.step()\n}\nprint(w.grad)",
    id: "accumulated",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst opt = new torch.optim.SGD([w], { lr: 0.1 })\nfor (let i = 0; i < 3; i++) {\n  const loss = (w * w).sum()\n  opt.zero_grad()\n  loss.backward()\n  opt.step()\n}\nprint(w.grad)"],
  },
  {
    claim: "a sum of losses is a sum of numbers, or of detached tensors",
    source: "const w = torch.ones(2, { requires_grad: true })\nlet total = 0\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + loss\n}\nprint(total)",
    id: "growing-graph",
    mended: [
      "const w = torch.ones(2, { requires_grad: true })\nlet total = 0\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + loss.item()\n}\nprint(total)",
      "const w = torch.ones(2, { requires_grad: true })\nlet total = 0\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + loss.detach()\n}\nprint(total)",
    ],
  },
  {
    claim: "a sum that stays a tensor is detached",
    source: "const w = torch.ones(2, { requires_grad: true })\nlet total = torch.tensor(0)\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + loss / 5\n}\nprint(total.item())",
    id: "growing-graph",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nlet total = torch.tensor(0)\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + (loss / 5).detach()\n}\nprint(total.item())"],
  },
  {
    claim: "a state that goes from turn to turn is detached where it goes in",
    source: "const w = torch.ones(2, { requires_grad: true })\nlet h = torch.zeros(2)\nfor (let i = 0; i < 5; i++) {\n  h = torch.sin(w + h)\n  h.sum().backward({ retain_graph: true })\n}",
    id: "growing-graph",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nlet h = torch.zeros(2)\nfor (let i = 0; i < 5; i++) {\n  h = torch.sin(w + h.detach())\n  h.sum().backward({ retain_graph: true })\n}"],
  },
]

test.each(cases)("$claim, and the verdict is gone", async ({ source, id, mended }) => {
  const verdict = (await said(source)).find((one) => one.id === id)
  const made = (verdict?.fixes ?? []).map(({ edits }) => edited(source, edits))
  expect(made).toEqual(mended)
  for (const text of made) {
    const { result } = await run(text, { verdicts: true })
    expect([result.error, result.verdicts?.filter((one) => one.id === id)], text).toEqual([undefined, []])
  }
})

test("a growing graph is told in nodes", async () => {
  const [verdict] = await said("const w = torch.ones(2, { requires_grad: true })\nlet total = torch.tensor(0)\nfor (let i = 0; i < 50; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  total = total + loss\n}")
  // Two turns: two sums of two products, two additions, one leaf; each further turn three more.
  expect(verdict).toMatchObject({ id: "growing-graph", line: 6, growth: { first: 7, last: 151, turns: 49 } })
})

test("names whose gradient is not read are judged only where everyone is asked, and are marked", async () => {
  const source = "const x = torch.ones(2)\nconst w = torch.ones(2, { requires_grad: true })\nconst y = w * x\ny.sum().backward()\nprint(w.grad)"
  expect(await said(source)).toEqual([])
  const { result } = await run(source, { verdicts: "soon" })
  expect(result.verdicts?.map(({ id, name, line, asked, definition }) => [id, name, line, asked, definition?.line])).toEqual([
    ["no-requires-grad", "x", 1, false, 1],
    ["non-leaf", "y", 3, false, 3],
  ])
})

test("a name that means another tensor since its gradient was read is not asked about", async () => {
  expect(await said("let x = torch.ones(2, { requires_grad: true })\nx.sum().backward()\nprint(x.grad)\nx = torch.ones(4)\nconst w = torch.ones(4, { requires_grad: true })\n;(x * w).sum().backward()\nprint(w.grad)")).toEqual([])
})

test("what only another run can tell is left for later, and then told", async () => {
  const source = "const w = torch.tensor([-1, -2], { requires_grad: true })\nconst y = torch.relu(w)\ny.sum().backward()\nprint(w.grad)"
  const soon = await run(source, { verdicts: "soon" })
  expect([soon.result.verdictsPending, soon.result.verdicts?.map(({ id }) => id)]).toEqual([true, ["non-leaf"]])
  const rest = await askAbout({ source, ran: soon, verdicts: "rest" })
  expect(rest.result.verdicts?.map(({ id, name, line, cause }) => [id, name, line, cause])).toEqual([
    ["non-leaf", "y", 2, "y"],
    ["relu-zero", "w", 2, "torch.relu(w)"],
  ])
  expect(rest.result.stdout).toBe("")
})

test("parameters that nobody asked about are judged too: a dead unit, a bias that is broadcast", async () => {
  const source = "torch.manual_seed(0)\nconst model = new torch.nn.Linear(2, 3)\ntorch.no_grad(() => { model.bias.fill_(-100) })\nconst y = torch.relu(model(torch.ones(4, 2)))\ny.sum().backward()"
  const ran = await run(source, { verdicts: "soon" })
  expect(ran.result.verdictsPending).toBe(true)
  const { result } = await askAbout({ source, ran, verdicts: "rest" })
  expect(result.verdicts?.filter(({ name }) => name.startsWith("model")).map(({ id, name, line, asked }) => [id, name, line, asked])).toEqual([
    ["relu-zero", "model.weight", 4, false],
    ["relu-zero", "model.bias", 4, false],
  ])
})

test("nothing is left for later where every gradient is plain", async () => {
  const { result } = await run("const w = torch.ones(2, { requires_grad: true })\nw.pow(2).sum().backward()\nprint(w.grad)", { verdicts: "soon" })
  expect([result.verdictsPending, result.verdicts]).toEqual([undefined, []])
})
