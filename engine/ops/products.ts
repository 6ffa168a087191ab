// Products of vectors and matrices.
import type { Fault } from "../protocol/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

const a23 = [[1, 2, 3], [4, 5, 6]] as const
const a32 = [[1, -1], [0.5, 2], [3, 0]] as const

interface Two {
  readonly self: Tensor
  readonly mat2: Tensor
}

function sameType(kit: Kit, what: string, a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) throw kit.fault("RuntimeError", `${what}: expected both tensors to have the same type, found ${a.dtype.name} and ${b.dtype.name}.`, "Convert one with .to(other.dtype), for example .float().")
}

function mismatch(kit: Kit, what: string, a: Tensor, b: Tensor): Fault {
  return kit.fault(
    "RuntimeError",
    `${what}: the shapes [${a.sizes.join(", ")}] and [${b.sizes.join(", ")}] do not fit: the first has ${a.sizes[a.ndim - 1]} columns, the second ${b.sizes[Math.max(0, b.ndim - 2)]} rows.`,
    "The inner sizes must be equal; perhaps one side needs .T or a reshape.",
  ).as("matrix-shapes", a.sizes, b.sizes)
}

function ranks(kit: Kit, what: string, a: Tensor, rankA: number, b: Tensor, rankB: number): void {
  sameType(kit, what, a, b)
  if (a.ndim === rankA && b.ndim === rankB) return
  throw kit.fault("RuntimeError", `${what}: expected tensors with ${rankA} and ${rankB} dimensions, found ${a.ndim} and ${b.ndim}.`, "Use matmul(), which takes all of these.")
}

export const products: Family<"matmul" | "mm" | "bmm" | "mv" | "dot" | "inner" | "outer" | "ger" | "addmm" | "linear"> = {
  dot: structural<{ self: Tensor; tensor: Tensor }>("dot(self: Tensor, tensor: Tensor)", {
    doc: "Sum of the products of two vectors' elements.",
    forward: (kit, { self, tensor }) => {
      ranks(kit, "dot", self, 1, tensor, 1)
      if (self.sizes[0] !== tensor.sizes[0]) throw kit.fault("RuntimeError", `dot: expected vectors of the same length, found ${self.sizes[0]} and ${tensor.sizes[0]}.`, "Check the lengths.")
      const n = self.sizes[0]!
      const made = kit.matmul(kit.view(self, [1, n], [0, self.strides[0]!]), kit.view(tensor, [n, 1], [tensor.strides[0]!, 0]), [1, 1], self.dtype)
      return kit.view(made, [], [])
    },
    saves: ["self", "tensor"],
    backward: ([g], { self, tensor }) => ({ self: g!.mul(tensor), tensor: g!.mul(self) }),
    samples: [[[1, 2, 3], [4, -5, 6]]],
    rejects: [{ args: [[1, 2], [1]], throws: "RuntimeError" }],
    formulaText: "y = Σᵢ aᵢ · bᵢ",
    slopeTexts: { self: "∂y/∂a = b", tensor: "∂y/∂b = a" },
  }),
  mv: structural<{ self: Tensor; vec: Tensor }>("mv(self: Tensor, vec: Tensor)", {
    doc: "Matrix times vector.",
    forward: (kit, { self, vec }) => {
      ranks(kit, "mv", self, 2, vec, 1)
      if (self.sizes[1] !== vec.sizes[0]) throw mismatch(kit, "mv", self, vec)
      const made = kit.matmul(self, kit.view(vec, [vec.sizes[0]!, 1], [vec.strides[0]!, 0]), [self.sizes[0]!, 1], self.dtype)
      return kit.view(made, [self.sizes[0]!], [1])
    },
    saves: ["self", "vec"],
    backward: ([g], { self, vec }, _, t, needs) => ({ self: needs("self") ? t.outer(g!, vec) : null, vec: needs("vec") ? self.t().mv(g) : null }),
    samples: [[a23, [1, -1, 2]]],
    rejects: [{ args: [a23, [1, 2]], throws: "RuntimeError" }],
    formulaText: "yᵢ = Σₖ Aᵢₖ · vₖ",
    slopeTexts: { self: "∂y/∂A = v", vec: "∂y/∂v = A" },
  }),
  mm: structural<Two>("mm(self: Tensor, mat2: Tensor)", {
    doc: "Matrix times matrix.",
    forward: (kit, { self, mat2 }) => {
      ranks(kit, "mm", self, 2, mat2, 2)
      if (self.sizes[1] !== mat2.sizes[0]) throw mismatch(kit, "mm", self, mat2)
      return kit.matmul(self, mat2, [self.sizes[0]!, mat2.sizes[1]!], self.dtype)
    },
    saves: ["self", "mat2"],
    backward: ([g], { self, mat2 }, _, __, needs) => ({ self: needs("self") ? g!.mm(mat2.t()) : null, mat2: needs("mat2") ? self.t().mm(g) : null }),
    fused: (kit, [g], { self, mat2 }, _, needs) => ({ self: needs("self") ? productAs(kit, self, g!, turned(kit, mat2)) : null, mat2: needs("mat2") ? productAs(kit, mat2, turned(kit, self), g!) : null }),
    samples: [[a23, a32]],
    rejects: [{ args: [a23, a23], throws: "RuntimeError" }],
    formulaText: "yᵢⱼ = Σₖ Aᵢₖ · Bₖⱼ",
    slopeTexts: { self: "∂y/∂A = B", mat2: "∂y/∂B = A" },
  }),
  bmm: structural<Two>("bmm(self: Tensor, mat2: Tensor)", {
    doc: "Matrix times matrix, for each of a batch.",
    forward: (kit, { self, mat2 }) => {
      ranks(kit, "bmm", self, 3, mat2, 3)
      if (self.sizes[0] !== mat2.sizes[0] || self.sizes[2] !== mat2.sizes[1]) throw mismatch(kit, "bmm", self, mat2)
      return kit.matmul(self, mat2, [self.sizes[0]!, self.sizes[1]!, mat2.sizes[2]!], self.dtype)
    },
    saves: ["self", "mat2"],
    backward: ([g], { self, mat2 }, _, __, needs) => ({ self: needs("self") ? g!.bmm(mat2.transpose(1, 2)) : null, mat2: needs("mat2") ? self.transpose(1, 2).bmm(g) : null }),
    samples: [[[a23], [a32]]],
    rejects: [{ args: [[a23], [a23]], throws: "RuntimeError" }],
    formulaText: "yᵢⱼ = Σₖ Aᵢₖ · Bₖⱼ",
    slopeTexts: { self: "∂y/∂A = B", mat2: "∂y/∂B = A" },
  }),
  matmul: composite<{ self: Tensor; other: Tensor }>("matmul(self: Tensor, other: Tensor)", {
    doc: "Python's a @ b: dot for vectors, the matrix product for matrices, batches broadcast.",
    compose: (t, { self, other }, kit) => {
      const a = self.ndim
      const b = other.ndim
      if (a === 0 || b === 0) throw kit.fault("RuntimeError", `matmul: expected tensors with at least one dimension, found ${a} and ${b}.`, "Multiply by a number with *.")
      // Said here, so that the fault names what was called.
      if (self.sizes[a - 1] !== other.sizes[Math.max(0, b - 2)]) throw mismatch(kit, "matmul", self, other)
      if (a === 1 && b === 1) return t.dot(self, other)
      if (a === 2 && b === 1) return t.mv(self, other)
      if (a === 1 && b === 2) return self.unsqueeze(0).mm(other).squeeze(0)
      if (a === 2 && b === 2) return t.mm(self, other)
      return batched(kit, self, other)
    },
    samples: [[a23, a32], [[1, 2, 3], [4, 5, 6]], [a23, [1, 2, 3]], [[1, 2], a23], [[a23, a23], a32]],
    rejects: [{ args: [a23, a23], throws: "RuntimeError" }],
  }),
  inner: composite<{ self: Tensor; other: Tensor }>("inner(self: Tensor, other: Tensor)", {
    doc: "Sum of products over the last dimension of both.",
    compose: (t, { self, other }, kit) => {
      if (self.ndim === 0 || other.ndim === 0) return self.mul(other)
      if (self.ndim === 1 && other.ndim === 1) return t.dot(self, other)
      if (self.sizes[self.ndim - 1] !== other.sizes[other.ndim - 1]) throw mismatch(kit, "inner", self, other)
      const flat = other.reshape([-1, other.sizes[other.ndim - 1]])
      return self.matmul(flat.t()).reshape([...self.sizes.slice(0, -1), ...other.sizes.slice(0, -1)])
    },
    samples: [[a23, [1, 2, 3]]],
  }),
  outer: composite<{ self: Tensor; vec2: Tensor }>("outer(self: Tensor, vec2: Tensor)", {
    doc: "All products of an element of one vector with one of another.",
    compose: (_, { self, vec2 }, kit) => {
      if (self.ndim !== 1 || vec2.ndim !== 1) throw kit.fault("RuntimeError", `outer: expected two vectors, found ${self.ndim} and ${vec2.ndim} dimensions.`, "Flatten them first.")
      return self.unsqueeze(1).mul(vec2)
    },
    samples: [[[1, 2], [3, 4, 5]]],
  }),
  ger: composite<{ self: Tensor; vec2: Tensor }>("ger(self: Tensor, vec2: Tensor)", { doc: "The same as outer.", samples: [[[1, 2], [3, 4, 5]]], compose: (t, { self, vec2 }) => t.outer(self, vec2) }),
  addmm: structural<{ self: Tensor; mat1: Tensor; mat2: Tensor; beta: number; alpha: number }>("addmm(self: Tensor, mat1: Tensor, mat2: Tensor, *, beta: number = 1, alpha: number = 1)", {
    doc: "A matrix product added to a tensor: beta · self + alpha · mat1 @ mat2.",
    forward: (kit, { self, mat1, mat2, beta, alpha }) => {
      ranks(kit, "addmm", mat1, 2, mat2, 2)
      sameType(kit, "addmm", self, mat1)
      if (mat1.sizes[1] !== mat2.sizes[0]) throw mismatch(kit, "addmm", mat1, mat2)
      const product = kit.matmul(mat1, mat2, [mat1.sizes[0]!, mat2.sizes[1]!], mat1.dtype)
      const scaled = alpha === 1 ? product : product.mul_(alpha)
      return beta === 0 ? scaled : scaled.add_(kit.t.expand(self, scaled.sizes), { alpha: beta })
    },
    saves: ["mat1", "mat2"],
    backward: ([g], { mat1, mat2, beta, alpha }, _, __, needs) => ({
      self: needs("self") ? g!.mul(beta) : null,
      mat1: needs("mat1") ? g!.mm(mat2.t()).mul(alpha) : null,
      mat2: needs("mat2") ? mat1.t().mm(g).mul(alpha) : null,
    }),
    fused: (kit, [g], { mat1, mat2, beta, alpha }, _, needs) =>
      alpha === 1 && beta === 1 ? { self: g!, mat1: needs("mat1") ? productAs(kit, mat1, g!, turned(kit, mat2)) : null, mat2: needs("mat2") ? productAs(kit, mat2, turned(kit, mat1), g!) : null } : null,
    samples: [[[[1, 2], [3, 4]], a23, a32]],
    rejects: [{ args: [[1, 2], a23, a23], throws: "RuntimeError" }],
    formulaText: "yᵢⱼ = cⱼ + Σₖ Aᵢₖ · Bₖⱼ",
    slopeTexts: ({ alpha, beta }) => {
      const scale = alpha === 1 ? "" : `${alpha} · `
      return { self: `∂y/∂c = ${beta}`, mat1: `∂y/∂A = ${scale}B`, mat2: `∂y/∂B = ${scale}A` }
    },
  }),
  linear: composite<{ self: Tensor; weight: Tensor; bias: Tensor | null }>("linear(self: Tensor, weight: Tensor, bias: Tensor = null)", {
    doc: "x @ weight.T + bias: a layer of neurons, one row of weight each.",
    compose: (t, { self, weight, bias }, kit) => {
      if (weight.ndim === 2 && self.sizes[self.ndim - 1] !== weight.sizes[1])
        throw kit.fault("RuntimeError", `linear: the input has ${self.sizes[self.ndim - 1]} features (shape [${self.sizes.join(", ")}]), the weight of shape [${weight.sizes.join(", ")}] expects ${weight.sizes[1]}.`, "Give the layer as many input features as the input's last dimension.").as("linear-features", self.sizes, weight.sizes)
      if (self.ndim === 2 && bias) return t.addmm(bias, self, weight.t())
      const product = self.matmul(weight.t())
      return bias ? product.add(bias) : product
    },
    in: ["functional"],
    samples: [[a23, [[1, 0, 2]], [0.5]], [a23, [[1, 0, 2]]]],
    rejects: [{ args: [a23, [[1, 2]]], throws: "RuntimeError" }],
  }),
}

const turned = (kit: Kit, one: Tensor): Tensor => kit.view(one, [one.sizes[1]!, one.sizes[0]!], [one.strides[1]!, one.strides[0]!])

/** The product laid out as `like` is: the gradient of a turned weight then lies as the weight does, and need not be copied. */
function productAs(kit: Kit, like: Tensor, a: Tensor, b: Tensor): Tensor {
  if (like.strides[0] !== 1 || like.strides[1] === 1) return kit.matmul(a, b, [a.sizes[0]!, b.sizes[1]!], a.dtype)
  return turned(kit, kit.matmul(turned(kit, b), turned(kit, a), [b.sizes[1]!, a.sizes[0]!], a.dtype))
}

/** Batches of matrices as one bmm: both sides are expanded to the common batch, as PyTorch does. */
function batched(kit: Kit, self: Tensor, other: Tensor): Tensor {
  const a = self.ndim === 1 ? self.unsqueeze(0) : self
  const b = other.ndim === 1 ? other.unsqueeze(1) : other
  const [n, k] = a.sizes.slice(-2) as [number, number]
  const [rows, m] = b.sizes.slice(-2) as [number, number]
  if (k !== rows) throw mismatch(kit, "matmul", self, other)
  const drop = (made: Tensor): Tensor => {
    const left = self.ndim === 1 ? made.squeeze(-2) : made
    return other.ndim === 1 ? left.squeeze(-1) : left
  }
  // A batch times one matrix is one product of the stacked rows.
  if (b.ndim === 2) return drop(a.reshape([-1, k]).mm(b).view([...a.sizes.slice(0, -1), m]))
  const batch = kit.broadcast("matmul", a.sizes.slice(0, -2), b.sizes.slice(0, -2))
  const flat = (one: Tensor, r: number, c: number) => one.expand([...batch, r, c]).reshape([-1, r, c])
  return drop(flat(a, n, k).bmm(flat(b, k, m)).view([...batch, n, m]))
}
