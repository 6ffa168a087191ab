// The engine in a browser as the session knows it: which worker runs what, and what a run needs from outside the worker.
// It stands where a process of the engine stands elsewhere; knows neither vscode nor what the files are.

import type { EngineApi, EngineInfo, Graph, HostApi, RunRequest, RunResult, ValueStatistics, ValueWindow } from "../engine/protocol/api.ts"
import { engineCrash, faultData, staleHandle, stopped, type Fault } from "../engine/protocol/faults.ts"
import { LastRun } from "../engine/protocol/lastRun.ts"
import type { SuppliedFile } from "../engine/host/webThreadApi.ts"
import { WebThread } from "./webThread.ts"

/** Files below a folder: what is allowed is decided there. */
export interface FolderFiles {
  read(folder: string | undefined, path: string, most: number): Promise<SuppliedFile>
  /** Resolves with what went wrong, null where nothing did. */
  write(folder: string | undefined, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Fault | null>
}

export interface WebEngineOptions {
  /** An address of the worker's script, once it has been read. */
  readonly scriptUrl: Promise<string>
  readonly files: FolderFiles
  readonly host: Pick<HostApi, "output" | "log">
}

/** A run that asks for one file after another is begun anew so often at most. */
const mostRounds = 20

/** Told of what a run prints. */
type Watch = (text: string) => void

export class WebEngine extends LastRun<Watch> implements EngineApi {
  protected readonly unseen: Watch = () => undefined
  readonly #options: WebEngineOptions
  #current: WebThread | null = null
  #spare: WebThread | null = null
  #spareTimer: ReturnType<typeof setTimeout> | undefined
  #running: WebThread | null = null
  #disposed = false

  constructor(options: WebEngineOptions) {
    super()
    this.#options = options
  }

  async prepare(): Promise<EngineInfo> {
    const began = performance.now()
    if (!this.#current || this.#current.ended) this.#current = await this.#start()
    await this.#current.ready
    return { device: "cpu", startupMs: performance.now() - began }
  }

  run(request: RunRequest): Promise<RunResult> {
    return this.enqueue(request, (text) => void this.#options.host.output(request.runId, text))
  }

  async stop(): Promise<void> {
    this.cancel()
  }

  async graph(tensorId: number): Promise<Graph> {
    return await this.#threadOf(tensorId).answers.graph(tensorId)
  }

  async values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow> {
    return await this.#threadOf(tensorId).answers.values(tensorId, of, start, size)
  }

  async statistics(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null> {
    return await this.#threadOf(tensorId).answers.statistics(tensorId, of)
  }

  /** Ends every worker. */
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

  protected async perform(request: RunRequest, output: Watch, calledOff: () => boolean): Promise<RunResult> {
    const thread = await this.#next()
    try {
      await thread.ready
    } catch (failure) {
      thread.end()
      return unbegun(request, engineCrash(failure instanceof Error ? failure.message : String(failure)))
    }
    if (calledOff()) return unbegun(request, stopped(0))
    this.#running = thread
    try {
      return await this.#rounds(thread, request, output)
    } finally {
      this.#running = null
      if (thread.ended || thread.spoiled) this.#keepSpare(0)
    }
  }

  /** Runs a snippet, and again from its beginning as long as it asks for files that it was not given. */
  async #rounds(thread: WebThread, request: RunRequest, output: Watch): Promise<RunResult> {
    const { files } = this.#options
    const { folder, memoryLimit } = request
    const supplied: Record<string, SuppliedFile> = {}
    let told = 0
    for (let round = 1; ; round += 1) {
      let skip = told
      const pass = (text: string): void => {
        // What an earlier round printed is there already.
        const fresh = text.slice(Math.min(skip, text.length))
        skip -= text.length - fresh.length
        told += fresh.length
        if (fresh !== "") output(fresh)
      }
      const { result, leftovers } = await thread.run(request, { hasFolder: folder !== undefined, files: supplied, output: pass })
      const wanted = leftovers.wanted.filter((path) => !(path in supplied))
      if (wanted.length > 0 && round < mostRounds && result.error?.name !== "Stopped") {
        for (const path of wanted) supplied[path] = await files.read(folder, path, memoryLimit * 1e6)
        continue
      }
      // A question about a run leaves no trace.
      const written = output === this.unseen ? [] : Object.entries(leftovers.written)
      const faults = await Promise.all(written.map(([path, bytes]) => files.write(folder, path, bytes)))
      const fault = faults.find((each) => each !== null)
      return fault && !result.error ? { ...result, error: faultData(fault) } : result
    }
  }

  async #next(): Promise<WebThread> {
    if (this.#current && !this.#current.ended && !this.#current.spoiled) return this.#current
    this.#current?.end()
    const spare = this.#spare?.ended ? null : this.#spare
    this.#spare = null
    this.#current = spare ?? (await this.#start())
    return this.#current
  }

  /** A worker that was ended is replaced at once, so that the next run finds one warm. */
  #keepSpare(delay: number): void {
    clearTimeout(this.#spareTimer)
    this.#spareTimer = setTimeout(() => {
      if (this.#disposed || this.#spare) return
      void this.#start().then((thread) => {
        if (this.#disposed || this.#spare) thread.end()
        else this.#spare = thread
      }, () => undefined)
    }, delay)
  }

  async #start(): Promise<WebThread> {
    return new WebThread({ scriptUrl: await this.#options.scriptUrl, log: (message) => void this.#options.host.log(message) })
  }

  #threadOf(tensorId: number): WebThread {
    if (!this.#current || this.#current.ended) throw staleHandle(tensorId)
    return this.#current
  }
}

/** The result of a run that could not even begin. */
function unbegun({ runId }: RunRequest, fault: Fault): RunResult {
  return { runId, stdout: "", error: faultData(fault), warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
}
