// Arguments of a call, bound to an operator's parameters by PyTorch's rules: positions first, then one options object.
import { DType } from "../backends/dtype.ts"
import type { Parameter, Signature } from "../ops/signature.ts"
import { faults } from "./faults.ts"
import { numbersOf } from "./make.ts"
import { elementCount } from "./size.ts"
import { Tensor } from "./tensor.ts"

export type Bound = Record<string, unknown>

/** True for an object literal: a trailing one holds keyword arguments. Realm-independent. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || value instanceof Tensor || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const aliases: Readonly<Record<string, string>> = { axis: "dim", keepdims: "keepdim", input: "self", x: "self" }

/** Captured at load, so that the sandbox may take `Function` away from the snippet afterwards. */
const Printed = Function

/** The value as a parameter wants it, undefined where it does not fit. */
type Take = (value: unknown) => unknown

/** A signature made ready for calls: what they start from, what each parameter takes, and how the values get their names. */
export class Binder {
  private readonly fallbacks: readonly unknown[]
  private readonly takes: readonly Take[]
  private readonly required: readonly number[]
  /** For calls by position, by their number of arguments: the values, where each argument is plainly what its parameter takes, else null. */
  private readonly plain: (((args: readonly unknown[]) => unknown[] | null) | undefined)[] = []
  /** The values by name. Printed for each signature, so that reading one of them is as quick as any field. */
  readonly named: (values: readonly unknown[]) => Bound

  constructor(private readonly signature: Signature) {
    const { parameters } = signature
    this.fallbacks = parameters.map((one) => one.fallback?.value)
    this.takes = parameters.map(takeOf)
    this.required = [...parameters.keys()].filter((i) => !parameters[i]!.fallback)
    this.named = Printed("values", `"use strict"; return { ${parameters.map((one, i) => `${one.name}: values[${i}]`).join(", ")} }`) as Binder["named"]
  }

  /** `args` in the order of the parameters, an array of its own; throws TypeError that names the parameter, what it takes and what it got. */
  values(args: readonly unknown[]): unknown[] {
    const count = args.length
    if (count > this.fallbacks.length) return this.bound(args)
    const plain = (this.plain[count] ??= this.printPlain(count))
    return plain(args) ?? this.bound(args)
  }

  /** Any call. */
  private bound(args: readonly unknown[]): unknown[] {
    const { signature, takes } = this
    const { parameters } = signature
    const values = this.fallbacks.slice()
    const last = args[args.length - 1]
    const options = typeof last === "object" && isOptions(last) ? last : null
    const count = options ? args.length - 1 : args.length
    let placed = count
    for (let i = 0; i < count; i++) {
      const parameter = parameters[i]
      if (!parameter || parameter.keywordOnly) throw tooMany(signature, count)
      if (parameter.variadic) {
        const rest = args.slice(i, count)
        const first = rest[0]
        values[i] = this.taken(i, rest.length === 1 && (Array.isArray(first) || first === null) ? first : rest)
        placed = i + 1
        break
      }
      const value = args[i]
      if (value !== undefined) values[i] = takes[i]!(value) ?? this.taken(i, value)
    }
    if (options) this.takeOptions(options, placed, values)
    for (let k = 0; k < this.required.length; k++) {
      const i = this.required[k]!
      if (values[i] !== undefined) continue
      const { name, type, variadic } = parameters[i]!
      if (variadic) values[i] = []
      else throw faults.argument(`${signature.name}(): expected "${name}" (${type}), found nothing.`, `Write ${usage(signature)}.`)
    }
    return values
  }

  /** Most calls need nothing else, so that it is printed for each signature: no loop, no call of what differs from one to the next. */
  private printPlain(count: number): (args: readonly unknown[]) => unknown[] | null {
    const { parameters } = this.signature
    const tests = parameters.slice(0, count).map((one, i) => testOf(one)?.replaceAll("$", `a${i}`))
    const isWhole = count > 0 && parameters.every((one, i) => (i < count ? tests[i] !== undefined : one.fallback && !one.variadic))
    if (!isWhole) return never
    const given = tests.map((_, i) => `const a${i} = args[${i}];`).join(" ")
    const values = parameters.map((_, i) => (i < count ? `a${i}` : `fallbacks[${i}]`)).join(", ")
    return Printed("Tensor", "fallbacks", `"use strict"; return (args) => { ${given} return ${tests.join(" && ")} ? [${values}] : null }`)(Tensor, this.fallbacks) as ReturnType<Binder["printPlain"]>
  }

  /** The values given by name; the first `placed` parameters have theirs already. */
  private takeOptions(options: Readonly<Record<string, unknown>>, placed: number, values: unknown[]): void {
    const { parameters, name } = this.signature
    for (const key in options) {
      const meant = parameters.some((one) => one.name === key) ? key : (aliases[key] ?? key)
      const at = parameters.findIndex((one) => one.name === meant)
      if (at < 0) throw unknownOption(this.signature, key)
      if (at < placed) throw faults.argument(`${name}(): "${key}" is given twice, by position and by name.`, "Leave one of the two out.")
      const value = options[key]
      if (value !== undefined) values[at] = this.taken(at, value)
    }
  }

  private taken(at: number, value: unknown): unknown {
    const taken = this.takes[at]!(value)
    if (taken !== undefined) return taken
    const { signature } = this
    const { name, type } = signature.parameters[at]!
    throw faults.argument(`${signature.name}(): expected ${describe(type)} for "${name}", found ${found(value)}.`, `Write ${usage(signature)}.`)
  }
}

const binders = new WeakMap<Signature, Binder>()

/** The one binder of a signature. */
export function binderOf(signature: Signature): Binder {
  let binder = binders.get(signature)
  if (!binder) binders.set(signature, (binder = new Binder(signature)))
  return binder
}

/** Binds `args` to the names of the parameters; throws TypeError as the binder does. */
export function bind(signature: Signature, args: readonly unknown[]): Bound {
  const binder = binderOf(signature)
  return binder.named(binder.values(args))
}

function takeOf({ type, fallback }: Parameter): Take {
  const plain = type.replace(/ \| null$/, "")
  const take = takes[plain] ?? anything
  return fallback?.value === null || plain !== type ? (value) => (value === null ? null : take(value)) : take
}

const anything: Take = (value) => value
const never = (): null => null

/** How JavaScript asks whether `$` is what a parameter takes just as it is; undefined where that is not asked so simply. */
const tests: Readonly<Record<string, string>> = {
  Tensor: "$ instanceof Tensor",
  Operand: `($ instanceof Tensor || typeof $ === "number")`,
  number: `typeof $ === "number"`,
  boolean: `typeof $ === "boolean"`,
  string: `typeof $ === "string"`,
}

function testOf({ type, fallback, keywordOnly, variadic }: Parameter): string | undefined {
  if (keywordOnly || variadic) return undefined
  const plain = type.replace(/ \| null$/, "")
  const test = tests[plain]
  if (plain === type && fallback?.value !== null) return test
  return test === undefined ? "$ === null" : `($ === null || ${test})`
}

/** What each type takes; any other takes what comes. */
const takes: Readonly<Record<string, Take>> = {
  Tensor: (value) => (value instanceof Tensor ? value : undefined),
  Mask: (value) => (value instanceof Tensor && (value.dtype.name === "bool" || value.dtype.name === "uint8") ? value : undefined),
  Operand: toOperand,
  Filler: toOperand,
  number: toNumber,
  // One size, not a list of them.
  Size1: (value) => (typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined),
  boolean: (value) => (typeof value === "boolean" ? value : typeof value === "number" ? value !== 0 : undefined),
  string: (value) => (typeof value === "string" ? value : undefined),
  Dims: toNumbers,
  Shape: toNumbers,
  // Dimensions that are not mistaken for a flag.
  Axes: (value) => (typeof value === "boolean" ? undefined : toNumbers(value)),
  "Tensor[]": (value) =>
    Array.isArray(value) ? (value.every((one) => one instanceof Tensor) ? value : undefined) : value instanceof Tensor && value.sizes.length > 0 ? [...(value as Iterable<Tensor>)] : undefined,
  dtype: (value) => (value instanceof DType ? value : undefined),
  Function: (value) => (typeof value === "function" ? value : undefined),
}

function toOperand(value: unknown): unknown {
  return value instanceof Tensor || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? value : undefined
}

function toNumbers(value: unknown): unknown {
  if (!Array.isArray(value)) {
    const one = toNumber(value)
    return one === undefined ? undefined : [one]
  }
  const numbers = new Array<number>(value.length)
  for (let i = 0; i < value.length; i++) {
    const one = toNumber(value[i])
    if (one === undefined) return undefined
    numbers[i] = one
  }
  return numbers
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value)
  if (value instanceof Tensor && elementCount(value.sizes) === 1) return numbersOf(value)[0]
  return undefined
}

function describe(type: string): string {
  const words: Record<string, string> = {
    Tensor: "a tensor", Operand: "a tensor or a number", Filler: "a number or a tensor with one element", Mask: "a tensor of booleans", number: "a number", boolean: "true or false", string: "a text",
    Dims: "a dimension or an array of them", Shape: "sizes", "Tensor[]": "an array of tensors", dtype: "a dtype such as torch.float32", Function: "a function",
  }
  return words[type.replace(/ \| null$/, "")] ?? type
}

/** What was found, in words, for a fault. */
export function found(value: unknown): string {
  if (value === null) return "null"
  if (value instanceof Tensor) return `a tensor of shape [${value.sizes.join(", ")}]`
  if (Array.isArray(value)) return "an array"
  if (typeof value === "string") return `the text "${value}"`
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`
  return value === undefined ? "undefined" : typeof value === "object" ? "an object" : `a ${typeof value}`
}

function usage(signature: Signature): string {
  const positional = signature.parameters.filter((one) => !one.keywordOnly && one.name !== "self").map((one) => (one.fallback ? `${one.name}?` : one.name))
  const keywords = signature.parameters.filter((one) => one.keywordOnly).map((one) => one.name)
  return `${signature.name}(${[...positional, ...(keywords.length ? [`{ ${keywords.join(", ")} }`] : [])].join(", ")})`
}

function tooMany(signature: Signature, count: number): Error {
  const most = signature.parameters.filter((one) => !one.keywordOnly).length
  return faults.argument(`${signature.name}(): expected at most ${most} argument${most === 1 ? "" : "s"}, found ${count}.`, `Write ${usage(signature)}.`)
}

function unknownOption(signature: Signature, key: string): Error {
  const names = signature.parameters.filter((one) => one.name !== "self").map((one) => one.name)
  return faults.argument(`${signature.name}(): there is no option "${key}".`, names.length ? `Options are ${names.join(", ")}.` : "It takes no options.")
}
