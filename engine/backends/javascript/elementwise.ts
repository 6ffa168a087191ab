// Elementwise kernels in JavaScript: printed from the expression, one loop for any strides.
// The printed function walks one dimension; the dimensions outside it are walked here.
import type { Expr } from "../../ops/expr.ts"
import type { Operand, View } from "../backend.ts"
import type { DType, TypedArray } from "../dtype.ts"
import { collapse } from "../walk.ts"
import { printJavaScript } from "./print.ts"
import * as special from "./special.ts"
import { roundBfloat16, roundFloat16 } from "./half.ts"

/** Captured at load, so that the sandbox may take `Function` away from the snippet afterwards. */
const KernelFunction = Function

/** `(n, out, outAt, outStep, …, for each input: array, at, step | number)` */
type Loop = (...args: unknown[]) => void

const loops = new WeakMap<Expr, Map<string, Loop>>()

/** Fills `out` with `expr` of the operands, each broadcast to the shape of `out`. */
export function elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void {
  const loop = loopFor(expr, names, operands, out.dtype)
  const views: View[] = [out]
  for (const operand of operands) if (typeof operand !== "number") views.push(operand)
  const walk = collapse(out.sizes, views)
  if (walk.count === 0) return
  const args: unknown[] = [walk.inner, out.storage.array, 0, walk.innerSteps[0]]
  const positions: number[] = [2]
  let v = 1
  for (const operand of operands) {
    if (typeof operand === "number") args.push(operand)
    else {
      positions.push(args.length + 1)
      args.push(operand.storage.array, 0, walk.innerSteps[v++])
    }
  }
  const at = views.map((view) => view.offset)
  const { outer, outerSteps } = walk
  if (outer.length === 0) {
    for (let i = 0; i < at.length; i++) args[positions[i]!] = at[i]
    loop(...args)
    return
  }
  const index = new Array<number>(outer.length).fill(0)
  for (;;) {
    for (let i = 0; i < at.length; i++) args[positions[i]!] = at[i]
    loop(...args)
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

function loopFor(expr: Expr, names: readonly string[], operands: readonly Operand[], dtype: DType): Loop {
  let known = loops.get(expr)
  if (!known) loops.set(expr, (known = new Map()))
  let key = dtype.name as string
  for (const operand of operands) key += typeof operand === "number" ? ",n" : "," + operand.dtype.name
  let loop = known.get(key)
  if (!loop) known.set(key, (loop = printLoop(expr, names, operands, dtype)))
  return loop
}

function printLoop(expr: Expr, names: readonly string[], operands: readonly Operand[], dtype: DType): Loop {
  const parameters = ["n", "out", "outAt", "outStep"]
  const spelled: Record<string, string> = {}
  const loads: string[] = []
  const advance: string[] = []
  names.forEach((name, i) => {
    if (typeof operands[i] === "number") {
      parameters.push(`s${i}`)
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
