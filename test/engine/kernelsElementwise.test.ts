// Elementwise kernels against each other: what WebAssembly computes is what JavaScript computes, for any shapes that broadcast,
// any order in memory, with numbers among the operands and with the result in the place of an operand.
import { afterAll, describe, expect, test } from "vitest"
import type { Operand, View } from "../../engine/backends/backend.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { javascript } from "../../engine/backends/javascript/index.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { elementwiseFast } from "../../engine/backends/wasm/elementwise.ts"
import { add, exp, input, mul, sub } from "../../engine/ops/expr.ts"
import { made, numbersFrom, product } from "./kernelViews.ts"
import "./crewHere.ts"

afterAll(() => useKernels("relaxed"))

const names = ["a", "b", "c"]
const formula = add(mul(input("a"), exp(mul(input("b"), 0.5))), sub(input("c"), 1))
const sizes = [1, 2, 3, 7, 16, 33, 50, 130, 700]

function worst(want: View, got: View): number {
  let most = 0
  for (let i = 0; i < want.storage.array.length; i++) {
    const gap = Math.abs(want.storage.array[i]! - got.storage.array[i]!) / Math.max(1, Math.abs(want.storage.array[i]!))
    most = Math.max(most, gap === gap ? gap : Infinity)
  }
  return most
}

const copyOf = (view: View): View => {
  const storage = javascript.allocate(view.storage.array.length, view.dtype)
  storage.array.set(view.storage.array)
  return { ...view, storage }
}

function shuffled(draw: (limit: number) => number, rank: number): number[] {
  const order = Array.from({ length: rank }, (_, d) => d)
  for (let i = rank - 1; i > 0 && draw(2); i--) {
    const j = draw(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

test("200 copies of random shapes, broadcasts and orders in memory have every element", () => {
  const draw = numbersFrom(53)
  const gaps = Array.from({ length: 200 }, () => {
    const shape = Array.from({ length: 1 + draw(4) }, () => sizes[draw(sizes.length)]!)
    while (product(shape) > 60_000) shape.pop()
    const own = shape.map((size) => (draw(4) ? size : 1))
    const source = made(draw, own, shuffled(draw, own.length))
    const want = made(draw, shape, shuffled(draw, shape.length))
    const got = copyOf(want)
    javascript.elementwise(input("x"), ["x"], [source], want)
    javascript.copy(source, got)
    return worst(want, got)
  })
  expect(Math.max(...gaps)).toBe(0)
})

describe.skipIf(!available).each<Kernels>(["relaxed", "wasm", "threads"])("elementwise kernels in WebAssembly (%s)", (which) => {
  test("200 calls of random shapes, strides and broadcasts are JavaScript's", () => {
    useKernels(which)
    const draw = numbersFrom(37)
    const gaps = Array.from({ length: 200 }, () => {
      const shape = Array.from({ length: 1 + draw(4) }, () => sizes[draw(sizes.length)]!)
      while (product(shape) > 60_000) shape.pop()
      const operands = names.map((): Operand => {
        if (draw(5) === 0) return draw(100) / 50 - 1
        const own = shape.map((size) => (draw(4) ? size : 1)).slice(draw(3) ? 0 : draw(shape.length))
        return made(draw, own, shuffled(draw, own.length))
      })
      const want = made(draw, shape, shuffled(draw, shape.length))
      const got = copyOf(want)
      javascript.elementwise(formula, names, operands, want)
      return elementwiseFast(formula, names, operands, got, 1) ? worst(want, got) : Infinity
    })
    expect(Math.max(...gaps)).toBeLessThan(1e-6)
  })

  test("the result may take an operand's place", () => {
    useKernels(which)
    const draw = numbersFrom(43)
    const [a, b] = [made(draw, [90, 130], [0, 1]), made(draw, [130], [0])]
    const [want, got] = [copyOf(a), copyOf(a)]
    javascript.elementwise(formula, names, [want, b, 2], want)
    elementwiseFast(formula, names, [got, b, 2], got, 1)
    expect(worst(want, got)).toBeLessThan(1e-6)
  })
})
