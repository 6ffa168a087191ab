// A scalar expression evaluated on tensors, each call being the operator of that name: how a slope becomes
// differentiable itself, for higher orders.
import { scalar } from "../backends/javascript/scalar.ts"
import type { Expr } from "../ops/expr.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { functions } from "./functions.ts"

export type Value = Tensor | number

/** The value of `expr`, its inputs by name. Numbers among themselves are computed as numbers. */
export function evaluate(expr: Expr, names: Readonly<Record<string, Value>>): Value {
  if (expr.kind === "constant") return expr.value
  if (expr.kind === "input") return names[expr.name]!
  if (expr.fn === "where") {
    const condition = evaluate(expr.args[0]!, names)
    // A condition that is a number picks a branch for all elements.
    if (typeof condition === "number") return evaluate(expr.args[condition ? 1 : 2]!, names)
    return functions.where(condition, evaluate(expr.args[1]!, names), evaluate(expr.args[2]!, names))
  }
  const args = expr.args.map((arg) => evaluate(arg, names))
  if (args.every((arg) => typeof arg === "number")) return scalar(expr.fn, args as number[])
  const operator = functions[expr.fn as "add"]
  return operator(...args)
}
