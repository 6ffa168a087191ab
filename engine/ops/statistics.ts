// Spread, size and middle: variances, norms, log-sum-exp, medians, counts.
import type { ReduceSpec } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { maxSpec } from "./activations.ts"
import { composite, overloaded, structural, type Kit } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"
import { keptSizes, putAlong, sumSpec } from "./reductions.ts"

const matrix = [[1, 2, 4], [4, -5, 7]] as const
const [x, total] = [e.input("x"), e.input("total")]

// Made once: kernels are kept by formula.
const share = e.div(total, e.input("n"))
const squaredGap = e.square(e.sub(x, e.input("mean")))
const finite = e.where(e.isinf(x), 0, x)
const shiftedPower = e.exp(e.sub(x, e.input("top")))
const shiftedLog = e.add(e.log(total), e.input("top"))
const nanSumSpec: ReduceSpec = { start: 0, step: e.add(total, e.where(e.isnan(x), 0, x)) }

type Dims = readonly number[] | null

const normal = (self: Tensor, dim: Dims): number[] => (dim && dim.length ? (self.ndim === 0 ? [] : dim.map((d) => (d < 0 ? d + self.ndim : d))) : self.sizes.map((_, d) => d))
const countOf = (self: Tensor, dim: Dims): number => normal(self, dim).reduce((n, d) => n * self.sizes[d]!, 1)

/** A result's gradient in the shape that broadcasts against the input. */
const kept = (g: Tensor, self: Tensor, dim: Dims, keepdim: boolean): Tensor => (keepdim ? g : g.reshape(keptSizes(self, normal(self, dim))))

interface Spread {
  readonly self: Tensor
  readonly dim: Dims
  readonly correction: number
  readonly keepdim: boolean
}

function variance(kit: Kit, what: string, { self, dim, correction, keepdim }: Spread): { variance: Tensor; mean: Tensor } {
  if (self.dtype.category !== "float") throw kit.fault("RuntimeError", `${what}: expected a floating-point tensor, found ${self.dtype.name}.`, "Convert it first, for example with .float().")
  const dims = kit.dims(what, dim, self.ndim)
  const count = countOf(self, dim)
  const wide = kit.totals(self)
  const sum = kit.reduce(sumSpec, self, dims, true, wide)
  const mean = kit.elementwise(share, ["total", "n"], [sum, count], sum.sizes, wide)
  const squares = kit.elementwise(squaredGap, ["x", "mean"], [self, mean], self.sizes, wide)
  const spread = kit.reduce(sumSpec, squares, dims, true, wide)
  const over = Math.max(0, count - correction)
  const result = kit.elementwise(share, ["total", "n"], [spread, over], spread.sizes, self.dtype)
  const shape = keepdim ? result.sizes : self.sizes.filter((_, d) => !dims.includes(d))
  return { variance: result.reshape(shape), mean: kit.copied(mean, self.dtype).reshape(shape) }
}

/** ∂variance: 2 (x − mean) / (n − correction) of the arriving gradient. */
function varianceSlope(g: Tensor, { self, dim, correction, keepdim }: Spread): Tensor {
  const over = countOf(self, dim) - correction
  const dims = normal(self, dim)
  return kept(g, self, dim, keepdim).mul(2 / over).mul(self.sub(self.mean(dims.length ? dims : null, true)))
}

/** ∂std: that of the variance over 2 · std, zero where std is zero. */
function deviationSlope(g: Tensor, result: Tensor, args: Spread): Tensor {
  return varianceSlope(g.div(result.mul(2)).masked_fill(result.eq(0), 0), args)
}

type SpreadArgs = Omit<Spread, "correction"> & { readonly correction: number | null; readonly unbiased: boolean | null }
const spreadOf = ({ self, dim, correction, keepdim, unbiased }: SpreadArgs): Spread => ({ self, dim, keepdim, correction: correction ?? (unbiased === false ? 0 : 1) })

function spreading(name: "var" | "std", doc: string) {
  const gradName = name === "var" ? "VarBackward0" : "StdBackward0"
  const make = (parameters: string) =>
    structural<SpreadArgs>(`${name}(${parameters})`, {
      doc,
      forward: (kit, args) => {
        const found = variance(kit, name, spreadOf(args)).variance
        return name === "var" ? found : found.sqrt_()
      },
      saves: ["self"],
      savesResults: name === "std" ? [0] : [],
      backward: ([g], args, [result]) => ({ self: name === "var" ? varianceSlope(g!, spreadOf(args)) : deviationSlope(g!, result!, spreadOf(args)) }),
      gradName,
      samples: [[matrix], [matrix, 1]],
    })
  return overloaded(make("self: Tensor, dim: Axes = null, unbiased: boolean = null, keepdim: boolean = false, *, correction: number = null"), make("self: Tensor, unbiased: boolean, dim: Dims = null, keepdim: boolean = false, *, correction: number = null"))
}

function spreadAndMean(name: "var_mean" | "std_mean", doc: string) {
  return structural<SpreadArgs>(`${name}(self: Tensor, dim: Dims = null, unbiased: boolean = null, keepdim: boolean = false, *, correction: number = null) -> Tensor[]`, {
    doc,
    forward: (kit, args) => {
      const found = variance(kit, name, spreadOf(args))
      return [name === "var_mean" ? found.variance : found.variance.sqrt_(), found.mean]
    },
    saves: ["self"],
    savesResults: name === "std_mean" ? [0] : [],
    backward: ([g, gMean], args, [result]) => {
      const spread = spreadOf(args)
      const own = g ? (name === "var_mean" ? varianceSlope(g, spread) : deviationSlope(g, result!, spread)) : null
      const mean = gMean ? kept(gMean, args.self, args.dim, args.keepdim).expand(args.self.sizes).div(countOf(args.self, args.dim)) : null
      return { self: own && mean ? own.add(mean) : (own ?? mean) }
    },
    in: ["torch"],
    samples: [[matrix], [matrix, 1, true, true]],
  })
}

interface Normed {
  readonly self: Tensor
  readonly p: number
  readonly dim: Dims
  readonly keepdim: boolean
}

/** (Σ |x|^p)^(1/p), with its limits at p of 0 and ±∞. */
export function vectorNorm(kit: Kit, { self, p, dim, keepdim }: Normed): Tensor {
  if (self.dtype.category !== "float") throw kit.fault("RuntimeError", `norm: expected a floating-point tensor, found ${self.dtype.name}.`, "Convert it first, for example with .float().")
  const dims = kit.dims("norm", dim, self.ndim)
  return kit.reduce(normSpec(p), self, dims, keepdim, self.dtype)
}

const norms = new Map<number, ReduceSpec>()
/** Orders that are kept; a program uses a few. */
const mostNorms = 100

function normSpec(p: number): ReduceSpec {
  let made = norms.get(p)
  if (made) return made
  const size = e.abs(x)
  const [start, step, finish] =
    p === Infinity ? [0, e.maximum(total, size), null]
    : p === -Infinity ? [Infinity, e.minimum(total, size), null]
    : p === 0 ? [0, e.add(total, e.ne(x, 0)), null]
    : p === 1 ? [0, e.add(total, size), null]
    : p === 2 ? [0, e.add(total, e.mul(x, x)), e.sqrt(total)]
    : [0, e.add(total, e.pow(size, p)), e.pow(total, 1 / p)]
  made = { start, step, ...(finish ? { finish } : {}) }
  if (norms.size >= mostNorms) norms.clear()
  norms.set(p, made)
  return made
}

/** PyTorch's norm_backward, with zero where the norm is zero. */
export function normSlope(g: Tensor, { self, p, dim, keepdim }: Normed, result: Tensor): Tensor | null {
  const gk = kept(g, self, dim, keepdim)
  const n = kept(result, self, dim, keepdim)
  if (p === 0) return null
  if (p === 1) return self.sgn().mul(gk)
  if (p === 2) return self.mul(gk.div(n)).masked_fill(n.eq(0), 0)
  if (Math.abs(p) === Infinity) {
    const chosen = self.abs().eq(n).to(self.dtype)
    const dims = normal(self, dim)
    return self.sgn().mul(chosen.div(chosen.sum(dims.length ? dims : null, true)).mul(gk))
  }
  const scaled = p < 1 ? self.sgn().mul(self.abs().pow(p - 1)).masked_fill(self.eq(0), 0) : self.mul(self.abs().pow(p - 2)).masked_fill(p < 2 ? self.eq(0) : n.ne(n), 0)
  return scaled.mul(gk.div(n.pow(p - 1)).masked_fill(n.eq(0), 0))
}

const normEntry = (text: string, gradName: string, order: (args: Normed & { ord: unknown }) => number, namespaces?: readonly ("torch" | "Tensor" | "linalg")[]) =>
  structural<Normed & { ord: unknown }>(text, {
    doc: "Length of a vector: (Σ |x|^p)^(1/p); 2 is the usual length.",
    forward: (kit, args) => vectorNorm(kit, { ...args, p: order(args) }),
    saves: ["self"],
    savesResults: [0],
    backward: ([g], args, [result]) => ({ self: normSlope(g!, { ...args, p: order(args) }, result!) }),
    gradName,
    ...(namespaces ? { in: namespaces } : {}),
    samples: [[matrix], [matrix, 1], [matrix, 3, 1]],
  })

const orderOf = (p: unknown): number => (p === null || p === "fro" ? 2 : Number(p))

/** The element in the middle (or at a rank) along a dimension. */
function ranked(name: string, text: string, doc: string, gradName: string, rank: (size: number, args: Readonly<Record<string, unknown>>) => number, skipNaN = false) {
  return structural<{ self: Tensor; dim: number; keepdim: boolean; k: number }>(text, {
    doc,
    forward: (kit, args) => {
      const { self, dim, keepdim } = args
      const d = kit.dim(name, dim, self.ndim)
      const sizes = self.ndim === 0 ? [] : keptSizes(self, [d])
      const values = kit.zeros(sizes, self.dtype)
      const indices = kit.zeros(sizes, kit.dtype.int64)
      const size = self.ndim === 0 ? 1 : self.sizes[d]!
      const k = rank(size, args)
      if (k < 0 || k >= size) throw kit.fault(size === 0 ? "IndexError" : "RuntimeError", `${name}: rank ${k + 1} does not lie within dimension ${d}, which has size ${size}.`, "Choose a rank from 1 to the size.")
      kit.kernel("ranked", [self], [values, indices], { dim: d, rank: k, skipNaN: skipNaN, middle: name !== "kthvalue" })
      const shape = keepdim || self.ndim === 0 ? sizes : sizes.filter((_, i) => i !== d)
      return [values.view(shape), indices.view(shape)]
    },
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim, keepdim }, [, indices], t) => ({ self: putAlong(t, g!, self, dim, keepdim, indices!) }),
    gradName,
    samples: name === "kthvalue" ? [[matrix, 2]] : [[matrix, 1]],
  })
}

function middleOfAll(name: "median" | "nanmedian", doc: string, gradName: string) {
  return structural<{ self: Tensor }>(`${name}(self: Tensor)`, {
    doc,
    forward: (kit, { self }) => {
      const values = kit.zeros([1], self.dtype)
      const n = self.numel()
      if (n === 0) return kit.full([], NaN, self.dtype)
      kit.kernel("ranked", [kit.view(kit.dense(self), [n], [1], kit.dense(self).offset)], [values, kit.zeros([1], kit.dtype.int64)], { dim: 0, rank: Math.floor((n - 1) / 2), skipNaN: name === "nanmedian", middle: true })
      return kit.view(values, [], [])
    },
    saves: ["self"],
    savesResults: [0],
    backward: ([g], { self }, [result]) => {
      const chosen = self.eq(result).logical_or(self.isnan().logical_and(result!.isnan())).to(g!.dtype)
      return { self: chosen.mul(g!.div(chosen.sum())) }
    },
    gradName,
    samples: [[matrix]],
  })
}

export const statistics: Family<
  "var" | "std" | "var_mean" | "std_mean" | "norm" | "_vector_norm" | "logsumexp" | "nansum" | "nanmean" | "count_nonzero" | "dist" | "quantile" | "nanquantile" | "cov" | "corrcoef",
  "median" | "nanmedian" | "kthvalue" | "mode" | "aminmax"
> = {
  var: spreading("var", "Variance, with n − 1 as the divisor unless unbiased is false."),
  std: spreading("std", "Standard deviation, with n − 1 as the divisor unless unbiased is false."),
  var_mean: spreadAndMean("var_mean", "Variance and mean."),
  std_mean: spreadAndMean("std_mean", "Standard deviation and mean."),
  norm: normEntry("norm(self: Tensor, p: unknown = null, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null)", "NormBackward1", (args) => orderOf(args.p as unknown)),
  _vector_norm: normEntry("_vector_norm(self: Tensor, ord: unknown = null, dim: Dims = null, keepdim: boolean = false)", "LinalgVectorNormBackward0", (args) => orderOf(args.ord), ["linalg"]),
  logsumexp: structural<{ self: Tensor; dim: Dims; keepdim: boolean }>("logsumexp(self: Tensor, dim: Dims, keepdim: boolean = false)", {
    doc: "log Σ eˣ along dimensions, computed stably.",
    forward: (kit, { self, dim, keepdim }) => {
      const dims = kit.dims("logsumexp", dim, self.ndim)
      const top = kit.reduce(maxSpec, self, dims, true, self.dtype)
      const base = kit.elementwise(finite, ["x"], [top], top.sizes, self.dtype)
      const powers = kit.elementwise(shiftedPower, ["x", "top"], [self, base], self.sizes, kit.totals(self))
      const sum = kit.reduce(sumSpec, powers, dims, true, kit.totals(self))
      const made = kit.elementwise(shiftedLog, ["total", "top"], [sum, base], sum.sizes, self.dtype.category === "float" ? self.dtype : kit.defaultDtype)
      return keepdim ? made : kit.view(made, self.sizes.filter((_, d) => !dims.includes(d)), made.strides.filter((_, d) => !dims.includes(d)))
    },
    saves: ["self"],
    savesResults: [0],
    backward: ([g], { self, dim, keepdim }, [result]) => ({ self: kept(g!, self, dim, keepdim).mul(self.sub(kept(result!, self, dim, keepdim)).exp()) }),
    samples: [[matrix, 1], [matrix, [0, 1]]],
  }),
  nansum: structural<{ self: Tensor; dim: Dims; keepdim: boolean; dtype: DType | null }>("nansum(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null)", {
    doc: "Sum that counts nan as zero.",
    forward: (kit, { self, dim, keepdim, dtype }) => kit.reduce(nanSumSpec, self, kit.dims("nansum", dim, self.ndim), keepdim, dtype ?? (self.dtype.category === "float" ? self.dtype : kit.dtype.int64)),
    saves: ["self"],
    backward: ([g], { self, dim, keepdim }) => ({ self: kept(g!, self, dim, keepdim).expand(self.sizes).mul(self.isnan().logical_not()) }),
    samples: [[matrix], [matrix, 1]],
  }),
  nanmean: composite<{ self: Tensor; dim: Dims; keepdim: boolean }>("nanmean(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null)", {
    doc: "Mean of the elements that are not nan.",
    compose: (_, { self, dim, keepdim }, kit) => {
      if (!self.is_floating_point()) throw kit.fault("RuntimeError", `nanmean: expected floating-point numbers, found ${self.dtype.name}.`, "Convert first, for example with .float().")
      return self.nansum(dim, keepdim).div(self.isnan().logical_not().sum(dim, keepdim))
    },
    samples: [[matrix], [matrix, 1]],
  }),
  count_nonzero: composite<{ self: Tensor; dim: Dims }>("count_nonzero(self: Tensor, dim: Dims = null)", { doc: "How many elements are not zero.", compose: (_, { self, dim }) => self.detach().ne(0).sum(dim), samples: [[[[1, 0], [2, 3]], 0]] }),
  dist: structural<{ self: Tensor; other: Tensor; p: number }>("dist(self: Tensor, other: Tensor, p: number = 2)", {
    doc: "Norm of the difference.",
    forward: (kit, { self, other, p }) => vectorNorm(kit, { self: self.sub(other), p, dim: null, keepdim: false }),
    saves: ["self", "other"],
    savesResults: [0],
    backward: ([g], { self, other, p }, [result]) => {
      const slope = normSlope(g!, { self: self.sub(other), p, dim: null, keepdim: false }, result!)
      return { self: slope, other: slope?.neg() ?? null }
    },
    samples: [[[1, 2, 3], [0, 4, 1]]],
  }),
  quantile: quantiles("quantile", "Value below which a share q of the elements lies, interpolated.", false),
  nanquantile: quantiles("nanquantile", "quantile of the elements that are not nan.", true),
  cov: composite<{ self: Tensor; correction: number }>("cov(self: Tensor, *, correction: number = 1)", {
    doc: "Covariance matrix of the variables in the rows.",
    compose: (_, { self, correction }) => {
      const numbers = self.is_floating_point() ? self : self.float()
      const rows = self.ndim < 2 ? numbers.reshape([1, -1]) : numbers
      const centred = rows.sub(rows.mean(1, true))
      const made = centred.matmul(centred.t()).div(Math.max(0, rows.sizes[1]! - correction))
      return self.ndim < 2 ? made.reshape([]) : made
    },
    samples: [[matrix]],
  }),
  corrcoef: composite<{ self: Tensor }>("corrcoef(self: Tensor)", {
    doc: "Correlation of the variables in the rows.",
    compose: (t, { self }) => {
      const c = t.cov(self)
      if (self.ndim < 2) return c.div(c)
      const deviation = c.diagonal().sqrt()
      return c.div(deviation.unsqueeze(1)).div(deviation.unsqueeze(0)).clamp(-1, 1)
    },
    samples: [[[[1, 2, 4], [4, -5, 7]]]],
  }),
  median: overloaded(middleOfAll("median", "The lower middle of all elements.", "MedianBackward0"), ranked("median", "median(self: Tensor, dim: number, keepdim: boolean = false) -> ValuesIndices", "The lower middle along a dimension, and where it stands.", "MedianBackward1", (n) => Math.floor((n - 1) / 2))),
  nanmedian: overloaded(middleOfAll("nanmedian", "The lower middle of the elements that are not nan.", "NanmedianBackward0"), ranked("nanmedian", "nanmedian(self: Tensor, dim: number, keepdim: boolean = false) -> ValuesIndices", "The lower middle of the elements that are not nan.", "NanmedianBackward1", (n) => Math.floor((n - 1) / 2), true)),
  kthvalue: ranked("kthvalue", "kthvalue(self: Tensor, k: number, dim: number = -1, keepdim: boolean = false) -> ValuesIndices", "The k-th smallest element along a dimension, and where it stands.", "KthvalueBackward0", (_, { k }) => (k as number) - 1),
  mode: structural<{ self: Tensor; dim: number; keepdim: boolean }>("mode(self: Tensor, dim: number = -1, keepdim: boolean = false) -> ValuesIndices", {
    doc: "The most frequent element along a dimension, and where it stands last.",
    forward: (kit, { self, dim, keepdim }) => {
      const d = kit.dim("mode", dim, self.ndim)
      const sizes = self.ndim === 0 ? [] : keptSizes(self, [d])
      const values = kit.zeros(sizes, self.dtype)
      const indices = kit.zeros(sizes, kit.dtype.int64)
      kit.kernel("mostFrequent", [self], [values, indices], { dim: d })
      const shape = keepdim || self.ndim === 0 ? sizes : sizes.filter((_, i) => i !== d)
      return [values.view(shape), indices.view(shape)]
    },
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim, keepdim }, [, indices], t) => ({ self: putAlong(t, g!, self, dim, keepdim, indices!) }),
    samples: [[[[3, 1, 2], [5, 4, 7]]]],
  }),
  aminmax: structural<{ self: Tensor; dim: number | null; keepdim: boolean }>("aminmax(self: Tensor, *, dim: number = null, keepdim: boolean = false) -> MinMax", {
    doc: "Smallest and largest element.",
    forward: (kit, { self, dim, keepdim }) => {
      const dims = kit.dims("aminmax", dim === null ? null : [dim], self.ndim)
      return [kit.t.amin(self, dims, keepdim), kit.t.amax(self, dims, keepdim)]
    },
    outputs: ["min", "max"],
  }),
}

function quantiles(name: string, doc: string, skipNaN: boolean) {
  return composite<{ self: Tensor; q: Tensor | number; dim: number | null; keepdim: boolean; interpolation: string }>(`${name}(self: Tensor, q: Operand, dim: number = null, keepdim: boolean = false, *, interpolation: string = "linear")`, {
    doc,
    compose: (_, { self, q, dim, keepdim, interpolation }, kit) => {
      const d = kit.dim(name, dim ?? 0, dim === null ? 1 : self.ndim)
      const source = dim === null || self.ndim === 0 ? self.reshape([-1]) : self
      const share = typeof q === "object" ? q : self.new_full([], q)
      if (kit.numbers(share).some((one) => !(one >= 0 && one <= 1))) throw kit.fault("RuntimeError", `${name}: expected q from 0 to 1.`, "A median is q = 0.5.")
      const sorted = source.transpose(d, -1).sort(-1).values
      const n = skipNaN ? sorted.isnan().logical_not().sum(-1, true) : sorted.new_full([1], sorted.sizes[sorted.ndim - 1]!)
      const rank = share.reshape([-1]).mul(n.sub(1).to(self.dtype))
      const low = rank.floor()
      const weight = interpolation === "lower" ? 0 : interpolation === "higher" ? rank.gt(low).to(self.dtype) : interpolation === "midpoint" ? rank.gt(low).to(self.dtype).mul(0.5) : interpolation === "nearest" ? rank.round().sub(low) : rank.sub(low)
      const at = (index: Tensor): Tensor => sorted.gather(-1, index.long().expand([...sorted.sizes.slice(0, -1), share.numel()]))
      const below = at(low)
      const made = below.lerp(at(rank.ceil()), typeof weight === "number" ? weight : weight)
      const hasNaN = skipNaN ? null : sorted.isnan().any(-1, true)
      const clean = hasNaN ? made.masked_fill(hasNaN, NaN) : made
      // The shares come first; the folded dimension is gone or of size 1.
      const shares = clean.movedim(-1, 0)
      const back = dim === null ? (keepdim ? shares.reshape([share.numel(), ...self.sizes.map(() => 1)]) : shares) : keepdim ? shares.unsqueeze(-1).transpose(d + 1, -1) : restored(shares, d, source.ndim)
      return share.ndim === 0 ? back.squeeze(0) : back
    },
    samples: [[[1, 2, 4, 8], 0.4]],
  })
}

/** Undoes the exchange of dimension d with the last, which is gone now. */
function restored(shares: Tensor, d: number, rank: number): Tensor {
  if (d === rank - 1) return shares
  return shares.movedim(d + 1, -1)
}
