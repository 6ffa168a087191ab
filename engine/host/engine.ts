// The engine as a library (dist/engine.mjs): torch itself, and the one function that runs a snippet. For tests,
// benchmarks, notebooks and other tools; the editor starts process.ts instead.

import type { DeviceChoice, EngineInfo, RunResult } from "../protocol/api.ts"
import { Seat } from "./node.ts"

export { torch, torchvision } from "../torch.ts"

export interface RunOptions {
  readonly device?: DeviceChoice
  /** Milliseconds of wall time; 0 or absent is no limit. */
  readonly timeoutMs?: number
  /** Megabytes that tensors and the heap may hold together. */
  readonly memoryLimitMb?: number
  /** Printed text, as it comes. */
  readonly onOutput?: (text: string) => void
  /** Named in messages, and where imports of neighbours start. */
  readonly fileName?: string
  /** Neighbouring modules: text by path. */
  readonly files?: Readonly<Record<string, string>>
  /** Absolute path of the folder in which torch.save and torch.load may work; absent: nowhere. */
  readonly folder?: string
  /** Off: nothing is recorded, `trace` is empty. On unless said otherwise. */
  readonly trace?: boolean
}

const defaultMemoryLimit = 2048
let lastRun = 0
let seat: Seat | null = null

/**
 * Runs a snippet from a fresh state in a worker thread that is kept warm between calls. Resolves also when the snippet
 * fails, hangs past its limit or ends its thread: `error` then says so, with line and column of the source.
 */
export function runSnippet(source: string, options: RunOptions = {}): Promise<RunResult> {
  const { device = "auto", timeoutMs = 0, memoryLimitMb = defaultMemoryLimit, onOutput, fileName = "snippet.ts", files = {}, folder, trace = true } = options
  lastRun += 1
  return theSeat().run({ runId: lastRun, source, fileName, ...(folder === undefined ? {} : { folder }), files, device, timeLimit: timeoutMs / 1000, memoryLimit: memoryLimitMb, trace }, onOutput)
}

/** Resolves when a snippet runs without delay, and says on which device. */
export function ready(_options: { readonly device?: DeviceChoice } = {}): Promise<EngineInfo> {
  return theSeat().prepare()
}

function theSeat(): Seat {
  seat ??= new Seat({
    workerUrl: new URL("./engineWorker.mjs", import.meta.url),
    spare: false,
    log: (message) => console.error(message),
    onUnstoppable: () => console.error("A snippet's thread could not be ended; it goes on until this process ends."),
  })
  return seat
}
