// The processor's kernels against each other: what WebAssembly multiplies, with fused multiply-add and without, is what
// JavaScript multiplies in float64, whatever the shapes and strides.
import { afterAll, describe, expect, test } from "vitest"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { cpuBackend } from "../../engine/backends/cpu.ts"
import { float32, float64, int64, type DType } from "../../engine/backends/dtype.ts"
import { javascript } from "../../engine/backends/javascript/index.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { matmul } from "../../engine/backends/wasm/matmul.ts"
import { made, numbersFrom } from "./kernelViews.ts"
import "./crewHere.ts"

afterAll(() => useKernels("relaxed"))

const forwards = (rank: number): number[] => Array.from({ length: rank }, (_, d) => d)
const turned = (rank: number): number[] => [...forwards(rank - 2), rank - 1, rank - 2]

interface Case {
  readonly batch: readonly number[]
  readonly n: number
  readonly k: number
  readonly m: number
}

/** The greatest difference between the two, relative to what rounding may do to so long a sum. */
function difference(multiply: typeof matmul, { batch, n, k, m }: Case, draw: (limit: number) => number, dtype: DType = float32): number {
  const order = (rank: number): number[] => (draw(2) ? forwards(rank) : turned(rank))
  const rank = batch.length + 2
  const a = made(draw, [...batch, n, k], order(rank), dtype)
  const shared = draw(2) === 1
  const b = made(draw, [...(shared ? [] : batch), k, m], order(shared ? 2 : rank), dtype)
  const want = made(draw, [...batch, n, m], order(rank), dtype)
  const got = { ...want, storage: javascript.allocate(want.storage.array.length, dtype) }
  for (let i = 0; i < want.offset; i++) got.storage.array[i] = want.storage.array[i]!
  javascript.matmul(a, b, want)
  multiply(a, b, got)
  let worst = 0
  for (let i = 0; i < want.storage.array.length; i++) {
    const gap = Math.abs(want.storage.array[i]! - got.storage.array[i]!)
    worst = Math.max(worst, gap === gap ? gap : Infinity)
  }
  return worst / Math.sqrt(k + 1)
}

const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 31, 33, 64, 97, 130]

describe.skipIf(!available).each<Kernels>(["relaxed", "wasm", "threads"])("matrix products in WebAssembly (%s)", (which) => {
  test("300 products of random shapes, strides and batches are JavaScript's", () => {
    useKernels(which)
    const draw = numbersFrom(7)
    const pick = (): number => lengths[draw(lengths.length)]!
    let worst = 0
    for (let i = 0; i < 300; i++) worst = Math.max(worst, difference(matmul, { batch: [[], [3], [2, 2]][draw(3)]!, n: pick(), k: pick() * (1 + draw(6)), m: pick() }, draw))
    expect(worst).toBeLessThan(2e-6)
  })

  test.each<Case>([
    { batch: [], n: 3, k: 9001, m: 40 },
    { batch: [], n: 40, k: 9001, m: 3 },
    { batch: [], n: 20, k: 33000, m: 20 },
    { batch: [], n: 5, k: 40, m: 9000 },
    { batch: [], n: 9000, k: 40, m: 5 },
    { batch: [], n: 200, k: 300, m: 1100 },
    { batch: [], n: 4, k: 512, m: 4608 },
  ])("$n × $k × $m, longer than a block, in all orders of memory", (one) => {
    useKernels(which)
    const draw = numbersFrom(11)
    const worst = Array.from({ length: 6 }, () => difference(matmul, one, draw))
    expect(Math.max(...worst)).toBeLessThan(2e-6)
  })

  test("nan and infinity stay in their rows and columns", () => {
    useKernels(which)
    const draw = numbersFrom(13)
    const a = made(draw, [20, 30], [0, 1])
    const b = made(draw, [30, 21], [0, 1])
    a.storage.array[a.offset + 30 * 4] = NaN
    b.storage.array[b.offset + 7] = Infinity
    const out = made(draw, [20, 21], [0, 1])
    matmul(a, b, out)
    const strange = Array.from(out.storage.array.subarray(out.offset)).flatMap((value, i) => (Number.isFinite(value) ? [] : [[Math.floor(i / 21), i % 21]]))
    expect(strange.every(([row, column]) => row === 4 || column === 7) && strange.length === 20 + 21 - 1).toBe(true)
  })
})

describe.each<Kernels>(["javascript", "wasm", "relaxed", "threads"])("the processor's backend with %s kernels", (which) => {
  test.each<Case>([
    { batch: [], n: 0, k: 50, m: 300 },
    { batch: [], n: 50, k: 0, m: 300 },
    { batch: [], n: 300, k: 50, m: 0 },
    { batch: [0], n: 40, k: 40, m: 40 },
    { batch: [2], n: 40, k: 40, m: 1 },
  ])("multiplies $batch × $n × $k × $m", (one) => {
    useKernels(which)
    expect(difference(cpuBackend.matmul, one, numbersFrom(17))).toBeLessThan(2e-6)
  })

  test("doubles and whole numbers stay exact", () => {
    useKernels(which)
    const one: Case = { batch: [], n: 30, k: 40, m: 50 }
    expect([float64, int64].map((dtype) => difference(cpuBackend.matmul, one, numbersFrom(19), dtype))).toEqual([0, 0])
  })
})
