// The GPU of a browser's worker: the thread that runs the snippet owns the device itself. Starting one takes turns of the
// event loop, so that happens when the worker starts; everything after it happens at once. The door of Node's threads is
// gpuThreadDoor.ts.

import { GpuExecutor, startDevice } from "../backends/webgpu/executor.ts"
import type { GpuAdapter, GpuDoor, GpuFound } from "../backends/webgpu/gpuDoor.ts"
import type { Fault } from "../protocol/faults.ts"
import { gpuFault, gpuLost } from "./gpuFault.ts"
import { canReadBack, WebReadback } from "./webReadback.ts"

/** Captured now: the realm is closed before the first run. */
const gpu = globalThis.navigator?.gpu as GPU | undefined
const { setTimeout, clearTimeout } = globalThis

/** How long starting the driver may take; a run that comes earlier waits. Milliseconds. */
const startPatience = 10_000
/** Batches that may wait for the GPU: reading something back waits for them. */
const mostAhead = 16
const storage = 128

interface Started {
  readonly executor: GpuExecutor
  readonly readback: WebReadback
  readonly adapter: GpuAdapter
}

export class WebGpu implements GpuDoor {
  readonly #log: (message: string) => void
  #started: Started | null = null
  #reason = "The GPU has not been started yet."
  #lost: string | null = null
  #ahead = 0
  /** Something was submitted since a refusal was looked for. */
  #used = false

  /** Resolves when it is known whether there is a GPU. */
  ready: Promise<void>

  constructor(log: (message: string) => void) {
    this.#log = log
    this.ready = this.#start()
  }

  open(): GpuFound {
    return this.#started ? { adapter: this.#started.adapter } : { reason: this.#reason }
  }

  submit(batch: Parameters<GpuDoor["submit"]>[0]): void {
    const { executor } = this.#here()
    this.#check(executor)
    void executor.run(batch)
    this.#used = true
    this.#ahead += 1
    if (this.#ahead >= mostAhead) this.read([])
  }

  read(ranges: Parameters<GpuDoor["read"]>[0]): ArrayBuffer {
    const { executor, readback } = this.#here()
    // Commands that the device refused are known to be so only when the snippet yields; see `takeFault`.
    this.#check(executor)
    const copy = executor.gather(ranges, storage)
    const bytes = readback.read(copy, Math.max(4, ranges.reduce((sum, { bytes }) => sum + bytes, 0)))
    copy.destroy()
    this.#ahead = 0
    if (bytes) return ranges.length === 0 ? new ArrayBuffer(0) : bytes
    this.#forget("it draws no more")
    throw gpuLost("it draws no more")
  }

  async settle(): Promise<void> {
    const fault = await this.takeFault()
    if (fault !== null) throw fault
  }

  isAlive(): boolean {
    return this.#started !== null
  }

  reset(): void {
    this.#started?.executor.reset()
    this.#started?.executor.takeTrouble()
    this.#ahead = 0
  }

  /** What went wrong and could not be told while the snippet ran: a refusal is known only after a turn of the event loop. */
  async takeFault(): Promise<Fault | null> {
    const { executor } = this.#started ?? {}
    if (!executor || !this.#used) return null
    this.#used = false
    await executor.device.queue.onSubmittedWorkDone().catch(() => undefined)
    await executor.checked
    const trouble = executor.takeTrouble()
    return trouble === null ? null : gpuFault(trouble)
  }

  #here(): Started {
    if (!this.#started) throw gpuLost(this.#lost ?? this.#reason)
    return this.#started
  }

  #check(executor: GpuExecutor): void {
    const trouble = executor.takeTrouble()
    if (trouble !== null) throw gpuFault(trouble)
  }

  async #start(): Promise<void> {
    try {
      const found = await inTime(find())
      if (typeof found === "string") {
        this.#reason = found
        return
      }
      const { device, found: adapter } = found
      device.onuncapturederror = ({ error }) => this.#log(`The GPU reported an error: ${error.message}`)
      void device.lost.then(({ message, reason }) => {
        if (this.#started?.executor.device !== device || reason === "destroyed") return
        this.#forget(message || "its driver gave no reason")
      })
      this.#started = { executor: new GpuExecutor(device), readback: new WebReadback(device), adapter }
      this.#lost = null
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#log(`WebGPU could not be started: ${message}`)
      this.#reason = `WebGPU could not be started: ${message.split("\n")[0]}`
    }
  }

  /** The device is gone; another is looked for, once: what takes devices away may take the next as well. */
  #forget(why: string): void {
    this.#log(`The GPU was lost: ${why}`)
    this.#started = null
    if (this.#lost === null) this.ready = this.#start()
    this.#lost = why
    this.#reason = `The GPU was lost: ${why}`
  }
}

async function find(): Promise<Awaited<ReturnType<typeof startDevice>> | string> {
  if (!gpu) return "This browser has no WebGPU."
  if (!canReadBack()) return "This browser has no canvas outside of pages, through which results come back."
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  return adapter ? await startDevice(adapter) : "No GPU was found that WebGPU can use."
}

/** A driver that hangs is as good as none. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const alarm = setTimeout(() => reject(new Error(`the driver did not answer within ${startPatience / 1000} seconds`)), startPatience)
    promise.then(resolve, reject).finally(() => clearTimeout(alarm))
  })
}
