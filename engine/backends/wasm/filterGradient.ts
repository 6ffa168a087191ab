// The gradient of a convolution's filters in WebAssembly: the incoming gradient times what each tap saw. Where there are
// many places both run along them, read as they lie; where there are few, what the window saw is laid out in rows.
import type { Dense } from "../backend.ts"
import type { Convolution } from "../convolution.ts"
import { alongRows, multiplyLaid, roomForRows, runDots, seenDots, spaced, upTo, type Deliver, type Matrix } from "./blocks.ts"
import { allFinite, gradientWork } from "./convolution.ts"
import { seenColumns } from "./convolutionCode.ts"
import { layImage, layoutOf, layPlaces, stagedFloats, stagedPlaces, writeTable, type Layout } from "./laid.ts"
import { tileColumns } from "./matmulCode.ts"
import { free, need, scratch, takeOut, together } from "./scratch.ts"

/** The filters' gradient. False where an image that is not finite would make something of the zeros between rows of places. */
export function filterGradientFast(image: Dense, grad: Dense, out: Dense, options: Convolution): boolean {
  const layout = layoutOf(options.window)
  const { filters, channels } = options
  const depth = channels * layout.taps
  // Cycles of either way, roughly: multiplications, and bringing together or laying out.
  const along = filters * depth * (layout.span / 8 + 8)
  const inRows = layout.places * depth * (filters / 8 + 5)
  let done = true
  together(gradientWork(options), () => {
    if (along < inRows) done = alongPlaces(layout, image, grad, out, options)
    else inLaidRows(layout, image, grad, out, options)
  })
  return done
}

/** Places that pass by at a time. */
const mostSpan = 1 << 10

function alongPlaces(layout: Layout, image: Dense, grad: Dense, out: Dense, { batch, groups, channels, filters }: Convolution): boolean {
  const depth = channels * layout.taps
  const rows = alongRows
  const run = seenDots(rows)
  const high = upTo(filters, rows)
  const wide = upTo(depth, seenColumns)
  const spanned = upTo(layout.span, 4)
  const strideA = spaced(spanned)
  const tableAt = free
  const totalsAt = tableAt + wide
  const stagedAt = totalsAt + high * wide
  const gradAt = stagedAt + Math.max(stagedFloats(layout, channels), stagedPlaces(layout, filters))
  const laidAt = gradAt + high * strideA
  const laidFloats = channels * layout.channel + 4
  need(laidAt + laidFloats)
  const { floats } = scratch
  floats.fill(0, gradAt, laidAt + laidFloats)
  writeTable(layout, channels, wide, tableAt)
  for (let group = 0; group < groups; group++) {
    floats.fill(0, totalsAt, totalsAt + high * wide)
    for (let sample = 0; sample < batch; sample++) {
      const part = sample * groups + group
      layImage(layout, image.array, image.offset + part * channels * layout.size, channels, laidAt, stagedAt)
      layPlaces(layout, grad.array, grad.offset + part * filters * layout.places, filters, gradAt, strideA, stagedAt)
      if (!allFinite(laidAt, channels * layout.channel)) return false
      for (let from = 0; from < spanned; from += mostSpan)
        runDots(run, rows, (gradAt + from) * 4, strideA * 4, (laidAt + from) * 4, tableAt * 4, totalsAt * 4, wide * 4, high / rows, wide / seenColumns, Math.min(mostSpan, spanned - from) * 4)
    }
    take(totalsAt, wide, filters, depth, out, group * filters * depth)
  }
  return true
}

function take(from: number, stride: number, rows: number, width: number, out: Dense, to: number): void {
  for (let r = 0; r < rows; r++) takeOut(from + r * stride, width, out.array, out.offset + to + r * width)
}

/** What the window sees, a row a place, from `place` on. */
function laySeen(array: ArrayLike<number>, base: number, channels: number, { size, places, taps }: Layout, table: Int32Array, place: number, count: number, to: number, stride: number): void {
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

type Three = readonly [number, number, number]

/** Where tap `t` looks from place `p`: at `t · places + p` its element in a channel, −1 in the padding. */
function lookTable({ window, taps, places }: Layout): Int32Array {
  const [id, ih, iw] = window.input as unknown as Three
  const [od, oh, ow] = window.output as unknown as Three
  const [kd, kh, kw] = window.kernel as unknown as Three
  const [sd, sh, sw] = window.stride as unknown as Three
  const [pd, ph, pw] = window.padding as unknown as Three
  const [dd, dh, dw] = window.dilation as unknown as Three
  const table = new Int32Array(taps * places)
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

/** Places that are laid out at a time, and summed up in float32 before they join the others. */
const mostPlaces = 1 << 9
const mostLaid = 1 << 20

function inLaidRows(layout: Layout, image: Dense, grad: Dense, out: Dense, { batch, groups, channels, filters }: Convolution): void {
  const { size, places } = layout
  const depth = channels * layout.taps
  const table = lookTable(layout)
  const stride = spaced(upTo(depth, tileColumns))
  const wide = upTo(depth, tileColumns)
  const most = Math.min(places, mostPlaces, Math.max(8, Math.floor(mostLaid / stride)))
  const seenAt = roomForRows
  const totalsAt = seenAt + most * stride
  const single = batch === 1 && most === places
  need(totalsAt + (single ? Math.min(filters + 8, 104) : filters + 8) * wide)
  for (let group = 0; group < groups; group++) {
    const deliver: Deliver = (from, width, first, _, rows) => take(from, width, rows, depth, out, (group * filters + first) * depth)
    let add = false
    for (let sample = 0; sample < batch; sample++) {
      const part = sample * groups + group
      for (let place = 0; place < places; place += most, add = true) {
        const count = Math.min(most, places - place)
        laySeen(image.array, image.offset + part * channels * size, channels, layout, table, place, count, seenAt, stride)
        const a: Matrix = { array: grad.array, at: grad.offset + part * filters * places + place, down: places, right: 1 }
        multiplyLaid(a, { at: seenAt, stride }, { n: filters, k: count, m: depth }, totalsAt, add, single ? deliver : null)
      }
    }
    if (!single) deliver(totalsAt, wide, 0, 0, filters, depth, false)
  }
}
