// One scalar function on numbers, printed like a kernel and kept.
import { call, input, type ScalarFunction } from "../../ops/expr.ts"
import { printJavaScript } from "./print.ts"
import * as special from "./special.ts"

const KernelFunction = Function
const printed = new Map<ScalarFunction, (...args: number[]) => number | boolean>()

/** The function itself, of as many numbers as `arity` says. */
export function scalarFunction(fn: ScalarFunction, arity: number): (...args: number[]) => number | boolean {
  let known = printed.get(fn)
  if (!known) {
    const names = Array.from({ length: arity }, (_, i) => `x${i}`)
    const expr = call(fn, ...names.map((name) => input(name)))
    const source = printJavaScript(expr, Object.fromEntries(names.map((name) => [name, name])))
    known = KernelFunction("special", `return (${names.join(", ")}) => ${source}`)(special) as (...args: number[]) => number | boolean
    printed.set(fn, known)
  }
  return known
}

/** `fn(args)` as a number; true is 1. */
export function scalar(fn: ScalarFunction, args: readonly number[]): number {
  return Number(scalarFunction(fn, args.length)(...args))
}
