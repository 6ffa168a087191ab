// Pooling: the largest or the mean element of each region of a plane, and gradients back to where they came from.
// A region is a box; each axis lists where its boxes begin and end, so that windows and adaptive pools are one loop.
import type { Kernel } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"

/** The boxes along one axis of the plane. */
export interface Axis {
  /** Size of the input along the axis. */
  readonly size: number
  readonly from: Int32Array
  /** Not included. */
  readonly to: Int32Array
  readonly step: number
  /** What the mean counts along the axis: with padding more than there is. */
  readonly count: Int32Array
}

export type Axes = readonly [Axis, Axis, Axis]

/** `values[plane, box]` and the place in the plane; the first of equal ones, nan before all. */
export const maxPool: Kernel<{ readonly axes: Axes }> = ([source], [values, indices], { axes }) => {
  const [a, b, c] = axes
  const plane = a.size * b.size * c.size
  const boxes = a.from.length * b.from.length * c.from.length
  for (let p = 0; p < source!.shape[0]!; p++) {
    const at = p * boxes
    for (let i = 0; i < a.from.length; i++) maxOfSlice(source!.array, source!.offset + p * plane, axes, i, values!.array, values!.offset + at, indices!.array, indices!.offset + at)
  }
}

/** The boxes of one slice of depth; a function of its own, whose loops run over numbers alone. */
function maxOfSlice(x: TypedArray, base: number, [a, b, c]: Axes, i: number, values: TypedArray, valuesAt: number, indices: TypedArray, indicesAt: number): void {
  const [top, bottom, stepH, height, fromH, toH] = [a.from[i]!, a.to[i]!, b.step, b.size, b.from, b.to]
  const [stepD, stepW, width, fromW, toW] = [a.step, c.step, c.size, c.from, c.to]
  let at = i * fromH.length * fromW.length
  for (let j = 0; j < fromH.length; j++) {
    const [upper, lower] = [fromH[j]!, toH[j]!]
    for (let k = 0; k < fromW.length; k++) {
      const left = fromW[k]!
      const right = toW[k]!
      let best = -Infinity
      let found = (top * height + upper) * width + left
      for (let d = top; d < bottom; d += stepD) {
        for (let h = upper; h < lower; h += stepH) {
          const line = (d * height + h) * width
          for (let w = left; w < right; w += stepW) {
            const value = x[base + line + w]!
            if (value > best || value !== value) {
              best = value
              found = line + w
            }
          }
        }
      }
      values[valuesAt + at] = best
      indices[indicesAt + at] = found
      at++
    }
  }
}

interface Mean {
  readonly axes: Axes
  /** Divides every total instead of the number of elements. */
  readonly divisor: number | null
}

/** `out[plane, box]` = mean of the box. */
export const avgPool: Kernel<Mean> = ([source], [out], { axes: [a, b, c], divisor }) => {
  const { array: x } = source!
  const plane = a.size * b.size * c.size
  let at = out!.offset
  for (let p = 0; p < source!.shape[0]!; p++) {
    const base = source!.offset + p * plane
    for (let i = 0; i < a.from.length; i++) {
      for (let j = 0; j < b.from.length; j++) {
        for (let k = 0; k < c.from.length; k++) {
          let total = 0
          for (let d = a.from[i]!; d < a.to[i]!; d++) {
            for (let h = b.from[j]!; h < b.to[j]!; h++) {
              const line = base + (d * b.size + h) * c.size
              for (let w = c.from[k]!; w < c.to[k]!; w++) total += x[line + w]!
            }
          }
          out!.array[at++] = total / (divisor ?? a.count[i]! * b.count[j]! * c.count[k]!)
        }
      }
    }
  }
}

/** The transpose of `avgPool`: each box's number shared out over its elements. */
export const avgPoolBack: Kernel<Mean> = ([grad], [out], { axes: [a, b, c], divisor }) => {
  const { array: y } = out!
  const plane = a.size * b.size * c.size
  let at = grad!.offset
  for (let p = 0; p < grad!.shape[0]!; p++) {
    const base = out!.offset + p * plane
    for (let i = 0; i < a.from.length; i++) {
      for (let j = 0; j < b.from.length; j++) {
        for (let k = 0; k < c.from.length; k++) {
          const share = grad!.array[at++]! / (divisor ?? a.count[i]! * b.count[j]! * c.count[k]!)
          for (let d = a.from[i]!; d < a.to[i]!; d++) {
            for (let h = b.from[j]!; h < b.to[j]!; h++) {
              const line = base + (d * b.size + h) * c.size
              for (let w = c.from[k]!; w < c.to[k]!; w++) y[line + w]! += share
            }
          }
        }
      }
    }
  }
}

/** `out[plane, indices[plane, i]] = values[plane, i]`, or added to what is there. */
export const planePut: Kernel<{ readonly how: "set" | "add" }> = ([values, indices], [out], { how }) => {
  const [planes, n] = values!.shape as [number, number]
  const { array: x, offset: from } = values!
  const { array: at, offset: atFrom } = indices!
  const { array: y, offset: to } = out!
  const size = out!.shape[1]!
  for (let p = 0; p < planes; p++) {
    const base = to + p * size
    if (how === "set") for (let i = p * n; i < (p + 1) * n; i++) y[base + at[atFrom + i]!] = x[from + i]!
    else for (let i = p * n; i < (p + 1) * n; i++) y[base + at[atFrom + i]!]! += x[from + i]!
  }
}

/** `out[plane, i] = source[plane, indices[plane, i]]`. */
export const planeTake: Kernel<Record<string, never>> = ([source, indices], [out]) => {
  const [planes, n] = out!.shape as [number, number]
  const { array: x, offset: from } = source!
  const { array: at, offset: atFrom } = indices!
  const { array: y, offset: to } = out!
  const size = source!.shape[1]!
  for (let p = 0; p < planes; p++) for (let i = p * n; i < (p + 1) * n; i++) y[to + i] = x[from + p * size + at[atFrom + i]!]!
}
