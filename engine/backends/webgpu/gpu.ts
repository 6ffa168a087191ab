// The GPU as the kernels see it: memory, commands, and when to use it. One for a thread; apart from the kernels so that
// each family of them is a file of its own.
import type { Operand, View } from "../backend.ts"
import { GpuCommands, type Plan, type Shader } from "./commands.ts"
import type { GpuAdapter, GpuDoor } from "./gpuDoor.ts"
import { areExact, GpuMemory, GpuStorage, isExact, type Contents } from "./memory.ts"

/** The bits of infinity, which WGSL does not let one write. */
export const infinityBits = 0x7f800000

/** A view of memory that may lie on the device. */
export type DeviceView = View & { readonly storage: GpuStorage }

/** Work, in elements read or written and in multiplications, from which a dispatch costs less than it gains. */
export interface Thresholds {
  readonly elements: number
  readonly products: number
}

/** On the processor below these, where all inputs are in this process's memory anyway. */
export const usualThresholds: Thresholds = { elements: 1 << 15, products: 1 << 21 }
/** Every kernel on the GPU, however small: what tests compare. */
export const noThresholds: Thresholds = { elements: 0, products: 0 }

export class Gpu {
  readonly commands: GpuCommands
  readonly memory: GpuMemory
  thresholds: Thresholds = usualThresholds

  constructor(
    readonly door: GpuDoor,
    readonly adapter: GpuAdapter,
    site?: () => number,
  ) {
    this.commands = new GpuCommands(door, site)
    this.memory = new GpuMemory(this.commands)
  }

  /** Whether this much work is done on the device: it is large, or an input lies only there. */
  takes(work: number, least: number, inputs: readonly Operand[]): boolean {
    if (work >= least) return true
    for (const one of inputs) {
      if (typeof one === "number" || !(one.storage instanceof GpuStorage)) continue
      const { contents } = one.storage
      if (contents.deviceGood && !contents.hostGood) return true
    }
    return false
  }

  /** Records one dispatch. `fill` writes its numbers; the buffers are ready then, the one that is written first. */
  dispatch(shader: Shader, buffers: readonly number[], groups: readonly [number, number, number], fill: (plan: Plan) => void): void {
    const plan = this.commands.plan()
    plan.words[plan.at + 3] = infinityBits
    fill(plan)
    this.commands.dispatch(shader, plan, buffers, groups)
    this.memory.settle()
  }

  /** Workgroups for so many items in rows, so that no row is longer than the device allows; and items in a row. */
  grid(items: number, perGroup: number): { readonly groups: readonly [number, number, number]; readonly row: number } {
    const groups = Math.ceil(items / perGroup)
    const columns = Math.min(groups, this.adapter.limits.maxComputeWorkgroupsPerDimension)
    return { groups: [columns, Math.ceil(groups / columns), 1], row: columns * perGroup }
  }

  /** Whether contents fit into one binding of the device. */
  holds(count: number): boolean {
    return count * 4 <= this.adapter.limits.maxStorageBufferBindingSize
  }
}

/** True for memory whose every element a kernel may compute with. */
export function isOnDevice(view: View): view is DeviceView {
  return view.storage instanceof GpuStorage && isExact(view.dtype)
}

/** True for places and classes that a kernel may read: small whole numbers. */
export function holdsPlaces(view: View): view is DeviceView {
  return view.storage instanceof GpuStorage && areExact(view.storage.contents)
}

/** True for any memory that may lie there. */
export function mayBeOnDevice(view: View): view is DeviceView {
  return view.storage instanceof GpuStorage
}

/** Whether a view is all of its storage, row by row: then writing it fills the contents whole. */
export function coversAll(view: DeviceView, count: number): boolean {
  if (view.offset !== 0 || view.storage.contents.count !== count) return false
  let step = 1
  for (let d = view.sizes.length - 1; d >= 0; d--) {
    if (view.sizes[d] !== 1 && view.strides[d] !== step) return false
    step *= view.sizes[d]!
  }
  return true
}

/** The buffer that a kernel fills with a view's elements. */
export function target(gpu: Gpu, view: DeviceView, count: number): number {
  const { contents } = view.storage
  return coversAll(view, count) ? gpu.memory.fillOnDevice(contents) : gpu.memory.changeOnDevice(contents)
}

export type { Contents }
