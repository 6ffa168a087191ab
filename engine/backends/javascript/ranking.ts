// Kernels that order elements along a dimension: sort, ranks, the most frequent, running extremes, running totals.
import type { Dense, Kernel } from "../backend.ts"

/** Visits each run along `dim`: its first element and the step between elements. */
export function eachRun(view: Dense, dim: number, visit: (start: number, step: number, size: number, run: number) => void): void {
  const { shape } = view
  const size = shape.length ? shape[dim]! : 1
  let inner = 1
  for (let d = dim + 1; d < shape.length; d++) inner *= shape[d]!
  let outer = 1
  for (let d = 0; d < dim; d++) outer *= shape[d]!
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * size * inner + i, inner, size, o * inner + i)
}

/** Ascending with nan last; equal ones keep their order. */
export function order(source: Dense, start: number, step: number, size: number, descending: boolean): number[] {
  const { array, offset } = source
  const at = (i: number): number => array[offset + start + i * step]!
  const places = Array.from({ length: size }, (_, i) => i)
  return places.sort((i, j) => {
    const a = at(i)
    const b = at(j)
    if (a !== a || b !== b) return a !== a ? (b !== b ? i - j : descending ? -1 : 1) : descending ? 1 : -1
    return a === b ? i - j : a < b === descending ? 1 : -1
  })
}

export const sort: Kernel<{ readonly dim: number; readonly descending: boolean; readonly count: number }> = ([source], [values, indices], { dim, descending, count }) => {
  const outStep = new Map<number, number>()
  eachRun(values!, dim, (start, _step, _size, run) => outStep.set(run, start))
  eachRun(source!, dim, (start, step, size, run) => {
    const places = order(source!, start, step, size, descending)
    const out = outStep.get(run)!
    for (let k = 0; k < count; k++) {
      values!.array[values!.offset + out + k * step] = source!.array[source!.offset + start + places[k]! * step]!
      indices!.array[indices!.offset + out + k * step] = places[k]!
    }
  })
}

/** The element of a rank along `dim`. For medians nan wins unless it is skipped, and the rank counts what is left. */
export const ranked: Kernel<{ readonly dim: number; readonly rank: number; readonly skipNaN: boolean; readonly middle: boolean }> = ([source], [values, indices], { dim, rank, skipNaN, middle }) => {
  eachRun(source!, dim, (start, step, size, run) => {
    const places = order(source!, start, step, size, false)
    const at = (i: number): number => source!.array[source!.offset + start + i * step]!
    let k = rank
    const numbers = places.filter((i) => at(i) === at(i)).length
    if (middle && skipNaN && numbers > 0) k = Math.floor((numbers - 1) / 2)
    else if (middle && !skipNaN && numbers < size) k = numbers
    // Among equal elements the place that PyTorch names is not fixed; the first is taken.
    values!.array[values!.offset + run] = at(places[k]!)
    indices!.array[indices!.offset + run] = places[k]!
  })
}

/** The smallest of the most frequent values, and its last place. */
export const mostFrequent: Kernel<{ readonly dim: number }> = ([source], [values, indices], { dim }) => {
  eachRun(source!, dim, (start, step, size, run) => {
    const places = order(source!, start, step, size, false)
    const at = (i: number): number => source!.array[source!.offset + start + i * step]!
    let best = 0
    let bestCount = 0
    for (let i = 0; i < size; ) {
      let j = i
      while (j < size && at(places[j]!) === at(places[i]!)) j++
      if (j - i > bestCount) {
        bestCount = j - i
        best = places[j - 1]!
      }
      i = Math.max(j, i + 1)
    }
    values!.array[values!.offset + run] = at(best)
    indices!.array[indices!.offset + run] = best
  })
}

/** Running largest or smallest and its latest place. */
export const runningExtreme: Kernel<{ readonly dim: number; readonly largest: boolean }> = ([source], [values, indices], { dim, largest }) => {
  eachRun(source!, dim, (start, step, size) => {
    let best = 0
    let at = 0
    for (let k = 0; k < size; k++) {
      const value = source!.array[source!.offset + start + k * step]!
      if (k === 0 || value !== value || (best === best && (largest ? value >= best : value <= best))) {
        best = value
        at = k
      }
      values!.array[values!.offset + start + k * step] = best
      indices!.array[indices!.offset + start + k * step] = at
    }
  })
}

/** Running sum, product or log-sum-exp. */
export const running: Kernel<{ readonly dim: number; readonly how: "sum" | "product" | "logsumexp" }> = ([source], [out], { dim, how }) => {
  eachRun(source!, dim, (start, step, size) => {
    let total = how === "sum" ? 0 : how === "product" ? 1 : -Infinity
    for (let k = 0; k < size; k++) {
      const value = source!.array[source!.offset + start + k * step]!
      if (how === "sum") total += value
      else if (how === "product") total *= value
      else {
        const top = Math.max(total, value)
        total = Math.abs(top) === Infinity ? top : top + Math.log(Math.exp(total - top) + Math.exp(value - top))
      }
      out!.array[out!.offset + start + k * step] = total
    }
  })
}
