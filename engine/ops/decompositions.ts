// Linear algebra: inverses, determinants and factorisations of matrices and batches of them.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Entry, type Kit, type Namespace } from "./entry.ts"
import type { Family } from "./family.ts"

const square = [[4, 1], [1, 3]] as const
const linalg: readonly Namespace[] = ["linalg"]

export interface One {
  readonly A: Tensor
}

export function matrices(kit: Kit, what: string, A: Tensor, needsSquare: boolean): void {
  if (A.dtype.category !== "float") throw kit.fault("RuntimeError", `${what}: expected a floating-point tensor, found ${A.dtype.name}.`, "Convert it first, for example with .float().")
  if (A.ndim < 2) throw kit.fault("RuntimeError", `${what}: expected at least 2 dimensions, found ${A.ndim}.`, "Use a matrix.")
  const [n, m] = A.sizes.slice(-2)
  if (needsSquare && n !== m) throw kit.fault("RuntimeError", `${what}: expected a square matrix, found ${n} rows and ${m} columns.`, "Use as many rows as columns.")
}

/** Runs the named factorisation for each matrix of a batch; outputs are filled matrix by matrix. */
export function factored(kit: Kit, how: "solve" | "cholesky" | "qr" | "eigh" | "svd" | "determinant" | "lu" | "luFactor", inputs: readonly Tensor[], outputs: readonly (readonly number[])[], complete = false): Tensor[] {
  const dtype = inputs[0]!.dtype
  const made = outputs.map((sizes) => kit.zeros(sizes, dtype))
  const failure: { text: string | null } = { text: null }
  kit.kernel("factorisation", inputs, made, { how, complete, failure })
  if (failure.text !== null) throw kit.fault("_LinAlgError", failure.text, how === "cholesky" ? "The matrix must be symmetric and positive definite; adding a small multiple of the identity may help." : "A singular matrix has no inverse; pinv() or lstsq() may serve.")
  return made
}

/** Transposed in the last two dimensions. */
export const T = (x: Tensor): Tensor => x.transpose(-2, -1)
export const batchOf = (A: Tensor): readonly number[] => A.sizes.slice(0, -2)

function inverse(name: string, namespaces: readonly Namespace[], first: string): Entry {
  return structural<Record<string, Tensor>>(`${name}(${first}: Tensor)`, {
    doc: "The matrix that gives the identity when multiplied with A.",
    forward: (kit, args) => {
      const A = args[first]!
      matrices(kit, "inv", A, true)
      const n = A.sizes[A.ndim - 1]!
      return factored(kit, "solve", [A, kit.t.eye(n, { dtype: A.dtype }).expand(A.sizes)], [A.sizes])[0]!
    },
    savesResults: [0],
    backward: ([g], _, [result]) => ({ [first]: T(result!).matmul(g!).matmul(T(result!)).neg() }),
    gradName: "LinalgInvExBackward0",
    in: namespaces,
    samples: [[square]],
    rejects: [{ args: [[[1, 2, 3], [4, 5, 6]]], throws: "RuntimeError" }],
  })
}

function determinant(name: string, namespaces: readonly Namespace[], first: string): Entry {
  return structural<Record<string, Tensor>>(`${name}(${first}: Tensor)`, {
    doc: "Determinant: the volume that the matrix gives to the unit cube.",
    forward: (kit, args) => {
      const A = args[first]!
      matrices(kit, "det", A, true)
      return factored(kit, "determinant", [A], [batchOf(A)])[0]!
    },
    saves: [first],
    savesResults: [0],
    backward: ([g], args, [result], t) => {
      // det(A) · A⁻ᵀ; a singular matrix goes by its cofactors.
      const A = args[first]!
      if (result!.ndim === 0 && result!.item() === 0) return { [first]: cofactors(A, t).mul(g) }
      return { [first]: T(t.linalg_inv(A)).mul(g!.mul(result).unsqueeze(-1).unsqueeze(-1)) }
    },
    gradName: "LinalgDetBackward0",
    in: namespaces,
    samples: [[square]],
  })
}

/** Determinants of the minors, with their signs. */
function cofactors(A: Tensor, t: Kit["t"]): Tensor {
  const n = A.sizes[0]!
  if (n === 1) return A.new_ones([1, 1])
  const rest = (k: number) => Array.from({ length: n }, (_, i) => i).filter((i) => i !== k)
  const pick = (x: Tensor, d: number, k: number): Tensor => t.stack(rest(k).map((i) => x.select(d, i)), d)
  return t.stack(rest(-1).map((i) => t.stack(rest(-1).map((j) => t.det(pick(pick(A, 0, i), 1, j)).mul((i + j) % 2 ? -1 : 1)))))
}

export const decompositions: Family<
  "inverse" | "linalg_inv" | "det" | "linalg_det" | "logdet" | "linalg_cholesky" | "cholesky" | "linalg_eigvalsh" | "linalg_svdvals",
  never,
  "slogdet" | "linalg_slogdet" | "linalg_eigh" | "linalg_svd" | "svd" | "linalg_qr" | "qr"
> = {
  inverse: inverse("inverse", ["torch", "Tensor"], "self"),
  linalg_inv: inverse("linalg_inv", linalg, "A"),
  det: determinant("det", ["torch", "Tensor"], "self"),
  linalg_det: determinant("linalg_det", linalg, "A"),
  logdet: composite<{ self: Tensor }>("logdet(self: Tensor)", {
    doc: "Logarithm of the determinant; nan where it is negative.",
    compose: (t, { self }) => {
      const [sign, log] = t.linalg_slogdet(self) as [Tensor, Tensor]
      return t.where(sign.eq(-1), NaN, log)
    },
    samples: [[square]],
  }),
  slogdet: signedLog("slogdet", ["torch", "Tensor"]),
  linalg_slogdet: signedLog("linalg_slogdet", linalg),
  linalg_cholesky: choleskyOf("linalg_cholesky", linalg),
  cholesky: choleskyOf("cholesky", ["torch", "Tensor"]),
  linalg_eigh: structural<One & { UPLO: string }>('linalg_eigh(A: Tensor, UPLO: string = "L") -> Tensor[]', {
    doc: "Eigenvalues, ascending, and eigenvectors of a symmetric matrix.",
    forward: (kit, { A, UPLO }) => {
      matrices(kit, "eigh", A, true)
      return factored(kit, "eigh", [UPLO === "U" ? T(A) : A], [A.sizes.slice(0, -1), A.sizes])
    },
    outputs: ["eigenvalues", "eigenvectors"],
    savesResults: [0, 1],
    backward: ([gValues, gVectors], _, [values, vectors]) => {
      const V = vectors!
      const own = gValues ? V.mul(gValues.unsqueeze(-2)).matmul(T(V)) : null
      if (!gVectors) return { A: own }
      const gap = values!.unsqueeze(-2).sub(values!.unsqueeze(-1))
      const turn = T(V).matmul(gVectors).div(gap.masked_fill(gap.eq(0), Infinity))
      const part = V.matmul(turn).matmul(T(V))
      return { A: own ? own.add(part) : part }
    },
    in: linalg,
    samples: [[[[4, 1], [1, 3]]]],
  }),
  linalg_eigvalsh: composite<One & { UPLO: string }>('linalg_eigvalsh(A: Tensor, UPLO: string = "L")', { doc: "Eigenvalues of a symmetric matrix, ascending.", compose: (t, { A, UPLO }) => t.linalg_eigh(A, UPLO)[0], in: linalg, samples: [[[[4, 1], [1, 3]]]] }),
  linalg_svd: singular("linalg_svd", linalg),
  svd: composite<{ self: Tensor }>("svd(self: Tensor, some: boolean = true) -> Tensor[]", {
    doc: "Singular values with U and V, so that self = U @ diag(S) @ V.T.",
    samples: [[[[4, 1], [2, 3]]]],
    compose: (t, { self }) => {
      const [U, S, Vh] = t.linalg_svd(self, false) as [Tensor, Tensor, Tensor]
      return [U, S, T(Vh)]
    },
  }),
  linalg_svdvals: composite<One>("linalg_svdvals(A: Tensor)", { doc: "Singular values, descending.", samples: [[[[4, 1], [2, 3], [0.5, -1]]]], compose: (t, { A }) => t.linalg_svd(A, false)[1], in: linalg }),
  linalg_qr: orthogonal("linalg_qr", linalg),
  qr: orthogonal("qr", ["torch", "Tensor"]),
}

function signedLog(name: string, namespaces: readonly Namespace[]): Entry {
  return structural<One>(`${name}(A: Tensor) -> Tensor[]`, {
    doc: "Sign and logarithm of the absolute value of the determinant.",
    forward: (kit, { A }) => {
      matrices(kit, "slogdet", A, true)
      const det = factored(kit, "lu", [A], [batchOf(A), batchOf(A)])
      return det
    },
    outputs: ["sign", "logabsdet"],
    saves: ["A"],
    backward: ([, g], { A }, _, t) => ({ A: g ? T(t.linalg_inv(A)).mul(g.unsqueeze(-1).unsqueeze(-1)) : null }),
    gradName: "LinalgSlogdetBackward0",
    in: namespaces,
    samples: [[[[4, 1], [2, 3]]]],
  })
}

function choleskyOf(name: string, namespaces: readonly Namespace[]): Entry {
  return structural<One & { upper: boolean }>(`${name}(A: Tensor, *, upper: boolean = false)`, {
    doc: "Lower triangle L with L @ L.T = A.",
    forward: (kit, { A, upper }) => {
      matrices(kit, "cholesky", A, true)
      const L = factored(kit, "cholesky", [A], [A.sizes])[0]!
      return upper ? kit.copied(T(L)) : L
    },
    savesResults: [0],
    backward: ([g], { upper }, [result], t) => {
      // Murray 2016: L⁻ᵀ Φ(Lᵀ Ḡ) L⁻¹, made symmetric; Φ halves the diagonal of the lower triangle.
      const L = upper ? T(result!) : result!
      const grad = upper ? T(g!) : g!
      const product = T(L).matmul(grad).tril()
      const phi = product.sub(t.diag_embed(product.diagonal(0, -2, -1)).mul(0.5))
      const inner = t._solve(T(L), T(t._solve(T(L), T(phi))))
      return { A: inner.add(T(inner)).mul(0.5) }
    },
    gradName: name === "cholesky" ? "CholeskyBackward0" : "LinalgCholeskyExBackward0",
    in: namespaces,
    samples: [[[[4, 1], [1, 3]]], [[[4, 1], [1, 3]], { upper: true }]],
  })
}

function singular(name: string, namespaces: readonly Namespace[]): Entry {
  return structural<One & { full_matrices: boolean }>(`${name}(A: Tensor, full_matrices: boolean = true) -> Tensor[]`, {
    doc: "Singular values: A = U @ diag(S) @ Vh.",
    forward: (kit, { A, full_matrices }) => {
      matrices(kit, "svd", A, false)
      const [n, m] = A.sizes.slice(-2) as [number, number]
      const k = Math.min(n, m)
      return factored(kit, "svd", [A], [[...batchOf(A), n, full_matrices ? n : k], [...batchOf(A), k], [...batchOf(A), full_matrices ? m : k, m]], full_matrices)
    },
    outputs: ["U", "S", "Vh"],
    savesResults: [0, 1, 2],
    backward: ([gU, gS, gVh], _, [U, S, Vh], t) => {
      const k = S!.sizes[S!.ndim - 1]!
      const [u, vh] = [U!.narrow(-1, 0, k), Vh!.narrow(-2, 0, k)]
      const middle = t.diag_embed(gS ?? S!.new_zeros(S!.sizes))
      let inner = middle
      const gap = S!.unsqueeze(-2).pow(2).sub(S!.unsqueeze(-1).pow(2))
      const over = gap.masked_fill(gap.eq(0), Infinity).reciprocal()
      const skew = (x: Tensor) => x.sub(T(x))
      if (gU) inner = inner.add(skew(T(u).matmul(gU.narrow(-1, 0, k))).mul(over).mul(S!.unsqueeze(-2)))
      if (gVh) inner = inner.add(skew(vh.matmul(T(gVh.narrow(-2, 0, k)))).mul(over).mul(S!.unsqueeze(-1)))
      let made = u.matmul(inner).matmul(vh)
      const rest = (x: Tensor, y: Tensor) => y.sub(x.matmul(T(x).matmul(y)))
      if (gU && u.sizes[u.ndim - 2]! > k) made = made.add(rest(u, gU.narrow(-1, 0, k)).div(S!.unsqueeze(-2)).matmul(vh))
      if (gVh && vh.sizes[vh.ndim - 1]! > k) made = made.add(u.matmul(T(rest(T(vh), T(gVh.narrow(-2, 0, k))).div(S!.unsqueeze(-2)))))
      return { A: made }
    },
    gradName: "LinalgSvdBackward0",
    in: namespaces,
    samples: [[[[4, 1], [2, 3]]], [[[4, 1], [2, 3], [0.5, -1]], false]],
  })
}

function orthogonal(name: string, namespaces: readonly Namespace[]): Entry {
  return structural<One & { mode: string }>(`${name}(A: Tensor, mode: string = "reduced") -> Tensor[]`, {
    doc: "A = Q @ R with orthonormal columns in Q and an upper triangle R.",
    forward: (kit, { A, mode }) => {
      matrices(kit, "qr", A, false)
      const [n, m] = A.sizes.slice(-2) as [number, number]
      const k = mode === "complete" ? n : Math.min(n, m)
      return factored(kit, "qr", [A], [[...batchOf(A), n, k], [...batchOf(A), k, m]])
    },
    outputs: ["Q", "R"],
    savesResults: [0, 1],
    backward: ([gQ, gR], _, [Q, R], t) => {
      // Walter & Lehmann 2018: (Ḡ_Q + Q · sym(M)) R⁻ᵀ with M = R Ḡ_Rᵀ − Ḡ_Qᵀ Q, for as many rows as columns or more.
      const M = (gR ? R!.matmul(T(gR)) : Q!.new_zeros(R!.sizes)).sub(gQ ? T(gQ).matmul(Q!) : 0)
      const lower = M.tril()
      const symmetric = lower.add(T(M.tril(-1)))
      const right = (gQ ?? Q!.new_zeros(Q!.sizes)).add(Q!.matmul(symmetric))
      return { A: T(t._solve(R!, T(right))) }
    },
    gradName: "LinalgQrBackward0",
    in: namespaces,
    samples: [[[[4, 1], [2, 3]]], [[[4, 1], [2, 3], [0.5, -1]]]],
  })
}
