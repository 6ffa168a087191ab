// Elementwise kernels on a GPU: printed, compiled and kept by expression. The arguments are those of every backend's
// `elementwise`; only reading back is asynchronous, so that the caller decides when to wait.
import type { Expr } from "../../ops/expr.ts"
import type { View } from "../backend.ts"
import { collapse } from "../walk.ts"
import { planHead, printWgsl, workgroup, type InputKind } from "./print.ts"

/** A rectangle of float32 elements in a GPU's memory. */
export interface GpuView extends Omit<View, "storage"> {
  readonly storage: { readonly buffer: GPUBuffer }
}

export type GpuOperand = GpuView | number

const mostRows = 65535
const infinityBits = 0x7f800000
const usage = { copyFrom: 4, copyTo: 8, storage: 128, mapRead: 1 }

/** The elementwise kernels of one device. */
export class GpuKernels {
  private readonly pipelines = new WeakMap<Expr, Map<string, GPUComputePipeline>>()

  constructor(private readonly device: GPUDevice) {}

  /** Copies elements into the GPU's memory. */
  upload(view: View): GpuView {
    const values = Float32Array.from(view.storage.array)
    const buffer = this.device.createBuffer({ size: Math.max(values.byteLength, 4), usage: usage.storage | usage.copyFrom | usage.copyTo })
    this.device.queue.writeBuffer(buffer, 0, values)
    return { offset: view.offset, sizes: view.sizes, strides: view.strides, dtype: view.dtype, storage: { buffer } }
  }

  /** All of a view's memory, copied back. */
  async download({ storage: { buffer } }: GpuView): Promise<Float32Array> {
    const copy = this.device.createBuffer({ size: buffer.size, usage: usage.mapRead | usage.copyTo })
    const commands = this.device.createCommandEncoder()
    commands.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size)
    this.device.queue.submit([commands.finish()])
    await copy.mapAsync(usage.mapRead)
    const values = Float32Array.from(new Float32Array(copy.getMappedRange()))
    copy.destroy()
    return values
  }

  /** Fills `out` with `expr` of the operands, each broadcast to the shape of `out`; done when a later read-back is. */
  elementwise(expr: Expr, names: readonly string[], operands: readonly GpuOperand[], out: GpuView): void {
    const views = [out, ...operands.filter((one) => typeof one !== "number")]
    if (views.some((one) => one.dtype.name !== "float32")) throw new Error(`WebGPU kernels compute in float32, found ${views.map((one) => one.dtype.name).join(", ")}.`)
    // The walk asks of a view its sizes and strides alone.
    const walk = collapse(out.sizes, views as unknown as readonly View[])
    if (walk.count === 0) return
    const sizes = [...walk.outer, walk.inner]
    const steps = [...walk.outerSteps, walk.innerSteps]
    const numbers = operands.filter((one) => typeof one === "number")
    const groups = Math.ceil(walk.count / workgroup)
    const columns = Math.min(groups, mostRows)
    const plan = new Uint32Array(planHead + views.length + sizes.length * (views.length + 1) + numbers.length)
    plan.set([walk.count, columns * workgroup, sizes.length, infinityBits, ...views.map((one) => one.offset), ...sizes.flatMap((size, d) => [size, ...steps[d]!])])
    new Float32Array(plan.buffer).set(numbers, plan.length - numbers.length)
    const pipeline = this.pipeline(expr, names, operands.map((one) => (typeof one === "number" ? "number" : "elements")))
    const planned = this.device.createBuffer({ size: plan.byteLength, usage: usage.storage | usage.copyTo })
    this.device.queue.writeBuffer(planned, 0, plan)
    const buffers = [planned, ...views.map((one) => one.storage.buffer)]
    const group = this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })) })
    const commands = this.device.createCommandEncoder()
    const pass = commands.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(columns, Math.ceil(groups / columns))
    pass.end()
    this.device.queue.submit([commands.finish()])
    planned.destroy()
  }

  private pipeline(expr: Expr, names: readonly string[], kinds: readonly InputKind[]): GPUComputePipeline {
    let known = this.pipelines.get(expr)
    if (!known) this.pipelines.set(expr, (known = new Map()))
    const key = kinds.join()
    let pipeline = known.get(key)
    if (!pipeline) {
      const shader = this.device.createShaderModule({ code: printWgsl(expr, names, kinds) })
      known.set(key, (pipeline = this.device.createComputePipeline({ layout: "auto", compute: { module: shader, entryPoint: "main" } })))
    }
    return pipeline
  }
}
