// The two inner loops of a matrix product, written as WebAssembly instructions. Apart from matmul.ts, which brings
// the numbers into place, because this file knows registers and that one knows shapes.
import { plain, type ValueType } from "./encoder.ts"
import { empty, finished, LoopCode } from "./loops.ts"

/** Columns of a tile: two vectors. */
export const tileColumns = 8

/**
 * `run(a, rowA, stepA, tileA, b, stepB, nextB, depth, c, strideC, rowTiles, columnTiles, add)`, all in bytes but the last three.
 * Rows of `a` are `rowA` apart, its numbers for the next k `stepA`, the next tile's rows `tileA`: it may lie any way.
 * The eight numbers of `b` for the next k are `stepB` on, those of the next eight columns `nextB`: packed, or row by row.
 * `depth` is k · stepB. Rows of the result are `strideC` apart; with `add` the product is added to what is there.
 * One tile of the result stays in registers for all of k. Unrolling over k makes V8 spill them: measured, 20 % slower.
 */
export function tilesModule(rows: number, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const takes = new Array<ValueType>(13).fill("i32")
  const [a, rowA, stepA, tileA, b, stepB, nextB, depth, c, strideC, rowTiles, columnTiles, add] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const
  const l = new LoopCode(takes.length, relaxed)
  const fromA = l.several(rows, "i32")
  const [tile, fromB, endB, to, left, row] = l.several(6, "i32") as [number, number, number, number, number, number]
  const totals = l.several(2 * rows, "v128")
  const [b0, b1, x] = l.several(3, "v128") as [number, number, number]
  l.repeat(() => {
    l.copy(a, tile).copy(c, to).copy(rowTiles, left)
    l.copy(b, endB).move(endB, { local: depth })
    l.repeat(() => {
      l.copy(b, fromB)
      fromA.forEach((one, i) => (i === 0 ? l.copy(tile, one) : l.copy(fromA[i - 1]!, one).move(one, { local: rowA })))
      for (const total of totals) l.zero(total)
      l.repeat(() => {
        l.load(fromB, 0).set(b0).load(fromB, 16).set(b1)
        for (let i = 0; i < rows; i++) {
          l.splat(fromA[i]!, 0).set(x).move(fromA[i]!, { local: stepA })
          l.accumulate(totals[2 * i]!, x, b0).accumulate(totals[2 * i + 1]!, x, b1)
        }
        l.move(fromB, { local: stepB }).differ(fromB, endB)
      })
      l.body.byte(plain.block, empty)
      l.get(add).body.byte(plain["i32.eqz"], plain.br_if, 0)
      l.copy(to, row)
      for (let i = 0; i < rows; i++) {
        for (const half of [0, 1]) l.get(totals[2 * i + half]!).load(row, 16 * half).op("f32x4.add").set(totals[2 * i + half]!)
        l.move(row, { local: strideC })
      }
      l.body.byte(plain.end)
      for (let i = 0; i < rows; i++) {
        for (const half of [0, 1]) l.get(to).get(totals[2 * i + half]!).op("v128.store", 2, 16 * half)
        l.move(to, { local: strideC })
      }
      l.move(tile, { local: tileA }).countDown(left)
    })
    l.move(b, { local: nextB }).move(c, 4 * tileColumns).countDown(columnTiles)
  })
  return finished(l, takes)
}

/** Rows of the first matrix and of the second that the dot kernel takes at once. */
export const dotRows = 4
export const dotColumns = 2

/**
 * `run(a, b, c, rowTiles, columnTiles, k, strideA, strideB, strideC)`: rows times rows, nothing packed, for products
 * that read each number too seldom to pay for packing. `k` is in bytes and a multiple of 16, strides are in bytes.
 * Each result is four partial sums, 16 bytes, for the caller to add up in float64.
 */
export function dotsModule(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const takes = new Array<ValueType>(9).fill("i32")
  const [a, b, c, rowTiles, columnTiles, k, strideA, strideB, strideC] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
  const l = new LoopCode(takes.length, relaxed)
  const from = l.several(dotRows, "i32")
  const others = l.several(dotColumns, "i32")
  const [next, to, end, left, row] = l.several(5, "i32") as [number, number, number, number, number]
  const totals = l.several(dotRows * dotColumns, "v128")
  const y = l.several(dotColumns, "v128")
  const x = l.local("v128")
  l.repeat(() => {
    l.copy(b, next).copy(c, to).copy(columnTiles, left)
    l.repeat(() => {
      from.forEach((one, i) => (i === 0 ? l.copy(a, one) : l.copy(from[i - 1]!, one).move(one, { local: strideA })))
      others.forEach((one) => l.copy(next, one).move(next, { local: strideB }))
      l.copy(from[0]!, end).move(end, { local: k })
      for (const total of totals) l.zero(total)
      l.repeat(() => {
        others.forEach((one, j) => l.load(one, 0).set(y[j]!).move(one, 16))
        from.forEach((one, i) => {
          l.load(one, 0).set(x).move(one, 16)
          y.forEach((other, j) => l.accumulate(totals[dotColumns * i + j]!, x, other))
        })
        l.differ(from[0]!, end)
      })
      l.copy(to, row)
      for (let i = 0; i < dotRows; i++) {
        for (let j = 0; j < dotColumns; j++) l.get(row).get(totals[dotColumns * i + j]!).op("v128.store", 2, 16 * j)
        l.move(row, { local: strideC })
      }
      l.move(to, 16 * dotColumns).countDown(left)
    })
    for (let i = 0; i < dotRows; i++) l.move(a, { local: strideA }).move(c, { local: strideC })
    l.countDown(rowTiles)
  })
  return finished(l, takes)
}
