// Prints a scalar expression as a compute shader in WGSL: one invocation an element, strides for broadcasting.
// A buffer of numbers, the plan, tells sizes, strides and plain numbers, so that one shader serves every shape.
import type { Expr, ScalarFunction } from "../../ops/expr.ts"
import { ownFunctions, type OwnFunction } from "./functions.ts"

/** An input of a kernel: a buffer of float32, one element of a buffer for all, a number in the plan, or what lies where the result is put. */
export type InputKind = "elements" | "one" | "number" | "self"

/** WGSL knows numbers (f32) and truths (bool) apart. */
export interface Written {
  readonly text: string
  readonly truth: boolean
}

type Spell = (args: readonly Written[], use: (name: OwnFunction) => string) => string

const infix = (operator: string): Spell => ([a, b]) => `(${numeric(a!)} ${operator} ${numeric(b!)})`
const built = (name: string): Spell => (args) => `${name}(${args.map(numeric).join(", ")})`
const own = (name: OwnFunction): Spell => (args, use) => `${use(name)}(${args.map(numeric).join(", ")})`
export const numeric = ({ text, truth }: Written): string => (truth ? `select(0.0, 1.0, ${text})` : text)
const truthful = ({ text, truth }: Written): string => (truth ? text : `(${text} != 0.0)`)

/** How each number is written. Those that are missing are not printable. */
const numbers: Partial<Record<ScalarFunction, Spell>> = {
  add: infix("+"), sub: infix("-"), mul: infix("*"), div: infix("/"), neg: ([a]) => `(-${numeric(a!)})`, pow: own("powOf"),
  exp: own("expOf"), exp2: built("exp2"), expm1: own("expm1Of"), log: own("logOf"), log1p: own("log1pOf"),
  log2: ([a], use) => `(${use("logOf")}(${numeric(a!)}) * ${Math.LOG2E})`, log10: ([a], use) => `(${use("logOf")}(${numeric(a!)}) * ${Math.LOG10E})`,
  sqrt: built("sqrt"), rsqrt: ([a]) => `(1.0 / sqrt(${numeric(a!)}))`, reciprocal: ([a]) => `(1.0 / ${numeric(a!)})`, square: own("squareOf"),
  sin: own("sinOf"), cos: own("cosOf"), tan: own("tanOf"), asin: own("asinOf"), acos: own("acosOf"), atan: own("atanOf"), atan2: own("atan2Of"),
  sinh: own("sinhOf"), cosh: built("cosh"), tanh: own("tanhOf"), asinh: own("asinhOf"), acosh: own("acoshOf"), atanh: own("atanhOf"),
  sigmoid: ([a], use) => `(1.0 / (1.0 + ${use("expOf")}(-${numeric(a!)})))`, erf: own("erfOf"), erfc: own("erfcOf"), erfinv: own("erfinvOf"),
  lgamma: own("lgammaOf"), digamma: own("digammaOf"), polygamma: own("polygammaOf"),
  abs: built("abs"), sign: built("sign"), floor: built("floor"), ceil: built("ceil"), round: built("round"), trunc: built("trunc"),
  fmod: infix("%"), remainder: own("remainderOf"), floor_divide: ([a, b]) => `floor(${numeric(a!)} / ${numeric(b!)})`,
  maximum: own("maximumOf"), minimum: own("minimumOf"), fmax: own("fmaxOf"), fmin: own("fminOf"), copysign: own("copysignOf"),
}

const truths: Partial<Record<ScalarFunction, Spell>> = {
  lt: infix("<"), le: infix("<="), gt: infix(">"), ge: infix(">="), eq: infix("=="), ne: infix("!="),
  logical_and: ([a, b]) => `(${truthful(a!)} && ${truthful(b!)})`, logical_or: ([a, b]) => `(${truthful(a!)} || ${truthful(b!)})`, logical_not: ([a]) => `(!${truthful(a!)})`,
  isnan: own("isnanOf"), isinf: own("isinfOf"), signbit: own("signbitOf"),
}

const spelled = (name: string): string => `in_${name}`

/** Places at the start of a plan: how many elements, how many invocations in a row of the grid, the rank, infinity's bits. */
export const planHead = 4
export const workgroup = 64

/** How the elements are walked: four in a row at a time, by one step a view, or by sizes and strides of several dimensions. */
export type Form = "fours" | "flat" | "strided"

/**
 * The shader of `out[i] = expr(inputs[i])`. Bindings: 0 the plan, 1 the result, then each input that has elements.
 * Behind the plan's head stand the offsets of the views (fours: counted in fours, of one element as it is), then their
 * steps (flat), or for each dimension its size and every view's stride (strided), then plain numbers. Throws for
 * functions that are not printable.
 */
export function printWgsl(expr: Expr, names: readonly string[], kinds: readonly InputKind[], form: Form = "strided", isTruth = false): string {
  const { text, truth, calls } = printScalar(expr, names)
  const bound = names.flatMap((name, i) => (kinds[i] === "elements" || kinds[i] === "one" ? [{ name: spelled(name), kind: kinds[i]! }] : []))
  const type = (kind: InputKind): string => (form === "fours" && kind === "elements" ? "vec4<f32>" : "f32")
  const bindings = [{ name: "result", kind: "elements" as InputKind }, ...bound].map(({ name, kind }, i) => `@group(0) @binding(${i + 1}) var<storage, ${i === 0 ? "read_write" : "read"}> ${name}_: array<${type(kind)}>;`)
  const at = ["result", ...bound].map((_, i) => `at${i}`)
  let plain = 0
  const source = (name: string, kind: InputKind): string => {
    if (kind === "number") return `bitcast<f32>(plan[numbers + ${plain++}u])`
    return kind === "self" ? "result_[at0]" : `${spelled(name)}_[at${bound.findIndex((one) => one.name === spelled(name)) + 1}]`
  }
  const loads = names.map((name, i) => `  let ${spelled(name)} = ${source(name, kinds[i]!)};`)
  const count = at.length
  const isFour = (kind: InputKind): boolean => form === "fours" && (kind === "elements" || kind === "self")
  const applied = (part: string): string => `formula(${names.map((name, i) => `${spelled(name)}${isFour(kinds[i]!) ? part : ""}`).join(", ")})`
  const value = form === "fours" ? `vec4<f32>(${[0, 1, 2, 3].map((part) => applied(`[${part}]`)).join(", ")})` : applied("")
  const walk = { fours: foursWalk(["elements", ...bound.map((one) => one.kind)]), flat: flatWalk(at), strided: stridedWalk(at) }[form]
  const numbersAt = { fours: `${planHead + count}u`, flat: `${planHead + 2 * count}u`, strided: `${planHead + count}u + plan[2] * ${count + 1}u` }[form]
  return `@group(0) @binding(0) var<storage, read> plan: array<u32>;
${bindings.join("\n")}
${functionsText(calls)}
fn formula(${names.map((name) => `${spelled(name)}: f32`).join(", ")}) -> f32 { return ${isTruth && !truth ? `select(0.0, 1.0, ${text} != 0.0)` : numeric({ text, truth })}; }
@compute @workgroup_size(${workgroup})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
${walk}
  let numbers = ${numbersAt};
${loads.join("\n")}
  result_[at0] = ${value};
}
`
}

const foursWalk = (kinds: readonly InputKind[]): string => kinds.map((kind, v) => `  let at${v} = plan[${planHead + v}]${kind === "one" ? "" : " + i"};`).join("\n")

const flatWalk = (at: readonly string[]): string => at.map((name, v) => `  let ${name} = plan[${planHead + v}] + i * plan[${planHead + at.length + v}];`).join("\n")

const stridedWalk = (at: readonly string[]): string => `${at.map((name, v) => `  var ${name} = plan[${planHead + v}];`).join("\n")}
  var rest = i;
  for (var d = plan[2]; d > 0u; d--) {
    let row = ${planHead + at.length}u + (d - 1u) * ${at.length + 1}u;
    let place = rest % plan[row];
    rest = rest / plan[row];
${at.map((name, v) => `    ${name} += place * plan[row + ${v + 1}u];`).join("\n")}
  }`

/** An expression as WGSL writes it, its inputs spelled `in_x`, and the functions of ours that it calls, which read `plan[3]`. */
export function printScalar(expr: Expr, names: readonly string[]): Written & { readonly calls: readonly OwnFunction[] } {
  const used = new Set<OwnFunction>()
  const written = write(expr, new Set(names), used)
  return { ...written, calls: [...used] }
}

/** The text of functions of ours, each once. */
export function functionsText(calls: readonly OwnFunction[]): string {
  return [...new Set(calls)].sort().map((name) => ownFunctions[name].source).join("\n")
}

const printable = new WeakMap<Expr, boolean>()

/** Whether WGSL has everything that an expression calls. */
export function isPrintable(expr: Expr): boolean {
  if (expr.kind !== "call") return true
  let answer = printable.get(expr)
  if (answer === undefined) printable.set(expr, (answer = (expr.fn in numbers || expr.fn in truths || expr.fn === "where") && expr.args.every(isPrintable)))
  return answer
}

function write(expr: Expr, names: ReadonlySet<string>, used: Set<OwnFunction>): Written {
  if (expr.kind === "constant") return { text: literal(expr.value), truth: false }
  if (expr.kind === "input") {
    if (!names.has(expr.name)) throw new Error(`The formula mentions "${expr.name}", which is not one of its inputs: ${[...names].join(", ")}.`)
    return { text: spelled(expr.name), truth: false }
  }
  const args = expr.args.map((arg) => write(arg, names, used))
  const use = (name: OwnFunction): string => {
    for (const needed of ownFunctions[name].needs) use(needed)
    used.add(name)
    return name
  }
  if (expr.fn === "where") return chosen(args as [Written, Written, Written])
  const number = numbers[expr.fn]
  if (number) return { text: number(args, use), truth: false }
  const truth = truths[expr.fn]
  if (truth) return { text: truth(args, use), truth: true }
  throw new Error(`${expr.fn} is not printable as WGSL: the language has no such function, and we have not written it.`)
}

function chosen([condition, yes, no]: [Written, Written, Written]): Written {
  const truth = yes.truth && no.truth
  const [a, b] = truth ? [yes.text, no.text] : [numeric(yes), numeric(no)]
  return { text: `select(${b}, ${a}, ${truthful(condition)})`, truth }
}

/** WGSL folds constants and refuses what is not finite, so those come from the plan's bits at run time. */
function literal(value: number): string {
  if (value === Infinity) return "bitcast<f32>(plan[3])"
  if (value === -Infinity) return "(-bitcast<f32>(plan[3]))"
  if (value !== value) return "bitcast<f32>(plan[3] | 1u)"
  // A number beyond float32's range is the largest of it: a compile-time error otherwise.
  const bounded = Math.max(-3.4028234663852886e38, Math.min(3.4028234663852886e38, value))
  return `f32(${bounded})`
}
