// Structural kernels by name: what an operator's forward calls that is neither elementwise, a fold nor a product.
import type { Kernel } from "../backend.ts"
import { factorisation } from "./factorisation.ts"
import { mostFrequent, ranked, running, runningExtreme, sort } from "./ranking.ts"
import { patches, patchesBack } from "./patches.ts"
import { avgPool, avgPoolBack, maxPool, planePut, planeTake } from "./pooling.ts"
import { resample, resampleBack } from "./resample.ts"
import { bagMaximum } from "./bags.ts"
import { ctc } from "./ctc.ts"
import { likelihood, likelihoodBack } from "./likelihood.ts"
import { convolve, filterGradient, imageGradient } from "../convolution.ts"
import { layerNormalise, layerNormaliseBack } from "../layerNormalisation.ts"
import { channelMoments, normalise, normaliseBack } from "../normalisation.ts"
import { softmax, softmaxBack } from "../softmax.ts"

/** Along `dim`: the largest or smallest element and the place of its first occurrence; nan wins. */
const extremeAlong: Kernel<{ readonly dim: number; readonly largest: boolean }> = ([source], [values, indices], { dim, largest }) => {
  const { array, offset, shape } = source!
  const size = shape.length ? shape[dim]! : 1
  let inner = 1
  for (let d = dim + 1; d < shape.length; d++) inner *= shape[d]!
  let outer = 1
  for (let d = 0; d < dim; d++) outer *= shape[d]!
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const base = offset + o * size * inner + i
      let best = array[base]!
      let at = 0
      for (let k = 1; k < size && best === best; k++) {
        const value = array[base + k * inner]!
        if (value !== value || (largest ? value > best : value < best)) {
          best = value
          at = k
        }
      }
      values!.array[values!.offset + o * inner + i] = best
      indices!.array[indices!.offset + o * inner + i] = at
    }
  }
}

/** `out[i] = source[at[i]]`, positions in row-major order. */
const take: Kernel<{ readonly at: Int32Array }> = ([source], [out], { at }) => {
  for (let i = 0; i < at.length; i++) out!.array[out!.offset + i] = source!.array[source!.offset + at[i]!]!
}

/** `out[at[i]] = values[i]`, or added or multiplied to what is there. */
const put: Kernel<{ readonly at: Int32Array; readonly how: "set" | "add" | "multiply" }> = ([values], [out], { at, how }) => {
  const { array, offset } = out!
  for (let i = 0; i < at.length; i++) {
    const value = values!.array[values!.offset + i]!
    if (how === "set") array[offset + at[i]!] = value
    else if (how === "add") array[offset + at[i]!]! += value
    else array[offset + at[i]!]! *= value
  }
}

export const kernels = { softmax, softmaxBack, channelMoments, normalise, normaliseBack, layerNormalise, layerNormaliseBack, likelihood, likelihoodBack, convolve, filterGradient, imageGradient, ctc, bagMaximum, resample, resampleBack, patches, patchesBack, avgPool, avgPoolBack, maxPool, planePut, planeTake, factorisation, extremeAlong, take, put, sort, ranked, mostFrequent, runningExtreme, running }
