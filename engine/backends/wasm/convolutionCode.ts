// The inner loops of a convolution, written as WebAssembly instructions. They read an image that lies in the memory
// with its padding (see laid.ts): a table says where each tap looks from the first place, and the next place is the
// next element, so that no matrix of patches is ever made.
import { plain } from "./encoder.ts"
import { addresses, finished, LoopCode } from "./loops.ts"
import { tileColumns } from "./matmulCode.ts"

/**
 * `run(a, rowA, tileA, b, table, depth, c, strideC, rowTiles, columnTiles, add)`: rows of `a` times what the taps see.
 * Rows of `a` are `rowA` bytes apart, tiles of them `tileA`. `table` has `depth` / 4 whole numbers: where each tap
 * looks, in bytes from `b`. With `add` the product is added to what is there.
 */
export function windowTilesModule(rows: number, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const takes = addresses(11)
  const [a, rowA, tileA, b, table, depth, c, strideC, rowTiles, columnTiles, add] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const
  const l = new LoopCode(takes.length, relaxed)
  const fromA = l.several(rows, "i32")
  const [tile, tap, last, look, to, left, row] = l.several(7, "i32") as [number, number, number, number, number, number, number]
  const totals = l.several(2 * rows, "v128")
  const [b0, b1, x] = l.several(3, "v128") as [number, number, number]
  l.copy(table, last).move(last, { local: depth })
  l.repeat(() => {
    l.copy(a, tile).copy(c, to).copy(rowTiles, left)
    l.repeat(() => {
      l.copy(table, tap)
      fromA.forEach((one, i) => (i === 0 ? l.copy(tile, one) : l.copy(fromA[i - 1]!, one).move(one, { local: rowA })))
      for (const total of totals) l.zero(total)
      l.repeat(() => {
        l.look(b, tap, look).load(look, 0).set(b0).load(look, 16).set(b1)
        for (let i = 0; i < rows; i++) {
          l.splat(fromA[i]!, 0).set(x).move(fromA[i]!, 4)
          l.accumulate(totals[2 * i]!, x, b0).accumulate(totals[2 * i + 1]!, x, b1)
        }
        l.move(tap, 4).differ(tap, last)
      })
      const inRows = (body: (at: number, half: number) => void): void => {
        l.copy(to, row)
        for (let i = 0; i < rows; i++) {
          for (const half of [0, 1]) body(2 * i + half, 16 * half)
          l.move(row, { local: strideC })
        }
      }
      l.when(() => l.get(add), () => inRows((i, at) => l.get(totals[i]!).load(row, at).op("f32x4.add").set(totals[i]!)))
      inRows((i, at) => l.get(row).get(totals[i]!).op("v128.store", 2, at))
      l.move(tile, { local: tileA }).copy(row, to).countDown(left)
    })
    l.move(b, 4 * tileColumns).move(c, 4 * tileColumns).countDown(columnTiles)
  })
  return finished(l, takes)
}

/** Columns that the kernel of the filters' gradient takes at once. */
export const seenColumns = 2

/**
 * `run(a, rowA, b, table, c, strideC, rowTiles, columnTiles, depth)`: rows of `a` times the image as each tap sees it, both running along the
 * places: `c[row, tap] += Σ a[row, place] · b[table[tap] + place]`. `depth` is in bytes and a multiple of 16.
 */
export function seenDotsModule(rows: number, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const takes = addresses(9)
  const [a, rowA, b, table, c, strideC, rowTiles, columnTiles, depth] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
  const l = new LoopCode(takes.length, relaxed)
  const from = l.several(rows, "i32")
  const seen = l.several(seenColumns, "i32")
  const [tap, to, end, left, row] = l.several(5, "i32") as [number, number, number, number, number]
  const totals = l.several(rows * seenColumns, "v128")
  const y = l.several(seenColumns, "v128")
  const x = l.local("v128")
  l.repeat(() => {
    l.copy(table, tap).copy(c, to).copy(columnTiles, left)
    l.repeat(() => {
      from.forEach((one, i) => (i === 0 ? l.copy(a, one) : l.copy(from[i - 1]!, one).move(one, { local: rowA })))
      seen.forEach((one) => l.look(b, tap, one).move(tap, 4))
      l.copy(a, end).move(end, { local: depth })
      for (const total of totals) l.zero(total)
      l.repeat(() => {
        seen.forEach((one, j) => l.load(one, 0).set(y[j]!).move(one, 16))
        from.forEach((one, i) => {
          l.load(one, 0).set(x).move(one, 16)
          y.forEach((other, j) => l.accumulate(totals[seenColumns * i + j]!, x, other))
        })
        l.differ(from[0]!, end)
      })
      l.copy(to, row)
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < seenColumns; j++) {
          l.get(row).get(row).body.byte(plain["f32.load"], 2, 4 * j)
          l.laneSum(totals[seenColumns * i + j]!).body.byte(plain["f32.add"], plain["f32.store"], 2, 4 * j)
        }
        l.move(row, { local: strideC })
      }
      l.move(to, 4 * seenColumns).countDown(left)
    })
    for (let i = 0; i < rows; i++) l.move(a, { local: rowA }).move(c, { local: strideC })
    l.countDown(rowTiles)
  })
  return finished(l, takes)
}

/**
 * `run(to, planeTo, rowTo, stepTo, from, planeFrom, rowFrom, stepFrom, planes, rows, width, bias, stepBias)`: moves rows of planes to where they
 * are elsewhere in the memory, any distances apart, with the number at `bias` added to each plane. All but counts in bytes.
 */
export function planesModule(): Uint8Array<ArrayBuffer> {
  const takes = addresses(13)
  const [to, planeTo, rowTo, stepTo, from, planeFrom, rowFrom, stepFrom, planes, rows, width, bias, stepBias] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const
  const l = new LoopCode(takes.length, false)
  const [lineTo, lineFrom, at, source, downwards, left] = l.several(6, "i32") as [number, number, number, number, number, number]
  const plus = l.local("v128")
  const close = (step: number): LoopCode => {
    l.get(step).body.byte(plain["i32.const"], 4, plain["i32.eq"])
    return l
  }
  l.repeat(() => {
    l.copy(to, lineTo).copy(from, lineFrom).copy(rows, downwards).splat(bias, 0).set(plus)
    l.repeat(() => {
      l.copy(lineTo, at).copy(lineFrom, source).copy(width, left)
      l.when(
        () => {
          close(stepTo)
          close(stepFrom).body.byte(plain["i32.and"])
        },
        () =>
          l.inSteps(left, 4, () => {
            l.get(at).load(source, 0).get(plus).op("f32x4.add").op("v128.store", 2, 0)
            l.move(at, 16).move(source, 16)
          }),
      )
      l.inSteps(left, 1, () => {
        l.get(at).splat(source, 0).get(plus).op("f32x4.add").op("v128.store32_lane", 2, 0, 0)
        l.move(at, { local: stepTo }).move(source, { local: stepFrom })
      })
      l.move(lineTo, { local: rowTo }).move(lineFrom, { local: rowFrom }).countDown(downwards)
    })
    l.move(to, { local: planeTo }).move(from, { local: planeFrom }).move(bias, { local: stepBias }).countDown(planes)
  })
  return finished(l, takes)
}

/** `run(to, table, from, rowFrom, rows, width)`: adds each row to where its tap looked; `width` is a multiple of 4. */
export function backToPlacesModule(): Uint8Array<ArrayBuffer> {
  const takes = addresses(6)
  const [to, table, from, rowFrom, rows, width] = [0, 1, 2, 3, 4, 5] as const
  const l = new LoopCode(takes.length, false)
  const [at, source, left] = l.several(3, "i32") as [number, number, number]
  l.repeat(() => {
    l.look(to, table, at).move(table, 4).copy(from, source).copy(width, left)
    l.inSteps(left, 4, () => {
      l.get(at).load(at, 0).load(source, 0).op("f32x4.add").op("v128.store", 2, 0)
      l.move(at, 16).move(source, 16)
    })
    l.move(from, { local: rowFrom }).countDown(rows)
  })
  return finished(l, takes)
}

/** `run(from, count) → 1 where all are finite`; `count` is a multiple of 4 and above 0. */
export function finiteModule(): Uint8Array<ArrayBuffer> {
  const l = new LoopCode(2, false)
  const [total, none] = l.several(2, "v128") as [number, number]
  l.zero(total).zero(none)
  l.inSteps(1, 4, () => {
    // 0 · x is 0, or not a number; what is no number stays so in every sum.
    l.get(total).load(0, 0).get(none).op("f32x4.mul").op("f32x4.add").set(total)
    l.move(0, 16)
  })
  l.laneSum(total).body.byte(plain["f32.const"], 0, 0, 0, 0, plain["f32.eq"])
  return finished(l, addresses(2), ["i32"])
}
