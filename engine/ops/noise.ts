// Operators that act by chance while training: dropout and its kin, rrelu, gumbel_softmax. Apart from the random
// tensors because these take part in gradients: the chance is drawn first and then enters as a constant.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Entry, type Kit, type Namespace } from "./entry.ts"
import type { Functions } from "../autograd/methods.ts"
import type { Family } from "./family.ts"

interface Dropped {
  readonly self: Tensor
  readonly p: number
  readonly training: boolean
  readonly inplace: boolean
}

interface Mask {
  /** Shape of what is kept or dropped together. */
  readonly shape: (kit: Kit, self: Tensor) => readonly number[]
  /** Dropped elements go to SELU's lower limit instead of 0, and mean and variance are put right. */
  readonly alpha?: boolean
}

/** SELU's limit far below zero: −scale · alpha. */
const lowest = -1.7580993408473766

function checkChance(kit: Kit, name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw kit.fault("ValueError", `${name}: expected a chance from 0 to 1, found ${p}.`, "0.5 drops half of the elements.")
}

function drop(t: Functions, kit: Kit, { self, p, training, inplace }: Dropped, { shape, alpha }: Mask): Tensor {
  if (!training || p === 0 || self.numel() === 0) return self
  const times = (by: Tensor) => (inplace ? self.mul_(by) : t.mul(self, by))
  if (p === 1) return times(kit.zeros([], self.dtype))
  const noise = kit.drawn("bernoulli", shape(kit, self), self.dtype, null, 1 - p)
  if (!alpha) return times(noise.div_(1 - p))
  // The affine map that brings mean 0 and variance 1 back (Klambauer et al. 2017).
  const a = 1 / Math.sqrt((lowest * lowest * p + 1) * (1 - p))
  const shift = noise.sub(1).mul_(-lowest * a).add_(-lowest * a * p)
  const scaled = times(noise.mul_(a))
  return inplace ? scaled.add_(shift) : scaled.add(shift)
}

const whole: Mask = { shape: (_, self) => self.sizes }
const channels: Mask = {
  shape: (kit, self) => {
    if (self.ndim < 2) throw kit.fault("RuntimeError", `Dropout of channels: expected at least 2 dimensions (batch, channels, …), found ${self.ndim}.`, "Use dropout for single elements.")
    return self.sizes.map((size, d) => (d < 2 ? size : 1))
  },
}

function dropping(name: string, doc: string, mask: Mask, trains: boolean, namespaces: readonly Namespace[]): Entry {
  return composite<Dropped>(`${name}(self: Tensor, p: number = 0.5, training: boolean = ${trains}, inplace: boolean = false)`, {
    doc,
    compose: (t, args, kit) => {
      checkChance(kit, name, args.p)
      return drop(t, kit, args, mask)
    },
    in: namespaces,
    samples: [[[[[1, -2], [3, 0.5]]], 0.5, true], [[[1, -2]], 0.5, false]],
    rejects: [{ args: [[1, 2], 2], throws: "ValueError" }],
  })
}

/** Whole channels of inputs with `rank` dimensions, or one less without a batch. */
function droppingChannels(name: string, rank: number): Entry {
  return composite<Dropped>(`${name}(self: Tensor, p: number = 0.5, training: boolean = true, inplace: boolean = false)`, {
    doc: "Sets whole channels to 0 by chance and enlarges the others, while training.",
    compose: (t, args, kit) => {
      checkChance(kit, name, args.p)
      const { self } = args
      if (rank === 3 && self.ndim !== 2 && self.ndim !== 3) throw kit.fault("RuntimeError", `${name}: expected 2 or 3 dimensions, found ${self.ndim}.`, "Give (batch, channels, length).")
      // PyTorch reads three dimensions as (batch, channels, length) in dropout2d.
      const single = rank !== 4 && self.ndim !== rank
      const result = drop(t, kit, { ...args, self: single ? self.unsqueeze(0) : self }, channels)
      return single ? result.squeeze(0) : result
    },
    in: ["functional"],
    samples: [[[[[1, -2], [3, 0.5]]], 0.5]],
    rejects: [{ args: [[[1, 2]], -1], throws: "ValueError" }],
  })
}

export const noise: Family<
  "dropout" | "dropout1d" | "dropout2d" | "dropout3d" | "feature_dropout" | "alpha_dropout" | "feature_alpha_dropout" | "rrelu" | "rrelu_with_noise" | "gumbel_softmax"
> = {
  dropout: dropping("dropout", "Sets elements to 0 by chance and enlarges the others, while training.", whole, true, ["torch", "functional"]),
  dropout1d: droppingChannels("dropout1d", 3),
  dropout2d: droppingChannels("dropout2d", 4),
  dropout3d: droppingChannels("dropout3d", 5),
  feature_dropout: dropping("feature_dropout", "Sets whole channels to 0 by chance and enlarges the others, while training.", channels, true, ["torch"]),
  alpha_dropout: dropping("alpha_dropout", "Dropout that keeps mean and variance, for selu.", { ...whole, alpha: true }, false, ["torch", "functional"]),
  feature_alpha_dropout: dropping("feature_alpha_dropout", "Dropout of whole channels that keeps mean and variance.", { ...channels, alpha: true }, false, ["torch", "functional"]),
  rrelu_with_noise: structural<{ self: Tensor; noise: Tensor }>("rrelu_with_noise(self: Tensor, noise: Tensor)", {
    doc: "Each element times its own slope.",
    forward: (kit, { self, noise: slopes }) => kit.t.mul(self, slopes),
    saves: ["noise"],
    backward: ([g], { noise: slopes }) => ({ self: g!.mul(slopes) }),
    in: [],
    samples: [[[-1.5, 0.5, 2], [0.2, 1, 1]]],
  }),
  rrelu: composite<{ self: Tensor; lower: number; upper: number; training: boolean; inplace: boolean }>(
    "rrelu(self: Tensor, lower: number = 0.125, upper: number = 0.3333333333333333, training: boolean = false, inplace: boolean = false)",
    {
      doc: "Like leaky_relu, with a slope below zero that is drawn anew for each element while training.",
      compose: (t, { self, lower, upper, training, inplace }, kit) => {
        if (!(lower <= upper)) throw kit.fault("RuntimeError", `rrelu: expected lower to be at most upper, found ${lower} and ${upper}.`, "Leave both out for PyTorch's own.")
        const from = kit.generator(null)
        const slopes = kit.numbers(self).map((x) => (x > 0 ? 1 : training ? from.uniform64() * (upper - lower) + lower : (lower + upper) / 2))
        const result = t.rrelu_with_noise(self, kit.fromNumbers(slopes, self.sizes, self.dtype))
        return inplace ? self.copy_(result) : result
      },
      in: ["torch", "functional"],
      samples: [[[-1.5, 0.5, 2]]],
    },
  ),
  gumbel_softmax: composite<{ logits: Tensor; tau: number; hard: boolean; dim: number }>("gumbel_softmax(logits: Tensor, tau: number = 1, hard: boolean = false, eps: number = 1e-10, dim: number = -1)", {
    doc: "A softmax of noisy logits: draws a class, and lets gradients pass (Jang et al. 2016).",
    samples: [[[1, 2, 0.5], 0.7]],
    compose: (t, { logits, tau, hard, dim }, kit) => {
      const gumbels = kit.drawn("exponential", logits.sizes, logits.dtype, null, 1).log().neg()
      const soft = t.softmax(t.add(logits, gumbels).div(tau), dim)
      if (!hard) return soft
      const chosen = t.zeros_like(soft.detach()).scatter_(dim, soft.detach().argmax(dim, true), 1)
      return chosen.sub(soft.detach()).add(soft)
    },
    in: ["functional"],
  }),
}
