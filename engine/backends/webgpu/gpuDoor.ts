// What the engine's thread asks of whoever owns the GPU. Apart because two own one: in Node the engine process's main
// thread (engine/host/gpuSeat.ts), which the snippet's thread waits for; in a browser's worker the thread itself.

/** The GPU that was found. */
export interface GpuAdapter {
  /** As a person would name it: `NVIDIA GeForce RTX 4070`, `SwiftShader Device`. */
  readonly description: string
  /** True for a driver that computes on the processor. */
  readonly isFallback: boolean
  readonly limits: GpuLimits
}

/** The limits that the engine asks about, all as the device was given them. */
export interface GpuLimits {
  readonly maxBufferSize: number
  readonly maxStorageBufferBindingSize: number
  readonly maxStorageBuffersPerShaderStage: number
  readonly maxComputeWorkgroupsPerDimension: number
  readonly maxComputeInvocationsPerWorkgroup: number
  readonly maxComputeWorkgroupStorageSize: number
}

export type GpuFound = { readonly adapter: GpuAdapter } | { readonly reason: string }

/** What the device refused: whose kernel it was, and where in the snippet it was asked for. */
export interface GpuTrouble {
  /** The driver's words. */
  readonly said: string
  /** There was no room for a buffer; else it is a bug of ours or of the driver's. */
  readonly isFull: boolean
  /** The operator, where it is known. */
  readonly operator: string | null
  /** As the compiled snippet counts places; 0 is unknown. */
  readonly site: number
}

/**
 * One thing to do. Buffers and pipelines are numbered by the engine's thread, from 1, and are this door's own. Plans are
 * uniform-like numbers of one dispatch: `planAt` counts elements of the batch's `plans`, a multiple of `planStep`.
 */
export type GpuCommand =
  | { readonly kind: "make"; readonly buffer: number; readonly bytes: number; readonly site: number }
  | { readonly kind: "free"; readonly buffer: number }
  | { readonly kind: "clear"; readonly buffer: number; readonly bytes: number }
  | { readonly kind: "write"; readonly buffer: number; readonly offset: number; readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> }
  | { readonly kind: "copy"; readonly from: number; readonly fromOffset: number; readonly to: number; readonly toOffset: number; readonly bytes: number }
  | { readonly kind: "pipeline"; readonly pipeline: number; readonly label: string; readonly code: string; readonly buffers: number }
  | {
      readonly kind: "dispatch"
      readonly pipeline: number
      /** Bindings 1, 2, …; binding 0 is the plan. The first is written, the others are read. */
      readonly buffers: readonly number[]
      readonly planAt: number
      readonly groups: readonly [number, number, number]
      /** Where in the snippet it was asked for. */
      readonly site: number
    }

/** Numbers between the starts of two plans: what every device takes as an offset into a buffer. */
export const planStep = 64

/** Commands in their order, and the plans of their dispatches. Handed over: neither is touched afterwards. */
export interface GpuBatch {
  readonly commands: readonly GpuCommand[]
  readonly plans: Uint32Array<ArrayBuffer>
}

/** A stretch of a buffer, in bytes, multiples of 4. */
export interface GpuRange {
  readonly buffer: number
  readonly offset: number
  readonly bytes: number
}

export interface GpuDoor {
  /** The device, started when it is asked for first; waits for it. The same answer until the device is lost. */
  open(): GpuFound
  /** Hands commands over, in order; returns at once, or waits a little where the GPU is far behind. Throws the fault of an earlier batch. */
  submit(batch: GpuBatch): void
  /** Contents after everything that was submitted, one after the other, exact to the bit; waits. Throws the fault of an earlier batch. */
  read(ranges: readonly GpuRange[]): ArrayBuffer
  /** Frees every buffer of this door; pipelines stay. */
  reset(): void
  /** Where what the device refused is known only after a turn of the event loop: waits for that. Rejects with the fault. */
  settle?(): Promise<void>
  /** False once the device that `open` gave is lost: nothing that lies there can be read any more. */
  isAlive(): boolean
}
