// Which GPU serves this thread, if any, and why not: opened when it is asked for first. The host says before each run
// what the learner chose; apart from the kernels, which only know the GPU that they are given.
import { Device, cpu } from "../backend.ts"
import { placing } from "../devices.ts"
import { Gpu, noThresholds, usualThresholds } from "./gpu.ts"
import type { GpuAdapter, GpuDoor } from "./gpuDoor.ts"
import { offloading } from "./index.ts"

/** Where a tensor on the GPU says that it is. */
export const webgpu = new Device("webgpu", 0)

/** As the setting has them. */
export type GpuChoice = "auto" | "cpu" | "webgpu"

/** What the host brings: the door, null where there is none; whether every kernel is to run on the GPU, for tests; and where in the snippet the engine is. */
export const gpuSeat: { door: GpuDoor | null; everything: boolean; site: () => number } = { door: null, everything: false, site: () => 0 }

interface State {
  choice: GpuChoice
  gpu: Gpu | null
  /** Why there is no GPU, once that was found out. */
  reason: string | null
  /** Something of the last run is lost with a device. */
  hasFailed: boolean
}

const state: State = { choice: "auto", gpu: null, reason: null, hasFailed: false }

/** A run begins: what the learner chose. Buffers of the run before are freed unless it is still asked about. */
export function beginRun(choice: GpuChoice, keepsLast: boolean): void {
  state.choice = choice
  state.reason = null
  // Lost since the last run: this one starts another.
  if (state.gpu?.door.isAlive() === false) loseGpu()
  if (!keepsLast) state.hasFailed = false
  if (state.gpu && !keepsLast) {
    state.gpu.commands.discard()
    state.gpu.memory.forget()
    state.gpu.door.reset()
  }
}

/** New tensors are made where the run's choice says; called when a run's state is put back to its start. */
export function resetDevices(): void {
  placing.base = placing.device = cpu
  placing.several = false
  if (state.choice === "webgpu" && openGpu()) placing.base = placing.device = webgpu
  placing.shown = placing.base.type
}

/** The GPU, or null: then `whyNoGpu` tells why. From now on tensors may lie there. */
export function openGpu(): Gpu | null {
  const gpu = foundGpu()
  if (gpu) {
    placing.offload ??= offloading(gpu)
    placing.several = true
  }
  return gpu
}

/** The GPU's name and kind, without using it. */
export function adapterFound(): GpuAdapter | null {
  return foundGpu()?.adapter ?? null
}

/** Why `openGpu` gives none. */
export function whyNoGpu(): string {
  return state.reason ?? "It was not asked for."
}

/** Waits until everything that was recorded is done. */
export function synchronize(): void {
  if (state.gpu && placing.several) state.gpu.commands.read([])
}

/** The device was lost, or refused something: nothing on it is used again, and it is asked for anew when a run wants it. What goes on until then goes on here. */
export function loseGpu(): void {
  state.hasFailed = true
  state.gpu?.commands.abandon()
  state.gpu?.door.reset()
  state.gpu = null
  placing.offload = null
  placing.base = placing.device = cpu
  placing.several = false
}

/** Whether the run's values cannot all be looked at, because a GPU failed. */
export function gpuHasFailed(): boolean {
  return state.hasFailed
}

/** Where the run's tensors were, and why not on the GPU. */
export function deviceOfRun(): { readonly device: string; readonly deviceReason?: string } {
  if (state.hasFailed) return { device: cpu.type, deviceReason: "The GPU failed in the last run." }
  if (state.gpu && placing.several) return { device: webgpu.type }
  return { device: cpu.type, ...(state.reason === null ? {} : { deviceReason: state.reason }) }
}

function foundGpu(): Gpu | null {
  if (state.choice === "cpu") return because("The setting autograd.device is cpu.")
  if (state.gpu) return state.gpu
  if (state.reason !== null) return null
  if (!gpuSeat.door) return because("The engine was started without a way to a GPU.")
  const found = gpuSeat.door.open()
  if ("reason" in found) return because(found.reason)
  if (found.adapter.isFallback && state.choice === "auto") return because(`There is only a software driver (${found.adapter.description}); the setting autograd.device: webgpu uses it all the same.`)
  const gpu = new Gpu(gpuSeat.door, found.adapter, gpuSeat.site)
  // A software driver's memory is the process's own.
  gpu.memory.budget = found.adapter.isFallback ? 1 << 28 : 1 << 30
  gpu.thresholds = gpuSeat.everything ? noThresholds : usualThresholds
  return (state.gpu = gpu)
}

function because(reason: string): null {
  state.reason = reason
  return null
}
