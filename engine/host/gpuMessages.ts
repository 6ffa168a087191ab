// What a thread and the process's main thread say to each other about the GPU. Apart because both sides must agree.

import type { MessagePort } from "node:worker_threads"
import type { GpuBatch, GpuFound, GpuRange } from "../backends/webgpu/gpuDoor.ts"

/** What a thread is given for its door. */
export interface GpuThreadData {
  readonly port: MessagePort
  /** Batches that the GPU has finished, answers that lie in the port, and whether a batch failed. */
  readonly progress: SharedArrayBuffer
  /** Every kernel on the GPU, however small: for tests. */
  readonly everything: boolean
}

export const finishedAt = 0
export const answersAt = 1
export const failedAt = 2
export const progressBytes = 16

export type GpuQuestion =
  | { readonly kind: "open"; readonly id: number }
  | { readonly kind: "submit"; readonly batch: GpuBatch }
  | { readonly kind: "read"; readonly id: number; readonly ranges: readonly GpuRange[] }
  | { readonly kind: "reset" }

export type GpuAnswer =
  | { readonly id: number; readonly found: GpuFound }
  | { readonly id: number; readonly bytes: ArrayBuffer }
  /** `lost`: the device is gone, and the next question to open starts another. */
  | { readonly id: number; readonly fault: string; readonly lost: boolean }
