// How near vectors are to one another: distances and angles, and the losses that compare pairs and triples.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { checkReduction, concluded, ending, meant, type Ending } from "./lossTotals.ts"

interface Pair {
  readonly x1: Tensor
  readonly x2: Tensor
}

interface Triple extends Ending {
  readonly anchor: Tensor
  readonly positive: Tensor
  readonly negative: Tensor
  readonly margin: number
  readonly swap: boolean
}

const a = [[1, 2, 0.5], [0, -1, 3]] as const
const b = [[0.5, 1, 1.5], [2, 0.25, -1]] as const
const c = [[1.5, -1, 0], [1, 1, 1]] as const
const shapeText = (one: Tensor): string => `[${one.sizes.join(", ")}]`

export const distances: Family<"pairwise_distance" | "cosine_similarity" | "normalize" | "cdist" | "_cdist" | "pdist" | "_pdist" | "hinge_embedding_loss" | "margin_ranking_loss" | "cosine_embedding_loss" | "triplet_margin_loss" | "triplet_margin_with_distance_loss"> = {
  pairwise_distance: composite<Pair & { p: number; eps: number; keepdim: boolean }>("pairwise_distance(x1: Tensor, x2: Tensor, p: number = 2, eps: number = 0.000001, keepdim: boolean = false)", {
    doc: "Distance of the vectors in the last dimension; eps is added to each difference.",
    compose: (t, { x1, x2, p, eps, keepdim }) => t.norm(t._add_scalar(x1.sub(x2), eps), p, Math.max(x1.ndim, x2.ndim) - 1, keepdim),
    in: ["torch", "functional"],
    samples: [[a, b], [a, b, 1]],
    rejects: [{ args: [[1, 2], [1, 2, 3]], throws: "RuntimeError" }],
  }),
  cosine_similarity: composite<Pair & { dim: number; eps: number }>("cosine_similarity(x1: Tensor, x2: Tensor, dim: number = 1, eps: number = 1e-8)", {
    doc: "Cosine of the angle between vectors along a dimension: 1 where they point the same way.",
    compose: (_, { x1, x2, dim, eps }, kit) => {
      const sizes = kit.broadcast("cosine_similarity", x1.sizes, x2.sizes)
      const dtype = kit.promote(x1, x2)
      if (dtype.category !== "float") throw kit.fault("RuntimeError", `cosine_similarity: expected floating-point vectors, found ${dtype.name}.`, "Convert with .float().")
      const unit = (one: Tensor): Tensor => {
        const wide = one.expand(sizes)
        return wide.div(lengthOf(wide, dim, eps))
      }
      return unit(x1).mul(unit(x2)).sum(dim)
    },
    in: ["torch", "functional"],
    samples: [[a, b], [[1, 2], [3, -1], 0]],
    rejects: [{ args: [[1, 2], [1, 2, 3], 0], throws: "RuntimeError" }],
  }),
  normalize: composite<{ self: Tensor; p: number; dim: number; eps: number }>("normalize(self: Tensor, p: number = 2, dim: number = 1, eps: number = 1e-12)", {
    doc: "Vectors along a dimension, divided by their length.",
    compose: (t, { self, p, dim, eps }) => self.div(t.norm(self, p, dim, true).clamp_min(eps).expand_as(self)),
    in: ["functional"],
    samples: [[a], [b, 1, 0]],
    rejects: [{ args: [[1, 2]], throws: "IndexError" }],
  }),
  cdist: composite<Pair & { p: number; compute_mode: string | null }>("cdist(x1: Tensor, x2: Tensor, p: number = 2, compute_mode: string = null)", {
    doc: "Distances of every row of x1 to every row of x2.",
    compose: (t, { x1, x2, p }, kit) => {
      if (x1.ndim < 2 || x2.ndim < 2) throw kit.fault("RuntimeError", `cdist: expected matrices of rows, found shapes ${shapeText(x1)} and ${shapeText(x2)}.`, "unsqueeze(0) makes a row of a vector.")
      if (x1.sizes[x1.ndim - 1] !== x2.sizes[x2.ndim - 1]) throw kit.fault("RuntimeError", `cdist: rows of ${x1.sizes[x1.ndim - 1]} and ${x2.sizes[x2.ndim - 1]} elements cannot be compared.`, "Give rows of the same length.")
      if (!(p >= 0)) throw kit.fault("RuntimeError", `cdist: expected p of at least 0, found ${p}.`, "2 is the usual distance.")
      return t._cdist(x1, x2, p)
    },
    in: ["torch"],
    samples: [[a, b], [a, b, 1]],
    rejects: [{ args: [a, [[1, 2]]], throws: "RuntimeError" }],
  }),
  _cdist: structural<Pair & { p: number }>("_cdist(x1: Tensor, x2: Tensor, p: number)", {
    doc: "Distances of every row to every row.",
    forward: (kit, { x1, x2, p }) => kit.t.norm(differences(x1, x2), p, -1),
    saves: ["x1", "x2"],
    savesResults: [0],
    backward: ([g], { x1, x2, p }, [result]) => {
      const slope = distanceSlope(differences(x1, x2), result!, p).mul(g!.unsqueeze(-1))
      return { x1: slope.sum(-2), x2: slope.sum(-3).neg() }
    },
    gradName: "CdistBackward0",
    in: [],
    samples: [[a, b, 2], [a, b, 3]],
  }),
  pdist: composite<{ self: Tensor; p: number }>("pdist(self: Tensor, p: number = 2)", {
    doc: "Distances of every row to every later row.",
    compose: (t, { self, p }, kit) => {
      if (self.ndim !== 2) throw kit.fault("RuntimeError", `pdist: expected a matrix of rows, found shape ${shapeText(self)}.`, "Give [rows, elements].")
      return t._pdist(self.contiguous(), p)
    },
    in: ["torch", "functional"],
    samples: [[a]],
    rejects: [{ args: [[1, 2]], throws: "RuntimeError" }],
  }),
  _pdist: structural<{ self: Tensor; p: number }>("_pdist(self: Tensor, p: number)", {
    doc: "Distances of every row to every later row.",
    forward: (kit, { self, p }) => kit.t.norm(laterDifferences(kit.t, self), p, -1),
    saves: ["self"],
    savesResults: [0],
    backward: ([g], { self, p }, [result], t) => {
      const slope = distanceSlope(laterDifferences(t, self), result!, p).mul(g!.unsqueeze(-1))
      const [from, to] = laterPairs(t, self)
      return { self: self.new_zeros(self.sizes).index_add(0, from, slope).index_add(0, to, slope.neg()) }
    },
    in: [],
    samples: [[a, 2], [[[1, 2], [4, 0.5], [-1, 3]], 3]],
  }),
  hinge_embedding_loss: composite<Ending & { self: Tensor; target: Tensor; margin: number }>(`hinge_embedding_loss(self: Tensor, target: Tensor, margin: number = 1, ${ending})`, {
    doc: "Distances where the target is 1, what is missing to the margin where it is −1.",
    compose: (t, args, kit) => {
      const { self, target, margin } = args
      const zero = self.new_zeros(self.sizes)
      const missing = t.where(target.ne(1), self.new_full([], margin).sub(self).clamp_min(0), zero)
      return concluded(kit, "hinge_embedding_loss", missing.add(t.where(target.ne(-1), self, zero)), args)
    },
    in: ["torch", "functional"],
    samples: [[[0.5, 2, 0.25], [1, -1, -1]]],
    rejects: [{ args: [[1], [1], { reduction: "most" }], throws: "ValueError" }],
  }),
  margin_ranking_loss: composite<Ending & { input1: Tensor; input2: Tensor; target: Tensor; margin: number }>(`margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: number = 0, ${ending})`, {
    doc: "How much the order of two scores is wrong: target 1 wants the first to be higher, −1 the second.",
    compose: (t, args, kit) => {
      const { input1, input2, target, margin } = args
      if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) throw kit.fault("RuntimeError", `margin_ranking_loss: expected three tensors with as many dimensions, found shapes ${shapeText(input1)}, ${shapeText(input2)} and ${shapeText(target)}.`, "Reshape them alike.")
      return concluded(kit, "margin_ranking_loss", t._add_scalar(target.neg().mul(input1.sub(input2)), margin).clamp_min(0), args)
    },
    in: ["torch", "functional"],
    samples: [[[1, 2, 0.5], [0.5, 3, 1], [1, 1, -1], 0.25]],
    rejects: [{ args: [[1, 2], [[1, 2]], [1, 1]], throws: "RuntimeError" }],
  }),
  cosine_embedding_loss: composite<Ending & { input1: Tensor; input2: Tensor; target: Tensor; margin: number }>(`cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: number = 0, ${ending})`, {
    doc: "1 − cosine where the target is 1, the cosine above the margin where it is −1.",
    compose: (t, args, kit) => {
      const { input1, input2, target, margin } = args
      if (target.ndim > 1) throw kit.fault("RuntimeError", `cosine_embedding_loss: expected a target with at most 1 dimension, found shape ${shapeText(target)}.`, "Give 1 or -1 for each pair.")
      if (input1.ndim !== target.ndim + 1 || input2.ndim !== target.ndim + 1) throw kit.fault("RuntimeError", `cosine_embedding_loss: a target of shape ${shapeText(target)} expects vectors with ${target.ndim + 1} dimensions, found shapes ${shapeText(input1)} and ${shapeText(input2)}.`, "Give one target a pair of rows.")
      const dim = target.ndim
      const square = (one: Tensor, other: Tensor): Tensor => one.mul(other).sum(dim)
      const product = square(input1, input2)
      const cosine = product.div(t._add_scalar(square(input1, input1), 1e-12).mul(t._add_scalar(square(input2, input2), 1e-12)).sqrt())
      const zero = cosine.new_zeros(cosine.sizes)
      const near = t.where(target.eq(1), cosine.new_ones(cosine.sizes).sub(cosine), zero)
      return concluded(kit, "cosine_embedding_loss", near.add(t.where(target.eq(-1), t._sub_scalar(cosine, margin).clamp_min(0), zero)), args)
    },
    in: ["torch", "functional"],
    samples: [[a, b, [1, -1]]],
    rejects: [{ args: [a, b, [[1, -1]]], throws: "RuntimeError" }],
  }),
  triplet_margin_loss: composite<Triple & { p: number; eps: number }>(`triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number = 1, p: number = 2, eps: number = 0.000001, swap: boolean = false, ${ending})`, {
    doc: "How much nearer than a margin a wrong example (negative) is to the anchor, beside the right one (positive).",
    compose: (t, args, kit) => {
      const { anchor, positive, negative, margin, p, eps, swap } = args
      if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) throw kit.fault("RuntimeError", `triplet_margin_loss: expected three tensors with as many dimensions, found ${anchor.ndim}, ${positive.ndim} and ${negative.ndim}.`, "Reshape them alike.")
      const near = t.pairwise_distance(anchor, positive, p, eps)
      const far = t.pairwise_distance(anchor, negative, p, eps)
      const farthest = swap ? t.minimum(far, t.pairwise_distance(positive, negative, p, eps)) : far
      return concluded(kit, "triplet_margin_loss", t._add_scalar(near, margin).sub(farthest).clamp_min(0), args)
    },
    in: ["torch", "functional"],
    samples: [[a, b, c], [a, b, c, { swap: true }]],
    rejects: [{ args: [a, b, [1, 2, 3]], throws: "RuntimeError" }],
  }),
  triplet_margin_with_distance_loss: composite<Triple & { distance_function: ((one: Tensor, other: Tensor) => Tensor) | null }>('triplet_margin_with_distance_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Function = null, margin: number = 1, swap: boolean = false, reduction: string = "mean")', {
    doc: "triplet_margin_loss with a distance of one's own.",
    compose: (t, args, kit) => tripletWith(t, kit, args),
    in: ["functional"],
    samples: [[a, b, c]],
    rejects: [{ args: [a, b, c, { reduction: "most" }], throws: "ValueError" }],
  }),
}

function tripletWith(t: Functions, kit: Kit, args: Triple & { distance_function: ((one: Tensor, other: Tensor) => Tensor) | null }): Tensor {
  const { anchor, positive, negative, margin, swap } = args
  checkReduction(kit, "triplet_margin_with_distance_loss", args)
  const distance = args.distance_function ?? ((one: Tensor, other: Tensor) => t.pairwise_distance(one, other))
  const near = distance(anchor, positive)
  const far = distance(anchor, negative)
  const farthest = swap ? t.minimum(far, distance(positive, negative)) : far
  return concluded(kit, "triplet_margin_with_distance_loss", near.sub(farthest).add(margin).clamp({ min: 0 }), { reduction: meant(args) })
}

/** The length of vectors along a dimension, at least eps; what is cut off is hidden from autograd, as PyTorch does. */
function lengthOf(wide: Tensor, dim: number, eps: number): Tensor {
  const square = wide.pow(2).sum(dim, true)
  square.detach().clamp_({ min: eps * eps })
  return square.sqrt()
}

/** Every row of x1 minus every row of x2, batches broadcast. */
const differences = (x1: Tensor, x2: Tensor): Tensor => x1.unsqueeze(-2).sub(x2.unsqueeze(-3))

/** Numbers of the rows of each pair: row, later row. */
function laterPairs(t: Functions, self: Tensor): [Tensor, Tensor] {
  const pairs = t.triu_indices(self.sizes[0], self.sizes[0], 1)
  return [pairs.select(0, 0), pairs.select(0, 1)]
}

function laterDifferences(t: Functions, self: Tensor): Tensor {
  const [from, to] = laterPairs(t, self)
  return self.index_select(0, from).sub(self.index_select(0, to))
}

/** The slope of (Σ |d|^p)^(1/p) by each d, zero where the distance is zero. */
function distanceSlope(d: Tensor, distance: Tensor, p: number): Tensor {
  const n = distance.unsqueeze(-1)
  if (p === 0) return d.new_zeros(d.sizes)
  if (p === 1) return d.sign()
  if (p === Infinity) return d.sign().mul(d.abs().eq(n).to(d.dtype))
  const safe = n.masked_fill(n.eq(0), 1)
  return d.sign().mul(d.abs().pow(p - 1)).div(safe.pow(p - 1)).masked_fill(n.eq(0), 0)
}
