// Tensors joined to one: after one another along a dimension, or side by side along a new one.
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

const matrix = [[1, 2, 3], [4, 5, 6]] as const

export const joining: Family<"cat" | "concat" | "concatenate" | "stack"> = {
  cat: catOf("cat"),
  concat: catOf("concat"),
  concatenate: catOf("concatenate"),
  stack: structural<{ tensors: readonly Tensor[]; dim: number }>("stack(tensors: Tensor[], dim: number = 0)", {
    doc: "Tensors of one shape side by side along a new dimension.",
    forward: (kit, { tensors, dim }) => {
      if (tensors.length === 0) throw kit.fault("RuntimeError", "stack: expected at least one tensor, found none.", "Give an array of tensors.")
      const d = kit.dim("stack", dim, tensors[0]!.ndim + 1)
      tensors.forEach((one, i) => {
        if (one.sizes.join() !== tensors[0]!.sizes.join()) throw kit.fault("RuntimeError", `stack: expected every tensor to have shape [${tensors[0]!.sizes.join(", ")}], found [${one.sizes.join(", ")}] at position ${i}.`, "Reshape them first, or use cat().")
      })
      return joined(kit, tensors.map((one) => kit.view(one, [...one.sizes.slice(0, d), 1, ...one.sizes.slice(d)], [...one.strides.slice(0, d), 0, ...one.strides.slice(d)])), d)
    },
    backward: ([g], { dim }) => ({ tensors: g!.unbind(dim) }),
    in: ["torch"],
    samples: [[[[1, 2], [3, 4]], 1]],
    rejects: [{ args: [[]], throws: "RuntimeError" }],
  }),
}

/** Tensors one after the other along `dim`, in memory of their own. */
function joined(kit: Kit, tensors: readonly Tensor[], dim: number): Tensor {
  const dtype: DType = kit.promote(...tensors)
  const first = tensors[0]!
  const sizes = first.sizes.map((size, d) => (d === dim ? tensors.reduce((n, one) => n + one.sizes[d]!, 0) : size))
  const out = kit.zeros(sizes, dtype)
  let at = 0
  for (const one of tensors) {
    kit.view(out, one.sizes, out.strides, at * (out.strides[dim] ?? 0)).copy_(one)
    at += one.sizes[dim]!
  }
  out.storage.version = 0
  return out
}

function catOf(name: string) {
  return structural<{ tensors: readonly Tensor[]; dim: number }>(`${name}(tensors: Tensor[], dim: number = 0)`, {
    doc: "Tensors one after the other along a dimension.",
    forward: (kit, { tensors, dim }) => {
      // A vector without elements fits anywhere, as in PyTorch.
      const used = tensors.filter((one) => !(one.ndim === 1 && one.numel() === 0))
      const first = used[0] ?? tensors[0]
      if (!first) throw kit.fault("RuntimeError", `${name}: expected at least one tensor, found none.`, "Give an array of tensors.")
      if (first.ndim === 0) throw kit.fault("RuntimeError", `${name}: a tensor without dimensions cannot be joined to others.`, "Use stack(), or reshape it to [1] first.")
      const d = kit.dim(name, dim, first.ndim)
      used.forEach((one, i) => {
        if (one.ndim !== first.ndim || one.sizes.some((size, k) => k !== d && size !== first.sizes[k]))
          throw kit.fault("RuntimeError", `${name}: the tensors must agree in every dimension but ${d}: the first has shape [${first.sizes.join(", ")}], number ${i} has [${one.sizes.join(", ")}].`, "Reshape them first.")
      })
      const out = joined(kit, used.length ? used : [first], d)
      return out.dtype === kit.promote(...tensors) ? out : kit.copied(out, kit.promote(...tensors))
    },
    backward: ([g], { tensors, dim }) => {
      let at = 0
      const used = tensors.filter((one) => !(one.ndim === 1 && one.numel() === 0))
      const d = dim < 0 ? dim + (used[0] ?? tensors[0]!).ndim : dim
      return {
        tensors: tensors.map((one) => {
          if (!used.includes(one)) return g!.new_zeros([0])
          const part = g!.narrow(d, at, one.sizes[d]!)
          at += one.sizes[d]!
          return part
        }),
      }
    },
    gradName: "CatBackward0",
    in: ["torch"],
    samples: [[[[1, 2], [3]]], [[matrix, matrix], 1]],
    rejects: [{ args: [[]], throws: "RuntimeError" }],
  })
}
