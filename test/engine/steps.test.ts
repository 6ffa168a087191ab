// A backward pass step by step: the engine's own order and numbers, and the `+=` into each `.grad`.
import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { BackwardPass, StepsQuestion } from "../../engine/protocol/api.ts"
import { askAbout, lines, run, tensorNamed, type Ran } from "./snippetRunning.ts"

async function stepsOf(source: string, ran: Ran, name: string, question: Partial<StepsQuestion> = {}): Promise<BackwardPass> {
  const { result } = await askAbout({ source, ran, steps: { tensorId: tensorNamed(ran, name).id, ...question } })
  if (result.steps === undefined) throw new Error(result.error?.message)
  return result.steps
}

const flat = (text: string | null | undefined): string => (text ?? "").replace(/\s+/g, " ")

/** The numbers of a repr, in order. */
const numbers = (text: string): number[] => (text.replace(/requires_grad|grad_fn.*/g, "").match(/-?\d+\.?\d*(e[-+]\d+)?/g) ?? []).map(Number)

const lesson = lines(`
  import torch from "torch"
  const x = torch.ones(2, 2, { requires_grad: true })
  const y = x + 2
  const z = y * y * 3
  const out = z.mean()
  out.backward()
`)

test("lesson 001 steps from the mean to the leaf, each with what arrived, its slopes and what it gives on", async () => {
  const { steps, ...pass } = await stepsOf(lesson, await run(lesson), "out")
  const full = (value: string): string => `tensor([[${value}, ${value}], [${value}, ${value}]])`
  expect([pass.pass, pass.passes, pass.reaches, pass.span?.line, pass.omitted]).toEqual([0, 1, true, 6, 0])
  expect(steps.map(({ name, span, arrived, passed }) => [name, span?.line, flat(arrived[0]), passed.map(({ slope, grad, name: to }) => [flat(slope), flat(grad), to])])).toEqual([
    ["MeanBackward0", 5, "tensor(1.)", [["", full("0.2500"), "MulBackward0"]]],
    ["MulBackward0", 4, full("0.2500"), [[full("3."), full("0.7500"), "MulBackward0"]]],
    ["MulBackward0", 4, full("0.7500"), [[full("3."), full("2.2500"), "AddBackward0"], [full("3."), full("2.2500"), "AddBackward0"]]],
    ["AddBackward0", 3, full("4.5000"), [[full("1."), full("4.5000"), "AccumulateGrad"]]],
    ["AccumulateGrad", 2, full("4.5000"), []],
  ])
  expect(steps.at(-1)?.gathered?.map(({ name, before, added, after }) => [name, before, flat(added), flat(after)])).toEqual([["x", null, full("4.5000"), full("4.5000")]])
})

test("every step of every lesson is a node of the graph that is drawn, with the gradient that arrived there", async () => {
  const folder = new URL("../../media/lessons/en/", import.meta.url)
  let told = 0
  for (const file of readdirSync(folder).filter((name) => !name.includes("resnet"))) {
    const source = readFileSync(new URL(file, folder), "utf8")
    const ran = await run(source)
    for (const record of ran.result.trace.records) {
      const value = record.samples.at(-1)?.value
      if (record.kind !== "binding" || value?.kind !== "tensor" || value.is_leaf) continue
      const { result } = await askAbout({ source, ran, steps: { tensorId: value.id } })
      const pass = result.steps
      if (pass === undefined || !pass.reaches) continue
      const graph = ran.session.graph(value.id)
      // A pass may start further on than this tensor: what lies behind it is all there.
      const ids = new Set(graph.nodes.map(({ id }) => id))
      const drawn = pass.steps.filter(({ node }) => ids.has(node))
      expect(drawn.length, `${file}: ${record.name}`).toBe(graph.nodes.filter(({ kind, grad }) => kind === "grad_fn" && grad !== undefined).length)
      // A leaf may have been met by a later pass that went elsewhere.
      for (const { node, name, arrived } of drawn) if (name !== "AccumulateGrad") expect(flat(graph.nodes.find(({ id }) => id === node)?.grad), `${file}: ${record.name}`).toContain(flat(arrived[0]).slice(0, 200))
      told += drawn.length
    }
  }
  expect(told).toBeGreaterThan(20)
}, 60_000)

test("what is added step by step sums to .grad, over passes that accumulate", async () => {
  const source = lines(`
    import torch from "torch"
    const w = torch.tensor([1, -2, 3], { requires_grad: true })
    const f = (w ** 2).sum()
    f.backward({ retain_graph: true })
    const g = (w * f).sum()
    g.backward({ retain_graph: true })
    g.backward()
  `)
  const ran = await run(source)
  const grad = numbers(flat(tensorNamed(ran, "w").grad?.repr))
  let sum = [0, 0, 0]
  const passes = await stepsOf(source, ran, "w")
  for (let pass = 0; pass < passes.passes; pass++) {
    const { steps } = await stepsOf(source, ran, "w", { pass })
    for (const { gathered = [] } of steps) for (const { before, added, after } of gathered) {
      const old = before === null ? [0, 0, 0] : numbers(flat(before))
      expect(old).toEqual(sum)
      sum = numbers(flat(added)).map((value, i) => value + sum[i]!)
      expect(numbers(flat(after))).toEqual(sum)
    }
  }
  expect([passes.pass, passes.passes, sum]).toEqual([2, 3, grad])
})

test("the pass is chosen among those that reached the tensor, the newest unless said otherwise", async () => {
  const source = lines(`
    import torch from "torch"
    const a = torch.tensor(2, { requires_grad: true, dtype: torch.float32 })
    const b = a * 3
    b.backward({ retain_graph: true })
    a.sin().backward()
    b.backward()
  `)
  const ran = await run(source)
  const newest = await stepsOf(source, ran, "b")
  const first = await stepsOf(source, ran, "b", { pass: 0 })
  expect([newest.pass, newest.passes, newest.span?.line, first.pass, first.span?.line]).toEqual([1, 2, 6, 0, 4])
})

test("where no pass reached the tensor, the newest of the run is told, and said to be another's", async () => {
  const source = lines(`
    import torch from "torch"
    const a = torch.tensor([2.0], { requires_grad: true })
    a.sin().backward()
    const c = a * 5
  `)
  const ran = await run(source)
  const { reaches, steps } = await stepsOf(source, ran, "c")
  expect([reaches, steps.map(({ name }) => name)]).toEqual([false, ["SinBackward0", "AccumulateGrad"]])
})

test("a result that retains its gradient gathers it at its own node; autograd.grad only collects", async () => {
  const source = lines(`
    import torch from "torch"
    const a = torch.tensor([2.0], { requires_grad: true })
    const b = a * 5
    b.retain_grad()
    const c = b ** 2
    c.backward({ retain_graph: true })
    const [g] = torch.autograd.grad(c, [b])
  `)
  const ran = await run(source)
  const first = await stepsOf(source, ran, "c", { pass: 0 })
  expect(first.steps.map(({ name, gathered = [] }) => [name, gathered.map(({ name: of, after }) => `${of} ${after}`)])).toEqual([["PowBackward0", []], ["MulBackward0", ["b tensor([20.])"]], ["AccumulateGrad", ["a tensor([100.])"]]])
  const last = await stepsOf(source, ran, "c")
  expect(last.steps.map(({ name, collected = false, passed }) => [name, collected, passed.length])).toEqual([["PowBackward0", false, 1], ["MulBackward0", true, 0]])
})

test("a pass that breaks off is told down to the node where it did", async () => {
  const source = lines(`
    import torch from "torch"
    const a = torch.tensor([2.0], { requires_grad: true })
    const b = a.exp()
    const c = b * 3
    b.add_(1)
    c.sum().backward({ retain_graph: true })
    const d = b * 1
    d.sum().backward()
  `)
  const ran = await run(source)
  const { steps } = await stepsOf(source, ran, "b")
  expect(ran.result.error?.line).toBe(6)
  expect(steps.map(({ name, failed = false, passed }) => [name, failed, passed.length])).toEqual([["SumBackward0", false, 1], ["MulBackward0", false, 1], ["ExpBackward0", true, 0]])
})

test("a random snippet without a seed is followed with the numbers that were shown", async () => {
  const source = lines(`
    import torch from "torch"
    const w = torch.randn(4, { requires_grad: true })
    const loss = (w ** 3).sum()
    loss.backward()
  `)
  const ran = await run(source)
  const { steps } = await stepsOf(source, ran, "loss")
  expect(flat(steps.at(-1)?.gathered?.[0]?.after)).toBe(flat(tensorNamed(ran, "w").grad?.repr))
})

test("a snippet without a backward pass is told what to do", async () => {
  const source = 'import torch from "torch"\nconst w = torch.ones(2, { requires_grad: true })\nconst s = w.sum()'
  const ran = await run(source)
  await expect(stepsOf(source, ran, "s")).rejects.toThrow("No backward pass has run.")
})
