// Structural kernels on the GPU by name. One that is not here runs on the processor.
import type { KernelName, KernelOptions, View } from "../backend.ts"
import { channelMoments, normalise, normaliseBack } from "./channels.ts"
import { convolve, filterGradient, imageGradient } from "./convolution.ts"
import type { Gpu } from "./gpu.ts"
import { extremeAlong, running, runningExtreme } from "./ordering.ts"
import { likelihood, likelihoodBack, put, take } from "./places.ts"
import { avgPool, avgPoolBack, maxPool, planePut, planeTake } from "./pooling.ts"
import { resample, resampleBack } from "./resample.ts"
import { layerNormalise, layerNormaliseBack, softmax, softmaxBack } from "./rows.ts"
import { sort } from "./sorting.ts"

/** Runs a kernel; false where that is not for the GPU. */
export type GpuKernel<K extends KernelName> = (gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: KernelOptions<K>) => boolean

const kernels: { readonly [K in KernelName]?: GpuKernel<K> } = {
  convolve, imageGradient, filterGradient,
  avgPool, avgPoolBack, maxPool, planePut, planeTake,
  softmax, softmaxBack, layerNormalise, layerNormaliseBack,
  channelMoments, normalise, normaliseBack,
  take, put, likelihood, likelihoodBack,
  extremeAlong, running, runningExtreme, sort,
  resample, resampleBack,
}

export function structural<K extends KernelName>(gpu: Gpu, name: K, inputs: readonly View[], outputs: readonly View[], options: KernelOptions<K>): boolean {
  return kernels[name]?.(gpu, inputs, outputs, options) ?? false
}
