// Functions of whole matrices: powers, e to the power of one, products of several, and the pseudo-inverse.
import type { Tensor } from "../tensor/tensor.ts"
import { matrices, T } from "./decompositions.ts"
import { composite, structural, type Entry, type Kit, type Namespace } from "./entry.ts"
import type { Family } from "./family.ts"

const linalg: readonly Namespace[] = ["linalg"]
const everywhere: readonly Namespace[] = ["torch", "Tensor"]

export const matrixFunctions: Family<"linalg_matrix_power" | "matrix_power" | "linalg_multi_dot" | "chain_matmul" | "linalg_pinv" | "pinverse" | "linalg_matrix_exp" | "matrix_exp" | "linalg_vander" | "linalg_diagonal" | "linalg_matmul"> = {
  linalg_matrix_power: power("linalg_matrix_power", linalg, "A"),
  matrix_power: power("matrix_power", everywhere, "self"),
  linalg_multi_dot: chain("linalg_multi_dot", "tensors: Tensor[]", linalg),
  chain_matmul: chain("chain_matmul", "...tensors: Tensor[]", ["torch"]),
  linalg_pinv: pseudo("linalg_pinv", linalg, "A"),
  pinverse: pseudo("pinverse", everywhere, "self"),
  linalg_matrix_exp: exponential("linalg_matrix_exp", linalg, "A"),
  matrix_exp: exponential("matrix_exp", everywhere, "self"),
  linalg_vander: composite<{ x: Tensor; N: number | null }>("linalg_vander(x: Tensor, *, N: number = null)", {
    doc: "Each element's powers from 0 up, in a row.",
    samples: [[[1, 2, 3]]],
    compose: (t, { x, N }) => t.stack(Array.from({ length: N ?? x.sizes[x.ndim - 1]! }, (_, k) => x.pow(k)), -1),
    in: linalg,
  }),
  linalg_diagonal: composite<{ A: Tensor; offset: number; dim1: number; dim2: number }>("linalg_diagonal(A: Tensor, *, offset: number = 0, dim1: number = -2, dim2: number = -1)", {
    doc: "The diagonal of each matrix.",
    samples: [[[[1, 2], [3, 4]]]],
    compose: (_, { A, offset, dim1, dim2 }) => A.diagonal(offset, dim1, dim2),
    in: linalg,
  }),
  linalg_matmul: composite<{ A: Tensor; B: Tensor }>("linalg_matmul(A: Tensor, B: Tensor)", { doc: "The matrix product.", samples: [[[[1, 2], [3, 4]], [[1, 0], [2, -1]]]], compose: (_, { A, B }) => A.matmul(B), in: linalg }),
}

function power(name: string, namespaces: readonly Namespace[], first: string): Entry {
  return composite<Record<string, Tensor> & { n: number }>(`${name}(${first}: Tensor, n: number)`, {
    doc: "The matrix times itself, n times; negative powers are those of the inverse.",
    compose: (t, args, kit) => {
      const A = args[first] as Tensor
      const n = args.n as unknown as number
      matrices(kit, "matrix_power", A, true)
      if (n === 0) return t.eye(A.sizes[A.ndim - 1], { dtype: A.dtype }).expand(A.sizes)
      let base = n < 0 ? t.linalg_inv(A) : A
      let made: Tensor | null = null
      for (let left = Math.abs(n); left > 0; left = Math.floor(left / 2)) {
        if (left % 2) made = made ? made.matmul(base) : base
        if (left > 1) base = base.matmul(base)
      }
      return n === 1 ? A.clone() : made
    },
    in: namespaces,
    samples: [[[[4, 1], [1, 3]], 3]],
  })
}

function chain(name: string, parameters: string, namespaces: readonly Namespace[]): Entry {
  return composite<{ tensors: readonly Tensor[] }>(`${name}(${parameters})`, {
    doc: "The product of several matrices in order.",
    compose: (_, { tensors }) => tensors.reduce((left, right) => left.matmul(right)),
    in: namespaces,
    samples: parameters.startsWith("...") ? [[[[1, 2], [3, 4]], [[1, 0], [2, -1]]]] : [[[[[1, 2], [3, 4]], [[1, 0], [2, -1]], [[0.5], [1]]]]],
  })
}

function pseudo(name: string, namespaces: readonly Namespace[], first: string): Entry {
  return structural<Record<string, Tensor>>(`${name}(${first}: Tensor)`, {
    doc: "Moore-Penrose inverse: the nearest to an inverse that any matrix has.",
    forward: (kit, args) => {
      const A = args[first]!
      matrices(kit, "pinv", A, false)
      const [U, S, Vh] = kit.t.linalg_svd(A, false) as [Tensor, Tensor, Tensor]
      if (S.numel() === 0) return kit.zeros(T(A).sizes, A.dtype)
      const least = S.amax(-1, true).mul((A.dtype.name === "float64" ? 2.220446049250313e-16 : 1.1920928955078125e-7) * Math.max(...A.sizes.slice(-2)))
      return T(Vh).mul(kit.t.where(S.gt(least), S.reciprocal(), 0).unsqueeze(-2)).matmul(T(U))
    },
    saves: [first],
    savesResults: [0],
    backward: ([g], args, [result]) => {
      // Golub & Pereyra 1973: −PᵀGPᵀ + (I − AP) Gᵀ PPᵀ + PᵀP Gᵀ (I − PA), with P the result.
      const A = args[first]!
      const P = result!
      const along = T(g!).matmul(P).matmul(T(P))
      const across = T(P).matmul(P).matmul(T(g!))
      const inner = T(P).matmul(g!).matmul(T(P)).neg()
      return { [first]: inner.add(along.sub(A.matmul(P.matmul(along)))).add(across.sub(across.matmul(P).matmul(A))) }
    },
    gradName: "LinalgPinvBackward0",
    in: namespaces,
    samples: [[[[4, 1], [2, 3], [0.5, -1]]]],
  })
}

/** Scaling and squaring of a Taylor series: e^A = (e^(A/2ᵏ))^(2ᵏ). */
function series(t: Kit["t"], A: Tensor): Tensor {
  const size = A.numel() === 0 ? 0 : Number(A.abs().sum(-1).amax().item())
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-9))) + 1)
  const scaled = A.div(2 ** halvings)
  let term = t.eye(A.sizes[A.ndim - 1], { dtype: A.dtype }).expand(A.sizes)
  let total = term
  for (let k = 1; k <= 14; k++) {
    term = term.matmul(scaled).div(k)
    total = total.add(term)
  }
  for (let k = 0; k < halvings; k++) total = total.matmul(total)
  return total
}

function exponential(name: string, namespaces: readonly Namespace[], first: string): Entry {
  return structural<Record<string, Tensor>>(`${name}(${first}: Tensor)`, {
    doc: "e to the power of a matrix.",
    forward: (kit, args) => {
      matrices(kit, "matrix_exp", args[first]!, true)
      return series(kit.t, args[first]!)
    },
    saves: [first],
    backward: ([g], args, _, t) => {
      // Mathias 1996: the derivative stands above the diagonal of e to the power of [[Aᵀ, G], [0, Aᵀ]].
      const A = T(args[first]!)
      const n = A.sizes[A.ndim - 1]!
      const doubled = t.cat([t.cat([A, g!], -1), t.cat([A.new_zeros(A.sizes), A], -1)], -2)
      return { [first]: t.linalg_matrix_exp(doubled).narrow(-2, 0, n).narrow(-1, n, n) }
    },
    gradName: "LinalgMatrixExpBackward0",
    in: namespaces,
    samples: [[[[0.4, 1], [-0.2, 0.3]]]],
  })
}
