// A matrix copied into its transpose: four rows of four numbers at a time change places in registers. Apart from other
// copies because the two sides lie across each other, so that one of them would leave the nearest cache at each number.
import type { View } from "../backend.ts"
import { collapse } from "../walk.ts"
import { copyRows, spaced, upTo } from "./blocks.ts"
import { addresses, finished, LoopCode } from "./loops.ts"
import { free, kept, need, takeOut } from "./scratch.ts"

/** Lanes of two vectors, four bytes each, as the instruction that picks bytes wants them. */
const lanes = (...picked: readonly number[]): number[] => picked.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))

/**
 * `run(from, fromDown, to, toDown, fours, columns)`: `fours` times four rows of a matrix become columns of another; `columns` is a
 * multiple of 4, all else in bytes.
 */
function turnModule(): Uint8Array<ArrayBuffer> {
  const takes = addresses(6)
  const [from, fromDown, to, toDown, fours, columns] = [0, 1, 2, 3, 4, 5] as const
  const l = new LoopCode(takes.length, false)
  const [source, target, line, left] = l.several(4, "i32") as [number, number, number, number]
  const rows = l.several(4, "v128") as [number, number, number, number]
  const halves = l.several(4, "v128") as [number, number, number, number]
  const mixed = (a: number, b: number, ...picked: readonly number[]): LoopCode => l.get(a).get(b).op("i8x16.shuffle", ...lanes(...picked))
  l.repeat(() => {
    l.copy(from, source).copy(to, target).copy(columns, left)
    l.inSteps(left, 4, () => {
      l.copy(source, line)
      for (const row of rows) l.load(line, 0).set(row).move(line, { local: fromDown })
      mixed(rows[0], rows[1], 0, 4, 1, 5).set(halves[0])
      mixed(rows[2], rows[3], 0, 4, 1, 5).set(halves[1])
      mixed(rows[0], rows[1], 2, 6, 3, 7).set(halves[2])
      mixed(rows[2], rows[3], 2, 6, 3, 7).set(halves[3])
      for (const [a, b, ...picked] of [[halves[0], halves[1], 0, 1, 4, 5], [halves[0], halves[1], 2, 3, 6, 7], [halves[2], halves[3], 0, 1, 4, 5], [halves[2], halves[3], 2, 3, 6, 7]] as const) {
        l.get(target)
        mixed(a, b, ...picked).op("v128.store", 2, 0)
        l.move(target, { local: toDown })
      }
      l.move(source, 16)
    })
    for (let row = 0; row < 4; row++) l.move(from, { local: fromDown })
    l.move(to, 16).countDown(fours)
  })
  return finished(l, takes)
}

const turn = kept("turn", turnModule)

/** Sides of what is turned at a time, and columns of it whose lines in the result stay in the nearest cache. */
const side = 1024
const strip = 64
/** Elements, and those of a side, from which it pays. */
const fewest = 1 << 12
const leastSide = 32

/** Copies `source` to `out`, which lies across it; false where they lie otherwise, or are too small. */
export function turnFast(source: View, out: View): boolean {
  if (out.storage.array.length < fewest || source.dtype.name !== "float32" || out.dtype.name !== "float32" || source.sizes.length !== out.sizes.length || source.storage.isSame(out.storage)) return false
  const [from, to] = [source.storage.array, out.storage.array]
  if (!(from instanceof Float32Array && to instanceof Float32Array)) return false
  const { inner, innerSteps, outer, outerSteps, count } = collapse(out.sizes, [out, source])
  const wide = outer.at(-1) ?? 0
  const [right, down] = [outerSteps.at(-1)?.[1], outerSteps.at(-1)?.[0]]
  // The result's rows are `inner` long; the source's run the other way.
  if (count < fewest || inner < leastSide || wide < leastSide || innerSteps[0] !== 1 || right !== 1) return false
  const places = outer.slice(0, -1).map(() => 0)
  for (;;) {
    const at = (v: number): number => places.reduce((sum, place, d) => sum + place * outerSteps[d]![v]!, v === 0 ? out.offset : source.offset)
    turned(from, at(1), innerSteps[1]!, to, at(0), down!, inner, wide)
    let d = places.length - 1
    for (; d >= 0; d--) {
      if (++places[d]! < outer[d]!) break
      places[d] = 0
    }
    if (d < 0) return true
  }
}

/** `rows` × `columns` numbers, rows in a row, become columns. */
function turned(from: Float32Array, fromAt: number, fromDown: number, to: Float32Array, toAt: number, toDown: number, rows: number, columns: number): void {
  const strideFrom = spaced(upTo(Math.min(columns, side), 4))
  const strideTo = spaced(upTo(Math.min(rows, side), 4))
  const laidAt = free + upTo(Math.min(rows, side), 4) * strideFrom
  need(laidAt + upTo(Math.min(columns, side), 4) * strideTo)
  const run = turn()
  for (let top = 0; top < rows; top += side) {
    const high = Math.min(side, rows - top)
    for (let left = 0; left < columns; left += side) {
      const wide = Math.min(side, columns - left)
      copyRows({ array: from, at: 0, down: 0, right: 1 }, fromAt + top * fromDown + left, fromDown, high, wide, free, strideFrom)
      for (let column = 0; column < wide; column += strip) {
        const here = upTo(Math.min(strip, wide - column), 4)
        run((free + column) * 4, strideFrom * 4, (laidAt + column * strideTo) * 4, strideTo * 4, Math.ceil(high / 4), here)
      }
      for (let c = 0; c < wide; c++) takeOut(laidAt + c * strideTo, high, to, toAt + (left + c) * toDown + top)
    }
  }
}
