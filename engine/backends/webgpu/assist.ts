// Large products and convolutions of the CPU's tensors, computed by the GPU unasked: `auto`. The factors are sent, the
// result is brought back, and the tensors stay where they are; so only work that is worth both goes there. Apart from
// the backend of tensors that live on a GPU, which need not travel.
import { HostStorage, cpu, type KernelName, type KernelOptions, type View } from "../backend.ts"
import { cpuBackend } from "../cpu.ts"
import type { Assistant } from "../devices.ts"
import { float32 } from "../dtype.ts"
import { workOf } from "./convolution.ts"
import type { DeviceView, Gpu } from "./gpu.ts"
import { structural } from "./kernels.ts"
import { matmul } from "./matmul.ts"
import type { GpuStorage } from "./memory.ts"

/** Multiplications from which a GPU is asked: a product of 512 × 512 × 512. */
const leastWork = 2 ** 27
/** Multiplications for each element that travels; fewer are done sooner than the elements have arrived. */
const leastPerElement = 128

/** Whether so many multiplications are worth sending so many elements there or back. The same on every machine, so that a snippet computes in the same way each time. */
export function isWorthSending(work: number, elements: number): boolean {
  return work >= leastWork && work >= leastPerElement * elements
}

/** Whoever knows the GPU. */
export interface Lender {
  /** The GPU for large work; null where it is not there, or gains nothing. Asked for only when there is such work. */
  gpu(): Gpu | null
  /** Everything that it can do is worth sending: for tests. */
  readonly isEager: boolean
  /** It has computed one operator. */
  helped(): void
  /** It failed at one; false where that is no affair of the GPU's. */
  failed(error: unknown): boolean
}

export function assistant(lender: Lender): Assistant {
  const isWorth = (work: number, views: readonly View[]): boolean => work > 0 && (lender.isEager || isWorthSending(work, views.reduce((sum, { storage }) => sum + storage.length, 0)))

  function tried(inputs: readonly View[], out: View, record: (gpu: Gpu, inputs: readonly View[], out: DeviceView) => boolean): boolean {
    if (![...inputs, out].every(isPlain) || !isWhole(out)) return false
    const gpu = lender.gpu()
    if (!gpu) return false
    try {
      if (!computed(gpu, inputs, out, record)) return false
      lender.helped()
      return true
    } catch (error) {
      if (!lender.failed(error)) throw error
      return false
    }
  }

  return {
    matmul: (a, b, out) => isWorth(productWork(a, out), [a, b, out]) && tried([a, b], out, (gpu, [left, right], to) => matmul(gpu, left!, right!, to)),
    kernel(name, inputs, outputs, options) {
      if (!isConvolution(name, options)) return false
      return isWorth(workOf(options), [...inputs, ...outputs]) && tried(inputs, outputs[0]!, (gpu, sent, to) => structural(gpu, name, sent, [to], options))
    },
  }
}

/** A product of both kinds of processor at the size from which the GPU is asked: milliseconds, the better of two. */
export function compare(gpu: Gpu, now: () => number): { readonly gpu: number; readonly cpu: number } {
  const side = Math.cbrt(leastWork)
  const matrix = (): View => ({ storage: new HostStorage(new Float32Array(side * side).fill(0.5)), offset: 0, sizes: [side, side], strides: [side, 1], dtype: float32 })
  const [a, b, out] = [matrix(), matrix(), matrix()]
  const timed = (body: () => void): number => {
    // The first time compiles.
    body()
    const times = [0, 1].map(() => {
      const began = now()
      body()
      return now() - began
    })
    return Math.min(...times)
  }
  return {
    gpu: timed(() => void computed(gpu, [a, b], out, (there, [left, right], to) => matmul(there, left!, right!, to))),
    cpu: timed(() => cpuBackend.matmul(a, b, out)),
  }
}

function computed(gpu: Gpu, inputs: readonly View[], out: View, record: (gpu: Gpu, inputs: readonly View[], out: DeviceView) => boolean): boolean {
  const lent: GpuStorage[] = []
  const there = (view: View): DeviceView => {
    const storage = gpu.memory.lend(view.storage as HostStorage) // Asked by `isPlain` before.
    lent.push(storage)
    return { storage, offset: view.offset, sizes: view.sizes, strides: view.strides, dtype: view.dtype }
  }
  try {
    const result = gpu.memory.make(out.storage.length, out.dtype, cpu)
    lent.push(result)
    if (!record(gpu, inputs.map(there), { offset: 0, sizes: out.sizes, strides: out.strides, dtype: out.dtype, storage: result })) return false
    out.storage.array.set(result.seen)
    return true
  } finally {
    for (const { contents } of lent) gpu.memory.free(contents)
  }
}

const isPlain = ({ storage, dtype }: View): boolean => storage instanceof HostStorage && dtype.name === "float32" && storage.array instanceof Float32Array

/** Whether a view is all of its memory, row by row: what comes back is put there at once. */
function isWhole({ storage, offset, sizes, strides }: View): boolean {
  let step = 1
  for (let d = sizes.length - 1; d >= 0; d--) {
    if (sizes[d] !== 1 && strides[d] !== step) return false
    step *= sizes[d]!
  }
  return offset === 0 && step === storage.length
}

const productWork = (a: View, out: View): number => out.sizes.reduce((count, size) => count * size, a.sizes[a.sizes.length - 1] ?? 0)

const convolutions: readonly KernelName[] = ["convolve", "imageGradient", "filterGradient"]

function isConvolution(name: KernelName, _options: unknown): _options is KernelOptions<"convolve"> {
  return convolutions.includes(name)
}
