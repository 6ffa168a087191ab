// Reductions of float32 in WebAssembly: sums, products and extremes over any dimensions. Rows are folded in float32, several
// numbers at once and a block at a time; blocks meet in float64, as JavaScript's totals do.
import type { Expr } from "../../ops/expr.ts"
import type { ReduceSpec, View } from "../backend.ts"
import { scalar } from "../javascript/scalar.ts"
import { merged, offsetsOf } from "../javascript/reduce.ts"
import { relaxedNow } from "./blocks.ts"
import { writeFormula } from "./print.ts"
import { downModule, rowsModule, starts, type Fold, type Pass } from "./rowsCode.ts"
import { compiled, free, need, type Run } from "./scratch.ts"

interface Kernels {
  readonly fold: Fold
  readonly along: Run
  readonly down: Run
}

const folds: Readonly<Record<string, Fold>> = { add: "add", mul: "mul", maximum: "max", minimum: "min" }
const known = new WeakMap<ReduceSpec, (Kernels | null)[]>()

/** The step as a fold of a formula of `x` alone, which these kernels need; null for any other. */
function foldOf({ start, step }: ReduceSpec): { fold: Fold; of: Expr } | null {
  if (step.kind !== "call") return null
  const [total, of] = step.args
  const fold = folds[step.fn]
  if (!fold || !of || total?.kind !== "input" || total.name !== "total" || start !== starts[fold] || mentionsTotal(of)) return null
  return { fold, of }
}

const mentionsTotal = (expr: Expr): boolean => (expr.kind === "input" ? expr.name === "total" : expr.kind === "call" && expr.args.some(mentionsTotal))

function kernelsOf(spec: ReduceSpec): Kernels | null {
  let both = known.get(spec)
  if (!both) known.set(spec, (both = []))
  const which = relaxedNow() ? 1 : 0
  let found = both[which]
  if (found === undefined) {
    const parts = foldOf(spec)
    const value: Pass["value"] | null = parts && ((l, { elements: [x] }) => writeFormula(l, parts.of, "x", x!))
    const along = (one: Pass["value"], fold: Fold): Run => compiled(`fold ${fold} along`, rowsModule({ name: fold, inputs: 1, given: 0, results: true, passes: [{ folds: fold, value: one }] }, which === 1))
    found = parts && value && { fold: parts.fold, along: along(value, parts.fold), down: compiled(`fold ${parts.fold} down`, downModule(parts.fold, value, which === 1)) }
    both[which] = found
  }
  return found
}

/** Whether these kernels take the fold; its formula must be one that lanes compute. */
export const suitsReduction = (spec: ReduceSpec, isVector: (expr: Expr) => boolean): boolean => {
  const parts = foldOf(spec)
  return parts !== null && isVector(parts.of)
}

/** Numbers that are folded in float32 before they join the total. */
const block = 1 << 13
/** Rows that are folded into one in float32. */
const mostRows = 1 << 7

/** Folds the dimensions `dims` of `source` into `out`. False where neither what is folded nor what is kept lies in rows. */
export function reduceFast(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): boolean {
  const folded = merged(source.sizes, [source.strides], (d) => dims.includes(d))
  const kept = merged(source.sizes, [source.strides, out.strides], (d) => !dims.includes(d))
  const keptWidth = kept.strides[0]!.at(-1) === 1 ? kept.sizes.at(-1)! : 0
  const foldedWidth = folded.strides[0]!.at(-1) === 1 ? folded.sizes.at(-1)! : 0
  if (Math.max(keptWidth, foldedWidth) < 8) return false
  const kernels = kernelsOf(spec)!
  if (foldedWidth > 0) along(kernels, spec, source, out, folded, kept)
  else down(kernels, spec, source, out, folded, kept)
  return true
}

interface Dims {
  readonly sizes: number[]
  readonly strides: number[][]
}

/** What is folded lies in a row. */
function along({ along: run, fold }: Kernels, spec: ReduceSpec, source: View, out: View, folded: Dims, kept: Dims): void {
  const array = source.storage.array
  const width = folded.sizes.pop()!
  folded.strides[0]!.pop()
  const offsets = offsetsOf(folded.sizes, folded.strides[0]!)
  const from = offsetsOf(kept.sizes, kept.strides[0]!)
  const totals = new Float64Array(from.length).fill(spec.start)
  const wide = Math.min(width, block)
  const most = Math.max(1, Math.min(from.length, Math.floor(block / wide)))
  const resultsAt = free + most * wide
  const floats = need(resultsAt + most)
  for (const offset of offsets) {
    for (let row = 0; row < from.length; ) {
      // Rows one behind the other are copied at once.
      let here = 1
      if (wide === width) while (here < most && row + here < from.length && from[row + here] === from[row]! + here * width) here++
      const start = source.offset + offset + from[row]!
      for (let column = 0; column < width; column += wide) {
        const count = wide === width ? here * width : Math.min(wide, width - column)
        if (count > 64) floats.set(array.subarray(start + column, start + column + count), free)
        else for (let i = 0; i < count; i++) floats[free + i] = array[start + column + i]!
        run(here, count / here, (count / here) * 4, free * 4, resultsAt * 4)
        for (let r = 0; r < here; r++) totals[row + r] = joined(fold, totals[row + r]!, floats[resultsAt + r]!)
      }
      row += here
    }
  }
  finish(spec, totals, out, offsetsOf(kept.sizes, kept.strides[1]!), offsets.length * width)
}

/** What is kept lies in a row: rows are folded into one. */
function down({ down: run, fold }: Kernels, spec: ReduceSpec, source: View, out: View, folded: Dims, kept: Dims): void {
  const array = source.storage.array
  const width = kept.sizes.pop()!
  kept.strides[0]!.pop()
  const step = kept.strides[1]!.pop()!
  const offsets = offsetsOf(folded.sizes, folded.strides[0]!)
  const from = offsetsOf(kept.sizes, kept.strides[0]!)
  const to = offsetsOf(kept.sizes, kept.strides[1]!)
  const wide = Math.min(Math.ceil(width / 4) * 4, 1 << 12)
  const most = Math.max(1, Math.min(offsets.length, mostRows, Math.floor((2 * block) / wide)))
  const rowsAt = free + wide
  const floats = need(rowsAt + most * wide)
  const totals = new Float64Array(wide)
  for (let o = 0; o < from.length; o++) {
    for (let column = 0; column < width; column += wide) {
      const count = Math.min(wide, width - column)
      totals.fill(spec.start)
      for (let row = 0; row < offsets.length; row += most) {
        const here = Math.min(most, offsets.length - row)
        const begin = source.offset + from[o]! + column
        const even = count === wide && offsets[row + here - 1]! - offsets[row]! === (here - 1) * wide
        if (even) floats.set(array.subarray(begin + offsets[row]!, begin + offsets[row]! + here * wide), rowsAt)
        else {
          for (let r = 0; r < here; r++) {
            const at = begin + offsets[row + r]!
            if (count > 64) floats.set(array.subarray(at, at + count), rowsAt + r * wide)
            else for (let i = 0; i < count; i++) floats[rowsAt + r * wide + i] = array[at + i]!
          }
        }
        floats.fill(spec.start, free, free + wide)
        run(free * 4, rowsAt * 4, wide * 4, here, Math.ceil(count / 4) * 4)
        for (let i = 0; i < count; i++) totals[i] = joined(fold, totals[i]!, floats[free + i]!)
      }
      const places = new Int32Array(count)
      for (let i = 0; i < count; i++) places[i] = to[o]! + (column + i) * step
      finish(spec, totals.subarray(0, count), out, places, offsets.length)
    }
  }
}

function joined(fold: Fold, a: number, b: number): number {
  return fold === "add" ? a + b : fold === "mul" ? a * b : fold === "max" ? Math.max(a, b) : Math.min(a, b)
}

function finish({ finish: end }: ReduceSpec, totals: Float64Array, out: View, to: Int32Array, count: number): void {
  const { array } = out.storage
  for (let i = 0; i < totals.length; i++) array[out.offset + to[i]!] = end ? evaluated(end, totals[i]!, count) : totals[i]!
}

/** A formula of `total` and `count` at these numbers. */
function evaluated(expr: Expr, total: number, count: number): number {
  if (expr.kind === "constant") return expr.value
  if (expr.kind === "input") return expr.name === "total" ? total : count
  return scalar(expr.fn, expr.args.map((arg) => evaluated(arg, total, count)))
}
