// Solving: X of A @ X = B for full and triangular matrices, for those that are factored already, and in least squares.
import type { Tensor } from "../tensor/tensor.ts"
import { batchOf, factored, matrices, T, type One } from "./decompositions.ts"
import { composite, structural, type Kit, type Namespace } from "./entry.ts"
import type { Family } from "./family.ts"

const square = [[4, 1], [1, 3]] as const
const right = [[1, 2], [0, -1]] as const
const linalg: readonly Namespace[] = ["linalg"]

interface Triangular {
  readonly A: Tensor
  readonly B: Tensor
  readonly upper: boolean
  readonly left: boolean
  readonly unitriangular: boolean
}

const isVector = (A: Tensor, B: Tensor): boolean => B.ndim === 1 || (A.ndim - 1 === B.ndim && B.sizes.join() === A.sizes.slice(0, -1).join())

const identity = (t: Kit["t"], A: Tensor): Tensor => t.eye(A.sizes[A.ndim - 1], { dtype: A.dtype })

/** The triangle of A that is read, its diagonal 1 where that is understood. */
function triangle(t: Kit["t"], A: Tensor, upper: boolean, unitriangular: boolean): Tensor {
  const cut = upper ? A.triu(unitriangular ? 1 : 0) : A.tril(unitriangular ? -1 : 0)
  return unitriangular ? cut.add(identity(t, A)) : cut
}

function solved(kit: Kit, A: Tensor, B: Tensor): Tensor {
  const batch = kit.broadcast("solve", batchOf(A), batchOf(B))
  const sizes = [...batch, A.sizes[A.ndim - 1]!, B.sizes[B.ndim - 1]!]
  return factored(kit, "solve", [A.expand([...batch, ...A.sizes.slice(-2)]), B.expand(sizes)], [sizes])[0]!
}

/** Rows of B in the order that the pivots of a factorisation ask for; `back` undoes it. */
function pivoted(kit: Kit, B: Tensor, pivots: Tensor, back: boolean): Tensor {
  const swaps = kit.numbers(pivots)
  const order = swaps.map((_, i) => i)
  const steps = swaps.map((pivot, i) => [i, pivot - 1] as const)
  for (const [a, b] of back ? steps.reverse() : steps) [order[a], order[b]] = [order[b]!, order[a]!]
  return B.index_select(-2, kit.fromNumbers(order, [order.length], kit.dtype.int64))
}

export const linearSystems: Family<
  "linalg_solve" | "_solve" | "linalg_solve_triangular" | "cholesky_solve" | "cholesky_inverse" | "linalg_lu_solve" | "_exchanged" | "linalg_tensorsolve" | "linalg_tensorinv",
  never,
  "linalg_lu_factor" | "linalg_lu" | "linalg_lstsq" | "triangular_solve"
> = {
  linalg_solve: composite<{ A: Tensor; B: Tensor; left: boolean }>("linalg_solve(A: Tensor, B: Tensor, *, left: boolean = true)", {
    doc: "X of A @ X = B.",
    compose: (t, { A, B, left }, kit) => {
      matrices(kit, "solve", A, true)
      if (!left) return T(t._solve(T(A), T(B)))
      if ((isVector(A, B) ? B.sizes[B.ndim - 1] : B.sizes[B.ndim - 2]) !== A.sizes[A.ndim - 1]) throw kit.fault("RuntimeError", `solve: a matrix of shape [${A.sizes.join(", ")}] does not go with a right side of shape [${B.sizes.join(", ")}].`, "Give the right side as many rows as the matrix.")
      return t._solve(A, B)
    },
    in: linalg,
    samples: [[square, [1, 2]]],
  }),
  _solve: structural<{ A: Tensor; B: Tensor }>("_solve(A: Tensor, B: Tensor)", {
    doc: "X of A @ X = B.",
    samples: [[square, right]],
    forward: (kit, { A, B }) => (isVector(A, B) ? solved(kit, A, B.unsqueeze(-1)).squeeze(-1) : solved(kit, A, B)),
    saves: ["A"],
    savesResults: [0],
    backward: ([g], { A, B }, [X], t) => {
      const back = t._solve(T(A), g!)
      return { A: (isVector(A, B) ? back.unsqueeze(-1).matmul(X!.unsqueeze(-2)) : back.matmul(T(X!))).neg(), B: back }
    },
    gradName: "LinalgSolveExBackward0",
    in: [],
  }),
  linalg_solve_triangular: structural<Triangular>("linalg_solve_triangular(A: Tensor, B: Tensor, *, upper: boolean, left: boolean = true, unitriangular: boolean = false)", {
    doc: "X of A @ X = B, where only one triangle of A is read.",
    forward: (kit, { A, B, upper, left, unitriangular }) => {
      matrices(kit, "solve_triangular", A, true)
      const read = triangle(kit.t, A, upper, unitriangular)
      return left ? solved(kit, read, B) : kit.copied(T(solved(kit, T(read), T(B))))
    },
    saves: ["A"],
    savesResults: [0],
    backward: ([g], { A, upper, left, unitriangular }, [X], t) => {
      const back = t.linalg_solve_triangular(T(A), g!, { upper: !upper, left, unitriangular })
      const whole = (left ? back.matmul(T(X!)) : T(X!).matmul(back)).neg()
      const over = unitriangular ? 1 : 0
      return { A: upper ? whole.triu(over) : whole.tril(-over), B: back }
    },
    in: linalg,
    samples: [[[[4, 0], [1, 3]], right, { upper: false }], [[[4, 1], [0, 3]], right, { upper: true, left: false }]],
  }),
  triangular_solve: composite<{ self: Tensor; A: Tensor; upper: boolean; transpose: boolean; unitriangular: boolean }>("triangular_solve(self: Tensor, A: Tensor, upper: boolean = true, transpose: boolean = false, unitriangular: boolean = false) -> Tensor[]", {
    doc: "X of A @ X = self, where only one triangle of A is read; and A.",
    samples: [[right, [[4, 1], [0, 3]]]],
    compose: (t, { self, A, upper, transpose, unitriangular }, kit) => {
      const solution = t.linalg_solve_triangular(transpose ? T(A) : A, self, { upper: transpose ? !upper : upper, unitriangular })
      return Object.assign(kit.tuple([solution, A.clone()]), { solution })
    },
  }),
  cholesky_solve: composite<{ self: Tensor; L: Tensor; upper: boolean }>("cholesky_solve(self: Tensor, L: Tensor, upper: boolean = false)", {
    doc: "X of (L @ L.T) @ X = self.",
    samples: [[right, [[2, 0], [0.5, 1.5]]]],
    compose: (t, { self, L, upper }) => t._solve(upper ? T(L).matmul(L) : L.matmul(T(L)), self),
  }),
  cholesky_inverse: composite<{ self: Tensor; upper: boolean }>("cholesky_inverse(self: Tensor, upper: boolean = false)", {
    doc: "Inverse of L @ L.T, from L.",
    samples: [[[[2, 0], [0.5, 1.5]]]],
    compose: (t, { self, upper }) => t.linalg_inv(upper ? T(self.triu()).matmul(self.triu()) : self.tril().matmul(T(self.tril()))),
  }),
  linalg_lu_factor: structural<One>("linalg_lu_factor(A: Tensor) -> Tensor[]", {
    doc: "L and U of A = P @ L @ U in one matrix, and which row was exchanged at each step (from 1).",
    forward: (kit, { A }) => {
      matrices(kit, "lu_factor", A, true)
      const [LU, pivots] = factored(kit, "luFactor", [A], [A.sizes, A.sizes.slice(0, -1)]) as [Tensor, Tensor]
      return [LU, pivots.to(kit.dtype.int32)]
    },
    outputs: ["LU", "pivots"],
    savesResults: [0, 1],
    backward: ([g], _, [LU, pivots], t) => {
      // P L⁻ᵀ (tril(Lᵀ Ḡ_L, −1) + triu(Ḡ_U Uᵀ)) U⁻ᵀ.
      if (!g) return {}
      const inner = T(triangle(t, LU!, false, true)).matmul(g.tril(-1)).tril(-1).add(g.triu().matmul(T(LU!.triu())).triu())
      const half = t.linalg_solve_triangular(T(LU!), inner, { upper: true, unitriangular: true })
      const whole = t.linalg_solve_triangular(T(LU!.triu()), half, { upper: false, left: false })
      return { A: t._exchanged(whole, pivots, true) }
    },
    gradName: "LinalgLuFactorExBackward0",
    in: linalg,
    samples: [[[[1, 2], [4, 3]]]],
  }),
  _exchanged: structural<{ self: Tensor; pivots: Tensor; back: boolean }>("_exchanged(self: Tensor, pivots: Tensor, back: boolean)", {
    doc: "Rows exchanged step by step as the pivots of a factorisation say.",
    forward: (kit, { self, pivots, back }) => pivoted(kit, self, pivots, back),
    saves: ["pivots"],
    backward: ([g], { pivots, back }, _, t) => ({ self: t._exchanged(g!, pivots, !back) }),
    in: [],
    samples: [[[[1, 2], [4, 3]], [2n, 2n], false]],
  }),
  linalg_lu: composite<One>("linalg_lu(A: Tensor) -> Tensor[]", {
    doc: "P, L and U of A = P @ L @ U: exchanged rows, a lower triangle with ones on its diagonal, an upper triangle.",
    samples: [[[[1, 2], [4, 3]]]],
    compose: (t, { A }, kit) => {
      const [LU, pivots] = t.linalg_lu_factor(A) as [Tensor, Tensor]
      const parts = { P: pivoted(kit, identity(t, A).detach(), pivots, true), L: triangle(t, LU, false, true), U: LU.triu() }
      return Object.assign(kit.tuple([parts.P, parts.L, parts.U]), parts)
    },
    in: linalg,
  }),
  linalg_lu_solve: composite<{ LU: Tensor; pivots: Tensor; B: Tensor }>("linalg_lu_solve(LU: Tensor, pivots: Tensor, B: Tensor)", {
    doc: "X of A @ X = B, from what lu_factor made of A.",
    samples: [[[[4, 3], [0.25, 1.25]], [2n, 2n], right]],
    compose: (t, { LU, pivots, B }) => t.linalg_solve_triangular(LU, t.linalg_solve_triangular(LU, t._exchanged(B, pivots, false), { upper: false, unitriangular: true }), { upper: true }),
    in: linalg,
  }),
  linalg_tensorinv: composite<One & { ind: number }>("linalg_tensorinv(A: Tensor, ind: number = 2)", {
    doc: "Inverse of a tensor whose first ind dimensions are counted as rows, the others as columns.",
    samples: [[square, 1]],
    compose: (t, { A, ind }) => t.linalg_inv(A.reshape([A.sizes.slice(0, ind).reduce((n, size) => n * size, 1), -1])).reshape([...A.sizes.slice(ind), ...A.sizes.slice(0, ind)]),
    in: linalg,
  }),
  linalg_tensorsolve: composite<One & { B: Tensor }>("linalg_tensorsolve(A: Tensor, B: Tensor)", {
    doc: "X of tensordot(A, X) = B.",
    samples: [[square, [1, 2]]],
    compose: (t, { A, B }) => t._solve(A.reshape([B.numel(), -1]), B.reshape([-1])).reshape(A.sizes.slice(B.ndim)),
    in: linalg,
  }),
  linalg_lstsq: composite<One & { B: Tensor }>("linalg_lstsq(A: Tensor, B: Tensor) -> Tensor[]", {
    doc: "X with the least squares of A @ X − B; first of the list.",
    samples: [[[[4, 1], [2, 3], [0.5, -1]], [[1], [2], [0.5]]]],
    compose: (t, { A, B }) => {
      const solution = t.linalg_pinv(A).matmul(B)
      return Object.defineProperty([solution], "solution", { value: solution })
    },
    in: linalg,
  }),
}
