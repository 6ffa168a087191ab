// Normalisation: mean 0 and deviation 1 over the batch, the layer, groups of channels or one image. What differs is
// only over which elements; the gradient is the same formula, written in tensor calls.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"
import { sumSpec } from "./reductions.ts"
import { product } from "./window.ts"

interface Affine {
  readonly self: Tensor
  readonly weight: Tensor | null
  readonly bias: Tensor | null
  readonly eps: number
}

interface Batch extends Affine {
  readonly running_mean: Tensor | null
  readonly running_var: Tensor | null
  readonly training: boolean
  readonly momentum: number
}

const rows = [[1, 2, 4], [3, -1, 0.5], [2, 0, 1]] as const
const images = [[[1, 2, 4], [3, -1, 0.5]], [[2, 0, 1], [0.5, 1, 3]]] as const
const shapeText = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`

const [x, mean, spread, w, b] = [e.input("x"), e.input("mean"), e.input("spread"), e.input("w"), e.input("b")]
const squaredGap = e.square(e.sub(x, mean))
const inverse = e.rsqrt(e.add(x, e.input("eps")))
const normal = e.mul(e.sub(x, mean), spread)

/** Means and variances (without correction) over `dims`, kept as dimensions of size 1, as wide as totals are. */
function moments(kit: Kit, self: Tensor, dims: readonly number[]): { mean: Tensor; variance: Tensor } {
  const wide = kit.totals(self)
  const count = product(dims.map((d) => self.sizes[d]!))
  const average = kit.reduce(sumSpec, self, dims, true, wide).div_(count)
  const gaps = kit.elementwise(squaredGap, ["x", "mean"], [self, average], self.sizes, wide)
  return { mean: average, variance: kit.reduce(sumSpec, gaps, dims, true, wide).div_(count) }
}

const channelsOf = (self: Tensor): { channels: number; inner: number } => ({ channels: self.sizes[1]!, inner: product(self.sizes.slice(2)) })
const present = (...all: readonly (Tensor | null)[]): Tensor[] => all.filter((one) => one !== null)

/** The same for each channel, as vectors. */
function momentsOfChannels(kit: Kit, self: Tensor): { mean: Tensor; variance: Tensor } {
  const [mean, variance] = [kit.zeros([self.sizes[1]!], kit.totals(self)), kit.zeros([self.sizes[1]!], kit.totals(self))]
  kit.kernel("channelMoments", [self], [mean, variance], channelsOf(self))
  return { mean, variance }
}

/** (x − mean) / √(variance + eps) · weight + bias; statistics and parameters broadcast against the input. */
function scaled(kit: Kit, self: Tensor, average: Tensor, variance: Tensor, eps: number, weight: Tensor | null, bias: Tensor | null): Tensor {
  const factor = kit.elementwise(inverse, ["x", "eps"], [variance, eps], variance.sizes, variance.dtype)
  const names = ["x", "mean", "spread", ...(weight ? ["w"] : []), ...(bias ? ["b"] : [])]
  const operands = [self, average, factor, ...(weight ? [weight] : []), ...(bias ? [bias] : [])]
  return kit.elementwise(weight ? (bias ? fullFormula : timesFormula) : bias ? plusFormula : normal, names, operands, self.sizes, self.dtype)
}

const timesFormula = e.mul(normal, w)
const plusFormula = e.add(normal, b)
const fullFormula = e.add(timesFormula, b)

/**
 * The gradient through mean and deviation over `dims`: spread · (g − mean(g) − x̂ · mean(g · x̂)), where g has the
 * weight in it already and x̂ is the normalised input.
 */
function throughMoments(g: Tensor, self: Tensor, dims: readonly number[], eps: number): { input: Tensor; normalised: Tensor } {
  const centred = self.sub(self.mean(dims, true))
  const factor = centred.mul(centred).mean(dims, true).add(eps).rsqrt()
  const normalised = centred.mul(factor)
  return { input: g.sub(g.mean(dims, true)).sub(normalised.mul(g.mul(normalised).mean(dims, true))).mul(factor), normalised }
}

/** A vector with one element a channel, in the shape that broadcasts against the input. */
const perChannel = (one: Tensor, self: Tensor): Tensor => one.reshape(self.sizes.map((_, d) => (d === 1 ? one.numel() : 1)))

const others = (self: Tensor, kept: number): number[] => self.sizes.map((_, d) => d).filter((d) => d !== kept)

function checkFloating(kit: Kit, what: string, self: Tensor): void {
  if (self.dtype.category !== "float") throw kit.fault("RuntimeError", `${what}: expected a floating-point input, found ${self.dtype.name}.`, "Convert with .float().")
}

function checkLength(kit: Kit, what: string, name: string, one: Tensor | null, count: number): void {
  if (one && one.numel() !== count) throw kit.fault("RuntimeError", `${what}: expected ${name} with ${count} elements, one a channel, found shape ${shapeText(one.sizes)}.`, "Dimension 1 of the input holds the channels.")
}

/** Throws ValueError where a channel has one element only: its deviation would be 0. */
function checkSeveral(kit: Kit, what: string, sizes: readonly number[]): void {
  if (sizes[0]! * product(sizes.slice(2)) === 1) throw kit.fault("ValueError", `${what}: expected more than 1 value per channel when training, found an input of shape ${shapeText(sizes)}.`, "Use a larger batch, or switch to evaluation with eval().")
}

/** Moves a running average a share of the way to the new value, in place. */
function follow(running: Tensor | null, now: Tensor, momentum: number): void {
  running?.copy_(running.mul(1 - momentum).add(now.reshape(running.sizes).to(running.dtype), { alpha: momentum }))
}

export const normalisation: Family<"native_batch_norm" | "batch_norm" | "native_layer_norm" | "layer_norm" | "native_group_norm" | "group_norm" | "instance_norm" | "local_response_norm" | "rms_norm"> = {
  native_batch_norm: structural<Batch>("native_batch_norm(self: Tensor, weight: Tensor | null, bias: Tensor | null, running_mean: unknown, running_var: unknown, training: boolean, momentum: number, eps: number)", {
    doc: "Mean 0 and deviation 1 over each channel of a batch, times weight plus bias.",
    forward: (kit, { self, weight, bias, running_mean, running_var, training, momentum, eps }) => {
      const now = training ? momentsOfChannels(kit, self) : { mean: running_mean!, variance: running_var! }
      if (training) {
        const count = self.numel() / self.sizes[1]!
        follow(running_mean, now.mean, momentum)
        follow(running_var, now.variance.mul(count / (count - 1)), momentum)
      }
      const made = kit.zeros(self.sizes, self.dtype)
      kit.kernel("normalise", [self, now.mean, now.variance, ...present(weight, bias)], [made], { ...channelsOf(self), eps, weighted: weight !== null, biased: bias !== null })
      return self.dtype.itemsize < 4 ? kit.copied(made) : made
    },
    saves: ["self", "weight"],
    fused: (kit, [g], { self, weight, running_mean, running_var, training, eps }) => {
      if (g!.dtype.itemsize < 4 || self.dtype !== g!.dtype) return null
      const { mean, variance } = training ? momentsOfChannels(kit, self) : { mean: running_mean!, variance: running_var! }
      const made = kit.zeros(self.sizes, self.dtype)
      const [forWeight, forBias] = [kit.zeros([self.sizes[1]!], g!.dtype), kit.zeros([self.sizes[1]!], g!.dtype)]
      kit.kernel("normaliseBack", [g!, self, mean, variance, ...present(weight)], [made, forWeight, forBias], { ...channelsOf(self), eps, weighted: weight !== null, biased: true, training })
      return { self: made, weight: forWeight, bias: forBias }
    },
    backward: ([g], { self, weight, running_mean, running_var, training, eps }, _, __, needs) => {
      const dims = others(self, 1)
      const incoming = weight ? g!.mul(perChannel(weight, self)) : g!
      const factor = training ? null : perChannel(running_var!, self).add(eps).rsqrt()
      const { input, normalised } = factor ? { input: incoming.mul(factor), normalised: self.sub(perChannel(running_mean!, self)).mul(factor) } : throughMoments(incoming, self, dims, eps)
      return { self: input, weight: needs("weight") ? g!.mul(normalised).sum(dims) : null, bias: needs("bias") ? g!.sum(dims) : null }
    },
    in: [],
    samples: [[rows, [1, 2, 0.5], [0, 1, -1], null, null, true, 0.1, 0.00001], [rows, null, null, null, null, true, 0.1, 0.00001]],
    formulaText: "y = (x − mean) / √(variance + eps) · weight + bias, over each channel of the batch",
  }),
  batch_norm: composite<Batch>("batch_norm(self: Tensor, running_mean: Tensor | null, running_var: Tensor | null, weight: Tensor = null, bias: Tensor = null, training: boolean = false, momentum: number = 0.1, eps: number = 0.00001)", {
    doc: "Mean 0 and deviation 1 over each channel of a batch (training, which also moves the running averages) or by the running averages.",
    compose: (t, { self, running_mean, running_var, weight, bias, training, momentum, eps }, kit) => {
      checkFloating(kit, "batch_norm", self)
      if (training) checkSeveral(kit, "batch_norm", self.sizes)
      if (self.ndim < 2) throw kit.fault("IndexError", `batch_norm: expected an input [batch, channels, …], found shape ${shapeText(self.sizes)}.`, "unsqueeze(0) adds a batch.")
      const channels = self.sizes[1]!
      if (!training && (!running_mean || !running_var)) throw kit.fault("RuntimeError", "batch_norm: expected running_mean and running_var for evaluation, found null.", "Pass them, or pass { training: true }.")
      checkLength(kit, "batch_norm", "running_mean", running_mean, channels)
      checkLength(kit, "batch_norm", "running_var", running_var, channels)
      checkLength(kit, "batch_norm", "weight", weight, channels)
      checkLength(kit, "batch_norm", "bias", bias, channels)
      return t.native_batch_norm(self, weight, bias, running_mean, running_var, training, momentum, eps)
    },
    in: ["functional"],
    samples: [[rows, null, null, { training: true }]],
    rejects: [{ args: [[[1, 2]], null, null, { training: true }], throws: "ValueError" }],
  }),
  native_layer_norm: structural<Affine & { normalized_shape: readonly number[] }>("native_layer_norm(self: Tensor, normalized_shape: Shape, weight: Tensor | null, bias: Tensor | null, eps: number)", {
    doc: "Mean 0 and deviation 1 over the last dimensions, times weight plus bias.",
    forward: (kit, { self, normalized_shape, weight, bias, eps }) => {
      const made = kit.zeros(self.sizes, self.dtype)
      kit.kernel("layerNormalise", [self, ...present(weight, bias)], [made], { width: product(normalized_shape), eps, weighted: weight !== null, biased: bias !== null })
      return self.dtype.itemsize < 4 ? kit.copied(made) : made
    },
    saves: ["self", "weight"],
    fused: (kit, [g], { self, normalized_shape, weight, eps }) => {
      if (g!.dtype.itemsize < 4 || self.dtype !== g!.dtype) return null
      const made = kit.zeros(self.sizes, self.dtype)
      const [forWeight, forBias] = [kit.zeros(normalized_shape, g!.dtype), kit.zeros(normalized_shape, g!.dtype)]
      kit.kernel("layerNormaliseBack", [g!, self, ...present(weight)], [made, forWeight, forBias], { width: product(normalized_shape), eps, weighted: weight !== null, biased: true })
      return { self: made, weight: forWeight, bias: forBias }
    },
    backward: ([g], { self, normalized_shape, weight, eps }, _, __, needs) => {
      const { input, normalised } = throughMoments(weight ? g!.mul(weight) : g!, self, lastDims(self, normalized_shape.length), eps)
      const lead = self.sizes.map((_, d) => d).slice(0, self.ndim - normalized_shape.length)
      const total = (one: Tensor): Tensor => (lead.length ? one.sum(lead) : one)
      return { self: input, weight: needs("weight") ? total(g!.mul(normalised)) : null, bias: needs("bias") ? total(g!) : null }
    },
    in: [],
    samples: [[rows, [3], [1, 2, 0.5], [0, 1, -1], 0.00001]],
    formulaText: "y = (x − mean) / √(variance + eps) · weight + bias, over the last dimensions",
  }),
  layer_norm: composite<Affine & { normalized_shape: readonly number[] }>("layer_norm(self: Tensor, normalized_shape: Shape, weight: Tensor = null, bias: Tensor = null, eps: number = 0.00001)", {
    doc: "Mean 0 and deviation 1 over the last dimensions of each sample, times weight plus bias.",
    compose: (t, { self, normalized_shape, weight, bias, eps }, kit) => {
      const text = normalized_shape.join()
      if (normalized_shape.length === 0) throw kit.fault("RuntimeError", "layer_norm: expected normalized_shape with at least 1 dimension, found none.", "Give the sizes of the last dimensions.")
      if (self.sizes.slice(-normalized_shape.length).join() !== text || self.ndim < normalized_shape.length)
        throw kit.fault("RuntimeError", `layer_norm: normalized_shape ${shapeText(normalized_shape)} expects an input that ends with these sizes, found shape ${shapeText(self.sizes)}.`, "Give the sizes of the input's last dimensions.")
      for (const [name, one] of [["weight", weight], ["bias", bias]] as const)
        if (one && one.sizes.join() !== text) throw kit.fault("RuntimeError", `layer_norm: expected ${name} of shape ${shapeText(normalized_shape)}, found ${shapeText(one.sizes)}.`, "It has the shape that is normalised.")
      checkFloating(kit, "layer_norm", self)
      return t.native_layer_norm(self, normalized_shape, weight, bias, eps)
    },
    in: ["torch", "functional"],
    samples: [[rows, [3]], [rows, [3, 3]]],
    rejects: [{ args: [rows, [2]], throws: "RuntimeError" }],
  }),
  native_group_norm: structural<Affine & { num_groups: number }>("native_group_norm(self: Tensor, weight: Tensor | null, bias: Tensor | null, num_groups: number, eps: number)", {
    doc: "Mean 0 and deviation 1 over groups of channels of each sample, times weight plus bias.",
    forward: (kit, { self, weight, bias, num_groups, eps }) => {
      const groups = grouped(self, num_groups)
      const now = moments(kit, groups, [2])
      const made = scaled(kit, groups, now.mean, now.variance, eps, null, null).reshape(self.sizes)
      const times = weight ? made.mul_(perChannel(weight, self)) : made
      const plus = bias ? times.add_(perChannel(bias, self)) : times
      plus.storage.version = 0
      return plus
    },
    saves: ["self", "weight"],
    backward: ([g], { self, weight, num_groups, eps }, _, __, needs) => {
      const incoming = weight ? g!.mul(perChannel(weight, self)) : g!
      const { input, normalised } = throughMoments(grouped(incoming, num_groups), grouped(self, num_groups), [2], eps)
      const dims = others(self, 1)
      return { self: input.reshape(self.sizes), weight: needs("weight") ? g!.mul(normalised.reshape(self.sizes)).sum(dims) : null, bias: needs("bias") ? g!.sum(dims) : null }
    },
    in: [],
    samples: [[images, [1, 2], [0, -1], 1, 0.00001]],
  }),
  group_norm: composite<Affine & { num_groups: number }>("group_norm(self: Tensor, num_groups: number, weight: Tensor = null, bias: Tensor = null, eps: number = 0.00001)", {
    doc: "Mean 0 and deviation 1 over groups of channels of each sample, times weight plus bias.",
    compose: (t, { self, num_groups, weight, bias, eps }, kit) => {
      if (self.ndim < 2) throw kit.fault("IndexError", `group_norm: expected an input [batch, channels, …], found shape ${shapeText(self.sizes)}.`, "unsqueeze(0) adds a batch.")
      const [batch, channels] = self.sizes as [number, number]
      checkSeveral(kit, "group_norm", [Math.floor((batch * channels) / num_groups), num_groups, ...self.sizes.slice(2)])
      if (channels % num_groups) throw kit.fault("RuntimeError", `group_norm: ${num_groups} groups do not divide the ${channels} channels.`, "Choose a divisor of the channels.")
      checkLength(kit, "group_norm", "weight", weight, channels)
      checkLength(kit, "group_norm", "bias", bias, channels)
      checkFloating(kit, "group_norm", self)
      return t.native_group_norm(self.contiguous(), weight, bias, num_groups, eps)
    },
    in: ["torch", "functional"],
    samples: [[images, 2], [images, 1]],
    rejects: [{ args: [images, 3], throws: "RuntimeError" }],
  }),
  instance_norm: composite<Batch & { use_input_stats: boolean }>("instance_norm(self: Tensor, running_mean: Tensor = null, running_var: Tensor = null, weight: Tensor = null, bias: Tensor = null, use_input_stats: boolean = true, momentum: number = 0.1, eps: number = 0.00001)", {
    doc: "Mean 0 and deviation 1 over each channel of each sample.",
    compose: (t, args, kit) => ofInstances(t, kit, args),
    in: ["functional"],
    samples: [[images]],
    rejects: [{ args: [[[[1], [2]]]], throws: "ValueError" }],
  }),
  local_response_norm: composite<{ self: Tensor; size: number; alpha: number; beta: number; k: number }>("local_response_norm(self: Tensor, size: number, alpha: number = 0.0001, beta: number = 0.75, k: number = 1)", {
    doc: "Each channel divided by a power of what its neighbouring channels sum to.",
    compose: (t, { self, size, alpha, beta, k }, kit) => {
      if (self.ndim < 3) throw kit.fault("ValueError", `local_response_norm: expected an input [batch, channels, …] with at least 3 dimensions, found shape ${shapeText(self.sizes)}.`, "unsqueeze the input.")
      if (self.numel() === 0) return self
      const [before, behind] = [Math.floor(size / 2), Math.floor((size - 1) / 2)]
      const square = self.mul(self)
      const sums =
        self.ndim === 3
          ? t.avg_pool2d(t.pad(square.unsqueeze(1), [0, 0, before, behind]), [size, 1], 1).squeeze(1)
          : t.avg_pool3d(t.pad(square.unsqueeze(1).view([self.sizes[0], 1, self.sizes[1], self.sizes[2], -1]), [0, 0, 0, 0, before, behind]), [size, 1, 1], 1).squeeze(1).view(self.sizes)
      return self.div(sums.mul(alpha).add(k).pow(beta))
    },
    in: ["functional"],
    samples: [[images, 2]],
    rejects: [{ args: [rows, 2], throws: "ValueError" }],
  }),
  rms_norm: composite<{ self: Tensor; normalized_shape: readonly number[]; weight: Tensor | null; eps: number | null }>("rms_norm(self: Tensor, normalized_shape: Shape, weight: Tensor = null, eps: number = null)", {
    doc: "The last dimensions of each sample divided by their root mean square.",
    compose: (_, { self, normalized_shape, weight, eps }, kit) => {
      if (self.ndim < normalized_shape.length || self.sizes.slice(self.ndim - normalized_shape.length).join() !== normalized_shape.join())
        throw kit.fault("RuntimeError", `rms_norm: normalized_shape ${shapeText(normalized_shape)} expects an input that ends with these sizes, found shape ${shapeText(self.sizes)}.`, "Give the sizes of the input's last dimensions.")
      const least = eps ?? (self.dtype.name === "float64" ? Number.EPSILON : 2 ** -23)
      const made = self.mul(self.pow(2).mean(lastDims(self, normalized_shape.length), true).add(least).rsqrt())
      return weight ? made.mul(weight) : made
    },
    in: ["torch", "functional"],
    samples: [[rows, [3]]],
    rejects: [{ args: [rows, [2]], throws: "RuntimeError" }],
  }),
}

const lastDims = (self: Tensor, count: number): number[] => self.sizes.map((_, d) => d).slice(self.ndim - count)
const grouped = (self: Tensor, groups: number): Tensor => self.reshape([self.sizes[0]!, groups, -1])

/** Each sample's channels as channels of one sample: batch_norm does the rest, as in PyTorch. */
function ofInstances(t: Functions, kit: Kit, { self, running_mean, running_var, weight, bias, use_input_stats, momentum, eps }: Batch & { use_input_stats: boolean }): Tensor {
  if (use_input_stats && product(self.sizes.slice(2)) === 1) throw kit.fault("ValueError", `instance_norm: expected more than 1 element per channel and sample, found an input of shape ${shapeText(self.sizes)}.`, "Use larger images, or batch_norm.")
  if (!use_input_stats && (!running_mean || !running_var)) throw kit.fault("RuntimeError", "instance_norm: expected running_mean and running_var where the input's own statistics are not used.", "Pass them, or leave use_input_stats out.")
  if (self.ndim < 2) throw kit.fault("IndexError", `instance_norm: expected an input [batch, channels, …], found shape ${shapeText(self.sizes)}.`, "unsqueeze(0) adds a batch.")
  const [n, c] = self.sizes as [number, number]
  checkLength(kit, "instance_norm", "running_mean", running_mean, c)
  checkLength(kit, "instance_norm", "running_var", running_var, c)
  checkLength(kit, "instance_norm", "weight", weight, c)
  checkLength(kit, "instance_norm", "bias", bias, c)
  const repeated = (one: Tensor | null): Tensor | null => one && one.repeat(n)
  const [means, variances] = [repeated(running_mean), repeated(running_var)]
  const made = t.batch_norm(self.contiguous().view([1, n * c, ...self.sizes.slice(2)]), means, variances, repeated(weight), repeated(bias), use_input_stats, momentum, eps)
  if (use_input_stats && means) running_mean!.copy_(means.view([n, c]).mean(0))
  if (use_input_stats && variances) running_var!.copy_(variances.view([n, c]).mean(0))
  return made.view(self.sizes)
}
