// The Node seat: which thread runs what. It keeps one thread for the last run's values and a warm spare, so that a run
// after a stop, a crash or a spoiled thread starts at once. Used by the engine process, by dist/engine.mjs and by tests.

import type { BackwardPass, EngineInfo, ExplainQuestion, Explanation, FaultData, Graph, Iteration, RunRequest, RunResult, StepsQuestion, ValueStatistics, ValueWindow, VerdictData } from "../protocol/api.ts"
import { engineCrash, Fault, faultData, stopped, staleHandle } from "../protocol/faults.ts"
import { GpuOwner } from "./gpuOwner.ts"
import type { RunRights } from "./supervisorDoor.ts"
import { EngineThread } from "./thread.ts"
import { homeCache, WeightStore, type WeightStoreOptions } from "./weightStore.ts"

export interface SeatOptions {
  /** The worker's entry: dist/engineWorker.mjs. */
  readonly workerUrl: URL
  /** Keep a warm thread beside the one in use. */
  readonly spare: boolean
  /** What a thread's JavaScript heap may hold at first, in megabytes; a run with a higher limit raises it. */
  readonly heapLimit?: number
  /** Where published weights are kept, and come from; in the user's home and from torchvision unless said otherwise. */
  readonly weights?: Partial<WeightStoreOptions>
  readonly log: (message: string) => void
  /** A thread did not end when it was terminated. The engine process ends then; its owner starts a new one. */
  readonly onUnstoppable: () => void
}

const heapAtFirst = 4096

export class Seat {
  readonly #options: SeatOptions
  readonly #weights: WeightStore
  readonly #gpu: GpuOwner
  #heapLimit: number
  #current: EngineThread | null = null
  #spare: EngineThread | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #running: EngineThread | null = null
  /** Counts stops: a run that was asked for before a stop and has not begun does not begin. */
  #stops = 0
  #disposed = false
  /** The run in progress only looks for verdicts. */
  #judging = false
  /** What was run last, for questions that run it again. */
  #asked: RunRequest | null = null
  #spareTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: SeatOptions) {
    this.#options = options
    this.#weights = new WeightStore({ folder: homeCache(), ...options.weights })
    this.#gpu = new GpuOwner(options.log)
    this.#heapLimit = options.heapLimit ?? heapAtFirst
  }

  /** Starts and warms a thread. */
  async prepare(): Promise<EngineInfo> {
    const began = performance.now()
    if (!this.#current || this.#current.ended) this.#current = this.#start()
    await this.#current.ready
    return { device: "cpu", reason: "Tensors of this version live on the CPU.", startupMs: performance.now() - began }
  }

  /** Runs a snippet after those that were asked for before. Always resolves. */
  run(request: RunRequest, output: (text: string) => void = () => undefined, progress: RunRights["progress"] = () => undefined): Promise<RunResult> {
    const stops = this.#stops
    const isShown = request.explain === undefined && request.steps === undefined && request.until === undefined && request.verdicts !== "rest"
    // Nobody waits for the verdicts of a run that another replaces.
    if (isShown && this.#judging) this.#running?.stop("stopped")
    if (isShown) this.#asked = request
    const turn = this.#queue.then(() => this.#run(request, output, progress, () => this.#stops !== stops)).then((result) => {
      // Whoever asks about the run gets the same random numbers.
      if (isShown && this.#asked === request && result.seed !== undefined) this.#asked = { ...request, seed: result.seed }
      return result
    })
    this.#queue = turn
    return turn
  }

  /** Ends the run in progress; harmless when there is none. */
  stop(): void {
    this.#stops += 1
    this.#running?.stop("stopped")
  }

  /** Rejects when the tensor is not of the last run. */
  async graph(tensorId: number): Promise<Graph> {
    return this.#last(tensorId).graph(tensorId)
  }

  async values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow> {
    return this.#last(tensorId).values(tensorId, of, start, size)
  }

  async statistics(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null> {
    return this.#last(tensorId).statistics(tensorId, of)
  }

  /** Runs the last snippet again, unseen, and explains a gradient element of it. Rejects with the reason where it cannot. */
  async explain(question: ExplainQuestion): Promise<Explanation> {
    const { explanation, error } = await this.#ask({ trace: false, explain: question, ...untilOf(question) })
    if (explanation !== undefined) return explanation
    throw refusal(error, "The gradient could not be explained.")
  }

  /** Runs the last snippet again, unseen, to the end of a turn of a loop. Rejects where it does not get there. */
  async moment(iteration: Iteration): Promise<RunResult> {
    const result = await this.#ask({ until: iteration })
    if (result.error === undefined) return result
    throw refusal(result.error, "The turn could not be repeated.")
  }

  /** Runs the last snippet again, unseen, and writes a backward pass of it down. Rejects with the reason where it cannot. */
  async steps(question: StepsQuestion): Promise<BackwardPass> {
    const { steps, error } = await this.#ask({ steps: question, ...untilOf(question) })
    if (steps !== undefined) return steps
    throw refusal(error, "The backward pass could not be repeated.")
  }

  /** The last run's verdicts that only another run can tell. Rejects when the run is not the last. */
  async verdicts(runId: number): Promise<readonly VerdictData[]> {
    await this.#queue
    if (this.#asked?.runId !== runId) throw staleHandle(0)
    this.#judging = true
    try {
      return (await this.run({ ...this.#asked, verdicts: "rest" })).verdicts ?? []
    } finally {
      this.#judging = false
    }
  }

  async #ask(question: Partial<RunRequest>): Promise<RunResult> {
    // A run that was asked for before is what the question is about.
    await this.#queue
    if (this.#asked === null) throw new Fault("RuntimeError", "Nothing has run yet.", "Run the snippet first.")
    return this.run({ ...this.#asked, ...question })
  }

  /** Ends every thread. */
  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#spareTimer)
    this.#current?.end()
    this.#spare?.end()
    this.#current = this.#spare = null
  }

  async #run(request: RunRequest, output: (text: string) => void, progress: RunRights["progress"], calledOff: () => boolean): Promise<RunResult> {
    const thread = this.#threadFor(request)
    try {
      await thread.ready
    } catch (failure) {
      thread.end()
      return unbegun(request, engineCrash(failure instanceof Error ? failure.message : String(failure)))
    }
    if (calledOff()) return unbegun(request, stopped(0))
    this.#running = thread
    try {
      return await thread.run(request, output, progress)
    } finally {
      this.#running = null
      this.#keepSpare(thread.ended || thread.spoiled ? 0 : 1000)
    }
  }

  /** Starts the spare after a while (milliseconds): warming it takes the processor from the next run. */
  #keepSpare(delay: number): void {
    if (!this.#options.spare || this.#spare) return
    clearTimeout(this.#spareTimer)
    const start = (): void => {
      if (!this.#disposed) this.#spare ??= this.#start()
    }
    if (delay === 0) start()
    else this.#spareTimer = setTimeout(start, delay).unref()
  }

  #threadFor(request: RunRequest): EngineThread {
    const last = this.#current
    // Twice the limit: the supervisor's look at the process comes first, and says so more gently than V8.
    const wanted = Math.ceil(request.memoryLimit) * 2
    if (wanted > this.#heapLimit) {
      // A thread's heap limit is set when it starts: the waiting ones are too small for what is allowed now.
      this.#heapLimit = wanted
      last?.end()
      this.#spare?.end()
      this.#spare = null
      this.#current = this.#start()
    } else if (!last || last.ended || last.spoiled) {
      last?.end()
      const spare = this.#spare?.ended ? null : this.#spare
      this.#spare = null
      this.#current = spare ?? this.#start()
    }
    return this.#current ?? (this.#current = this.#start())
  }

  #start(): EngineThread {
    const { workerUrl, log, onUnstoppable } = this.#options
    return new EngineThread({ workerUrl, heapLimit: this.#heapLimit, weights: this.#weights, gpu: this.#gpu, log, onUnstoppable })
  }

  #last(tensorId: number): EngineThread {
    if (!this.#current || this.#current.ended) throw staleHandle(tensorId)
    return this.#current
  }
}

function untilOf({ iteration }: { readonly iteration?: Iteration }): Partial<RunRequest> {
  return iteration === undefined ? {} : { until: iteration }
}

function refusal(error: FaultData | undefined, otherwise: string): Fault {
  return new Fault(error?.name ?? "RuntimeError", error?.message ?? otherwise, error?.hint)
}

/** The result of a run that could not even begin. */
function unbegun({ runId }: RunRequest, fault: Fault): RunResult {
  return { runId, stdout: "", error: faultData(fault), warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
}
