// The blocked product behind every large matrix product and convolution: panels of one factor are packed once and stay
// near the processor, blocks of the other pass by (Goto & van de Geijn 2008). Apart from what the factors are:
// a matrix of any strides, or what a window sees of an image.
import type { TypedArray } from "../dtype.ts"
import { dotsModule, tileColumns, tilesModule } from "./matmulCode.ts"
import { seenColumns, seenDotsModule, windowTilesModule } from "./convolutionCode.ts"
import { accepts, bringIn, divideAlong, isShared, keptRun, need, scratch, type Run } from "./scratch.ts"

/** Elements `[row, column]` at `at + row · down + column · right`. */
export interface Matrix {
  readonly array: TypedArray
  readonly at: number
  readonly down: number
  readonly right: number
}

export interface Sizes {
  readonly n: number
  readonly k: number
  readonly m: number
}

/** Numbers of k in a panel: a panel of each factor fits into the nearest cache. */
const depthBlock = 256
/** Rows of the first factor and of the result in a block: a multiple of every tile's rows. */
const rowBlock = 96
const columnBlock = 1024
/** Floats of the second factor that are packed at a time, and of a factor copied as it lies: the second cache's size. */
const mostPacked = 1 << 21
export const mostCopied = 1 << 16
/** Floats of a block of the result. */
const mostTotals = 1 << 18
/** Sides up to which the other is not packed. */
export const few = 8

/** Whether fused multiply-add is used; tests turn it off. */
const kernel = { relaxed: accepts(tilesModule(1, true)) }
export const available = accepts(tilesModule(1, false))

/** Turns fused multiply-add off, or on where the machine has it. */
export function useRelaxed(on: boolean): void {
  kernel.relaxed = on && accepts(tilesModule(1, true))
}

export const relaxedNow = (): boolean => kernel.relaxed

/** The kernel as it was built with fused multiply-add, or without. */
const inKind = (name: string, bytes: (relaxed: boolean) => Uint8Array<ArrayBuffer>): Run => (kernel.relaxed ? keptRun(`${name} relaxed`, () => bytes(true)) : keptRun(name, () => bytes(false)))

export const tiles = (rows: number): Run => inKind(`tiles ${rows}`, (relaxed) => tilesModule(rows, relaxed))
export const dots = (): Run => inKind("dots", dotsModule)
export const windowTiles = (rows: number): Run => inKind(`windowTiles ${rows}`, (relaxed) => windowTilesModule(rows, relaxed))
export const seenDots = (rows: number): Run => inKind(`seenDots ${rows}`, (relaxed) => seenDotsModule(rows, relaxed))

/** Rows of a tile for so many rows: six where multiply-add is one instruction, else the registers hold four. */
export function tileRows(n: number): number {
  if (n <= 2) return n
  return kernel.relaxed && (n > few || n === 5 || n === 6) ? 6 : 4
}

export const upTo = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple

/** Fills panels of eight columns: `depth` numbers of k from `top`, `columns` columns from `column`, zeros behind the last. */
export type Fill = (top: number, depth: number, column: number, columns: number, to: number) => void

/** Takes a block of the result from the scratch memory; `add` where it belongs to what was delivered before. */
export type Deliver = (from: number, stride: number, row: number, column: number, rows: number, columns: number, add: boolean) => void

/** How the second factor lies after `fill`: in panels of eight columns, or row by row. */
export type Lying = "panels" | "rows"

/** How many rows of a factor that stands (its columns lie in a row) are copied at a time, and numbers of k. */
const standingRows = 512
const standingDepth = 128

/** `a` times what `fill` lays out, in panels of eight columns or in rows `strideOf(columns)` apart. */
export function multiply(a: Matrix, { n, k, m }: Sizes, fill: Fill, deliver: Deliver, lying: Lying = "panels"): void {
  const rows = tileRows(n)
  const run = tiles(rows)
  const lies = a.right === 1
  const stands = !lies && a.down === 1
  const depthMost = Math.min(k, stands ? standingDepth : depthBlock)
  const deepest = Math.min(k, Math.max(1, Math.floor(mostPacked / 64 / depthMost)) * depthMost)
  // Rows that lie in a row are copied as they are, whole; columns that do, a panel's depth at a time; others are packed.
  const high = lies ? Math.min(rowBlock, Math.max(rows, Math.floor(mostCopied / deepest / rows) * rows)) : stands ? Math.min(n, standingRows) : rowBlock
  const widest = Math.min(columnBlock, Math.max(tileColumns, Math.floor(Math.min(mostPacked / deepest, mostTotals / high) / tileColumns) * tileColumns))
  const strideA = lies ? spaced(deepest) : spaced(high)
  const cAt = lies ? (high + rows) * strideA : stands ? depthMost * strideA + rows : rowBlock * depthMost
  const bAt = cAt + upTo(high, rows) * Math.min(widest, upTo(m, tileColumns))
  for (let column = 0; column < m; column += widest) {
    const columns = Math.min(widest, m - column)
    const wide = upTo(columns, tileColumns)
    const strideB = strideOf(columns)
    // From one k to the next, and from eight columns to the next.
    const stepB = lying === "rows" ? strideB : tileColumns
    for (let top = 0; top < k; top += deepest) {
      const deep = Math.min(deepest, k - top)
      need(bAt + deep * strideB)
      for (let p = 0; p < deep; p += depthMost) fill(top + p, Math.min(depthMost, deep - p), column, columns, bAt + p * (lying === "rows" ? strideB : wide))
      for (let row = 0; row < n; row += high) {
        const here = Math.min(high, n - row)
        if (lies) copyRows(a, a.at + row * a.down + top, a.down, here, deep, 0, strideA)
        for (let p = 0; p < deep; p += depthMost) {
          const depth = Math.min(depthMost, deep - p)
          const nextB = lying === "rows" ? tileColumns : depth * tileColumns
          if (stands) copyRows(a, a.at + row + (top + p) * a.right, a.right, depth, here, 0, strideA)
          else if (!lies) pack(a, a.at + row * a.down + (top + p) * a.right, a.down, here, a.right, depth, 0, rows)
          const [at, rowA, stepA, tileA] = lies ? [p, strideA, 1, rows * strideA] : stands ? [0, 1, strideA, rows] : [0, 1, rows, depth * rows]
          runTiles(run, rows, at * 4, rowA * 4, stepA * 4, tileA * 4, (bAt + p * (lying === "rows" ? strideB : wide)) * 4, stepB * 4, nextB * 4, depth * stepB * 4, cAt * 4, wide * 4, Math.ceil(here / rows), wide / tileColumns, p > 0 ? 1 : 0)
        }
        deliver(cAt, wide, row, column, here, columns, top > 0)
      }
    }
  }
}

/** A call of the kernel of tiles with so many rows, divided among threads by columns of the result, or by rows where there are more. */
export function runTiles(run: Run, rows: number, a: number, rowA: number, stepA: number, tileA: number, b: number, stepB: number, nextB: number, depth: number, c: number, strideC: number, rowTiles: number, columnTiles: number, add: number): void {
  if (!isShared()) run(a, rowA, stepA, tileA, b, stepB, nextB, depth, c, strideC, rowTiles, columnTiles, add)
  else {
    const call = [a, rowA, stepA, tileA, b, stepB, nextB, depth, c, strideC, rowTiles, columnTiles, add]
    const worth = (rowTiles * rows * columnTiles * tileColumns * depth) / stepB
    if (columnTiles >= rowTiles) divideAlong(run, call, 11, [[4, nextB], [8, 4 * tileColumns]], worth)
    else divideAlong(run, call, 10, [[0, tileA], [8, rows * strideC]], worth)
  }
}

/** How far rows of so many columns lie apart, where they are laid out row by row. */
export const strideOf = (columns: number): number => spaced(upTo(columns, tileColumns))

/** Floats of either factor that pass by at a time where both run along k. */
const mostAlong = 1 << 16

/**
 * Rows of `a` times rows of `b`, both of which run along k as they lie: nothing is arranged. `b` is the second factor's
 * transpose. Blocks of the result go to `deliver`.
 */
export function multiplyAlong(a: Matrix, b: Matrix, { n, k, m }: Sizes, deliver: Deliver): void {
  const rows = alongRows
  const run = seenDots(rows)
  const deepest = Math.min(k, 1 << 9)
  const stride = spaced(upTo(deepest, 4))
  const high = Math.min(upTo(n, rows), Math.max(rows, Math.floor(mostAlong / stride / rows) * rows))
  const wide = Math.min(upTo(m, seenColumns), Math.max(seenColumns, Math.floor(mostAlong / stride / seenColumns) * seenColumns))
  const tableAt = 0
  const aAt = tableAt + wide
  const bAt = aAt + high * stride
  const cAt = bAt + wide * stride
  const { words } = (need(cAt + high * wide), scratch)
  for (let j = 0; j < wide; j++) words[tableAt + j] = j * stride * 4
  for (let row = 0; row < n; row += high) {
    const here = Math.min(high, n - row)
    for (let column = 0; column < m; column += wide) {
      const columns = Math.min(wide, m - column)
      scratch.floats.fill(0, cAt, cAt + high * wide)
      for (let p = 0; p < k; p += deepest) {
        const depth = Math.min(deepest, k - p)
        if (column === 0 || k > deepest) copyAlong(a, a.at + row * a.down + p, a.down, here, depth, aAt, stride)
        copyAlong(b, b.at + column * b.down + p, b.down, columns, depth, bAt, stride)
        runDots(run, rows, aAt * 4, stride * 4, bAt * 4, tableAt * 4, cAt * 4, wide * 4, Math.ceil(here / rows), Math.ceil(columns / seenColumns), upTo(depth, 4) * 4)
      }
      deliver(cAt, wide, row, column, here, columns, false)
    }
  }
}

/** A call of the kernel of `seenDots` with so many rows, divided among threads. */
export function runDots(run: Run, rows: number, a: number, rowA: number, b: number, table: number, c: number, strideC: number, rowTiles: number, columnTiles: number, depth: number): void {
  if (!isShared()) run(a, rowA, b, table, c, strideC, rowTiles, columnTiles, depth)
  else {
    const call = [a, rowA, b, table, c, strideC, rowTiles, columnTiles, depth]
    const worth = (rowTiles * rows * columnTiles * seenColumns * depth) / 4
    if (columnTiles >= rowTiles) divideAlong(run, call, 7, [[3, 4 * seenColumns], [4, 4 * seenColumns]], worth)
    else divideAlong(run, call, 6, [[0, rows * rowA], [4, rows * strideC]], worth)
  }
}

/** Rows of the first factor that the kernel takes at once. */
export const alongRows = 6

/** Rows as they lie, with zeros up to a multiple of four behind each. */
function copyAlong(from: Matrix, at: number, down: number, rows: number, columns: number, to: number, stride: number): void {
  copyRows(from, at, down, rows, columns, to, stride)
  if (columns % 4) for (let r = 0; r < rows; r++) scratch.floats.fill(0, to + r * stride + columns, to + r * stride + upTo(columns, 4))
}

/** Rows a power of two apart would share a few places of the nearest cache. */
export const spaced = (length: number): number => (length % 128 === 0 ? length + 16 : length)

/** A matrix that is there in the scratch memory, its rows `stride` floats apart. */
export interface Laid {
  readonly at: number
  readonly stride: number
}

/** Floats of the scratch memory in front of what `multiplyLaid` may be given, beside the result's block. */
export const roomForRows = rowBlock * ((1 << 10) + 16)

/**
 * Rows of `a` times a matrix that lies in the scratch memory, `k` rows of it: into rows of the result at `to`, added where `add` says
 * so, or block by block to `deliver`. At most 2¹⁰ numbers of k.
 */
export function multiplyLaid(a: Matrix, b: Laid, { n, k, m }: Sizes, to: number, add: boolean, deliver: Deliver | null): void {
  const rows = tileRows(n)
  const run = tiles(rows)
  const strideA = spaced(k)
  const wide = upTo(m, tileColumns)
  const high = Math.min(rowBlock - rows, Math.max(rows, Math.floor(mostCopied / k / rows) * rows))
  for (let row = 0; row < n; row += high) {
    const here = Math.min(high, n - row)
    copyRows(a, a.at + row * a.down, a.down, here, k, 0, strideA)
    const block = deliver ? to : to + row * wide
    runTiles(run, rows, 0, strideA * 4, 4, rows * strideA * 4, b.at * 4, b.stride * 4, tileColumns * 4, k * b.stride * 4, block * 4, wide * 4, Math.ceil(here / rows), wide / tileColumns, add ? 1 : 0)
    deliver?.(to, wide, row, 0, here, m, false)
  }
}

/** Panels of `width` lines each: line `l` of element `t` lies at `from + l · lineStep + t · step`. Missing lines are zero. */
export function pack({ array }: Matrix, from: number, lineStep: number, lines: number, step: number, count: number, to: number, width: number): void {
  const { floats } = scratch
  for (let first = 0; first < lines; first += width, to += count * width) {
    const here = Math.min(width, lines - first)
    if (here < width) floats.fill(0, to, to + count * width)
    let line = 0
    for (; line + 4 <= here; line += 4) {
      let s0 = from + (first + line) * lineStep
      let s1 = s0 + lineStep
      let s2 = s1 + lineStep
      let s3 = s2 + lineStep
      for (let t = 0, d = to + line; t < count; t++, d += width) {
        floats[d] = array[s0]!
        floats[d + 1] = array[s1]!
        floats[d + 2] = array[s2]!
        floats[d + 3] = array[s3]!
        s0 += step
        s1 += step
        s2 += step
        s3 += step
      }
    }
    for (; line < here; line++) {
      let s = from + (first + line) * lineStep
      for (let t = 0, d = to + line; t < count; t++, d += width, s += step) floats[d] = array[s]!
    }
  }
}

/** Rows of elements in a row, each `stride` apart in the scratch memory. */
export function copyRows({ array }: Matrix, from: number, down: number, rows: number, columns: number, to: number, stride: number): void {
  if (down === columns && stride === columns) return bringIn(array, from, rows * columns, to)
  const { floats } = scratch
  for (let r = 0; r < rows; r++, from += down, to += stride) {
    if (columns > 32) bringIn(array, from, columns, to)
    else for (let c = 0; c < columns; c++) floats[to + c] = array[from + c]!
  }
}
