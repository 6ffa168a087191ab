// The contract between processes: interfaces and plain data, nothing else.
// Everything here survives structured clone, so that it can cross a pipe, a worker or a webview.

import type { BackwardPass, ExplainQuestion, Explanation, StepsQuestion, VerdictData } from "./explaining.ts"
import type { Graph } from "./graphs.ts"
import type { Iteration } from "./places.ts"
import type { GpuHelp, RunRequest, RunResult, ValueStatistics, ValueWindow } from "./runs.ts"

export type * from "./explaining.ts"
export type * from "./graphs.ts"
export type * from "./panelApi.ts"
export type * from "./places.ts"
export type * from "./runs.ts"

/** What the engine answers. Ids are those of the last run's summaries. */
export interface EngineApi {
  /** Loads the compiler and warms it, so that the first run is quick. Resolves when it is ready. */
  prepare(): Promise<EngineInfo>
  /** Runs a snippet from a fresh state. Resolves also when it fails, is stopped or crashes: the fault is in the result. */
  run(request: RunRequest): Promise<RunResult>
  /** Ends the run in progress, within a second; harmless when there is none. */
  stop(): Promise<void>
  /** The backward graph of a tensor of the last run. Rejects when the id is not of the last run. */
  graph(tensorId: number): Promise<Graph>
  /** A window of a tensor's values (or of its `.grad`), `start` and `size` by dimension. */
  values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow>
  /** All values of a tensor (or of its `.grad`) in figures; null where there is no `.grad`. */
  statistics?(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null>
  /** Explains a gradient element of the last run, by running it again. Rejects when there was no run, or when the question has no answer. */
  explain?(question: ExplainQuestion): Promise<Explanation>
  /** Ends the explanations under way and nothing else; harmless when there is none. */
  stopExplaining?(): Promise<void>
  /** The last run as it was at the end of a turn, by running it again; its tensors' ids are valid beside the run's own, until the next moment or run. Rejects as `explain` does. */
  moment?(iteration: Iteration): Promise<RunResult>
  /** A backward pass of the last run step by step, by running it again. Rejects as `explain` does, and where there was no pass. */
  steps?(question: StepsQuestion): Promise<BackwardPass>
  /** All verdicts of the last run, by running the snippet again where that is needed; other questions are answered before. Rejects where a newer run replaced it. */
  verdicts?(runId: number): Promise<readonly VerdictData[]>
}

export interface EngineInfo {
  readonly device: string
  /** Why the device is not the GPU, when it is not. */
  readonly reason?: string
  /** What the GPU computed of the CPU's tensors in the last run. */
  readonly gpuHelp?: GpuHelp
  readonly startupMs: number
}

/** What the engine tells whoever holds the other end. */
export interface HostApi {
  /** Text that print wrote, as it is written. */
  output(runId: number, text: string): void
  /** Something of ours went wrong; for the log. */
  log(message: string): void
  /** A download of the run goes on: what it is (a file's name, or empty where the snippet wants nothing shown) and how far it has come, from 0 to 1; null while that is unknown. */
  progress?(runId: number, text: string, fraction: number | null): void
}
