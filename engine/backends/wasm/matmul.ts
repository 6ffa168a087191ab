// Matrix product of float32 in WebAssembly, batched and broadcast, with any strides. Where one side has only a few
// rows, arranging the other would cost more than the product: then it passes through the scratch memory as it lies.
import type { View } from "../backend.ts"
import { batchStrides, matmul as inJavaScript } from "../javascript/matmul.ts"
import { offsetsOf } from "../javascript/reduce.ts"
import { available, copyRows, dots, few, mostCopied, multiply, multiplyAlong, pack, strideOf, tileRows, tiles, upTo, type Deliver, type Matrix, type Sizes } from "./blocks.ts"
import { terms } from "./crew.ts"
import { dotColumns, dotRows, tileColumns } from "./matmulCode.ts"
import { need, scratch, takeOut, together } from "./scratch.ts"

/** Multiplications below which JavaScript, with totals in float64, is as fast. */
const fewest = 3000
/** The same of one product above which helpers take a part. */
const leastTogether = 1e6
const leastRows = 32

/** `out[…, n, m] = Σ_k a[…, n, k] · b[…, k, m]`. Batch dimensions broadcast. Other types, and small products, run in JavaScript. */
export function matmul(a: View, b: View, out: View): void {
  const [n, k] = a.sizes.slice(-2) as [number, number]
  const m = b.sizes[b.sizes.length - 1]!
  const plain = available && (n * k * m >= fewest || (terms.everything && n * k * m > 0)) && isFloat32(a) && isFloat32(b) && out.dtype.category === "float" && out.dtype.itemsize >= 4
  if (!plain) return inJavaScript(a, b, out)
  // Of a batch of small products each would wait for the helpers; with few rows bringing them takes the time.
  together(n * k * m < leastTogether || Math.min(n, m) < leastRows ? 0 : out.sizes.reduce((total, size) => total * size, k), () => products(a, b, out, n, k, m))
}

function products(a: View, b: View, out: View, n: number, k: number, m: number): void {
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

export const isFloat32 = (view: View): boolean => view.dtype.name === "float32" && view.storage.array instanceof Float32Array
const turned = ({ array, at, down, right }: Matrix): Matrix => ({ array, at, down: right, right: down })

function product(a: Matrix, b: Matrix, out: Matrix, sizes: Sizes): void {
  if (sizes.n > few) {
    if (a.right === 1 && b.down === 1 && sizes.k >= leastAlong && sizes.n <= mostAlong) multiplyAlong(a, turned(b), sizes, deliverTo(out))
    else packed(a, b, out, sizes)
  } else if (b.down === 1 && sizes.k >= 32) {
    if (sizes.n <= 2) rowsTimesRows(a, b, out, sizes)
    else packed(turned(b), turned(a), turned(out), { n: sizes.m, k: sizes.k, m: sizes.n })
  } else if (b.right === 1 && sizes.m >= 32) rowsTimesMatrix(a, b, out, sizes)
  else packed(a, b, out, sizes)
}

/** Numbers of k from which bringing the partial sums together costs less than packing. */
const leastAlong = 48
/** Rows up to which packing the other factor costs more than it gains. */
const mostAlong = 192

function packed(a: Matrix, b: Matrix, out: Matrix, sizes: Sizes): void {
  if (b.right === 1 && sizes.m >= 32) multiply(a, sizes, (top, depth, column, columns, to) => copyRows(b, b.at + top * b.down + column, b.down, depth, columns, to, strideOf(columns)), deliverTo(out), "rows")
  else multiply(a, sizes, (top, depth, column, columns, to) => pack(b, b.at + top * b.down + column * b.right, b.right, columns, b.down, depth, to, tileColumns), deliverTo(out))
}

/** Takes blocks of the result to where they belong. */
const deliverTo = ({ array, at, down, right }: Matrix): Deliver => (from, stride, row, column, rows, columns, add) => {
  const { floats } = scratch
  const start = at + row * down + column * right
  if (!add && right === 1 && down === stride && stride === columns) return takeOut(from, rows * stride, array, start)
  for (let r = 0; r < rows; r++) {
    const line = from + r * stride
    let to = start + r * down
    if (!add && right === 1 && columns > 64) takeOut(line, columns, array, to)
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
      run(aAt * 4, 4, rows * 4, depth * rows * 4, bAt * 4, columns * 4, tileColumns * 4, depth * columns * 4, cAt * 4, wide * 4, high / rows, wide / tileColumns, p > 0 ? 1 : 0)
    }
    deliverTo(out)(cAt, wide, 0, j, n, columns, false)
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
      // The other factor's zeros take the tails out, unless nan is left there from before.
      if (long > depth) for (let r = 0; r < here; r++) floats.fill(0, bAt + r * long + depth, bAt + (r + 1) * long)
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
