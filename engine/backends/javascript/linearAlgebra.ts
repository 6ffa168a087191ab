// Dense linear algebra on small matrices in float64: LU, Cholesky, QR, symmetric eigenvalues, singular values.
// Sources: Golub & Van Loan, Matrix Computations (LU with partial pivoting 3.4, Householder QR 5.2, cyclic Jacobi 8.5, one-sided Jacobi 8.6).

/** Rows of one matrix. */
export type Matrix = number[][]

export const zeros = (n: number, m: number): Matrix => Array.from({ length: n }, () => new Array<number>(m).fill(0))
export const identity = (n: number): Matrix => zeros(n, n).map((row, i) => ((row[i] = 1), row))
export const transposed = (a: Matrix, columns = a[0]?.length ?? 0): Matrix => Array.from({ length: columns }, (_, j) => a.map((row) => row[j]!))

/** LU with row exchanges: `pivots[k]` is the row that step k took, `rows[i]` the row of `a` that stands at i; `sign` that of the permutation. */
export function factorise(a: Matrix): { lu: Matrix; rows: number[]; pivots: number[]; sign: number; singular: boolean } {
  const n = a.length
  const lu = a.map((row) => [...row])
  const rows = lu.map((_, i) => i)
  const pivots = [...rows]
  let sign = 1
  let singular = false
  for (let k = 0; k < n; k++) {
    let p = k
    for (let i = k + 1; i < n; i++) if (Math.abs(lu[i]![k]!) > Math.abs(lu[p]![k]!)) p = i
    if (lu[p]![k] === 0) {
      singular = true
      continue
    }
    if (p !== k) {
      ;[lu[p], lu[k]] = [lu[k]!, lu[p]!]
      ;[rows[p], rows[k]] = [rows[k]!, rows[p]!]
      pivots[k] = p
      sign = -sign
    }
    for (let i = k + 1; i < n; i++) {
      const factor = (lu[i]![k]! /= lu[k]![k]!)
      if (factor !== 0) for (let j = k + 1; j < n; j++) lu[i]![j]! -= factor * lu[k]![j]!
    }
  }
  return { lu, rows, pivots, sign, singular }
}

/** X of A · X = B, null when A is singular. */
export function solved(a: Matrix, b: Matrix): Matrix | null {
  const { lu, rows, singular } = factorise(a)
  if (singular) return null
  const x = rows.map((r) => [...b[r]!])
  const n = a.length
  for (let c = 0; c < (b[0]?.length ?? 0); c++) {
    for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) x[i]![c]! -= lu[i]![k]! * x[k]![c]!
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i]![c]! -= lu[i]![k]! * x[k]![c]!
      x[i]![c]! /= lu[i]![i]!
    }
  }
  return x
}

/** Lower triangle L with L · Lᵀ = A; the size of the leading part that is not positive definite where there is none. */
export function cholesky(a: Matrix): Matrix | number {
  const n = a.length
  const l = zeros(n, n)
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let total = a[i]![j]!
      for (let k = 0; k < j; k++) total -= l[i]![k]! * l[j]![k]!
      if (i === j) {
        if (!(total > 0)) return j + 1
        l[i]![j] = Math.sqrt(total)
      } else l[i]![j] = total / l[j]![j]!
    }
  }
  return l
}

/** Householder QR: Q with all rows' worth of columns, R of the shape of A. The signs are LAPACK's. */
export function orthogonalised(a: Matrix): { q: Matrix; r: Matrix } {
  const n = a.length
  const m = a[0]?.length ?? 0
  const r = a.map((row) => [...row])
  const q = identity(n)
  for (let k = 0; k < Math.min(n - 1, m); k++) {
    let norm = 0
    for (let i = k; i < n; i++) norm = Math.hypot(norm, r[i]![k]!)
    if (norm === 0 || r.slice(k + 1).every((row) => row[k] === 0)) continue
    const beta = r[k]![k]! > 0 ? -norm : norm
    const v = r.map((row, i) => (i < k ? 0 : row[k]!))
    v[k]! -= beta
    const square = v.reduce((total, x) => total + x * x, 0)
    const reflect = (matrix: Matrix, columns: number) => {
      for (let j = 0; j < columns; j++) {
        let dot = 0
        for (let i = k; i < n; i++) dot += v[i]! * matrix[i]![j]!
        const scale = (2 * dot) / square
        for (let i = k; i < n; i++) matrix[i]![j]! -= scale * v[i]!
      }
    }
    reflect(r, m)
    reflect(q, n)
    for (let i = k + 1; i < n; i++) r[i]![k] = 0
  }
  return { q: transposed(q, n), r }
}

/** Eigenvalues, ascending, and eigenvectors as columns of a symmetric matrix, by cyclic Jacobi rotations. */
export function symmetricEigen(a: Matrix): { values: number[]; vectors: Matrix } {
  const n = a.length
  const s = a.map((row, i) => row.map((_, j) => (i >= j ? a[i]![j]! : a[j]![i]!)))
  const v = identity(n)
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += s[i]![j]! ** 2
    if (off < 1e-300) break
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (s[p]![q] === 0) continue
        const theta = (s[q]![q]! - s[p]![p]!) / (2 * s[p]![q]!)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const d = t * c
        for (let k = 0; k < n; k++) {
          const [x, y] = [s[k]![p]!, s[k]![q]!]
          s[k]![p] = c * x - d * y
          s[k]![q] = d * x + c * y
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [s[p]![k]!, s[q]![k]!]
          s[p]![k] = c * x - d * y
          s[q]![k] = d * x + c * y
          const [e, f] = [v[k]![p]!, v[k]![q]!]
          v[k]![p] = c * e - d * f
          v[k]![q] = d * e + c * f
        }
      }
  }
  const order = s.map((_, i) => i).sort((i, j) => s[i]![i]! - s[j]![j]!)
  return { values: order.map((i) => s[i]![i]!), vectors: v.map((row) => order.map((i) => row[i]!)) }
}

/** Thin singular values: A = U · diag(s) · Vᵀ with s descending; U and V as columns, by one-sided Jacobi rotations. */
export function singularValues(a: Matrix, columns: number): { u: Matrix; s: number[]; v: Matrix } {
  const n = a.length
  if (n < columns) {
    const turned = singularValues(transposed(a, columns), n)
    return { u: turned.v, s: turned.s, v: turned.u }
  }
  const w = transposed(a, columns)
  const v = identity(columns)
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false
    for (let p = 0; p < columns; p++)
      for (let q = p + 1; q < columns; q++) {
        const [x, y] = [w[p]!, w[q]!]
        let alpha = 0, beta = 0, gamma = 0
        for (let k = 0; k < n; k++) {
          alpha += x[k]! * x[k]!
          beta += y[k]! * y[k]!
          gamma += x[k]! * y[k]!
        }
        if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha * beta) || gamma === 0) continue
        rotated = true
        const zeta = (beta - alpha) / (2 * gamma)
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        for (const [first, second] of [[x, y], [v[p]!, v[q]!]] as const)
          for (let k = 0; k < first.length; k++) {
            const [e, f] = [first[k]!, second[k]!]
            first[k] = c * (e - t * f)
            second[k] = c * (t * e + f)
          }
      }
    if (!rotated) break
  }
  const s = w.map((column) => Math.hypot(...column))
  const order = s.map((_, i) => i).sort((i, j) => s[j]! - s[i]!)
  const left = order.map((i) => w[i]!.map((value) => (s[i] ? value / s[i]! : 0)))
  completed(left, order.map((i) => s[i]! > 0))
  return { u: transposed(left, n), s: order.map((i) => s[i]!), v: transposed(order.map((i) => v[i]!), columns) }
}

/** Fills vectors that have no direction (singular value 0) so that all stay orthonormal. */
function completed(vectors: number[][], known: readonly boolean[]): void {
  vectors.forEach((vector, i) => {
    if (known[i]) return
    for (let axis = 0; axis < vector.length; axis++) {
      const trial = vector.map((_, k) => (k === axis ? 1 : 0))
      vectors.forEach((other, j) => {
        if (j === i || (j > i && !known[j])) return
        const dot = other.reduce((total, x, k) => total + x * trial[k]!, 0)
        other.forEach((x, k) => (trial[k]! -= dot * x))
      })
      const norm = Math.hypot(...trial)
      if (norm < 1e-6) continue
      trial.forEach((x, k) => (vector[k] = x / norm))
      return
    }
  })
}
