// What changed from one run's graph to the next: fixtures are the graphs of real runs.
import { expect, test } from "vitest"
import type { Graph, TensorSummary } from "../../engine/protocol/api.ts"
import { graphDifference } from "../../engine/protocol/difference.ts"
import { run } from "./snippetRunning.ts"

const start = `import torch from "torch"
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const z = y * y * 3
const out = z.mean()
out.backward()`

async function graphOf(source: string, name = "out"): Promise<Graph> {
  const { result, session } = await run(source)
  if (result.error) throw new Error(result.error.message)
  const value = result.trace.records.findLast((record) => record.name === name)?.samples.at(-1)?.value as TensorSummary | undefined
  return session.graph(value?.id ?? 0)
}

/** The difference as words: what was added, removed and changed, and in what. */
async function told(before: string, after: string, lineNow: (line: number) => number | null = (line) => line): Promise<{ added: string[]; removed: string[]; changed: string[] }> {
  const [old, now] = [await graphOf(before), await graphOf(after)]
  const { added, removed, changed } = graphDifference(old, now, lineNow)
  const name = (id: string): string => {
    const node = now.nodes.find((each) => each.id === id)
    return `${node?.name} ${node?.span?.line ?? "-"}`
  }
  return { added: added.map(name), removed: removed.map((node) => `${node.name} ${node.span?.line ?? "-"}`), changed: changed.map(({ id, parts }) => `${name(id)}: ${parts}`) }
}

test("the same run twice differs in nothing", async () => {
  expect(await told(start, start)).toEqual({ added: [], removed: [], changed: [] })
})

test("a detach() in one factor halves the gradient behind it, and that is all that changed", async () => {
  expect(await told(start, start.replace("y * y * 3", "y.detach() * y * 3"))).toEqual({
    added: ["[2, 2] -"],
    removed: [],
    changed: ["x 2: grad", "AccumulateGrad 2: grad", "AddBackward0 3: grad", "MulBackward0 4: inputs"],
  })
})

test("a detach() of the whole way removes exactly the nodes behind it", async () => {
  const withBias = start.replace("y * y * 3", "y * 3 + b").replace("const y", "const b = torch.ones(2, 2, { requires_grad: true })\nconst y")
  expect(await told(withBias, withBias.replace("y * 3", "y.detach() * 3"))).toEqual({
    added: ["[2, 2] -"],
    removed: ["x 2", "AccumulateGrad 2", "AddBackward0 4", "y 4", "MulBackward0 5"],
    changed: ["AddBackward0 5: inputs"],
  })
})

test("another number changes the values behind it and the gradients before it", async () => {
  expect(await told(start, start.replace("x + 2", "x + 1"))).toEqual({
    added: [],
    removed: [],
    changed: ["x 2: grad", "AccumulateGrad 2: grad", "AddBackward0 3: value,grad", "y 3: value", "MulBackward0 4: value", "MulBackward0 4: value", "z 4: value", "MeanBackward0 5: value", "out 5: value"],
  })
})

test("lines that moved are the same lines, and a new line's nodes are added", async () => {
  const after = start.replace("const z = y * y * 3", "// squares\nconst s = y.sigmoid()\nconst z = s * y * 3")
  const { added, removed, changed } = await told(start, after, (line) => (line < 4 ? line : line + 2))
  expect([added, removed]).toEqual([["SigmoidBackward0 5", "s 5"], []])
  expect(changed).toContain("MulBackward0 6: value,inputs")
})

test("a line that was written anew is matched by what its node made", async () => {
  const { added, removed, changed } = await told(start, start.replace("const z = y * y * 3", "const z = y * 5 * 3"), (line) => (line === 4 ? null : line))
  expect([added, removed]).toEqual([[], []])
  expect(changed.filter((text) => text.startsWith("MulBackward0"))).toEqual(["MulBackward0 4: value,inputs", "MulBackward0 4: value"])
})

test("a loop with more turns adds the nodes of the turns", async () => {
  const loop = (turns: number): string => `const x = torch.ones(1, { requires_grad: true })\nlet out = x\nfor (let i = 0; i < ${turns}; i++) {\n  out = out * 2\n}\nout.backward()`
  const { added, removed } = await told(loop(3), loop(5))
  expect([added.filter((text) => text.startsWith("Mul")), removed]).toEqual([["MulBackward0 4", "MulBackward0 4"], []])
})

test("backward that was not called leaves gradients that vanished", async () => {
  expect((await told(start, start.replace("out.backward()", ""))).changed).toEqual(["x 2: grad", "AccumulateGrad 2: grad", "AddBackward0 3: grad", "MulBackward0 4: grad", "MulBackward0 4: grad", "MeanBackward0 5: grad"])
})
