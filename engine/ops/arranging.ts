// The same elements in another order or number: turned round, repeated, laid out side by side.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, overloaded, structural, type Entry, type Kit, type Sample } from "./entry.ts"
import { input, where } from "./expr.ts"
import type { Family } from "./family.ts"

const matrix = [[1, 2, 3], [4, 5, 6]] as const

interface Self {
  readonly self: Tensor
}

/** A view walked backwards has negative strides, which kernels may read but tensors do not keep: it is copied at once. */
function reversed(kit: Kit, self: Tensor, dims: readonly number[]): Tensor {
  const offset = dims.reduce((at, d) => at + Math.max(0, self.sizes[d]! - 1) * self.strides[d]!, self.offset)
  return kit.copied(kit.view(self, self.sizes, self.strides.map((step, d) => (dims.includes(d) ? -step : step)), offset))
}

function flipping(name: string, doc: string, dims: (self: Tensor, kit: Kit) => readonly number[]): Entry {
  return composite<Self>(`${name}(self: Tensor)`, { doc, compose: (t, { self }, kit) => t.flip(self, dims(self, kit)), samples: [[matrix]] })
}

function moving(name: string): Entry {
  return composite<Self & { source: readonly number[]; destination: readonly number[] }>(`${name}(self: Tensor, source: Dims, destination: Dims)`, {
    doc: "Dimensions moved to other places, the rest keeping their order.",
    compose: (t, { self, source, destination }, kit) => {
      const from = source.map((d) => kit.dim(name, d, self.ndim))
      const to = destination.map((d) => kit.dim(name, d, self.ndim))
      if (from.length !== to.length) throw kit.fault("RuntimeError", `${name}: ${from.length} dimensions cannot go to ${to.length} places.`, "Name as many places as dimensions.")
      const rest = self.sizes.map((_, d) => d).filter((d) => !from.includes(d))
      const order = self.sizes.map((_, d) => (to.includes(d) ? from[to.indexOf(d)]! : rest.shift()!))
      return t.permute(self, order)
    },
    samples: [[matrix, 0, 1]],
  })
}

/** The lower or upper triangle of matrices, zero elsewhere. */
const chosen = where(input("keep"), input("x"), 0)

function triangle(name: "tril" | "triu", doc: string): Entry {
  return structural<Self & { diagonal: number }>(`${name}(self: Tensor, diagonal: number = 0)`, {
    doc,
    forward: (kit, { self, diagonal }) => {
      if (self.ndim < 2) throw kit.fault("IndexError", `${name}: expected at least 2 dimensions, found ${self.ndim}.`, "Use a matrix.")
      const [rows, columns] = self.sizes.slice(-2) as [number, number]
      const isKept = (k: number): boolean => {
        const gap = (k % columns) - (Math.floor(k / columns) % rows)
        return name === "tril" ? gap <= diagonal : gap >= diagonal
      }
      if (!self.storage.isHost) {
        const mask = kit.fromNumbers(Array.from({ length: rows * columns }, (_, k) => Number(isKept(k))), [rows, columns], kit.dtype.bool)
        return kit.elementwise(chosen, ["keep", "x"], [mask, self], self.sizes, self.dtype)
      }
      const out = kit.copied(self)
      const { array } = out.storage
      for (let k = 0; k < array.length; k++) if (!isKept(k)) array[k] = 0
      return out
    },
    backward: ([g], { diagonal }) => ({ self: name === "tril" ? g!.tril(diagonal) : g!.triu(diagonal) }),
    inPlace: true,
    samples: [[matrix], [matrix, 1]],
  })
}

function triangleIndices(name: "tril_indices" | "triu_indices", doc: string): Entry {
  return structural<{ row: number; col: number; offset: number }>(`${name}(row: number, col: number, offset: number = 0, *, dtype: dtype = null)`, {
    doc,
    forward: (kit, { row, col, offset }) => {
      const rows: number[] = []
      const columns: number[] = []
      for (let i = 0; i < row; i++)
        for (let j = 0; j < col; j++)
          if (name === "tril_indices" ? j - i <= offset : j - i >= offset) {
            rows.push(i)
            columns.push(j)
          }
      return kit.fromNumbers([...rows, ...columns], [2, rows.length], kit.dtype.int64)
    },
    in: ["torch"],
  })
}

function stacking(name: string, doc: string, join: (t: Kit["t"], tensors: readonly Tensor[]) => Tensor): Entry {
  return composite<{ tensors: readonly Tensor[] }>(`${name}(tensors: Tensor[])`, {
    doc,
    compose: (t, { tensors }, kit) => {
      if (tensors.length === 0) throw kit.fault("RuntimeError", `${name}: expected at least one tensor, found none.`, "Give an array of tensors.")
      return join(t, tensors)
    },
    in: ["torch"],
    samples: [[[[1, 2], [3, 4]]]],
    rejects: [{ args: [[]], throws: "RuntimeError" }],
  })
}

function atLeast(name: string, rank: number): Entry {
  return composite<Self>(`${name}(self: Tensor)`, {
    doc: `The tensor with at least ${rank} dimension${rank === 1 ? "" : "s"}.`,
    samples: [[2.5], [[1, 2]], [[[1, 2]]]],
    compose: (_, { self }) => {
      if (self.ndim >= rank) return self
      if (self.ndim === 0) return self.reshape(new Array<number>(rank).fill(1))
      if (rank === 2) return self.unsqueeze(0)
      return self.ndim === 1 ? self.unsqueeze(0).unsqueeze(-1) : self.unsqueeze(-1)
    },
    in: ["torch"],
  })
}

/** A tensor with one part replaced, in memory of its own. */
function replacing<A extends { readonly self: Tensor; readonly src: Tensor }>(name: string, parameters: string, doc: string, samples: readonly Sample[], part: (whole: Tensor, args: A) => Tensor): Entry {
  return structural<A>(`${name}(self: Tensor, src: Tensor, ${parameters})`, {
    doc,
    forward: (kit, args) => {
      const out = kit.copied(args.self)
      part(out, args).copy_(args.src)
      return out
    },
    backward: ([g], args) => {
      const own = g!.clone()
      part(own, args).zero_()
      return { self: own, src: part(g!, args) } as { [K in keyof A]?: Tensor }
    },
    samples,
  })
}

export const arranging: Family<
  | "flip" | "fliplr" | "flipud" | "roll" | "rot90" | "movedim" | "moveaxis" | "repeat" | "tile" | "repeat_interleave" | "hstack" | "vstack" | "row_stack" | "dstack" | "column_stack"
  | "unflatten" | "ravel" | "broadcast_to" | "adjoint" | "tril" | "triu" | "tril_indices" | "triu_indices" | "unfold" | "trace" | "vander" | "take_along_dim" | "masked_scatter"
  | "cartesian_prod" | "combinations" | "block_diag" | "diagonal_scatter" | "select_scatter" | "slice_scatter" | "atleast_1d" | "atleast_2d" | "atleast_3d" | "diagflat",
  never,
  "meshgrid" | "broadcast_tensors"
> = {
  flip: structural<Self & { dims: readonly number[] }>("flip(self: Tensor, ...dims: Shape)", {
    doc: "Dimensions turned round.",
    forward: (kit, { self, dims }) => reversed(kit, self, dims.length ? kit.dims("flip", dims, self.ndim) : []),
    backward: ([g], { dims }) => ({ self: g!.flip(dims) }),
    samples: [[matrix, 0], [matrix, [0, 1]]],
    rejects: [{ args: [matrix, 2], throws: "IndexError" }],
  }),
  fliplr: flipping("fliplr", "Columns turned round.", () => [1]),
  flipud: flipping("flipud", "Rows turned round.", () => [0]),
  roll: structural<Self & { shifts: readonly number[]; dims: readonly number[] | null }>("roll(self: Tensor, shifts: Dims, dims: Dims = null)", {
    doc: "Elements moved on along dimensions, those past the end coming back at the start.",
    forward: (kit, { self, shifts, dims }) => {
      if (!dims || dims.length === 0) {
        const flat = kit.t.roll(self.reshape([-1]), shifts, [0])
        return flat.reshape(self.sizes)
      }
      if (dims.length !== shifts.length) throw kit.fault("RuntimeError", `roll: ${shifts.length} shifts do not go with ${dims.length} dimensions.`, "Give one shift a dimension.")
      return dims.reduce((made, dim, i) => {
        const d = kit.dim("roll", dim, self.ndim)
        const size = self.sizes[d]!
        if (size === 0) return made
        const by = ((shifts[i]! % size) + size) % size
        return by === 0 ? kit.copied(made) : kit.t.cat([made.narrow(d, size - by, by), made.narrow(d, 0, size - by)], d)
      }, self)
    },
    backward: ([g], { shifts, dims }) => ({ self: g!.roll(shifts.map((by) => -by), dims) }),
    samples: [[matrix, 1], [matrix, 1, 1]],
  }),
  rot90: structural<Self & { k: number; dims: readonly number[] }>("rot90(self: Tensor, k: number = 1, dims: Dims = [0, 1])", {
    doc: "A plane turned by k quarter turns.",
    forward: (kit, { self, k, dims }) => {
      const [a, b] = kit.dims("rot90", dims, self.ndim) as [number, number]
      const turns = ((k % 4) + 4) % 4
      if (turns === 0) return kit.copied(self)
      if (turns === 2) return reversed(kit, self, [a, b])
      return kit.copied(turns === 1 ? reversed(kit, self, [b]).transpose(a, b) : reversed(kit, self, [a]).transpose(a, b))
    },
    backward: ([g], { k, dims }) => ({ self: g!.rot90(-k, dims) }),
    samples: [[matrix], [matrix, 2]],
  }),
  movedim: moving("movedim"),
  moveaxis: moving("moveaxis"),
  repeat: structural<Self & { repeats: readonly number[] }>("repeat(self: Tensor, ...repeats: Shape)", {
    doc: "The whole tensor several times along each dimension.",
    forward: (kit, { self, repeats }) => {
      if (repeats.length < self.ndim) throw kit.fault("RuntimeError", `repeat: expected at least ${self.ndim} numbers, found ${repeats.length}.`, "Give one a dimension; 1 keeps it.")
      const sizes = [...new Array<number>(repeats.length - self.ndim).fill(1), ...self.sizes]
      // Each dimension becomes a repeated and an own one, which are then seen as one.
      const apart = sizes.flatMap((n, d) => [repeats[d]!, n])
      const seen = self.reshape(sizes.flatMap((n) => [1, n])).expand(apart)
      return kit.copied(seen).view(sizes.map((n, d) => n * repeats[d]!))
    },
    backward: ([g], { self, repeats }) => {
      const sizes = [...new Array<number>(repeats.length - self.ndim).fill(1), ...self.sizes]
      if (repeats.includes(0)) return { self: g!.new_zeros(self.sizes) }
      const apart = g!.reshape(sizes.flatMap((n, d) => [repeats[d]!, n]))
      return { self: (repeats.length ? apart.sum(sizes.map((_, d) => 2 * d)) : apart).reshape(self.sizes) }
    },
    in: ["Tensor"],
    samples: [[matrix, 2, 1], [[1, 2], 2, 2]],
  }),
  tile: composite<Self & { dims: readonly number[] }>("tile(self: Tensor, ...dims: Shape)", {
    doc: "repeat, with dimensions left out in front counting once.",
    compose: (_, { self, dims }) => self.repeat([...new Array<number>(Math.max(0, self.ndim - dims.length)).fill(1), ...dims]),
    samples: [[matrix, 2]],
  }),
  repeat_interleave: overloaded(
    composite<Self & { repeats: Tensor | number; dim: number | null }>("repeat_interleave(self: Tensor, repeats: Operand, dim: number = null, *, output_size: number = null)", {
      doc: "Each element several times in a row.",
      compose: (t, { self, repeats, dim }, kit) => {
        const source = dim === null ? self.reshape([-1]) : self
        const d = kit.dim("repeat_interleave", dim ?? 0, source.ndim)
        const counts = typeof repeats === "object" ? kit.numbers(repeats) : [Number(repeats)]
        const places = Array.from({ length: source.sizes[d]! }, (_, i) => new Array<number>(counts.length === 1 ? counts[0]! : counts[i]!).fill(i)).flat()
        return t.index_select(source, d, kit.fromNumbers(places, [places.length], kit.dtype.int64))
      },
      samples: [[matrix, 2], [matrix, 2, 1]],
    }),
  ),
  hstack: stacking("hstack", "Tensors side by side.", (t, tensors) => {
    const raised = tensors.map((one) => t.atleast_1d(one))
    return t.cat(raised, raised[0]!.ndim === 1 ? 0 : 1)
  }),
  vstack: stacking("vstack", "Tensors one below the other.", (t, tensors) => t.cat(tensors.map((one) => t.atleast_2d(one)), 0)),
  row_stack: stacking("row_stack", "Tensors one below the other.", (t, tensors) => t.cat(tensors.map((one) => t.atleast_2d(one)), 0)),
  dstack: stacking("dstack", "Tensors one behind the other.", (t, tensors) => t.cat(tensors.map((one) => t.atleast_3d(one)), 2)),
  column_stack: stacking("column_stack", "Vectors as columns side by side.", (t, tensors) => t.cat(tensors.map((one) => (one.ndim <= 1 ? one.reshape([-1, 1]) : one)), 1)),
  unflatten: composite<Self & { dim: number; sizes: readonly number[] }>("unflatten(self: Tensor, dim: number, sizes: Shape)", {
    doc: "One dimension as several.",
    compose: (_, { self, dim, sizes }, kit) => {
      const d = kit.dim("unflatten", dim, self.ndim)
      const known = sizes.reduce((n, size) => (size === -1 ? n : n * size), 1)
      if (sizes.includes(-1) ? self.sizes[d]! % known : known !== self.sizes[d]) throw kit.fault("RuntimeError", `unflatten: the sizes [${sizes.join(", ")}] do not multiply to ${self.sizes[d]}, the size of dimension ${d}.`, "Choose sizes whose product it is.")
      return self.view([...self.sizes.slice(0, d), ...sizes.map((size) => (size === -1 ? self.sizes[d]! / known : size)), ...self.sizes.slice(d + 1)])
    },
    samples: [[matrix, 1, [3, 1]]],
  }),
  ravel: composite<Self>("ravel(self: Tensor)", { doc: "All elements in one dimension.", compose: (_, { self }) => self.reshape([-1]), samples: [[matrix]] }),
  broadcast_to: composite<Self & { size: readonly number[] }>("broadcast_to(self: Tensor, size: Shape)", { doc: "Expanded to a shape.", compose: (_, { self, size }) => self.expand(size), samples: [[[1, 2], [3, 2]]] }),
  adjoint: composite<Self>("adjoint(self: Tensor)", { doc: "The last two dimensions exchanged.", compose: (_, { self }) => self.transpose(-2, -1), samples: [[matrix]] }),
  tril: triangle("tril", "What lies on and below a diagonal, zero above."),
  triu: triangle("triu", "What lies on and above a diagonal, zero below."),
  tril_indices: triangleIndices("tril_indices", "Row and column numbers of the lower triangle."),
  triu_indices: triangleIndices("triu_indices", "Row and column numbers of the upper triangle."),
  unfold: structural<Self & { dimension: number; size: number; step: number }>("unfold(self: Tensor, dimension: number, size: number, step: number)", {
    doc: "All windows of a size along a dimension, as a new last dimension.",
    forward: (kit, { self, dimension, size, step }) => {
      const d = kit.dim("unfold", dimension, self.ndim)
      if (size > (self.sizes[d] ?? 1) || size < 0 || step <= 0) throw kit.fault("RuntimeError", `unfold: a window of ${size} with step ${step} does not fit into dimension ${d} of size ${self.sizes[d]}.`, "Choose a smaller window and a step of at least 1.")
      const count = Math.floor((self.sizes[d]! - size) / step) + 1
      return kit.view(self, [...self.sizes.map((n, i) => (i === d ? count : n)), size], [...self.strides.map((n, i) => (i === d ? n * step : n)), self.strides[d]!])
    },
    backward: ([g], { self, dimension, size, step }) => {
      const d = dimension < 0 ? dimension + self.ndim : dimension
      // Windows overlap: each of their places adds its own shifted part.
      let total: Tensor = g!.new_zeros(self.sizes)
      for (let k = 0; k < size; k++) {
        const part = g!.select(-1, k)
        const places = stepsOf(part, d, step).add(k)
        total = total.index_add(d, places, part)
      }
      return { self: total }
    },
    view: true,
    in: ["Tensor"],
    samples: [[matrix, 1, 2, 1]],
  }),
  trace: structural<Self>("trace(self: Tensor)", {
    doc: "Sum of the diagonal of a matrix.",
    forward: (kit, { self }) => {
      if (self.ndim !== 2) throw kit.fault("RuntimeError", `trace: expected 2 dimensions, found ${self.ndim}.`, "Use a matrix.")
      return kit.t.sum(kit.t.diagonal(self))
    },
    backward: ([g], { self }) => {
      const zero = g!.new_zeros(self.sizes)
      zero.diagonal().copy_(g!.expand([Math.min(...self.sizes)]))
      return { self: zero }
    },
    samples: [[matrix]],
  }),
  vander: composite<{ x: Tensor; N: number | null; increasing: boolean }>("vander(x: Tensor, N: number = null, increasing: boolean = false)", {
    doc: "Powers of a vector as columns.",
    samples: [[[1, 2, 3]], [[1, 2, 3], 2, true]],
    compose: (t, { x, N, increasing }) => {
      const n = N ?? x.sizes[0]!
      const rest = x.unsqueeze(-1).expand([x.sizes[0]!, Math.max(0, n - 1)])
      const powers = n === 0 ? x.new_zeros([x.sizes[0]!, 0]) : t.cat([x.new_ones([x.sizes[0]!, 1]), rest.cumprod(1)], 1)
      return increasing ? powers : powers.flip([1])
    },
    in: ["torch"],
  }),
  take_along_dim: composite<Self & { indices: Tensor; dim: number | null }>("take_along_dim(self: Tensor, indices: Tensor, dim: number = null)", {
    doc: "gather with broadcasting; the positions that argsort and argmax give.",
    samples: [[[[1, 2], [3, 4]], [[1n], [0n]], 1]],
    compose: (t, { self, indices, dim }, kit) => {
      if (dim === null) return self.reshape([-1]).gather(0, indices.reshape([-1]))
      const d = kit.dim("take_along_dim", dim, self.ndim)
      const common = kit.broadcast("take_along_dim", self.sizes.map((n, i) => (i === d ? 1 : n)), indices.sizes.map((n, i) => (i === d ? 1 : n)))
      const wide = (one: Tensor) => one.expand(common.map((n, i) => (i === d ? one.sizes[d]! : n)))
      return t.gather(wide(self), d, wide(indices))
    },
  }),
  masked_scatter: structural<Self & { mask: Tensor; source: Tensor }>("masked_scatter(self: Tensor, mask: Mask, source: Tensor)", {
    doc: "Puts the elements of source, in order, where the mask is true.",
    samples: [[[1, 2, 3], [true, false, true], [5, 6]]],
    forward: (kit, { self, mask, source }) => {
      const out = kit.copied(kit.t.expand(self, kit.broadcast("masked_scatter", self.sizes, mask.sizes)))
      const at = kit.numbers(kit.t.expand(mask, out.sizes)).flatMap((on, i) => (on ? [i] : []))
      if (source.numel() < at.length) throw kit.fault("RuntimeError", `masked_scatter: the mask has ${at.length} places, source only ${source.numel()} elements.`, "Give source at least as many elements.")
      kit.kernel("put", [source.reshape([-1]).narrow(0, 0, at.length)], [out], { at: Int32Array.from(at), how: "set" })
      return out
    },
    saves: ["mask"],
    backward: ([g], { mask, source }, _, t) => {
      const picked = g!.masked_select(mask)
      const rest = source.numel() - picked.numel()
      return { self: g!.masked_fill(mask, 0), source: (rest > 0 ? t.cat([picked, picked.new_zeros([rest])]) : picked).reshape(source.sizes) }
    },
    inPlace: true,
  }),
  cartesian_prod: composite<{ tensors: readonly Tensor[] }>("cartesian_prod(...tensors: Tensor[])", {
    doc: "All combinations of one element from each vector, one a row.",
    samples: [[[1, 2], [3, 4, 5]]],
    compose: (t, { tensors }) => (tensors.length === 1 ? tensors[0]! : t.stack(t.meshgrid(...tensors, { indexing: "ij" }).map((one) => one.reshape([-1])), 1)),
    in: ["torch"],
  }),
  combinations: composite<Self & { r: number; with_replacement: boolean }>("combinations(self: Tensor, r: number = 2, with_replacement: boolean = false)", {
    doc: "All choices of r elements of a vector, one a row.",
    samples: [[[1, 2, 3]]],
    compose: (t, { self, r, with_replacement }, kit) => {
      const n = self.sizes[0]!
      let rows: number[][] = [[]]
      for (let k = 0; k < r; k++) rows = rows.flatMap((row) => Array.from({ length: n }, (_, i) => i).filter((i) => row.length === 0 || (with_replacement ? i >= row[row.length - 1]! : i > row[row.length - 1]!)).map((i) => [...row, i]))
      const columns = Array.from({ length: r }, (_, k) => t.index_select(self, 0, kit.fromNumbers(rows.map((row) => row[k]!), [rows.length], kit.dtype.int64)))
      return t.stack(columns, 1)
    },
    in: ["torch"],
  }),
  block_diag: structural<{ tensors: readonly Tensor[] }>("block_diag(...tensors: Tensor[])", {
    doc: "Matrices along the diagonal of a larger one.",
    samples: [[[[1, 2]], [[3], [4]]]],
    forward: (kit, { tensors }) => {
      const blocks = tensors.map((one) => kit.t.atleast_2d(one))
      const out = kit.zeros([blocks.reduce((n, one) => n + one.sizes[0]!, 0), blocks.reduce((n, one) => n + one.sizes[1]!, 0)], kit.promote(...tensors))
      blockPlaces(blocks).forEach(([r, c], i) => kit.view(out, blocks[i]!.sizes, out.strides, r * out.strides[0]! + c).copy_(blocks[i]!))
      return out
    },
    backward: ([g], { tensors }) => {
      const shapes = tensors.map((one) => ({ sizes: one.ndim === 2 ? one.sizes : [1, one.numel()] }))
      return { tensors: blockPlaces(shapes).map(([r, c], i) => g!.narrow(0, r, shapes[i]!.sizes[0]!).narrow(1, c, shapes[i]!.sizes[1]!).reshape(tensors[i]!.sizes)) }
    },
    in: ["torch"],
  }),
  diagonal_scatter: replacing<Self & { src: Tensor; offset: number; dim1: number; dim2: number }>("diagonal_scatter", "offset: number = 0, dim1: number = 0, dim2: number = 1", "A copy with another diagonal.", [[[[1, 2], [3, 4]], [5, 6]]], (whole, { offset, dim1, dim2 }) => whole.diagonal(offset, dim1, dim2)),
  select_scatter: replacing<Self & { src: Tensor; dim: number; index: number }>("select_scatter", "dim: number, index: number", "A copy with one row (or column …) replaced.", [[[[1, 2], [3, 4]], [5, 6], 0, 1]], (whole, { dim, index }) => whole.select(dim, index)),
  slice_scatter: replacing<Self & { src: Tensor; dim: number; start: number | null; end: number | null; step: number }>("slice_scatter", "dim: number = 0, start: number = null, end: number = null, step: number = 1", "A copy with a slice replaced.", [[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10]], 0, 0, 3, 2]], (whole, { dim, start, end, step }) => {
    const size = whole.sizes[dim]!
    return whole.slice(dim, start ?? 0, Math.min(end ?? size, size), step)
  }),
  atleast_1d: atLeast("atleast_1d", 1),
  atleast_2d: atLeast("atleast_2d", 2),
  atleast_3d: atLeast("atleast_3d", 3),
  diagflat: composite<Self & { offset: number }>("diagflat(self: Tensor, offset: number = 0)", { doc: "All elements on the diagonal of a matrix.", samples: [[[1, 2], 1]], compose: (t, { self, offset }) => t.diag_embed(self.reshape([-1]), offset) }),

  meshgrid: overloaded(
    composite<{ tensors: readonly Tensor[]; indexing: string }>('meshgrid(...tensors: Tensor[], *, indexing: string = "ij") -> Tensor[]', {
      doc: "Coordinates of a grid, one tensor an axis.",
      samples: [[[1, 2], [3, 4, 5]], [[1, 2], [3, 4, 5], { indexing: "xy" }]],
      compose: (_, { tensors, indexing }) => {
        const axes = tensors.map((one) => one.reshape([-1]))
        const sizes = axes.map((one) => one.numel())
        const grids = axes.map((one, d) => one.view(sizes.map((n, i) => (i === d ? n : 1))).expand(sizes))
        return indexing === "xy" && grids.length > 1 ? grids.map((one) => one.transpose(0, 1)) : grids
      },
      in: ["torch"],
    }),
  ),
  broadcast_tensors: composite<{ tensors: readonly Tensor[] }>("broadcast_tensors(...tensors: Tensor[]) -> Tensor[]", {
    doc: "Tensors expanded to their common shape.",
    samples: [[[1, 2], [[3], [4]]]],
    compose: (_, { tensors }, kit) => {
      const sizes = kit.broadcast("broadcast_tensors", ...tensors.map((one) => one.sizes))
      return tensors.map((one) => one.expand(sizes))
    },
    in: ["torch"],
  }),
}

/** 0, step, 2 · step … along the windows of a part, as whole numbers. */
function stepsOf(part: Tensor, d: number, step: number): Tensor {
  return part.detach().new_full([part.sizes[d]!], step).long().cumsum(0).sub(step)
}

function blockPlaces(blocks: readonly { readonly sizes: readonly number[] }[]): [number, number][] {
  let r = 0
  let c = 0
  return blocks.map(({ sizes }) => {
    const at: [number, number] = [r, c]
    r += sizes[0]!
    c += sizes[1]!
    return at
  })
}
