// The same numbers in another shape: views of the same memory first, then copies.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit, type Sample } from "./entry.ts"
import type { Family } from "./family.ts"

const matrix = [[1, 2, 3], [4, 5, 6]] as const

const product = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1)

/** Sizes with −1 worked out. Throws RuntimeError when the numbers of elements differ. */
function inferred(kit: Kit, what: string, self: Tensor, shape: readonly number[]): number[] {
  const count = self.numel()
  const unknown = shape.indexOf(-1)
  const known = product(shape.filter((size) => size !== -1))
  const sizes = shape.map((size) => (size === -1 ? (known === 0 ? 0 : count / known) : size))
  if (unknown !== shape.lastIndexOf(-1)) throw kit.fault("RuntimeError", `${what}: only one size can be left open with -1, found several in [${shape.join(", ")}].`, "Give all sizes but one.")
  if (shape.some((size) => size < -1) || product(sizes) !== count || !sizes.every(Number.isInteger))
    throw kit.fault("RuntimeError", `${what}: the shape [${shape.join(", ")}] does not hold the ${count} elements of shape [${self.sizes.join(", ")}].`, `Choose sizes whose product is ${count}, or leave one to be worked out with -1.`)
  return sizes
}

/** Strides under which the same memory has another shape, null where a copy is needed. */
function viewStrides(self: Tensor, sizes: readonly number[]): number[] | null {
  if (self.numel() === 0) return rowMajor(sizes)
  const strides = new Array<number>(sizes.length)
  let d = sizes.length - 1
  // Chunks of old dimensions that lie evenly in memory are matched with new dimensions from the back.
  let chunk = 1
  let base = self.sizes.length ? self.strides[self.sizes.length - 1]! : 1
  for (let old = self.sizes.length - 1; old >= 0; old--) {
    chunk *= self.sizes[old]!
    if (old > 0 && (self.sizes[old - 1] === 1 || self.strides[old - 1] === chunk * base)) continue
    let filled = 1
    while (d >= 0 && (filled < chunk || sizes[d] === 1)) {
      strides[d] = filled * base
      filled *= sizes[d]!
      d--
    }
    if (filled !== chunk) return null
    chunk = 1
    base = old > 0 ? self.strides[old - 1]! : 1
  }
  for (; d >= 0; d--) strides[d] = base
  return strides
}

export function rowMajor(sizes: readonly number[]): number[] {
  const strides = new Array<number>(sizes.length)
  let step = 1
  for (let d = sizes.length - 1; d >= 0; d--) {
    strides[d] = step
    step *= Math.max(sizes[d]!, 1)
  }
  return strides
}

interface Shaped {
  readonly self: Tensor
  readonly shape: readonly number[]
}

function viewing(name: string) {
  return structural<Shaped>(`${name}(self: Tensor, ...shape: Shape)`, {
    doc: "The same memory in another shape; -1 is worked out.",
    forward: (kit, { self, shape }) => {
      const sizes = inferred(kit, name, self, shape)
      const strides = viewStrides(self, sizes)
      if (!strides) throw kit.fault("RuntimeError", `${name}: the elements of this tensor do not lie in memory as the shape [${sizes.join(", ")}] needs.`, "Use reshape(), which copies where it must, or contiguous() first.")
      return kit.view(self, sizes, strides)
    },
    backward: ([g], { self }) => ({ self: g!.reshape(self.sizes) }),
    view: true,
    gradName: "ViewBackward0",
    in: ["Tensor"],
    samples: [[matrix, 3, 2], [matrix, -1]],
    rejects: [{ args: [matrix, 4, 2], throws: "RuntimeError" }],
  })
}

export const shape: Family<
  | "view" | "reshape" | "flatten" | "transpose" | "swapaxes" | "swapdims" | "t" | "permute" | "unsqueeze" | "squeeze" | "expand" | "as_strided"
  | "select" | "slice" | "narrow" | "clone" | "contiguous" | "copy" | "fill" | "zero" | "expand_as" | "view_as" | "reshape_as" | "alias" | "diag",
  never,
  "unbind"
> = {
  view: viewing("view"),
  reshape: composite<Shaped>("reshape(self: Tensor, ...shape: Shape)", {
    doc: "Another shape: a view where the memory allows it, else a copy; -1 is worked out.",
    compose: (t, { self, shape }, kit) => {
      const sizes = inferred(kit, "reshape", self, shape)
      // A copy is recorded as a view of the copy, as PyTorch does.
      return viewStrides(self, sizes) ? (sizes.length === self.ndim && sizes.every((n, d) => n === self.sizes[d]) ? t.alias(self) : self.view(sizes)) : unsafeView(self, sizes)
    },
    samples: [[matrix, 3, 2], [matrix, -1]],
    rejects: [{ args: [matrix, 4, 2], throws: "RuntimeError" }],
  }),
  alias: structural<{ self: Tensor }>("alias(self: Tensor)", {
    doc: "The same memory and shape again.",
    samples: [[[1, 2]]],
    forward: (kit, { self }) => kit.view(self, self.sizes, self.strides),
    backward: ([g]) => ({ self: g! }),
    view: true,
    gradName: "ViewBackward0",
    in: [],
  }),
  flatten: composite<{ self: Tensor; start_dim: number; end_dim: number }>("flatten(self: Tensor, start_dim: number = 0, end_dim: number = -1)", {
    doc: "Dimensions start_dim to end_dim as one.",
    compose: (_, { self, start_dim, end_dim }, kit) => {
      if (self.ndim === 0) return self.reshape([1])
      const from = kit.dim("flatten", start_dim, self.ndim)
      const to = kit.dim("flatten", end_dim, self.ndim)
      if (from > to) throw kit.fault("RuntimeError", `flatten: start_dim ${start_dim} lies after end_dim ${end_dim}.`, "Give the dimensions in order.")
      if (from === to) return self
      return self.reshape([...self.sizes.slice(0, from), product(self.sizes.slice(from, to + 1)), ...self.sizes.slice(to + 1)])
    },
    samples: [[matrix]],
  }),
  transpose: transposing("transpose"),
  swapaxes: transposing("swapaxes"),
  swapdims: transposing("swapdims"),
  t: structural<{ self: Tensor }>("t(self: Tensor)", {
    doc: "A matrix with rows and columns exchanged; less than two dimensions stay as they are.",
    forward: (kit, { self }) => {
      if (self.ndim > 2) throw kit.fault("RuntimeError", `t: expected at most 2 dimensions, found ${self.ndim}.`, "Use transpose(dim0, dim1) or mT.")
      return kit.view(self, [...self.sizes].reverse(), [...self.strides].reverse())
    },
    backward: ([g]) => ({ self: g!.t() }),
    view: true,
    inPlace: true,
    samples: [[matrix]],
    rejects: [{ args: [[[[1]]]], throws: "RuntimeError" }],
  }),
  permute: structural<{ self: Tensor; dims: readonly number[] }>("permute(self: Tensor, ...dims: Shape)", {
    doc: "Dimensions in another order.",
    forward: (kit, { self, dims }) => {
      if (dims.length !== self.ndim) throw kit.fault("RuntimeError", `permute: expected ${self.ndim} dimensions, found ${dims.length}.`, "Name every dimension once.")
      const order = kit.dims("permute", dims, self.ndim)
      return kit.view(self, order.map((d) => self.sizes[d]!), order.map((d) => self.strides[d]!))
    },
    backward: ([g], { self, dims }) => {
      const order = dims.map((d) => (d < 0 ? d + self.ndim : d))
      return { self: g!.permute(order.map((_, d) => order.indexOf(d))) }
    },
    view: true,
    samples: [[[matrix], 2, 0, 1]],
    rejects: [{ args: [matrix, 0], throws: "RuntimeError" }],
  }),
  unsqueeze: structural<{ self: Tensor; dim: number }>("unsqueeze(self: Tensor, dim: number)", {
    doc: "A new dimension of size 1.",
    forward: (kit, { self, dim }) => {
      const d = kit.dim("unsqueeze", dim, self.ndim + 1)
      const step = d < self.ndim ? self.sizes[d]! * self.strides[d]! : 1
      return kit.view(self, [...self.sizes.slice(0, d), 1, ...self.sizes.slice(d)], [...self.strides.slice(0, d), step, ...self.strides.slice(d)])
    },
    backward: ([g], { self, dim }) => ({ self: g!.squeeze(dim < 0 ? dim + self.ndim + 1 : dim) }),
    view: true,
    inPlace: true,
    samples: [[matrix, 0], [matrix, -1]],
    rejects: [{ args: [matrix, 4], throws: "IndexError" }],
  }),
  squeeze: structural<{ self: Tensor; dim: readonly number[] | null }>("squeeze(self: Tensor, dim: Dims = null)", {
    doc: "Without dimensions of size 1 (all of them, or those named).",
    forward: (kit, { self, dim }) => {
      const gone = dim === null ? self.sizes.map((_, d) => d) : kit.dims("squeeze", dim, self.ndim)
      const left = self.sizes.map((_, d) => d).filter((d) => !(gone.includes(d) && self.sizes[d] === 1))
      return kit.view(self, left.map((d) => self.sizes[d]!), left.map((d) => self.strides[d]!))
    },
    backward: ([g], { self }) => ({ self: g!.reshape(self.sizes) }),
    gradName: ({ dim }) => (dim === null ? "SqueezeBackward0" : "SqueezeBackward1"),
    view: true,
    inPlace: true,
    samples: [[[matrix]], [[matrix], 0]],
  }),
  expand: structural<Shaped>("expand(self: Tensor, ...shape: Shape)", {
    doc: "Dimensions of size 1 seen larger, without copying; -1 keeps a size.",
    forward: (kit, { self, shape }) => {
      const extra = shape.length - self.ndim
      if (extra < 0) throw kit.fault("RuntimeError", `expand: expected at least ${self.ndim} sizes, found ${shape.length}.`, "Name every dimension; -1 keeps its size.")
      const sizes = shape.map((size, d) => {
        const own = d < extra ? 1 : self.sizes[d - extra]!
        const wanted = size === -1 && d >= extra ? own : size
        if ((own !== 1 && own !== wanted) || wanted < 0) throw kit.fault("RuntimeError", `expand: dimension ${d} has size ${own} and cannot be seen as ${size}; only a size of 1 can.`, `Shape [${self.sizes.join(", ")}] was asked to be [${shape.join(", ")}].`)
        return wanted
      })
      return kit.view(self, sizes, sizes.map((size, d) => (d < extra || (self.sizes[d - extra] === 1 && size !== 1) ? 0 : self.strides[d - extra]!)))
    },
    backward: ([g]) => ({ self: g! }),
    view: true,
    in: ["Tensor"],
    samples: [[[[1], [2]], 2, 3], [[1, 2], 3, -1]],
    rejects: [{ args: [[1, 2], 3], throws: "RuntimeError" }],
  }),
  expand_as: composite<{ self: Tensor; other: Tensor }>("expand_as(self: Tensor, other: Tensor)", { doc: "Expanded to another tensor's shape.", samples: [[[1, 2], [[1, 2], [3, 4]]]], compose: (_, { self, other }) => self.expand(other.sizes), in: ["Tensor"] }),
  view_as: composite<{ self: Tensor; other: Tensor }>("view_as(self: Tensor, other: Tensor)", { doc: "A view in another tensor's shape.", samples: [[[1, 2, 3, 4], [[1, 2], [3, 4]]]], compose: (_, { self, other }) => self.view(other.sizes), in: ["Tensor"] }),
  reshape_as: composite<{ self: Tensor; other: Tensor }>("reshape_as(self: Tensor, other: Tensor)", { doc: "Reshaped to another tensor's shape.", samples: [[[1, 2, 3, 4], [[1, 2], [3, 4]]]], compose: (_, { self, other }) => self.reshape(other.sizes), in: ["Tensor"] }),
  as_strided: structural<{ self: Tensor; size: readonly number[]; stride: readonly number[]; storage_offset: number | null }>("as_strided(self: Tensor, size: Shape, stride: Shape, storage_offset: number = null)", {
    doc: "A view with any sizes and strides, counted in elements.",
    forward: (kit, { self, size, stride, storage_offset }) => {
      if (size.length !== stride.length) throw kit.fault("RuntimeError", `as_strided: found ${size.length} sizes and ${stride.length} strides.`, "Give one stride a size.")
      const offset = storage_offset ?? self.offset
      const reach = size.reduce((at, n, d) => at + (n - 1) * stride[d]!, offset)
      if (!size.includes(0) && (reach >= self.storage.length || offset < 0)) throw kit.fault("RuntimeError", `as_strided: sizes [${size.join(", ")}] with strides [${stride.join(", ")}] reach past the tensor's memory of ${self.storage.length} elements.`, "Choose smaller sizes or strides.")
      return kit.view(self, size, stride, offset)
    },
    backward: ([g], { self, size, stride, storage_offset }, _, t) => {
      // The gradient of memory that is seen several times is the sum over the places where it is seen.
      const from = storage_offset === null ? 0 : storage_offset - self.offset
      const reach = size.reduce((at, n, d) => at + (n - 1) * stride[d]!, from) + 1
      const length = Math.max(1, reach, self.numel())
      const places = t.arange(BigInt(length)).as_strided(size, stride, from).reshape(-1)
      return { self: g!.new_zeros([length]).index_add(0, places, g!.reshape(-1)).as_strided(self.sizes, rowMajor(self.sizes), 0) }
    },
    view: true,
    samples: [[[1, 2, 3, 4, 5], [2, 2], [2, 1], 1], [[1, 2, 3, 4], [3, 2], [1, 1]]],
  }),
  select: structural<{ self: Tensor; dim: number; index: number }>("select(self: Tensor, dim: number, index: number)", {
    doc: "One index along a dimension, which disappears.",
    forward: (kit, { self, dim, index }) => {
      if (self.ndim === 0) throw kit.fault("IndexError", "select: a tensor without dimensions cannot be indexed.", "Use item() for its value.")
      const d = kit.dim("select", dim, self.ndim)
      const size = self.sizes[d]!
      if (index < -size || index >= size) throw kit.fault("IndexError", `The index ${index} is out of range for dimension ${d}, which has size ${size}.`, size ? `Use an index from ${-size} to ${size - 1}.` : "The dimension is empty.")
      const at = index < 0 ? index + size : index
      return kit.view(self, self.sizes.filter((_, i) => i !== d), self.strides.filter((_, i) => i !== d), self.offset + at * self.strides[d]!)
    },
    backward: ([g], { self, dim, index }) => {
      const zero = g!.new_zeros(self.sizes)
      zero.select(dim, index).copy_(g)
      return { self: zero }
    },
    view: true,
    samples: [[matrix, 0, 1], [matrix, -1, -1]],
    rejects: [{ args: [matrix, 0, 2], throws: "IndexError" }],
  }),
  slice: structural<{ self: Tensor; dim: number; start: number; end: number; step: number }>("slice(self: Tensor, dim: number, start: number, end: number, step: number = 1)", {
    doc: "Indices start to end (not included) along a dimension.",
    forward: (kit, { self, dim, start, end, step }) => {
      const size = Math.max(0, Math.ceil((end - start) / step))
      return kit.view(self, self.sizes.map((n, d) => (d === dim ? size : n)), self.strides.map((n, d) => (d === dim ? n * step : n)), self.offset + (size ? start * self.strides[dim]! : 0))
    },
    backward: ([g], { self, dim, start, end, step }, _, t) => {
      const zero = g!.new_zeros(self.sizes)
      t.slice(zero, dim, start, end, step).copy_(g)
      return { self: zero }
    },
    view: true,
    in: [],
    samples: [[matrix, 1, 1, 3]],
  }),
  narrow: composite<{ self: Tensor; dim: number; start: number; length: number }>("narrow(self: Tensor, dim: number, start: number, length: number)", {
    doc: "length indices from start along a dimension.",
    compose: (t, { self, dim, start, length }, kit) => {
      const d = kit.dim("narrow", dim, self.ndim)
      const size = self.sizes[d]!
      const from = start < 0 ? start + size : start
      if (from < 0 || length < 0 || from + length > size) throw kit.fault("RuntimeError", `narrow: ${length} indices from ${start} do not lie within dimension ${d}, which has size ${size}.`, "Choose a smaller start or length.")
      return t.slice(self, d, from, from + length)
    },
    samples: [[matrix, 1, 1, 2]],
    rejects: [{ args: [matrix, 1, 2, 2], throws: "RuntimeError" }],
  }),
  clone: structural<{ self: Tensor }>("clone(self: Tensor)", {
    doc: "A copy in memory of its own; gradients pass through.",
    forward: (kit, { self }) => kit.copied(self),
    backward: ([g]) => ({ self: g! }),
    samples: [[matrix]],
  }),
  contiguous: composite<{ self: Tensor }>("contiguous(self: Tensor)", {
    doc: "The tensor itself where its elements lie in row-major order, else a copy that does.",
    samples: [[[[1, 2], [3, 4]]]],
    compose: (t, { self }, kit) => (kit.dense(self) === self ? self : t.clone(self)),
    in: ["Tensor"],
  }),
  copy: structural<{ self: Tensor; src: Tensor }>("copy(self: Tensor, src: Tensor, non_blocking: boolean = false)", {
    doc: "The values of src in the shape and type of self.",
    samples: [[[[1, 2], [3, 4]], [5, 6]]],
    forward: (kit, { self, src }) => {
      kit.broadcast("copy_", self.sizes, src.sizes)
      return kit.copied(kit.t.expand(src, self.sizes), self.dtype)
    },
    backward: ([g], { self }, _, t) => ({ self: t.zeros_like(self, { dtype: g!.dtype }), src: g! }),
    gradName: "CopyBackwards",
    inPlace: true,
    in: [],
  }),
  fill: filling("fill(self: Tensor, value: Value)", "One value everywhere.", [[[1, 2], 3]], ({ value }) => Number(value)),
  zero: filling("zero(self: Tensor)", "Zero everywhere.", [[[1, 2]]], () => 0),
  unbind: structural<{ self: Tensor; dim: number }>("unbind(self: Tensor, dim: number = 0) -> Tensor[]", {
    doc: "One tensor for each index along a dimension.",
    forward: (kit, { self, dim }) => {
      const d = kit.dim("unbind", dim, self.ndim)
      return Array.from({ length: self.sizes[d]! }, (_, i) => kit.view(self, self.sizes.filter((__, k) => k !== d), self.strides.filter((__, k) => k !== d), self.offset + i * self.strides[d]!))
    },
    backward: (grads, { self, dim }, _, t) => {
      const like = grads.find((one) => one !== null)!
      return { self: t.stack(grads.map((one) => one ?? like.new_zeros(self.sizes.filter((__, k) => k !== (dim < 0 ? dim + self.ndim : dim)))), dim) }
    },
    view: true,
    samples: [[matrix, 1]],
  }),
  diag: structural<{ self: Tensor; diagonal: number }>("diag(self: Tensor, diagonal: number = 0)", {
    doc: "The diagonal of a matrix, or a matrix with the vector on its diagonal.",
    backward: ([g], { self, diagonal }, _, t) => ({ self: self.sizes.length === 1 ? g!.diagonal(diagonal) : t.diagonal_scatter(g!.new_zeros(self.sizes), g!, diagonal) }),
    forward: (kit, { self, diagonal }) => {
      if (self.ndim === 1) return kit.t.diag_embed(self, diagonal)
      if (self.ndim === 2) return kit.copied(kit.t.diagonal(self, diagonal))
      throw kit.fault("RuntimeError", `diag: expected 1 or 2 dimensions, found ${self.ndim}.`, "Use diagonal() for more dimensions.")
    },
    samples: [[[1, 2, 3]], [matrix]],
  }),
}

/** Whatever stood there before passes no gradient on. */
function filling(text: string, doc: string, samples: readonly Sample[], value: (args: { value?: unknown }) => number) {
  return structural<{ self: Tensor; value?: unknown }>(text, {
    doc,
    forward: (kit, args) => kit.full(args.self.sizes, value({ value: args.value instanceof Object ? kit.numbers(args.value as Tensor)[0] : args.value }), args.self.dtype),
    backward: ([g]) => ({ self: g!.new_zeros(g!.sizes) }),
    inPlace: true,
    in: ["Tensor"],
    samples,
  })
}

function unsafeView(self: Tensor, sizes: readonly number[]): Tensor {
  return self.clone().view(sizes)
}

function transposing(name: string) {
  return structural<{ self: Tensor; dim0: number; dim1: number }>(`${name}(self: Tensor, dim0: number, dim1: number)`, {
    doc: "Two dimensions exchanged.",
    forward: (kit, { self, dim0, dim1 }) => {
      const a = kit.dim(name, dim0, self.ndim)
      const b = kit.dim(name, dim1, self.ndim)
      const swap = (list: readonly number[]) => list.map((value, d) => (d === a ? list[b]! : d === b ? list[a]! : value))
      return kit.view(self, swap(self.sizes), swap(self.strides))
    },
    backward: ([g], { dim0, dim1 }) => ({ self: g!.transpose(dim0, dim1) }),
    gradName: "TransposeBackward0",
    view: true,
    inPlace: true,
    samples: [[matrix, 0, 1], [matrix, -1, 0]],
    rejects: [{ args: [matrix, 0, 2], throws: "IndexError" }],
  })
}
