// The session over an engine that the test plays: what it answers when the engine answers, hangs, crashes or is late.

import { afterEach, expect, test, vi } from "vitest"
import type { EngineApi, HostApi, RunRequest, RunResult } from "../../engine/protocol/api.ts"
import { Fault, stopped } from "../../engine/protocol/faults.ts"
import { connect, type Channel } from "../../engine/protocol/rpc.ts"
import type { StartSeat } from "../../extension/seat.ts"
import { Session } from "../../extension/session.ts"
import { lesson } from "./traces.ts"

type RunFake = (request: RunRequest, host: HostApi) => Promise<RunResult>

const request = { source: "\n\nprint(1)", fileName: "a.ts", device: "auto", timeLimit: 0, memoryLimit: 2048, trace: true } as const
const sessions: Session[] = []

afterEach(() => {
  vi.useRealTimers()
  for (const session of sessions.splice(0)) session.dispose()
})

test("a run is answered with the engine's result, and its output is passed on", async () => {
  const printed: string[] = []
  const { session } = play(async ({ runId }, host) => {
    host.output(runId, "1\n")
    return { ...lesson, runId }
  }, printed)
  const result = await session.run(request)
  expect([result.runId, printed, session.state, session.holds(1), session.holds(0)]).toEqual([1, ["1\n"], "ready", true, false])
})

test("output of another run is dropped", async () => {
  const printed: string[] = []
  const { session } = play(async ({ runId }, host) => {
    host.output(runId + 5, "old")
    return { ...lesson, runId }
  }, printed)
  await session.run(request)
  expect(printed).toEqual([])
})

test("stop ends a run that the engine will not end, by ending the process, and says Stopped at the first line of code", async () => {
  const { session, started } = play(() => new Promise(() => undefined))
  const run = session.run(request)
  await vi.waitFor(() => expect(session.state).toBe("running"))
  await session.stop()
  const { error } = await run
  expect([error?.name, error?.line, started.length, session.state]).toEqual(["Stopped", 3, 1, "off"])
})

test("a download of the run in progress is passed on, that of another run is not", async () => {
  const { session, downloads } = play(async ({ runId }, host) => {
    host.progress?.(runId, "a.pth", 0.5)
    host.progress?.(runId + 5, "b.pth", 0.5)
    return { ...lesson, runId }
  })
  await session.run(request)
  expect(downloads).toEqual([["a.pth", 0.5]])
})

test("stop without a run is harmless", async () => {
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }))
  await expect(session.stop()).resolves.toBeUndefined()
})

test("an engine killed from outside fails the run in it, and the next run has a fresh one", async () => {
  let isFirst = true
  const { session, started } = play(async ({ runId }) => {
    if (!isFirst) return { ...lesson, runId }
    isFirst = false
    return await new Promise<never>(() => undefined)
  })
  const run = session.run(request)
  await vi.waitFor(() => expect(session.state).toBe("running"))
  started[0]?.die("signal SIGKILL")
  const failed = await run
  const next = await session.run(request)
  expect([failed.error?.name, failed.error?.message.includes("signal SIGKILL"), next.error, started.length]).toEqual(["EngineCrash", true, undefined, 2])
})

test("a newer run stops the older one, and of several that wait only the newest runs", async () => {
  const ran: number[] = []
  const ends = new Map<number, () => void>()
  const { session } = play(async ({ runId }) => {
    ran.push(runId)
    if (runId === 1) await new Promise<void>((resolve) => ends.set(runId, resolve))
    return { ...lesson, runId }
  }, [], () => ends.get(1)?.())
  const first = session.run(request)
  await vi.waitFor(() => expect(ran).toEqual([1]))
  const second = session.run(request)
  const third = session.run(request)
  expect([(await first).runId, (await second).error?.name, (await third).runId, ran]).toEqual([1, "Stopped", 3, [1, 3]])
})

test("an engine that keeps dying is not started for ever by itself, and a run still starts one", async () => {
  vi.useFakeTimers()
  const { session, started } = play(async ({ runId }) => ({ ...lesson, runId }))
  session.prepare()
  for (let time = 0; time < 6; time += 1) {
    started.at(-1)?.die("exit code 1")
    await vi.advanceTimersByTimeAsync(1000)
  }
  const tries = started.length
  const result = await session.run(request)
  expect([tries, started.length, result.error]).toEqual([3, 4, undefined])
})

test("graphs of a run that was replaced are refused with a reason", async () => {
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }))
  await session.run(request)
  await session.run(request)
  await expect(session.graph(1, 3)).rejects.toThrow("was expected to be of the last run")
  await expect(session.graph(2, 3)).resolves.toEqual({ root: "t3", nodes: [], edges: [], omitted: 0 })
})

test("a restarted engine holds no tensors of the run before", async () => {
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }))
  await session.run(request)
  await session.restart()
  expect([session.holds(1), session.state !== "off"]).toEqual([false, true])
  await expect(session.graph(1, 3)).rejects.toThrow("was expected to be of the last run")
})

test("a new run ends the repetition of an older one, which answers null", async () => {
  let end: (reason: Error) => void = () => undefined
  const stopping = (): void => end(stopped(0))
  const moment = () => new Promise<RunResult>((_, reject) => (end = reject))
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }), [], stopping, { moment })
  await session.run(request)
  const asked = session.moment(1, { loop: 4, index: 7 })
  await new Promise((resolve) => setTimeout(resolve, 5))
  await session.run(request)
  expect(await asked).toBeNull()
})

test("a repetition's refusal is passed on", async () => {
  const moment = async (): Promise<RunResult> => {
    throw new Fault("RuntimeError", "Nothing has run yet.", "")
  }
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }), [], () => undefined, { moment })
  await session.run(request)
  await expect(session.moment(1, { loop: 4, index: 9 })).rejects.toThrow("Nothing has run yet.")
})

test("a newer explanation ends the older one, and neither the question beside it nor a repetition under way", async () => {
  const under: ((reason: Error) => void)[] = []
  const asked: string[] = []
  let stops = 0
  let finish: (result: RunResult) => void = () => undefined
  const explained = { value: 2, paths: [], check: { finiteDifference: 2, relativeGap: 0, kink: false } }
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }), [], () => void (stops += 1), {
    moment: () => new Promise((resolve) => (finish = resolve)),
    explain: ({ at }) => new Promise((resolve, reject) => {
      const isAgain = asked.includes(at)
      asked.push(at)
      if (at === "newer" || isAgain) resolve(explained)
      else under.push(reject)
    }),
    stopExplaining: async () => under.splice(0).forEach((end) => end(stopped(0))),
  })
  await session.run(request)
  const moment = session.moment(1, { loop: 4, index: 7 })
  const older = session.explain(1, { at: "older" })
  const beside = session.explainBeside(1, { at: "beside" })
  await vi.waitFor(() => expect(under.length).toBe(2))
  const newer = session.explain(1, { at: "newer" })
  expect([await older, await newer, await beside, asked]).toEqual([null, explained, explained, ["older", "beside", "newer", "beside"]])
  finish({ ...lesson, runId: 1 })
  expect([await moment, stops]).toEqual([{ ...lesson, runId: 1 }, 0])
})

test("leaving the explanation ends it, and nothing else", async () => {
  let end: (reason: Error) => void = () => undefined
  const { session } = play(async ({ runId }) => ({ ...lesson, runId }), [], () => expect.unreachable("everything was stopped"), {
    explain: () => new Promise((_, reject) => (end = reject)),
    stopExplaining: async () => end(stopped(0)),
  })
  await session.run(request)
  const left = session.explain(1, { at: "x" })
  session.stopExplaining()
  expect(await left).toBeNull()
})

interface Started {
  die(reason: string): void
}

/** A session whose engine is this test: `run` plays a run, `stop` what a stop does. */
function play(run: RunFake, printed: string[] = [], stop: () => void = () => undefined, more: Partial<EngineApi> = {}): { readonly session: Session; readonly started: readonly Started[]; readonly downloads: readonly (readonly [string, number | null])[] } {
  const started: Started[] = []
  const downloads: [string, number | null][] = []
  const start: StartSeat = () => {
    const [mine, theirs] = pair()
    const host: HostApi = connect<HostApi, EngineApi>(theirs.channel, {
      prepare: async () => ({ device: "cpu", startupMs: 1 }),
      run: (wanted) => run(wanted, host),
      stop: async () => stop(),
      graph: async (tensorId) => ({ root: `t${tensorId}`, nodes: [], edges: [], omitted: 0 }),
      values: async () => ({ shape: [], dtype: "float32", values: [] }),
      ...more,
    }, { log: () => undefined })
    started.push({ die: (reason) => mine.close(reason) })
    return { channel: mine.channel, name: `fake ${started.length}`, kill: () => mine.close("killed") }
  }
  const session = new Session(start, { changed: () => undefined, output: (text) => printed.push(text), log: () => undefined, progress: (...told) => downloads.push(told) })
  sessions.push(session)
  return { session, started, downloads }
}

interface End {
  readonly channel: Channel
  close(reason: string): void
}

/** Two ends of one pipe inside this process; messages are cloned, as between processes. */
function pair(): readonly [End, End] {
  const receivers: (((message: unknown) => void) | null)[] = [null, null]
  let closed: ((reason: string) => void) | null = null
  const end = (own: 0 | 1): End => ({
    channel: {
      post: (message) => {
        const copy: unknown = structuredClone(message)
        queueMicrotask(() => receivers[1 - own]?.(copy))
      },
      listen: (receive, whenClosed) => {
        receivers[own] = receive
        if (own === 0) closed = whenClosed
        return () => (receivers[own] = null)
      },
    },
    close: (reason) => closed?.(reason),
  })
  return [end(0), end(1)]
}
