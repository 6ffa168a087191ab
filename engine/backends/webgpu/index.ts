// The backend of tensors that may lie on a GPU: each call goes to a kernel of the GPU where there is one and the work
// is worth it, else to the processor's kernels, on the elements as they are in this process's memory.
import type { Operand, View } from "../backend.ts"
import { HostStorage } from "../backend.ts"
import { cpuBackend } from "../cpu.ts"
import type { Offloading } from "../devices.ts"
import { input } from "../../ops/expr.ts"
import { coversAll, mayBeOnDevice, type Gpu } from "./gpu.ts"
import { elementwise } from "./elementwise.ts"
import { structural } from "./kernels.ts"
import { matmul } from "./matmul.ts"
import { fitsDevice } from "./memory.ts"
import { reduce } from "./reduce.ts"

const same = input("x")

/** The backend of one GPU. */
export function offloading(gpu: Gpu): Offloading {
  /** A view of the same elements in this process's memory, to be read. */
  const read = <One extends Operand>(one: One): One | View => (typeof one === "number" || !mayBeOnDevice(one) ? one : placed(one, gpu.memory.onHost(one.storage.contents)))
  /** The same, to be written; `isWhole` where every element of it will be. */
  const written = (view: View, isWhole: boolean): View => {
    if (!mayBeOnDevice(view)) return view
    const { contents } = view.storage
    return placed(view, isWhole && coversAll(view, countOf(view)) ? gpu.memory.fillOnHost(contents) : gpu.memory.changeOnHost(contents))
  }
  return {
    name: "webgpu",
    memory(count, dtype, device) {
      if (device.type === "cpu") return null
      return fitsDevice(dtype) && gpu.holds(count) ? gpu.memory.make(count, dtype, device) : new HostStorage(new dtype.array(count), device)
    },
    allocate: (count, dtype) => cpuBackend.allocate(count, dtype),
    elementwise(expr, names, operands, out) {
      if (elementwise(gpu, expr, names, operands, out)) return
      const inputs = operands.map(read)
      cpuBackend.elementwise(expr, names, inputs, written(out, true))
    },
    copy(source, out) {
      if (elementwise(gpu, same, ["x"], [source], out)) return
      const from = read(source)
      cpuBackend.copy(from, written(out, true))
    },
    reduce(spec, source, out, dims) {
      if (reduce(gpu, spec, source, out, dims)) return
      const from = read(source)
      cpuBackend.reduce(spec, from, written(out, true), dims)
    },
    matmul(a, b, out) {
      if (matmul(gpu, a, b, out)) return
      const factors = [read(a), read(b)] as const
      cpuBackend.matmul(...factors, written(out, true))
    },
    kernel(name, inputs, outputs, options) {
      if (structural(gpu, name, inputs, outputs, options)) return
      const from = inputs.map(read)
      // Some kernels add to what is there.
      cpuBackend.kernel(name, from, outputs.map((one) => written(one, false)), options)
    },
  }
}

const placed = ({ offset, sizes, strides, dtype }: View, storage: HostStorage): View => ({ storage, offset, sizes, strides, dtype })

const countOf = ({ sizes }: View): number => sizes.reduce((count, size) => count * size, 1)
