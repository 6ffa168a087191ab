// How an image lies in the scratch memory while a window slides over it: with its padding, and taken apart by the
// window's stride, so that from one place to the next each tap moves on by one element. Apart from the convolution's
// products because all three of them, and pooling, read images this way.
import type { TypedArray } from "../dtype.ts"
import type { Window } from "../javascript/patches.ts"
import { planesModule } from "./convolutionCode.ts"
import { bringIn, kept, noBias, scratch, takeOut } from "./scratch.ts"

type Three = readonly [number, number, number]

export interface Layout {
  readonly window: Window
  /** Sides of one part of a channel: every `stride`-th element, padding included. */
  readonly part: Three
  /** Floats of a channel, all its parts. */
  readonly channel: number
  /** Elements of a channel of the image, places of the window, taps of its kernel. */
  readonly size: number
  readonly places: number
  readonly taps: number
  /** Elements from the first place to the last; between rows they run over what belongs to no place. */
  readonly span: number
  /** Where each tap looks from the first place, in one channel. */
  readonly looks: Int32Array
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

export function layoutOf(window: Window): Layout {
  const stride = window.stride as unknown as Three // A window has three dimensions.
  const [kd, kh, kw] = window.kernel as unknown as Three
  const [od, oh, ow] = window.output as unknown as Three
  const part = [0, 1, 2].map((d) => window.output[d]! + Math.floor(((window.kernel[d]! - 1) * window.dilation[d]!) / stride[d]!)) as unknown as Three
  const volume = product(part)
  const looks = new Int32Array(kd * kh * kw)
  let at = 0
  for (let a = 0; a < kd; a++) {
    for (let b = 0; b < kh; b++) {
      for (let c = 0; c < kw; c++) {
        const from = [a, b, c].map((tap, d) => tap * window.dilation[d]!)
        const phase = from.reduce((total, one, d) => total * stride[d]! + (one % stride[d]!), 0)
        const [z, y, x] = from.map((one, d) => Math.floor(one / stride[d]!)) as unknown as Three
        looks[at++] = phase * volume + (z * part[1] + y) * part[2] + x
      }
    }
  }
  return { window, part, channel: product(stride) * volume, size: product(window.input), places: od * oh * ow, taps: looks.length, span: ((od - 1) * part[1] + oh - 1) * part[2] + ow, looks }
}

/** For the kernels: where each tap of each channel looks, in bytes, at `to`; the last is repeated up to `count`. */
export function writeTable({ looks, channel, taps }: Layout, channels: number, count: number, to: number): void {
  const { words } = scratch
  for (let c = 0, at = to; c < channels; c++) for (let tap = 0; tap < taps; tap++) words[at++] = 4 * (c * channel + looks[tap]!)
  for (let i = channels * taps; i < count; i++) words[to + i] = words[to + i - 1]!
}

export const planes = kept("planes", planesModule)

/** Rows of planes moved in the scratch memory, all in floats. */
export function movePlanes(to: number, planeTo: number, rowTo: number, stepTo: number, from: number, planeFrom: number, rowFrom: number, stepFrom: number, count: number, rows: number, width: number): void {
  if (count > 0 && rows > 0 && width > 0) planes()(to * 4, planeTo * 4, rowTo * 4, stepTo * 4, from * 4, planeFrom * 4, rowFrom * 4, stepFrom * 4, count, rows, width, noBias * 4, 0)
}

/** Calls `move` for every part and every slice of depth: where it begins in the part and in the image, and its rows and width. */
function eachPart({ window, part }: Layout, move: (laid: number, image: number, rows: number, width: number) => void): void {
  const [sd, sh, sw] = window.stride as unknown as Three
  const [, ih, iw] = window.input as unknown as Three
  const volume = product(part)
  /** The elements of one axis that lie in a part: the first in the image and in the part, and how many. */
  const along = (d: number, phase: number): Three => {
    const [size, pad, stride] = [window.input[d]!, window.padding[d]!, window.stride[d]!]
    const first = (((phase - pad) % stride) + stride) % stride
    const begin = (first + pad - phase) / stride
    return [first, begin, Math.max(0, Math.min(Math.ceil((size - first) / stride), part[d]! - begin))]
  }
  for (let a = 0; a < sd; a++) {
    const [z0, atZ, depth] = along(0, a)
    for (let b = 0; b < sh; b++) {
      const [y0, atY, rows] = along(1, b)
      for (let c = 0; c < sw; c++) {
        const [x0, atX, width] = along(2, c)
        const phase = ((a * sh + b) * sw + c) * volume
        for (let z = 0; z < depth; z++) move(phase + ((atZ + z) * part[1] + atY) * part[2] + atX, ((z0 + z * sd) * ih + y0) * iw + x0, rows, width)
      }
    }
  }
}

/** Floats of an image that are copied in or out at a time. */
const mostStaged = 1 << 16

/** Channels that pass by at a time, at least one. */
const stagedChannels = ({ size }: Layout, channels: number): number => Math.max(1, Math.min(channels, Math.floor(mostStaged / size)))

/** Floats that passing an image by takes. */
export const stagedFloats = (layout: Layout, channels: number): number => stagedChannels(layout, channels) * layout.size

const isWhole = ({ window, part, channel, size }: Layout): boolean => channel === size && window.input.every((one, d) => one === part[d]) && window.padding.every((one) => one === 0)

/** Lays channels of an image out at `to`, by way of `staged`. The padding is zero already. */
export function layImage(layout: Layout, array: TypedArray, offset: number, channels: number, to: number, staged: number): void {
  const { size, channel, window } = layout
  if (isWhole(layout)) {
    bringIn(array, offset, channels * size, to)
    return
  }
  const [, sh, sw] = window.stride as unknown as Three
  const most = stagedChannels(layout, channels)
  for (let c = 0; c < channels; c += most) {
    const count = Math.min(most, channels - c)
    bringIn(array, offset + c * size, count * size, staged)
    eachPart(layout, (laid, image, rows, width) => movePlanes(to + c * channel + laid, channel, layout.part[2], 1, staged + image, size, sh * window.input[2]!, sw, count, rows, width))
  }
}

/** The way back: what lies at `from` becomes channels of an image; elements that no tap saw become 0. */
export function takeImage(layout: Layout, from: number, channels: number, array: TypedArray, offset: number, staged: number): void {
  const { floats } = scratch
  const { size, channel, window } = layout
  if (isWhole(layout)) {
    takeOut(from, channels * size, array, offset)
    return
  }
  const [, sh, sw] = window.stride as unknown as Three
  const most = stagedChannels(layout, channels)
  for (let c = 0; c < channels; c += most) {
    const count = Math.min(most, channels - c)
    floats.fill(0, staged, staged + count * size)
    eachPart(layout, (laid, image, rows, width) => movePlanes(staged + image, size, sh * window.input[2]!, sw, from + c * channel + laid, channel, layout.part[2], 1, count, rows, width))
    takeOut(staged, count * size, array, offset + c * size)
  }
}

/** Lays numbers that belong to places out at `to`, `stride` a channel, with zeros between the rows (which are there already). */
export function layPlaces({ window, part, places }: Layout, array: TypedArray, offset: number, channels: number, to: number, stride: number, staged: number): void {
  const [od, oh, ow] = window.output as unknown as Three
  const most = Math.max(1, Math.min(channels, Math.floor(mostStaged / places)))
  for (let c = 0; c < channels; c += most) {
    const count = Math.min(most, channels - c)
    bringIn(array, offset + c * places, count * places, staged)
    for (let z = 0; z < od; z++) movePlanes(to + c * stride + z * part[1] * part[2], stride, part[2], 1, staged + z * oh * ow, places, ow, 1, count, oh, ow)
  }
}

export const stagedPlaces = ({ places }: Layout, channels: number): number => Math.max(1, Math.min(channels, Math.floor(mostStaged / places))) * places
