// The shape of an operator's entry: what each operator is, written once. Apart because every family of operators
// is written with these three forms, and everything generic (dispatch, backward, types, tests) walks them.
import type { Dense, Device, Kernel, Operand, ReduceSpec } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import type { kernels } from "../backends/javascript/kernels.ts"
import type { Functions } from "../autograd/methods.ts"
import type { Fault } from "../protocol/faults.ts"
import type { distributions } from "../tensor/distributions.ts"
import type { Generator } from "../tensor/random.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { input, type Expr, type Term } from "./expr.ts"
import { parseSignature, type Signature } from "./signature.ts"

/** Inputs of a formula by name; `result` is the operator's output. */
export type Names = Readonly<Record<string, Expr>>
/** Arguments that choose between formulas rather than enter them: text, booleans. */
export type Options = Readonly<Record<string, unknown>>

/** Where a name is offered. A function of `torch` and a method of Tensor unless said otherwise. */
export type Namespace = "torch" | "Tensor" | "functional" | "linalg" | "special" | "fft"

/** A call that the generic tests make: arguments as in a snippet, tensors as nested numbers (bigints for whole ones, booleans for masks). */
export type Sample = readonly unknown[]

interface Common {
  readonly signature: Signature
  /** One sentence for the learner: what it does. */
  readonly doc: string
  readonly namespaces: readonly Namespace[]
  /** Offered with a trailing underscore as well, changing `self`. */
  readonly inPlace: boolean
  readonly samples: readonly Sample[]
  /** Calls that must throw, with the class that they throw. */
  readonly rejects: readonly { readonly args: Sample; readonly throws: string }[]
}

/**
 * Type of the result: `promote` the common type; `float` the same, whole numbers becoming the default floating type;
 * `bool`; `first` the first input's.
 */
export type ResultKind = "promote" | "float" | "bool" | "first"

/** What is wrong with the arguments of a call, and what to try. */
export type Refusal = (given: Readonly<Record<string, Tensor | number | bigint | boolean>>, common: DType, numbers: (source: Tensor) => ArrayLike<number>) => readonly [string, string] | null

/** Refuses tensors of several element types where PyTorch promotes nothing. */
export const oneType: Refusal = (given) => {
  const [first, ...others] = Object.values(given).flatMap((one) => (typeof one === "object" ? [one.dtype.name] : []))
  const other = others.find((name) => name !== first)
  return other ? [`the tensors' types ${first} and ${other} differ.`, "Convert one of them first, for example with .float()."] : null
}

/** Refuses a whole zero among the divisors of whole numbers. */
export const wholeZero: Refusal = ({ other }, common, numbers) => {
  if (common.category === "float" || other === undefined) return null
  const zero = typeof other === "object" ? Array.prototype.includes.call(numbers(other), 0) : Number(other) === 0
  return zero ? ["a whole number cannot be divided by 0.", "Convert first with .float(), for which the answer is infinite or nan."] : null
}

/** Refuses a fraction as the factor of whole numbers. */
export const wholeAlpha: Refusal = ({ alpha }, common) => (common.category === "float" || alpha === undefined || Number.isInteger(Number(alpha)) ? null : ["expected a whole number for alpha beside whole numbers.", "Convert the tensors first with .float()."])

/** One scalar formula and one slope an input give the kernels, the backward pass, what is saved and what is shown. */
export interface ElementwiseEntry extends Common {
  readonly kind: "elementwise"
  readonly formula: (names: Names, options: Options, fault: Kit["fault"]) => Expr
  /** ∂result/∂input by input; an input without one takes no gradient. */
  readonly slope: Readonly<Record<string, (names: Names, options: Options) => Term>>
  readonly result: ResultKind
  /** `MulBackward0`; told which of the inputs are tensors, and which are there at all. */
  readonly gradName: (isTensor: (name: string) => boolean, isGiven: (name: string) => boolean) => string
  /** Element types that are accepted: all by default; `number` is all but booleans. */
  readonly accepts: "any" | "float" | "whole" | "number"
  /** Says what is wrong with the arguments, and what to try; null where nothing is. Not asked where all are of one floating type. */
  readonly refuses: Refusal | null
}

/** What a structural forward may ask of the core. Tensors it makes have no history. */
export interface Kit {
  readonly t: Functions
  readonly dtype: Readonly<Record<DType["name"], DType>>
  readonly defaultDtype: DType
  /** What totals of this tensor's elements are kept in: float64, or its own type where a GPU adds them up. */
  totals(of: Tensor): DType
  zeros(sizes: readonly number[], dtype: DType): Tensor
  /** For a kernel that writes every element before anybody reads one. */
  unfilled(sizes: readonly number[], dtype: DType): Tensor
  full(sizes: readonly number[], value: number, dtype: DType): Tensor
  fromNumbers(values: ArrayLike<number>, sizes: readonly number[], dtype: DType): Tensor
  numbers(source: Tensor): number[]
  /** New random numbers of a distribution with its parameters, from the given generator or the usual one. */
  drawn(what: keyof typeof distributions, sizes: readonly number[], dtype: DType, from?: Generator | null, ...parameters: readonly number[]): Tensor
  /** The given generator, or the usual one. */
  generator(given: Generator | null): Generator
  /** One number of the Poisson distribution. */
  poisson(from: Generator, rate: number): number
  copied(source: Tensor, dtype?: DType): Tensor
  dense(source: Tensor): Tensor
  /** A row-major copy where new tensors are made now. */
  moved(source: Tensor, dtype: DType): Tensor
  /** The device that a learner names; null for null. Faults where there is none of that name. */
  device(named: unknown): Device | null
  view(base: Tensor, sizes: readonly number[], strides: readonly number[], offset?: number): Tensor
  elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], sizes: readonly number[], dtype: DType): Tensor
  reduce(spec: ReduceSpec, source: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor
  matmul(a: Tensor, b: Tensor, sizes: readonly number[], dtype: DType): Tensor
  /** Runs a named structural kernel on row-major copies where needed. */
  kernel<K extends keyof typeof kernels>(name: K, inputs: readonly Tensor[], outputs: readonly Tensor[], options: OptionsOf<(typeof kernels)[K]>): void
  promote(...tensors: readonly Tensor[]): DType
  broadcast(what: string, ...shapes: readonly (readonly number[])[]): readonly number[]
  /** A dimension counted from 0; IndexError when out of range. */
  dim(what: string, dim: number, rank: number): number
  /** Dimensions counted from 0, without repetition; all for null or an empty list. */
  dims(what: string, dims: readonly number[] | null, rank: number): number[]
  fault(name: string, message: string, hint?: string): Fault
  /** An array that print writes as Python's tuple. */
  tuple<T>(items: T[]): T[]
  /** Says something that does not stop the run, at the place of the call. */
  warn(message: string, hint: string): Fault
}

export type OptionsOf<K> = K extends Kernel<infer O> ? O : never
export type { Dense }

/** Gradient by input name: null or left out where none passes. Lists of tensors get lists. */
export type Grads<A> = { readonly [K in keyof A]?: Tensor | null | readonly (Tensor | null)[] }

/** Gradients as `backward` gives them, computed by kernels; null where these do not fit the call. */
export type Fused<A> = (kit: Kit, grads: readonly Tensor[], args: A, results: readonly Tensor[], needs: (name: keyof A) => boolean) => Grads<A> | null

/**
 * An operator with a shape of its own. `backward` is written in tensor calls, so that higher orders follow.
 * Tensors that `saves` does not name are only their shape and type in `backward`.
 */
export interface StructuralEntry<A = Record<string, unknown>> extends Common {
  readonly kind: "structural"
  readonly forward: (kit: Kit, args: A) => Tensor | readonly Tensor[]
  /** `grads` has one an output, null where none arrived; `results` the saved outputs by position. */
  readonly backward?: (grads: readonly (Tensor | null)[], args: A, results: readonly Tensor[], t: Functions, needs: (name: keyof A) => boolean) => Grads<A>
  /** The same gradients from kernels of their own, where no graph of them is kept. The tests compare both. */
  readonly fused?: Fused<A>
  readonly saves: readonly string[]
  /** Positions of outputs that `backward` needs. */
  readonly savesResults: readonly number[]
  /** Tensors that are never differentiated, so that PyTorch's node has no way on to them. (Masks and places need no mention.) */
  readonly constants: readonly string[]
  /** Names of several outputs (`values`, `indices`). */
  readonly outputs?: readonly string[]
  /** The result looks into the first input's memory. */
  readonly view: boolean
  readonly gradName: string | ((args: A) => string)
  /** The operator's mathematics for the learner. */
  readonly formulaText?: string
  /** Its slopes, `∂y/∂A = B`, by the parameter that stands below. `n` is how many elements are averaged. */
  readonly slopeTexts?: SlopeTexts<A>
}

type SlopeTexts<A> = { readonly [K in keyof A]?: string } | ((args: A) => { readonly [K in keyof A]?: string })

/** An operator made of others: no gradient of its own, the nodes of its parts are what a learner sees. */
export interface CompositeEntry<A = Record<string, unknown>> extends Common {
  readonly kind: "composite"
  readonly compose: (t: Functions, args: A, kit: Kit) => unknown
}

/** Several signatures under one name; the first that binds is taken. */
export interface OverloadedEntry {
  readonly kind: "overloaded"
  readonly choices: readonly Entry[]
}

export type Entry = ElementwiseEntry | StructuralEntry<never> | CompositeEntry<never> | OverloadedEntry

/** `log_softmax` → `LogSoftmaxBackward0`, `max_pool2d` → `MaxPool2DBackward0`, as PyTorch's code generator spells them. */
export function gradNameOf(name: string): string {
  return name.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1).replace(/(\d)([a-z])/g, (_, n: string, c: string) => n + c.toUpperCase())).join("") + "Backward0"
}

interface CommonGiven {
  readonly doc: string
  readonly in?: readonly Namespace[]
  readonly inPlace?: boolean
  readonly samples?: readonly Sample[]
  readonly rejects?: readonly { readonly args: Sample; readonly throws: string }[]
}

function common(text: string, given: CommonGiven): Common {
  return { signature: parseSignature(text), doc: given.doc, namespaces: given.in ?? ["torch", "Tensor"], inPlace: given.inPlace ?? false, samples: given.samples ?? [], rejects: given.rejects ?? [] }
}

interface ElementwiseGiven extends CommonGiven {
  readonly formula: ElementwiseEntry["formula"]
  readonly slope?: ElementwiseEntry["slope"]
  readonly result?: ResultKind
  readonly gradName?: string | ElementwiseEntry["gradName"]
  readonly accepts?: ElementwiseEntry["accepts"]
  readonly refuses?: ElementwiseEntry["refuses"]
}

export function elementwise(text: string, given: ElementwiseGiven): ElementwiseEntry {
  const base = common(text, given)
  const { gradName } = given
  const name = typeof gradName === "string" ? gradName : gradNameOf(base.signature.name)
  return {
    ...base,
    kind: "elementwise",
    formula: given.formula,
    slope: given.slope ?? {},
    result: given.result ?? "promote",
    gradName: typeof gradName === "function" ? gradName : () => name,
    accepts: given.accepts ?? "any",
    refuses: given.refuses ?? null,
    inPlace: given.inPlace ?? true,
  }
}

interface StructuralGiven<A> extends CommonGiven {
  readonly forward: StructuralEntry<A>["forward"]
  readonly backward?: StructuralEntry<A>["backward"]
  readonly fused?: Fused<A>
  readonly saves?: readonly (keyof A & string)[]
  readonly savesResults?: readonly number[]
  readonly constants?: readonly string[]
  readonly outputs?: readonly string[]
  readonly view?: boolean
  readonly gradName?: string | ((args: A) => string)
  readonly formulaText?: string
  readonly slopeTexts?: SlopeTexts<A>
}

export function structural<A>(text: string, given: StructuralGiven<A>): Entry {
  const base = common(text, given)
  const entry: StructuralEntry<A> = {
    ...base,
    kind: "structural",
    forward: given.forward,
    ...(given.backward ? { backward: given.backward } : {}),
    ...(given.fused ? { fused: given.fused } : {}),
    saves: given.saves ?? [],
    savesResults: given.savesResults ?? [],
    constants: given.constants ?? [],
    ...(given.outputs ? { outputs: given.outputs } : {}),
    view: given.view ?? false,
    gradName: given.gradName ?? gradNameOf(base.signature.name),
    ...(given.formulaText ? { formulaText: given.formulaText } : {}),
    ...(given.slopeTexts ? { slopeTexts: given.slopeTexts } : {}),
  }
  return entry as unknown as Entry // The binder fills A from the signature; the table itself does not know it.
}

export function composite<A>(text: string, given: CommonGiven & { readonly compose: CompositeEntry<A>["compose"] }): Entry {
  const entry: CompositeEntry<A> = { ...common(text, given), kind: "composite", compose: given.compose }
  return entry as unknown as Entry // As above.
}

export function overloaded(...choices: readonly Entry[]): Entry {
  return { kind: "overloaded", choices }
}

export { input }
