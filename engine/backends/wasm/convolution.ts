// Convolution of float32 in WebAssembly: what the window sees goes straight into the panels of the product, so that no
// matrix of patches is ever laid out for the forward pass. Sizes are those of engine/backends/convolution.ts.
import type { Dense } from "../backend.ts"
import type { Convolution } from "../convolution.ts"
import { multiply, multiplyLaid, multiplyTurned, roomForRows, spaced, upTo, type Deliver, type Fill, type Matrix } from "./blocks.ts"
import { tileColumns } from "./matmulCode.ts"
import { need, scratch } from "./scratch.ts"

/** Multiplications of one group below which JavaScript's blocks are as fast. */
const fewest = 20_000

interface Shape {
  /** Elements of one channel of the image, places of the window, taps of its kernel, elements that it sees at a place. */
  readonly size: number
  readonly places: number
  readonly taps: number
  readonly row: number
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

function shapeOf({ window, channels }: Convolution): Shape {
  const taps = product(window.kernel)
  return { size: product(window.input), places: product(window.output), taps, row: channels * taps }
}

/** Whether these kernels take the call: float32, and more work than starting them costs. */
export function suits(options: Convolution, ...tensors: readonly Dense[]): boolean {
  const { places, row } = shapeOf(options)
  return tensors.every((one) => one.dtype.name === "float32" && one.array instanceof Float32Array) && options.batch * places * row * options.filters >= fewest
}

/** Where tap `t` looks from place `p`: at `t · places + p` its element in a channel, −1 in the padding. */
function lookTable({ window }: Convolution): Int32Array {
  const [id, ih, iw] = window.input as Three
  const [od, oh, ow] = window.output as Three
  const [kd, kh, kw] = window.kernel as Three
  const [sd, sh, sw] = window.stride as Three
  const [pd, ph, pw] = window.padding as Three
  const [dd, dh, dw] = window.dilation as Three
  const table = new Int32Array(kd * kh * kw * od * oh * ow)
  let at = 0
  for (let a = 0; a < kd; a++) {
    for (let b = 0; b < kh; b++) {
      for (let c = 0; c < kw; c++) {
        for (let i = 0, d = a * dd - pd; i < od; i++, d += sd) {
          for (let j = 0, h = b * dh - ph; j < oh; j++, h += sh) {
            const line = d < 0 || d >= id || h < 0 || h >= ih ? -1 : (d * ih + h) * iw
            for (let k = 0, w = c * dw - pw; k < ow; k++, w += sw) table[at++] = line < 0 || w < 0 || w >= iw ? -1 : line + w
          }
        }
      }
    }
  }
  return table
}

type Three = [number, number, number]

/** What the window sees, as panels: columns are places, of one sample behind those of another, rows are channels · taps. */
function seenPanels({ array, offset }: Dense, options: Convolution, group: number): Fill {
  const { size, places, taps } = shapeOf(options)
  const { channels, groups } = options
  const table = lookTable(options)
  const bases = new Int32Array(tileColumns)
  const looks = new Int32Array(tileColumns)
  return (top, depth, column, columns, to) => {
    const { floats } = scratch
    const first = top / taps
    const last = (top + depth) / taps
    const jump = taps * tileColumns
    for (let start = column; start < column + columns; start += tileColumns, to += depth * tileColumns) {
      const here = Math.min(tileColumns, column + columns - start)
      for (let tap = 0; tap < taps; tap++) {
        let whole = here === tileColumns
        for (let j = 0; j < here; j++) {
          const sample = Math.floor((start + j) / places)
          const look = table[tap * places + ((start + j) % places)]!
          bases[j] = offset + (sample * groups + group) * channels * size + look
          looks[j] = look
          if (look < 0) whole = false
        }
        if (whole) {
          const s0 = bases[0]!, s1 = bases[1]!, s2 = bases[2]!, s3 = bases[3]!, s4 = bases[4]!, s5 = bases[5]!, s6 = bases[6]!, s7 = bases[7]!
          for (let c = first, d = to + tap * tileColumns; c < last; c++, d += jump) {
            const s = c * size
            floats[d] = array[s0 + s]!
            floats[d + 1] = array[s1 + s]!
            floats[d + 2] = array[s2 + s]!
            floats[d + 3] = array[s3 + s]!
            floats[d + 4] = array[s4 + s]!
            floats[d + 5] = array[s5 + s]!
            floats[d + 6] = array[s6 + s]!
            floats[d + 7] = array[s7 + s]!
          }
        } else {
          for (let j = 0; j < tileColumns; j++) {
            let d = to + tap * tileColumns + j
            if (j >= here || looks[j]! < 0) for (let c = first; c < last; c++, d += jump) floats[d] = 0
            else for (let c = first, s = bases[j]! + first * size; c < last; c++, d += jump, s += size) floats[d] = array[s]!
          }
        }
      }
    }
  }
}

/** `out = filters · what the window sees`, for all samples of the batch in one product a group. */
export function convolveFast(image: Dense, filters: Dense, out: Dense, options: Convolution): void {
  const { places, taps, row } = shapeOf(options)
  const { batch, groups } = options
  for (let group = 0; group < groups; group++) {
    const a: Matrix = { array: filters.array, at: filters.offset + group * options.filters * row, down: row, right: 1 }
    const take: Deliver = (from, stride, first, column, rows, columns, add) => {
      const { floats } = scratch
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; ) {
          const sample = Math.floor((column + c) / places)
          const place = (column + c) % places
          const count = Math.min(places - place, columns - c)
          const at = out.offset + ((sample * groups + group) * options.filters + first + r) * places + place
          const line = from + r * stride + c
          if (add) for (let i = 0; i < count; i++) out.array[at + i]! += floats[line + i]!
          else if (count > 64) out.array.set(floats.subarray(line, line + count), at)
          else for (let i = 0; i < count; i++) out.array[at + i] = floats[line + i]!
          c += count
        }
      }
    }
    multiply(a, { n: options.filters, k: row, m: batch * places }, seenPanels(image, options, group), take, taps)
  }
}

/** The incoming gradient as panels: columns are places as in `seenPanels`, rows are filters. */
function gradPanels({ array, offset }: Dense, options: Convolution, group: number): Fill {
  const { places } = shapeOf(options)
  const { filters, groups } = options
  return (top, depth, column, columns, to) => {
    const { floats } = scratch
    for (let start = column; start < column + columns; start += tileColumns, to += depth * tileColumns) {
      for (let j = 0; j < tileColumns; j++) {
        const at = start + j
        let d = to + j
        if (at >= column + columns) for (let t = 0; t < depth; t++, d += tileColumns) floats[d] = 0
        else {
          const sample = Math.floor(at / places)
          let s = offset + ((sample * groups + group) * filters + top) * places + (at % places)
          for (let t = 0; t < depth; t++, d += tileColumns, s += places) floats[d] = array[s]!
        }
      }
    }
  }
}

/** The image's gradient: filters (turned) times the incoming gradient, each row added to where its tap looked. */
export function imageGradientFast(grad: Dense, filters: Dense, out: Dense, options: Convolution): void {
  const { size, places, taps, row } = shapeOf(options)
  const { batch, groups, channels } = options
  const table = lookTable(options)
  const { array } = out
  for (let group = 0; group < groups; group++) {
    const a: Matrix = { array: filters.array, at: filters.offset + group * options.filters * row, down: row, right: 1 }
    multiplyTurned(a, { n: row, k: options.filters, m: batch * places }, gradPanels(grad, options, group), (from, stride, first, column, rows, columns) => {
      const { floats } = scratch
      for (let r = 0; r < rows; r++) {
        const channel = Math.floor((first + r) / taps)
        const looks = ((first + r) % taps) * places
        for (let c = 0; c < columns; ) {
          const sample = Math.floor((column + c) / places)
          const place = (column + c) % places
          const count = Math.min(places - place, columns - c)
          const base = out.offset + ((sample * groups + group) * channels + channel) * size
          const line = from + r * stride + c
          for (let i = 0; i < count; i++) {
            const look = table[looks + place + i]!
            if (look >= 0) array[base + look]! += floats[line + i]!
          }
          c += count
        }
      }
    })
  }
}

/** What the window sees, laid out in the scratch memory: a row a place, from `place` on. */
function laySeen({ array }: Dense, base: number, channels: number, { size, places, taps }: Shape, table: Int32Array, place: number, count: number, to: number, stride: number): void {
  const { floats } = scratch
  const looks = new Int32Array(taps)
  for (let p = place; p < place + count; p++, to += stride) {
    let whole = true
    for (let tap = 0; tap < taps; tap++) if ((looks[tap] = table[tap * places + p]!) < 0) whole = false
    let d = to
    if (whole) for (let c = 0, s = base; c < channels; c++, s += size) for (let tap = 0; tap < taps; tap++) floats[d++] = array[s + looks[tap]!]!
    else for (let c = 0, s = base; c < channels; c++, s += size) for (let tap = 0; tap < taps; tap++) floats[d++] = looks[tap]! < 0 ? 0 : array[s + looks[tap]!]!
  }
}

/** Places that are laid out at a time, and summed up in float32 before they join the others. */
const mostPlaces = 1 << 9
const mostLaid = 1 << 20

/** The filters' gradient: the incoming gradient times what the window saw, sample by sample. */
export function filterGradientFast(image: Dense, grad: Dense, out: Dense, options: Convolution): void {
  const shape = shapeOf(options)
  const { size, places, row } = shape
  const { batch, groups, channels, filters } = options
  const table = lookTable(options)
  const stride = spaced(upTo(row, tileColumns))
  const wide = upTo(row, tileColumns)
  const most = Math.min(places, mostPlaces, Math.max(8, Math.floor(mostLaid / stride)))
  const seenAt = roomForRows
  const totalsAt = seenAt + most * stride
  const single = batch === 1 && most === places
  need(totalsAt + (single ? Math.min(filters + 8, 104) : filters + 8) * wide)
  for (let group = 0; group < groups; group++) {
    const take: Deliver = (from, width, first, _, rows) => {
      const { floats } = scratch
      for (let r = 0; r < rows; r++) out.array.set(floats.subarray(from + r * width, from + r * width + row), out.offset + (group * filters + first + r) * row)
    }
    let add = false
    for (let sample = 0; sample < batch; sample++) {
      const part = sample * groups + group
      for (let place = 0; place < places; place += most, add = true) {
        const count = Math.min(most, places - place)
        laySeen(image, image.offset + part * channels * size, channels, shape, table, place, count, seenAt, stride)
        const a: Matrix = { array: grad.array, at: grad.offset + part * filters * places + place, down: places, right: 1 }
        multiplyLaid(a, { at: seenAt, stride }, { n: filters, k: count, m: row }, totalsAt, add, single ? take : null)
      }
    }
    if (!single) take(totalsAt, wide, 0, 0, filters, row, false)
  }
}
