// Matrix product in JavaScript, batched and broadcast, with any strides.
import type { View } from "../backend.ts"
import { offsetsOf } from "./reduce.ts"

/** `out[…, n, m] = Σ_k a[…, n, k] · b[…, k, m]`; totals in float64. Batch dimensions broadcast. */
export function matmul(a: View, b: View, out: View): void {
  const rank = out.sizes.length
  const batch = out.sizes.slice(0, rank - 2)
  const aBatch = offsetsOf(batch, batchStrides(a, batch))
  const bBatch = offsetsOf(batch, batchStrides(b, batch))
  const outBatch = offsetsOf(batch, out.strides.slice(0, rank - 2))
  for (let i = 0; i < outBatch.length; i++) {
    product(a, a.offset + aBatch[i]!, b, b.offset + bBatch[i]!, out, out.offset + outBatch[i]!)
  }
}

/** Strides of a factor's batch dimensions, 0 where they are broadcast to `batch`. */
export function batchStrides(view: View, batch: readonly number[]): number[] {
  return batch.map((_, d) => {
    const own = d - (batch.length - (view.sizes.length - 2))
    return own < 0 || view.sizes[own] === 1 ? 0 : view.strides[own]!
  })
}

/** One product: four columns at a time, so that each element of `a` is read once for four results. */
function product(a: View, aAt: number, b: View, bAt: number, out: View, outAt: number): void {
  const [n, k] = a.sizes.slice(-2) as [number, number]
  const m = b.sizes[b.sizes.length - 1]!
  const [an, ak] = a.strides.slice(-2) as [number, number]
  const [bk, bm] = b.strides.slice(-2) as [number, number]
  const [on, om] = out.strides.slice(-2) as [number, number]
  const x = a.storage.array
  const y = b.storage.array
  const z = out.storage.array
  const whole = out.dtype.category !== "float"
  for (let i = 0; i < n; i++) {
    const row = aAt + i * an
    let j = 0
    for (; j + 4 <= m; j += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0
      let p = row
      let q = bAt + j * bm
      for (let t = 0; t < k; t++, p += ak, q += bk) {
        const v = x[p]!
        s0 += v * y[q]!
        s1 += v * y[q + bm]!
        s2 += v * y[q + 2 * bm]!
        s3 += v * y[q + 3 * bm]!
      }
      const o = outAt + i * on + j * om
      z[o] = s0
      z[o + om] = s1
      z[o + 2 * om] = s2
      z[o + 3 * om] = s3
    }
    for (; j < m; j++) {
      let total = 0
      let p = row
      let q = bAt + j * bm
      for (let t = 0; t < k; t++, p += ak, q += bk) total += x[p]! * y[q]!
      z[outAt + i * on + j * om] = whole ? Math.trunc(total) : total
    }
  }
}
