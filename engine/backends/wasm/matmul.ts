// Matrix product of float32 in WebAssembly, batched and broadcast, with any strides: both factors are packed into
// panels that the inner loop reads from end to end (Goto & van de Geijn 2008). Where one side has only a few rows,
// packing the other would cost more than the product: then it is copied as it lies.
import type { View } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"
import { batchStrides, matmul as inJavaScript } from "../javascript/matmul.ts"
import { offsetsOf } from "../javascript/reduce.ts"
import { dotColumns, dotRows, dotsModule, tileColumns, tilesModule } from "./matmulCode.ts"
import { accepts, compiled, need, scratch } from "./scratch.ts"

/** A factor or the result: element `[row, column]` lies at `at + row · down + column · right`. */
interface Matrix {
  readonly array: TypedArray
  readonly at: number
  readonly down: number
  readonly right: number
}

interface Sizes {
  readonly n: number
  readonly k: number
  readonly m: number
}

/** Multiplications below which JavaScript, with totals in float64, is as fast. */
const fewest = 6000

/** Numbers of k in a panel: a panel of each factor fits into the nearest cache. */
const depthBlock = 256
/** Rows of the first factor and of the result in a block: a multiple of every tile's rows. */
const rowBlock = 96
const columnBlock = 1024
/** Floats of the second factor that are packed at a time, and of a factor copied as it lies: the second cache's size. */
const mostPacked = 1 << 21
const mostCopied = 1 << 16
/** Sides up to which the other is not packed. */
const few = 8

/** Whether fused multiply-add is used; tests turn it off. */
const kernel = { relaxed: accepts(tilesModule(1, true)) }
export const available = accepts(tilesModule(1, false))

/** Turns fused multiply-add off, or on where the machine has it. */
export function useRelaxed(on: boolean): void {
  kernel.relaxed = on && accepts(tilesModule(1, true))
}

type Run = (...args: number[]) => void
const runs = new Map<string, Run>()

function runOf(name: string, bytes: () => Uint8Array<ArrayBuffer>): Run {
  let run = runs.get(name)
  if (!run) runs.set(name, (run = compiled(bytes())))
  return run
}

const tiles = (rows: number): Run => (kernel.relaxed ? runOf(`tiles ${rows} relaxed`, () => tilesModule(rows, true)) : runOf(`tiles ${rows}`, () => tilesModule(rows, false)))
const dots = (): Run => (kernel.relaxed ? runOf("dots relaxed", () => dotsModule(true)) : runOf("dots", () => dotsModule(false)))

/** `out[…, n, m] = Σ_k a[…, n, k] · b[…, k, m]`. Batch dimensions broadcast. Other types, and small products, run in JavaScript. */
export function matmul(a: View, b: View, out: View): void {
  const [n, k] = a.sizes.slice(-2) as [number, number]
  const m = b.sizes[b.sizes.length - 1]!
  const plain = available && n * k * m >= fewest && isFloat32(a) && isFloat32(b) && out.dtype.category === "float" && out.dtype.itemsize >= 4
  if (!plain) return inJavaScript(a, b, out)
  const [an, ak] = a.strides.slice(-2) as [number, number]
  const [bk, bm] = b.strides.slice(-2) as [number, number]
  const [on, om] = out.strides.slice(-2) as [number, number]
  const batch = out.sizes.slice(0, -2)
  const fromA = offsetsOf(batch, batchStrides(a, batch))
  const fromB = offsetsOf(batch, batchStrides(b, batch))
  const to = offsetsOf(batch, out.strides.slice(0, -2))
  for (let i = 0; i < to.length; i++) {
    const x = { array: a.storage.array, at: a.offset + fromA[i]!, down: an, right: ak }
    const y = { array: b.storage.array, at: b.offset + fromB[i]!, down: bk, right: bm }
    const z = { array: out.storage.array, at: out.offset + to[i]!, down: on, right: om }
    // The side with few rows comes first: the product's transpose is the transposes' product.
    if (m < n && m <= few) product(turned(y), turned(x), turned(z), { n: m, k, m: n })
    else product(x, y, z, { n, k, m })
  }
}

const isFloat32 = (view: View): boolean => view.dtype.name === "float32" && view.storage.array instanceof Float32Array
const turned = ({ array, at, down, right }: Matrix): Matrix => ({ array, at, down: right, right: down })

function product(a: Matrix, b: Matrix, out: Matrix, sizes: Sizes): void {
  if (sizes.n > few) packed(a, b, out, sizes)
  else if (b.down === 1 && sizes.k >= 32) rowsTimesRows(a, b, out, sizes)
  else if (b.right === 1 && sizes.m >= 32) rowsTimesMatrix(a, b, out, sizes)
  else packed(a, b, out, sizes)
}

/** Rows of a tile for so many rows: six where multiply-add is one instruction, else the registers hold four. */
function tileRows(n: number): number {
  if (n <= 2) return n
  return kernel.relaxed && (n > few || n === 5 || n === 6) ? 6 : 4
}

const upTo = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple

function packed(a: Matrix, b: Matrix, out: Matrix, { n, k, m }: Sizes): void {
  const rows = tileRows(n)
  const run = tiles(rows)
  const deepest = Math.min(k, mostPacked / 64)
  const widest = Math.min(columnBlock, Math.floor(mostPacked / deepest / tileColumns) * tileColumns)
  const aAt = 0
  const cAt = rowBlock * depthBlock
  const bAt = cAt + rowBlock * columnBlock
  for (let j = 0; j < m; j += widest) {
    const columns = Math.min(widest, m - j)
    const wide = upTo(columns, tileColumns)
    for (let top = 0; top < k; top += deepest) {
      const deep = Math.min(deepest, k - top)
      need(bAt + deep * wide)
      for (let p = 0; p < deep; p += depthBlock) pack(b, b.at + (top + p) * b.down + j * b.right, b.right, columns, b.down, Math.min(depthBlock, deep - p), bAt + p * wide, tileColumns)
      for (let i = 0; i < n; i += rowBlock) {
        const high = Math.min(rowBlock, n - i)
        for (let p = 0; p < deep; p += depthBlock) {
          const depth = Math.min(depthBlock, deep - p)
          pack(a, a.at + i * a.down + (top + p) * a.right, a.down, high, a.right, depth, aAt, rows)
          const panel = depth * tileColumns * 4
          run(aAt * 4, (bAt + p * wide) * 4, cAt * 4, Math.ceil(high / rows), wide / tileColumns, panel, tileColumns * 4, panel, wide * 4, p > 0 ? 1 : 0)
        }
        deliver(cAt, wide, out, i, j, high, columns, top > 0)
      }
    }
  }
}

/** Panels of `width` lines each: line `l` of element `t` lies at `from + l · lineStep + t · step`. Missing lines are zero. */
function pack({ array }: Matrix, from: number, lineStep: number, lines: number, step: number, count: number, to: number, width: number): void {
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

/** A block of the result from the scratch memory to where it belongs, or added to what is there. */
function deliver(from: number, stride: number, out: Matrix, i: number, j: number, rows: number, columns: number, add: boolean): void {
  const { floats } = scratch
  const { array, down, right } = out
  const start = out.at + i * down + j * right
  if (!add && right === 1 && down === stride && stride === columns) {
    array.set(floats.subarray(from, from + rows * stride), start)
    return
  }
  for (let r = 0; r < rows; r++) {
    const line = from + r * stride
    let to = start + r * down
    if (!add && right === 1 && columns > 64) array.set(floats.subarray(line, line + columns), to)
    else if (add) for (let c = 0; c < columns; c++, to += right) array[to]! += floats[line + c]!
    else for (let c = 0; c < columns; c++, to += right) array[to] = floats[line + c]!
  }
}

/** A few rows times a matrix that lies row by row: its rows pass through the scratch memory as they are. */
function rowsTimesMatrix(a: Matrix, b: Matrix, out: Matrix, { n, k, m }: Sizes): void {
  const rows = tileRows(n)
  const high = upTo(n, rows)
  const run = tiles(rows)
  const widest = Math.min(m, 4096)
  const deepest = Math.min(k, Math.max(8, Math.floor(mostCopied / widest)))
  const aAt = 0
  const cAt = deepest * high
  const bAt = cAt + high * upTo(widest, tileColumns)
  need(bAt + deepest * widest)
  for (let j = 0; j < m; j += widest) {
    const columns = Math.min(widest, m - j)
    const wide = upTo(columns, tileColumns)
    for (let p = 0; p < k; p += deepest) {
      const depth = Math.min(deepest, k - p)
      pack(a, a.at + p * a.right, a.down, n, a.right, depth, aAt, rows)
      copyRows(b, b.at + p * b.down + j, b.down, depth, columns, bAt, columns)
      run(aAt * 4, bAt * 4, cAt * 4, high / rows, wide / tileColumns, depth * columns * 4, columns * 4, tileColumns * 4, wide * 4, p > 0 ? 1 : 0)
    }
    deliver(cAt, wide, out, 0, j, n, columns, false)
  }
}

/** Rows of elements in a row, each `stride` apart in the scratch memory; what is left of a stride becomes zero. */
function copyRows({ array }: Matrix, from: number, down: number, rows: number, columns: number, to: number, stride: number): void {
  const { floats } = scratch
  if (down === columns && stride === columns) {
    floats.set(array.subarray(from, from + rows * columns), to)
    return
  }
  for (let r = 0; r < rows; r++, from += down, to += stride) {
    floats.set(array.subarray(from, from + columns), to)
    if (stride > columns) floats.fill(0, to + columns, to + stride)
  }
}

/** A few rows times rows (columns of `b` whose elements lie in a row): dot products, with partial sums added in float64. */
function rowsTimesRows(a: Matrix, b: Matrix, out: Matrix, { n, k, m }: Sizes): void {
  const run = dots()
  const width = upTo(n, dotColumns)
  const deepest = Math.min(k, 4096)
  const most = Math.max(dotRows, Math.floor(mostCopied / upTo(deepest, 4) / dotRows) * dotRows)
  const blocks = Math.min(most, upTo(m, dotRows))
  const bAt = blocks * 4 * width
  const aAt = bAt + blocks * upTo(deepest, 4)
  const floats = need(aAt + width * upTo(deepest, 4))
  const totals = new Float64Array(blocks * width)
  for (let j = 0; j < m; j += blocks) {
    const here = Math.min(blocks, m - j)
    totals.fill(0)
    for (let p = 0; p < k; p += deepest) {
      const depth = Math.min(deepest, k - p)
      const long = upTo(depth, 4)
      copyRows(b, b.at + p + j * b.right, b.right, here, depth, bAt, long)
      for (let i = 0; i < n; i++) {
        const row = aAt + i * long
        for (let t = 0, s = a.at + i * a.down + p * a.right; t < depth; t++, s += a.right) floats[row + t] = a.array[s]!
        floats.fill(0, row + depth, row + long)
      }
      run(bAt * 4, aAt * 4, 0, Math.ceil(here / dotRows), width / dotColumns, long * 4, long * 4, long * 4, width * 16)
      for (let t = 0; t < here * width; t++) totals[t]! += floats[4 * t]! + floats[4 * t + 1]! + floats[4 * t + 2]! + floats[4 * t + 3]!
    }
    for (let r = 0; r < here; r++) for (let i = 0; i < n; i++) out.array[out.at + i * out.down + (j + r) * out.right] = totals[r * width + i]!
  }
}
