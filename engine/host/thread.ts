// One worker thread as the supervisor sees it: it runs one snippet at a time, is watched while it does, and is ended
// when asking did not help. Apart from node.ts, which decides which thread runs what.

import { MessageChannel, Worker } from "node:worker_threads"
import type { FaultData, Graph, RunRequest, RunResult, Span, ValueStatistics, ValueWindow } from "../protocol/api.ts"
import { threadChannel } from "../protocol/channels.ts"
import { engineCrash, Fault, faultData, heapLimit, memoryLimit, nowhere, stopped, timeLimit } from "../protocol/faults.ts"
import { connect, type Disposal } from "../protocol/rpc.ts"
import type { GpuOwner } from "./gpuOwner.ts"
import { makeSharedRun, SharedRun, type StopCause } from "./sharedRun.ts"
import { SupervisorDoor, type RunRights } from "./supervisorDoor.ts"
import type { SupervisorApi, ThreadApi, ThreadData } from "./threadApi.ts"
import type { WeightStore } from "./weightStore.ts"

export interface ThreadOptions {
  readonly workerUrl: URL
  /** What the JavaScript heap may hold, in megabytes. */
  readonly heapLimit: number
  readonly weights: WeightStore
  readonly gpu: GpuOwner
  readonly log: (message: string) => void
  /** The thread did not even end when it was terminated: only ending the process helps. */
  readonly onUnstoppable: () => void
}

/**
 * How long a snippet may take to heed a request, and how long more when it has heeded it and is winding down. Together
 * less than the editor waits before it ends the whole process.
 */
const patience = 450
const extraPatience = 200
/** How long ending the thread may take: V8 ends JavaScript at once, but not what its own built-ins do in one piece. */
const terminatePatience = 500
const lookAtOutputEvery = 20
/** Short: V8 ends the whole process when one large array does not fit its heap, so we must be there before. */
const lookAtMemoryEvery = 50
/** A run that fills the memory gets less time to heed. */
const patienceWithMemory = 150

export class EngineThread {
  readonly #worker: Worker
  readonly #shared: SharedRun
  readonly #remote: ThreadApi & Disposal
  readonly #options: ThreadOptions
  readonly #door: SupervisorDoor
  #places: readonly Span[] = []
  #death: Error | null = null
  #unstoppable = false
  /** Counts runs; 0 while none is in progress. */
  #active = 0
  #runs = 0
  /** The run in progress was asked to end, and the thread ends where it does not. */
  #isPressed = false
  #output: (text: string) => void = () => undefined
  /** A download of the run in progress begins or ends. */
  #waiting: (isWaiting: boolean) => void = () => undefined

  /** Resolves when the compiler is warm; rejects when the thread could not start. */
  readonly ready: Promise<void>
  ended = false
  /** It may only be asked about its last run. */
  spoiled = false

  constructor(options: ThreadOptions) {
    this.#options = options
    const memory = makeSharedRun()
    this.#shared = new SharedRun(memory)
    const { port1, port2 } = new MessageChannel()
    this.#door = new SupervisorDoor({ port: port1, shared: this.#shared, weights: options.weights, log: options.log, waiting: (isWaiting) => this.#waiting(isWaiting) })
    const gpu = options.gpu.connect()
    this.#worker = new Worker(options.workerUrl, {
      workerData: { memory, door: port2, gpu: gpu.data } satisfies ThreadData,
      transferList: [port2, gpu.data.port],
      env: switches(process.env),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.heapLimit },
    })
    this.#worker.on("error", (error) => {
      this.#death = error instanceof Error ? error : new Error(String(error))
    })
    this.#worker.on("exit", () => {
      this.ended = true
      this.#door.close()
      port1.close()
      gpu.close()
    })
    const supervisor: SupervisorApi = {
      output: (text) => this.#output(text),
      log: options.log,
      places: (spans) => {
        this.#places = spans
      },
    }
    this.#remote = connect<ThreadApi, SupervisorApi>(threadChannel(this.#worker), supervisor, { log: options.log })
    this.ready = this.#remote.prepare()
    // An idle thread keeps no process alive; warming up and a run do.
    const idle = (): void => this.#worker.unref()
    this.ready.then(idle, idle)
  }

  /** Runs a snippet. Always resolves: a limit, a stop and a death are errors of the result. */
  async run(request: RunRequest, output: (text: string) => void, progress: RunRights["progress"]): Promise<RunResult> {
    let stdout = ""
    const pass = (text: string): void => {
      if (text === "") return
      stdout += text
      output(text)
    }
    this.#shared.reset()
    this.#isPressed = false
    this.#places = []
    this.#output = pass
    this.#runs += 1
    this.#active = this.#runs
    this.#worker.ref()
    const watch = this.#watch(request, pass)
    this.#waiting = watch.waiting
    this.#door.open({ folder: request.folder, most: request.memoryLimit * 1e6, progress })
    try {
      const { result, spoiled } = await this.#remote.run(request)
      if (spoiled !== undefined) {
        this.spoiled = true
        this.#options.log(`The run changed ${spoiled}: the next one gets a fresh thread.`)
      }
      pass(this.#shared.drain())
      const { error } = result
      const fault = error && isRequest(error) ? watch.faultOf(this.#shared.cause, error.line) : null
      return error && fault ? { ...result, error: faultData(fault, error) } : result
    } catch (failure) {
      // The thread ended, or the engine has a bug: nothing is known but the text that was printed and the place.
      const death = await this.#ending(failure)
      pass(this.#shared.drain())
      const place = this.#places[this.#shared.site]
      // Entry 0 of the table is "unknown", all zeros.
      const span = place && place.line > 0 ? place : undefined
      const error = faultData(watch.faultOf(this.#shared.cause, span?.line) ?? this.#crash(death, span?.line), span ?? nowhere)
      const nothingElse = { warnings: [], trace: { records: [] }, durationMs: watch.seconds() * 1000, device: "cpu" }
      return { runId: request.runId, stdout, error, ...nothingElse, ...(this.#unstoppable ? { engineEnded: true } : {}) }
    } finally {
      watch.end()
      this.#door.close()
      this.#waiting = () => undefined
      this.#active = 0
      this.#output = () => undefined
      if (!this.ended) this.#worker.unref()
    }
  }

  /** Asks the run in progress to end, and ends the thread when it does not listen; gently, the thread may take its time. */
  stop(cause: Exclude<StopCause, "none">, isGentle = false): void {
    if (this.#active === 0 || (this.#shared.cause !== "none" && (isGentle || this.#isPressed))) return
    this.#shared.ask(cause)
    this.#door.close()
    if (isGentle) return
    this.#isPressed = true
    const asked = this.#active
    const stillRunning = (): boolean => this.#active === asked && !this.ended
    setTimeout(() => {
      if (!stillRunning()) return
      if (!this.#shared.heeded) this.end()
      else setTimeout(() => stillRunning() && this.end(), extraPatience)
    }, cause === "memoryLimit" ? patienceWithMemory : patience)
  }

  graph(tensorId: number): Promise<Graph> {
    return this.#remote.graph(tensorId)
  }

  values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow> {
    return this.#remote.values(tensorId, of, start, size)
  }

  statistics(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null> {
    return this.#remote.statistics(tensorId, of)
  }

  /** Ends the thread, whatever it does. */
  end(): void {
    if (this.ended) return
    const alarm = setTimeout(() => {
      if (this.ended) return
      // The run is answered all the same, and the thread is never used again.
      this.ended = this.#unstoppable = true
      this.#death = new Error("its thread could not be ended")
      this.#remote.dispose(this.#death.message)
      this.#options.onUnstoppable()
    }, terminatePatience)
    void this.#worker.terminate().finally(() => clearTimeout(alarm))
  }

  /** Looks at a run's output, time and memory until `end`, and stops it at a limit. */
  #watch({ timeLimit: longest, memoryLimit: most }: RunRequest, pass: (text: string) => void) {
    const began = performance.now()
    const seconds = (): number => (performance.now() - began) / 1000
    const limit = most * 1e6
    // Tensors are counted exactly where they are made; what the process holds counts garbage, too, hence the allowance.
    const tooMuch = limit > 0 ? limit * 1.25 + 128e6 : Number.POSITIVE_INFINITY
    // What the process holds anyway; less when garbage of an earlier run is collected meanwhile.
    let floor = process.memoryUsage.rss()
    let peak = 0
    const lookAtMemory = (): void => {
      const held = process.memoryUsage.rss()
      floor = Math.min(floor, held)
      peak = Math.max(peak, held - floor)
      if (peak > tooMuch) this.stop("memoryLimit")
    }
    const timers = [setInterval(() => pass(this.#shared.drain()), lookAtOutputEvery), setInterval(lookAtMemory, lookAtMemoryEvery)]
    // Counts only while no download is waited for: that time is not the snippet's.
    let left = longest * 1000
    let since = began
    let alarm: ReturnType<typeof setTimeout> | undefined
    const count = (): void => {
      since = performance.now()
      if (longest > 0) alarm = setTimeout(() => this.stop("timeLimit"), Math.min(left, 2 ** 31 - 1))
    }
    count()
    return {
      waiting(isWaiting: boolean): void {
        if (!isWaiting) return count()
        clearTimeout(alarm)
        left = Math.max(0, left - (performance.now() - since))
      },
      seconds,
      faultOf(cause: StopCause, line: number | undefined): Fault | null {
        if (cause === "stopped") return stopped(seconds(), line)
        if (cause === "timeLimit") return timeLimit(longest, line)
        if (cause === "memoryLimit") return memoryLimit(0, peak, limit)
        return null
      },
      end: () => [...timers, alarm].forEach((timer) => clearTimeout(timer)),
    }
  }

  /** Waits for the thread's end, which tells why: the channel closes a moment before `error` is known. */
  async #ending(failure: unknown): Promise<Error> {
    if (!this.ended && failure instanceof Fault && failure.name === "ChannelClosed") await new Promise((resolve) => this.#worker.once("exit", resolve))
    return this.#death ?? (failure instanceof Error ? failure : new Error(String(failure)))
  }

  #crash(death: Error, line: number | undefined): Fault {
    if (Reflect.get(death, "code") === "ERR_WORKER_OUT_OF_MEMORY") return heapLimit(this.#options.heapLimit * 1e6, line)
    this.#options.log(`The engine failed: ${death.stack ?? death.message}`)
    return engineCrash(death.message)
  }
}

/** What tests choose kernels with; a snippet's thread sees nothing else of the environment. */
function switches(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(["AUTOGRAD_KERNELS", "AUTOGRAD_THREADS"].flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])))
}

/** The compiled loop ends itself with one of these when it is asked to; the supervisor knows the cause. */
function isRequest({ name }: FaultData): boolean {
  return name === "Stopped" || name === "TimeLimit" || name === "MemoryLimit"
}
