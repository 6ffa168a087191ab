// Losses of predictions that are numbers: how far each is from its target.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Expr } from "./expr.ts"
import type { Family } from "./family.ts"
import { checkReduction, concluded, ending, floating, meant, perElement, reduced, type Ending } from "./lossTotals.ts"

interface Compared extends Ending {
  readonly self: Tensor
  readonly target: Tensor
}

const [x, y] = [e.input("x"), e.input("y")]
const gap = e.sub(x, y)
const compared: readonly string[] = ["x", "y"]
const samples: readonly Sample[] = [[[1, 2, 3], [1.5, 0, 2.25]], [[1, 2, 3], [1.5, 0, 2.25], { reduction: "sum" }], [[1, 2, 3], [1.5, 0, 2.25], { reduction: "none" }]]
const rejects = [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }, { args: [[1, 2], [1, 2], { reduction: "most" }], throws: "ValueError" }]

interface GapGiven<A extends Compared> {
  readonly doc: string
  readonly formula: (args: A) => Expr
  /** Its derivative by the gap, in tensor calls; and times `g`, as the kernel computes it. */
  readonly slope: (gap: Tensor, args: A, t: Functions) => Tensor
  readonly gradient: (args: A) => Expr
  readonly check?: (kit: Kit, args: A) => void
  readonly formulaText: string
  readonly slopeText?: (args: A) => string
}

/** A loss of the gap between two tensors: `formula(x, y)` for each element. */
function gapLoss<A extends Compared>(name: string, parameters: string, given: GapGiven<A>) {
  const { slopeText } = given
  return structural<Compared>(`${name}(self: Tensor, target: Tensor, ${parameters})`, {
    doc: given.doc,
    forward: (kit, args) => {
      const { self, target } = args
      given.check?.(kit, args as A) // The binder made what the signature names, which is A.
      const dtype = kit.promote(self, target)
      if (dtype.category !== "float") floating(kit, name, self)
      return reduced(kit, name, kit.elementwise(given.formula(args as A), compared, [self, target], self.sizes, dtype), args)
    },
    saves: ["self", "target"],
    backward: ([g], args, _, t) => {
      const difference = args.self.sub(args.target)
      const slope = given.slope(difference, args as A, t).mul(perElement(g!, difference.numel(), args))
      return { self: slope, target: slope.neg() }
    },
    fused: (kit, [g], args, _, needs) => {
      const { self, target } = args
      if (self.dtype !== g!.dtype || target.dtype !== g!.dtype) return null
      const made = kit.elementwise(given.gradient(args as A), gradientInputs, [self, target, g!, meant(args) === "mean" ? 1 / self.numel() : 1], self.sizes, g!.dtype)
      return { self: made, target: needs("target") ? made.neg() : null }
    },
    in: [],
    samples,
    rejects: rejects.slice(1),
    formulaText: given.formulaText,
    ...(slopeText ? { slopeTexts: (args: Compared) => ({ self: `∂y/∂x = ${slopeText(args as A)}`, target: `∂y/∂t = −${slopeText(args as A)}` }) } : {}),
  })
}

type GapLoss = "_mse_loss" | "_smooth_l1_loss" | "_huber_loss"

/** What a learner calls: shapes that differ are expanded first, which the graph shows. */
function broadcasting<A extends Compared>(name: string, parameters: string, doc: string, inner: (t: Functions, same: Pick<Compared, "self" | "target">, args: A) => Tensor) {
  return composite<A>(`${name}(self: Tensor, target: Tensor, ${parameters})`, {
    doc,
    compose: (t, args, kit) => {
      return inner(t, sameSizes(args.self.sizes, args.target.sizes) ? args : fitted(kit, name, args), args)
    },
    in: ["functional"],
    samples,
    rejects,
  })
}

/** Both tensors in their common shape; a tensor that has it already stays as it is. */
function fitted(kit: Kit, name: string, { self, target }: Compared): Pick<Compared, "self" | "target"> {
  const sizes = kit.broadcast(name, self.sizes, target.sizes)
  kit.warn(`${name}: the target has shape [${target.sizes.join(", ")}], the input [${self.sizes.join(", ")}]: both are broadcast to [${sizes.join(", ")}], which is seldom what is meant.`, "Give both the same shape, for example with target.view_as(prediction).").as("loss-shapes", self.sizes, target.sizes)
  const fit = (one: Tensor): Tensor => (sameSizes(one.sizes, sizes) ? one : one.expand(sizes))
  return { self: fit(self), target: fit(target) }
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false
  return true
}

const squared = e.square(gap)
/** What reaches each element's loss: its share of the gradient. */
const g = e.mul(e.input("g"), e.input("share"))
const gradientInputs: readonly string[] = ["x", "y", "g", "share"]
const squaredGradient = e.mul(e.mul(2, gap), g)
const formulas = new Map<string, Expr>()

/** Formulas with a number in them, kept so that each is printed once. */
function kept(name: string, value: number, make: () => Expr): Expr {
  const key = `${name} ${value}`
  let made = formulas.get(key)
  if (!made) formulas.set(key, (made = make()))
  return made
}

const notNegative = (kit: Kit, what: string, name: string, value: number, zero: boolean): void => {
  if (!(zero ? value >= 0 : value > 0)) throw kit.fault("RuntimeError", `${what}: expected ${name} ${zero ? "of at least" : "above"} 0, found ${value}.`, `Leave ${name} out for 1.`)
}

export const losses: Family<GapLoss | "mse_loss" | "l1_loss" | "smooth_l1_loss" | "huber_loss" | "poisson_nll_loss" | "gaussian_nll_loss" | "kl_div"> = {
  mse_loss: broadcasting("mse_loss", ending, "Mean of the squared differences.", (t, { self, target }, { size_average, reduce, reduction }) => t._mse_loss(self, target, size_average, reduce, reduction)),
  _mse_loss: gapLoss("mse_loss", ending, { doc: "Mean of the squared differences.", formula: () => squared, slope: (d) => d.mul(2), gradient: () => squaredGradient, formulaText: "y = (1/n) Σ (x − t)²", slopeText: (args) => `2 · (x − t)${meant(args) === "mean" ? " / n" : ""}` }),
  l1_loss: composite<Compared>(`l1_loss(self: Tensor, target: Tensor, ${ending})`, {
    doc: "Mean of the absolute differences.",
    compose: (_, args, kit) => {
      const { self, target } = sameSizes(args.self.sizes, args.target.sizes) ? args : fitted(kit, "l1_loss", args)
      return concluded(kit, "l1_loss", self.sub(target).abs(), args)
    },
    in: ["functional"],
    samples,
    rejects,
  }),
  smooth_l1_loss: broadcasting<Compared & { beta: number }>("smooth_l1_loss", `${ending}, beta: number = 1`, "Squared differences below beta, absolute ones above.", (t, { self, target }, { size_average, reduce, reduction, beta }) =>
    t._smooth_l1_loss(self, target, size_average, reduce, reduction, beta)
  ),
  _smooth_l1_loss: gapLoss<Compared & { beta: number }>("smooth_l1_loss", `${ending}, beta: number = 1`, {
    doc: "Squared differences below beta, absolute ones above.",
    formula: ({ beta }) => kept("smooth", beta, () => e.where(e.lt(e.abs(gap), beta), e.div(e.mul(0.5, squared), beta || 1), e.sub(e.abs(gap), 0.5 * beta))),
    slope: (d, { beta }, t) => (beta === 0 ? d.sign() : t.where(d.abs().lt(beta), d.div(beta), d.sign())),
    gradient: ({ beta }) => kept("smooth gradient", beta, () => e.mul(e.where(e.lt(e.abs(gap), beta), e.div(gap, beta || 1), e.sign(gap)), g)),
    check: (kit, { beta }) => notNegative(kit, "smooth_l1_loss", "beta", beta, true),
    formulaText: "y = (1/n) Σ { (x − t)² / (2β) where |x − t| < β, |x − t| − β/2 elsewhere }",
  }),
  huber_loss: broadcasting<Compared & { delta: number }>("huber_loss", 'reduction: string = "mean", delta: number = 1', "Squared differences below delta, absolute ones times delta above.", (t, { self, target }, { reduction, delta }) =>
    t._huber_loss(self, target, reduction, delta)
  ),
  _huber_loss: gapLoss<Compared & { delta: number }>("huber_loss", 'reduction: string = "mean", delta: number = 1', {
    doc: "Squared differences below delta, absolute ones times delta above.",
    formula: ({ delta }) => kept("huber", delta, () => e.where(e.lt(e.abs(gap), delta), e.mul(0.5, squared), e.mul(delta, e.sub(e.abs(gap), 0.5 * delta)))),
    slope: (d, { delta }, t) => t.where(d.abs().lt(delta), d, d.sign().mul(delta)),
    gradient: ({ delta }) => kept("huber gradient", delta, () => e.mul(e.where(e.lt(e.abs(gap), delta), gap, e.mul(e.sign(gap), delta)), g)),
    check: (kit, { self, delta }) => {
      floating(kit, "huber_loss", self)
      notNegative(kit, "huber_loss", "delta", delta, false)
    },
    formulaText: "y = (1/n) Σ { (x − t)² / 2 where |x − t| < δ, δ (|x − t| − δ/2) elsewhere }",
  }),
  poisson_nll_loss: composite<Compared & { log_input: boolean; full: boolean; eps: number }>('poisson_nll_loss(self: Tensor, target: Tensor, log_input: boolean = true, full: boolean = false, size_average: boolean = null, eps: number = 1e-8, reduce: boolean = null, reduction: string = "mean")', {
    doc: "How unlikely counts are, given the logarithm of their expected value (or the value itself).",
    compose: (t, args, kit) => {
      const { self, target, log_input, full, eps } = args
      checkReduction(kit, "poisson_nll_loss", args)
      let each = log_input ? self.exp().sub(t.mul(target, self)) : self.sub(t.mul(target, t._add_scalar(self, eps).log()))
      if (full) {
        const stirling = target.mul(target.log()).sub(target).add(target.mul(2 * Math.PI).log().mul(0.5))
        each = each.add(stirling.masked_fill(target.le(1), 0))
      }
      return concluded(kit, "poisson_nll_loss", each, args)
    },
    in: ["torch", "functional"],
    samples: [[[0.5, -1, 2], [1, 0, 4]], [[0.5, 1, 2], [1.5, 2.5, 4], { log_input: false, full: true }]],
    rejects: [{ args: [[1, 2], [1, 2], { reduction: "most" }], throws: "ValueError" }],
  }),
  gaussian_nll_loss: composite<Compared & { var: Tensor; full: boolean; eps: number }>('gaussian_nll_loss(self: Tensor, target: Tensor, var: Tensor, full: boolean = false, eps: number = 0.000001, reduction: string = "mean")', {
    doc: "How unlikely targets are under normal distributions with predicted means and variances.",
    compose: (_, args, kit) => {
      const { self, target, full, eps } = args
      const variance = gaussianVariance(kit, self, args.var).clone()
      checkReduction(kit, "gaussian_nll_loss", args)
      // Limited behind autograd's back, as PyTorch does: the gradient passes as if nothing had been cut off.
      variance.detach().clamp_({ min: eps })
      const each = variance.log().add(self.sub(target).pow(2).div(variance)).mul(0.5)
      return concluded(kit, "gaussian_nll_loss", full ? each.add(0.5 * Math.log(2 * Math.PI)) : each, args)
    },
    in: ["functional"],
    samples: [[[1, 2, 3], [1.5, 0, 2], [0.5, 1, 2]]],
    rejects: [{ args: [[1, 2], [1, 2], [-1, 1]], throws: "ValueError" }],
  }),
  kl_div: composite<Compared & { log_target: boolean }>(`kl_div(self: Tensor, target: Tensor, ${ending}, log_target: boolean = false)`, {
    doc: "How much a distribution (target) differs from another, given as logarithms (self); batchmean is the mathematical definition.",
    compose: (t, args, kit) => {
      const { self, target, log_target } = args
      checkReduction(kit, "kl_div", args, ["batchmean"])
      const each = log_target ? target.exp().mul(target.sub(self)) : t.xlogy(target, target).sub(target.mul(self))
      const batch = (meant(args) as string) === "batchmean"
      if (meant(args) === "mean") kit.warn("kl_div: the mean over all elements is not the mathematical definition, which divides by the batch's size only.", 'Write { reduction: "batchmean" }.')
      return batch ? each.sum().div(self.sizes[0] ?? 1) : concluded(kit, "kl_div", each, args)
    },
    in: ["functional"],
    samples: [[[[-1, -0.5], [-2, -0.2]], [[0.4, 0.6], [0.1, 0.9]]], [[[-1, -0.5], [-2, -0.2]], [[0.4, 0.6], [0.1, 0.9]], { reduction: "batchmean" }]],
    rejects: [{ args: [[1, 2], [1, 2], { reduction: "most" }], throws: "ValueError" }],
  }),
}

/** The variances in a shape that fits the input: the same, one a row, or with a last dimension of 1. */
function gaussianVariance(kit: Kit, self: Tensor, variance: Tensor): Tensor {
  const text = variance.sizes.join()
  const fitted = text === self.sizes.join() ? variance : text === self.sizes.slice(0, -1).join() ? variance.unsqueeze(-1) : variance
  if (fitted === variance && text !== self.sizes.join() && !(variance.ndim === self.ndim && text === [...self.sizes.slice(0, -1), 1].join()))
    throw kit.fault("ValueError", `gaussian_nll_loss: a variance of shape [${text}] does not fit an input of shape [${self.sizes.join(", ")}].`, "Give one variance an element, or one a row.")
  if (kit.numbers(variance).some((one) => one < 0)) throw kit.fault("ValueError", "gaussian_nll_loss: found a variance below 0.", "Predict its logarithm and take exp(), or use softplus.")
  return fitted
}
