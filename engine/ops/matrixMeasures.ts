// How large matrices are: norms, rank, condition.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Namespace } from "./entry.ts"
import type { Family } from "./family.ts"
import { normSlope, vectorNorm } from "./statistics.ts"

const square = [[4, 1], [1, 3]] as const
const linalg: readonly Namespace[] = ["linalg"]

interface One {
  readonly A: Tensor
}

export const matrixMeasures: Family<"linalg_matrix_rank" | "linalg_norm" | "linalg_vector_norm" | "linalg_matrix_norm" | "linalg_cond"> = {
  linalg_matrix_rank: composite<One & { tol: number | null }>("linalg_matrix_rank(A: Tensor, tol: number = null, hermitian: boolean = false)", {
    doc: "How many singular values count as nonzero.",
    samples: [[[[4, 1], [1, 3]]]],
    compose: (t, { A, tol }) => {
      const S = t.linalg_svdvals(A.detach())
      const epsilon = A.dtype.name === "float64" ? 2.220446049250313e-16 : 1.1920928955078125e-7
      return S.gt(tol ?? S.amax(-1, true).mul(epsilon * Math.max(...A.sizes.slice(-2)))).sum(-1)
    },
    in: linalg,
  }),
  linalg_norm: composite<One & { ord: unknown; dim: readonly number[] | null; keepdim: boolean }>("linalg_norm(A: Tensor, ord: unknown = null, dim: Dims = null, keepdim: boolean = false)", {
    doc: "Norm of a vector or a matrix.",
    samples: [[[[4, 1], [1, 3]]], [[1, -2, 3], 3]],
    compose: (t, { A, ord, dim, keepdim }) => {
      const matrix = ord !== null && (dim ? dim.length === 2 : A.ndim === 2)
      return matrix ? t.linalg_matrix_norm(A, ord, dim ?? [-2, -1], keepdim) : t.linalg_vector_norm(ord === null && !dim ? A.reshape([-1]) : A, ord ?? 2, dim, keepdim)
    },
    in: linalg,
  }),
  linalg_vector_norm: structural<One & { ord: number; dim: readonly number[] | null; keepdim: boolean }>("linalg_vector_norm(A: Tensor, ord: number = 2, dim: Dims = null, keepdim: boolean = false)", {
    doc: "(Σ |x|^ord)^(1/ord).",
    forward: (kit, { A, ord, dim, keepdim }) => vectorNorm(kit, { self: A, p: ord, dim, keepdim }),
    saves: ["A"],
    savesResults: [0],
    backward: ([g], { A, ord, dim, keepdim }, [result]) => ({ A: normSlope(g!, { self: A, p: ord, dim, keepdim }, result!) }),
    in: linalg,
    samples: [[square], [square, 1]],
  }),
  linalg_matrix_norm: composite<One & { ord: unknown; dim: readonly number[]; keepdim: boolean }>('linalg_matrix_norm(A: Tensor, ord: unknown = "fro", dim: Dims = [-2, -1], keepdim: boolean = false)', {
    doc: 'Norm of a matrix: "fro", "nuc", 1, -1, 2, -2, Infinity or -Infinity.',
    samples: [[[[4, 1], [2, 3]]], [[[4, 1], [2, 3]], "nuc"], [[[4, 1], [2, 3]], 2], [[[4, 1], [2, 3]], 1]],
    compose: (t, { A, ord, dim, keepdim }, kit) => {
      const [rows, columns] = dim.map((d) => kit.dim("matrix_norm", d, A.ndim)) as [number, number]
      if (ord === "fro") return t.linalg_vector_norm(A, 2, [rows, columns], keepdim)
      const kept = (made: Tensor): Tensor => (keepdim ? [rows, columns].sort((a, b) => a - b).reduce((one, d) => one.unsqueeze(d), made) : made)
      if (ord === "nuc" || ord === 2 || ord === -2) {
        const S = t.linalg_svdvals(A.movedim([rows, columns], [-2, -1]))
        return kept(ord === "nuc" ? S.sum(-1) : ord === 2 ? S.amax(-1) : S.amin(-1))
      }
      const over = Math.abs(Number(ord)) === 1 ? [rows, columns] : [columns, rows]
      const sums = A.abs().sum(over[0], true)
      const made = Number(ord) > 0 ? sums.amax(over[1], true) : sums.amin(over[1], true)
      return keepdim ? made : [rows, columns].sort((a, b) => b - a).reduce((one, d) => one.squeeze(d), made)
    },
    in: linalg,
  }),
  linalg_cond: composite<One>("linalg_cond(A: Tensor)", {
    doc: "Largest over smallest singular value.",
    compose: (t, { A }) => {
      const S = t.linalg_svdvals(A)
      return S.select(-1, 0).div(S.select(-1, -1))
    },
    in: linalg,
    samples: [[[[4, 1], [2, 3]]]],
  }),
}
