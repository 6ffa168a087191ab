// Small arrays are cut from common sheets of memory: none sees another's elements, and each begins with zeros.
import { expect, test } from "vitest"
import { dtypes, widenFloats } from "../../engine/backends/dtype.ts"
import { zeroed } from "../../engine/backends/javascript/memory.ts"
import { numbersFrom } from "./kernelViews.ts"

test.each([false, true])("ten thousand arrays of every type share no element, floats in doubles: %s", (wide) => {
  widenFloats(wide)
  const draw = numbersFrom(17)
  const arrays = Array.from({ length: 10_000 }, (_, i) => {
    const dtype = dtypes[i % dtypes.length]!
    const count = draw(300)
    const array = zeroed(count, dtype)
    const isNew = array instanceof dtype.array && array.length === count && array.every((one) => one === 0)
    array.fill((i % 100) + 1)
    return { array, isNew, number: (i % 100) + 1 }
  })
  widenFloats(false)
  expect(arrays.filter(({ array, isNew, number }) => !isNew || !array.every((one) => one === number))).toEqual([])
})
