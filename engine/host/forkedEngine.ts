// Owns one engine process, as the editor does: starts it, asks it, and starts another when it died. For the command
// line, so that a snippet that takes the whole process down harms no other.

import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { EngineApi, HostApi, RunRequest, RunResult } from "../protocol/api.ts"
import { processChannel } from "../protocol/channels.ts"
import { memoryEnvironment } from "../protocol/environment.ts"
import { engineCrash, faultData } from "../protocol/faults.ts"
import { connect, type Disposal } from "../protocol/rpc.ts"

export interface ForkedEngineOptions {
  readonly processUrl: URL
  readonly output: (text: string) => void
  /** A download goes on. */
  readonly progress?: (text: string, fraction: number | null) => void
  readonly log: (message: string) => void
  /** Keep a warm thread beside the one in use. */
  readonly spare: boolean
}

export class ForkedEngine {
  readonly #options: ForkedEngineOptions
  #child: ChildProcess | null = null
  #engine: (EngineApi & Disposal) | null = null
  #closedBecause: string | null = null

  constructor(options: ForkedEngineOptions) {
    this.#options = options
  }

  /** Runs a snippet; when the process ends instead, that is the result's error. */
  async run(request: RunRequest): Promise<RunResult> {
    let stdout = ""
    const began = performance.now()
    const engine = this.#start((text) => {
      stdout += text
      this.#options.output(text)
    })
    try {
      const result = await engine.run(request)
      if (result.engineEnded) this.#forget()
      return result
    } catch (failure) {
      this.#forget()
      const error = faultData(engineCrash(this.#closedBecause ?? (failure instanceof Error ? failure.message : String(failure))))
      const durationMs = performance.now() - began
      return { runId: request.runId, stdout, error, warnings: [], trace: { records: [] }, durationMs, device: "cpu" }
    }
  }

  /** Ends the run in progress. */
  stop(): void {
    void this.#engine?.stop()
  }

  /** The process that runs now; for a test that kills it. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  dispose(): void {
    this.#forget()
  }

  #output: (text: string) => void = () => undefined

  #start(output: (text: string) => void): EngineApi {
    this.#output = output
    if (this.#engine) return this.#engine
    const { processUrl, log, spare } = this.#options
    const child = fork(fileURLToPath(processUrl), {
      execArgv: [],
      serialization: "advanced",
      // What our own streams carry is the snippet's text and faults alone.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...memoryEnvironment, ...process.env, AUTOGRAD_LAB_SPARE: spare ? "yes" : "no" },
    })
    child.on("error", (error) => log(`The engine process could not start: ${error.message}`))
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => log(String(text).trimEnd()))
    this.#child = child
    this.#closedBecause = null
    const host: HostApi = { output: (_runId, text) => this.#output(text), log, progress: (_runId, text, fraction) => this.#options.progress?.(text, fraction) }
    const engine = connect<EngineApi, HostApi>(processChannel(child), host, {
      log,
      onClose: (reason) => {
        if (this.#engine !== engine) return
        this.#closedBecause = reason
        this.#forget()
      },
    })
    this.#engine = engine
    return engine
  }

  #forget(): void {
    this.#engine?.dispose()
    this.#child?.kill("SIGKILL")
    this.#child = null
    this.#engine = null
  }
}
