// Elementwise kernels in JavaScript: printed from the expression, one loop for any strides.
// The printed function walks one dimension; the dimensions outside it are walked here.
import type { Expr } from "../../ops/expr.ts"
import { HostStorage, type Operand, type View } from "../backend.ts"
import { float64, type DType, type TypedArray } from "../dtype.ts"
import { collapse, evenCount, isSingle } from "../walk.ts"
import { printJavaScript } from "./print.ts"
import * as special from "./special.ts"
import { roundBfloat16, roundFloat16 } from "./half.ts"

/** Captured at load, so that the sandbox may take `Function` away from the snippet afterwards. */
const KernelFunction = Function

/** `(n, out, outAt, outStep`, then for each input its elements or its number, where they begin and their step`)`. */
type Loop = (n: number, out: TypedArray, outAt: number, outStep: number, ...inputs: (TypedArray | number)[]) => void

/** The loops of one expression by the types of what it meets; the one used last is found without a look into the map. */
interface Printed {
  code: number
  loop: Loop
  readonly all: Map<number, Loop>
}

const loops = new WeakMap<Expr, Printed>()

/** Fills `out` with `expr` of the operands, each broadcast to the shape of `out`. */
export function elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void {
  const loop = loopFor(expr, names, operands, out.dtype)
  const count = evenCount(operands, out)
  if (count > 0) call(loop, count, out.storage.array, out.offset, 1, operands, null, null)
  else if (count < 0) walked(loop, operands, out)
}

/** One call of the loop. Without places and steps every view with several elements is walked from its start, one by one. */
function call(loop: Loop, n: number, out: TypedArray, at: number, step: number, operands: readonly Operand[], places: readonly number[] | null, steps: readonly number[] | null): void {
  const a = operands[0]!
  const b = operands[1]!
  const c = operands[2]!
  const d = operands[3]!
  // Up to four inputs, nearly always: nothing is made for the call.
  if (operands.length === 1) loop(n, out, at, step, contentOf(a), placeOf(a, 0, places), strideOf(a, 0, steps))
  else if (operands.length === 2) loop(n, out, at, step, contentOf(a), placeOf(a, 0, places), strideOf(a, 0, steps), contentOf(b), placeOf(b, 1, places), strideOf(b, 1, steps))
  else if (operands.length === 3)
    loop(n, out, at, step, contentOf(a), placeOf(a, 0, places), strideOf(a, 0, steps), contentOf(b), placeOf(b, 1, places), strideOf(b, 1, steps), contentOf(c), placeOf(c, 2, places), strideOf(c, 2, steps))
  else if (operands.length === 4)
    loop(n, out, at, step, contentOf(a), placeOf(a, 0, places), strideOf(a, 0, steps), contentOf(b), placeOf(b, 1, places), strideOf(b, 1, steps), contentOf(c), placeOf(c, 2, places), strideOf(c, 2, steps), contentOf(d), placeOf(d, 3, places), strideOf(d, 3, steps))
  else loop(n, out, at, step, ...operands.flatMap((one, i) => [contentOf(one), placeOf(one, i, places), strideOf(one, i, steps)]))
}

const contentOf = (one: Operand): TypedArray | number => (typeof one === "number" ? one : one.storage.array)
const placeOf = (one: Operand, i: number, places: readonly number[] | null): number => (places ? places[i]! : typeof one === "number" ? 0 : one.offset)
const strideOf = (one: Operand, i: number, steps: readonly number[] | null): number => (steps ? steps[i]! : typeof one === "number" || isSingle(one) ? 0 : 1)

/** Any strides: the run inside is the loop's, the dimensions outside are walked here. */
function walked(loop: Loop, operands: readonly Operand[], out: View): void {
  // A number is walked like a view that stands still.
  const views = [out, ...operands.map((one) => (typeof one === "number" ? still : one))]
  const { inner, innerSteps, outer, outerSteps } = collapse(out.sizes, views)
  const at = views.map((view) => view.offset)
  const steps = innerSteps.slice(1)
  const index = new Array<number>(outer.length).fill(0)
  for (;;) {
    call(loop, inner, out.storage.array, at[0]!, innerSteps[0]!, operands, at.slice(1), steps)
    let d = outer.length - 1
    for (; d >= 0; d--) {
      const steps = outerSteps[d]!
      if (++index[d]! < outer[d]!) {
        for (let i = 0; i < at.length; i++) at[i]! += steps[i]!
        break
      }
      for (let i = 0; i < at.length; i++) at[i]! -= steps[i]! * (outer[d]! - 1)
      index[d] = 0
    }
    if (d < 0) return
  }
}

const still: View = { storage: new HostStorage(new Float64Array(1)), offset: 0, sizes: [], strides: [], dtype: float64 }

function loopFor(expr: Expr, names: readonly string[], operands: readonly Operand[], dtype: DType): Loop {
  let code = dtype.rank
  for (let i = 0; i < operands.length; i++) {
    const one = operands[i]!
    code = code * 11 + (typeof one === "number" ? 10 : one.dtype.rank)
  }
  const known = loops.get(expr)
  if (known?.code === code) return known.loop
  const loop = known?.all.get(code) ?? printLoop(expr, names, operands, dtype)
  if (known) {
    known.all.set(code, loop)
    known.code = code
    known.loop = loop
  } else loops.set(expr, { code, loop, all: new Map([[code, loop]]) })
  return loop
}

function printLoop(expr: Expr, names: readonly string[], operands: readonly Operand[], dtype: DType): Loop {
  const parameters = ["n", "out", "outAt", "outStep"]
  const spelled: Record<string, string> = {}
  const loads: string[] = []
  const advance: string[] = []
  names.forEach((name, i) => {
    if (typeof operands[i] === "number") {
      parameters.push(`s${i}`, `unused${i}`, `still${i}`)
      spelled[name] = `s${i}`
    } else {
      parameters.push(`a${i}`, `at${i}`, `step${i}`)
      loads.push(`const x${i} = a${i}[at${i}]`)
      advance.push(`at${i} += step${i}`)
      spelled[name] = `x${i}`
    }
  })
  const body = `"use strict"; return (${parameters.join(", ")}) => {
  for (let i = 0; i < n; i++) {
    ${loads.join("; ")}
    out[outAt] = ${store(dtype, printJavaScript(expr, spelled))}
    outAt += outStep; ${advance.join("; ")}
  }
}`
  return KernelFunction("special", "half", body)(special, { roundFloat16, roundBfloat16 }) as Loop
}

/** Source of the conversion on a store to `dtype`; typed arrays do the rest themselves. */
export function store(dtype: DType, value: string): string {
  switch (dtype.name) {
    case "bool":
      return `(${value}) != 0 ? 1 : 0`
    case "int64":
      return `Math.trunc(${value}) + 0`
    case "float16":
      return `half.roundFloat16(${value})`
    case "bfloat16":
      return `half.roundBfloat16(${value})`
    default:
      return value
  }
}

export type { TypedArray }
