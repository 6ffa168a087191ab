// Scalar expressions: the one form in which an elementwise operator's formula and slopes are written.
// Every backend prints them in its own language; autograd evaluates them on tensors for higher orders;
// the panel prints them as mathematics. Apart because it knows no tensor, no backend and no gradient.

/** Functions that a scalar expression may call. Each is also the name of an operator, or of one of `specialFunctions`. */
export type ScalarFunction =
  | "add" | "sub" | "mul" | "div" | "neg" | "pow"
  | "exp" | "exp2" | "expm1" | "log" | "log2" | "log10" | "log1p" | "sqrt" | "rsqrt" | "reciprocal" | "square"
  | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "atan2" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh"
  | "sigmoid" | "erf" | "erfc" | "erfinv" | "lgamma" | "digamma" | "polygamma" | "i0" | "i1"
  | "abs" | "sign" | "floor" | "ceil" | "round" | "trunc" | "fmod" | "remainder" | "floor_divide"
  | "maximum" | "minimum" | "fmax" | "fmin" | "copysign" | "gcd" | "lcm"
  | "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "logical_and" | "logical_or" | "logical_not"
  | "isnan" | "isinf" | "signbit" | "where"
  | "bitwise_and" | "bitwise_or" | "bitwise_xor" | "bitwise_not" | "bitwise_left_shift" | "bitwise_right_shift"

export type Expr =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "call"; readonly fn: ScalarFunction; readonly args: readonly Expr[] }

/** What a formula may write where a value is expected. */
export type Term = Expr | number

export const input = (name: string): Expr => ({ kind: "input", name })
export const constant = (value: number): Expr => ({ kind: "constant", value })
const lift = (term: Term): Expr => (typeof term === "number" ? constant(term) : term)

const titles = new WeakMap<Expr, string>()

/** Says whose formula this is, for whoever tells of the kernel that it becomes. */
export function entitle(formula: Expr, title: string): void {
  titles.set(formula, title)
}

/** The operator of a formula, else what it calls last. */
export function titleOf(formula: Expr): string {
  return titles.get(formula) ?? (formula.kind === "call" ? formula.fn : "copy")
}

/** The expression `fn(args)`. */
export function call(fn: ScalarFunction, ...args: Term[]): Expr {
  return { kind: "call", fn, args: args.map(lift) }
}

const unary = (fn: ScalarFunction) => (x: Term) => call(fn, x)
const binary = (fn: ScalarFunction) => (x: Term, y: Term) => call(fn, x, y)

export const neg = unary("neg"), exp = unary("exp"), exp2 = unary("exp2"), expm1 = unary("expm1")
export const log = unary("log"), log2 = unary("log2"), log10 = unary("log10"), log1p = unary("log1p")
export const sqrt = unary("sqrt"), rsqrt = unary("rsqrt"), reciprocal = unary("reciprocal"), square = unary("square")
export const sin = unary("sin"), cos = unary("cos"), tan = unary("tan")
export const asin = unary("asin"), acos = unary("acos"), atan = unary("atan"), atan2 = binary("atan2")
export const sinh = unary("sinh"), cosh = unary("cosh"), tanh = unary("tanh")
export const asinh = unary("asinh"), acosh = unary("acosh"), atanh = unary("atanh")
export const sigmoid = unary("sigmoid"), erf = unary("erf"), erfc = unary("erfc"), erfinv = unary("erfinv")
export const lgamma = unary("lgamma"), digamma = unary("digamma"), polygamma = binary("polygamma"), i0 = unary("i0"), i1 = unary("i1")
export const abs = unary("abs"), sign = unary("sign"), floor = unary("floor"), ceil = unary("ceil"), round = unary("round"), trunc = unary("trunc")
export const pow = binary("pow"), fmod = binary("fmod"), remainder = binary("remainder"), floorDivide = binary("floor_divide")
export const maximum = binary("maximum"), minimum = binary("minimum"), fmax = binary("fmax"), fmin = binary("fmin"), copysign = binary("copysign")
export const gcd = binary("gcd"), lcm = binary("lcm")
export const lt = binary("lt"), le = binary("le"), gt = binary("gt"), ge = binary("ge"), eq = binary("eq"), ne = binary("ne")
export const and = binary("logical_and"), or = binary("logical_or"), not = unary("logical_not")
export const isnan = unary("isnan"), isinf = unary("isinf"), signbit = unary("signbit")
export const bitAnd = binary("bitwise_and"), bitOr = binary("bitwise_or"), bitXor = binary("bitwise_xor"), bitNot = unary("bitwise_not")
export const shiftLeft = binary("bitwise_left_shift"), shiftRight = binary("bitwise_right_shift")
export const where = (condition: Term, yes: Term, no: Term): Expr => call("where", condition, yes, no)
export const add = binary("add"), sub = binary("sub"), mul = binary("mul"), div = binary("div")

export const isConstant = (expr: Expr, value: number): boolean => expr.kind === "constant" && expr.value === value

/**
 * The gradient that passes on: `incoming · slope`, without touching `incoming` where the slope is literally 0 or 1.
 * A branch of a `where` that is literally 0 passes nothing on, also where `incoming` is infinite or not a number
 * (as PyTorch's masked backward formulas do).
 */
export function timesSlope(incoming: Expr, slope: Expr): Expr {
  if (isConstant(slope, 0)) return slope
  if (isConstant(slope, 1)) return incoming
  if (isConstant(slope, -1)) return neg(incoming)
  if (slope.kind === "call" && slope.fn === "where") {
    const [condition, yes, no] = slope.args as [Expr, Expr, Expr]
    return where(condition, timesSlope(incoming, yes), timesSlope(incoming, no))
  }
  return mul(incoming, slope)
}

/** Names of the inputs that an expression mentions, in order of first mention. */
export function inputsOf(expr: Expr, found: string[] = []): string[] {
  if (expr.kind === "input") {
    if (!found.includes(expr.name)) found.push(expr.name)
  } else if (expr.kind === "call") {
    for (const arg of expr.args) inputsOf(arg, found)
  }
  return found
}
