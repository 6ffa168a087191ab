// Resampling: every element of the result is a weighted sum of a few elements of the input, axis by axis. Padding by
// reflection, nearest, linear and cubic interpolation are this one loop with other weights, and their gradients its transpose.
import type { Kernel } from "../backend.ts"

/** Along one axis: for each place of the result `taps` places of the input and their weights. */
export interface TapAxis {
  readonly input: number
  readonly output: number
  readonly taps: number
  readonly at: Int32Array
  readonly weight: Float64Array
}

export type TapAxes = readonly [TapAxis, TapAxis, TapAxis]

/** `out[plane, o] = Σ weight · source[plane, at]` over the taps of the three axes. */
export const resample: Kernel<{ readonly axes: TapAxes }> = ([source], [out], { axes: [a, b, c] }) => {
  const { array: x } = source!
  const plane = a.input * b.input * c.input
  let to = out!.offset
  for (let p = 0; p < source!.shape[0]!; p++) {
    const base = source!.offset + p * plane
    for (let i = 0; i < a.output; i++) {
      for (let j = 0; j < b.output; j++) {
        for (let k = 0; k < c.output; k++) {
          let total = 0
          for (let u = i * a.taps; u < (i + 1) * a.taps; u++) {
            for (let v = j * b.taps; v < (j + 1) * b.taps; v++) {
              const line = base + (a.at[u]! * b.input + b.at[v]!) * c.input
              const weight = a.weight[u]! * b.weight[v]!
              if (weight === 0) continue
              for (let w = k * c.taps; w < (k + 1) * c.taps; w++) if (c.weight[w] !== 0) total += weight * c.weight[w]! * x[line + c.at[w]!]!
            }
          }
          out!.array[to++] = total
        }
      }
    }
  }
}

/** The transpose of `resample`: each element added, weighted, to where it was taken from. */
export const resampleBack: Kernel<{ readonly axes: TapAxes }> = ([grad], [out], { axes: [a, b, c] }) => {
  const { array: y } = out!
  const plane = a.input * b.input * c.input
  let from = grad!.offset
  for (let p = 0; p < grad!.shape[0]!; p++) {
    const base = out!.offset + p * plane
    for (let i = 0; i < a.output; i++) {
      for (let j = 0; j < b.output; j++) {
        for (let k = 0; k < c.output; k++) {
          const value = grad!.array[from++]!
          for (let u = i * a.taps; u < (i + 1) * a.taps; u++) {
            for (let v = j * b.taps; v < (j + 1) * b.taps; v++) {
              const line = base + (a.at[u]! * b.input + b.at[v]!) * c.input
              const weight = a.weight[u]! * b.weight[v]!
              if (weight === 0) continue
              for (let w = k * c.taps; w < (k + 1) * c.taps; w++) if (c.weight[w] !== 0) y[line + c.at[w]!]! += weight * c.weight[w]! * value
            }
          }
        }
      }
    }
  }
}
