// The Node seat: which thread runs what. It keeps one thread for the last run's values and a warm spare, so that a run
// after a stop, a crash or a spoiled thread starts at once. Used by the engine process, by dist/engine.mjs and by tests.

import type { EngineInfo, Graph, RunRequest, RunResult, ValueStatistics, ValueWindow } from "../protocol/api.ts"
import { engineCrash, faultData, stopped, staleHandle, type Fault } from "../protocol/faults.ts"
import { LastRun } from "../protocol/lastRun.ts"
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

/** What a run's owner is told while it runs. */
interface Watch {
  readonly output: (text: string) => void
  readonly progress: RunRights["progress"]
}

export class Seat extends LastRun<Watch> {
  protected readonly unseen: Watch = { output: () => undefined, progress: () => undefined }
  readonly #options: SeatOptions
  readonly #weights: WeightStore
  readonly #gpu: GpuOwner
  #heapLimit: number
  #current: EngineThread | null = null
  #spare: EngineThread | null = null
  #running: EngineThread | null = null
  #disposed = false
  #spareTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: SeatOptions) {
    super()
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
    // Whether there is a GPU is looked at when a run asks for one: starting a driver takes its time.
    return { device: "cpu", startupMs: performance.now() - began }
  }

  /** Runs a snippet after those that were asked for before. Always resolves. */
  run(request: RunRequest, output = this.unseen.output, progress = this.unseen.progress): Promise<RunResult> {
    return this.enqueue(request, { output, progress })
  }

  /** Ends the run in progress; harmless when there is none. */
  stop(): void {
    this.cancel()
  }

  /** Rejects when the tensor is not of the last run. */
  async graph(tensorId: number): Promise<Graph> {
    return this.#threadOf(tensorId).graph(tensorId)
  }

  async values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow> {
    return this.#threadOf(tensorId).values(tensorId, of, start, size)
  }

  async statistics(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null> {
    return this.#threadOf(tensorId).statistics(tensorId, of)
  }

  /** Ends every thread. */
  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#spareTimer)
    this.#current?.end()
    this.#spare?.end()
    this.#current = this.#spare = null
  }

  protected interrupt(isGentle: boolean): void {
    this.#running?.stop("stopped", isGentle)
  }

  protected async perform(request: RunRequest, { output, progress }: Watch, calledOff: () => boolean): Promise<RunResult> {
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

  #threadOf(tensorId: number): EngineThread {
    if (!this.#current || this.#current.ended) throw staleHandle(tensorId)
    return this.#current
  }
}

/** The result of a run that could not even begin. */
function unbegun({ runId }: RunRequest, fault: Fault): RunResult {
  return { runId, stdout: "", error: faultData(fault), warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
}
