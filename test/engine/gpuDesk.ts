// The GPU's kernels in this very process, without a thread that waits: what is asked for is read when the test awaits it.
import { cpu, type Operand, type View } from "../../engine/backends/backend.ts"
import { elementwise } from "../../engine/backends/webgpu/elementwise.ts"
import { bufferUsage, GpuExecutor } from "../../engine/backends/webgpu/executor.ts"
import { Gpu, noThresholds, type DeviceView } from "../../engine/backends/webgpu/gpu.ts"
import type { Expr } from "../../engine/ops/expr.ts"

export class GpuDesk {
  readonly #executor: GpuExecutor
  readonly gpu: Gpu

  constructor(device: GPUDevice) {
    this.#executor = new GpuExecutor(device)
    const door = {
      open: () => ({ reason: "A desk is open." }),
      submit: (batch: Parameters<GpuExecutor["run"]>[0]) => void this.#executor.run(batch),
      read(): ArrayBuffer {
        throw new Error("A kernel was expected to leave its result on the device.")
      },
      reset: () => this.#executor.reset(),
      isAlive: () => true,
    }
    this.gpu = new Gpu(door, { description: "a desk", isFallback: true, limits: device.limits })
    this.gpu.thresholds = noThresholds
  }

  /** The same elements as memory of the device. */
  upload(view: View): DeviceView {
    const { array } = view.storage
    const storage = this.gpu.memory.make(array.length, view.dtype, cpu)
    this.gpu.memory.fillOnHost(storage.contents).array.set(array)
    return { offset: view.offset, sizes: view.sizes, strides: view.strides, dtype: view.dtype, storage }
  }

  elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: DeviceView): void {
    if (!elementwise(this.gpu, expr, names, operands, out)) throw new Error("The formula was expected to run on the GPU.")
  }

  /** Every element of a view's memory, computed there. */
  async download({ storage: { contents } }: DeviceView): Promise<number[]> {
    this.gpu.commands.flush()
    const copy = this.#executor.gather([{ buffer: contents.buffer, offset: 0, bytes: contents.count * 4 }], bufferUsage.mapRead)
    await copy.mapAsync(bufferUsage.mapRead)
    const values = Array.from(new Float32Array(copy.getMappedRange()))
    copy.destroy()
    await this.#executor.checked
    const trouble = this.#executor.takeTrouble()
    if (trouble !== null) throw new Error(`${trouble.operator}: ${trouble.said}`)
    return values
  }
}
