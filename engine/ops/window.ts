// Sliding windows: sizes, strides and paddings as a learner writes them (one number or one a dimension), and the
// shape that comes out. Apart because convolutions, pools, unfold and fold all speak of windows.
import type { Window } from "../backends/javascript/patches.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { Kit } from "./entry.ts"

/** What a parameter of type Dims holds: the array that the binder made, or the number of its default. */
export type Each = number | readonly number[]

/** One number a dimension. Throws RuntimeError for another count. */
export function each(kit: Kit, what: string, name: string, value: Each, rank: number): number[] {
  const list = typeof value === "number" ? [value] : value
  if (list.length === 1) return new Array<number>(rank).fill(list[0]!)
  if (list.length !== rank) throw kit.fault("RuntimeError", `${what}: expected one number or ${rank} numbers for ${name}, found ${list.length}: [${list.join(", ")}].`, `Give ${name} as a number, or as an array of ${rank}.`)
  return [...list]
}

/** Throws RuntimeError where a number of `values` is below `least`. */
export function atLeast(kit: Kit, what: string, name: string, values: readonly number[], least: number): void {
  if (values.every((one) => one >= least && Number.isInteger(one))) return
  throw kit.fault("RuntimeError", `${what}: expected ${name} of whole numbers from ${least}, found [${values.join(", ")}].`, `Give ${name} as a number from ${least}.`)
}

/** A window's numbers, one a dimension each. */
export interface Sliding {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly dilation: readonly number[]
}

/** How far a window reaches in each dimension. */
export const reach = ({ kernel, dilation }: Pick<Sliding, "kernel" | "dilation">): number[] => kernel.map((size, d) => dilation[d]! * (size - 1) + 1)

/** Places of the window in each dimension. */
export function placesOf(input: readonly number[], sliding: Sliding): number[] {
  const spans = reach(sliding)
  return input.map((size, d) => Math.floor((size + 2 * sliding.padding[d]! - spans[d]!) / sliding.stride[d]!) + 1)
}

/** The window as the kernels take it: three dimensions, the leading ones being 1. */
export function windowOf(input: readonly number[], output: readonly number[], sliding: Sliding): Window {
  const three = (list: readonly number[], filler: number): number[] => [...new Array<number>(3 - list.length).fill(filler), ...list]
  return { input: three(input, 1), output: three(output, 1), kernel: three(sliding.kernel, 1), stride: three(sliding.stride, 1), padding: three(sliding.padding, 0), dilation: three(sliding.dilation, 1) }
}

/** The input with a batch dimension, and what takes it away again: a layer's input may come without one. */
export function batched(kit: Kit, what: string, self: Tensor, rank: number): { input: Tensor; unbatched: (result: Tensor) => Tensor } {
  if (self.ndim === rank + 2) return { input: self, unbatched: (result) => result }
  if (self.ndim !== rank + 1) throw kit.fault("RuntimeError", `${what}: expected an input of ${rank + 1} (unbatched) or ${rank + 2} (batched) dimensions, found shape [${self.sizes.join(", ")}].`, rank === 2 ? "Images are [batch, channels, height, width]; unsqueeze(0) adds a batch." : "Give it as [batch, channels, …].")
  return { input: self.unsqueeze(0), unbatched: (result) => result.squeeze(0) }
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
