// Going back in the last run through the seat: a turn of a loop, a backward pass, with the run's own random numbers.

import { afterAll, beforeAll, expect, test } from "vitest"
import type { RunRequest, RunResult, TensorSummary } from "../../engine/protocol/api.ts"
import { Seat } from "../../engine/host/node.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
let seat: Seat

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => expect.unreachable("a thread did not end") })
  await seat.prepare()
}, 60_000)
afterAll(() => {
  seat.dispose()
  built.remove()
})

let lastRun = 0
function run(source: string): Promise<RunResult> {
  lastRun += 1
  const request: RunRequest = { runId: lastRun, source, fileName: "/lesson.ts", device: "cpu", timeLimit: 0, memoryLimit: 2048, trace: true }
  return seat.run(request)
}

function last({ trace }: RunResult, name: string): TensorSummary {
  return trace.records.findLast((record) => record.name === name)?.samples.at(-1)?.value as TensorSummary
}

const source = `import torch from "torch"
const w = torch.randn(3, { requires_grad: true })
const log = []
for (let i = 0; i < 20; i++) {
  const noise = Math.random() + Math.random()
  const loss = ((w * noise - torch.rand(3)) ** 2).sum()
  w.grad = null
  loss.backward()
  log.push([noise, String(loss), String(w.grad)])
}
print(JSON.stringify(log))`

test("a turn is repeated with the run's own chance, PyTorch's and JavaScript's, and its handles live beside the run's", async () => {
  const result = await run(source)
  const log = JSON.parse(result.stdout) as [number, string, string][]
  const loop = result.trace.loops?.[0]?.id ?? 0
  for (const index of [7, 3]) {
    const at = await seat.moment({ loop, index })
    const [noise, loss, grad] = log[index]!
    expect([last(at, "noise").repr, last(at, "loss").repr, last(at, "w").grad?.repr]).toEqual([String(noise), loss, grad])
    const graph = await seat.graph(last(at, "loss").id)
    expect(graph.nodes.find(({ name }) => name === "w")?.grad).toBe(grad)
    const { steps } = await seat.steps({ tensorId: last(at, "loss").id, iteration: { loop, index } })
    expect(steps.at(-1)?.gathered?.[0]?.after).toBe(grad)
  }
  const now = await seat.graph(last(result, "loss").id)
  expect(now.nodes.find(({ name }) => name === "loss")?.value).toBe(log[19]![1])
}, 20_000)

test("an explanation at a turn is of that turn's gradient", async () => {
  const result = await run(source)
  const log = JSON.parse(result.stdout) as [number, string, string][]
  const loop = result.trace.loops?.[0]?.id ?? 0
  const values = [3, 7, 12].map(async (index) => (await seat.explain({ of: "loss", at: "w[1]", iteration: { loop, index } })).value)
  const logged = [3, 7, 12].map((index) => Number(log[index]![2].match(/-?\d+\.\d+/g)?.[1]))
  for (const [i, value] of (await Promise.all(values)).entries()) expect(value).toBeCloseTo(logged[i]!, 3)
}, 20_000)

test("two runs without a seed differ, also in Math.random", async () => {
  const draw = 'import torch from "torch"\nprint(Math.random(), torch.rand(1))'
  expect((await run(draw)).stdout).not.toBe((await run(draw)).stdout)
})

test("what is not of the last run is refused, and so is a question before any run", async () => {
  const result = await run('import torch from "torch"\nconst a = torch.ones(1, { requires_grad: true })\n;(a * 2).backward()')
  await expect(seat.steps({ tensorId: last(result, "a").id + 50 })).rejects.toMatchObject({ name: "StaleHandle" })
  const fresh = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => undefined })
  await expect(fresh.moment({ loop: 1, index: 0 })).rejects.toThrow("Nothing has run yet.")
  fresh.dispose()
})
