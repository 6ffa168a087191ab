// An operator's formula and slopes for one choice of the inputs that are given: made once, then found again.
// Apart from running it because the node that takes gradients back reads it too.
import { fault } from "../tensor/faults.ts"
import type { ElementwiseEntry, Options } from "../ops/entry.ts"
import { constant, entitle, input, inputsOf, timesSlope, type Expr } from "../ops/expr.ts"

export type Scalar = number | bigint | boolean

/** A formula for one choice of present inputs and options: what is printed, and how gradients pass. */
export interface Variant {
  readonly entry: ElementwiseEntry
  readonly names: readonly string[]
  readonly expr: Expr
  /** By input position; null where no gradient passes. */
  readonly passes: readonly (Pass | null)[]
  /** Inputs that decide the element type: tensors and operands, not mere parameters. */
  readonly deciding: readonly boolean[]
}

/** How a gradient passes to one input. */
export interface Pass {
  /** `incoming · slope`. */
  readonly expr: Expr
  readonly slope: Expr
  /** The names in `expr`, and where each is found: the position of an input, or one of the two below. */
  readonly mentions: readonly string[]
  readonly sources: readonly number[]
  /** One bit for each input that `expr` mentions; the bit after the last input stands for the result. */
  readonly needs: number
}

/** Sources that are not inputs. */
export const fromIncoming = -1
export const fromResult = -2

const variants = new WeakMap<ElementwiseEntry, Map<string, Variant>>()

/** The variant of an entry for the inputs that are given (not null) and its options. */
export function variantOf(entry: ElementwiseEntry, names: readonly string[], options: Options): Variant {
  let known = variants.get(entry)
  if (!known) variants.set(entry, (known = new Map()))
  let key = names.join()
  for (const name in options) key += `;${name}=${String(options[name])}`
  let variant = known.get(key)
  if (!variant) known.set(key, (variant = makeVariant(entry, names, options)))
  return variant
}

function makeVariant(entry: ElementwiseEntry, names: readonly string[], options: Options): Variant {
  const inputs: Record<string, Expr> = {}
  for (const name of names) inputs[name] = input(name)
  const expr = entry.formula(inputs, options, fault)
  entitle(expr, entry.signature.name)
  const all = { ...inputs, result: input("result") }
  const passes = names.map((name) => {
    const slope = entry.slope[name]
    if (!slope) return null
    const term = slope(all, options)
    const written = typeof term === "number" ? constant(term) : term
    const passed = timesSlope(input("incoming"), written)
    entitle(passed, `${entry.signature.name}_backward`)
    const mentions = inputsOf(passed)
    const sources = mentions.map((one) => (one === "incoming" ? fromIncoming : one === "result" ? fromResult : names.indexOf(one)))
    const needs = sources.reduce((bits, from) => (from === fromIncoming ? bits : bits | (1 << (from === fromResult ? names.length : from))), 0)
    return { expr: passed, slope: written, mentions, sources, needs }
  })
  const deciding = names.map((name) => entry.signature.parameters.find((one) => one.name === name)!.type).map((type) => type === "Tensor" || type === "Operand")
  return { entry, names, expr, passes, deciding }
}
