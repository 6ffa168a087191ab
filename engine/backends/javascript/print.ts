// Prints a scalar expression as JavaScript source.
import type { Expr, ScalarFunction } from "../../ops/expr.ts"

type Print = (args: readonly string[]) => string
const infix = (operator: string): Print => ([a, b]) => `(${a} ${operator} ${b})`
const callOf = (name: string): Print => (args) => `${name}(${args.join(", ")})`
const math = (name: string): Print => callOf(`Math.${name}`)
const special = (name: string): Print => callOf(`special.${name}`)

/** How each function is spelled. `special` is the table of `specialFunctions`, in scope of every kernel. */
const spelling: Record<ScalarFunction, Print> = {
  add: infix("+"), sub: infix("-"), mul: infix("*"), div: infix("/"),
  neg: ([a]) => `(-${a})`, pow: special("pow"),
  exp: math("exp"), exp2: ([a]) => `Math.pow(2, ${a})`, expm1: math("expm1"),
  log: math("log"), log2: math("log2"), log10: math("log10"), log1p: math("log1p"),
  sqrt: math("sqrt"), rsqrt: ([a]) => `(1 / Math.sqrt(${a}))`, reciprocal: ([a]) => `(1 / ${a})`, square: ([a]) => `(${a} * ${a})`,
  sin: math("sin"), cos: math("cos"), tan: math("tan"), asin: math("asin"), acos: math("acos"), atan: math("atan"), atan2: math("atan2"),
  sinh: math("sinh"), cosh: math("cosh"), tanh: math("tanh"), asinh: math("asinh"), acosh: math("acosh"), atanh: math("atanh"),
  sigmoid: ([a]) => `(1 / (1 + Math.exp(-${a})))`,
  erf: special("erf"), erfc: special("erfc"), erfinv: special("erfinv"), lgamma: special("lgamma"),
  digamma: special("digamma"), polygamma: special("polygamma"), i0: special("i0"), i1: special("i1"),
  abs: math("abs"), sign: special("sign"), floor: math("floor"), ceil: math("ceil"), round: special("round"), trunc: math("trunc"),
  fmod: infix("%"), remainder: special("remainder"), floor_divide: special("floorDivide"),
  maximum: math("max"), minimum: math("min"), fmax: special("fmax"), fmin: special("fmin"), copysign: special("copysign"),
  gcd: special("gcd"), lcm: special("lcm"),
  lt: infix("<"), le: infix("<="), gt: infix(">"), ge: infix(">="), eq: infix("==="), ne: infix("!=="),
  logical_and: ([a, b]) => `(${a} != 0 && ${b} != 0)`, logical_or: ([a, b]) => `(${a} != 0 || ${b} != 0)`, logical_not: ([a]) => `(${a} == 0)`,
  isnan: ([a]) => `(${a} !== ${a})`, isinf: ([a]) => `(Math.abs(${a}) === Infinity)`, signbit: special("signbit"),
  where: ([c, a, b]) => `(${c} ? ${a} : ${b})`,
  bitwise_and: special("bitAnd"), bitwise_or: special("bitOr"), bitwise_xor: special("bitXor"), bitwise_not: ([a]) => `(-1 - ${a})`,
  bitwise_left_shift: special("shiftLeft"), bitwise_right_shift: special("shiftRight"),
}

/** JavaScript source of `expr`, where `names` tells how each input is spelled. */
export function printJavaScript(expr: Expr, names: Readonly<Record<string, string>>): string {
  if (expr.kind === "constant") return Object.is(expr.value, -0) ? "-0" : expr.value < 0 ? `(${expr.value})` : String(expr.value)
  if (expr.kind === "call") return spelling[expr.fn](expr.args.map((arg) => printJavaScript(arg, names)))
  const name = names[expr.name]
  if (name === undefined) throw new Error(`The formula mentions "${expr.name}", which is not one of its inputs: ${Object.keys(names).join(", ")}.`)
  return name
}
