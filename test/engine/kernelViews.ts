// Views of memory for the tests that compare kernels: any shape, any order of dimensions, numbers the same in every run.
import type { View } from "../../engine/backends/backend.ts"
import { float32, int64, type DType } from "../../engine/backends/dtype.ts"
import { javascript } from "../../engine/backends/javascript/index.ts"

/** Whole numbers below `limit`, the same in every run (Park & Miller 1988). */
export function numbersFrom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 48271) % 2147483647
    return state % limit
  }
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Elements between −1 and 1 with some in front; `order` names the dimensions from the slowest to the fastest in memory. */
export function made(draw: (limit: number) => number, sizes: readonly number[], order: readonly number[], dtype: DType = float32): View {
  const offset = draw(4)
  const storage = javascript.allocate(product(sizes) + offset, dtype)
  for (let i = 0; i < storage.array.length; i++) storage.array[i] = dtype === int64 ? draw(20) - 10 : draw(2001) / 1000 - 1
  const strides = sizes.map(() => 0)
  let step = 1
  for (const d of [...order].reverse()) {
    strides[d] = step
    step *= sizes[d]!
  }
  return { storage, offset, sizes, strides, dtype }
}
