// How a loss comes to one number: the mean, the sum or none. Apart because every loss ends with it.
import type { Tensor } from "../tensor/tensor.ts"
import type { Kit } from "./entry.ts"
import { meanSpec, sumSpec } from "./reductions.ts"

export type Reduction = "none" | "mean" | "sum"

/** The end of every loss's signature: PyTorch's two older arguments, and the one that took their place. */
export const ending = 'size_average: boolean = null, reduce: boolean = null, reduction: string = "mean"'

export interface Ending {
  readonly size_average?: boolean | null
  readonly reduce?: boolean | null
  readonly reduction: string
}

/** The reduction that is meant. The older arguments win, as in PyTorch. */
export function meant({ size_average = null, reduce = null, reduction }: Ending): Reduction {
  if (size_average === null && reduce === null) return reduction as Reduction // Checked where it is used.
  return reduce === false ? "none" : size_average === false ? "sum" : "mean"
}

/** Throws ValueError for a reduction that is none; warns of the older arguments. */
export function checkReduction(kit: Kit, what: string, end: Ending, more: readonly string[] = []): void {
  const reduction = meant(end)
  if ((end.size_average ?? end.reduce ?? null) !== null) kit.warn(`${what}: size_average and reduce are PyTorch's older arguments.`, `Write { reduction: "${reduction}" } instead.`)
  if (reduction === "mean" || reduction === "sum" || reduction === "none" || more.includes(reduction)) return
  throw kit.fault("ValueError", `${what}: "${String(reduction)}" is not a reduction.`, 'Use "mean", "sum" or "none".')
}

/** Losses of single elements brought to the asked reduction, without history. */
export function reduced(kit: Kit, what: string, each: Tensor, end: Ending): Tensor {
  checkReduction(kit, what, end)
  const reduction = meant(end)
  return reduction === "none" ? each : kit.reduce(reduction === "mean" ? meanSpec : sumSpec, each, kit.dims(what, null, each.ndim), false, each.dtype)
}

/** The same for a composition: the mean or the sum is a node of its own. */
export function concluded(kit: Kit, what: string, each: Tensor, end: Ending): Tensor {
  checkReduction(kit, what, end)
  const reduction = meant(end)
  return reduction === "mean" ? each.mean() : reduction === "sum" ? each.sum() : each
}

/** The gradient that reaches each element's loss. */
export function perElement(g: Tensor, count: number, end: Ending): Tensor {
  return meant(end) === "mean" ? g.div(count) : g
}

/** Throws RuntimeError for numbers that are whole: a loss has no gradient there. */
export function floating(kit: Kit, what: string, ...tensors: readonly Tensor[]): void {
  const whole = tensors.find((one) => one.dtype.category !== "float")
  if (whole) throw kit.fault("RuntimeError", `${what}: expected floating-point tensors, found ${whole.dtype.name}.`, "Convert with .float().")
}
