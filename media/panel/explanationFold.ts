// Makes a long path short: steps of one module become one line, and so does a long stretch without any. Pure.
import type { PathFactor } from "../../engine/protocol/api.ts"

export type FactorItem =
  | { readonly kind: "factor"; readonly factor: PathFactor; readonly at: number }
  /** `name` is the module's path; empty for a stretch of plain operations. */
  | { readonly kind: "fold"; readonly name: string; readonly factors: readonly PathFactor[]; readonly at: number; readonly product: number }

/** A path is shown whole up to this many factors. */
const short = 14
/** Factors at each end that stay seen where a plain stretch is folded. */
const ends = 4

/** The factors in order, as they are first shown. */
export function foldFactors(factors: readonly PathFactor[]): FactorItem[] {
  const single = (factor: PathFactor, at: number): FactorItem => ({ kind: "factor", factor, at })
  if (factors.length <= short) return factors.map(single)
  const items = byModule(factors)
  if (items.length <= short) return items.flatMap(({ name, from, to }) => (to - from < 2 || name === "" ? factors.slice(from, to).map((factor, i) => single(factor, from + i)) : [fold(factors, name, from, to)]))
  return [...factors.slice(0, ends).map(single), fold(factors, "", ends, factors.length - ends), ...factors.slice(-ends).map((factor, i) => single(factor, factors.length - ends + i))]
}

/** The place of the first factor where two paths differ; below 0 where they are the same nodes by the same inputs. */
export function partingOf(first: readonly PathFactor[], second: readonly PathFactor[]): number {
  const differs = (a: PathFactor | undefined, b: PathFactor | undefined): boolean => a?.id !== b?.id || a?.node !== b?.node || a?.line !== b?.line || a?.element !== b?.element
  const at = second.findIndex((factor, i) => differs(first[i], factor))
  const next = first.length > second.length && at < 0 ? second.length : at
  if (next > 0) return next - 1
  if (next === 0) return 0
  // The same nodes: they part where one node was entered by another input.
  return second.findIndex((factor, i) => factor.rule !== first[i]?.rule || factor.slope !== first[i]?.slope)
}

function byModule(factors: readonly PathFactor[]): { readonly name: string; readonly from: number; readonly to: number }[] {
  const found: { name: string; from: number; to: number }[] = []
  factors.forEach((factor, at) => {
    const name = factor.scope?.[0] ?? ""
    const last = found.at(-1)
    if (last !== undefined && last.name === name && name !== "") last.to = at + 1
    else found.push({ name, from: at, to: at + 1 })
  })
  return found
}

function fold(factors: readonly PathFactor[], name: string, from: number, to: number): FactorItem {
  const folded = factors.slice(from, to)
  return { kind: "fold", name, factors: folded, at: from, product: folded.reduce((so, { slope }) => so * slope, 1) }
}
