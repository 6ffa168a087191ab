// The processor's backend: each call goes to the kernels that suit it, JavaScript for what is small or of another type,
// WebAssembly for what is large. Apart from both so that either can be run alone and checked against the other.
import type { Expr, ScalarFunction } from "../ops/expr.ts"
import type { Backend, Operand, ReduceSpec, View } from "./backend.ts"
import { choice } from "./choice.ts"
import { javascript } from "./javascript/index.ts"
import { terms } from "./wasm/crew.ts"
import { elementwiseFast } from "./wasm/elementwise.ts"
import { isFloat32, matmul } from "./wasm/matmul.ts"
import { reduceFast, suitsReduction } from "./wasm/reduce.ts"
import { turnFast } from "./wasm/turn.ts"

/** Elements from which copying into WebAssembly's memory and back costs less than it gains. */
const large = 1 << 10

/** Whether so many elements are worth it. */
const isLarge = (count: number): boolean => count >= large || terms.everything

/** Elements of a row below which a call a row costs more than it gains. */
const leastRow = 16

/** Functions that lanes of float32 compute as well as PyTorch does; formulas with others run in JavaScript, in float64. */
const vectorised: ReadonlySet<ScalarFunction> = new Set<ScalarFunction>([
  ...(["add", "sub", "mul", "div", "neg", "abs", "sqrt", "rsqrt", "reciprocal", "square", "sign", "floor", "ceil", "trunc", "round", "maximum", "minimum"] as const),
  ...(["exp", "log", "tanh", "sigmoid", "where", "lt", "le", "gt", "ge", "eq", "ne", "logical_and", "logical_or", "logical_not", "isnan"] as const),
])

const known = new WeakMap<Expr, boolean>()

function isVector(expr: Expr): boolean {
  if (expr.kind !== "call") return true
  let answer = known.get(expr)
  if (answer === undefined) known.set(expr, (answer = vectorised.has(expr.fn) && expr.args.every(isVector)))
  return answer
}

function compute(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void {
  const fits = choice.wasm && isLarge(out.storage.array.length) && out.dtype.name === "float32" && isLarge(elementsOf(out)) && isVector(expr)
  if (!fits || !elementwiseFast(expr, names, operands, out, terms.everything ? 1 : leastRow)) javascript.elementwise(expr, names, operands, out)
}

function fold(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): void {
  const fits = choice.wasm && isLarge(source.storage.array.length) && isFloat32(source) && out.dtype.category === "float" && out.dtype.itemsize >= 4
  if (!(fits && isLarge(elementsOf(source)) && suitsReduction(spec, isVector) && reduceFast(spec, source, out, dims))) javascript.reduce(spec, source, out, dims)
}

const elementsOf = ({ sizes }: View): number => sizes.reduce((count, size) => count * size, 1)

export const cpuBackend: Backend = {
  ...javascript,
  name: "cpu",
  elementwise: compute,
  reduce: fold,
  copy: (source, out) => (choice.wasm && turnFast(source, out) ? undefined : javascript.copy(source, out)),
  matmul: (a, b, out) => (choice.wasm ? matmul(a, b, out) : javascript.matmul(a, b, out)),
}
