// Broadcasting: which shape tensors meet in.
import { faults } from "./faults.ts"

/** The common shape of two; sizes must be equal or 1, aligned at the last dimension. Throws RuntimeError naming both. */
export function broadcastTwo(a: readonly number[], b: readonly number[], what: string): readonly number[] {
  if (a.length === b.length) {
    let same = true
    for (let i = 0; i < a.length; i++)
      if (a[i] !== b[i]) {
        same = false
        break
      }
    if (same) return a
  }
  const rank = Math.max(a.length, b.length)
  const shape = new Array<number>(rank)
  for (let d = 1; d <= rank; d++) {
    const x = d <= a.length ? a[a.length - d]! : 1
    const y = d <= b.length ? b[b.length - d]! : 1
    if (x !== y && x !== 1 && y !== 1) throw faults.broadcast(what, a, b, rank - d)
    shape[rank - d] = x === 1 ? y : x
  }
  return shape
}

export function broadcastShapes(shapes: readonly (readonly number[])[], what: string): readonly number[] {
  let shape = shapes[0] ?? []
  for (let i = 1; i < shapes.length; i++) shape = broadcastTwo(shape, shapes[i]!, what)
  return shape
}
