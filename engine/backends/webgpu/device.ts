// Which GPU serves this thread, if any, and why not: opened when it is asked for first. The host says before each run
// what the learner chose; apart from the kernels, which only know the GPU that they are given.
import { Device, cpu } from "../backend.ts"
import { placing } from "../devices.ts"
import { assistant, compare, type Lender } from "./assist.ts"
import { Gpu, noThresholds, usualThresholds } from "./gpu.ts"
import type { GpuHelp } from "../../protocol/api.ts"
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
  /** Operators of the CPU's tensors that the GPU computed in this run. */
  helped: number
  /** Why it is not asked for those, once it was measured. */
  gainsNothing: string | null
  measured: boolean
}

const state: State = { choice: "auto", gpu: null, reason: null, hasFailed: false, helped: 0, gainsNothing: null, measured: false }
// Captured now: the host closes the realm of the engine before the first run.
const { performance } = globalThis

/** What `auto` asks: a GPU with a driver of its own that was seen to be faster here. */
const lender: Lender = {
  get isEager() {
    return gpuSeat.everything
  },
  gpu() {
    const gpu = foundGpu()
    if (!gpu) return null
    if (!state.measured && !gpuSeat.everything) measure(gpu)
    if (state.gainsNothing === null) return gpu
    state.reason = state.gainsNothing
    return null
  },
  helped: () => void state.helped++,
  failed() {
    // Nothing lies there alone, so nothing is lost with it.
    const isOurs = state.hasFailed
    state.hasFailed = false
    if (isOurs) state.reason = state.gainsNothing = "The GPU failed and is not asked again."
    state.measured ||= isOurs
    return isOurs
  },
}

const usualAssistant = assistant(lender)

/** Once in this thread: products of both, with the way there and back. */
function measure(gpu: Gpu): void {
  state.measured = true
  try {
    const took = compare(gpu, () => performance.now())
    const [there, here] = [took.gpu, took.cpu].map((ms) => ms.toFixed(1))
    if (took.gpu > took.cpu * leastGain) state.gainsNothing = `The GPU (${gpu.adapter.description}) takes ${there} ms for a product of 512×512 matrices with the way there and back, the CPU ${here} ms.`
  } catch (error) {
    if (!lender.failed(error)) throw error
  }
}

/** The part of the CPU's time that the GPU may take to be asked. */
const leastGain = 0.8

/** A run begins: what the learner chose. Buffers of the run before are freed unless it is still asked about. */
export function beginRun(choice: GpuChoice, keepsLast: boolean): void {
  state.choice = choice
  state.helped = 0
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
  placing.assistant = state.choice === "auto" && gpuSeat.door ? usualAssistant : null
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

/** The same at the end of a run, where waiting may take turns of the event loop. */
export async function settleGpu(): Promise<void> {
  synchronize()
  if (state.gpu && placing.several) await state.gpu.door.settle?.()
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
export function deviceOfRun(): { readonly device: string; readonly deviceReason?: string; readonly gpuHelp?: GpuHelp } {
  if (state.hasFailed) return { device: cpu.type, deviceReason: "The GPU failed in the last run." }
  if (state.gpu && placing.several) return { device: webgpu.type }
  const gpuHelp = state.helped === 0 ? null : { adapter: state.gpu?.adapter.description ?? "", operators: state.helped }
  return { device: cpu.type, ...(state.reason === null ? {} : { deviceReason: state.reason }), ...(gpuHelp === null ? {} : { gpuHelp }) }
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
