// A copy into the transpose in WebAssembly puts every number where JavaScript's puts it, and leaves alone what lies between.
import { expect, test } from "vitest"
import { javascript } from "../../engine/backends/javascript/index.ts"
import { float32 } from "../../engine/backends/dtype.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { turnFast } from "../../engine/backends/wasm/turn.ts"
import { made, numbersFrom } from "./kernelViews.ts"

const shapes = [[64, 64], [33, 130], [1030, 37], [37, 2100], [3, 70, 41], [2, 3, 40, 50], [32, 40, 64], [1025, 1027]]

test.skipIf(!available).each(shapes.map((shape) => [shape]))("%j, across to its transpose", (shape) => {
  const draw = numbersFrom(53)
  const straight = shape.map((_, d) => d)
  const across = [...straight.slice(0, -2), shape.length - 1, shape.length - 2]
  const source = made(draw, shape, across, float32)
  const want = made(draw, shape, straight, float32)
  const got = { ...want, storage: javascript.allocate(want.storage.array.length, float32) }
  for (let i = 0; i < want.storage.array.length; i++) got.storage.array[i] = want.storage.array[i]!
  source.storage.array[source.offset + 5] = NaN
  source.storage.array[source.offset + 6] = -0
  javascript.copy(source, want)
  expect(turnFast(source, got)).toBe(true)
  expect(want.storage.array.every((value, i) => Object.is(value, got.storage.array[i]))).toBe(true)
})

test.skipIf(!available)("what lies alike, or is small, is left to the other copies", () => {
  const draw = numbersFrom(59)
  const pairs = [[[64, 64], [0, 1], [0, 1]], [[16, 300], [1, 0], [0, 1]], [[30, 30], [1, 0], [0, 1]]] as const
  expect(pairs.map(([shape, from, to]) => turnFast(made(draw, shape, from, float32), made(draw, shape, to, float32)))).toEqual([false, false, false])
})
