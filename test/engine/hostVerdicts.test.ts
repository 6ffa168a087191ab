// Verdicts after the values, through the seat: they come when asked for, of the last run alone, and a newer run does not
// wait for them.

import { afterAll, beforeAll, expect, test } from "vitest"
import type { RunRequest, RunResult } from "../../engine/protocol/api.ts"
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
  const request: RunRequest = { runId: lastRun, source: `import torch from "torch"\n${source}`, fileName: "/lesson.ts", device: "cpu", timeLimit: 0, memoryLimit: 2048, trace: true, verdicts: "soon" }
  return seat.run(request)
}

const dead = "const w = torch.tensor([-1, -2], { requires_grad: true })\nconst y = torch.relu(w)\ny.sum().backward()\nprint(w.grad)\n"

test("a verdict that takes another run is told when asked for, once and again, and the run's tensors stay", async () => {
  const result = await run(dead)
  expect([result.verdictsPending, result.stdout]).toEqual([true, "tensor([0., 0.])\n"])
  const verdicts = await seat.verdicts(lastRun)
  expect(verdicts.filter(({ asked }) => asked !== false).map(({ id, name, line }) => [id, name, line])).toEqual([["relu-zero", "w", 3]])
  expect(await seat.verdicts(lastRun)).toEqual(verdicts)
  const y = result.trace.records.find(({ name }) => name === "y")?.samples[0]?.value
  expect(y?.kind === "tensor" && (await seat.graph(y.id)).nodes.some(({ name }) => name === "ReluBackward0")).toBe(true)
}, 60_000)

test("the verdicts of a run that is not the last are refused", async () => {
  await run(dead)
  await run("const a = torch.ones(2)\n")
  await expect(seat.verdicts(lastRun - 1)).rejects.toMatchObject({ name: "StaleHandle" })
}, 60_000)

test("a newer run is answered while the verdicts of the one before are looked for", async () => {
  await run(`${dead}for (let i = 0; i < 3000; i++) torch.ones(40, 40).matmul(torch.ones(40, 40))\n`)
  const refused = seat.verdicts(lastRun)
  refused.catch(() => undefined)
  // They have begun by then.
  await new Promise((resolve) => setImmediate(resolve))
  const newer = await run("const a = torch.ones(2)\nprint(a)\n")
  expect([newer.stdout, newer.error]).toEqual(["tensor([1., 1.])\n", undefined])
  await expect(refused).rejects.toMatchObject({ name: "StaleHandle" })
}, 60_000)

test("a turn that is asked for while verdicts are looked for is answered, the verdicts come after it, and the run's tensors stay", async () => {
  const result = await run(`${dead}const x = torch.ones(2)
for (let i = 0; i < 3000; i++) torch.ones(40, 40).matmul(torch.ones(40, 40))\n`)
  const verdicts = seat.verdicts(lastRun)
  await new Promise((resolve) => setImmediate(resolve))
  const then = await seat.moment({ loop: result.trace.loops?.[0]?.id ?? 0, index: 7 })
  expect(then.trace.loops?.[0]?.turns).toBe(8)
  expect((await verdicts).filter(({ asked }) => asked !== false).map(({ id, name, line }) => [id, name, line])).toEqual([["relu-zero", "w", 3]])
  const y = result.trace.records.find(({ name }) => name === "y")?.samples[0]?.value
  expect(y?.kind === "tensor" && (await seat.graph(y.id)).nodes.some(({ name }) => name === "ReluBackward0")).toBe(true)
}, 60_000)

test("an explanation that is ended leaves the run's tensors, and the next one is answered", async () => {
  const result = await run(`const x = torch.tensor([2, 3], { requires_grad: true })\nconst out = (x * x).sum()\nout.backward()\nfor (let i = 0; i < 3000; i++) torch.ones(40, 40).matmul(torch.ones(40, 40))\n`)
  const ended = seat.explain({ at: "x[0]" }).then(() => "answered", ({ name }: Error) => name)
  await new Promise((resolve) => setImmediate(resolve))
  await seat.stopExplaining()
  expect([(await seat.explain({ at: "x[1]" })).value, await ended]).toEqual([6, "Stopped"])
  const out = result.trace.records.find(({ name }) => name === "out")?.samples[0]?.value
  expect(out?.kind === "tensor" && (await seat.graph(out.id)).nodes.some(({ name }) => name === "SumBackward0")).toBe(true)
}, 60_000)
