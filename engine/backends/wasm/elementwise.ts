// Elementwise kernels in WebAssembly: printed, compiled and kept by expression; float32 only. Elements pass through the
// scratch memory a panel at a time: what is broadcast along rows is brought there once, what stands still in a row is a number.
import type { Expr, ScalarFunction } from "../../ops/expr.ts"
import type { Operand, View } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"
import { elementwise as inJavaScript } from "../javascript/elementwise.ts"
import { scalarFunction } from "../javascript/scalar.ts"
import { collapse, type Walk } from "../walk.ts"
import { relaxedNow } from "./blocks.ts"
import { printWasm, type InputKind } from "./print.ts"
import { begin, bringIn, compiled, finish, free, isShared, need, takeOut, together, type Run } from "./scratch.ts"

/** Elements in one panel: small enough to stay in the processor's nearest memory. */
const block = 4096
const mostInputs = 7

/** Fills `out` with `expr` of the operands, each broadcast to the shape of `out`. */
export function elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void {
  if (!elementwiseFast(expr, names, operands, out, 1)) inJavaScript(expr, names, operands, out)
}

/** The same; false where the types or the order in memory do not suit it, or rows are shorter than `least`. */
export function elementwiseFast(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View, least: number): boolean {
  if (operands.length > mostInputs || !isFloat(out)) return false
  const views: View[] = [out]
  for (const one of operands) {
    if (typeof one === "number") continue
    if (!isFloat(one)) return false
    views.push(one)
  }
  const walk = collapse(out.sizes, views)
  if (walk.count === 0) return true
  if (walk.inner < least) return false
  if (walk.outer.length > 0 || walk.innerSteps.some((step) => step !== 1)) panels(expr, names, operands, views, walk)
  else together(walk.count * weight(expr), () => (isShared() ? streamed(expr, names, operands, out, walk.count) : panels(expr, names, operands, views, walk)))
  return true
}

/** How long a function takes for an element, in multiplications of a matrix product. Of the others copying takes longer than computing. */
const weights: Partial<Record<ScalarFunction, number>> = { exp: 10, log: 12, tanh: 20, sigmoid: 12, div: 2, sqrt: 2, rsqrt: 3, reciprocal: 2 }

const weight = (expr: Expr): number => (expr.kind === "call" ? expr.args.reduce((total, arg) => total + weight(arg), weights[expr.fn] ?? 0) : 0)

/** Elements of each operand that lie in the memory at a time, and those of one call. */
const streamBlock = 1 << 15
const streamCall = 1 << 12

/** Elements in a row: while helpers compute a block, the next one is brought and the one before is taken away. */
function streamed(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View, count: number): void {
  const kernel = kernelFor(expr, names, operands.map((one) => (typeof one === "number" ? "number" : "elements")))
  const slot = (operands.length + 1) * streamBlock
  need(free + 2 * slot)
  const target = out.storage.array
  for (let from = 0, at = free, before = 0; from < count; from += streamBlock, [at, before] = [at === free ? free + slot : free, at]) {
    const here = Math.min(streamBlock, count - from)
    operands.forEach((one, i) => typeof one !== "number" && bringIn(one.storage.array, one.offset + from, here, at + (i + 1) * streamBlock))
    if (from > 0) finish()
    begin(kernel, Array.from({ length: Math.ceil(here / streamCall) }, (_, c) => {
      const start = c * streamCall
      return [Math.min(streamCall, here - start), (at + start) * 4, ...operands.map((one, i) => (typeof one === "number" ? one : (at + (i + 1) * streamBlock + start) * 4))]
    }))
    if (from > 0) takeOut(before, streamBlock, target, out.offset + from - streamBlock)
    if (from + here === count) {
      finish()
      takeOut(at, here, target, out.offset + from)
    }
  }
}

const isFloat = (view: View): boolean => view.dtype.name === "float32" && view.storage.array instanceof Float32Array

/** How an operand passes by: a number for all, a number a row, rows that all rows of a panel share, or rows of its own. */
type Passing = "number" | "standing" | "shared" | "rows"

interface Source {
  readonly passing: Passing
  readonly array: TypedArray
  readonly step: number
  /** From row to row. */
  readonly down: number
  readonly view: number
  readonly at: number
}

const nothing = new Float32Array(0)

function panels(expr: Expr, names: readonly string[], operands: readonly Operand[], views: readonly View[], walk: Walk): void {
  const { inner, innerSteps } = walk
  const outer = walk.outer.slice()
  const outerSteps = walk.outerSteps.slice()
  const rows = outer.pop() ?? 1
  const downs = outerSteps.pop() ?? views.map(() => 0)
  const wide = Math.min(inner, block)
  const high = wide === inner ? Math.max(1, Math.min(rows, Math.floor(block / inner))) : 1
  const panel = high * wide
  let v = 0
  const sources = operands.map((operand, i): Source => {
    const at = free + (i + 1) * panel
    if (typeof operand === "number") return { passing: "number", array: nothing, step: 0, down: operand, view: 0, at }
    const view = ++v
    const step = innerSteps[view]!
    const down = downs[view]!
    return { passing: step === 0 ? "standing" : down === 0 && rows > 1 && wide === inner ? "shared" : "rows", array: operand.storage.array, step, down, view, at }
  })
  const kernel = kernelFor(expr, names, sources.map((one) => (one.passing === "number" || one.passing === "standing" ? "number" : "elements")))
  const target = views[0]!.storage.array
  const [outStep, outDown] = [innerSteps[0]!, downs[0]!]
  // Copies of rows that lie one behind the other are one copy.
  const whole = (step: number, down: number): boolean => step === 1 && (down === inner || high === 1)
  const places = views.map((view) => view.offset)
  const args: number[] = [0, 0, ...sources.map((one) => (one.passing === "number" ? one.down : one.at * 4))]
  const index = outer.map(() => 0)
  for (;;) {
    const floats = need(free + (operands.length + 1) * panel)
    for (const one of sources) if (one.passing === "shared") bring(floats, one.at, one.array, places[one.view]!, one.step, inner)
    for (let row = 0; row < rows; row += high) {
      const here = Math.min(high, rows - row)
      for (let column = 0; column < inner; column += wide) {
        const n = Math.min(wide, inner - column)
        for (const one of sources) {
          if (one.passing !== "rows") continue
          const from = places[one.view]! + row * one.down + column * one.step
          if (whole(one.step, one.down)) bring(floats, one.at, one.array, from, 1, here * n)
          else for (let r = 0; r < here; r++) bring(floats, one.at + r * wide, one.array, from + r * one.down, one.step, n)
        }
        if (sources.every(({ passing }) => passing === "number" || passing === "rows")) {
          args[0] = here * n
          args[1] = free * 4
          kernel(...args)
        } else {
          args[0] = n
          for (let r = 0; r < here; r++) {
            args[1] = (free + r * wide) * 4
            sources.forEach((one, i) => {
              if (one.passing === "standing") args[2 + i] = one.array[places[one.view]! + (row + r) * one.down]!
              else if (one.passing === "rows") args[2 + i] = (one.at + r * wide) * 4
            })
            kernel(...args)
          }
        }
        const to = places[0]! + row * outDown + column * outStep
        if (whole(outStep, outDown)) take(floats, free, target, to, 1, here * n)
        else for (let r = 0; r < here; r++) take(floats, free + r * wide, target, to + r * outDown, outStep, n)
      }
    }
    let d = outer.length - 1
    for (; d >= 0; d--) {
      const steps = outerSteps[d]!
      if (++index[d]! < outer[d]!) {
        for (let i = 0; i < places.length; i++) places[i]! += steps[i]!
        break
      }
      for (let i = 0; i < places.length; i++) places[i]! -= steps[i]! * (outer[d]! - 1)
      index[d] = 0
    }
    if (d < 0) return
  }
}

/** Elements from which copying as a block costs less than one by one. */
const worthBlock = 48

export function bring(floats: Float32Array, at: number, array: TypedArray, from: number, step: number, count: number): void {
  if (step === 1 && count >= worthBlock) floats.set(from === 0 && count === array.length ? array : array.subarray(from, from + count), at)
  else for (let i = 0, s = from; i < count; i++, s += step) floats[at + i] = array[s]!
}

export function take(floats: Float32Array, at: number, array: TypedArray, to: number, step: number, count: number): void {
  if (step === 1 && count >= worthBlock) array.set(floats.subarray(at, at + count), to)
  else for (let i = 0, d = to; i < count; i++, d += step) array[d] = floats[at + i]!
}

/** The formula in short, for profiles. */
const spelled = (expr: Expr): string => (expr.kind === "call" ? `${expr.fn}(${expr.args.map(spelled).join()})` : expr.kind === "input" ? expr.name : String(expr.value))

const kernels = new WeakMap<Expr, Map<string, Run>>()

function kernelFor(expr: Expr, names: readonly string[], kinds: readonly InputKind[]): Run {
  let known = kernels.get(expr)
  if (!known) kernels.set(expr, (known = new Map()))
  const relaxed = relaxedNow()
  const key = `${relaxed ? "relaxed " : ""}${isShared() ? "shared " : ""}${kinds.join()}`
  let kernel = known.get(key)
  if (!kernel) {
    const { bytes, fallbacks } = printWasm(expr, names, kinds, relaxed)
    known.set(key, (kernel = compiled(`elementwise ${spelled(expr)}`, bytes, Object.fromEntries(fallbacks.map(({ name, arity }) => [name, scalarFunction(name, arity)])))))
  }
  return kernel
}
