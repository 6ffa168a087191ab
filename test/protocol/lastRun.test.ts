// Questions about the last run that overlap, over a seat that the test plays: who is answered, in what order, and what a
// question never does to another.

import { expect, test } from "vitest"
import type { RunRequest, RunResult } from "../../engine/protocol/api.ts"
import { faultData, stopped } from "../../engine/protocol/faults.ts"
import { LastRun } from "../../engine/protocol/lastRun.ts"

/** A run that the test ends; asked to stop it ends as a snippet does. */
interface Step {
  readonly kind: string
  end(): void
}

class PlayedSeat extends LastRun<null> {
  protected readonly unseen = null
  /** Runs that have begun, in order, and how each ended. */
  readonly told: string[] = []
  readonly interrupts: boolean[] = []
  #now: { readonly kind: string; readonly end: (isStopped: boolean) => void } | null = null

  start(request: RunRequest): Promise<RunResult> {
    return this.enqueue(request, null)
  }

  stop(): void {
    this.cancel()
  }

  /** The run in progress, once there is one of a kind. */
  async at(kind: string): Promise<Step> {
    await expect.poll(() => this.#now?.kind, { interval: 1 }).toBe(kind)
    const now = this.#now
    return { kind, end: () => now?.end(false) }
  }

  protected interrupt(isGentle: boolean): void {
    this.interrupts.push(isGentle)
    this.#now?.end(true)
  }

  protected async perform(request: RunRequest, _watch: null, calledOff: () => boolean): Promise<RunResult> {
    const kind = request.explain ? `explain ${request.explain.at}` : request.verdicts === "rest" ? "verdicts" : request.until ? `turn ${request.until.index}` : `run ${request.runId}`
    const empty: RunResult = { runId: request.runId, stdout: "", warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
    if (calledOff()) return { ...empty, error: faultData(stopped(0)) }
    const isStopped = await new Promise<boolean>((resolve) => (this.#now = { kind, end: resolve }))
    this.#now = null
    this.told.push(`${kind}${isStopped ? ", stopped" : ""}`)
    const answer = kind === "verdicts" ? { verdicts: [{ id: "relu-zero", name: "w", line: isStopped ? 0 : 3 }] as const } : request.explain ? { explanation: { value: 1, paths: [], check: { finiteDifference: 1, relativeGap: 0, kink: false } } } : {}
    // Verdicts that were stopped are those known before, without a fault.
    return { ...empty, ...(isStopped && kind !== "verdicts" ? { error: faultData(stopped(0)) } : answer) }
  }
}

const request = (runId: number): RunRequest => ({ runId, source: "", fileName: "a.ts", device: "cpu", timeLimit: 0, memoryLimit: 0, trace: true, verdicts: "soon" })

async function ran(runId = 1): Promise<PlayedSeat> {
  const seat = new PlayedSeat()
  const result = seat.start(request(runId))
  ;(await seat.at(`run ${runId}`)).end()
  await result
  return seat
}

test("a turn that is asked for while verdicts are looked for is answered first, and the verdicts after it are whole", async () => {
  const seat = await ran()
  const verdicts = seat.verdicts(1)
  await seat.at("verdicts")
  const turn = seat.moment({ loop: 4, index: 7 })
  ;(await seat.at("turn 7")).end()
  await turn
  ;(await seat.at("verdicts")).end()
  expect(await verdicts).toEqual([{ id: "relu-zero", name: "w", line: 3 }])
  expect([seat.told, seat.interrupts]).toEqual([["run 1", "verdicts, stopped", "turn 7", "verdicts"], [true]])
})

test("verdicts that wait behind a turn do not stop it, and neither does a second turn", async () => {
  const seat = await ran()
  const turn = seat.moment({ loop: 4, index: 7 })
  await seat.at("turn 7")
  const verdicts = seat.verdicts(1)
  const next = seat.moment({ loop: 4, index: 9 })
  ;(await seat.at("turn 7")).end()
  ;(await seat.at("turn 9")).end()
  ;(await seat.at("verdicts")).end()
  await Promise.all([turn, next, verdicts])
  expect(seat.told).toEqual(["run 1", "turn 7", "turn 9", "verdicts"])
})

test("explanations are answered one after the other", async () => {
  const seat = await ran()
  const asked = ["a", "b"].map((at) => seat.explain({ at }))
  for (const at of ["a", "b"]) (await seat.at(`explain ${at}`)).end()
  expect((await Promise.all(asked)).map(({ value }) => value)).toEqual([1, 1])
})

test("explanations are ended whether they have begun or not, and neither a turn before nor one after them is", async () => {
  const seat = await ran()
  const turn = seat.moment({ loop: 4, index: 7 })
  await seat.at("turn 7")
  const waiting = seat.explain({ at: "a" })
  await seat.stopExplaining()
  ;(await seat.at("turn 7")).end()
  await turn
  await expect(waiting).rejects.toMatchObject({ name: "Stopped" })
  const begun = seat.explain({ at: "b" })
  await seat.at("explain b")
  const next = seat.moment({ loop: 4, index: 9 })
  await seat.stopExplaining()
  await expect(begun).rejects.toMatchObject({ name: "Stopped" })
  await seat.stopExplaining()
  ;(await seat.at("turn 9")).end()
  await next
  expect([seat.told, seat.interrupts]).toEqual([["run 1", "turn 7", "explain b, stopped", "turn 9"], [true]])
})

test("a new run ends verdicts and explanation of the run before, whatever they hold", async () => {
  const seat = await ran()
  const verdicts = seat.verdicts(1)
  await seat.at("verdicts")
  const run = seat.start(request(2))
  ;(await seat.at("run 2")).end()
  await run
  await expect(verdicts).rejects.toMatchObject({ name: "StaleHandle" })
  expect([seat.told, seat.interrupts]).toEqual([["run 1", "verdicts, stopped", "run 2"], [false]])
})

test("Stop ends what is under way; verdicts that wait behind it come all the same", async () => {
  const seat = await ran()
  const turn = seat.moment({ loop: 4, index: 7 })
  await seat.at("turn 7")
  const verdicts = seat.verdicts(1)
  seat.stop()
  await expect(turn).rejects.toMatchObject({ name: "Stopped" })
  ;(await seat.at("verdicts")).end()
  expect(await verdicts).toEqual([{ id: "relu-zero", name: "w", line: 3 }])
})
