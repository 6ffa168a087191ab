// Does on a GPUDevice what a list of commands says. Apart from the doors because each owner of a device, a process's
// main thread or a browser's worker, does the same with the commands; only reading back differs.
import { planStep, type GpuAdapter, type GpuBatch, type GpuCommand, type GpuRange, type GpuTrouble } from "./gpuDoor.ts"

/** WebGPU's flags, which Node knows only after Dawn was loaded. */
export const bufferUsage = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const
const compute = 4

type Dispatch = Extract<GpuCommand, { kind: "dispatch" }>

interface Pipeline {
  readonly pipeline: GPUComputePipeline
  readonly label: string
}

/** Bytes of a plan as a binding sees them. */
const planBytes = planStep * 4

/** Bind groups kept by the buffers that they bind; more are made anew. */
const mostGroups = 4096

/** The buffers and pipelines of one engine thread on one device. */
export class GpuExecutor {
  readonly #buffers = new Map<number, GPUBuffer>()
  readonly #pipelines = new Map<number, Pipeline>()
  readonly #layouts = new Map<number, GPUBindGroupLayout>()
  #groups = new Map<string, GPUBindGroup>()
  /** Where a batch's plans lie; written in the queue's order, so that the batch before has read its own. */
  #plans: GPUBuffer | null = null
  #trouble: GpuTrouble | null = null
  /** Resolves when it is known of every batch so far whether the device took it. */
  checked: Promise<void> = Promise.resolve()

  constructor(readonly device: GPUDevice) {}

  get failed(): boolean {
    return this.#trouble !== null
  }

  /** The first thing that went wrong in a batch; null where nothing did. Told once. */
  takeTrouble(): GpuTrouble | null {
    const trouble = this.#trouble
    this.#trouble = null
    return trouble
  }

  /** Does the commands in their order. Resolves when it is known whether the device took them all. */
  run(batch: GpuBatch): Promise<void> {
    const mine = this.#run(batch)
    this.checked = this.checked.then(() => mine)
    return mine
  }

  async #run({ commands, plans }: GpuBatch): Promise<void> {
    // Making something is rare, so each is watched by itself; all the rest together, until something is wrong with it.
    const checks: Promise<Refusal | null>[] = []
    let thrown: Refusal | null = null
    const guarded = (at: number, step: () => void): void => {
      try {
        step()
      } catch (error) {
        thrown ??= { said: error instanceof Error ? error.message : String(error), isFull: false, at }
      }
    }
    const all = this.watched(commands.length, () => {
      if (plans.length > 0) this.#placePlans(plans)
      const open: Open = { encoder: null, pass: null }
      // One that fails is told, and the others are done all the same: a pipeline is never made twice.
      commands.forEach((command, at) => {
        const isMade = command.kind === "make" || command.kind === "pipeline"
        if (isMade) checks.push(this.watched(at, () => guarded(at, () => this.#do(command, open))))
        else guarded(at, () => this.#do(command, open))
      })
      guarded(commands.length, () => this.#finish(open))
    })
    for (const check of [...checks, thrown, all]) {
      const refusal = await check
      if (refusal) this.#trouble ??= this.#told(refusal.at < commands.length ? refusal : await this.#blamed(refusal, commands), commands)
    }
  }

  /** What the device refuses of what `step` asks, as soon as that is known. A lost device refuses nothing: that is told elsewhere. */
  watched(at: number, step: () => void): Promise<Refusal | null> {
    const { device } = this
    for (const kind of scopes) device.pushErrorScope(kind)
    step()
    const found = scopes.map(() => device.popErrorScope())
    return Promise.all(found).then(
      ([internal, full, invalid]) => {
        const error = full ?? internal ?? invalid
        return error ? { said: error.message, isFull: !!full, at } : null
      },
      () => null,
    )
  }

  /** Which of a batch's dispatches is refused: each is encoded once more, alone, and not submitted. */
  async #blamed(refusal: Refusal, commands: readonly GpuCommand[]): Promise<Refusal> {
    const tries = commands.map((command, at) => {
      if (command.kind !== "dispatch" || command.buffers.some((one) => !this.#buffers.has(one))) return null
      return this.watched(at, () => {
        const open: Open = { encoder: null, pass: null }
        this.#do(command, open)
        open.pass?.end()
        open.encoder?.finish()
      })
    })
    for (const one of tries) {
      const found = await one
      if (found) return found
    }
    return refusal
  }

  #told({ said, isFull, at }: Refusal, commands: readonly GpuCommand[]): GpuTrouble {
    const found = commands[at]
    // A buffer is made for the dispatch that uses it first, and a pipeline for the next.
    const dispatch = commands.slice(at).find((one) => one.kind === "dispatch" && (found?.kind !== "make" || one.buffers.includes(found.buffer)))
    const site = found && "site" in found ? found.site : dispatch?.kind === "dispatch" ? dispatch.site : 0
    const operator = dispatch?.kind === "dispatch" ? (this.#pipelines.get(dispatch.pipeline)?.label ?? null) : null
    return { said: said.trim().split("\n")[0]!, isFull, operator, site }
  }

  /** Submits copies of the ranges into one new buffer, which the caller maps or draws, and destroys. */
  gather(ranges: readonly GpuRange[], usage: number): GPUBuffer {
    const bytes = ranges.reduce((sum, one) => sum + one.bytes, 0)
    const into = this.device.createBuffer({ label: "read-back", size: Math.max(4, bytes), usage: usage | bufferUsage.copyTo })
    const encoder = this.device.createCommandEncoder()
    let at = 0
    for (const { buffer, offset, bytes: count } of ranges) {
      encoder.copyBufferToBuffer(this.buffer(buffer), offset, into, at, count)
      at += count
    }
    this.device.queue.submit([encoder.finish()])
    return into
  }

  buffer(number: number): GPUBuffer {
    const buffer = this.#buffers.get(number)
    if (!buffer) throw new Error(`The GPU's buffer ${number} was expected to be there.`)
    return buffer
  }

  /** Frees every buffer. */
  reset(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy()
    this.#buffers.clear()
    this.#groups.clear()
    this.#plans?.destroy()
    this.#plans = null
  }

  #do(command: GpuCommand, open: Open): void {
    const { device } = this
    switch (command.kind) {
      case "make":
        this.#buffers.set(command.buffer, device.createBuffer({ size: command.bytes, usage: bufferUsage.storage | bufferUsage.copyFrom | bufferUsage.copyTo }))
        return
      case "free":
        // What was recorded so far may use it, and is submitted before it goes.
        this.#finish(open)
        this.#buffers.get(command.buffer)?.destroy()
        this.#buffers.delete(command.buffer)
        this.#forget(command.buffer)
        return
      case "write":
        // A write by the queue comes before what is submitted after it, and after what was submitted before.
        this.#finish(open)
        device.queue.writeBuffer(this.buffer(command.buffer), command.offset, command.data)
        return
      case "clear":
        this.#encoder(open).clearBuffer(this.buffer(command.buffer), 0, command.bytes)
        return
      case "copy":
        this.#encoder(open).copyBufferToBuffer(this.buffer(command.from), command.fromOffset, this.buffer(command.to), command.toOffset, command.bytes)
        return
      case "pipeline":
        this.#pipelines.set(command.pipeline, this.#compile(command.label, command.code, command.buffers))
        return
      case "dispatch": {
        const { pipeline, groups } = command
        const pass = this.#pass(open)
        pass.setPipeline(this.#pipelines.get(pipeline)!.pipeline)
        pass.setBindGroup(0, this.#group(command), [command.planAt * 4])
        pass.dispatchWorkgroups(...groups)
      }
    }
  }

  #encoder(open: Open): GPUCommandEncoder {
    open.pass?.end()
    open.pass = null
    return (open.encoder ??= this.device.createCommandEncoder())
  }

  #pass(open: Open): GPUComputePassEncoder {
    if (open.pass) return open.pass
    open.encoder ??= this.device.createCommandEncoder()
    return (open.pass = open.encoder.beginComputePass())
  }

  #finish(open: Open): void {
    if (!open.encoder) return
    open.pass?.end()
    this.device.queue.submit([open.encoder.finish()])
    open.encoder = open.pass = null
  }

  #compile(label: string, code: string, buffers: number): Pipeline {
    const module = this.device.createShaderModule({ label, code })
    const layout = this.device.createPipelineLayout({ bindGroupLayouts: [this.#layout(buffers)] })
    return { label, pipeline: this.device.createComputePipeline({ label, layout, compute: { module, entryPoint: "main" } }) }
  }

  /** The plan, one buffer that is written, and so many that are read. */
  #layout(buffers: number): GPUBindGroupLayout {
    let layout = this.#layouts.get(buffers)
    if (!layout) {
      const others = Array.from({ length: buffers }, (_, i) => ({ binding: i + 1, visibility: compute, buffer: { type: i === 0 ? ("storage" as const) : ("read-only-storage" as const) } }))
      layout = this.device.createBindGroupLayout({ entries: [{ binding: 0, visibility: compute, buffer: { type: "read-only-storage", hasDynamicOffset: true, minBindingSize: planBytes } }, ...others] })
      this.#layouts.set(buffers, layout)
    }
    return layout
  }

  #group({ buffers, pipeline }: Dispatch): GPUBindGroup {
    const key = buffers.join()
    let group = this.#groups.get(key)
    if (!group) {
      if (this.#groups.size >= mostGroups) this.#groups.clear()
      const { label } = this.#pipelines.get(pipeline)!
      const entries = [{ binding: 0, resource: { buffer: this.#plans!, size: planBytes } }, ...buffers.map((number, i) => ({ binding: i + 1, resource: { buffer: this.buffer(number) } }))]
      group = this.device.createBindGroup({ label, layout: this.#layout(buffers.length), entries })
      this.#groups.set(key, group)
    }
    return group
  }

  /** Bind groups of a buffer that is gone. */
  #forget(buffer: number): void {
    const gone = String(buffer)
    for (const key of this.#groups.keys()) if (key.split(",").includes(gone)) this.#groups.delete(key)
  }

  #placePlans(plans: Uint32Array<ArrayBuffer>): void {
    if (!this.#plans || this.#plans.size < plans.byteLength) {
      this.#plans?.destroy()
      this.#groups.clear()
      this.#plans = this.device.createBuffer({ label: "plans", size: Math.max(plans.byteLength, 256 * planBytes), usage: bufferUsage.storage | bufferUsage.copyTo })
    }
    this.device.queue.writeBuffer(this.#plans, 0, plans)
  }
}

/** What was refused: the command's place in its batch, behind the last where it is not known which. */
export interface Refusal {
  readonly said: string
  readonly isFull: boolean
  readonly at: number
}

/** As they are pushed; they come off the other way round. */
const scopes = ["validation", "out-of-memory", "internal"] as const

/** What is being encoded. */
interface Open {
  encoder: GPUCommandEncoder | null
  pass: GPUComputePassEncoder | null
}

/** A new device with the most of what the adapter offers, and what it is called. */
export async function startDevice(adapter: GPUAdapter): Promise<{ readonly device: GPUDevice; readonly found: GpuAdapter }> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
  const { vendor, architecture, description, device: model } = adapter.info
  const { isFallbackAdapter } = adapter.info as { readonly isFallbackAdapter?: boolean }
  const { limits } = device
  const found: GpuAdapter = {
    description: description || model || [vendor, architecture].filter(Boolean).join(" ") || "an unnamed GPU",
    isFallback: isFallbackAdapter ?? false,
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    },
  }
  return { device, found }
}
