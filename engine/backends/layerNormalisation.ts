// Layer normalisation and its gradients: each row by its own mean and deviation. In WebAssembly where rows of float32 are
// long enough, else here in float64.
import type { Dense, Kernel } from "./backend.ts"
import { fitsRows } from "./softmax.ts"
import { passRows, type Rows } from "./wasm/rows.ts"
import { layerBackRows, layerRows, layerShareRows } from "./wasm/rowsCode.ts"

interface Layers {
  /** Elements of a row, over which mean and deviation are taken. */
  readonly width: number
  readonly eps: number
  readonly weighted: boolean
  readonly biased: boolean
}

const count = ({ shape }: Dense): number => shape.reduce((total, size) => total * size, 1)
const repeated = (width: number, value: number): Rows => ({ array: new Float32Array(width).fill(value), offset: 0 })

/** Mean and 1 / √(variance + eps) of the row that begins at `from`. */
function momentsOf({ array }: Dense, from: number, { width, eps }: Layers): readonly [number, number] {
  let total = 0
  for (let i = 0; i < width; i++) total += array[from + i]!
  const mean = total / width
  let squares = 0
  for (let i = 0; i < width; i++) squares += (array[from + i]! - mean) ** 2
  return [mean, 1 / Math.sqrt(squares / width + eps)]
}

/** Each row normalised, times weight plus bias, which are inputs where the options say so. */
export const layerNormalise: Kernel<Layers> = ([source, ...affine], [out], options) => {
  const { width, eps, weighted, biased } = options
  const rows = count(source!) / width
  const weight = weighted ? affine[0]! : null
  const bias = biased ? affine[weighted ? 1 : 0]! : null
  if (fitsRows(rows, width, source!, out!)) return passRows(layerRows, [source!, weight ?? repeated(width, 1), bias ?? repeated(width, 0)], out!, rows, width, [[1 / width], [eps]])
  const [x, y] = [source!.array, out!.array]
  for (let r = 0; r < rows; r++) {
    const from = source!.offset + r * width
    const [mean, spread] = momentsOf(source!, from, options)
    for (let i = 0; i < width; i++) {
      const normal = (x[from + i]! - mean) * spread
      y[out!.offset + r * width + i] = (weight ? normal * weight.array[weight.offset + i]! : normal) + (bias ? bias.array[bias.offset + i]! : 0)
    }
  }
}

/** The gradients of the input, the weight and the bias, from what arrived and the input. */
export const layerNormaliseBack: Kernel<Layers> = ([grad, source, weight], [out, forWeight, forBias], options) => {
  const { width, eps } = options
  const rows = count(source!) / width
  const [shares, sums] = [new Float64Array(width), new Float64Array(width)]
  const [g, x, y] = [grad!.array, source!.array, out!.array]
  if (fitsRows(rows, width, grad!, source!, out!)) {
    const given = [[1 / width], [eps]]
    const each = { array: new Float32Array(rows * width), offset: 0 }
    passRows(layerShareRows, [grad!, source!], each, rows, width, given)
    passRows(layerBackRows, [grad!, source!, weight ?? repeated(width, 1)], out!, rows, width, given)
    for (let r = 0, s = 0, t = grad!.offset; r < rows; r++) {
      for (let i = 0; i < width; i++) {
        shares[i]! += each.array[s++]!
        sums[i]! += g[t++]!
      }
    }
  } else {
    for (let r = 0; r < rows; r++) {
      const [from, at] = [grad!.offset + r * width, source!.offset + r * width]
      const [mean, spread] = momentsOf(source!, at, options)
      let [average, slope] = [0, 0]
      for (let i = 0; i < width; i++) {
        const normal = (x[at + i]! - mean) * spread
        const incoming = weight ? g[from + i]! * weight.array[weight.offset + i]! : g[from + i]!
        shares[i]! += g[from + i]! * normal
        sums[i]! += g[from + i]!
        average += incoming
        slope += incoming * normal
      }
      for (let i = 0; i < width; i++) {
        const incoming = weight ? g[from + i]! * weight.array[weight.offset + i]! : g[from + i]!
        y[out!.offset + r * width + i] = spread * (incoming - average / width - ((x[at + i]! - mean) * spread * slope) / width)
      }
    }
  }
  for (let i = 0; i < width; i++) {
    forWeight!.array[forWeight!.offset + i] = shares[i]!
    forBias!.array[forBias!.offset + i] = sums[i]!
  }
}
