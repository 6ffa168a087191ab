// Activations: what stands between the layers of a network. Elementwise ones first, those along a dimension after.
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, elementwise, structural, type ElementwiseEntry, type Kit, type Names, type Namespace, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Expr, Term } from "./expr.ts"
import type { Family } from "./family.ts"

const { add, sub, mul, div, neg, exp, where, gt, lt, ge, le, and, or, abs, sigmoid, tanh } = e
const general: readonly Sample[] = [[[-1.3, -0.4, 0.3, 0.9, 2.1]]]
const functional: readonly Namespace[] = ["functional"]
const everywhere: readonly Namespace[] = ["torch", "Tensor", "functional"]

interface More {
  /** Parameters after self, as in the signature: `alpha: number = 1`. */
  readonly with?: string
  readonly gradName?: string
  readonly in?: readonly Namespace[]
  readonly accepts?: ElementwiseEntry["accepts"]
  readonly samples?: readonly Sample[]
}

type Params = Readonly<Record<string, Expr>>

/** `formula(x, parameters)`; the slope also sees the result `y`. */
function one(name: string, doc: string, formula: (x: Expr, p: Params) => Expr, slope: (x: Expr, y: Expr, p: Params) => Term, more: More = {}): ElementwiseEntry {
  const given = [more.with, "inplace: boolean = false"].filter(Boolean).map((part) => `, ${part}`).join("")
  return elementwise(`${name}(self: Tensor${given})`, {
    doc,
    formula: (names: Names) => formula(names["self"]!, names),
    slope: { self: (names: Names) => slope(names["self"]!, names["result"]!, names) },
    in: more.in ?? functional,
    samples: more.samples ?? general,
    ...(more.gradName ? { gradName: more.gradName } : {}),
    ...(more.accepts ? { accepts: more.accepts } : {}),
  })
}

/** x where positive, scale · (e^(x/alpha …) − 1) below: the family of elu, celu and selu. */
const bent = (x: Expr, below: Term, above: Term): Expr => where(le(x, 0), below, above)

const seluAlpha = 1.6732632423543772
const seluScale = 1.0507009873554805
const root2OverPi = Math.sqrt(2 / Math.PI)
const kappa = 0.044715

/** The inner tanh of gelu's approximation (Hendrycks & Gimpel 2016). */
const geluInner = (x: Expr): Expr => tanh(mul(root2OverPi, add(x, mul(kappa, mul(x, mul(x, x))))))

/** Slopes in a shape that meets the input's channels, which are dimension 1. */
const byChannel = (weight: Tensor, self: Tensor): Tensor => (weight.numel() === 1 ? weight.reshape([]) : weight.reshape(self.sizes.map((_size, d) => (d === 1 ? -1 : 1))))

export const activations: Family<
  | "relu" | "relu6" | "leaky_relu" | "elu" | "celu" | "selu" | "gelu" | "silu" | "mish" | "softplus" | "softsign" | "logsigmoid" | "tanhshrink"
  | "hardtanh" | "hardsigmoid" | "hardswish" | "hardshrink" | "softshrink" | "threshold" | "prelu" | "glu" | "softmax" | "log_softmax" | "softmin"
> = {
  relu: one("relu", "Keeps what is positive, zero for the rest.", (x) => e.maximum(x, 0), (_, y) => where(e.le(y, 0), 0, 1), { in: everywhere, accepts: "number" }),
  relu6: one("relu6", "relu, limited to 6.", (x) => e.minimum(e.maximum(x, 0), 6), (x) => where(or(le(x, 0), ge(x, 6)), 0, 1), { gradName: "HardtanhBackward0" }),
  leaky_relu: one("leaky_relu", "Like relu, with a small slope below zero.", (x, { negative_slope }) => where(gt(x, 0), x, mul(x, negative_slope!)), (x, _, { negative_slope }) => where(gt(x, 0), 1, negative_slope!), { with: "negative_slope: number = 0.01", accepts: "float" }),
  elu: one("elu", "x above zero, alpha · (eˣ − 1) below.", (x, { alpha }) => bent(x, mul(alpha!, e.expm1(x)), x), (x, _, { alpha }) => bent(x, mul(alpha!, exp(x)), 1), { with: "alpha: number = 1", accepts: "float" }),
  celu: one("celu", "x above zero, alpha · (e^(x/alpha) − 1) below.", (x, { alpha }) => bent(x, mul(alpha!, e.expm1(div(x, alpha!))), x), (x, _, { alpha }) => bent(x, exp(div(x, alpha!)), 1), { with: "alpha: number = 1", in: ["torch", "functional"], accepts: "float" }),
  selu: one("selu", "A scaled elu that keeps mean and variance.", (x) => bent(x, mul(seluScale * seluAlpha, e.expm1(x)), mul(seluScale, x)), (x) => bent(x, mul(seluScale * seluAlpha, exp(x)), seluScale), { gradName: "EluBackward0", in: ["torch", "functional"], accepts: "float" }),
  gelu: elementwise('gelu(self: Tensor, *, approximate: string = "none")', {
    doc: "x times the share of a normal distribution below x.",
    formula: ({ self }, { approximate }) =>
      approximate === "tanh" ? mul(mul(0.5, self!), add(1, geluInner(self!))) : mul(mul(0.5, self!), add(1, e.erf(mul(self!, Math.SQRT1_2)))),
    slope: {
      self: ({ self }, { approximate }) => {
        const x = self!
        if (approximate !== "tanh") return add(mul(0.5, add(1, e.erf(mul(x, Math.SQRT1_2)))), mul(x, mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(x, x))))))
        const inner = geluInner(x)
        const rise = mul(root2OverPi, add(1, mul(3 * kappa, mul(x, x))))
        return add(mul(0.5, add(1, inner)), mul(mul(mul(0.5, x), sub(1, mul(inner, inner))), rise))
      },
    },
    in: functional,
    accepts: "float",
    samples: [[[-1.3, 0.3, 2.1]], [[-1.3, 0.3, 2.1], { approximate: "tanh" }]],
  }),
  silu: one("silu", "x · σ(x), also called swish.", (x) => mul(x, sigmoid(x)), (x) => mul(sigmoid(x), add(1, mul(x, sub(1, sigmoid(x))))), { accepts: "float" }),
  mish: one("mish", "x · tanh(softplus(x)).", (x) => mul(x, tanh(e.log1p(exp(x)))), (x) => {
    const t = tanh(e.log1p(exp(x)))
    return add(t, mul(mul(x, sigmoid(x)), sub(1, mul(t, t))))
  }, { accepts: "float" }),
  softplus: one("softplus", "log(1 + e^(beta · x)) / beta, a smooth relu; x itself past the threshold.",
    (x, { beta, threshold }) => where(gt(mul(x, beta!), threshold!), x, div(e.log1p(exp(mul(x, beta!))), beta!)),
    (x, _, { beta, threshold }) => where(gt(mul(x, beta!), threshold!), 1, sigmoid(mul(x, beta!))),
    { with: "beta: number = 1, threshold: number = 20", accepts: "float" }),
  softsign: composite<{ self: Tensor }>("softsign(self: Tensor)", { doc: "x / (1 + |x|).", compose: (_, { self }) => self.div(self.abs().add(1)), in: functional, samples: general }),
  logsigmoid: one("logsigmoid", "log σ(x), computed stably.", (x) => sub(e.minimum(x, 0), e.log1p(exp(neg(abs(x))))), (x) => sigmoid(neg(x)), { gradName: "LogSigmoidBackward0", accepts: "float" }),
  tanhshrink: composite<{ self: Tensor }>("tanhshrink(self: Tensor)", { doc: "x − tanh(x).", compose: (_, { self }) => self.sub(self.tanh()), in: functional, samples: general }),
  hardtanh: one("hardtanh", "Limited to the range from min_val to max_val.", (x, { min_val, max_val }) => e.minimum(e.maximum(x, min_val!), max_val!), (x, _, { min_val, max_val }) => where(or(le(x, min_val!), ge(x, max_val!)), 0, 1), { with: "min_val: number = -1, max_val: number = 1" }),
  hardsigmoid: one("hardsigmoid", "x/6 + 1/2, limited to [0, 1].", (x) => div(e.minimum(e.maximum(add(x, 3), 0), 6), 6), (x) => where(and(gt(x, -3), lt(x, 3)), 1 / 6, 0), { accepts: "float" }),
  hardswish: one("hardswish", "x · hardsigmoid(x).", (x) => div(mul(x, e.minimum(e.maximum(add(x, 3), 0), 6)), 6), (x) => where(lt(x, -3), 0, where(le(x, 3), add(div(x, 3), 0.5), 1)), { accepts: "float" }),
  hardshrink: one("hardshrink", "Zero within ±lambd, x beyond.", (x, { lambd }) => where(and(ge(x, neg(lambd!)), le(x, lambd!)), 0, x), (x, _, { lambd }) => where(and(ge(x, neg(lambd!)), le(x, lambd!)), 0, 1), { with: "lambd: number = 0.5", in: everywhere, accepts: "float" }),
  softshrink: one("softshrink", "Drawn towards zero by lambd.", (x, { lambd }) => where(gt(x, lambd!), sub(x, lambd!), where(lt(x, neg(lambd!)), add(x, lambd!), 0)), (x, _, { lambd }) => where(and(ge(x, neg(lambd!)), le(x, lambd!)), 0, 1), { with: "lambd: number = 0.5", accepts: "float" }),
  threshold: one("threshold", "x above the threshold, value elsewhere.", (x, { threshold, value }) => where(le(x, threshold!), value!, x), (x, _, { threshold }) => where(le(x, threshold!), 0, 1), { with: "threshold: number, value: number", in: ["torch", "functional"], samples: [[[-1.3, 0.3, 2.1], 0.1, -5]] }),
  prelu: structural<{ self: Tensor; weight: Tensor }>("prelu(self: Tensor, weight: Tensor)", {
    doc: "leaky_relu with a slope that is learned, one for all or one for each channel.",
    forward: (kit, { self, weight }) => {
      const channels = self.ndim > 1 ? self.sizes[1]! : 1
      if (weight.numel() !== 1 && weight.numel() !== channels) throw kit.fault("RuntimeError", `prelu: expected one slope or ${channels}, one for each channel, found ${weight.numel()}.`, "Make the weight as long as dimension 1 of the input.")
      return kit.t.where(self.gt(0), self, self.mul(byChannel(weight, self)))
    },
    saves: ["self", "weight"],
    backward: ([g], { self, weight }, _, t, needs) => {
      const positive = self.gt(0)
      const own = t.where(positive, g!, g!.mul(byChannel(weight, self)))
      if (!needs("weight")) return { self: own }
      const each = t.where(positive, t.zeros_like(g!), g!.mul(self))
      const others = self.sizes.map((_size, d) => d).filter((d) => d !== 1 || weight.numel() === 1)
      return { self: own, weight: (others.length ? each.sum(others) : each).reshape(weight.sizes) }
    },
    in: everywhere,
    samples: [[[-1.3, 0.3, 2.1], [0.25]], [[[-1, 2], [0.5, -0.3]], [0.25, 0.5]]],
    rejects: [{ args: [[[-1, 2], [0.5, -0.3]], [0.25, 0.5, 1]], throws: "RuntimeError" }],
  }),
  glu: structural<{ self: Tensor; dim: number }>("glu(self: Tensor, dim: number = -1)", {
    doc: "The first half times σ of the second half of a dimension.",
    forward: (kit, { self, dim }) => {
      const d = kit.dim("glu", dim, self.ndim)
      if (self.ndim === 0) throw kit.fault("RuntimeError", "glu: a tensor without dimensions cannot be halved.", "Give it a dimension of even size.")
      if (self.sizes[d]! % 2) throw kit.fault("RuntimeError", `glu: expected an even size at dimension ${d}, found ${self.sizes[d]}.`, "Choose a dimension that can be halved.")
      const [a, b] = halves(self, d)
      return a.mul(b.sigmoid())
    },
    saves: ["self"],
    backward: ([g], { self, dim }, _, t) => {
      const [a, b] = halves(self, dim < 0 ? dim + self.ndim : dim)
      const s = b.sigmoid()
      return { self: t.cat([g!.mul(s), g!.mul(a).mul(s).mul(s.neg().add(1))], dim) }
    },
    in: functional,
    samples: [[[[1, 2, -1, 0.5]]]],
  }),
  softmax: alongDim("softmax", "Positive shares of 1 along a dimension: e to the power of each element over their sum.", (g, y, dim) => {
    const weighted = g.mul(y)
    return weighted.sub(y.mul(weighted.sum(dim, true)))
  }),
  log_softmax: alongDim("log_softmax", "Logarithm of softmax, computed stably.", (g, y, dim) => g.sub(y.exp().mul(g.sum(dim, true)))),
  softmin: composite<{ self: Tensor; dim: number | null; dtype: DType | null }>("softmin(self: Tensor, dim: number = null, *, dtype: dtype = null)", {
    doc: "softmax of −x.",
    compose: (t, { self, dim, dtype }) => t.softmax(self.neg(), dim ?? usualDim(self), { dtype }),
    in: functional,
    samples: [[[1, 2, 0.5], 0]],
  }),
}

export const maxSpec = { start: -Infinity, step: e.maximum(e.input("total"), e.input("x")) }

function halves(self: Tensor, d: number): [Tensor, Tensor] {
  const half = self.sizes[d]! / 2
  return [self.narrow(d, 0, half), self.narrow(d, half, half)]
}

/** The dimension that PyTorch takes where none is given (and warns about). */
const usualDim = (self: Tensor): number => (self.ndim === 0 || self.ndim === 1 || self.ndim === 3 ? 0 : 1)

function alongDim(name: "softmax" | "log_softmax", doc: string, backward: (g: Tensor, y: Tensor, dim: number) => Tensor) {
  const log = name === "log_softmax"
  /** A number alone is a row of one. */
  const row = (kit: Kit, one: Tensor): Tensor => (one.ndim > 0 ? one : kit.view(one, [1], [1]))
  return structural<{ self: Tensor; dim: number | null; dtype: DType | null }>(`${name}(self: Tensor, dim: number = null, *, dtype: dtype = null)`, {
    doc,
    forward: (kit, { self, dim, dtype }) => {
      const type = dtype ?? self.dtype
      if (type.category !== "float") throw kit.fault("RuntimeError", `${name}: expected a floating-point tensor, found ${type.name}.`, "Convert it first, for example with .float().")
      const x = type === self.dtype ? self : kit.copied(self, type)
      const d = kit.dim(name, dim ?? usualDim(self), self.ndim)
      const made = kit.unfilled(self.sizes, type)
      kit.kernel("softmax", [row(kit, x)], [row(kit, made)], { dim: d, log })
      return type.itemsize < 4 ? kit.copied(made) : made
    },
    savesResults: [0],
    backward: ([g], { self, dim }, [result]) => {
      const d = dim ?? usualDim(self)
      if (self.ndim > 0) return { self: backward(g!, result!, d) }
      return { self: backward(g!.reshape([1]), result!.reshape([1]), 0).reshape([]) }
    },
    fused: (kit, [g], { self, dim }, [result]) => {
      if (g!.dtype !== result!.dtype || g!.dtype.itemsize < 4) return null
      const made = kit.unfilled(g!.sizes, g!.dtype)
      kit.kernel("softmaxBack", [row(kit, g!), row(kit, result!)], [row(kit, made)], { dim: kit.dim(name, dim ?? usualDim(self), self.ndim), log })
      return { self: made }
    },
    in: everywhere,
    samples: [[[[1, 2, 0.5], [0, -1, 3]], 1], [[[1, 2, 0.5], [0, -1, 3]], 0]],
    rejects: [{ args: [[1, 2], 1], throws: "IndexError" }],
    slopeTexts: { self: name === "softmax" ? "∂y/∂x = yᵢ · (δᵢⱼ − yⱼ)" : "∂y/∂x = δᵢⱼ − e^yⱼ" },
    formulaText: name === "softmax" ? "yᵢ = e^xᵢ / Σⱼ e^xⱼ" : "yᵢ = xᵢ − log Σⱼ e^xⱼ",
  })
}
