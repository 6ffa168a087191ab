// Picking elements by number and putting them back: index, gather, scatter, masks.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, overloaded, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

const matrix = [[1, 2, 3], [4, 5, 6]] as const

export type Indices = readonly (Tensor | null)[]

interface Places {
  /** Flat row-major position in the indexed tensor, for each element of the result. */
  readonly at: Int32Array
  readonly sizes: readonly number[]
}

/** Where `x[i, j, …]` looks, for index tensors and null (a whole dimension). The rules are NumPy's advanced indexing. */
export function placesOf(kit: Kit, self: Tensor, given: Indices): Places {
  const indices = given.flatMap((one) => (one === null ? [null] : isMask(one) ? maskIndices(kit, self, one) : [one]))
  if (indices.length > self.ndim) throw kit.fault("IndexError", `Too many indices: the tensor has ${self.ndim} dimension${self.ndim === 1 ? "" : "s"}, ${indices.length} were given.`, "Give at most one index a dimension.")
  while (indices.length < self.ndim) indices.push(null)
  const tensors = indices.filter((one): one is Tensor => one !== null)
  for (const one of tensors) if (one.dtype.category === "float") throw kit.fault("IndexError", `Expected whole numbers or booleans as an index, found ${one.dtype.name}.`, "Write bigints ([0n, 2n]), or convert with .long().")
  const together = kit.broadcast("The indices", ...tensors.map((one) => one.sizes))
  const first = indices.findIndex((one) => one !== null)
  const last = indices.length - 1 - [...indices].reverse().findIndex((one) => one !== null)
  const adjacent = indices.slice(first, last + 1).every((one) => one !== null)
  const whole = indices.map((one, d) => (one === null ? self.sizes[d]! : -1))
  const before = adjacent ? whole.slice(0, first).filter((n) => n >= 0) : []
  const after = adjacent ? whole.slice(last + 1).filter((n) => n >= 0) : whole.filter((n) => n >= 0)
  const sizes = [...before, ...together, ...after]
  const steps = rowSteps(self.sizes)
  // Offsets of the index part, then of the whole dimensions before and after it.
  const picked = new Int32Array(together.reduce((n, size) => n * size, 1))
  indices.forEach((one, d) => {
    if (one === null) return
    const size = self.sizes[d]!
    kit.numbers(kit.t.expand(one, together)).forEach((value, i) => {
      if (value < -size || value >= size) throw kit.fault("IndexError", `The index ${value} is out of range for dimension ${d}, which has size ${size}.`, size ? `Use indices from ${-size} to ${size - 1}.` : "The dimension is empty.")
      picked[i]! += (value < 0 ? value + size : value) * steps[d]!
    })
  })
  const wholeDims = indices.flatMap((one, d) => (one === null ? [d] : []))
  const outer = offsets(wholeDims.slice(0, before.length), self.sizes, steps)
  const inner = offsets(wholeDims.slice(before.length), self.sizes, steps)
  const at = new Int32Array(outer.length * picked.length * inner.length)
  let k = 0
  for (const a of outer) for (const b of picked) for (const c of inner) at[k++] = a + b + c
  return { at, sizes }
}

const isMask = (one: Tensor): boolean => one.dtype.name === "bool" || one.dtype.name === "uint8"

/** A mask stands for the positions where it is true, one index tensor a dimension of the mask. */
function maskIndices(kit: Kit, self: Tensor, mask: Tensor): Tensor[] {
  mask.sizes.forEach((size, d) => {
    if (size !== self.sizes[d] && mask.ndim <= self.ndim) throw kit.fault("IndexError", `The mask has shape [${mask.sizes.join(", ")}], which does not match the tensor's shape [${self.sizes.join(", ")}] at dimension ${d}.`, "Use a mask made from the tensor itself, such as x > 0.")
  })
  return [...kit.t.nonzero(mask).unbind(1)]
}

function rowSteps(sizes: readonly number[]): number[] {
  const steps = new Array<number>(sizes.length)
  for (let d = sizes.length - 1, step = 1; d >= 0; step *= sizes[d]!, d--) steps[d] = step
  return steps
}

function offsets(dims: readonly number[], sizes: readonly number[], steps: readonly number[]): Int32Array {
  let found = new Int32Array(1)
  for (const d of dims) {
    const next = new Int32Array(found.length * sizes[d]!)
    found.forEach((base, i) => {
      for (let k = 0; k < sizes[d]!; k++) next[i * sizes[d]! + k] = base + k * steps[d]!
    })
    found = next
  }
  return found
}

interface Along {
  readonly self: Tensor
  readonly dim: number
  readonly index: Tensor
}

/** Flat positions of `self[…, index, …]` for gather and scatter, for the first `sizes` of index. */
function alongPlaces(kit: Kit, what: string, { self, dim, index }: Along): Int32Array {
  if (index.dtype.name !== "int64") throw kit.fault("RuntimeError", `${what}: expected an index of type int64, found ${index.dtype.name}.`, "Write bigints ([0n, 2n]), or convert with .long().")
  const d = kit.dim(what, dim, self.ndim)
  if (index.numel() > 0 && Math.max(index.ndim, 1) !== Math.max(self.ndim, 1)) throw kit.fault("RuntimeError", `${what}: expected an index with ${self.ndim} dimensions, found ${index.ndim}.`, "Give the index as many dimensions as the tensor, for example with unsqueeze().")
  const size = self.ndim === 0 ? 1 : self.sizes[d]!
  index.sizes.forEach((n, k) => {
    if (k !== d && n > (self.sizes[k] ?? 1)) throw kit.fault("RuntimeError", `${what}: the index has size ${n} at dimension ${k}, the tensor only ${self.sizes[k]}.`, "Make the index no larger than the tensor, apart from the dimension that is indexed.")
  })
  const values = kit.numbers(index)
  const steps = rowSteps(self.sizes)
  const at = new Int32Array(values.length)
  const position = new Array<number>(index.ndim).fill(0)
  values.forEach((value, i) => {
    if (value < 0 || value >= size) throw kit.fault(what === "gather" ? "RuntimeError" : "RuntimeError", `${what}: the index ${value} is out of range for dimension ${d}, which has size ${size}.`, `Use indices from 0 to ${size - 1}.`)
    let place = 0
    for (let k = 0; k < position.length; k++) place += (k === d ? value : position[k]!) * steps[k]!
    at[i] = place
    for (let k = position.length - 1; k >= 0 && ++position[k]! === index.sizes[k]; k--) position[k] = 0
  })
  return at
}

function taken(kit: Kit, self: Tensor, at: Int32Array, sizes: readonly number[]): Tensor {
  const out = kit.zeros(sizes, self.dtype)
  kit.kernel("take", [self], [out], { at })
  return out
}

/** A copy of self with `values` put (or added) at the places. */
function putInto(kit: Kit, self: Tensor, at: Int32Array, values: Tensor, how: "set" | "add" | "multiply" = "set"): Tensor {
  const out = kit.copied(self)
  kit.kernel("put", [values], [out], { at, how })
  return out
}

function scattering(name: "scatter" | "scatter_add") {
  return structural<Along & { src: Tensor }>(`${name}(self: Tensor, dim: number, index: Tensor, src: Tensor)`, {
    doc: name === "scatter" ? "Puts src at the places that index names along a dimension." : "Adds src at the places that index names along a dimension.",
    samples: [[[[1, 2, 3], [4, 5, 6]], 1, [[2n, 0n], [1n, 2n]], [[7, 8], [9, 10]]], [[[1, 2, 3], [4, 5, 6]], 0, [[1n, 0n]], [[7, 8, 9], [10, 11, 12]]]],
    forward: (kit, args) => {
      if (args.src.dtype !== args.self.dtype) throw kit.fault("RuntimeError", `${name}: expected src of type ${args.self.dtype.name}, found ${args.src.dtype.name}.`, "Convert src with .to(self.dtype).")
      const { index, src } = args
      if (index.sizes.some((n, d) => n > src.sizes[d]!)) throw kit.fault("RuntimeError", `${name}: src of shape [${src.sizes.join(", ")}] is smaller than the index of shape [${index.sizes.join(", ")}].`, "Give src at least the index's shape.")
      const used = kit.view(src, index.sizes, src.strides, src.offset)
      return putInto(kit, args.self, alongPlaces(kit, name, args), used, name === "scatter" ? "set" : "add")
    },
    saves: ["index"],
    backward: ([g], { dim, index, src }) => {
      const back = g!.gather(dim, index)
      const whole = src.sizes.join() === index.sizes.join() ? back : padTo(back, src)
      return { self: name === "scatter" ? g!.scatter(dim, index, 0) : g!, src: whole }
    },
    inPlace: true,
  })
}

/** A gradient of the first rows and columns of src, zero for what was not used. */
function padTo(grad: Tensor, src: Tensor): Tensor {
  const zero = grad.new_zeros(src.sizes)
  let inside = zero
  grad.sizes.forEach((size, d) => (inside = inside.narrow(d, 0, size)))
  inside.copy_(grad)
  return zero
}

export const indexing: Family<
  "index" | "index_put" | "index_select" | "gather" | "scatter" | "scatter_add" | "index_add" | "index_copy" | "index_fill" | "masked_select" | "take" | "diagonal" | "diag_embed" | "nonzero"
> = {
  index: structural<{ self: Tensor; indices: Indices }>("index(self: Tensor, indices: Indices)", {
    doc: "Elements by index tensors, one a dimension.",
    samples: [[[[1, 2], [3, 4], [5, 6]], [[2n, 0n, 2n]]], [[[1, 2], [3, 4]], [[1n, 0n], [0n, 0n]]], [[[1, 2], [3, 4]], [null, [1n]]], [[1, 2, 3], [[true, false, true]]]],
    forward: (kit, { self, indices }) => {
      const { at, sizes } = placesOf(kit, self, indices)
      return taken(kit, self, at, sizes)
    },
    saves: ["indices"],
    backward: ([g], { self, indices }, _, t) => ({ self: t.index_put(g!.new_zeros(self.sizes), indices, g!, true) }),
    in: [],
  }),
  index_put: structural<{ self: Tensor; indices: Indices; values: Tensor; accumulate: boolean }>("index_put(self: Tensor, indices: Indices, values: Tensor, accumulate: boolean = false)", {
    doc: "Puts values at index tensors, or adds them.",
    samples: [[[1, 2, 3], [[2n, 0n]], [5, 6]], [[1, 2, 3], [[2n, 2n]], [5, 6], true]],
    forward: (kit, { self, indices, values, accumulate }) => {
      const { at, sizes } = placesOf(kit, self, indices)
      const fitting = kit.copied(kit.t.expand(values.ndim > sizes.length ? values.reshape(values.sizes.slice(values.ndim - sizes.length)) : values, sizes), self.dtype)
      return putInto(kit, self, at, fitting, accumulate ? "add" : "set")
    },
    saves: ["indices"],
    backward: ([g], { indices, accumulate }, _, t) => ({
      self: accumulate ? g! : t.index_put(g!, indices, g!.new_zeros([])),
      values: t.index(g!, indices),
    }),
    inPlace: true,
  }),
  index_select: structural<Along>("index_select(self: Tensor, dim: number, index: Tensor)", {
    doc: "The rows (or columns …) that index names.",
    samples: [[[[1, 2], [3, 4]], 1, [1n, 1n, 0n]]],
    rejects: [{ args: [[1, 2], 0, [5n]], throws: "IndexError" }],
    forward: (kit, { self, dim, index }) => {
      const d = kit.dim("index_select", dim, self.ndim)
      if (index.dtype.category !== "int") throw kit.fault("RuntimeError", `index_select: expected an index of whole numbers, found ${index.dtype.name}.`, "Write whole numbers with n, or call .long().")
      if (index.ndim > 1) throw kit.fault("IndexError", `index_select: expected an index with one dimension, found ${index.ndim}.`, "Flatten the index first.")
      if (self.ndim === 0) return kit.copied(self)
      const { at, sizes } = placesOf(kit, self, [...new Array<null>(d).fill(null), index.ndim === 0 ? kit.view(index, [1], [1]) : index])
      return taken(kit, self, at, sizes)
    },
    saves: ["index"],
    backward: ([g], { self, dim, index }) => ({ self: g!.new_zeros(self.sizes).index_add(dim, index, g!) }),
  }),
  gather: structural<Along>("gather(self: Tensor, dim: number, index: Tensor)", {
    doc: "For each place of index, the element that it names along a dimension.",
    samples: [[[[1, 2], [3, 4]], 1, [[0n, 0n], [1n, 0n]]]],
    rejects: [{ args: [[[1, 2], [3, 4]], 1, [[5n]]], throws: "RuntimeError" }, { args: [[1, 2], 0, [0]], throws: "RuntimeError" }],
    forward: (kit, args) => taken(kit, args.self, alongPlaces(kit, "gather", args), args.index.sizes),
    saves: ["index"],
    backward: ([g], { self, dim, index }) => ({ self: g!.new_zeros(self.sizes).scatter_add(dim, index, g!) }),
  }),
  scatter: overloaded(
    scattering("scatter"),
    structural<Along & { value: number }>("scatter(self: Tensor, dim: number, index: Tensor, value: number)", {
      doc: "Puts one value at the places that index names along a dimension.",
      samples: [[[[1, 2, 3], [4, 5, 6]], 1, [[2n], [1n]], 0.5]],
      forward: (kit, args) => putInto(kit, args.self, alongPlaces(kit, "scatter", args), kit.full(args.index.sizes, args.value, args.self.dtype)),
      saves: ["index"],
      backward: ([g], { dim, index }) => ({ self: g!.scatter(dim, index, 0) }),
      gradName: "ScatterBackward1",
      inPlace: true,
    }),
  ),
  scatter_add: scattering("scatter_add"),
  index_add: structural<Along & { source: Tensor; alpha: number }>("index_add(self: Tensor, dim: number, index: Tensor, source: Tensor, *, alpha: number = 1)", {
    doc: "Adds the rows of source to the rows that index names.",
    samples: [[[[1, 2], [3, 4]], 0, [1n, 1n], [[5, 6], [7, 8]]], [[1, 2, 3], 0, [2n, 0n], [5, 6], { alpha: 2 }]],
    forward: (kit, { self, dim, index, source, alpha }) => {
      const d = kit.dim("index_add", dim, self.ndim)
      const { at } = placesOf(kit, self, [...new Array<null>(d).fill(null), index.reshape(-1)])
      if (at.length !== source.numel()) throw kit.fault("IndexError", `index_add: source of shape [${source.sizes.join(", ")}] does not match ${index.numel()} indices of dimension ${d} of shape [${self.sizes.join(", ")}].`, "Give source one row for each index.")
      return putInto(kit, self, at, alpha === 1 ? source : source.mul(alpha), "add")
    },
    saves: ["index"],
    backward: ([g], { dim, index, source, alpha }) => ({ self: g!, source: g!.index_select(dim, index).reshape(source.sizes).mul(alpha) }),
    inPlace: true,
  }),
  index_copy: structural<Along & { source: Tensor }>("index_copy(self: Tensor, dim: number, index: Tensor, source: Tensor)", {
    doc: "Puts the rows of source into the rows that index names.",
    samples: [[[[1, 2], [3, 4], [5, 6]], 0, [2n, 0n], [[7, 8], [9, 10]]]],
    forward: (kit, { self, dim, index, source }) => {
      const d = kit.dim("index_copy", dim, self.ndim)
      return putInto(kit, self, placesOf(kit, self, [...new Array<null>(d).fill(null), index.reshape(-1)]).at, source)
    },
    saves: ["index"],
    backward: ([g], { dim, index }) => ({ self: g!.index_fill(dim, index, 0), source: g!.index_select(dim, index) }),
    inPlace: true,
  }),
  index_fill: structural<Along & { value: number }>("index_fill(self: Tensor, dim: number, index: Tensor, value: number)", {
    doc: "Puts one value into the rows that index names.",
    samples: [[[[1, 2], [3, 4]], 1, [0n], 0.5]],
    forward: (kit, { self, dim, index, value }) => {
      const d = kit.dim("index_fill", dim, self.ndim)
      const { at } = placesOf(kit, self, [...new Array<null>(d).fill(null), index.reshape(-1)])
      return putInto(kit, self, at, kit.full([at.length], value, self.dtype))
    },
    saves: ["index"],
    backward: ([g], { dim, index }) => ({ self: g!.index_fill(dim, index, 0) }),
    inPlace: true,
  }),
  masked_select: structural<{ self: Tensor; mask: Tensor }>("masked_select(self: Tensor, mask: Tensor)", {
    doc: "The elements where the mask is true, in one dimension.",
    samples: [[[[1, 2], [3, 4]], [[true, false], [true, true]]]],
    rejects: [{ args: [[1, 2], [true, false, true]], throws: "RuntimeError" }],
    forward: (kit, { self, mask }) => {
      if (mask.dtype !== kit.dtype.bool && mask.dtype !== kit.dtype.uint8) throw kit.fault("RuntimeError", `masked_select: expected a mask of booleans, found ${mask.dtype.name}.`, "Compare first, for example x > 0, or call .bool().")
      const sizes = kit.broadcast("masked_select", self.sizes, mask.sizes)
      const spread = kit.dense(kit.t.expand(self, sizes))
      const { at } = placesOf(kit, spread, [kit.t.expand(mask, sizes)])
      return taken(kit, spread, at, [at.length])
    },
    saves: ["mask"],
    backward: ([g], { self, mask }, _, t) => {
      const shape = self.sizes.length >= mask.sizes.length ? self.expand(self.sizes).sizes : mask.sizes
      const wide = broadcastSizes(shape, mask.sizes)
      return { self: t.index_put(g!.new_zeros(wide), [mask.expand(wide)], g!) }
    },
  }),
  take: structural<{ self: Tensor; index: Tensor }>("take(self: Tensor, index: Tensor)", {
    doc: "Elements by their position in the flattened tensor.",
    samples: [[[[1, 2], [3, 4]], [3n, 0n, 3n]]],
    rejects: [{ args: [[1, 2], [5n]], throws: "IndexError" }],
    forward: (kit, { self, index }) => {
      const packed = kit.dense(self)
      const flat = kit.view(packed, [self.numel()], [1])
      const { at } = placesOf(kit, flat, [index])
      return taken(kit, flat, at, index.sizes)
    },
    saves: ["index"],
    backward: ([g], { self, index }, _, t) => ({ self: t.index_put(g!.new_zeros([self.numel()]), [index], g!, true).reshape(self.sizes) }),
  }),
  diagonal: structural<{ self: Tensor; offset: number; dim1: number; dim2: number }>("diagonal(self: Tensor, offset: number = 0, dim1: number = 0, dim2: number = 1)", {
    doc: "The elements with equal indices in two dimensions, as the last dimension.",
    forward: (kit, { self, offset, dim1, dim2 }) => {
      const a = kit.dim("diagonal", dim1, self.ndim)
      const b = kit.dim("diagonal", dim2, self.ndim)
      const length = Math.max(0, offset >= 0 ? Math.min(self.sizes[a]!, self.sizes[b]! - offset) : Math.min(self.sizes[a]! + offset, self.sizes[b]!))
      const rest = self.sizes.map((_, d) => d).filter((d) => d !== a && d !== b)
      const start = length === 0 ? 0 : offset >= 0 ? offset * self.strides[b]! : -offset * self.strides[a]!
      return kit.view(self, [...rest.map((d) => self.sizes[d]!), length], [...rest.map((d) => self.strides[d]!), self.strides[a]! + self.strides[b]!], self.offset + start)
    },
    backward: ([g], { self, offset, dim1, dim2 }) => {
      const zero = g!.new_zeros(self.sizes)
      zero.diagonal(offset, dim1, dim2).copy_(g)
      return { self: zero }
    },
    view: true,
    samples: [[matrix], [matrix, 1]],
  }),
  diag_embed: structural<{ self: Tensor; offset: number; dim1: number; dim2: number }>("diag_embed(self: Tensor, offset: number = 0, dim1: number = -2, dim2: number = -1)", {
    doc: "Matrices with the last dimension on their diagonal.",
    forward: (kit, { self, offset, dim1, dim2 }) => {
      const places = [kit.dim("diag_embed", dim1, self.ndim + 1), kit.dim("diag_embed", dim2, self.ndim + 1)]
      if (places[0] === places[1]) throw kit.fault("RuntimeError", `diag_embed: expected two dimensions that differ, found ${dim1} and ${dim2}.`, "Leave both out for the last two.")
      const n = self.sizes[self.ndim - 1]! + Math.abs(offset)
      const sizes = self.sizes.slice(0, -1)
      for (const place of places.sort((a, b) => a - b)) sizes.splice(place, 0, n)
      const made = kit.zeros(sizes, self.dtype)
      kit.t.diagonal(made, offset, dim1, dim2).copy_(self)
      return made
    },
    backward: ([g], { offset, dim1, dim2 }) => ({ self: g!.diagonal(offset, dim1, dim2) }),
    samples: [[[1, 2, 3]], [[[1, 2], [3, 4]], 1, 0, 2]],
  }),
  nonzero: overloaded(
    structural<{ self: Tensor }>("nonzero(self: Tensor)", {
      doc: "Indices of the nonzero elements, one row each.",
      forward: (kit, { self }) => {
        const rows: number[] = []
        let count = 0
        const steps = rowSteps(self.sizes)
        kit.numbers(self).forEach((value, flat) => {
          if (value === 0) return
          count++
          self.sizes.forEach((size, d) => rows.push(Math.floor(flat / steps[d]!) % size))
        })
        return kit.fromNumbers(rows, [count, self.ndim], kit.dtype.int64)
      },
    }),
    composite<{ self: Tensor; as_tuple: boolean }>("nonzero(self: Tensor, *, as_tuple: boolean)", {
      doc: "Indices of the nonzero elements, one tensor a dimension.",
      samples: [[[1, 0, 2], { as_tuple: true }]],
      compose: (_, { self, as_tuple }) => (as_tuple ? [...(self.ndim === 0 ? self.reshape([1]) : self).nonzero().unbind(1)] : self.nonzero()),
    }),
  ),
}

function broadcastSizes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    return x === 1 ? y : x
  })
}
