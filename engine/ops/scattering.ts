// Putting and folding elements at places named by numbers: what indexing.ts does with one value, here with a rule.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Entry, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

type Rule = "sum" | "prod" | "mean" | "amax" | "amin"

interface Reduced {
  readonly self: Tensor
  readonly dim: number
  readonly index: Tensor
  readonly src: Tensor
  readonly reduce: Rule
  readonly include_self: boolean
}

/** Folds src into self along `dim` by a rule; the index has src's shape. */
function scattered(t: Kit["t"], kit: Kit, what: string, { self, dim, index, src, reduce, include_self }: Reduced): Tensor {
  const zero = self.new_zeros(self.sizes)
  const hits = t.scatter_add(zero, dim, index, t.ones_like(src))
  const untouched = hits.eq(0)
  switch (reduce) {
    case "sum":
      return t.scatter_add(include_self ? self : self.masked_fill(untouched.logical_not(), 0), dim, index, src)
    case "mean": {
      const total = t.scatter_add(include_self ? self : self.masked_fill(untouched.logical_not(), 0), dim, index, src)
      const count = include_self ? hits.add(1) : hits.masked_fill(untouched, 1)
      return self.dtype.category === "float" ? total.div(count) : t.floor_divide(total, count)
    }
    case "prod":
    case "amax":
    case "amin": {
      const start = include_self ? self : self.masked_fill(untouched.logical_not(), reduce === "prod" ? 1 : reduce === "amax" ? -Infinity : Infinity)
      // One layer a source row: rows name distinct places, so that each layer is a plain scatter.
      let made = start
      const d = kit.dim(what, dim, self.ndim)
      for (let i = 0; i < (index.sizes[d] ?? 1); i++) {
        const [at, values] = [index.narrow(d, i, 1), src.narrow(d, i, 1)]
        const here = made.gather(d, at)
        made = t.scatter(made, d, at, reduce === "prod" ? here.mul(values) : reduce === "amax" ? here.maximum(values) : here.minimum(values))
      }
      return made
    }
    default:
      throw kit.fault("RuntimeError", `${what}: "${String(reduce)}" is no rule for folding.`, 'Use "sum", "prod", "mean", "amax" or "amin".')
  }
}

export const scatteringOps: Family<"scatter_reduce" | "index_reduce" | "put" | "argwhere" | "fill_diagonal" | "as_strided_scatter" | "narrow_copy"> = {
  scatter_reduce: composite<Reduced>("scatter_reduce(self: Tensor, dim: number, index: Tensor, src: Tensor, reduce: string, *, include_self: boolean = true)", {
    doc: "Folds src into the places that index names, by sum, prod, mean, amax or amin.",
    compose: (t, args, kit) => scattered(t, kit, "scatter_reduce", { ...args, src: cutTo(args.src, args.index) }),
    inPlace: true,
    samples: (["sum", "prod", "mean", "amax"] as const).map((rule) => [[1, 2.5, 3], 0, [0n, 0n, 2n], [4, 5.5, 6], rule]),
  }),
  index_reduce: composite<Omit<Reduced, "src"> & { source: Tensor }>("index_reduce(self: Tensor, dim: number, index: Tensor, source: Tensor, reduce: string, *, include_self: boolean = true)", {
    doc: "Folds the rows of source into the rows that index names.",
    compose: (t, { index, source, ...args }, kit) => {
      const d = kit.dim("index_reduce", args.dim, args.self.ndim)
      const wide = index.reshape(source.sizes.map((_, i) => (i === d ? -1 : 1))).expand(source.sizes)
      return scattered(t, kit, "index_reduce", { ...args, index: wide, src: source })
    },
    inPlace: true,
    samples: [[[[1, 2], [3, 4]], 0, [0n, 0n], [[5, 6], [7, 8]], "prod"]],
  }),
  put: composite<{ self: Tensor; index: Tensor; source: Tensor; accumulate: boolean }>("put(self: Tensor, index: Tensor, source: Tensor, accumulate: boolean = false)", {
    doc: "Puts source at positions of the flattened tensor, or adds it.",
    compose: (t, { self, index, source, accumulate }) => t.index_put(self.reshape([-1]), [index.reshape([-1])], source.reshape([-1]), accumulate).reshape(self.sizes),
    inPlace: true,
    samples: [[[[1, 2], [3, 4]], [3n, 0n], [5, 6]]],
  }),
  argwhere: composite<{ self: Tensor }>("argwhere(self: Tensor)", { doc: "Indices of the nonzero elements, one row each.", compose: (t, { self }) => t.nonzero(self.detach()), samples: [[[1, 0, 2]]] }),
  fill_diagonal: structural<{ self: Tensor; fill_value: number; wrap: boolean }>("fill_diagonal(self: Tensor, fill_value: number, wrap: boolean = false)", {
    doc: "One value on the diagonal.",
    forward: (kit, { self, fill_value }) => {
      if (self.ndim < 2) throw kit.fault("RuntimeError", `fill_diagonal_: expected at least 2 dimensions, found ${self.ndim}.`, "Use a matrix.")
      const out = kit.copied(self)
      const step = out.strides.reduce((total, stride) => total + stride, 0)
      for (let i = 0; i < Math.min(...self.sizes); i++) out.storage.array[i * step] = fill_value
      return out
    },
    backward: ([g]) => ({ self: g!.fill_diagonal(0) }),
    inPlace: true,
    samples: [[[[1, 2], [3, 4]], 7]],
    in: ["Tensor"],
  }),
  as_strided_scatter: composite<{ self: Tensor; src: Tensor; size: readonly number[]; stride: readonly number[]; storage_offset: number | null }>("as_strided_scatter(self: Tensor, src: Tensor, size: Shape, stride: Shape, storage_offset: number = null)", {
    doc: "A copy in which a strided part is replaced.",
    compose: (_, { self, src, size, stride, storage_offset }) => {
      const made = self.clone()
      made.as_strided(size, stride, storage_offset ?? 0).copy_(src)
      return made
    },
    samples: [[[1, 2, 3, 4], [7, 8], [2], [2]]],
  }),
  narrow_copy: composite<{ self: Tensor; dim: number; start: number; length: number }>("narrow_copy(self: Tensor, dim: number, start: number, length: number)", { doc: "narrow, in memory of its own.", compose: (_, { self, dim, start, length }) => self.narrow(dim, start, length).clone(), samples: [[[1, 2, 3], 0, 1, 2]] }),
} satisfies Record<string, Entry>

/** The part of src that the index uses: its first rows and columns. */
function cutTo(src: Tensor, index: Tensor): Tensor {
  return index.sizes.reduce((part, size, d) => (part.sizes[d] === size ? part : part.narrow(d, 0, size)), src)
}
