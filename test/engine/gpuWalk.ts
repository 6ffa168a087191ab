// Walks the operators' table in a thread of its own, which may wait for the GPU: every sample of every entry, forward and
// with its gradients, on the CPU and on the GPU, and what of it the GPU's run computed on the CPU. Started by
// gpuTable.test.ts, which judges; not part of any product.
import { parentPort, workerData } from "node:worker_threads"
import { functions } from "../../engine/autograd/functions.ts"
import { kit } from "../../engine/autograd/kit.ts"
import type { Operand } from "../../engine/backends/backend.ts"
import { onDevice, placing } from "../../engine/backends/devices.ts"
import { beginRun, gpuSeat, openGpu, type GpuChoice } from "../../engine/backends/webgpu/device.ts"
import { GpuMemory, isExact, type Contents } from "../../engine/backends/webgpu/memory.ts"
import type { GpuThreadData } from "../../engine/host/gpuMessages.ts"
import { gpuThreadDoor } from "../../engine/host/gpuThreadDoor.ts"
import { makeSharedRun, SharedRun } from "../../engine/host/sharedRun.ts"
import { titleOf } from "../../engine/ops/expr.ts"
import { resetState, torch, type Tensor } from "../../engine/torch.ts"
import { allOperators, argumentsOf, hasGradient, mapTensors, outputsOf, sampleText, tensorsIn, weights, type Arguments, type Operator } from "./tableCalls.ts"

/** What one sample gave on both devices. */
export interface Walked {
  readonly operator: string
  readonly sample: string
  /** One list for each output, then one for each input's gradient. */
  readonly cpu: readonly Numbers[] | string
  readonly gpu: readonly Numbers[] | string
  readonly dispatches: number
  /** Kernels that ran on the CPU though their float32 elements may lie on the GPU; `reads elements` where none asked, `other types` where an element type is not for the GPU. */
  readonly here: readonly string[]
}

export interface Numbers {
  readonly what: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const grad = (torch["autograd"] as { grad: (outputs: Tensor, inputs: Tensor[], options: object) => (Tensor | null)[] }).grad

/** Kernels of the CPU that touched float32 elements since the last look. */
let touched = new Set<string>()
const noKernel = "reads elements"
let kernel = noKernel
let isWatching = false

for (const name of ["onHost", "changeOnHost", "fillOnHost"] as const) {
  const original = GpuMemory.prototype[name]
  GpuMemory.prototype[name] = function (this: GpuMemory, contents: Contents) {
    // New elements that the CPU draws or lists are sent by rule; what is there already was to stay there.
    const isNew = kernel === noKernel && !contents.deviceGood && !contents.hostGood
    if (isWatching && contents.dtype.name === "float32" && !isNew) touched.add(kernel)
    return original.call(this, contents)
  }
}

/** A kernel's name, or that of the rule by which types that float32 does not hold are the CPU's. */
function typed(name: string, operands: readonly Operand[]): string {
  return operands.some((one) => typeof one !== "number" && !isExact(one.dtype)) ? "other types" : name
}

/** Names the kernel that is asked for while it runs. */
function watchKernels(): void {
  const offload = placing.offload!
  const named = <A extends unknown[]>(nameOf: (...args: A) => string, original: (...args: A) => void) => (...args: A): void => {
    const before = kernel
    kernel = nameOf(...args)
    try {
      original(...args)
    } finally {
      kernel = before
    }
  }
  placing.offload = {
    ...offload,
    elementwise: named((expr, _names, operands, out) => typed(titleOf(expr), [...operands, out]), offload.elementwise),
    copy: named((source, out) => typed("copy", [source, out]), offload.copy),
    reduce: named((_spec, source, out, _dims) => typed("reduce", [source, out]), offload.reduce),
    matmul: named((a, b, out) => typed("matmul", [a, b, out]), offload.matmul),
    kernel: named((name) => name, offload.kernel as (...args: Parameters<typeof offload.kernel>) => void) as typeof offload.kernel,
  }
}

function watched<R>(body: () => R): R {
  isWatching = true
  try {
    return body()
  } finally {
    isWatching = false
  }
}

function begin(choice: GpuChoice): void {
  beginRun(choice, false)
  resetState()
}

const numbersOf = (what: string, tensor: Tensor | null): Numbers => (tensor === null ? { what, dtype: "none", shape: [], values: [] } : { what, dtype: tensor.dtype.name, shape: tensor.sizes, values: kit.numbers(tensor) })

/** Outputs and gradients of a sample, as numbers at the end. */
function results(operator: Operator, args: Arguments): Numbers[] {
  const isInput = (tensor: Tensor): boolean => tensor.dtype.category === "float"
  const inputs = hasGradient(operator.entry) ? tensorsIn(args).filter(isInput) : []
  for (const one of inputs) one.requires_grad_()
  // What changes its input in place wants one that is no leaf.
  const given = operator.name.endsWith("_") ? mapTensors(args, (tensor) => (isInput(tensor) ? functions.mul(tensor, 1) : tensor)) : args
  const outputs = watched(() => outputsOf(operator, given))
  const terms = outputs.filter((one) => isInput(one) && one.requires_grad).map((one, i) => functions.sum(functions.mul(one, onDevice(one.storage.device, () => kit.fromNumbers(weights(one.numel(), i + 1), one.sizes, one.dtype)))))
  const total = terms.length > 0 ? terms.reduce((a, b) => functions.add(a, b)) : null
  const gradients = total === null ? [] : watched(() => grad(total, inputs, { allow_unused: true }))
  return [...outputs.map((one, i) => numbersOf(`output ${i}`, one)), ...gradients.map((one, i) => numbersOf(`gradient ${i}`, one))]
}

/** A sample's arguments in float32, where the run puts them. */
function argumentsIn32(operator: Operator, sample: Operator["entry"]["samples"][number], place: (tensor: Tensor) => Tensor): Arguments {
  return mapTensors(argumentsOf(operator.entry, sample), (tensor) => place(tensor.dtype.name === "float64" ? kit.moved(tensor, kit.dtype.float32) : kit.copied(tensor)))
}

function attempt(body: () => Numbers[]): Numbers[] | string {
  try {
    return body()
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

function walk(): Walked[] {
  const walked: Walked[] = []
  for (const operator of allOperators()) {
    for (const sample of operator.entry.samples) {
      begin("cpu")
      const cpu = attempt(() => results(operator, argumentsIn32(operator, sample, (tensor) => tensor)))
      begin("webgpu")
      const gpu = openGpu()
      if (!gpu) throw new Error("The GPU was expected to open.")
      if (placing.offload && !known.has(placing.offload)) {
        watchKernels()
        known.add(placing.offload)
      }
      const args = argumentsIn32(operator, sample, (tensor) => tensor)
      const before = gpu.commands.dispatches
      touched = new Set()
      const there = attempt(() => results(operator, args))
      walked.push({ operator: operator.title, sample: sampleText(sample), cpu, gpu: there, dispatches: gpu.commands.dispatches - before, here: [...touched].sort() })
    }
  }
  return walked
}

const known = new WeakSet<object>()
gpuSeat.door = gpuThreadDoor((workerData as { readonly gpu: GpuThreadData }).gpu, new SharedRun(makeSharedRun()))
gpuSeat.everything = true
parentPort!.postMessage(walk())
