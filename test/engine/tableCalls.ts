// The operators' table as a list of calls that generic tests make: every sample of every entry, family by family.
// Apart from the tests because each of them walks the same list.
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { CompositeEntry, ElementwiseEntry, Entry, Sample, StructuralEntry } from "../../engine/ops/entry.ts"
import { table } from "../../engine/ops/table.ts"
import { functions } from "../../engine/autograd/functions.ts"
import { isOptions } from "../../engine/tensor/bind.ts"
import { generator, Tensor, torch } from "../../engine/torch.ts"

export type Single = ElementwiseEntry | StructuralEntry<never> | CompositeEntry<never>

/** One signature of one operator. */
export interface Operator {
  readonly name: string
  /** `prod` or, where it is one of several signatures, `prod#1`. */
  readonly title: string
  readonly entry: Single
}

/** Arguments of a call: nested numbers made into tensors, options last. */
export type Arguments = unknown[]

const folder = fileURLToPath(new URL("../../engine/ops/", import.meta.url))
const byName = table as Readonly<Record<string, Entry>>

/** The families in the order of their files, each with its operators. */
export async function families(): Promise<[string, Operator[]][]> {
  const found: [string, Operator[]][] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".ts")) continue
    const exported = (await import(folder + file)) as Record<string, unknown>
    for (const [family, value] of Object.entries(exported)) {
      if (family !== "table" && isFamily(value)) found.push([family, Object.keys(value).flatMap(operatorsOf)])
    }
  }
  return found
}

/** A family is an object of entries that stand in the table under the same names. */
function isFamily(value: unknown): value is Record<string, Entry> {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0 && Object.entries(value).every(([name, entry]) => byName[name] === entry)
}

/** Every operator of the table. */
export function allOperators(): Operator[] {
  return Object.keys(byName).flatMap(operatorsOf)
}

function operatorsOf(name: string): Operator[] {
  const singles = flat(byName[name]!)
  return singles.map((entry, i) => ({ name, title: singles.length === 1 ? name : `${name}#${i}`, entry }))
}

function flat(entry: Entry): Single[] {
  return entry.kind === "overloaded" ? entry.choices.flatMap(flat) : [entry]
}

/** Whether gradients may pass: by a slope, by `backward`, or through the parts of a composition. */
export function hasGradient(entry: Single): boolean {
  return entry.kind === "elementwise" ? Object.keys(entry.slope).length > 0 : entry.kind === "composite" || entry.backward !== undefined
}

/** A sample's arguments: numbers become float64 tensors, bigints int64 and booleans bool, as `torch.tensor` reads them. */
export function argumentsOf(entry: Single, sample: Sample): Arguments {
  const { parameters } = entry.signature
  const rest = parameters.findIndex((one) => one.variadic)
  const typeAt = (i: number): string => (rest >= 0 && i >= rest ? parameters[rest]!.type.replace("[]", "") : (parameters[i]?.type ?? "unknown"))
  const typeOf = (name: string): string => parameters.find((one) => one.name === name)?.type ?? "unknown"
  return sample.map((value, i) => {
    if (i === sample.length - 1 && isOptions(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, converted(typeOf(name), one)]))
    return converted(typeAt(i), value)
  })
}

function converted(type: string, value: unknown): unknown {
  if (value === null || value instanceof Tensor) return value
  if (/^Tensor\[\]|^Indices|\(Tensor/.test(type)) return (value as unknown[]).map((one) => (one === null ? null : tensorOf(one)))
  if (/^(Tensor|Mask)\b/.test(type)) return tensorOf(value)
  if (/^(Operand|Filler)\b/.test(type) && Array.isArray(value)) return tensorOf(value)
  return value
}

/** A tensor of nested numbers: float64, so that finite differences are sharp. */
export function tensorOf(value: unknown): Tensor {
  const make = torch["tensor"] as (data: unknown, options?: object) => Tensor
  const made = make(value)
  return made.dtype.name === "float32" ? make(value, { dtype: torch["float64"] }) : made
}

/** The same arguments with every tensor replaced. */
export function mapTensors(args: readonly unknown[], change: (tensor: Tensor) => unknown): Arguments {
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return change(value)
    if (Array.isArray(value)) return value.map(visit)
    return isOptions(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, visit(one)])) : value
  }
  return args.map(visit)
}

export function tensorsIn(args: readonly unknown[]): Tensor[] {
  const found: Tensor[] = []
  mapTensors(args, (tensor) => found.push(tensor))
  return found
}

/** Calls the operator with the random generator at the same place each time; the tensors that it returned. */
export function outputsOf({ name }: Operator, args: readonly unknown[]): Tensor[] {
  generator.manual_seed(7n)
  return tensorsIn([resultOf(name, args)])
}

function resultOf(name: string, args: readonly unknown[]): unknown {
  const operator = (functions as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[name]! // By name.
  const result = operator(...args)
  return Array.isArray(result) ? [...(result as unknown[])] : result
}

/** A sample as it is written, for the list of failures. */
export function sampleText(sample: Sample): string {
  return JSON.stringify(sample, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value))
}

/** Fixed weights in (−1, 1), the same for the same sizes: nothing random in a test. */
export function weights(count: number, seed: number): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state / 2 ** 31 - 1) * 0.9 + 0.05
  })
}
