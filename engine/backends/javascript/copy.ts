// Copies in JavaScript: memory to memory where both sides lie alike, square by square for a transpose, else as the
// elementwise kernel of the formula `x`.
import { input } from "../../ops/expr.ts"
import type { View } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"
import { collapse, evenCount, isSingle } from "../walk.ts"
import { elementwise } from "./elementwise.ts"
import { offsetsOf } from "./reduce.ts"

const same = input("x")

/** Side of a square whose lines of both sides fit into the nearest cache. */
const square = 32

/** Copies with conversion of the element type, `source` broadcast to `out`. */
export function copy(source: View, out: View): void {
  // Half precisions may hold unrounded totals, which the elementwise kernel rounds.
  const alike = source.dtype === out.dtype && (out.dtype.itemsize !== 2 || out.dtype.category !== "float")
  if (!alike || source.sizes.length !== out.sizes.length) return elementwise(same, ["x"], [source], out)
  const count = evenCount([source], out)
  if (count > 0 && (count === 1 || !isSingle(source))) {
    const from = source.storage.array
    const to = out.storage.array
    // A view of few elements costs more than copying them.
    if (count > 40) to.set(from.subarray(source.offset, source.offset + count), out.offset)
    else for (let i = 0, s = source.offset, d = out.offset; i < count; i++) to[d++] = from[s++]!
    return
  }
  const { inner, innerSteps, outer, outerSteps } = collapse(out.sizes, [out, source])
  if (source.storage.isSame(out.storage)) return elementwise(same, ["x"], [source], out)
  const from = source.storage.array
  const to = out.storage.array
  if (outer.length === 1 && inner >= square && outer[0]! >= square && innerSteps[1] !== 1)
    return turned(from, source.offset, outerSteps[0]![1]!, innerSteps[1]!, to, out.offset, outerSteps[0]![0]!, innerSteps[0]!, outer[0]!, inner)
  if (inner >= square && innerSteps[0] === 1 && innerSteps[1] === 1) {
    const [starts, ends] = [1, 0].map((v) => offsetsOf(outer, outerSteps.map((steps) => steps[v]!))) as [Int32Array, Int32Array]
    for (let i = 0; i < starts.length; i++) to.set(from.subarray(source.offset + starts[i]!, source.offset + starts[i]! + inner), out.offset + ends[i]!)
    return
  }
  elementwise(same, ["x"], [source], out)
}

/** `rows` × `columns` elements whose steps differ between the two: in squares, so that neither side leaves the cache. */
function turned(from: TypedArray, fromAt: number, fromDown: number, fromRight: number, to: TypedArray, toAt: number, toDown: number, toRight: number, rows: number, columns: number): void {
  for (let top = 0; top < rows; top += square) {
    const bottom = Math.min(rows, top + square)
    for (let left = 0; left < columns; left += square) {
      const right = Math.min(columns, left + square)
      for (let r = top; r < bottom; r++) {
        let s = fromAt + r * fromDown + left * fromRight
        let d = toAt + r * toDown + left * toRight
        for (let c = left; c < right; c++, s += fromRight, d += toRight) to[d] = from[s]!
      }
    }
  }
}
