// The negative logarithm at the right classes, and its gradient: what cross entropy ends with, in one pass.
import type { Kernel } from "../backend.ts"

/** Logarithms lie as [samples, classes, inner], class numbers as [samples, inner]. */
interface Likelihood {
  readonly classes: number
  readonly inner: number
  /** The class number that does not count. */
  readonly ignored: number
  readonly reduction: "none" | "mean" | "sum"
}

/** The losses, or their weighted mean or sum, from the logarithms, the classes and a weight for each class where there is a third input. */
export const likelihood: Kernel<Likelihood> = ([source, target, weight], [out], { classes, inner, ignored, reduction }) => {
  const { array: x, offset } = source!
  const count = target!.shape.reduce((n, size) => n * size, 1)
  let [total, weights] = [0, 0]
  for (let i = 0; i < count; i++) {
    const chosen = target!.array[target!.offset + i]!
    let loss = 0
    if (chosen !== ignored) {
      const share = weight ? weight.array[weight.offset + chosen]! : 1
      loss = -x[offset + (Math.floor(i / inner) * classes + chosen) * inner + (i % inner)]! * share
      weights += share
    }
    if (reduction === "none") out!.array[out!.offset + i] = loss
    else total += loss
  }
  if (reduction !== "none") out!.array[out!.offset] = reduction === "mean" ? total / weights : total
}

/** The gradient of the logarithms, into zeros. */
export const likelihoodBack: Kernel<Likelihood> = ([grad, target, weight], [out], { classes, inner, ignored, reduction }) => {
  const { array, offset } = target!
  const count = target!.shape.reduce((n, size) => n * size, 1)
  const shareOf = (chosen: number): number => (weight ? weight.array[weight.offset + chosen]! : 1)
  let weights = 0
  if (reduction === "mean") for (let i = 0; i < count; i++) if (array[offset + i] !== ignored) weights += shareOf(array[offset + i]!)
  for (let i = 0; i < count; i++) {
    const chosen = array[offset + i]!
    if (chosen === ignored) continue
    const incoming = grad!.array[grad!.offset + (reduction === "none" ? i : 0)]!
    const share = reduction === "mean" ? incoming / weights : incoming
    out!.array[out!.offset + (Math.floor(i / inner) * classes + chosen) * inner + (i % inner)] = -share * shareOf(chosen)
  }
}
