// The Node seat: a run is always answered, whatever the snippet does to its thread, and the next run works.

import { afterAll, beforeAll, expect, test } from "vitest"
import type { RunRequest, RunResult } from "../../engine/protocol/api.ts"
import { Seat } from "../../engine/host/node.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
let seat: Seat
const logs: string[] = []

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: true, log: (message) => void logs.push(message), onUnstoppable: () => expect.unreachable("a thread did not end") })
  await seat.prepare()
}, 60_000)
afterAll(() => {
  seat.dispose()
  built.remove()
})

let lastRun = 0
function request(source: string, more: Partial<RunRequest> = {}): RunRequest {
  lastRun += 1
  return { runId: lastRun, source, fileName: "/lesson.ts", device: "cpu", timeLimit: 0, memoryLimit: 2048, trace: true, ...more }
}

const run = (source: string, more: Partial<RunRequest> = {}): Promise<RunResult> => seat.run(request(source, more))

/** Asks for a stop when the snippet has printed `go`. */
async function runAndStop(source: string): Promise<RunResult> {
  return seat.run(request(source), (text) => {
    if (text.includes("go")) seat.stop()
  })
}

const nextRunWorks = async (): Promise<string> => (await run("print(1 + 1)")).stdout

/** A stretch of plain JavaScript inside one built-in: nothing in it asks whether to stop. */
const kernel = "Array.from({ length: 3e6 }, (_, i) => (i * 7919) % 3000017).sort((a, b) => String(a) < String(b) ? -1 : 1)"

test("a snippet runs and prints", async () => {
  const result = await run('print("hello", 3)\nprint("여러분")')
  expect({ stdout: result.stdout, error: result.error, runId: result.runId }).toEqual({ stdout: "hello 3\n여러분\n", error: undefined, runId: lastRun })
})

test("printed text streams in order while the snippet runs", async () => {
  const pieces: string[] = []
  const result = await seat.run(request('for (let i = 0; i < 60000; i += 1) { print("줄", i) }'), (text) => void pieces.push(text))
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.join("")).toBe(result.stdout)
  expect(result.stdout.endsWith("줄 59999\n")).toBe(true)
})

test("Stop ends while (true) {} and names its line", async () => {
  const result = await runAndStop('print("go")\nwhile (true) {}')
  expect(result.error).toMatchObject({ name: "Stopped", line: 2 })
  expect(result.error?.message).toMatch(/^Stopped at line 2 after \d+\.\d s\.$/)
  expect([result.stdout, await nextRunWorks()]).toEqual(["go\n", "2\n"])
}, 20_000)

test("a loop that is stopped keeps its trace", async () => {
  const { error, trace } = await runAndStop('let i = 0\nprint("go")\nwhile (true) { i += 1 }')
  const turns = trace.records.filter(({ name, span }) => name === "i" && span.line === 3).map(({ count }) => count > 0)
  expect([error?.name, turns]).toEqual(["Stopped", [true]])
}, 20_000)

test("Stop ends a snippet that catches every error", async () => {
  const result = await runAndStop('print("go")\nfor (;;) { try { for (;;) {} } catch (e) {} }')
  expect(result.error).toMatchObject({ name: "Stopped", line: 2 })
  expect(await nextRunWorks()).toBe("2\n")
}, 20_000)

test("Stop ends a snippet that is stuck inside one long built-in, keeps its text and names its line", async () => {
  const result = await runAndStop(`print("go")\nconst a = 1\nfor (;;) { ${kernel} }`)
  expect(result.error).toMatchObject({ name: "Stopped", line: 3 })
  expect([result.stdout, await nextRunWorks()]).toEqual(["go\n", "2\n"])
}, 20_000)

test("Stop ends a snippet that waits for ever", async () => {
  const result = await runAndStop('print("go")\nawait new Promise(() => {})')
  expect([result.error?.name, await nextRunWorks()]).toEqual(["Stopped", "2\n"])
}, 20_000)

test("Stop ends a loop of promises", async () => {
  const result = await runAndStop('print("go")\nfor (;;) await null')
  expect([result.error?.name, await nextRunWorks()]).toEqual(["Stopped", "2\n"])
}, 20_000)

test("Stop with nothing running is harmless", async () => {
  seat.stop()
  expect(await nextRunWorks()).toBe("2\n")
})

test("Stop calls off a run that waits for its turn as well", async () => {
  const first = runAndStop('print("go")\nwhile (true) {}')
  const second = run("print(2)")
  expect([(await first).error?.name, (await second).error?.name]).toEqual(["Stopped", "Stopped"])
}, 20_000)

test("the time limit ends a loop with a sentence", async () => {
  const result = await run("while (true) {}", { timeLimit: 0.3 })
  expect(result.error).toMatchObject({
    name: "TimeLimit",
    line: 1,
    message: "The run was expected to finish within 0.3 s and was still going at line 1.",
  })
  expect(result.error?.hint).toContain("autograd.timeLimit")
  expect(await nextRunWorks()).toBe("2\n")
}, 20_000)

test("the time limit ends a long built-in too", async () => {
  const result = await run(`for (;;) { ${kernel} }`, { timeLimit: 0.3 })
  expect([result.error?.name, await nextRunWorks()]).toEqual(["TimeLimit", "2\n"])
}, 20_000)

test("promises that nobody awaits do not outlive their run", async () => {
  const result = await run("void (async () => { for (;;) await null })()", { timeLimit: 0.5 })
  expect([result.error?.name, await nextRunWorks()]).toEqual(["TimeLimit", "2\n"])
}, 20_000)

test("one tensor past the memory limit is refused before it is made", async () => {
  const result = await run("print(1)\nconst t = torch.zeros(1e12)")
  expect(result.error).toMatchObject({ name: "MemoryLimit", line: 2, message: "This needs 4 TB, and a run may use 2 GB." })
  expect([result.stdout, await nextRunWorks()]).toEqual(["1\n", "2\n"])
})

test("tensors that add up past the memory limit are refused", async () => {
  const result = await run("const all = []\nfor (;;) { all.push(torch.zeros(5e6)) }", { memoryLimit: 200 })
  expect(result.error).toMatchObject({ name: "MemoryLimit", line: 2 })
  expect(await nextRunWorks()).toBe("2\n")
}, 30_000)

test("tensors that are dropped do not count toward the memory limit", async () => {
  const result = await run("for (let i = 0; i < 100; i += 1) { torch.zeros(5e6) }\nprint(3)", { memoryLimit: 200 })
  expect([result.error, result.stdout]).toEqual([undefined, "3\n"])
}, 30_000)

test("arrays that grow past the memory limit end the run with a sentence", async () => {
  const result = await run("const all = []\nfor (;;) { all.push([1, 2, 3, all.length]) }", { memoryLimit: 256 })
  expect(result.error).toMatchObject({ name: "MemoryLimit", line: 2 })
  expect(result.error?.hint).toContain("autograd.memoryLimit")
  expect(await nextRunWorks()).toBe("2\n")
}, 60_000)

test("a heap that fills before anyone looks ends the run with a sentence", async () => {
  const small = new Seat({ workerUrl: built.workerUrl, spare: false, heapLimit: 128, log: () => undefined, onUnstoppable: () => undefined })
  const results = [await small.run(request("let chain = null\nfor (;;) { chain = { chain } }", { memoryLimit: 0 })), await small.run(request("print(1 + 1)", { memoryLimit: 0 }))]
  small.dispose()
  expect(results.map(({ error, stdout }) => [error?.name, error?.line, stdout])).toEqual([["MemoryLimit", 2, ""], [undefined, undefined, "2\n"]])
}, 60_000)

test("an error in a timer and a promise that nobody awaits are told", async () => {
  const results = [await run('void Promise.reject(new TypeError("lost"))'), await run('setTimeout(() => { throw new RangeError("late") }, 0)\nawait new Promise((done) => setTimeout(done, 30))')]
  expect(results.map(({ error }) => [error?.name, error?.message])).toEqual([["TypeError", "lost"], ["RangeError", "late"]])
  expect(await nextRunWorks()).toBe("2\n")
})

test("timers of a finished run are never called", async () => {
  await run('setInterval(() => print("old"), 1)')
  const result = await run("await new Promise((done) => setTimeout(done, 50))\nprint(5)")
  expect(result.stdout).toBe("5\n")
})

test("what a snippet does to the language ends with it", async () => {
  await run('Array.prototype.map = () => "broken"\nObject.prototype.x = 1\nMath.max = () => 7\nJSON.stringify = null')
  const result = await run("print([1, 2].map((x) => x * 2).join(), String({}.x), Math.max(1, 2), JSON.stringify([1]))")
  expect([result.stdout, result.error]).toEqual(["2,4 undefined 2 [1]\n", undefined])
})

test("what a snippet does to torch ends with it", async () => {
  const broken = await run('torch.zeros = () => "mine"\nprint(torch.zeros(3))')
  const after = await run('print(String(torch.zeros(3)) === "mine")')
  expect([broken.stdout, after.stdout, after.error]).toEqual(["mine\n", "false\n", undefined])
}, 30_000)

test("what a snippet does to the engine's own built-ins ends with it", async () => {
  await run('const outer = torch.constructor\nouter.keys = () => "broken"\nouter.prototype.toString = () => "broken"')
  const result = await run("print(torch.constructor.keys({ a: 1 }).length, String(torch.constructor.prototype))")
  expect([result.stdout, result.error]).toEqual(["1 [object Object]\n", undefined])
}, 30_000)

test("an id that is not of the last run is a stale handle", async () => {
  const fresh = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => undefined })
  await expect(fresh.graph(1)).rejects.toMatchObject({ name: "StaleHandle" })
  fresh.dispose()
})

test("the last run's tensors answer for their graph and values, until the next run", async () => {
  const { trace } = await run("const x = torch.ones(2, 3, { requires_grad: true })\nconst y = (x * 2).sum()\ny.backward()")
  const id = (name: string): number => {
    const value = trace.records.find((record) => record.name === name)?.samples.at(-1)?.value
    return value?.kind === "tensor" ? value.id : 0
  }
  const graph = await seat.graph(id("y"))
  const grad = await seat.values(id("x"), "grad", [0, 0], [2, 2])
  expect(graph.nodes.filter(({ kind }) => kind === "grad_fn").map(({ name }) => name).sort()).toEqual(["AccumulateGrad", "MulBackward0", "SumBackward0"])
  expect(grad).toMatchObject({ shape: [2, 2], values: [2, 2, 2, 2] })
  await run("print(1)")
  await expect(seat.graph(id("y"))).rejects.toMatchObject({ name: "StaleHandle" })
})

test("a snippet that changed torch keeps its values for looking at", async () => {
  const { trace } = await run("torch.relu = null\nconst x = torch.ones(2)")
  const value = trace.records.find(({ name }) => name === "x")?.samples[0]?.value
  expect(await seat.values(value?.kind === "tensor" ? value.id : 0, "value", [0], [2])).toMatchObject({ values: [1, 1] })
  expect((await run("print(torch.relu(torch.ones(1)))")).stdout).toBe("tensor([1.])\n")
}, 30_000)

test("a thread that cannot start is told as a crash, by prepare and by run", async () => {
  const broken = new Seat({ workerUrl: new URL("./nothing.mjs", built.workerUrl), spare: true, log: () => undefined, onUnstoppable: () => undefined })
  await expect(broken.prepare()).rejects.toMatchObject({ name: "ChannelClosed" })
  const { error } = await broken.run(request("print(1)"))
  broken.dispose()
  expect(error?.name).toBe("EngineCrash")
}, 30_000)
