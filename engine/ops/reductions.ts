// Many numbers to few: sums, means, extremes, truth.
import type { ReduceSpec } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, overloaded, structural, type Kit } from "./entry.ts"
import { add, and, div, input, maximum, minimum, mul, ne, or } from "./expr.ts"
import type { Family } from "./family.ts"

const total = input("total")
const x = input("x")
export const sumSpec: ReduceSpec = { start: 0, step: add(total, x) }
export const meanSpec: ReduceSpec = { start: 0, step: add(total, x), finish: div(total, input("count")) }
const prodSpec: ReduceSpec = { start: 1, step: mul(total, x) }
const maxSpec: ReduceSpec = { start: -Infinity, step: maximum(total, x) }
const minSpec: ReduceSpec = { start: Infinity, step: minimum(total, x) }
const allSpec: ReduceSpec = { start: 1, step: and(total, ne(x, 0)) }
const anySpec: ReduceSpec = { start: 0, step: or(total, ne(x, 0)) }

interface Over {
  readonly self: Tensor
  readonly dim: readonly number[] | null
  readonly keepdim: boolean
  readonly dtype: DType | null
}

const samples = [[[[1, 2, 3], [4, 5, 7]]], [[[1, 2, 3], [4, 5, 7]], 0], [[[1, 2, 3], [4, 5, 7]], [0, 1], true]] as const

/** Sizes with 1 at the folded dimensions: the shape in which a result broadcasts against its input. */
export function keptSizes(self: Tensor, dims: readonly number[]): number[] {
  return self.sizes.map((size, d) => (dims.includes(d) ? 1 : size))
}

function normalDims(self: Tensor, dim: readonly number[] | null): number[] {
  const rank = self.sizes.length
  if (!dim || dim.length === 0) return self.sizes.map((_, d) => d)
  return rank === 0 ? [] : dim.map((one) => (one < 0 ? one + rank : one))
}

/** How many elements come to one of the result. */
const foldedCount = ({ self, dim }: Pick<Over, "self" | "dim">): number => (dim ? normalDims(self, dim).reduce((n, d) => n * self.sizes[d]!, 1) : self.numel())

const share = div(input("g"), input("n"))
const shareInputs: readonly string[] = ["g", "n"]

/** The result's gradient spread over the input's shape. */
function spread(grad: Tensor, { self, dim, keepdim }: Pick<Over, "self" | "dim" | "keepdim">): Tensor {
  // One number spreads as it is.
  if (grad.ndim === 0) return grad.expand(self.sizes)
  const kept = keepdim ? grad : grad.reshape(keptSizes(self, normalDims(self, dim)))
  return kept.expand(self.sizes)
}

/** The result's gradient in a shape that broadcasts against the input. */
function keptGradient(grad: Tensor, { self, dim, keepdim }: Pick<Over, "self" | "dim" | "keepdim">): Tensor {
  return keepdim || grad.ndim === 0 ? grad : grad.reshape(keptSizes(self, normalDims(self, dim)))
}

/** The same spread over the input's shape, without history, by a look alone. */
function spreadView(kit: Kit, grad: Tensor, args: Pick<Over, "self" | "dim" | "keepdim">): Tensor {
  const { sizes } = args.self
  const each = keptGradient(grad, args)
  if (each.ndim === 0) return kit.view(each, sizes, sizes.map(() => 0))
  return kit.view(each, sizes, each.sizes.map((size, d) => (size === sizes[d] ? each.strides[d]! : 0)), each.offset)
}

function numbered(title: string): (args: { dim: readonly number[] | null }) => string {
  const [whole, along] = [`${title}Backward0`, `${title}Backward1`]
  return ({ dim }) => (dim === null ? whole : along)
}

function nonEmpty(kit: Kit, what: string, self: Tensor, dims: readonly number[], named: boolean): void {
  if (!dims.some((d) => self.sizes[d] === 0)) return
  throw kit.fault(named ? "IndexError" : "RuntimeError", `${what}: the tensor of shape [${self.sizes.join(", ")}] has no elements to choose from.`, "Check that the tensor is not empty.")
}

/** max or min over all elements: equal ones share the gradient. */
function extremeOfAll(name: string, gradName: string, spec: ReduceSpec, doc: string) {
  return structural<{ self: Tensor }>(`${name}(self: Tensor)`, {
    doc,
    forward: (kit, { self }) => {
      const dims = kit.dims(name, null, self.ndim)
      nonEmpty(kit, name, self, dims, false)
      return kit.reduce(spec, self, dims, false, self.dtype)
    },
    saves: ["self"],
    savesResults: [0],
    backward: ([g], { self }, [result]) => {
      // Where the result is nan, the nans are what was chosen.
      const chosen = self.eq(result).logical_or(self.isnan().logical_and(result!.isnan()))
      return { self: chosen.to(g!.dtype).mul(g!.div(chosen.sum())) }
    },
    gradName,
    samples: [[[[1, 5, 3], [4, 0, 2]]]],
    rejects: [{ args: [[]], throws: "RuntimeError" }],
  })
}

/** max or min along a dimension, with the places: the gradient goes to the place. */
function extremeAlong(name: "max" | "min", doc: string) {
  return structural<{ self: Tensor; dim: number; keepdim: boolean }>(`${name}(self: Tensor, dim: number, keepdim: boolean = false) -> ValuesIndices`, {
    doc,
    forward: (kit, { self, dim, keepdim }) => {
      const d = kit.dim(name, dim, self.ndim)
      if (self.ndim > 0) nonEmpty(kit, name, self, [d], true)
      const sizes = self.ndim === 0 ? [] : keptSizes(self, [d])
      const values = kit.zeros(sizes, self.dtype)
      const indices = kit.zeros(sizes, kit.dtype.int64)
      kit.kernel("extremeAlong", [self], [values, indices], { dim: d, largest: name === "max" })
      const squeeze = (one: Tensor) => (keepdim || self.ndim === 0 ? one : kit.view(one, without(one.sizes, d), without(one.strides, d)))
      return [squeeze(values), squeeze(indices)]
    },
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim, keepdim }, [, indices], t) => ({ self: putAlong(t, g!, self, dim, keepdim, indices!) }),
    gradName: `${name.charAt(0).toUpperCase()}${name.slice(1)}Backward0`,
    samples: [[[[1, 5, 3], [6, 0, 2]], 1], [[[1, 5, 3], [6, 0, 2]], 0, true]],
  })
}

/** A gradient put back at the places along `dim` that were chosen, zero elsewhere. */
export function putAlong(t: Kit["t"], grad: Tensor, self: Tensor, dim: number, keepdim: boolean, indices: Tensor): Tensor {
  if (self.ndim === 0) return grad
  const at = keepdim ? indices : indices.unsqueeze(dim)
  const zero = grad.new_zeros(self.sizes)
  return t.scatter(zero, dim, at, keepdim ? grad : grad.unsqueeze(dim))
}

const without = (list: readonly number[], d: number): number[] => list.filter((_, i) => i !== d)

/** amax and amin: no places, several dimensions; equal ones share. */
function extremeOver(name: string, gradName: string, spec: ReduceSpec, doc: string) {
  return structural<Omit<Over, "dtype">>(`${name}(self: Tensor, dim: Dims = null, keepdim: boolean = false)`, {
    doc,
    forward: (kit, { self, dim, keepdim }) => {
      const dims = kit.dims(name, dim, self.ndim)
      nonEmpty(kit, name, self, dims, Boolean(dim?.length))
      return kit.reduce(spec, self, dims, keepdim, self.dtype)
    },
    saves: ["self"],
    savesResults: [0],
    backward: ([g], args, [result]) => {
      const chosen = args.self.eq(spread(result!, args)).to(g!.dtype)
      const count = chosen.sum(normalDims(args.self, args.dim), true)
      return { self: chosen.div(count).mul(spread(g!, args)) }
    },
    gradName,
    samples: [[[[1, 5, 3], [5, 0, 2]], 1], [[[1, 5, 3], [4, 0, 2]]]],
  })
}

function placeOf(name: "argmax" | "argmin", doc: string) {
  return structural<{ self: Tensor; dim: number | null; keepdim: boolean }>(`${name}(self: Tensor, dim: number = null, keepdim: boolean = false)`, {
    doc,
    forward: (kit, { self, dim, keepdim }) => {
      const source = dim === null ? kit.view(kit.dense(self), [self.numel()], [1], kit.dense(self).offset) : self
      const d = kit.dim(name, dim ?? 0, source.ndim)
      if (source.ndim > 0) nonEmpty(kit, name, source, [d], true)
      const sizes = source.ndim === 0 ? [] : keptSizes(source, [d])
      const indices = kit.zeros(sizes, kit.dtype.int64)
      kit.kernel("extremeAlong", [source], [kit.zeros(sizes, self.dtype), indices], { dim: d, largest: name === "argmax" })
      if (dim === null) return kit.view(indices, keepdim ? self.sizes.map(() => 1) : [], keepdim ? self.sizes.map(() => 1) : [])
      return keepdim || self.ndim === 0 ? indices : kit.view(indices, without(sizes, d), without(indices.strides, d))
    },
    samples: [],
  })
}

function truth(name: "all" | "any", spec: ReduceSpec, doc: string) {
  return structural<Omit<Over, "dtype">>(`${name}(self: Tensor, dim: Dims = null, keepdim: boolean = false)`, {
    doc,
    forward: (kit, { self, dim, keepdim }) => kit.reduce(spec, self, kit.dims(name, dim, self.ndim), keepdim, self.dtype.name === "uint8" ? kit.dtype.uint8 : kit.dtype.bool),
  })
}

/** For each element the product of the others along `dim`: exact also where some are zero. */
function productOfOthers(self: Tensor, dim: number): Tensor {
  const n = self.sizes[dim < 0 ? dim + self.ndim : dim]!
  // One copy of the tensor a position, with that position replaced by 1.
  const last = self.transpose(dim, -1).unsqueeze(-2)
  const own = self.new_ones([n]).diag().gt(0)
  return last.expand([...last.sizes.slice(0, -2), n, n]).masked_fill(own, 1).prod(-1).transpose(dim, -1)
}

function floating(kit: Kit, what: string, self: Tensor, dtype: DType | null): DType {
  const type = dtype ?? self.dtype
  if (type.category === "float") return type
  throw kit.fault("RuntimeError", `${what}: expected a floating-point tensor, found ${type.name}.`, "Convert it first, for example with .float().")
}

export const reductions: Family<"sum" | "mean" | "prod" | "amax" | "amin" | "argmax" | "argmin" | "all" | "any", "max" | "min"> = {
  sum: structural<Over>("sum(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null)", {
    doc: "Sum of all elements, or along dimensions.",
    forward: (kit, { self, dim, keepdim, dtype }) =>
      kit.reduce(sumSpec, self, kit.dims("sum", dim, self.ndim), keepdim, dtype ?? (self.dtype.category === "float" ? self.dtype : kit.dtype.int64)),
    backward: ([g], args) => ({ self: spread(g!, args) }),
    fused: (kit, [g], args) => ({ self: spreadView(kit, g!, args) }),
    gradName: numbered("Sum"),
    samples,
    rejects: [{ args: [[1, 2], 1], throws: "IndexError" }],
    formulaText: "y = Σ x",
    slopeTexts: { self: "∂y/∂x = 1" },
  }),
  mean: structural<Over>("mean(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null)", {
    doc: "Mean of all elements, or along dimensions.",
    forward: (kit, { self, dim, keepdim, dtype }) => kit.reduce(meanSpec, self, kit.dims("mean", dim, self.ndim), keepdim, floating(kit, "mean", self, dtype)),
    backward: ([g], args) => ({ self: spread(g!, args).div(foldedCount(args)) }),
    fused: (kit, [g], args) => ({ self: kit.elementwise(share, shareInputs, [keptGradient(g!, args), foldedCount(args)], args.self.sizes, g!.dtype) }),
    gradName: numbered("Mean"),
    samples,
    rejects: [{ args: [[1, 2], 1], throws: "IndexError" }],
    formulaText: "y = (1/n) Σ x",
    slopeTexts: { self: "∂y/∂x = 1 / n" },
  }),
  prod: overloaded(
    structural<{ self: Tensor; dtype: DType | null }>("prod(self: Tensor, *, dtype: dtype = null)", {
      doc: "Product of all elements.",
      forward: (kit, { self, dtype }) => kit.reduce(prodSpec, self, kit.dims("prod", null, self.ndim), false, dtype ?? (self.dtype.category === "float" ? self.dtype : kit.dtype.int64)),
      saves: ["self"],
      backward: ([g], { self }) => ({ self: productOfOthers(self.reshape(-1), 0).mul(g).reshape(self.sizes) }),
      gradName: "ProdBackward0",
      samples: [[[[1, 2, 3], [4, 5, 7]]], [[2, 0, 3]]],
    }),
    structural<{ self: Tensor; dim: number; keepdim: boolean; dtype: DType | null }>("prod(self: Tensor, dim: number, keepdim: boolean = false, *, dtype: dtype = null)", {
      doc: "Product along a dimension.",
      forward: (kit, { self, dim, keepdim, dtype }) => kit.reduce(prodSpec, self, kit.dims("prod", [dim], self.ndim), keepdim, dtype ?? (self.dtype.category === "float" ? self.dtype : kit.dtype.int64)),
      saves: ["self"],
      backward: ([g], { self, dim, keepdim }) => ({ self: self.ndim === 0 ? g : productOfOthers(self, dim).mul(keepdim ? g! : g!.unsqueeze(dim)) }),
      gradName: "ProdBackward1",
      samples: [[[[1, 2, 3], [4, 5, 7]], 0], [[[2, 0, 3], [0, 0, 7]], 1, true]],
    }),
  ),
  max: overloaded(
    extremeOfAll("max", "MaxBackward1", maxSpec, "Largest element."),
    extremeAlong("max", "Largest elements along a dimension, and where they stand."),
    composite<{ self: Tensor; other: Tensor }>("max(self: Tensor, other: Tensor)", { doc: "The larger of two, element by element.", samples: [[[1, 2, 3], [3, 0, 2]]], compose: (t, { self, other }) => t.maximum(self, other) }),
  ),
  min: overloaded(
    extremeOfAll("min", "MinBackward1", minSpec, "Smallest element."),
    extremeAlong("min", "Smallest elements along a dimension, and where they stand."),
    composite<{ self: Tensor; other: Tensor }>("min(self: Tensor, other: Tensor)", { doc: "The smaller of two, element by element.", samples: [[[1, 2, 3], [3, 0, 2]]], compose: (t, { self, other }) => t.minimum(self, other) }),
  ),
  amax: extremeOver("amax", "AmaxBackward0", maxSpec, "Largest elements over dimensions; equal ones share the gradient."),
  amin: extremeOver("amin", "AminBackward0", minSpec, "Smallest elements over dimensions; equal ones share the gradient."),
  argmax: placeOf("argmax", "Index of the largest element."),
  argmin: placeOf("argmin", "Index of the smallest element."),
  all: truth("all", allSpec, "True where all elements are nonzero."),
  any: truth("any", anySpec, "True where any element is nonzero."),
}

