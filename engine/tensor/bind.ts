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

/** What a signature's call starts from: every fallback in its place, and which parameters have none. */
interface Template {
  readonly values: Bound
  readonly required: readonly Parameter[]
}

const templates = new WeakMap<Signature, Template>()

function templateOf(signature: Signature): Template {
  let template = templates.get(signature)
  if (!template) {
    const { parameters } = signature
    const values = Object.fromEntries(parameters.map((one) => [one.name, one.fallback?.value]))
    templates.set(signature, (template = { values, required: parameters.filter((one) => !one.fallback) }))
  }
  return template
}

/** Binds `args`; throws TypeError that names the parameter, what it takes and what it got. */
export function bind(signature: Signature, args: readonly unknown[]): Bound {
  const { parameters } = signature
  const { values, required } = templateOf(signature)
  let count = args.length
  const last = args[count - 1]
  const options = count > 0 && isOptions(last) ? last : null
  if (options) count--
  const bound: Bound = { ...values }
  let p = 0
  for (let i = 0; i < count; i++) {
    const parameter = parameters[p]
    if (!parameter || parameter.keywordOnly) throw tooMany(signature, count)
    p++
    if (parameter.variadic) {
      const rest = args.slice(i, count)
      const first = rest[0]
      bound[parameter.name] = convert(signature, parameter, rest.length === 1 && (Array.isArray(first) || first === null) ? first : rest)
      break
    }
    const value = args[i]
    if (value !== undefined || !parameter.fallback) bound[parameter.name] = convert(signature, parameter, value)
  }
  if (options) {
    for (const key in options) {
      const name = parameters.some((one) => one.name === key) ? key : (aliases[key] ?? key)
      const at = parameters.findIndex((one) => one.name === name)
      if (at < 0) throw unknownOption(signature, key)
      if (at < p) throw faults.argument(`${signature.name}(): "${key}" is given twice, by position and by name.`, "Leave one of the two out.")
      const value = options[key]
      if (value !== undefined) bound[name] = convert(signature, parameters[at]!, value)
    }
  }
  for (const parameter of required) {
    if (bound[parameter.name] !== undefined) continue
    if (parameter.variadic) bound[parameter.name] = []
    else throw faults.argument(`${signature.name}(): expected "${parameter.name}" (${parameter.type}), found nothing.`, `Write ${usage(signature)}.`)
  }
  return bound
}

function convert(signature: Signature, parameter: Parameter, value: unknown): unknown {
  if (value === null && (parameter.fallback?.value === null || parameter.type.endsWith("null"))) return null
  const accepted = accept(parameter.type, value)
  if (accepted !== undefined) return accepted
  throw faults.argument(`${signature.name}(): expected ${describe(parameter.type)} for "${parameter.name}", found ${found(value)}.`, `Write ${usage(signature)}.`)
}

/** The value as the type wants it, undefined where it does not fit. */
function accept(type: string, value: unknown): unknown {
  switch (type.endsWith(" | null") ? type.slice(0, -7) : type) {
    case "Axes": // Dimensions that are not mistaken for a flag.
      return typeof value === "boolean" ? undefined : accept("Dims", value)
    case "Tensor":
      return value instanceof Tensor ? value : undefined
    case "Mask":
      return value instanceof Tensor && (value.dtype.name === "bool" || value.dtype.name === "uint8") ? value : undefined
    case "Operand":
    case "Filler":
      return value instanceof Tensor || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? value : undefined
    case "number":
      return toNumber(value)
    case "Size1": // One size, not a list of them.
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined
    case "boolean":
      return typeof value === "boolean" ? value : typeof value === "number" ? value !== 0 : undefined
    case "string":
      return typeof value === "string" ? value : undefined
    case "Dims":
    case "Shape":
      if (Array.isArray(value)) {
        const numbers = value.map(toNumber)
        return numbers.includes(undefined) ? undefined : numbers
      } else {
        const one = toNumber(value)
        return one === undefined ? undefined : [one]
      }
    case "Tensor[]":
      return Array.isArray(value) ? (value.every((one) => one instanceof Tensor) ? value : undefined) : value instanceof Tensor && value.sizes.length > 0 ? [...(value as Iterable<Tensor>)] : undefined
    case "dtype":
      return value instanceof DType ? value : undefined
    case "Function":
      return typeof value === "function" ? value : undefined
    default:
      return value
  }
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
