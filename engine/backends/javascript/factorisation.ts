// The kernel that runs a factorisation on each matrix of a batch.
import type { Dense, Kernel } from "../backend.ts"
import { cholesky, factorise, orthogonalised, singularValues, solved, symmetricEigen, type Matrix } from "./linearAlgebra.ts"

export interface FactorisationOptions {
  readonly how: "solve" | "cholesky" | "qr" | "eigh" | "svd" | "determinant" | "lu" | "luFactor"
  /** Square factors of the singular value decomposition. */
  readonly complete: boolean
  /** Filled with what went wrong. */
  readonly failure: { text: string | null }
}

function matrixAt(view: Dense, index: number): Matrix {
  const [n, m] = view.shape.slice(-2) as [number, number]
  const from = view.offset + index * n * m
  return Array.from({ length: n }, (_, i) => Array.from(view.array.subarray(from + i * m, from + (i + 1) * m) as ArrayLike<number>))
}

/** Writes rows (or one value) into the part of `view` that belongs to a matrix of the batch. */
function write(view: Dense, index: number, values: readonly number[], perMatrix: number): void {
  for (let i = 0; i < perMatrix; i++) view.array[view.offset + index * perMatrix + i] = values[i]!
}

export const factorisation: Kernel<FactorisationOptions> = (inputs, outputs, { how, complete, failure }) => {
  const A = inputs[0]!
  const m = A.shape[A.shape.length - 1]!
  const count = A.shape.slice(0, -2).reduce((product, size) => product * size, 1)
  const sizes = outputs.map((one) => one.shape.slice(A.shape.length - 2).reduce((product, size) => product * size, 1))
  for (let index = 0; index < count; index++) {
    const a = matrixAt(A, index)
    const results = run(how, a, m, complete, inputs, index, outputs)
    if (typeof results === "string") {
      failure.text = results
      return
    }
    results.forEach((values, k) => write(outputs[k]!, index, values, sizes[k]!))
  }
}

function run(how: FactorisationOptions["how"], a: Matrix, columns: number, complete: boolean, inputs: readonly Dense[], index: number, outputs: readonly Dense[]): number[][] | string {
  switch (how) {
    case "solve": {
      const x = solved(a, matrixAt(inputs[1]!, index))
      return x ? [x.flat()] : "The matrix is singular: its rows depend on one another."
    }
    case "cholesky": {
      const l = cholesky(a)
      return typeof l === "number" ? `The matrix is not positive definite: its leading part of ${l} rows is not.` : [l.flat()]
    }
    case "determinant": {
      const { lu, sign } = factorise(a)
      return [[lu.reduce((product, row, i) => product * row[i]!, sign)]]
    }
    case "lu": {
      const { lu, sign } = factorise(a)
      const diagonal = lu.map((row, i) => row[i]!)
      return [[diagonal.reduce((s, x) => s * Math.sign(x), sign)], [diagonal.reduce((total, x) => total + Math.log(Math.abs(x)), 0)]]
    }
    case "luFactor": {
      const { lu, pivots } = factorise(a)
      return [lu.flat(), pivots.map((row) => row + 1)]
    }
    case "qr": {
      const { q, r } = orthogonalised(a)
      const k = outputs[0]!.shape[outputs[0]!.shape.length - 1]!
      return [q.map((row) => row.slice(0, k)).flat(), r.slice(0, k).flat()]
    }
    case "eigh": {
      const { values, vectors } = symmetricEigen(a)
      return [values, vectors.flat()]
    }
    case "svd": {
      const { u, s, v } = singularValues(a, columns)
      const transposed = (x: Matrix, k: number): Matrix => Array.from({ length: k }, (_, j) => x.map((row) => row[j]!))
      const vh = transposed(v, s.length)
      return [(complete ? widened(u, a.length) : u).flat(), s, (complete ? transposed(widened(v, columns), columns) : vh).flat()]
    }
  }
}

/** Orthonormal columns completed to a square matrix. */
function widened(columns: Matrix, n: number): Matrix {
  const k = columns[0]?.length ?? 0
  if (k === n) return columns
  const { q } = orthogonalised(columns)
  return q.map((row, i) => row.map((value, j) => (j < k ? columns[i]![j]! : value)))
}
