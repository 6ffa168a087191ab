// Reductions in JavaScript: a fold printed from its step. Totals are kept in float64, so float32 sums lose nothing.
import { inputsOf } from "../../ops/expr.ts"
import type { ReduceSpec, View } from "../backend.ts"
import { evenCount } from "../walk.ts"
import { store } from "./elementwise.ts"
import { printJavaScript } from "./print.ts"
import * as special from "./special.ts"
import { roundBfloat16, roundFloat16 } from "./half.ts"

const KernelFunction = Function

/** `(source, offsets of the folded elements, at, out, outAt)` */
type Fold = (source: ArrayLike<number>, offsets: Int32Array, run: number, runStep: number, at: number, out: unknown, outAt: number) => void

const folds = new WeakMap<ReduceSpec, Map<number, Fold>>()

/** One run that starts where the view does. */
const wholeRun = new Int32Array(1)
const noOperands: readonly View[] = []

/** Folds the dimensions `dims` of `source` into `out`, whose shape is that of `source` with 1 there. */
export function reduce(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): void {
  const fold = foldFor(spec, source, out)
  const all = dims.length === source.sizes.length ? evenCount(noOperands, source) : -1
  if (all > 0) {
    fold(source.storage.array, wholeRun, all, 1, source.offset, out.storage.array, out.offset)
    return
  }
  const kept = source.sizes.map((_, d) => d).filter((d) => !dims.includes(d))
  // The longest even run inside; the starts of the runs are listed once and used for every output element.
  const folded = dims.filter((d) => source.sizes[d] !== 1)
  const inner = folded.pop()
  const run = inner === undefined ? 1 : source.sizes[inner]!
  const runStep = inner === undefined ? 1 : source.strides[inner]!
  const offsets = offsetsOf(folded.map((d) => source.sizes[d]!), folded.map((d) => source.strides[d]!))
  const outer = kept.map((d) => source.sizes[d]!)
  const from = offsetsOf(outer, kept.map((d) => source.strides[d]!))
  const to = offsetsOf(outer, kept.map((d) => out.strides[d]!))
  const input = source.storage.array
  const output = out.storage.array
  for (let i = 0; i < from.length; i++) fold(input, offsets, run, runStep, source.offset + from[i]!, output, out.offset + to[i]!)
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

function foldFor(spec: ReduceSpec, source: View, out: View): Fold {
  let known = folds.get(spec)
  if (!known) folds.set(spec, (known = new Map()))
  const key = source.dtype.rank * 10 + out.dtype.rank
  let fold = known.get(key)
  if (!fold) known.set(key, (fold = printFold(spec, out)))
  return fold
}

function printFold(spec: ReduceSpec, out: View): Fold {
  const step = printJavaScript(spec.step, { total: "total", x: "x" })
  const finish = spec.finish ? printJavaScript(spec.finish, { total: "total", count: "count" }) : "total"
  const counts = spec.finish !== undefined && inputsOf(spec.finish).includes("count")
  const body = `"use strict"; return (source, offsets, run, runStep, at, out, outAt) => {
  let total = ${spec.start === Infinity ? "Infinity" : spec.start === -Infinity ? "-Infinity" : spec.start}
  for (let j = 0; j < offsets.length; j++) {
    let k = at + offsets[j]
    for (let i = 0; i < run; i++, k += runStep) {
      const x = source[k]
      total = ${step}
    }
  }
  ${counts ? "const count = offsets.length * run" : ""}
  out[outAt] = ${store(out.dtype, finish)}
}`
  return KernelFunction("special", "half", body)(special, { roundFloat16, roundBfloat16 }) as Fold
}
