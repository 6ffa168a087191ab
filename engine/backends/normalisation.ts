// Batch normalisation and its gradients: means and deviations first, then one pass over the elements. In
// WebAssembly where rows of float32 lie in a row, else here in float64.
import type { Dense, Kernel } from "./backend.ts"
import { fitsRows } from "./softmax.ts"
import { passRows } from "./wasm/rows.ts"
import { momentsBackRows, normalBackRows, normalRows, squaredRows, sumRows } from "./wasm/rowsCode.ts"

/** Elements lie as [samples, channels, inner]. */
export interface Channels {
  readonly channels: number
  readonly inner: number
}

interface Normal extends Channels {
  readonly eps: number
  readonly weighted: boolean
  readonly biased: boolean
}

const count = ({ shape }: Dense): number => shape.reduce((total, size) => total * size, 1)

/** Means of channels, and variances without correction, from the elements. */
export const channelMoments: Kernel<Channels> = ([source], [mean, variance], { channels, inner }) => {
  const all = count(source!)
  const rows = all / inner
  const each = all / channels
  const [means, squares] = [new Float64Array(channels), new Float64Array(channels)]
  if (fitsRows(rows, inner, source!)) {
    passRows(sumRows, [source!], null, rows, inner, [], [means])
    for (let c = 0; c < channels; c++) means[c]! /= each
    passRows(squaredRows, [source!], null, rows, inner, [means], [squares])
  } else {
    const { array, offset } = source!
    for (let r = 0, s = offset; r < rows; r++) for (let i = 0; i < inner; i++) means[r % channels]! += array[s++]!
    for (let c = 0; c < channels; c++) means[c]! /= each
    for (let r = 0, s = offset; r < rows; r++) for (let i = 0, m = means[r % channels]!; i < inner; i++) squares[r % channels]! += (array[s++]! - m) ** 2
  }
  for (let c = 0; c < channels; c++) {
    mean!.array[mean!.offset + c] = means[c]!
    variance!.array[variance!.offset + c] = squares[c]! / each
  }
}

/** What each channel is multiplied with: weight / √(variance + eps). */
function factors(variance: Dense, weight: Dense | undefined, { channels, eps }: Normal): Float64Array {
  return Float64Array.from({ length: channels }, (_, c) => (weight ? weight.array[weight.offset + c]! : 1) / Math.sqrt(variance.array[variance.offset + c]! + eps))
}

const numbersOf = (one: Dense | undefined, length: number): Float64Array => (one ? Float64Array.from(one.array.subarray(one.offset, one.offset + length) as ArrayLike<number>) : new Float64Array(length))

/** (x − mean) / √(variance + eps) · weight + bias; the weight and the bias are inputs where the options say so. */
export const normalise: Kernel<Normal> = ([source, mean, variance, ...affine], [out], options) => {
  const { channels, inner, weighted, biased } = options
  const rows = count(source!) / inner
  const a = factors(variance!, weighted ? affine[0] : undefined, options)
  const m = numbersOf(mean, channels)
  const b = numbersOf(biased ? affine[weighted ? 1 : 0] : undefined, channels)
  if (fitsRows(rows, inner, source!, out!)) return passRows(normalRows, [source!], out!, rows, inner, [m, a, b])
  const [x, y] = [source!.array, out!.array]
  for (let r = 0, s = source!.offset, d = out!.offset; r < rows; r++) {
    const c = r % channels
    for (let i = 0; i < inner; i++) y[d++] = (x[s++]! - m[c]!) * a[c]! + b[c]!
  }
}

/**
 * The gradients of the input, the weight and the bias from what arrived, the input, and the means and variances, which
 * depend on the input where `training` says so.
 */
export const normaliseBack: Kernel<Normal & { readonly training: boolean }> = ([grad, source, mean, variance, weight], [out, forWeight, forBias], options) => {
  const { channels, inner, eps, training } = options
  const rows = count(source!) / inner
  const each = count(source!) / channels
  const a = factors(variance!, weight, options)
  const m = numbersOf(mean, channels)
  const [sums, products] = [new Float64Array(channels), new Float64Array(channels)]
  const fast = fitsRows(rows, inner, grad!, source!, out!)
  const [g, x, y] = [grad!.array, source!.array, out!.array]
  if (fast) passRows(momentsBackRows, [grad!, source!], null, rows, inner, [m], [sums, products])
  else {
    for (let r = 0, s = grad!.offset, t = source!.offset; r < rows; r++) {
      const c = r % channels
      for (let i = 0; i < inner; i++) {
        sums[c]! += g[s]!
        products[c]! += g[s++]! * (x[t++]! - m[c]!)
      }
    }
  }
  const spread = Float64Array.from(m, (_, c) => 1 / Math.sqrt(variance!.array[variance!.offset + c]! + eps))
  for (let c = 0; c < channels; c++) {
    forWeight!.array[forWeight!.offset + c] = products[c]! * spread[c]!
    forBias!.array[forBias!.offset + c] = sums[c]!
  }
  // spread · weight · (g − mean(g) − x̂ · mean(g · x̂)); without training the means stand still.
  const b = a.map((one, c) => (training ? (-one * spread[c]! * spread[c]! * products[c]!) / each : 0))
  const c0 = a.map((one, c) => (training ? (-one * sums[c]!) / each : 0))
  if (fast) return passRows(normalBackRows, [grad!, source!], out!, rows, inner, [m, a, b, c0])
  for (let r = 0, s = grad!.offset, t = source!.offset, d = out!.offset; r < rows; r++) {
    const c = r % channels
    for (let i = 0; i < inner; i++) y[d++] = g[s++]! * a[c]! + (x[t++]! - m[c]!) * b[c]! + c0[c]!
  }
}
