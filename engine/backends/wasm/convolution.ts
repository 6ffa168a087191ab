// Convolution of float32 in WebAssembly: the image is laid out once with its padding, and the products read what each tap
// sees straight from it, so that no matrix of patches is made. Sizes are those of engine/backends/convolution.ts.
import type { Dense } from "../backend.ts"
import type { Convolution } from "../convolution.ts"
import { copyRows, mostCopied, runTiles, spaced, tileRows, tiles, upTo, windowTiles } from "./blocks.ts"
import { layImage, layoutOf, layPlaces, planes, product, stagedFloats, stagedPlaces, takeImage, writeTable, type Layout } from "./laid.ts"
import { backToPlacesModule, finiteModule } from "./convolutionCode.ts"
import { tileColumns } from "./matmulCode.ts"
import { terms } from "./crew.ts"
import { bringIn, divide, free, isShared, kept, need, noBias, partsAlong, scratch, takeOut, together as withHelpers } from "./scratch.ts"

/** Multiplications of one group below which JavaScript's blocks are as fast. */
const fewest = 20_000

/** Elements of one sample's group above which it would take too much of the memory that kernels share. */
const most = 1 << 24

/** Places of all samples below which bringing the filters takes longer than multiplying with them, so that helpers would wait. */
const leastPlaces = 128
/** Multiplications of a sample below which its gradients, each sample after the other, are not worth dividing. */
const leastSample = 5e5

const sampleWork = ({ window, channels, filters }: Convolution): number => product(window.output) * channels * product(window.kernel) * filters

/** What a convolution is worth to helpers: its multiplications. */
function workOf(options: Convolution): number {
  const { window, batch, groups } = options
  return batch * product(window.output) < leastPlaces ? 0 : batch * groups * sampleWork(options)
}

/** The same for its gradients. */
export const gradientWork = (options: Convolution): number => (sampleWork(options) < leastSample ? 0 : workOf(options))

/** Whether these kernels take the call: float32, more work than starting them costs, and no more than fits. */
export function suits({ window, channels, batch, filters }: Convolution, ...tensors: readonly Dense[]): boolean {
  const places = product(window.output)
  const work = batch * places * channels * product(window.kernel) * filters
  return (work >= fewest || (terms.everything && work > 0)) && Math.max(product(window.input) * channels, places * filters) <= most && tensors.every((one) => one.dtype.name === "float32" && one.array instanceof Float32Array)
}

/** Multiplications of k in one pass: what a pass reads of the image fits into the nearest cache. */
const depthBlock = 384
/** Floats of a block of the result, and of several images that are laid out together. */
const mostResult = 1 << 17
const mostLaid = 1 << 22

/** Places that are computed at a time: whole rows of one slice, or a part of a row that is longer. */
interface Piece {
  /** From the first place, among the elements that lie there. */
  readonly from: number
  /** From the first place, among the places. */
  readonly place: number
  readonly rows: number
  readonly width: number
  /** Elements that lie from the first to the last. */
  readonly span: number
}

/** The places of one sample in pieces of at most `most` elements. */
function piecesOf({ window, part }: Layout, most: number): Piece[] {
  const [od, oh, ow] = window.output as unknown as [number, number, number]
  const pieces: Piece[] = []
  const high = Math.max(1, Math.min(oh, Math.floor(most / part[2])))
  const wide = high > 1 ? ow : Math.min(ow, Math.max(tileColumns, Math.floor(most / tileColumns) * tileColumns))
  for (let z = 0; z < od; z++) {
    for (let y = 0; y < oh; y += high) {
      for (let x = 0; x < ow; x += wide) {
        const rows = Math.min(high, oh - y)
        const width = Math.min(wide, ow - x)
        pieces.push({ from: (z * part[1] + y) * part[2] + x, place: (z * oh + y) * ow + x, rows, width, span: (rows - 1) * part[2] + width })
      }
    }
  }
  return pieces
}

/** Rows of the filters that are copied at a time. */
const rowsAtOnce = (rows: number, depth: number): number => Math.max(rows, Math.floor(mostCopied / depth / rows) * rows)

/** `out = filters · what the window sees (+ bias)`. */
export function convolveFast(image: Dense, filters: Dense, bias: Dense | null, out: Dense, options: Convolution): void {
  withHelpers(workOf(options), () => convolved(image, filters, bias, out, options))
}

/** Floats of results that helpers compute at a time, of several images. */
const mostApart = 1 << 19

function convolved(image: Dense, filters: Dense, bias: Dense | null, out: Dense, options: Convolution): void {
  const layout = layoutOf(options.window)
  const { batch, groups, channels } = options
  const depth = channels * layout.taps
  const rows = tileRows(options.filters)
  const run = windowTiles(rows)
  const high = Math.min(upTo(options.filters, rows), rowsAtOnce(rows, depth))
  const pass = layout.taps * Math.max(1, Math.floor(depthBlock / layout.taps))
  const strideA = spaced(depth)
  const pieces = piecesOf(layout, Math.floor(mostResult / high))
  const widest = Math.max(...pieces.map((one) => upTo(one.span, tileColumns)))
  const laidFloats = channels * layout.channel
  // Where the filters come in several blocks, each meets all images that are laid out, so that it is copied once.
  const together = Math.min(batch, Math.max(1, Math.floor((high < options.filters ? mostLaid : mostResult) / laidFloats)))
  // So many of them are computed at a time, which gives helpers enough to do.
  const apart = isShared() ? Math.max(1, Math.min(together, Math.floor(mostApart / high / widest))) : 1
  const dense = high * Math.max(...pieces.map((one) => one.rows * one.width))
  const tableAt = free
  const biasAt = tableAt + depth
  const aAt = biasAt + upTo(options.filters, 4)
  const cAt = aAt + (high + rows) * strideA
  const denseAt = cAt + apart * high * widest
  const laidAt = denseAt + Math.max(apart * dense, stagedFloats(layout, channels))
  const { floats } = scratchOf(laidAt + together * laidFloats)
  floats.fill(0, laidAt, laidAt + together * laidFloats)
  writeTable(layout, channels, depth, tableAt)
  for (let group = 0; group < groups; group++) {
    if (bias) bringIn(bias.array, bias.offset + group * options.filters, options.filters, biasAt)
    for (let first = 0; first < batch; first += together) {
      const samples = Math.min(together, batch - first)
      for (let i = 0; i < samples; i++) layImage(layout, image.array, image.offset + ((first + i) * groups + group) * channels * layout.size, channels, laidAt + i * laidFloats, denseAt)
      for (let row = 0; row < options.filters; row += high) {
        const here = Math.min(high, options.filters - row)
        if (first === 0 || high < options.filters) copyRows({ array: filters.array, at: 0, down: 0, right: 1 }, filters.offset + (group * options.filters + row) * depth, depth, here, depth, aAt, strideA)
        for (let begin = 0; begin < samples; begin += apart) {
          const several = Array.from({ length: Math.min(apart, samples - begin) }, (_, i) => i)
          for (const piece of pieces) {
            const wide = upTo(piece.span, tileColumns)
            const count = piece.rows * piece.width
            for (let k = 0; k < depth; k += pass) {
              const calls = several.map((i) => [(aAt + k) * 4, strideA * 4, rows * strideA * 4, (laidAt + (begin + i) * laidFloats + piece.from) * 4, (tableAt + k) * 4, Math.min(pass, depth - k) * 4, (cAt + i * high * widest) * 4, wide * 4, Math.ceil(here / rows), wide / tileColumns, k > 0 ? 1 : 0])
              if (several.length >= manySamples) divide(run, calls)
              else for (const call of calls) divide(run, windowParts(call, rows))
            }
            divide(planes(), several.flatMap((i) => {
              const call = [denseAt + i * dense, count, piece.width, 1, cAt + i * high * widest, wide, layout.part[2], 1].map((floats) => floats * 4)
              call.push(here, piece.rows, piece.width, ...(bias ? [(biasAt + row) * 4, 4] : [noBias * 4, 0]))
              return partsAlong(call, 8, [[0, count * 4], [4, wide * 4], [11, call[12]!]], here * count)
            }))
            for (const i of several) {
              const to = out.offset + (((first + begin + i) * groups + group) * options.filters + row) * layout.places
              const from = denseAt + i * dense
              if (count === layout.places) takeOut(from, here * count, out.array, to)
              else for (let r = 0; r < here; r++) takeOut(from + r * count, count, out.array, to + r * layout.places + piece.place)
            }
          }
        }
      }
    }
  }
}

/** Images from which each is a part of the work; fewer are divided themselves. */
const manySamples = 8

/** A call of the kernel of windows, divided by places, or by filters where there are more. */
function windowParts(call: readonly number[], rows: number): number[][] {
  const [, , tileA, , , depth, , strideC, rowTiles, columnTiles] = call as readonly [number, number, number, number, number, number, number, number, number, number]
  const worth = (rowTiles * rows * columnTiles * tileColumns * depth) / 4
  if (columnTiles >= rowTiles) return partsAlong(call, 9, [[3, 4 * tileColumns], [6, 4 * tileColumns]], worth)
  return partsAlong(call, 8, [[0, tileA], [6, rows * strideC]], worth)
}

function scratchOf(count: number): typeof scratch {
  need(count)
  return scratch
}

const backToPlaces = kept("backToPlaces", backToPlacesModule)
const finite = kept("finite", finiteModule)

/** Rows of taps added to where they looked: channels lie apart, so that each may be another thread's. */
function addBack({ taps }: Layout, to: number, table: number, from: number, rowFrom: number, rows: number, width: number): void {
  const whole = [to, table, from, rowFrom].map((floats) => floats * 4)
  const calls = partsAlong([...whole, rows / taps, width], 4, [[1, taps * 4], [2, taps * rowFrom * 4]], rows * width)
  divide(backToPlaces(), calls.map((call) => call.map((value, i) => (i === 4 ? value * taps : value))))
}

/** Whether numbers in the scratch memory are all finite; what lies behind them, up to a multiple of four, becomes 0. */
export function allFinite(from: number, count: number): boolean {
  const whole = upTo(count, 4)
  scratch.floats.fill(0, from + count, from + whole)
  return finite()(from * 4, whole) === 1
}

/**
 * The image's gradient: filters (turned) times the incoming gradient, each row added to where its tap looked. Numbers
 * between the rows of places are zeros here; false where filters that are not finite would make something of them.
 */
export function imageGradientFast(grad: Dense, filters: Dense, out: Dense, options: Convolution): boolean {
  let done = false
  withHelpers(gradientWork(options), () => (done = imageGradient(grad, filters, out, options)))
  return done
}

function imageGradient(grad: Dense, filters: Dense, out: Dense, options: Convolution): boolean {
  const layout = layoutOf(options.window)
  const { batch, groups, channels } = options
  const depth = channels * layout.taps
  const rows = tileRows(depth)
  const run = tiles(rows)
  const spanned = upTo(layout.span, tileColumns)
  const together = Math.min(batch, Math.max(1, Math.floor(mostResult / depth / spanned)))
  const widest = together > 1 ? together * spanned : Math.min(spanned, Math.max(tileColumns, Math.floor(mostResult / depth / tileColumns) * tileColumns))
  const laidFloats = channels * layout.channel + tileColumns
  const strideA = spaced(upTo(depth, 4))
  const high = Math.min(options.filters, Math.max(8, Math.floor(mostCopied / depth)))
  const tableAt = free
  const aAt = tableAt + depth
  const cAt = aAt + (high + 1) * strideA
  const stagedAt = cAt + upTo(depth, rows) * widest
  const laidAt = stagedAt + Math.max(stagedFloats(layout, channels), stagedPlaces(layout, options.filters))
  const gradAt = laidAt + laidFloats
  const strideB = together * spanned
  const { floats } = scratchOf(gradAt + options.filters * strideB)
  floats.fill(0, gradAt, gradAt + options.filters * strideB)
  writeTable(layout, channels, depth, tableAt)
  for (let group = 0; group < groups; group++) {
    for (let first = 0; first < batch; first += together) {
      const samples = Math.min(together, batch - first)
      for (let i = 0; i < samples; i++) layPlaces(layout, grad.array, grad.offset + ((first + i) * groups + group) * options.filters * layout.places, options.filters, gradAt + i * spanned, strideB, stagedAt)
      if (together === 1) floats.fill(0, laidAt, laidAt + laidFloats)
      for (let column = 0; column < samples * spanned; column += widest) {
        const wide = Math.min(widest, samples * spanned - column)
        for (let f = 0; f < options.filters; f += high) {
          const here = Math.min(high, options.filters - f)
          if (high < options.filters || (first === 0 && column === 0)) {
            copyRows({ array: filters.array, at: 0, down: 0, right: 1 }, filters.offset + (group * options.filters + f) * depth, depth, here, depth, aAt, strideA)
            if (first === 0 && column === 0) for (let r = 0; r < here; r++) if (!allFinite(aAt + r * strideA, depth)) return false
          }
          runTiles(run, rows, aAt * 4, 4, strideA * 4, rows * 4, (gradAt + f * strideB + column) * 4, strideB * 4, tileColumns * 4, here * strideB * 4, cAt * 4, wide * 4, Math.ceil(depth / rows), wide / tileColumns, f > 0 ? 1 : 0)
        }
        if (together === 1) addBack(layout, laidAt + column, tableAt, cAt, wide, depth, wide)
        else {
          for (let i = 0; i < samples; i++) {
            floats.fill(0, laidAt, laidAt + laidFloats)
            addBack(layout, laidAt, tableAt, cAt + i * spanned, wide, depth, spanned)
            takeImage(layout, laidAt, channels, out.array, out.offset + ((first + i) * groups + group) * channels * layout.size, stagedAt)
          }
        }
      }
      if (together === 1) takeImage(layout, laidAt, channels, out.array, out.offset + (first * groups + group) * channels * layout.size, stagedAt)
    }
  }
  return true
}
