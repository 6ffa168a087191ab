// One worker of the engine in a browser, as its supervisor sees it: it runs one snippet at a time, is watched while it
// does, and is ended when asking did not help. Apart from webEngine.ts, which decides which worker runs what.

import type { RunRequest, RunResult } from "../engine/protocol/api.ts"
import { webChannel } from "../engine/protocol/channels.ts"
import { engineCrash, Fault, faultData, stopped, timeLimit } from "../engine/protocol/faults.ts"
import { connect, type Disposal } from "../engine/protocol/rpc.ts"
import type { SupervisorApi, ThreadApi, ThreadResult } from "../engine/host/threadApi.ts"
import type { Leftovers, SuppliedFile, WebDoorApi, WebDoorHost, WebThreadStart } from "../engine/host/webThreadApi.ts"

export interface WebThreadOptions {
  /** An address of the worker's script, in this very worker's origin. */
  readonly scriptUrl: string
  /** Every kernel on the GPU, however small: for tests. */
  readonly everything?: boolean
  readonly log: (message: string) => void
}

/** What a run gets beside its request. */
export interface RunGifts {
  readonly hasFolder: boolean
  readonly files: Readonly<Record<string, SuppliedFile>>
  readonly weights: Readonly<Record<string, SuppliedFile>>
  output(text: string): void
}

export interface ThreadRun extends ThreadResult {
  readonly leftovers: Leftovers
}

export type EndCause = "stopped" | "timeLimit"

/** How long a snippet may take to heed a request, and how long more when it is winding down; as in a thread of Node. */
const patience = 450
const extraPatience = 200
/** What the snippet's own look at the clock gets before ours: it knows the line. */
const headStart = 150

const nothingLeft: Leftovers = { wanted: [], wantedWeights: {}, written: {} }

export class WebThread {
  readonly #worker: Worker
  readonly #remote: ThreadApi & Disposal
  readonly #door: WebDoorApi & Disposal
  readonly #options: WebThreadOptions
  #stopUrl = ""
  #output: (text: string) => void = () => undefined
  #cause: EndCause | null = null
  /** The run in progress was asked to end, and the worker ends where it does not. */
  #isPressed = false
  #isRunning = false
  #heeded = false
  #crash: string | null = null
  #fail: (reason: Error) => void = () => undefined

  /** Resolves when the compiler is warm; rejects when the worker could not start. */
  readonly ready: Promise<void>
  ended = false
  /** It may only be asked about its last run. */
  spoiled = false

  constructor(options: WebThreadOptions) {
    this.#options = options
    this.#worker = new Worker(options.scriptUrl, { name: "autograd-lab" })
    const main = new MessageChannel()
    const door = new MessageChannel()
    const { log } = options
    const supervisor: SupervisorApi = { output: (text) => this.#output(text), log, places: () => undefined }
    const doorHost: WebDoorHost = { output: (text) => this.#output(text), log, heeded: () => void (this.#heeded = true) }
    this.#remote = connect<ThreadApi, SupervisorApi>(webChannel(main.port1), supervisor, { log })
    this.#door = connect<WebDoorApi, WebDoorHost>(webChannel(door.port1), doorHost, { log })
    const started = new Promise<never>((_resolve, reject) => (this.#fail = reject))
    started.catch(() => undefined)
    this.#worker.onerror = (event) => {
      event.preventDefault()
      log(`The engine's worker failed: ${event.message}`)
      this.#crash = event.message
      this.end()
    }
    const start: WebThreadStart = { port: main.port2, door: door.port2, ...(options.everything === true ? { everything: true } : {}) }
    this.#worker.postMessage(start, [main.port2, door.port2])
    this.ready = Promise.race([this.#remote.prepare(), started])
    this.ready.catch(() => undefined)
  }

  /** What it answers about its last run. */
  get answers(): Pick<ThreadApi, "graph" | "values" | "statistics"> {
    return this.#remote
  }

  /** Runs a snippet. Always resolves: a limit, a stop and a death are errors of the result. */
  async run(request: RunRequest, { hasFolder, files, weights, output }: RunGifts): Promise<ThreadRun> {
    let stdout = ""
    const began = performance.now()
    this.#output = (text) => {
      stdout += text
      output(text)
    }
    this.#stopUrl = URL.createObjectURL(new Blob([""], { type: "text/javascript" }))
    this.#cause = null
    this.#isPressed = false
    this.#heeded = false
    this.#isRunning = true
    const { timeLimit: longest } = request
    const alarm = longest > 0 ? setTimeout(() => this.stop("timeLimit"), Math.min(longest * 1000 + headStart, 2 ** 31 - 1)) : undefined
    try {
      await this.#door.supply({ stopUrl: this.#stopUrl, hasFolder, files, weights })
      const answer = await this.#remote.run(request)
      const leftovers = await this.#door.leftovers()
      if (answer.spoiled !== undefined) {
        this.spoiled = true
        this.#options.log(`The run changed ${answer.spoiled}: the next one gets a fresh worker.`)
      }
      return { ...answer, leftovers, result: this.#withFault(answer.result, leftovers, longest) }
    } catch (failure) {
      this.end()
      const seconds = (performance.now() - began) / 1000
      const error = faultData(this.#faultOf(seconds, longest, failure))
      const result: RunResult = { runId: request.runId, stdout, error, warnings: [], trace: { records: [] }, durationMs: seconds * 1000, device: "cpu" }
      return { result, leftovers: nothingLeft }
    } finally {
      clearTimeout(alarm)
      URL.revokeObjectURL(this.#stopUrl)
      this.#isRunning = false
      this.#output = () => undefined
    }
  }

  /** Asks the run in progress to end, and ends the worker when it does not listen; gently, the worker may take its time. */
  stop(cause: EndCause, isGentle = false): void {
    if (!this.#isRunning || (this.#cause !== null && (isGentle || this.#isPressed))) return
    this.#cause ??= cause
    const asked = this.#stopUrl
    // A worker without shared memory can ask one thing while it runs: whether this address can still be loaded.
    URL.revokeObjectURL(asked)
    if (isGentle) return
    this.#isPressed = true
    const stillRunning = (): boolean => this.#isRunning && this.#stopUrl === asked && !this.ended
    setTimeout(() => {
      if (!stillRunning()) return
      if (!this.#heeded) this.end()
      else setTimeout(() => stillRunning() && this.end(), extraPatience)
    }, patience)
  }

  /** Ends the worker, whatever it does. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.#worker.terminate()
    const reason = this.#crash ?? "its worker was ended"
    this.#fail(new Error(reason))
    this.#remote.dispose(reason)
    this.#door.dispose(reason)
  }

  /** The result with the fault that only we know of. */
  #withFault(result: RunResult, { fault: late }: Leftovers, longest: number): RunResult {
    const { error } = result
    // The compiled loop ends itself when it is asked to; why, we know.
    if (error?.name === "Stopped" && this.#cause === "timeLimit") return { ...result, error: faultData(timeLimit(longest, error.line), error) }
    return error || !late ? result : { ...result, error: faultData(new Fault(late.name, late.message, late.hint)) }
  }

  #faultOf(seconds: number, longest: number, failure: unknown): Fault {
    if (this.#cause === "stopped") return stopped(seconds)
    if (this.#cause === "timeLimit") return timeLimit(longest)
    return engineCrash(this.#crash ?? (failure instanceof Error ? failure.message : String(failure)))
  }
}
