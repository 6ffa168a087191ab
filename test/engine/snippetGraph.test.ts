// The graph that the panel draws: autograd's own nodes, with the learner's names and this run's numbers.
import { expect, test } from "vitest"
import type { Graph, TensorSummary } from "../../engine/protocol/api.ts"
import { run } from "./snippetRunning.ts"

/** The graph of the last value of a name. */
async function graphOf(source: string, name: string): Promise<Graph> {
  const { result, session } = await run(source)
  if (result.error) throw new Error(result.error.message)
  const { samples } = result.trace.records.filter((record) => record.name === name).at(-1)!
  return session.graph((samples.at(-1)!.value as TensorSummary).id)
}

/** The edges by name. */
function arrows({ nodes, edges }: Graph): string[] {
  const name = (id: string) => nodes.find((node) => node.id === id)!.name
  return edges.map(({ from, to }) => `${name(from)} → ${name(to)}`).sort()
}

const lesson = `import torch from "torch"
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const c = torch.full([2, 2], 3)
const z = y * y * c
const out = z.mean()
out.backward()`

test("leaves, grad_fn nodes, named results and constants are joined forward", async () => {
  expect(arrows(await graphOf(lesson, "out"))).toEqual([
    "AccumulateGrad → AddBackward0",
    "AddBackward0 → y",
    "MeanBackward0 → out",
    "MulBackward0 → MulBackward0",
    "MulBackward0 → z",
    "c → MulBackward0",
    "x → AccumulateGrad",
    "y → MulBackward0",
    "y → MulBackward0",
    "z → MeanBackward0",
  ])
})

test("nodes carry kind, line, value and gradient", async () => {
  const { nodes, root } = await graphOf(lesson, "out")
  const flat = (text?: string) => text?.replace(/\s+/g, " ")
  expect(nodes.map(({ kind, name, span, value, grad }) => [kind, name, span?.line, flat(value), flat(grad)])).toEqual([
    ["leaf", "x", 2, "tensor([[1., 1.], [1., 1.]], requires_grad=True)", "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])"],
    ["grad_fn", "AccumulateGrad", 2, "tensor([[1., 1.], [1., 1.]], requires_grad=True)", "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])"],
    ["grad_fn", "AddBackward0", 3, "tensor([[3., 3.], [3., 3.]], grad_fn=<AddBackward0>)", "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])"],
    ["tensor", "y", 3, "tensor([[3., 3.], [3., 3.]], grad_fn=<AddBackward0>)", undefined],
    ["grad_fn", "MulBackward0", 5, "tensor([[9., 9.], [9., 9.]], grad_fn=<MulBackward0>)", "tensor([[0.7500, 0.7500], [0.7500, 0.7500]])"],
    ["grad_fn", "MulBackward0", 5, "tensor([[27., 27.], [27., 27.]], grad_fn=<MulBackward0>)", "tensor([[0.2500, 0.2500], [0.2500, 0.2500]])"],
    ["tensor", "z", 5, "tensor([[27., 27.], [27., 27.]], grad_fn=<MulBackward0>)", undefined],
    ["grad_fn", "MeanBackward0", 6, "tensor(27., grad_fn=<MeanBackward0>)", "tensor(1.)"],
    ["tensor", "out", 6, "tensor(27., grad_fn=<MeanBackward0>)", undefined],
    ["tensor", "c", 4, "tensor([[3., 3.], [3., 3.]])", undefined],
  ])
  expect(nodes.find(({ id }) => id === root)?.name).toBe("out")
})

test("saved values are shown until backward frees them", async () => {
  const saved = async (source: string) => (await graphOf(source, "y")).nodes.find(({ name }) => name === "MulBackward0")?.saved
  const source = "const x = torch.tensor([3], { requires_grad: true })\nconst y = x * x"
  expect(await saved(source)).toContainEqual({ name: "self", shape: [1], value: "tensor([3.], requires_grad=True)", savedVersion: 0, version: 0 })
  expect((await saved(`${source}\ny.sum().backward()`))?.map(({ value }) => value)).toEqual([null, null])
})

test("a tensor without a graph is one node", async () => {
  const { nodes, edges } = await graphOf("const x = torch.ones(2)", "x")
  expect([nodes.map(({ kind, name }) => [kind, name]), edges]).toEqual([[["tensor", "x"]], []])
})

test("both outputs of one node have their names", async () => {
  const { nodes } = await graphOf("const x = torch.ones(4, { requires_grad: true })\nconst [a, b] = x.chunk(2)\nconst y = a * b", "y")
  expect(nodes.filter(({ kind }) => kind === "tensor").map(({ name }) => name).sort()).toEqual(["a", "b", "y"])
})

test("a chain of 10,000 nodes is cut at its far end, and answers", async () => {
  const { nodes, edges, omitted } = await graphOf("let y = torch.ones(1, { requires_grad: true })\nfor (let i = 0; i < 10000; i++) y = y * 1", "y")
  const known = new Set(nodes.map(({ id }) => id))
  expect([nodes.filter(({ kind }) => kind === "grad_fn").length, omitted, edges.every(({ from, to }) => known.has(from) && known.has(to))]).toEqual([4000, 6001, true])
})

test("what an in-place change replaced keeps its place in the graph", async () => {
  expect(arrows(await graphOf("const x = torch.ones(1, { requires_grad: true })\nconst y = x * 2\ny += 1", "y"))).toEqual([
    "AccumulateGrad → MulBackward0",
    "AddBackward0 → y",
    "MulBackward0 → AddBackward0",
    "x → AccumulateGrad",
  ])
})
