// What the supervisor and its thread ask of each other, over the same transport as everything else.

import type { MessagePort } from "node:worker_threads"
import type { GpuThreadData } from "./gpuMessages.ts"
import type { Graph, RunRequest, RunResult, Span, ValueStatistics, ValueWindow } from "../protocol/api.ts"

/** What the thread answers. */
export interface ThreadApi {
  /** Loads and warms the compiler; after it the thread reaches nothing outside the engine. */
  prepare(): Promise<void>
  run(request: RunRequest): Promise<ThreadResult>
  graph(tensorId: number): Promise<Graph>
  values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow>
  statistics(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null>
}

export interface ThreadResult {
  readonly result: RunResult
  /** Set when the snippet changed something that the next run would meet: what it was. The thread runs nothing more. */
  readonly spoiled?: string
}

/** What the supervisor answers. */
export interface SupervisorApi {
  /** Text that print wrote; used only where no memory is shared. */
  output(text: string): void
  log(message: string): void
  /** Where the compiled snippet's sites are, by their number. */
  places(spans: readonly Span[]): void
}

/** What a Node thread is started with. */
export interface ThreadData {
  readonly memory: SharedArrayBuffer
  /** Where the thread asks for files. */
  readonly door: MessagePort
  readonly gpu: GpuThreadData
}
