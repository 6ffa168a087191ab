// The host's small parts by themselves: the shared memory, the question before memory is taken, the look at what changed.

import { Worker } from "node:worker_threads"
import { expect, test } from "vitest"
import { watch } from "../../engine/host/aftermath.ts"
import { allocationGuard } from "../../engine/host/allocationGuard.ts"
import { makeSharedRun, SharedRun } from "../../engine/host/sharedRun.ts"
import { engineCrash, heapLimit, memoryLimit, sizeText, staleHandle, stopped, timeLimit } from "../../engine/protocol/faults.ts"

function sides(): { thread: SharedRun; supervisor: SharedRun } {
  const memory = makeSharedRun()
  return { thread: new SharedRun(memory), supervisor: new SharedRun(memory) }
}

test("text arrives whole and in order, also where a character is cut between two looks", () => {
  const { thread, supervisor } = sides()
  let got = ""
  let sent = ""
  for (let i = 0; i < 3000; i += 1) {
    const text = `한글 ${i} 🎓 ${"x".repeat(i % 300)}\n`
    sent += text
    thread.write(text)
    if (i % 7 === 0) got += supervisor.drain()
  }
  expect(got + supervisor.drain()).toBe(sent)
})

test("a thread that prints more than fits waits for the supervisor and loses nothing", async () => {
  const memory = makeSharedRun()
  const supervisor = new SharedRun(memory)
  // A plain writer with the same layout, since a worker runs no TypeScript: four numbers and a ring of 256 KiB.
  const source = `
    const { workerData: memory, parentPort } = require("node:worker_threads")
    const numbers = new Int32Array(memory, 0, 8), ring = new Uint8Array(memory, 32)
    for (let i = 0; i < 1000000; ) {
      const free = ring.length - ((Atomics.load(numbers, 2) - Atomics.load(numbers, 3)) >>> 0)
      if (free === 0) { Atomics.wait(numbers, 3, Atomics.load(numbers, 3), 50); continue }
      ring[(Atomics.load(numbers, 2) >>> 0) % ring.length] = 97 + (i % 26)
      Atomics.add(numbers, 2, 1)
      i += 1
    }`
  const worker = new Worker(source, { eval: true, workerData: memory })
  let got = ""
  const timer = setInterval(() => {
    got += supervisor.drain()
  }, 2)
  await new Promise((resolve) => worker.once("exit", resolve))
  clearInterval(timer)
  got += supervisor.drain()
  expect([got.length, got.slice(0, 27), got.slice(-3)]).toEqual([1_000_000, "abcdefghijklmnopqrstuvwxyza", String.fromCharCode(...[999_997, 999_998, 999_999].map((i) => 97 + (i % 26)))])
})

test("the first cause of a stop stays, and heeding it is seen by the other side", () => {
  const { thread, supervisor } = sides()
  const before = [thread.stopRequested(), supervisor.heeded]
  supervisor.ask("timeLimit")
  supervisor.ask("stopped")
  const asked = [thread.stopRequested(), supervisor.heeded, supervisor.cause]
  supervisor.reset()
  expect([before, asked, [thread.stopRequested(), supervisor.cause]]).toEqual([[false, false], [true, true, "timeLimit"], [false, "none"]])
})

test("the guard refuses one tensor past the limit, and many together, after collecting garbage", () => {
  let used = 0
  let collected = 0
  const guard = allocationGuard(
    () => used,
    () => {
      collected += 1
      used = Math.min(used, 50e6)
    },
  )
  const check = guard(100e6)
  const outcome = (bytes: number): string => {
    try {
      check(bytes)
      return "fine"
    } catch (error) {
      return error instanceof Error ? error.message : ""
    }
  }
  const alone = outcome(101e6)
  const small = outcome(20e6)
  used = 95e6
  const afterCollecting = outcome(20e6)
  const together = outcome(60e6)
  expect({ alone, small, afterCollecting, together, collected }).toEqual({
    alone: "This needs 101 MB, and a run may use 100 MB.",
    small: "fine",
    afterCollecting: "fine",
    together: "This needs 60 MB more, 50 MB are in use already, and a run may use 100 MB.",
    collected: 4,
  })
})

test("the guard looks at small tensors together, not one by one", () => {
  let looks = 0
  const check = allocationGuard(() => {
    looks += 1
    return 0
  }, () => undefined)(1e9)
  for (let i = 0; i < 64_000; i += 1) check(1000)
  expect(looks).toBe(5)
})

test("no limit is no question", () => {
  expect(() => allocationGuard(() => 1e15, () => undefined)(0)(1e15)).not.toThrow()
})

test("what changed is told by its path: a replaced function, a new one, one that is gone", () => {
  class Thing {
    go(): number {
      return 1
    }
  }
  const root: Record<string, unknown> = { one: () => 1, inner: { two: () => 2 }, Thing, count: 0 }
  const changed = watch({ root })
  const seen: (string | null)[] = [changed()]
  root.count = 5
  seen.push(changed())
  const thing = Thing.prototype as { go(): number; extra?: () => number }
  const { go } = thing
  thing.go = () => 2
  seen.push(changed())
  thing.go = go
  thing.extra = () => 3
  seen.push(changed())
  delete thing.extra
  const inner = root.inner as { two?: () => number }
  delete inner.two
  seen.push(changed())
  expect(seen).toEqual([null, null, "root.Thing.prototype.go", "root.Thing.prototype", "root.inner"])
})

test("sizes read as a person writes them", () => {
  expect([0, 999, 1000, 1500, 999_400, 999_600, 1e6, 123_456_789, 2e9, 4e12, 9e18].map(sizeText)).toEqual([
    ...["0 bytes", "999 bytes", "1 kB", "1.5 kB", "999 kB", "1 MB", "1 MB", "123 MB", "2 GB", "4 TB", "9000 PB"],
  ])
})

test("every limit says what was expected, what was found, and one thing to try", () => {
  const faults = [stopped(2, 3), timeLimit(30), memoryLimit(4e12, 0, 2e9), memoryLimit(0, 3e9, 2e9), heapLimit(1e9, 7), engineCrash("signal SIGKILL"), staleHandle(4)]
  expect(faults.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    "Stopped: Stopped at line 3 after 2.0 s.",
    "TimeLimit: The run was expected to finish within 30.0 s and was still going.",
    "MemoryLimit: This needs 4 TB, and a run may use 2 GB.",
    "MemoryLimit: The run may use 2 GB and was using 3 GB.",
    "MemoryLimit: The run may use 1 GB and its arrays and objects filled that at line 7.",
    "EngineCrash: The engine was expected to finish this run, and it ended instead (signal SIGKILL).",
    "StaleHandle: Tensor 4 was expected to be of the last run, and the last run has no such tensor.",
  ])
  expect(faults.filter(({ hint }) => !hint)).toEqual([])
})
