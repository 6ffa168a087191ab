// Prints a scalar expression as a WebAssembly kernel: one loop over float32 elements, four at a time (SIMD),
// the rest one by one with the same code, so that an element's value does not depend on its place.
import type { Expr, ScalarFunction } from "../../ops/expr.ts"
import { Bytes, encodeModule, plain, type ValueType } from "./encoder.ts"
import { exp, log, tanh } from "./functions.ts"
import { LaneCode, type Fallback, type Lanes } from "./lanes.ts"

export interface PrintedKernel {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Scalar functions that the module imports from "call" by name, on float64. */
  readonly fallbacks: readonly Fallback[]
}

type Spell = (l: LaneCode, args: readonly Lanes[]) => Lanes

const direct = (name: "add" | "sub" | "mul" | "div" | "sqrt" | "abs" | "neg" | "floor" | "ceil" | "trunc" | "nearest" | "min" | "max"): Spell => (l, args) => l.apply(`f32x4.${name}`, args)
const comparing = (how: "eq" | "ne" | "lt" | "gt" | "le" | "ge"): Spell => (l, [a, b]) => l.compare(how, a!, b!)
const isNan = (l: LaneCode, a: Lanes): Lanes => l.compare("ne", a, a)
const one = (l: LaneCode): Lanes => l.constant(1)
const zero = (l: LaneCode): Lanes => l.constant(0)
const negative = (l: LaneCode, a: Lanes): Lanes => l.apply("i32x4.lt_s", [a, l.whole(0)], true)
const signBit = -0x80000000

/** How each function is written on lanes. Those that are not here are called from outside, or not printable. */
const spelling: Partial<Record<ScalarFunction, Spell>> = {
  add: direct("add"), sub: direct("sub"), mul: direct("mul"), div: direct("div"), neg: direct("neg"), abs: direct("abs"), sqrt: direct("sqrt"),
  floor: direct("floor"), ceil: direct("ceil"), trunc: direct("trunc"), round: direct("nearest"), maximum: direct("max"), minimum: direct("min"),
  square: (l, [a]) => l.mul(a!, a!),
  reciprocal: (l, [a]) => l.div(one(l), a!),
  rsqrt: (l, [a]) => l.div(one(l), l.apply("f32x4.sqrt", [a!])),
  exp: (l, [a]) => exp(l, a!),
  log: (l, [a]) => log(l, a!),
  log2: (l, [a]) => l.mul(log(l, a!), l.constant(Math.LOG2E)),
  log10: (l, [a]) => l.mul(log(l, a!), l.constant(Math.LOG10E)),
  tanh: (l, [a]) => tanh(l, a!),
  sigmoid: (l, [a]) => l.div(one(l), l.add(one(l), exp(l, l.apply("f32x4.neg", [a!])))),
  sign: (l, [a]) => l.sub(number(l, l.compare("gt", a!, zero(l))), number(l, l.compare("lt", a!, zero(l)))),
  lt: comparing("lt"), le: comparing("le"), gt: comparing("gt"), ge: comparing("ge"), eq: comparing("eq"), ne: comparing("ne"),
  logical_and: (l, [a, b]) => l.apply("v128.and", [truth(l, a!), truth(l, b!)], true),
  logical_or: (l, [a, b]) => l.apply("v128.or", [truth(l, a!), truth(l, b!)], true),
  logical_not: (l, [a]) => l.apply("v128.not", [truth(l, a!)], true),
  isnan: (l, [a]) => isNan(l, a!),
  isinf: (l, [a]) => l.compare("eq", l.apply("f32x4.abs", [a!]), l.constant(Infinity)),
  signbit: (l, [a]) => negative(l, a!),
  copysign: (l, [a, b]) => l.select(l.whole(signBit), b!, a!),
  fmax: (l, [a, b]) => l.select(isNan(l, a!), b!, l.select(isNan(l, b!), a!, l.apply("f32x4.max", [a!, b!]))),
  fmin: (l, [a, b]) => l.select(isNan(l, a!), b!, l.select(isNan(l, b!), a!, l.apply("f32x4.min", [a!, b!]))),
  where: (l, [condition, yes, no]) => (yes!.truth && no!.truth ? l.select(truth(l, condition!), yes!, no!) : l.select(truth(l, condition!), number(l, yes!), number(l, no!))),
}

/** Functions of whole numbers have no meaning in float32. */
const whole: readonly ScalarFunction[] = ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"]

/** Functions that take truths as they are; the others get 1 and 0. */
const takesTruth: readonly ScalarFunction[] = ["where", "logical_and", "logical_or", "logical_not"]

/** 1 where a truth holds, 0 elsewhere; a number stays. */
function number(l: LaneCode, value: Lanes): Lanes {
  return value.truth ? l.apply("v128.and", [value, one(l)]) : value
}

function truth(l: LaneCode, value: Lanes): Lanes {
  return value.truth ? value : l.compare("ne", value, zero(l))
}

/** Writes `expr`; equal parts are written once. */
function write(l: LaneCode, expr: Expr, inputs: ReadonlyMap<string, Lanes>, written: Map<string, Lanes>): Lanes {
  if (expr.kind === "constant") return l.constant(expr.value)
  if (expr.kind === "input") {
    const value = inputs.get(expr.name)
    if (!value) throw new Error(`The formula mentions "${expr.name}", which is not one of its inputs: ${[...inputs.keys()].join(", ")}.`)
    return value
  }
  const key = keyOf(expr)
  let value = written.get(key)
  if (!value) {
    const args = expr.args.map((arg) => write(l, arg, inputs, written))
    written.set(key, (value = called(l, expr.fn, args)))
  }
  return value
}

/** The value of a formula of one input, as numbers, on lanes that hold it. */
export function writeFormula(l: LaneCode, expr: Expr, name: string, input: Lanes): Lanes {
  return number(l, write(l, expr, new Map([[name, input]]), new Map()))
}

function called(l: LaneCode, fn: ScalarFunction, args: readonly Lanes[]): Lanes {
  if (whole.includes(fn)) throw new Error(`${fn} is not printable as WebAssembly: it is a function of whole numbers, and these kernels compute in float32.`)
  const numbers = takesTruth.includes(fn) ? args : args.map((arg) => number(l, arg))
  const spell = spelling[fn]
  return spell ? spell(l, numbers) : l.outside(fn, numbers)
}

function keyOf(expr: Expr): string {
  if (expr.kind === "call") return `${expr.fn}(${expr.args.map(keyOf).join()})`
  return expr.kind === "input" ? expr.name : Object.is(expr.value, -0) ? "-0" : String(expr.value)
}

/** An input of a kernel: elements in a row, or one number for all. */
export type InputKind = "elements" | "number"

/**
 * The kernel `run(n, out, …inputs)`: byte addresses of float32 elements in a row, or plain numbers, as `kinds` says.
 * `relaxed` allows `f32x4.relaxed_madd`. Throws for functions that are not printable.
 */
export function printWasm(expr: Expr, names: readonly string[], kinds: readonly InputKind[], relaxed = false): PrintedKernel {
  const takes: ValueType[] = ["i32", "i32", ...kinds.map((kind): ValueType => (kind === "number" ? "f32" : "i32"))]
  const l = new LaneCode(takes.length, relaxed)
  const loaded = names.map((): Lanes => ({ local: l.local("v128"), truth: false }))
  const result = number(l, write(l, expr, new Map(names.map((name, i) => [name, loaded[i]!])), new Map()))
  const elements = names.map((_, i) => i).filter((i) => kinds[i] === "elements")

  /** The loop's body: loads, the formula, a store, and the addresses moved on. */
  const step = (width: 4 | 1): Bytes => {
    const code = new LaneCode(0, relaxed)
    for (const i of elements) code.get(2 + i).op(width === 4 ? "v128.load" : "v128.load32_splat", 2, 0).set(loaded[i]!.local)
    code.body.add(l.body)
    code.get(1).get(result.local)
    if (width === 4) code.op("v128.store", 2, 0)
    else code.op("v128.store32_lane", 2, 0, 0)
    for (const local of [1, ...elements.map((i) => 2 + i)]) move(code, local, 4 * width)
    move(code, 0, -width)
    return code.body
  }
  const { code, globals } = l.prologue()
  names.forEach((_, i) => {
    if (kinds[i] === "number") code.add(new LaneCode(0, relaxed).get(2 + i).op("f32x4.splat").set(loaded[i]!.local).body)
  })
  code.add(repeated(4, step(4))).add(repeated(1, step(1)))
  const imports = l.fallbacks.map(({ name, arity }) => ({ name, type: { takes: new Array<ValueType>(arity).fill("f64"), gives: ["f64"] as const } }))
  return { bytes: encodeModule({ imports, constants: globals, type: { takes, gives: [] }, locals: l.locals, body: code }), fallbacks: l.fallbacks }
}

/**
 * The kernel `run(n, …tensors, …numbers)` that changes tensors in place: each step gives one of them a new value, which
 * the steps after it see. Every tensor is elements in a row.
 */
export function printUpdate(steps: readonly (readonly [string, Expr])[], tensors: readonly string[], numbers: readonly string[], relaxed = false): Uint8Array<ArrayBuffer> {
  const takes: ValueType[] = ["i32", ...tensors.map((): ValueType => "i32"), ...numbers.map((): ValueType => "f32")]
  const l = new LaneCode(takes.length, relaxed)
  const given = [...tensors, ...numbers].map((): Lanes => ({ local: l.local("v128"), truth: false }))
  const values = new Map([...tensors, ...numbers].map((name, i) => [name, given[i]!]))
  for (const [name, expr] of steps) values.set(name, number(l, write(l, expr, values, new Map())))
  const changed = tensors.map((name, i) => [i, values.get(name)!] as const).filter(([i, value]) => value !== given[i])

  const step = (width: 4 | 1): Bytes => {
    const code = new LaneCode(0, relaxed)
    tensors.forEach((_, i) => code.get(1 + i).op(width === 4 ? "v128.load" : "v128.load32_splat", 2, 0).set(given[i]!.local))
    code.body.add(l.body)
    for (const [i, value] of changed) {
      code.get(1 + i).get(value.local)
      if (width === 4) code.op("v128.store", 2, 0)
      else code.op("v128.store32_lane", 2, 0, 0)
    }
    tensors.forEach((_, i) => move(code, 1 + i, 4 * width))
    move(code, 0, -width)
    return code.body
  }
  const { code, globals } = l.prologue()
  numbers.forEach((_, i) => code.add(new LaneCode(0, relaxed).get(1 + tensors.length + i).op("f32x4.splat").set(given[tensors.length + i]!.local).body))
  code.add(repeated(4, step(4))).add(repeated(1, step(1)))
  return encodeModule({ imports: [], constants: globals, type: { takes, gives: [] }, locals: l.locals, body: code })
}

/** Adds to an address or a count. */
function move(code: LaneCode, local: number, by: number): void {
  code.get(local).body.byte(plain["i32.const"]).signed(by).byte(plain["i32.add"])
  code.set(local)
}

/** `while (n >= width) body`, where n is the first parameter. */
function repeated(width: number, body: Bytes): Bytes {
  const empty = 0x40
  const left = new Bytes().byte(plain["local.get"]).unsigned(0).byte(plain["i32.const"]).signed(width).byte(plain["i32.lt_s"])
  return new Bytes().byte(plain.block, empty, plain.loop, empty).add(left).byte(plain.br_if, 1).add(body).byte(plain.br, 0, plain.end, plain.end)
}
