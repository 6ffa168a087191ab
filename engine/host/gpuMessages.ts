// What a thread and the process's main thread say to each other about the GPU. Apart because both sides must agree.

import type { MessagePort } from "node:worker_threads"
import type { GpuBatch, GpuFound, GpuRange, GpuTrouble } from "../backends/webgpu/gpuDoor.ts"

/** What a thread is given for its door. */
export interface GpuThreadData {
  readonly port: MessagePort
  /** Batches that the GPU has finished, answers that lie in the port, whether a batch failed, and whether the device was lost. */
  readonly progress: SharedArrayBuffer
  /** Every kernel on the GPU, however small: for tests. */
  readonly everything: boolean
}

export const finishedAt = 0
export const answersAt = 1
export const failedAt = 2
export const lostAt = 3
export const progressBytes = 16

export type GpuQuestion =
  | { readonly kind: "open"; readonly id: number }
  | { readonly kind: "submit"; readonly batch: GpuBatch }
  | { readonly kind: "read"; readonly id: number; readonly ranges: readonly GpuRange[] }
  | { readonly kind: "reset" }

export type GpuAnswer =
  | { readonly id: number; readonly found: GpuFound }
  | { readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly id: number; readonly trouble: GpuTrouble }
  /** The device is gone, for this reason; the next question to open starts another. */
  | { readonly id: number; readonly lost: string }
