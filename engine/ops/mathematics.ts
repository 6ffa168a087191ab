// A scalar expression as a line of mathematics, for the learner: `tanh(x)`, `a · b`, `1 − y²`.
import { constant, isConstant, type Expr, type ScalarFunction } from "./expr.ts"

/** How tightly a spelling binds: a part that binds less than its surroundings gets brackets. */
const loose = 1, product = 2, sign = 3, power = 4, atom = 5

interface Written {
  readonly text: string
  readonly binds: number
}

const infix: Partial<Record<ScalarFunction, readonly [string, number]>> = {
  add: [" + ", loose], sub: [" − ", loose], mul: [" · ", product], div: [" / ", product], fmod: [" mod ", product], remainder: [" mod ", product],
  lt: [" < ", 0], le: [" ≤ ", 0], gt: [" > ", 0], ge: [" ≥ ", 0], eq: [" = ", 0], ne: [" ≠ ", 0], logical_and: [" and ", -1], logical_or: [" or ", -2],
}

const called: Partial<Record<ScalarFunction, string>> = { sigmoid: "σ", maximum: "max", minimum: "min", lgamma: "log Γ", digamma: "ψ", log: "log", logical_not: "not" }

/** `expr` as text; `names` tells what each input is called, `numbers` which of them are plain numbers at this run. */
export function mathematics(expr: Expr, names: Readonly<Record<string, string>>, numbers: Readonly<Record<string, number>> = {}): string {
  return written(simplified(expr, numbers), names).text
}

const folded: Partial<Record<ScalarFunction, (a: number, b: number) => number | boolean>> = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, pow: (a, b) => a ** b, neg: (a) => -a, abs: (a) => Math.abs(a),
  lt: (a, b) => a < b, le: (a, b) => a <= b, gt: (a, b) => a > b, ge: (a, b) => a >= b, eq: (a, b) => a === b, ne: (a, b) => a !== b,
}

/** With plain numbers put in and worked out: `2 · x^(2 − 1)` is `2 · x`. */
function simplified(expr: Expr, numbers: Readonly<Record<string, number>>): Expr {
  if (expr.kind === "input") return expr.name in numbers ? constant(numbers[expr.name]!) : expr
  if (expr.kind === "constant") return expr
  const args = expr.args.map((arg) => simplified(arg, numbers))
  const [a, b] = args as [Expr, Expr]
  const fold = folded[expr.fn]
  if (fold && args.every((arg) => arg.kind === "constant")) return constant(Number(fold((a as { value: number }).value, (b as { value: number } | undefined)?.value ?? 0)))
  if (expr.fn === "where" && a.kind === "constant") return args[a.value ? 1 : 2]!
  if (expr.fn === "pow" && isConstant(b, 1)) return a
  if ((expr.fn === "mul" || expr.fn === "div") && isConstant(b, 1)) return a
  if (expr.fn === "mul" && isConstant(a, 1)) return b
  return { ...expr, args }
}

function written(expr: Expr, names: Readonly<Record<string, string>>): Written {
  if (expr.kind === "input") return { text: names[expr.name] ?? expr.name, binds: (names[expr.name] ?? "").startsWith("−") ? sign : atom }
  if (expr.kind === "constant") return { text: numberText(expr.value), binds: expr.value < 0 ? sign : atom }
  const parts = expr.args.map((arg) => written(arg, names))
  const [a, b] = parts as [Written, Written]
  const within = (part: Written, least: number): string => (part.binds < least ? `(${part.text})` : part.text)
  const operator = infix[expr.fn]
  if (operator) {
    const [spelling, binds] = operator
    // A square reads better as one.
    if (expr.fn === "mul" && a.text === b.text) return { text: `${within(a, atom)}²`, binds: power }
    const right = expr.fn === "sub" || expr.fn === "div" ? binds + 1 : binds
    return { text: within(a, binds) + spelling + within(b, right), binds }
  }
  switch (expr.fn) {
    case "neg":
      return { text: `−${within(a, product)}`, binds: sign }
    case "square":
      return { text: `${within(a, atom)}²`, binds: power }
    case "pow":
      return { text: `${within(a, atom)}^${within(b, atom)}`, binds: power }
    case "exp":
      return { text: `e^${within(a, atom)}`, binds: power }
    case "exp2":
      return { text: `2^${within(a, atom)}`, binds: power }
    case "sqrt":
      return { text: `√${within(a, atom)}`, binds: power }
    case "rsqrt":
      return { text: `1 / √${within(a, atom)}`, binds: product }
    case "reciprocal":
      return { text: `1 / ${within(a, sign)}`, binds: product }
    case "abs":
      return { text: `|${a.text}|`, binds: atom }
    case "floor":
      return { text: `⌊${a.text}⌋`, binds: atom }
    case "ceil":
      return { text: `⌈${a.text}⌉`, binds: atom }
    case "where":
      return { text: `${parts[1]!.text} if ${a.text}, else ${parts[2]!.text}`, binds: -3 }
    default:
      return { text: `${called[expr.fn] ?? expr.fn}(${parts.map((part) => part.text).join(", ")})`, binds: atom }
  }
}

/** A number as mathematics writes it, with at most six digits. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return value !== value ? "nan" : value > 0 ? "∞" : "−∞"
  const text = String(Number(value.toPrecision(6)))
  return value < 0 ? `−${text.slice(1)}` : text
}

/** Short names for inputs: `x` for one, `a`, `b`, `c` for several; the result is `y`. */
export function shortNames(inputs: readonly string[]): Record<string, string> {
  const names: Record<string, string> = { result: "y" }
  inputs.forEach((name, i) => (names[name] = inputs.length === 1 ? "x" : String.fromCharCode(97 + i)))
  return names
}
