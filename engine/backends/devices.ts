// Where new tensors are made, and which backend computes: the processor's for memory of this process, the GPU's for what
// may lie there. Apart from both, so that neither knows the other; a run on the processor alone pays one question a call.
import { cpu, type Backend, type Device, type KernelName, type KernelOptions, type Storage, type View } from "./backend.ts"
import { cpuBackend } from "./cpu.ts"
import type { DType } from "./dtype.ts"

/** The other backend, put in by whoever brings one (webgpu/index.ts); and who makes its memory. */
export interface Offloading extends Backend {
  /** Memory for a tensor labelled with `device`; null where this one is better kept in this process. */
  memory(count: number, dtype: DType, device: Device): Storage | null
}

/** Who takes large single operators of the CPU's tensors off it, unasked. Each answers false where that is better done here. */
export interface Assistant {
  matmul(a: View, b: View, out: View): boolean
  kernel<K extends KernelName>(name: K, inputs: readonly View[], outputs: readonly View[], options: KernelOptions<K>): boolean
}

/** `device` is where new tensors are made: the default one, or the inputs' while an operator runs. */
export const placing: { device: Device; base: Device; shown: string; several: boolean; offload: Offloading | null; assistant: Assistant | null } = {
  device: cpu,
  /** What `device` goes back to: `set_default_device`. */
  base: cpu,
  /** The kind of device that needs no mention where tensors are printed. */
  shown: "cpu",
  /** False while every tensor of the run lies on the CPU: then nobody asks where. */
  several: false,
  offload: null,
  /** Present where a run leaves the choice to the engine. */
  assistant: null,
}

/** Runs `body` with new tensors made on `device`. */
export function onDevice<R>(device: Device, body: () => R): R {
  const before = placing.device
  placing.device = device
  try {
    return body()
  } finally {
    placing.device = before
  }
}

function offloaded(): Offloading {
  if (!placing.offload) throw new Error("Tensors of several devices were expected to have a backend for the other one.")
  return placing.offload
}

export const backend: Backend = {
  name: "any",
  allocate(count, dtype, device = placing.device) {
    if (placing.several) {
      const storage = offloaded().memory(count, dtype, device)
      if (storage) return storage
    }
    return cpuBackend.allocate(count, dtype)
  },
  elementwise(expr, names, operands, out) {
    if (placing.several) offloaded().elementwise(expr, names, operands, out)
    else cpuBackend.elementwise(expr, names, operands, out)
  },
  copy(source, out) {
    if (placing.several) offloaded().copy(source, out)
    else cpuBackend.copy(source, out)
  },
  reduce(spec, source, out, dims) {
    if (placing.several) offloaded().reduce(spec, source, out, dims)
    else cpuBackend.reduce(spec, source, out, dims)
  },
  matmul(a, b, out) {
    if (placing.several) offloaded().matmul(a, b, out)
    else if (!placing.assistant?.matmul(a, b, out)) cpuBackend.matmul(a, b, out)
  },
  kernel(name, inputs, outputs, options) {
    if (placing.several) offloaded().kernel(name, inputs, outputs, options)
    else if (!placing.assistant?.kernel(name, inputs, outputs, options)) cpuBackend.kernel(name, inputs, outputs, options)
  },
}
