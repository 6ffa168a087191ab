// Reductions of the processor's kernels against each other: what WebAssembly folds is what JavaScript folds in float64,
// whatever the shape, the order in memory and the dimensions.
import { afterAll, describe, expect, test } from "vitest"
import type { ReduceSpec, View } from "../../engine/backends/backend.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { float32 } from "../../engine/backends/dtype.ts"
import { javascript } from "../../engine/backends/javascript/index.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { reduceFast } from "../../engine/backends/wasm/reduce.ts"
import { add, div, exp, input, maximum, minimum, mul, square } from "../../engine/ops/expr.ts"
import { made, numbersFrom, product } from "./kernelViews.ts"
import "./crewHere.ts"

afterAll(() => useKernels("relaxed"))

const [total, x, count] = [input("total"), input("x"), input("count")]
const specs: readonly (readonly [string, ReduceSpec])[] = [
  ["sums", { start: 0, step: add(total, x) }],
  ["means", { start: 0, step: add(total, x), finish: div(total, count) }],
  ["sums of squares", { start: 0, step: add(total, square(x)) }],
  ["products", { start: 1, step: mul(total, exp(mul(x, 0.01))) }],
  ["largest", { start: -Infinity, step: maximum(total, x) }],
  ["smallest", { start: Infinity, step: minimum(total, x) }],
]
const sizes = [1, 2, 3, 5, 8, 9, 17, 33, 64, 130]

function shuffled(draw: (limit: number) => number, rank: number): number[] {
  const order = Array.from({ length: rank }, (_, d) => d)
  for (let i = rank - 1; i > 0; i--) {
    const j = draw(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** The greatest difference of both kernels' results over some dimensions, relative to what rounding may do to so long a fold; null where WebAssembly leaves them to JavaScript. */
function difference(spec: ReduceSpec, source: View, dims: readonly number[]): number | null {
  const kept = source.sizes.map((size, d) => (dims.includes(d) ? 1 : size))
  const outOf = (): View => made(numbersFrom(3), kept, kept.map((_, d) => d))
  const [want, got] = [outOf(), outOf()]
  javascript.reduce(spec, source, want, dims)
  if (!reduceFast(spec, source, got, dims)) return null
  const long = Math.sqrt(product(source.sizes) / product(kept))
  let worst = 0
  for (let i = want.offset; i < want.offset + product(kept); i++) {
    const [a, b] = [want.storage.array[i]!, got.storage.array[i]!]
    const gap = Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a)) / long
    worst = Math.max(worst, gap === gap ? gap : Infinity)
  }
  return worst
}

describe.skipIf(!available).each<Kernels>(["relaxed", "wasm", "threads"])("reductions in WebAssembly (%s)", (which) => {
  test.each(specs)("%s over random dimensions are JavaScript's", (_, spec) => {
    useKernels(which)
    const draw = numbersFrom(23)
    const found = Array.from({ length: 120 }, () => {
      const shape = Array.from({ length: 1 + draw(4) }, () => sizes[draw(sizes.length)]!)
      while (product(shape) > 40_000) shape.pop()
      const source = made(draw, shape, draw(3) ? shape.map((__, d) => d) : shuffled(draw, shape.length))
      const dims = shape.map((__, d) => d).filter(() => draw(2) === 1)
      return difference(spec, source, dims.length ? dims : [shape.length - 1])
    }).filter((gap) => gap !== null)
    expect(found.length > 40 && found.every((gap) => gap < 2e-6)).toBe(true)
  })

  test("rows longer than a block, and many of them, are JavaScript's", () => {
    useKernels(which)
    const draw = numbersFrom(29)
    const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [[[40_001], [0]], [[3, 20_003], [1]], [[3, 20_003], [0]], [[700, 70], [0]], [[9, 5000], [0]], [[2, 3, 6000], [0, 2]]]
    expect(shapes.map(([shape, dims]) => difference(specs[1]![1], made(draw, shape, shape.map((_, d) => d)), dims)! < 3e-6)).toEqual(shapes.map(() => true))
  })

  test("nan is the sum and the largest of what holds it, and of nothing else", () => {
    useKernels(which)
    const source = made(numbersFrom(31), [40, 70], [0, 1], float32)
    source.storage.array[source.offset + 70 * 5 + 69] = NaN
    expect([0, 1].flatMap((dim) => [specs[0]!, specs[4]!].map(([, spec]) => difference(spec, source, [dim])! < 3e-6))).toEqual([true, true, true, true])
  })
})
