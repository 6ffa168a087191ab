// The one place where the table of operators becomes methods of Tensor and functions of torch.
import type { CompositeEntry, ElementwiseEntry, Entry } from "../ops/entry.ts"
import type { ReturnOf } from "../ops/family.ts"
import { table, type Table } from "../ops/table.ts"
import { bind, binderOf, type Binder, type Bound } from "../tensor/bind.ts"
import { Fault } from "../protocol/faults.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled, tupleMark } from "../tensor/tuple.ts"
import { applyElementwise, applyElementwiseInPlace } from "./elementwise.ts"
import { functions } from "./functions.ts"
import { kit } from "./kit.ts"
import { applyStructural, applyStructuralInPlace } from "./structural.ts"
import { Operator } from "./structuralNode.ts"
import { variantOf, type Scalar, type Variant } from "./variant.ts"
import { watched, watching } from "./watching.ts"

/** Every operator as a function: `functions.add(a, b)`. */
export type Functions = { readonly [K in keyof Table]: (...args: readonly unknown[]) => ReturnOf<Table[K]> }

/** Every operator as a method, and its in-place twin. */
export type Methods = { readonly [K in keyof Table]: (...args: readonly unknown[]) => ReturnOf<Table[K]> } & {
  readonly [K in keyof Table as `${K}_`]: (...args: readonly unknown[]) => Tensor
}

declare module "../tensor/tensor.ts" {
  interface Tensor extends Methods {}
}

/** Runs an entry with the arguments as the learner gave them, the tensor itself first. The array is the callee's to keep and change. */
type Call = (args: unknown[]) => unknown

function callOf(name: string, entry: Entry): Call {
  switch (entry.kind) {
    case "elementwise":
      return reported(name, "elementwise", elementwiseCall(entry, applyElementwise))
    case "structural": {
      const operator = new Operator(entry)
      return reported(name, "structural", (args) => applyStructural(operator, operator.values(args)))
    }
    case "composite": {
      const { compose, signature } = entry as unknown as CompositeEntry<Bound> // The binder makes the arguments that its signature names.
      let binder: Binder | null = null
      return (args) => {
        binder ??= binderOf(signature)
        const made = compose(functions, binder.named(binder.values(args)), kit)
        return Array.isArray(made) && !tupleMark(made) ? tupled(made) : made
      }
    }
    case "overloaded": {
      const calls = entry.choices.map((choice) => callOf(name, choice))
      return (args) => firstThatBinds(calls, args)
    }
  }
}

/** The same call, told to whoever watches. */
function reported(name: string, kind: "elementwise" | "structural", call: Call): Call {
  return (args) => (watching.by === null || watching.inside > 0 ? call(args) : told(name, kind, call, args))
}

/** Apart, so that a call that nobody watches makes no function. */
function told(name: string, kind: "elementwise" | "structural", call: Call, args: readonly unknown[]): unknown {
  return watched(name, kind, args, () => call(args.slice()))
}

/** Tries each signature in turn; only a TypeError of the binding moves on to the next. */
function firstThatBinds(calls: readonly Call[], args: readonly unknown[]): unknown {
  let first: unknown
  for (const call of calls) {
    try {
      return call(args.slice())
    } catch (error) {
      if (!(error instanceof Fault) || error.name !== "TypeError") throw error
      first ??= error
    }
  }
  throw first
}

function inPlaceCallOf(name: string, entry: Entry): Call | null {
  switch (entry.kind) {
    case "elementwise":
      return entry.inPlace ? reported(`${name}_`, "elementwise", elementwiseCall(entry, applyElementwiseInPlace)) : null
    case "structural": {
      if (!entry.inPlace) return null
      const operator = new Operator(entry)
      return reported(`${name}_`, "structural", (args) => applyStructuralInPlace(operator, operator.values(args)))
    }
    case "composite": {
      if (!entry.inPlace) return null
      const { compose, signature } = entry as unknown as CompositeEntry<Bound> // As in callOf.
      return (args) => {
        const bound = bind(signature, args)
        const self = bound["self"] as Tensor
        // The parts are recorded on a copy's behalf; the result is then written into the tensor with their history.
        return self.copy_(compose(functions, { ...bound, self: self.clone() }, kit))
      }
    }
    case "overloaded": {
      const calls = entry.choices.map((choice) => inPlaceCallOf(name, choice)).filter((one) => one !== null)
      return calls.length ? (args) => firstThatBinds(calls, args) : null
    }
  }
}

/** The operands are its to keep and change. */
type Apply = (variant: Variant, operands: (Tensor | Scalar)[]) => Tensor

/** Splits an elementwise call into the formula's inputs and the options that choose the formula. */
function elementwiseCall(entry: ElementwiseEntry, apply: Apply): Call {
  const inputs = entry.signature.parameters.filter((one) => enters.includes(one.type))
  const chosen = entry.signature.parameters.filter((one) => !inputs.includes(one) && one.name !== "inplace")
  const names = inputs.map((one) => one.name)
  const usual = usualCalls(entry)
  return (args) => {
    const known = usual[args.length]
    if (known && fits(args, known.kinds)) {
      const operands = (known.defaults.length === 0 ? args : args.concat(known.defaults)) as (Tensor | Scalar)[] // As it fits.
      return apply((known.variant ??= variantOf(entry, known.names, known.options)), operands)
    }
    const bound = bind(entry.signature, args)
    // `inplace: true` of an activation is its twin with the underscore.
    const run = bound["inplace"] === true ? applyElementwiseInPlace : apply
    const present = names.filter((name) => bound[name] !== null)
    const options: Record<string, unknown> = {}
    for (const one of chosen) options[one.name] = bound[one.name]
    return run(
      variantOf(entry, present, options),
      present.map((name) => bound[name] as Tensor | Scalar),
    )
  }
}

/** Parameter types that enter a formula; others choose it. */
const enters: readonly string[] = ["Tensor", "Operand", "Mask", "Filler", "number"]

/** A call by position alone, everything else left as it is: what it comes to is known before the first one. */
interface UsualCall {
  readonly kinds: readonly string[]
  readonly names: readonly string[]
  readonly options: Record<string, unknown>
  /** Numbers of the parameters that were left out. */
  readonly defaults: readonly Scalar[]
  variant: Variant | null
}

const direct: readonly string[] = ["Tensor", "Operand", "number"]

/** The usual calls by the number of arguments; null where that many are no whole call. */
function usualCalls(entry: ElementwiseEntry): readonly (UsualCall | null)[] {
  const { parameters } = entry.signature
  return [...parameters.keys(), parameters.length].map((count) => {
    const given = parameters.slice(0, count)
    const left = parameters.slice(count)
    if (count === 0 || !given.every((one) => direct.includes(one.type) && !one.keywordOnly && !one.variadic) || !left.every((one) => one.fallback)) return null
    const entering = left.filter((one) => enters.includes(one.type) && one.fallback!.value !== null)
    const options = Object.fromEntries(left.filter((one) => !enters.includes(one.type) && one.name !== "inplace").map((one) => [one.name, one.fallback!.value]))
    return { kinds: given.map((one) => one.type), names: [...given, ...entering].map((one) => one.name), options, defaults: entering.map((one) => one.fallback!.value as Scalar), variant: null }
  })
}

/** Whether plain arguments are what the parameters take, the first of them a tensor. */
function fits(args: readonly unknown[], kinds: readonly string[]): boolean {
  if (!(args[0] instanceof Tensor)) return false
  for (let i = 0; i < kinds.length; i++) {
    const value = args[i]
    const kind = kinds[i]!
    if (value instanceof Tensor ? kind === "number" : typeof value === "number" ? kind === "Tensor" : kind !== "Operand" || (typeof value !== "bigint" && typeof value !== "boolean")) return false
  }
  return true
}

/** Adds every operator to `functions` and to Tensor. */
export function install(): void {
  const prototype = Tensor.prototype as unknown as Record<string, unknown> // Filled by name.
  const all = functions as unknown as Record<string, (...args: unknown[]) => unknown> // As above.
  for (const [name, entry] of Object.entries(table as Readonly<Record<string, Entry>>)) {
    const call = callOf(name, entry)
    all[name] = (...args) => call(args)
    define(prototype, name, call)
    const inPlace = inPlaceCallOf(name, entry)
    if (inPlace) define(prototype, `${name}_`, inPlace)
  }
}

function define(prototype: Record<string, unknown>, name: string, call: Call): void {
  if (Object.hasOwn(prototype, name)) throw new Error(`The operator ${name} would hide a member of Tensor.`)
  const method = function (this: unknown, ...given: readonly unknown[]): unknown {
    if (!(this instanceof Tensor)) throw faults.argument(`${name}(): expected to be called on a tensor.`, `Write x.${name}(…).`)
    // Written out for the usual numbers of arguments: a spread costs as much as the smallest operators themselves.
    const [a, b] = given
    return call(given.length === 0 ? [this] : given.length === 1 ? [this, a] : given.length === 2 ? [this, a, b] : [this, ...given])
  }
  Object.defineProperty(prototype, name, { value: method, configurable: true, writable: true })
}
