// Reductions in JavaScript: a fold printed from its step. Totals are kept in float64, so float32 sums lose nothing.
import { inputsOf } from "../../ops/expr.ts"
import type { ReduceSpec, View } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"
import { evenCount } from "../walk.ts"
import { store } from "./elementwise.ts"
import { printJavaScript } from "./print.ts"
import * as special from "./special.ts"
import { roundBfloat16, roundFloat16 } from "./half.ts"

const KernelFunction = Function

/** Folds, for each starting place in `from`, the runs that begin at `offsets` from there, into `to`. */
type Fold = (source: TypedArray, at: number, from: Int32Array, offsets: Int32Array, run: number, runStep: number, out: TypedArray, outAt: number, to: Int32Array) => void

/** Folds rows of `width` elements, which begin at `offsets`, into one row of totals, which lies in a row too. */
type RowFold = (source: TypedArray, at: number, offsets: Int32Array, width: number, totals: Float64Array, out: TypedArray, outAt: number) => void

interface Printed {
  readonly each: Fold
  readonly rows: RowFold
}

const folds = new WeakMap<ReduceSpec, Map<number, Printed>>()

/** One run that starts where the view does. */
const single = new Int32Array(1)
const noOperands: readonly View[] = []

/** Rows from which adding row to row is faster than going down each column. */
const wideRow = 8

/** Folds the dimensions `dims` of `source` into `out`, whose shape is that of `source` with 1 there. */
export function reduce(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): void {
  const fold = foldFor(spec, source, out)
  const input = source.storage.array
  const output = out.storage.array
  const all = dims.length === source.sizes.length ? evenCount(noOperands, source) : -1
  if (all > 0) {
    fold.each(input, source.offset, single, single, all, 1, output, out.offset, single)
    return
  }
  const folded = merged(source.sizes, [source.strides], (d) => dims.includes(d))
  const kept = merged(source.sizes, [source.strides, out.strides], (d) => !dims.includes(d))
  const width = kept.sizes[kept.sizes.length - 1] ?? 0
  if (width >= wideRow && kept.strides[0]!.at(-1) === 1 && kept.strides[1]!.at(-1) === 1 && folded.strides[0]!.at(-1) !== 1) {
    const offsets = offsetsOf(folded.sizes, folded.strides[0]!)
    const outer = kept.sizes.slice(0, -1)
    const from = offsetsOf(outer, kept.strides[0]!)
    const to = offsetsOf(outer, kept.strides[1]!)
    const totals = new Float64Array(width)
    for (let i = 0; i < from.length; i++) fold.rows(input, source.offset + from[i]!, offsets, width, totals, output, out.offset + to[i]!)
    return
  }
  // The longest even run inside; the starts of the runs are listed once and used for every output element.
  const run = folded.sizes.pop() ?? 1
  const runStep = folded.strides[0]!.pop() ?? 1
  fold.each(input, source.offset, offsetsOf(kept.sizes, kept.strides[0]!), offsetsOf(folded.sizes, folded.strides[0]!), run, runStep, output, out.offset, offsetsOf(kept.sizes, kept.strides[1]!))
}

/** The chosen dimensions; neighbours that every list of strides walks evenly become one. */
export function merged(sizes: readonly number[], strides: readonly (readonly number[])[], chosen: (d: number) => boolean): { sizes: number[]; strides: number[][] } {
  const made = { sizes: [] as number[], strides: strides.map(() => [] as number[]) }
  for (let d = 0; d < sizes.length; d++) {
    if (!chosen(d) || sizes[d] === 1) continue
    const last = made.sizes.length - 1
    if (last >= 0 && made.strides.every((own, i) => own[last] === strides[i]![d]! * sizes[d]!)) {
      made.sizes[last]! *= sizes[d]!
      made.strides.forEach((own, i) => (own[last] = strides[i]![d]!))
    } else {
      made.sizes.push(sizes[d]!)
      made.strides.forEach((own, i) => own.push(strides[i]![d]!))
    }
  }
  return made
}

/** Element offsets of every index of a shape, row-major. */
export function offsetsOf(shape: readonly number[], strides: readonly number[]): Int32Array {
  let count = 1
  for (const size of shape) count *= size
  const offsets = new Int32Array(count)
  if (count === 0) return offsets
  let filled = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    // Row-major: outer dimensions repeat what is filled so far.
    const stride = strides[d]!
    for (let i = 1; i < shape[d]!; i++) for (let j = 0; j < filled; j++) offsets[i * filled + j] = offsets[j]! + i * stride
    filled *= shape[d]!
  }
  return offsets
}

function foldFor(spec: ReduceSpec, source: View, out: View): Printed {
  let known = folds.get(spec)
  if (!known) folds.set(spec, (known = new Map()))
  // A float32 may lie in doubles: loops of their own keep the others fast.
  const key = source.dtype.rank * 10 + out.dtype.rank + (source.storage.array instanceof Float64Array ? 1000 : 0)
  let fold = known.get(key)
  if (!fold) known.set(key, (fold = printFold(spec, out)))
  return fold
}

/** Two functions of one step. Sums run in four totals, so that an addition need not wait for the one before. */
function printFold(spec: ReduceSpec, out: View): Printed {
  const finish = spec.finish ? printJavaScript(spec.finish, { total: "total", count: "count" }) : "total"
  const counts = spec.finish !== undefined && inputsOf(spec.finish).includes("count")
  const start = spec.start === Infinity ? "Infinity" : spec.start === -Infinity ? "-Infinity" : String(spec.start)
  const step = printJavaScript(spec.step, { total: "total", x: "x" })
  const inFour = `let b = 0, c = 0, d = 0
      for (; i + 4 <= run; i += 4, k += 4 * runStep) {
        total += source[k]; b += source[k + runStep]; c += source[k + 2 * runStep]; d += source[k + 3 * runStep]
      }
      total += b + (c + d)`
  const body = `"use strict"; return {
  each(source, at, from, offsets, run, runStep, out, outAt, to) {
    for (let o = 0; o < from.length; o++) {
      let total = ${start}
      for (let j = 0; j < offsets.length; j++) {
        let k = at + from[o] + offsets[j], i = 0
        ${isSum(spec) ? inFour : ""}
        for (; i < run; i++, k += runStep) {
          const x = source[k]
          total = ${step}
        }
      }
      ${counts ? "const count = offsets.length * run" : ""}
      out[outAt + to[o]] = ${store(out.dtype, finish)}
    }
  },
  rows(source, at, offsets, width, totals, out, outAt) {
    totals.fill(${start})
    for (let j = 0; j < offsets.length; j++) {
      for (let i = 0, k = at + offsets[j]; i < width; i++, k++) {
        const x = source[k], total = totals[i]
        totals[i] = ${step}
      }
    }
    ${counts ? "const count = offsets.length" : ""}
    for (let i = 0; i < width; i++) {
      const total = totals[i]
      out[outAt + i] = ${store(out.dtype, finish)}
    }
  },
}`
  return KernelFunction("special", "half", body)(special, { roundFloat16, roundBfloat16 }) as Printed
}

function isSum({ start, step }: ReduceSpec): boolean {
  if (start !== 0 || step.kind !== "call" || step.fn !== "add") return false
  const [total, x] = step.args
  return total?.kind === "input" && total.name === "total" && x?.kind === "input" && x.name === "x"
}
