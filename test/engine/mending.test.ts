// Faults that mend themselves: each cure changes the source as is written here, and the changed source runs.
import { expect, test } from "vitest"
import { Fault } from "../../engine/protocol/faults.ts"
import { mend } from "../../engine/snippet/mending.ts"
import { SiteTable } from "../../engine/snippet/sites.ts"
import { edited } from "./editing.ts"
import { run } from "./snippetRunning.ts"

interface Case {
  readonly claim: string
  readonly source: string
  /** What each cure makes of the changed lines, in the order in which they are offered. */
  readonly mended: readonly string[]
  /** Where the fault is a warning. */
  readonly warns?: true
}

const cases: readonly Case[] = [
  {
    claim: "a result that backward needs and `+=` changed is made anew, its const becomes let",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x.exp()\ny += 1\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nlet y = x.exp()\ny = y + 1\ny.sum().backward()"],
  },
  {
    claim: "a compound assignment keeps the meaning of its right side",
    source: "const x = torch.ones(2, { requires_grad: true })\nlet y = x.sigmoid()\ny *= x + 1\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nlet y = x.sigmoid()\ny = y * (x + 1)\ny.sum().backward()"],
  },
  {
    claim: "a method in place becomes the one that makes a new tensor",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x.tanh()\ny.add_(1)\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nlet y = x.tanh()\ny = y.add(1)\ny.sum().backward()"],
  },
  {
    claim: "a method in place inside an expression only loses its underscore",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x.sqrt()\nconst z = y.mul_(2)\nz.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = x.sqrt()\nconst z = y.mul(2)\nz.sum().backward()"],
  },
  {
    claim: "an element that is assigned is assigned in a copy",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x.exp()\ny[0] = 5\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nlet y = x.exp()\ny = y.clone()\ny[0] = 5\ny.sum().backward()"],
  },
  {
    claim: "a method in place without a counterpart works on a copy",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x.exp()\n  y.zero_()\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nlet y = x.exp()\n  y = y.clone()\n  y.zero_()\ny.sum().backward()"],
  },
  {
    claim: "the backward pass before keeps the graph",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\ny.backward()\ny.backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\ny.backward({ retain_graph: true })\ny.backward()"],
  },
  {
    claim: "the graph is kept beside a gradient, and beside other options",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x * x\ny.backward(torch.ones(2), { retain_graph: false })\ny.backward(torch.ones(2))",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = x * x\ny.backward(torch.ones(2), { retain_graph: true })\ny.backward(torch.ones(2))"],
  },
  {
    claim: "a backward pass in a loop over one graph keeps it",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\nfor (let i = 0; i < 3; i++) y.backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\nfor (let i = 0; i < 3; i++) y.backward({ retain_graph: true })"],
  },
  {
    claim: "autograd.grad keeps the graph",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\nconst [g] = torch.autograd.grad(y, x)\ny.backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\nconst [g] = torch.autograd.grad(y, x, { retain_graph: true })\ny.backward()"],
  },
  {
    claim: "an update of leaves goes into no_grad, with its neighbours",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst b = torch.ones(2, { requires_grad: true })\n;(w * b).sum().backward()\nfor (const lr of [0.1]) {\n  w -= lr * w.grad\n  b.sub_(lr * b.grad)\n}",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst b = torch.ones(2, { requires_grad: true })\n;(w * b).sum().backward()\nfor (const lr of [0.1]) {\n  torch.no_grad(() => {\n    w -= lr * w.grad\n    b.sub_(lr * b.grad)\n  })\n}"],
  },
  {
    claim: "a leaf's element is set in no_grad",
    source: "const w = torch.ones(2, { requires_grad: true })\nw[0] = 3",
    mended: ["const w = torch.ones(2, { requires_grad: true })\ntorch.no_grad(() => {\n  w[0] = 3\n})"],
  },
  {
    claim: "a leaf changed inside an expression is changed in a copy",
    source: "const w = torch.ones(2, { requires_grad: true })\nconst y = w.mul_(2)",
    mended: ["const w = torch.ones(2, { requires_grad: true })\nconst y = w.mul(2)"],
  },
  {
    claim: "a result of several elements is summed, or weighted with ones",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.backward()",
    mended: [
      "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.sum().backward()",
      "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.backward(torch.ones_like(y))",
    ],
  },
  {
    claim: "ones stand before the options of backward",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.backward({ retain_graph: true })",
    mended: [
      "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.sum().backward({ retain_graph: true })",
      "const x = torch.ones(2, { requires_grad: true })\nconst y = x * 2\ny.backward(torch.ones_like(y), { retain_graph: true })",
    ],
  },
  {
    claim: "where nothing is tracked, each tensor that the result was made of can be",
    source: "const x = torch.ones(2)\nconst w = torch.tensor([1, 2], { dtype: torch.float64 })\nconst n = torch.arange(3n)\nconst y = (x * w).sum() + n.sum()\ny.backward()",
    mended: [
      "const x = torch.ones(2, { requires_grad: true })\nconst w = torch.tensor([1, 2], { dtype: torch.float64 })\nconst n = torch.arange(3n)\nconst y = (x * w).sum() + n.sum()\ny.backward()",
      "const x = torch.ones(2)\nconst w = torch.tensor([1, 2], { dtype: torch.float64, requires_grad: true })\nconst n = torch.arange(3n)\nconst y = (x * w).sum() + n.sum()\ny.backward()",
    ],
  },
  {
    claim: "a tensor of a maker without the option is tracked on a line of its own",
    source: "const x = torch.FloatTensor([1, 2])\nx.sum().backward()",
    mended: ["const x = torch.FloatTensor([1, 2])\nx.requires_grad_()\nx.sum().backward()"],
  },
  {
    claim: "where a detach cut everything off, it is removed",
    source: "const x = torch.ones(2, { requires_grad: true })\nconst y = (x * 2).detach()\ny.sum().backward()",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst y = (x * 2)\ny.sum().backward()"],
  },
  {
    claim: "an input of autograd.grad is tracked",
    source: "const x = torch.ones(2)\nconst w = torch.ones(2, { requires_grad: true })\nconst y = (x * w).sum()\nconst [g] = torch.autograd.grad(y, x)",
    mended: ["const x = torch.ones(2, { requires_grad: true })\nconst w = torch.ones(2, { requires_grad: true })\nconst y = (x * w).sum()\nconst [g] = torch.autograd.grad(y, x)"],
  },
  {
    claim: "whole numbers that should be tracked become floats by their dtype",
    source: "const x = torch.tensor([1, 2], { dtype: torch.int64, requires_grad: true })",
    mended: ["const x = torch.tensor([1, 2], { dtype: torch.float32, requires_grad: true })"],
  },
  {
    claim: "bigints that should be tracked get a float dtype",
    source: "const x = torch.tensor([1n, 2n], { requires_grad: true })",
    mended: ["const x = torch.tensor([1n, 2n], { requires_grad: true, dtype: torch.float32 })"],
  },
  {
    claim: "a variable of whole numbers becomes floats where it is made",
    source: "const x = torch.arange(3n)\nx.requires_grad_()",
    mended: ["const x = torch.arange(3n).float()\nx.requires_grad_()"],
  },
  {
    claim: "requires_grad set on whole numbers makes them floats",
    source: "const x = torch.arange(3n)\nx.requires_grad = true",
    mended: ["const x = torch.arange(3n).float()\nx.requires_grad = true"],
  },
  {
    claim: "a row of numbers meets the rows of a matrix as a column",
    source: "const a = torch.ones(3, 2)\nconst b = torch.ones(3)\nconst c = a * b",
    mended: ["const a = torch.ones(3, 2)\nconst b = torch.ones(3)\nconst c = a * b.unsqueeze(1)"],
  },
  {
    claim: "a matrix that lies the other way is turned, either one",
    source: "const a = torch.ones(3, 2)\nconst b = torch.ones(2, 3)\nconst c = torch.add(a, b + 1)",
    mended: ["const a = torch.ones(3, 2)\nconst b = torch.ones(2, 3)\nconst c = torch.add(a, (b + 1).T)", "const a = torch.ones(3, 2)\nconst b = torch.ones(2, 3)\nconst c = torch.add(a.T, b + 1)"],
  },
  {
    claim: "a matrix product turns the side that then fits",
    source: "const x = torch.ones(4, 3)\nconst W = torch.ones(2, 3)\nconst y = torch.matmul(x, W)",
    mended: ["const x = torch.ones(4, 3)\nconst W = torch.ones(2, 3)\nconst y = torch.matmul(x, W.T)"],
  },
  {
    claim: "a matrix times a vector turns the matrix",
    source: "const x = torch.ones(4, 3)\nconst v = torch.ones(4)\nconst y = x.matmul(v)",
    mended: ["const x = torch.ones(4, 3)\nconst v = torch.ones(4)\nconst y = x.T.matmul(v)"],
  },
  {
    claim: "a layer gets as many inputs as arrive",
    source: "const model = new torch.nn.Sequential(new torch.nn.Linear(4, 8), new torch.nn.Linear(10, 1))\nconst y = model(torch.ones(2, 4))",
    mended: ["const model = new torch.nn.Sequential(new torch.nn.Linear(4, 8), new torch.nn.Linear(8, 1))\nconst y = model(torch.ones(2, 4))"],
  },
  {
    claim: "a loss between a column and a row gets the target as a column",
    source: "const p = torch.ones(3, 1)\nconst t = torch.ones(3)\nconst loss = torch.nn.functional.mse_loss(p, t)",
    mended: ["const p = torch.ones(3, 1)\nconst t = torch.ones(3)\nconst loss = torch.nn.functional.mse_loss(p, t.view_as(p))"],
    warns: true,
  },
]

test.each(cases)("$claim, and the mended snippet runs", async ({ source, mended, warns }) => {
  const { result } = await run(source)
  const fault = warns ? result.warnings[0] : result.error
  const made = (fault?.fixes ?? []).map(({ edits }) => edited(source, edits))
  expect(made, fault?.message).toEqual(mended)
  for (const text of made) {
    const again = await run(text)
    expect([again.result.error, again.result.warnings], text).toEqual([undefined, []])
  }
})

test.each([
  ["const c = a + b", ["cpu", "webgpu", 0], 'const c = a.to("webgpu") + b'],
  ["const c = a.matmul(b + 1)", ["webgpu", "cpu", 1], 'const c = a.matmul((b + 1).to("webgpu"))'],
  ["const c = a.matmul(b + 1)", ["cpu", "webgpu", 0], 'const c = a.to("webgpu").matmul(b + 1)'],
  ["const c = torch.add(a, b)", ["webgpu", "cpu", 1], 'const c = torch.add(a, b.to("webgpu"))'],
  ["const c = torch.cat([a, b, d])", ["webgpu", "cpu", 2], 'const c = torch.cat([a, b, d.to("webgpu")])'],
  ["const c = a.add_(b)", ["cpu", "webgpu", 0], 'const c = a.add_(b.to("cpu"))'],
  ["const c = model(a)", ["webgpu", "cpu", 1], 'const c = model(a.to("webgpu"))'],
] as const)("%s of tensors on two devices (%j): the one on the CPU is moved, or what changes it", (source, about, mended) => {
  const fault = new Fault("RuntimeError", "Two devices.").as("devices", ...about)
  const fixes = mend(fault, { line: 1, column: 11, endLine: 1, endColumn: source.length + 1 }, new SiteTable(), source)
  expect(fixes.map(({ edits }) => edited(source, edits))).toEqual([mended])
})

test("a change in place names where the value was saved and where it was changed", async () => {
  const { result } = await run("const x = torch.ones(2, { requires_grad: true })\nconst y = x.exp()\ny += 1\ny.sum().backward()")
  expect(result.error?.related?.map(({ message, span }) => `${span.line}: ${message}`)).toEqual(["2: ExpBackward0 saved it here.", "3: It was changed in place here."])
})

test("a second backward names where the values were saved and where they were freed", async () => {
  const { result } = await run("const x = torch.ones(2, { requires_grad: true })\nconst y = (x * x).sum()\ny.backward()\ny.backward()")
  expect(result.error?.related?.map(({ message, span }) => `${span.line}: ${message}`)).toEqual(["2: MulBackward0 saved its values here.", "3: They were freed by this backward pass."])
})

test("no cure is offered where several cuts would have to go, or the weights were changed on purpose", async () => {
  const cut = await run("const x = torch.ones(2, { requires_grad: true })\nconst y = x.detach() * x.data\ny.sum().backward()")
  expect(cut.result.error?.fixes).toBe(undefined)
  const updated = await run("const w = torch.ones(2, { requires_grad: true })\nconst y = (w * w).sum()\ntorch.no_grad(() => { w -= 1 })\ny.backward()")
  expect([updated.result.error?.message, updated.result.error?.fixes]).toEqual([expect.stringMatching(/changed in place/), undefined])
})
