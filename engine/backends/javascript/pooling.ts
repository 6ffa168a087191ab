// Pooling: the largest or the mean element of each region of a plane, and gradients back to where they came from.
// A region is a box; each axis lists where its boxes begin and end, so that windows and adaptive pools are one loop.
import type { Kernel } from "../backend.ts"

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
export const maxPool: Kernel<{ readonly axes: Axes }> = ([source], [values, indices], { axes: [a, b, c] }) => {
  const { array: x } = source!
  const plane = a.size * b.size * c.size
  const planes = source!.shape[0]!
  let at = 0
  for (let p = 0; p < planes; p++) {
    const base = source!.offset + p * plane
    for (let i = 0; i < a.from.length; i++) {
      for (let j = 0; j < b.from.length; j++) {
        for (let k = 0; k < c.from.length; k++) {
          let best = -Infinity
          let found = (a.from[i]! * b.size + b.from[j]!) * c.size + c.from[k]!
          for (let d = a.from[i]!; d < a.to[i]!; d += a.step) {
            for (let h = b.from[j]!; h < b.to[j]!; h += b.step) {
              const line = (d * b.size + h) * c.size
              for (let w = c.from[k]!; w < c.to[k]!; w += c.step) {
                const value = x[base + line + w]!
                if (value > best || value !== value) {
                  best = value
                  found = line + w
                }
              }
            }
          }
          values!.array[values!.offset + at] = best
          indices!.array[indices!.offset + at] = found
          at++
        }
      }
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
  const size = out!.shape[1]!
  for (let p = 0; p < planes; p++) {
    for (let i = p * n; i < (p + 1) * n; i++) {
      const at = out!.offset + p * size + indices!.array[indices!.offset + i]!
      const value = values!.array[values!.offset + i]!
      if (how === "set") out!.array[at] = value
      else out!.array[at]! += value
    }
  }
}

/** `out[plane, i] = source[plane, indices[plane, i]]`. */
export const planeTake: Kernel<Record<string, never>> = ([source, indices], [out]) => {
  const [planes, n] = out!.shape as [number, number]
  const size = source!.shape[1]!
  for (let p = 0; p < planes; p++) {
    for (let i = p * n; i < (p + 1) * n; i++) out!.array[out!.offset + i] = source!.array[source!.offset + p * size + indices!.array[indices!.offset + i]!]!
  }
}
