// Session: owns one engine: starts it, runs one snippet at a time, stops it, and starts a fresh one after a crash.
// Knows neither vscode nor Node (the starter does), so that a unit test can give it any engine.

import type { BackwardPass, EngineApi, EngineInfo, ExplainQuestion, Explanation, FaultData, Graph, HostApi, Iteration, RunRequest, RunResult, StepsQuestion, ValueStatistics, ValueWindow, VerdictData } from "../engine/protocol/api.ts"
import { engineCrash, faultData, staleHandle, stopped, timeLimit, type Fault } from "../engine/protocol/faults.ts"
import { connect, type Disposal } from "../engine/protocol/rpc.ts"
import type { Seat, StartSeat } from "./seat.ts"

export type EngineState = "off" | "starting" | "ready" | "running"

/** What the session tells its owner. */
export interface SessionHost {
  /** The state, or what is known of the engine, changed. */
  changed(): void
  /** Text that the run in progress printed. */
  output(text: string): void
  log(message: string): void
  /** The run in progress downloads a file, from 0 to 1; null while that is unknown. */
  progress?(file: string, fraction: number | null): void
}

interface Engine {
  readonly seat: Seat
  readonly api: EngineApi & Disposal
}

interface Running {
  readonly runId: number
  readonly startedAt: number
  readonly ended: Promise<void>
  /** Called while the run waits for a download: that time does not count against its limit. */
  readonly postpone: () => void
  /** Set when we end the process ourselves: what the learner is told instead of a crash. */
  cause: Fault | null
}

/** How long a stop may take before the process itself is ended, in milliseconds. */
const stopGrace = 800
/** What a run may take beyond its own time limit before the whole engine counts as stuck, in milliseconds. */
const limitGrace = 2500
/** So many engines that ended by themselves within a minute, and the next waits until it is needed. */
const mostRestarts = 3

/** One engine and the run in it. Every method answers, whatever the engine does. */
export class Session {
  readonly #start: StartSeat
  readonly #host: SessionHost
  #engine: Engine | null = null
  #info: EngineInfo | null = null
  #running: Running | null = null
  #turn = 0
  #lastRun = 0
  #lastSource = ""
  #explaining: Promise<unknown> | null = null
  /** Counts explanations that were ended. */
  #endedExplanations = 0
  /** Questions under way that go back in the run. */
  readonly #visits = new Set<{ isEnded: boolean }>()
  #crashes: number[] = []
  #isDisposed = false

  constructor(start: StartSeat, host: SessionHost) {
    this.#start = start
    this.#host = host
  }

  get state(): EngineState {
    if (this.#running) return "running"
    if (!this.#engine) return "off"
    return this.#info ? "ready" : "starting"
  }

  /** What the engine said of itself; null until it is ready. */
  get info(): EngineInfo | null {
    return this.#info
  }

  /** Starts the engine if there is none, so that the first run finds it warm; not one that keeps dying. */
  prepare(): void {
    if (!this.#isDisposed && this.#recentCrashes() < mostRestarts) this.#ensure()
  }

  /** Resolves when the engine is warm; rejects when it ended before. */
  async ready(): Promise<EngineInfo> {
    return await this.#ensure().api.prepare()
  }

  /** Runs a snippet; a run in progress is stopped first. Resolves also when it fails, is stopped or crashes. */
  async run(request: Omit<RunRequest, "runId">): Promise<RunResult> {
    this.#turn += 1
    const runId = this.#turn
    await this.stop()
    await this.#endQuestions()
    // Someone asked for a newer run while this one waited: only the newest is worth running.
    if (runId !== this.#turn || this.#isDisposed) return failure(runId, request, stopped(0), 0)
    let end: () => void = () => undefined
    let watch: ReturnType<typeof setTimeout> | undefined
    const postpone = (): void => {
      clearTimeout(watch)
      if (request.timeLimit > 0) watch = setTimeout(() => this.#killStuck(running, request.timeLimit), request.timeLimit * 1000 + limitGrace)
    }
    const running: Running = { runId, startedAt: Date.now(), ended: new Promise((resolve) => (end = resolve)), postpone, cause: null }
    postpone()
    this.#running = running
    this.#host.changed()
    try {
      const { api } = this.#ensure()
      const result = await api.run({ ...request, runId })
      this.#lastRun = runId
      this.#lastSource = request.source
      if (this.#info) this.#info = deviceOf(this.#info, result)
      return result
    } catch (error) {
      const fault = running.cause ?? engineCrash(error instanceof Error ? error.message : String(error))
      return failure(runId, request, fault, Date.now() - running.startedAt)
    } finally {
      clearTimeout(watch)
      this.#running = null
      end()
      this.#host.changed()
    }
  }

  /** Ends the run in progress, by the process when the engine does not within the grace; harmless when none runs. */
  async stop(): Promise<void> {
    const running = this.#running
    if (!running) return await this.#endQuestions()
    void this.#engine?.api.stop()
    let timer: ReturnType<typeof setTimeout> | undefined
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, stopGrace)))
    await Promise.race([running.ended, grace])
    clearTimeout(timer)
    if (this.#running !== running) return
    running.cause = stopped((Date.now() - running.startedAt) / 1000)
    this.#end()
    await running.ended
  }

  /** Ends the engine and starts a fresh one. */
  async restart(): Promise<void> {
    const running = this.#running
    if (running) running.cause = stopped((Date.now() - running.startedAt) / 1000)
    this.#crashes = []
    this.#end()
    await running?.ended
    this.prepare()
    this.#host.changed()
  }

  /** The backward graph of a tensor of a run; rejects when a later run has replaced it. */
  async graph(runId: number, tensorId: number): Promise<Graph> {
    return await this.#of(runId, tensorId).graph(tensorId)
  }

  /** A window of a tensor's values; rejects as `graph` does. */
  async values(runId: number, tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow> {
    return await this.#of(runId, tensorId).values(tensorId, of, start, size)
  }

  /** All its values in figures, null where there is no gradient; rejects as `graph` does. */
  async statistics(runId: number, tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null> {
    return (await this.#of(runId, tensorId).statistics?.(tensorId, of)) ?? null
  }

  /** The program that ran last. */
  get lastSource(): string {
    return this.#lastSource
  }

  /** Explains a gradient element of a run for whoever shows one at a time; null when a run, Stop or a newer explanation ended it. Rejects as `graph` does. */
  async explain(runId: number, question: ExplainQuestion): Promise<Explanation | null> {
    const api = this.#of(runId, 0)
    this.stopExplaining()
    const explaining = api.explain?.(question) ?? Promise.reject(new Error("This engine does not explain."))
    this.#explaining = explaining
    try {
      return await explaining
    } catch (error) {
      if (this.#explaining !== explaining) return null
      throw error
    } finally {
      if (this.#explaining === explaining) this.#explaining = null
    }
  }

  /** Explains a gradient element of a run beside what others have explained; null when a run or Stop ended it. Rejects as `graph` does. */
  async explainBeside(runId: number, question: ExplainQuestion): Promise<Explanation | null> {
    return await this.#revisit(runId, async (api) => {
      for (;;) {
        const others = this.#endedExplanations
        try {
          return await (api.explain?.(question) ?? Promise.reject(new Error("This engine does not explain.")))
        } catch (error) {
          // It went with one that was ended by a newer one: then once more.
          if (others === this.#endedExplanations || !(error instanceof Error) || error.name !== "Stopped") throw error
        }
      }
    })
  }

  /** Ends the explanation under way and no other question; harmless when there is none. */
  stopExplaining(): void {
    if (!this.#explaining) return
    this.#explaining = null
    this.#endedExplanations += 1
    void this.#engine?.api.stopExplaining?.()
  }

  /** All verdicts of a run, after those that its result brought; rejects as `graph` does. */
  async verdicts(runId: number): Promise<readonly VerdictData[]> {
    return (await this.#of(runId, 0).verdicts?.(runId)) ?? []
  }

  /** A run as it was at the end of a turn of a loop; null when a run or Stop ended it. Rejects as `graph` does. */
  async moment(runId: number, turn: Iteration): Promise<RunResult | null> {
    return await this.#revisit(runId, (api) => api.moment?.(turn))
  }

  /** A backward pass of a run step by step; null when a run or Stop ended it. Rejects as `graph` does. */
  async steps(runId: number, question: StepsQuestion): Promise<BackwardPass | null> {
    return await this.#revisit(runId, (api) => api.steps?.(question))
  }

  /** Asks what the engine answers by running the snippet again. */
  async #revisit<T>(runId: number, ask: (api: EngineApi) => Promise<T> | undefined): Promise<T | null> {
    const visit = { isEnded: false }
    this.#visits.add(visit)
    try {
      return (await ask(this.#of(runId, 0))) ?? null
    } catch (error) {
      if (visit.isEnded) return null
      throw error
    } finally {
      this.#visits.delete(visit)
    }
  }

  /** Ends every question for which the snippet runs again; they answer null. */
  async #endQuestions(): Promise<void> {
    const explaining = this.#explaining
    if (!explaining && this.#visits.size === 0) return
    this.#explaining = null
    for (const visit of this.#visits) visit.isEnded = true
    void this.#engine?.api.stop()
    await explaining?.catch(() => undefined)
  }

  /** Whether the engine still holds the tensors of a run. */
  holds(runId: number): boolean {
    return this.#engine !== null && this.#lastRun === runId && this.#running === null
  }

  dispose(): void {
    this.#isDisposed = true
    this.#end()
  }

  #of(runId: number, tensorId: number): EngineApi {
    if (!this.#engine || !this.holds(runId)) throw staleHandle(tensorId)
    return this.#engine.api
  }

  #ensure(): Engine {
    if (this.#engine) return this.#engine
    const seat = this.#start((message) => this.#host.log(message))
    const mine: HostApi = {
      output: (runId, text) => {
        if (this.#running?.runId === runId) this.#host.output(text)
      },
      log: (message) => this.#host.log(message),
      progress: (runId, file, fraction) => {
        if (this.#running?.runId !== runId) return
        this.#running.postpone()
        this.#host.progress?.(file, fraction)
      },
    }
    const api = connect<EngineApi, HostApi>(seat.channel, mine, {
      log: (message) => this.#host.log(message),
      onClose: (reason) => this.#closed(engine, reason),
    })
    const engine: Engine = { seat, api }
    this.#engine = engine
    this.#host.log(`Engine started (${seat.name}).`)
    void this.#warm(engine)
    this.#host.changed()
    return engine
  }

  async #warm(engine: Engine): Promise<void> {
    try {
      const info = await engine.api.prepare()
      if (this.#engine !== engine) return
      this.#info = info
      this.#host.log(`Engine ready on ${info.device} after ${Math.round(info.startupMs)} ms.${info.reason ? ` ${info.reason}` : ""}`)
      this.#host.changed()
    } catch (error) {
      this.#host.log(`Engine did not get ready: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** The engine ended by itself. The run in it fails; a fresh one starts, unless it keeps dying. */
  #closed(engine: Engine, reason: string): void {
    if (this.#engine !== engine) return
    this.#engine = null
    this.#info = null
    this.#lastRun = 0
    if (this.#running) this.#running.cause ??= engineCrash(reason)
    this.#crashes.push(Date.now())
    const isTrying = this.#recentCrashes() < mostRestarts && !this.#isDisposed
    this.#host.log(`Engine ended by itself (${reason}). ${isTrying ? "A fresh one starts." : "It starts again at the next run."}`)
    this.#host.changed()
    if (isTrying) setTimeout(() => this.prepare(), 250)
  }

  #recentCrashes(): number {
    const now = Date.now()
    this.#crashes = this.#crashes.filter((then) => now - then < 60_000)
    return this.#crashes.length
  }

  #end(): void {
    const engine = this.#engine
    this.#engine = null
    this.#info = null
    // The tensors went with it.
    this.#lastRun = 0
    engine?.seat.kill()
    engine?.api.dispose("the engine was ended")
    if (engine) this.#host.log(`Engine ended (${engine.seat.name}).`)
  }

  #killStuck(running: Running, limit: number): void {
    if (this.#running !== running) return
    running.cause = timeLimit(limit)
    this.#end()
  }
}

/** What is known of the engine after a run: where its tensors were, and why not on the GPU. */
function deviceOf({ startupMs }: EngineInfo, { device, deviceReason, gpuHelp }: RunResult): EngineInfo {
  return { startupMs, device, ...(deviceReason === undefined ? {} : { reason: deviceReason }), ...(gpuHelp === undefined ? {} : { gpuHelp }) }
}

/** A result without a trace: the run failed outside the snippet. The fault stands at the program's first line. */
function failure(runId: number, { source }: Pick<RunRequest, "source">, fault: Fault, durationMs: number): RunResult {
  const lines = source.split("\n")
  const first = Math.max(0, lines.findIndex((line) => line.trim() !== ""))
  const span = { line: first + 1, column: 1, endLine: first + 1, endColumn: (lines[first] ?? "").length + 1 }
  const error: FaultData = faultData(fault, span)
  return { runId, stdout: "", error, warnings: [], trace: { records: [] }, durationMs, device: "cpu" }
}
