// A tensor cut into parts along a dimension; the parts are views of it.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, overloaded, structural, type Entry, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

interface Self {
  readonly self: Tensor
}

export const parting: Family<never, never, "split" | "split_with_sizes" | "chunk" | "tensor_split" | "hsplit" | "vsplit" | "dsplit"> = {
  split: overloaded(
    structural<Self & { split_size: number; dim: number }>("split(self: Tensor, split_size: Size1, dim: number = 0) -> Tensor[]", {
      doc: "Parts of a size along a dimension, the last one possibly smaller.",
      samples: [[[1, 2, 3, 4, 5], 2]],
      forward: (kit, { self, split_size, dim }) => {
        const d = kit.dim("split", dim, self.ndim)
        if (!(split_size > 0)) throw kit.fault("RuntimeError", `split: expected a size above 0, found ${split_size}.`, "Give the size of a part.")
        return parts(kit, self, partSizes(self.sizes[d]!, split_size), d)
      },
      backward: (grads, { self, split_size, dim }, _, t) => ({ self: rejoined(t, grads, self, partSizes(self.sizes[dim < 0 ? dim + self.ndim : dim]!, split_size), dim) }),
      view: true,
    }),
    composite<Self & { split_sizes: readonly number[]; dim: number }>("split(self: Tensor, split_sizes: Shape, dim: number = 0) -> Tensor[]", {
      doc: "Parts of given sizes along a dimension.",
      samples: [[[1, 2, 3, 4, 5], [2, 3]]],
      compose: (t, { self, split_sizes, dim }) => t.split_with_sizes(self, split_sizes, dim),
    }),
  ),
  split_with_sizes: structural<Self & { split_sizes: readonly number[]; dim: number }>("split_with_sizes(self: Tensor, split_sizes: Shape, dim: number = 0) -> Tensor[]", {
    doc: "Parts of given sizes along a dimension.",
    samples: [[[1, 2, 3, 4, 5], [2, 3]]],
    forward: (kit, { self, split_sizes, dim }) => {
      const d = kit.dim("split", dim, self.ndim)
      if (split_sizes.reduce((n, size) => n + size, 0) !== self.sizes[d]) throw kit.fault("RuntimeError", `split: the sizes [${split_sizes.join(", ")}] do not add up to ${self.sizes[d]}, the size of dimension ${d}.`, "Choose sizes whose sum it is.")
      return parts(kit, self, split_sizes, d)
    },
    backward: (grads, { self, split_sizes, dim }, _, t) => ({ self: rejoined(t, grads, self, split_sizes, dim) }),
    view: true,
  }),
  chunk: composite<Self & { chunks: number; dim: number }>("chunk(self: Tensor, chunks: number, dim: number = 0) -> Tensor[]", {
    doc: "At most so many equal parts along a dimension.",
    samples: [[[1, 2, 3, 4, 5], 2]],
    compose: (t, { self, chunks, dim }, kit) => {
      const d = kit.dim("chunk", dim, self.ndim)
      if (!(chunks > 0)) throw kit.fault("RuntimeError", `chunk: expected at least 1 part, found ${chunks}.`, "Give a number above 0.")
      return t.split(self, Math.max(1, Math.ceil(self.sizes[d]! / chunks)), d)
    },
  }),
  tensor_split: cutting("tensor_split", null),
  hsplit: cutting("hsplit", 1),
  vsplit: cutting("vsplit", 0),
  dsplit: cutting("dsplit", 2),
}

/** Sizes of the parts of a split, worked out from a size or given. */
const partSizes = (total: number, size: number): number[] => Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, i) => Math.min(size, total - i * size))

function parts(kit: Kit, self: Tensor, sizes: readonly number[], d: number): Tensor[] {
  let at = 0
  return sizes.map((size) => {
    const part = kit.view(self, self.sizes.map((n, i) => (i === d ? size : n)), self.strides, self.offset + at * self.strides[d]!)
    at += size
    return part
  })
}

/** Gradients of the parts side by side again, zeros where none arrived. */
function rejoined(t: Kit["t"], grads: readonly (Tensor | null)[], self: Tensor, sizes: readonly number[], dim: number): Tensor {
  const d = dim < 0 ? dim + self.ndim : dim
  const like = grads.find((one) => one !== null)!
  return t.cat(grads.map((one, i) => one ?? like.new_zeros(self.sizes.map((n, k) => (k === d ? sizes[i]! : n)))), d)
}

/** Cut at given places, or into equal parts. */
function cutting(name: string, dim: number | null): Entry {
  return composite<Self & { indices_or_sections: number | readonly number[] | Tensor; dim: number }>(`${name}(self: Tensor, indices_or_sections: Sections${dim === null ? ", dim: number = 0" : ""})`, {
    doc: "Parts cut at the given places, or as many as asked for.",
    samples: [[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], 2], [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [1]]],
    compose: (_, { self, indices_or_sections, dim: asked }, kit) => {
      const d = kit.dim(name, dim === null ? asked : name === "hsplit" && self.ndim === 1 ? 0 : dim, self.ndim)
      const total = self.sizes[d]!
      const given = typeof indices_or_sections === "object" && "ndim" in indices_or_sections ? (indices_or_sections.ndim === 0 ? Number(indices_or_sections.item()) : kit.numbers(indices_or_sections)) : typeof indices_or_sections === "object" ? indices_or_sections.map(Number) : Number(indices_or_sections)
      const cuts: number[] = []
      if (typeof given === "number") {
        if (!(given > 0)) throw kit.fault("RuntimeError", `${name}: expected at least 1 part, found ${given}.`, "Give how many parts to make, or an array of places to cut at.")
        if (name !== "tensor_split" && total % given !== 0) throw kit.fault("RuntimeError", `${name}: a size of ${total} cannot be cut into ${given} equal parts.`, "Use tensor_split(), which allows unequal parts.")
        for (let i = 0, at = 0; i < given - 1; i++) cuts.push((at += Math.floor(total / given) + (i < total % given ? 1 : 0)))
      } else cuts.push(...given.map((at) => Math.min(Math.max(at < 0 ? at + total : at, 0), total)))
      const edges = [0, ...cuts, total]
      return edges.slice(1).map((end, i) => kit.t.slice(self, d, edges[i]!, Math.max(end, edges[i]!)))
    },
  })
}
