// softmax and log_softmax along a dimension, and their gradients: one kernel each, so that shares, maxima and sums are never
// laid out. In WebAssembly where rows of float32 lie in a row, else here in float64.
import type { Dense, Kernel } from "./backend.ts"
import { choice } from "./choice.ts"
import { terms } from "./wasm/crew.ts"
import { passRows } from "./wasm/rows.ts"
import { logSoftmaxBackRows, logSoftmaxRows, softmaxBackRows, softmaxRows } from "./wasm/rowsCode.ts"

export interface Shares {
  readonly dim: number
  /** Logarithms of the shares. */
  readonly log: boolean
}

interface Rows {
  readonly outer: number
  readonly size: number
  readonly inner: number
}

function rowsOf({ shape }: Dense, dim: number): Rows {
  let [outer, inner] = [1, 1]
  for (let d = 0; d < dim; d++) outer *= shape[d]!
  for (let d = dim + 1; d < shape.length; d++) inner *= shape[d]!
  return { outer, size: shape[dim]!, inner }
}

/** Elements of a row above which it would take too much of the memory that kernels share. */
const longest = 1 << 20

/** Whether rows are long and many enough to be brought to WebAssembly. */
export const fitsRows = (rows: number, width: number, ...all: readonly Dense[]): boolean =>
  choice.wasm && width <= longest && ((width >= 8 && rows * width >= 1 << 10) || (terms.everything && rows * width > 0)) && all.every((one) => one.dtype.name === "float32" && one.array instanceof Float32Array)

export const softmax: Kernel<Shares> = ([source], [out], { dim, log }) => {
  const { outer, size, inner } = rowsOf(source!, dim)
  if (inner === 1 && fitsRows(outer, size, source!, out!)) return passRows(log ? logSoftmaxRows : softmaxRows, [source!], out!, outer, size)
  const x = source!.array
  const y = out!.array
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = source!.offset + o * size * inner + i
      const to = out!.offset + o * size * inner + i
      let top = -Infinity
      for (let k = 0, s = from; k < size; k++, s += inner) top = Math.max(top, x[s]!)
      let total = 0
      for (let k = 0, s = from; k < size; k++, s += inner) total += Math.exp(x[s]! - top)
      const all = Math.log(total)
      for (let k = 0, s = from, d = to; k < size; k++, s += inner, d += inner) y[d] = log ? x[s]! - top - all : Math.exp(x[s]! - top) / total
    }
  }
}

/** The gradient of the input, from what arrived and the result. */
export const softmaxBack: Kernel<Shares> = ([grad, result], [out], { dim, log }) => {
  const { outer, size, inner } = rowsOf(grad!, dim)
  if (inner === 1 && fitsRows(outer, size, grad!, result!, out!)) return passRows(log ? logSoftmaxBackRows : softmaxBackRows, [grad!, result!], out!, outer, size)
  const [g, y, d] = [grad!.array, result!.array, out!.array]
  const [shift, to] = [result!.offset - grad!.offset, out!.offset - grad!.offset]
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = grad!.offset + o * size * inner + i
      let total = 0
      for (let k = 0, s = from; k < size; k++, s += inner) total += log ? g[s]! : g[s]! * y[s + shift]!
      for (let k = 0, s = from; k < size; k++, s += inner) d[s + to] = log ? g[s]! - Math.exp(y[s + shift]!) * total : y[s + shift]! * (g[s]! - total)
    }
  }
}
