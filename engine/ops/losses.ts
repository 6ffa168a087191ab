// Losses: how far a prediction is from its target, as one number.
import type { Tensor } from "../tensor/tensor.ts"
import { structural, type Kit } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"
import { sumSpec } from "./reductions.ts"

export type Reduction = "none" | "mean" | "sum"

/** Losses of single elements brought to the asked reduction. */
export function reduced(kit: Kit, what: string, each: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return each
  if (reduction !== "mean" && reduction !== "sum") throw kit.fault("ValueError", `${what}: "${String(reduction)}" is not a reduction.`, 'Use "mean", "sum" or "none".')
  const total = kit.reduce(sumSpec, each, each.sizes.map((_, d) => d), false, each.dtype)
  return reduction === "mean" ? total.div_(each.numel()) : total
}

/** The gradient that reaches each element's loss. */
export function perElement(g: Tensor, count: number, reduction: Reduction): Tensor {
  return reduction === "mean" ? g.div(count) : g
}

interface Compared {
  readonly self: Tensor
  readonly target: Tensor
  readonly reduction: Reduction
}

const [x, y] = [e.input("x"), e.input("y")]
const squaredGap = e.square(e.sub(x, y))
// max(x, 0) − x·y + log(1 + e^−|x|): the stable form of −(y log σ(x) + (1 − y) log(1 − σ(x))).
const logitLoss = e.add(e.sub(e.maximum(x, 0), e.mul(x, y)), e.log1p(e.exp(e.neg(e.abs(x)))))

export const losses: Family<"mse_loss" | "binary_cross_entropy_with_logits"> = {
  mse_loss: structural<Compared>('mse_loss(self: Tensor, target: Tensor, *, reduction: string = "mean")', {
    doc: "Mean of the squared differences.",
    forward: (kit, { self, target, reduction }) => {
      const sizes = kit.broadcast("mse_loss", self.sizes, target.sizes)
      return reduced(kit, "mse_loss", kit.elementwise(squaredGap, ["x", "y"], [self, target], sizes, kit.promote(self, target)), reduction)
    },
    saves: ["self", "target"],
    backward: ([g], { self, target, reduction }) => {
      const gap = self.sub(target)
      const slope = gap.mul(2).mul(perElement(g!, gap.numel(), reduction))
      return { self: slope, target: slope.neg() }
    },
    gradName: "MseLossBackward0",
    in: ["functional"],
    samples: [[[1, 2, 3], [1.5, 0, 2]], [[1, 2, 3], [1.5, 0, 2], { reduction: "sum" }], [[1, 2, 3], [1.5, 0, 2], { reduction: "none" }]],
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
    formulaText: "y = (1/n) Σ (x − t)²",
  }),
  binary_cross_entropy_with_logits: structural<Compared & { weight: Tensor | null; pos_weight: Tensor | null }>(
    'binary_cross_entropy_with_logits(self: Tensor, target: Tensor, weight: Tensor = null, *, pos_weight: Tensor = null, reduction: string = "mean")',
    {
      doc: "Binary cross entropy of sigmoid(self) against the target, computed stably.",
      forward: (kit, { self, target, weight, pos_weight, reduction }) => {
        if (self.sizes.join() !== target.sizes.join())
          throw kit.fault("ValueError", `binary_cross_entropy_with_logits: expected a target of shape [${self.sizes.join(", ")}] like the input, found [${target.sizes.join(", ")}].`, "Reshape the target to the input's shape.")
        // pos_weight w: (1 − y)·x + (1 + (w − 1)·y)·(log(1 + e^−|x|) + max(−x, 0)).
        const each = pos_weight
          ? kit.elementwise(e.add(e.mul(e.sub(1, y), x), e.mul(e.add(1, e.mul(e.sub(e.input("w"), 1), y)), e.add(e.log1p(e.exp(e.neg(e.abs(x)))), e.maximum(e.neg(x), 0)))), ["x", "y", "w"], [self, target, pos_weight], self.sizes, self.dtype)
          : kit.elementwise(logitLoss, ["x", "y"], [self, target], self.sizes, self.dtype)
        return reduced(kit, "binary_cross_entropy_with_logits", weight ? each.mul_(weight) : each, reduction)
      },
      saves: ["self", "target", "weight", "pos_weight"],
      backward: ([g], { self, target, weight, pos_weight, reduction }, _, __, needs) => {
        const s = self.sigmoid()
        const one = perElement(g!, self.numel(), reduction)
        const slope = pos_weight ? target.mul(pos_weight).add(1).sub(target).mul(s).sub(pos_weight.mul(target)) : s.sub(target)
        const own = slope.mul(weight ? one.mul(weight) : one)
        const forTarget = needs("target") ? (pos_weight ? s.neg().add(1).log().sub(pos_weight.mul(s.log())) : self.neg()).mul(weight ? one.mul(weight) : one) : null
        return { self: own, target: forTarget }
      },
      in: ["functional"],
      samples: [[[1, -2, 0.5], [1, 0, 1]], [[1, -2, 0.5], [1, 0, 1], { reduction: "sum" }]],
      rejects: [{ args: [[1, 2], [1, 0, 1]], throws: "ValueError" }],
      formulaText: "y = −(1/n) Σ (t log σ(x) + (1 − t) log(1 − σ(x)))",
    },
  ),
}
