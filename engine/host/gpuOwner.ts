// The engine process's GPU: its main thread owns Dawn, started when a thread asks for it first, and serves every thread.
// The snippet's own thread must not: ending a thread that is inside the GPU's driver ends the process with it.

import { existsSync } from "node:fs"
import { constants } from "node:os"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { bufferUsage, GpuExecutor, startDevice, type Refusal } from "../backends/webgpu/executor.ts"
import type { GpuAdapter, GpuBatch, GpuFound, GpuRange } from "../backends/webgpu/gpuDoor.ts"
import { answersAt, failedAt, finishedAt, lostAt, progressBytes, type GpuAnswer, type GpuQuestion, type GpuThreadData } from "./gpuMessages.ts"

interface Started {
  readonly device: GPUDevice
  readonly found: GpuAdapter
}

/** How long starting the driver may take; milliseconds. */
const startPatience = 10_000
/** How long it may take until a loss is known that something failed by; milliseconds. */
const lossPatience = 100

export class GpuOwner {
  readonly #log: (message: string) => void
  #starting: Promise<Started | string> | null = null

  constructor(log: (message: string) => void) {
    this.#log = log
  }

  /** A door for one thread; `close` when the thread has ended. */
  connect(): { readonly data: GpuThreadData; close(): void } {
    const { port1, port2 } = new MessageChannel()
    const progress = new SharedArrayBuffer(progressBytes)
    const service = new GpuService(port1, new Int32Array(progress), () => this.#start(), this.#log)
    port1.on("message", (question: GpuQuestion) => service.answer(question))
    // A door keeps no process alive; a run does.
    port1.unref()
    return {
      data: { port: port2, progress, everything: process.env.AUTOGRAD_GPU_KERNELS === "all" },
      close() {
        service.close()
        port1.close()
      },
    }
  }

  #start(): Promise<Started | string> {
    return (this.#starting ??= this.#started())
  }

  async #started(): Promise<Started | string> {
    try {
      const adapter = await inTime(requestAdapter())
      if (!adapter) return "No GPU was found that WebGPU can use."
      const started = await startDevice(adapter)
      void started.device.lost.then(({ message, reason }) => {
        this.#starting = null
        if (reason !== "destroyed") this.#log(`The GPU was lost: ${message}`)
      })
      started.device.onuncapturederror = ({ error }) => this.#log(`The GPU reported an error: ${error.message}`)
      return started
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#log(`WebGPU could not be started: ${error instanceof Error ? (error.stack ?? message) : message}`)
      return `WebGPU could not be started: ${message.split("\n")[0]}`
    }
  }
}

/** Collected while a device is used, what Dawn's `create` returns takes the process with it. Tests put another one there before. */
const kept = globalThis as { autogradGpu?: GPU }

async function requestAdapter(): Promise<GPUAdapter | null> {
  if (!kept.autogradGpu) {
    useSoftwareDriver()
    const { create, globals } = await dawn()
    for (const [name, value] of Object.entries(globals)) if (!(name in globalThis)) Object.assign(globalThis, { [name]: value })
    kept.autogradGpu = create([])
  }
  return kept.autogradGpu.requestAdapter({ powerPreference: "high-performance" })
}

/** Dawn as npm installs it; an installed extension has a copy with one platform's binary instead (npm run package). */
async function dawn(): Promise<typeof import("webgpu")> {
  // This file may end up in a chunk of the build, a folder deeper.
  const shipped = ["./native/index.js", "../native/index.js"].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))
  if (shipped) return (await import(shipped.href)) as typeof import("webgpu")
  return await import("webgpu").catch((error: unknown) => {
    if (error instanceof Error && Reflect.get(error, "code") === "ERR_MODULE_NOT_FOUND") throw new Error(`this installation came without the part for ${process.platform}-${process.arch}`)
    throw error
  })
}

/** A driver named in VK_DRIVER_FILES may come with the Vulkan loader beside it, which Dawn asks for by a name that only a system-wide one answers. */
function useSoftwareDriver(): void {
  const driver = process.env.VK_DRIVER_FILES
  if (process.platform !== "linux" || driver === undefined) return
  const loader = driver.replace(/[^/]*$/, "libvulkan.so.1")
  if (!existsSync(loader)) return
  /** dlopen's RTLD_NODELETE on Linux, which Node does not name. */
  const keepLoaded = 0x1000
  try {
    process.dlopen({ exports: {} } as NodeJS.Module, loader, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | keepLoaded)
  } catch {
    // It is no module of Node's, which is said here; the library stays loaded all the same.
  }
}

/** A driver that hangs is as good as none. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const alarm = setTimeout(() => reject(new Error(`the driver did not answer within ${startPatience / 1000} seconds`)), startPatience)
    promise.then(resolve, reject).finally(() => clearTimeout(alarm))
  })
}

/** What one thread asked for: its buffers, and its questions in their order. */
class GpuService {
  readonly #port: MessagePort
  readonly #progress: Int32Array
  readonly #start: () => Promise<Started | string>
  readonly #log: (message: string) => void
  #executor: GpuExecutor | null = null
  #lost: string | null = null
  #closed = false

  constructor(port: MessagePort, progress: Int32Array, start: () => Promise<Started | string>, log: (message: string) => void) {
    this.#port = port
    this.#progress = progress
    this.#start = start
    this.#log = log
  }

  answer(question: GpuQuestion): void {
    switch (question.kind) {
      case "open":
        return void this.#open(question.id)
      case "submit":
        return this.#submit(question.batch)
      case "read":
        return void this.#read(question.id, question.ranges)
      case "reset":
        this.#executor?.reset()
        this.#executor?.takeTrouble()
        Atomics.store(this.#progress, failedAt, 0)
    }
  }

  close(): void {
    this.#closed = true
    this.#executor?.reset()
    this.#executor = null
  }

  async #open(id: number): Promise<void> {
    const started = await this.#start()
    if (this.#closed) return
    let found: GpuFound
    if (typeof started === "string") found = { reason: started }
    else {
      this.#lost = null
      Atomics.store(this.#progress, lostAt, 0)
      const executor = (this.#executor = new GpuExecutor(started.device))
      void started.device.lost.then(({ message }) => {
        if (this.#executor !== executor) return
        this.#executor = null
        this.#lost = message.trim() || "its driver gave no reason"
        Atomics.store(this.#progress, lostAt, 1)
        Atomics.store(this.#progress, failedAt, 1)
      })
      found = { adapter: started.found }
    }
    this.#reply({ id, found })
  }

  #submit(batch: GpuBatch): void {
    const executor = this.#executor
    if (!executor) return this.#finished()
    void executor
      .run(batch)
      .then(() => executor.device.queue.onSubmittedWorkDone())
      .catch((error: unknown) => this.#log(`The GPU's work was not waited for: ${String(error)}`))
      .finally(() => {
        if (executor.failed) Atomics.store(this.#progress, failedAt, 1)
        this.#finished()
      })
  }

  #finished(): void {
    Atomics.add(this.#progress, finishedAt, 1)
    Atomics.notify(this.#progress, finishedAt)
  }

  async #read(id: number, ranges: readonly GpuRange[]): Promise<void> {
    const executor = this.#executor
    if (!executor) return this.#reply({ id, lost: this.#lost ?? "it was never opened" })
    let copy = null as GPUBuffer | null
    let refused: Promise<Refusal | null> = Promise.resolve(null)
    try {
      // Nothing to bring: who asks wants to know when everything is done, and an unused buffer is there at once.
      if (ranges.length === 0) await executor.device.queue.onSubmittedWorkDone()
      refused = executor.watched(0, () => (copy = executor.gather(ranges, bufferUsage.mapRead)))
      if (!copy) throw new Error("no buffer was made")
      await copy.mapAsync(bufferUsage.mapRead)
      const bytes = copy.getMappedRange().slice(0)
      await executor.checked
      if (this.#closed) return
      const trouble = executor.takeTrouble()
      Atomics.store(this.#progress, failedAt, 0)
      this.#reply(trouble === null ? { id, bytes } : { id, trouble })
    } catch (error) {
      // A loss is told a moment after what it breaks.
      await Promise.race([executor.device.lost, new Promise((resolve) => setTimeout(resolve, lossPatience))])
      await executor.checked
      const { said, isFull } = (await refused) ?? { said: error instanceof Error ? error.message : String(error), isFull: false }
      this.#reply(this.#lost === null ? { id, trouble: executor.takeTrouble() ?? { said, isFull, operator: null, site: 0 } } : { id, lost: this.#lost })
    } finally {
      copy?.destroy()
    }
  }

  #reply(answer: GpuAnswer): void {
    if (this.#closed) return
    this.#port.postMessage(answer, "bytes" in answer ? [answer.bytes] : [])
    Atomics.add(this.#progress, answersAt, 1)
    Atomics.notify(this.#progress, answersAt)
  }
}
