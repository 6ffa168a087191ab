// The engine in a browser as the session knows it: which worker runs what, and what a run needs from outside the worker.
// It stands where a process of the engine stands elsewhere; knows neither vscode nor what the files are.

import type { EngineApi, EngineInfo, Graph, HostApi, RunRequest, RunResult, ValueStatistics, ValueWindow } from "../engine/protocol/api.ts"
import { engineCrash, Fault, faultData, staleHandle, stopped } from "../engine/protocol/faults.ts"
import { LastRun } from "../engine/protocol/lastRun.ts"
import type { Leftovers, SuppliedFile } from "../engine/host/webThreadApi.ts"
import { WebThread } from "./webThread.ts"
import type { WebWeights } from "./webWeights.ts"

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
  readonly weights: Pick<WebWeights, "get">
  readonly host: Pick<HostApi, "output" | "log" | "progress">
}

/** A run that asks for one file after another is begun anew so often at most. */
const mostRounds = 20

/** Told of what a run prints and downloads. */
interface Watch {
  output(text: string): void
  progress(file: string, fraction: number | null): void
}

/** What a run asked for and was given. */
interface Supplied {
  readonly files: Record<string, SuppliedFile>
  readonly weights: Record<string, SuppliedFile>
}

export class WebEngine extends LastRun<Watch> implements EngineApi {
  protected readonly unseen: Watch = { output: () => undefined, progress: () => undefined }
  readonly #options: WebEngineOptions
  #current: WebThread | null = null
  #spare: WebThread | null = null
  #spareTimer: ReturnType<typeof setTimeout> | undefined
  #running: WebThread | null = null
  /** Ends the downloads of the run in progress. */
  #fetching = new AbortController()
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
    const { host } = this.#options
    return this.enqueue(request, {
      output: (text) => void host.output(request.runId, text),
      progress: (file, fraction) => void host.progress?.(request.runId, file, fraction),
    })
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
    this.#fetching.abort()
    this.#running?.stop("stopped", isGentle)
  }

  protected async perform(request: RunRequest, watch: Watch, calledOff: () => boolean): Promise<RunResult> {
    const thread = await this.#next()
    try {
      await thread.ready
    } catch (failure) {
      thread.end()
      return unbegun(request, engineCrash(failure instanceof Error ? failure.message : String(failure)))
    }
    if (calledOff()) return unbegun(request, stopped(0))
    this.#running = thread
    this.#fetching = new AbortController()
    try {
      return await this.#rounds(thread, request, watch)
    } finally {
      this.#running = null
      if (thread.ended || thread.spoiled) this.#keepSpare(0)
    }
  }

  /** Runs a snippet, and again from its beginning as long as it asks for files that it was not given. */
  async #rounds(thread: WebThread, asked: RunRequest, watch: Watch): Promise<RunResult> {
    const { signal } = this.#fetching
    const supplied: Supplied = { files: {}, weights: {} }
    let request = asked
    let told = 0
    for (let round = 1; ; round += 1) {
      let skip = told
      const pass = (text: string): void => {
        // What an earlier round printed is there already.
        const fresh = text.slice(Math.min(skip, text.length))
        skip -= text.length - fresh.length
        told += fresh.length
        if (fresh !== "") watch.output(fresh)
      }
      const { result, leftovers } = await thread.run(request, { hasFolder: request.folder !== undefined, ...supplied, output: pass })
      if (round < mostRounds && result.error?.name !== "Stopped" && (await this.#supply(request, leftovers, supplied, watch))) {
        if (signal.aborted) return { ...result, error: faultData(stopped(result.durationMs / 1000, result.error?.line), result.error) }
        // What was printed before is not printed again, so the random numbers are to be the same.
        request = { ...request, ...(result.seed === undefined ? {} : { seed: result.seed }) }
        continue
      }
      // A question about a run leaves no trace.
      const written = watch === this.unseen ? [] : Object.entries(leftovers.written)
      const faults = await Promise.all(written.map(([path, bytes]) => this.#options.files.write(request.folder, path, bytes)))
      const fault = faults.find((each) => each !== null)
      return fault && !result.error ? { ...result, error: faultData(fault) } : result
    }
  }

  /** Gets what a run asked for and has not got; false where there is nothing. */
  async #supply({ folder, memoryLimit }: RunRequest, { wanted, wantedWeights }: Leftovers, supplied: Supplied, watch: Watch): Promise<boolean> {
    const { files, weights } = this.#options
    const { signal } = this.#fetching
    const paths = wanted.filter((path) => !(path in supplied.files))
    for (const path of paths) supplied.files[path] = await files.read(folder, path, memoryLimit * 1e6)
    const published = Object.entries(wantedWeights).filter(([file]) => !(file in supplied.weights))
    for (const [file, isShown] of published) {
      const progress = (fraction: number | null): void => watch.progress(isShown ? file : "", fraction)
      supplied.weights[file] = await weights.get(file, { signal, progress }).then((bytes) => ({ bytes }), suppliedFault)
    }
    return paths.length > 0 || published.length > 0
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

/** Why there is no file, as the worker is told. */
function suppliedFault(error: unknown): SuppliedFile {
  if (!(error instanceof Fault)) return { fault: { name: "RuntimeError", message: error instanceof Error ? error.message : String(error) } }
  const { name, message, hint } = error
  return { fault: { name, message, ...(hint === undefined ? {} : { hint }) } }
}

/** The result of a run that could not even begin. */
function unbegun({ runId }: RunRequest, fault: Fault): RunResult {
  return { runId, stdout: "", error: faultData(fault), warnings: [], trace: { records: [] }, durationMs: 0, device: "cpu" }
}
