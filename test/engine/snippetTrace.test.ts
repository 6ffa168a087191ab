// What a run leaves behind: the value of every place, bounded, and right at the moment when the place was reached.
import { expect, test } from "vitest"
import type { TensorSummary, TraceRecord, ValueSummary } from "../../engine/protocol/api.ts"
import { run } from "./snippetRunning.ts"

/** The records of a kind as lines: place, name, count and the last value's text on one line. */
async function told(source: string, kinds: readonly TraceRecord["kind"][] = ["binding", "result", "print"]): Promise<string[]> {
  const { result } = await run(source)
  if (result.error) throw new Error(result.error.message)
  return result.trace.records.filter(({ kind }) => kinds.includes(kind)).map(line)
}

function line({ kind, span, showLine, name, count, samples }: TraceRecord): string {
  const shown = showLine === span.line ? "" : ` at ${showLine}`
  return `${span.line}:${span.column}${shown} ${kind}${name === undefined ? "" : ` ${name}`}${count === 1 ? "" : ` × ${count}`} = ${short(samples[samples.length - 1]!.value)}`
}

const short = (value: ValueSummary): string => value.repr.replace(/\s+/g, " ")

test("each name, each line of its own and each print has its value", async () => {
  expect(
    await told(`import torch from "torch"
const x = torch.ones(2, { requires_grad: true })
let y = x + 2
y = y * y
y.sum().backward()
x.grad
print(x.grad, 1)
const { a, b: [c] } = { a: 1, b: [2] }
"text".length
const f = (v) => v * 2, o = [0]
o.w = f(3)`),
  ).toEqual([
    "2:7 binding x = tensor([1., 1.], requires_grad=True)",
    "3:5 binding y = tensor([3., 3.], grad_fn=<AddBackward0>)",
    "4:1 binding y = tensor([9., 9.], grad_fn=<MulBackward0>)",
    "6:1 result = tensor([6., 6.])",
    "7:1 print = tensor([6., 6.]) 1",
    "8:9 binding a = 1",
    "8:16 binding c = 2",
    "9:1 result = 4",
    "10:12 binding v = 3",
    "10:25 binding o = [0]",
    "11:1 binding o.w = 6",
  ])
})

test("operators and calls that make tensors are recorded for hovers", async () => {
  expect(await told("const x = torch.ones(1)\nconst y = (x + 1).mul(2) - x[0]\nMath.max(1, 2)", ["operation"])).toEqual([
    "1:11 operation = tensor([1.])",
    "2:11 operation = tensor([4.])",
    "2:11 operation = tensor([3.])",
    "2:12 operation = tensor([2.])",
    "2:28 operation = tensor(1.)",
  ])
})

test("a value is what it was at its line, though the tensor changed later", async () => {
  expect(await told("const x = torch.zeros(2)\nx.add_(1)\nx[0] = 5\nx += 1\nx.requires_grad = true\nconst big = torch.zeros(300)\nbig += 1\nbig.mean()")).toEqual([
    "1:7 binding x = tensor([0., 0.])",
    "2:1 result = tensor([1., 1.])",
    "3:1 binding x = tensor([5., 1.])",
    "4:1 binding x = tensor([6., 2.])",
    "5:1 binding x = tensor([6., 2.], requires_grad=True)",
    expect.stringMatching(/^6:7 binding big = tensor\(\[0\., 0\., .*\]\)$/),
    expect.stringMatching(/^7:1 binding big = tensor\(\[1\., 1\., .*\]\)$/),
    "8:1 result = tensor(1.)",
  ])
})

test("a statement over several lines shows at its last, a parameter and a loop's name at their own", async () => {
  expect(await told("const x = torch\n  .ones(2)\n  .mul(3)\nfunction f(a,\n  b) {\n  return a + b\n}\nfor (const r of [1,\n  2]) {\n  f(r, 1)\n}")).toEqual([
    "1:7 at 3 binding x = tensor([3., 3.])",
    "4:12 binding a × 2 = 2",
    "5:3 binding b × 2 = 1",
    "8:12 binding r × 2 = 2",
    "10:3 result × 2 = 3",
  ])
})

test("a thousand turns leave the first, the last and an even sample", async () => {
  const { result } = await run("for (let i = 0; i < 1000; i++) {\n  const t = torch.tensor(i)\n}")
  const record = result.trace.records.find(({ name }) => name === "t")!
  const indices = record.samples.map(({ index }) => index)
  const steps = new Set(indices.slice(2, -1).map((index, i) => index - indices[i + 1]!))
  expect({ count: record.count, first: indices[0], last: indices.at(-1), steps: steps.size, few: indices.length <= 70 && indices.length >= 30 }).toEqual({ count: 1000, first: 0, last: 999, steps: 1, few: true })
  expect(record.samples.map(({ index, value }) => value.repr === `tensor(${index}.)`)).toEqual(indices.map(() => true))
})

test("few turns are all kept", async () => {
  const { result } = await run("for (let i = 0; i < 5; i++) print(i)")
  expect(result.trace.records.map(({ kind, samples }) => `${kind} ${samples.map(({ value }) => value.repr).join()}`)).toEqual(["binding 0,1,2,3,4", "print 0,1,2,3,4"])
})

test("a summary says shape, type, range, version, chain and the gradient at the end", async () => {
  const { result } = await run("const x = torch.tensor([1, 2], { requires_grad: true })\nconst y = x * 3\nconst z = y.sum()\nz.backward()")
  const of = (name: string) => result.trace.records.find((record) => record.name === name)!.samples[0]!.value as TensorSummary
  expect(of("x")).toEqual({
    kind: "tensor", id: of("x").id, repr: "tensor([1., 2.], requires_grad=True)", shape: [2], dtype: "float32", device: "cpu",
    requires_grad: true, is_leaf: true, chain: [], grad: { repr: "tensor([3., 3.])", shape: [2] }, range: [1, 2], version: 0,
  })
  expect(of("z").chain).toEqual([
    { name: "SumBackward0", line: 3, variable: "z", branches: 0 },
    { name: "MulBackward0", line: 2, variable: "y", branches: 0 },
    { name: "AccumulateGrad", line: 1, variable: "x", branches: 0 },
  ])
})

test("the same tensor has the same handle at every place", async () => {
  const { result } = await run("const x = torch.ones(1)\nconst y = x")
  const ids = result.trace.records.filter(({ kind }) => kind === "binding").map(({ samples }) => (samples[0]!.value as TensorSummary).id)
  expect(ids[0]).toBe(ids[1])
})

test("without a trace nothing is recorded and the text is the same", async () => {
  const { result } = await run("const x = torch.ones(2)\nprint(x + 1)", { trace: false })
  expect([result.trace.records, result.stdout]).toEqual([[], "tensor([2., 2.])\n"])
})

test("what stands above a cell runs silently", async () => {
  const { result } = await run("const x = torch.ones(1, { requires_grad: true })\nprint('above', x)\n// %%\nconst y = x * 2\nprint('cell', y)", { showFrom: 3 })
  expect([result.stdout, result.trace.records.map(({ span }) => span.line)]).toEqual(["cell tensor([2.], grad_fn=<MulBackward0>)\n", [4, 4, 5]])
})

test("a failed run keeps what it had", async () => {
  const { result } = await run("const x = torch.ones(1)\nprint(x)\nx.foo()")
  expect([result.error?.line, result.stdout, result.trace.records.length]).toEqual([3, "tensor([1.])\n", 3])
})

test("a window of values is cut to what there is", async () => {
  const { result, session } = await run("const x = torch.arange(12).reshape(3, 4)\nx.requires_grad = true\n;(x * x).sum().backward()")
  const { id } = result.trace.records.find(({ name }) => name === "x")!.samples[0]!.value as TensorSummary
  expect([
    session.values(id, "value", [1, 2], [5, 2]),
    session.values(id, "grad", [0, 0], [1, 2]),
    session.values(id, "value", [9, 0], [1, 1]).values,
  ]).toEqual([
    { shape: [2, 2], dtype: "float32", values: [6, 7, 10, 11] },
    { shape: [1, 2], dtype: "float32", values: [0, 2] },
    [],
  ])
})

test("a handle of another run is refused", async () => {
  const { session } = await run("const x = torch.ones(1)")
  expect(() => session.graph(99)).toThrow(expect.objectContaining({ name: "StaleHandle" }))
})

test("every run starts fresh", async () => {
  await run("torch.manual_seed(7)\ntorch.set_grad_enabled(false)")
  const { result } = await run("print(torch.is_grad_enabled())")
  expect(result.stdout).toBe("true\n")
})
