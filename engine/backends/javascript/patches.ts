// Patches: what a sliding window sees at each place, laid out as rows, and rows added back to where they were seen.
// Apart because convolution, unfold and fold are these two loops and a matrix product.
import type { Dense, Kernel } from "../backend.ts"

/** A window that slides over three dimensions (leading ones are 1 for images and signals). */
export interface Window {
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly dilation: readonly number[]
}

export interface PatchOptions {
  readonly window: Window
  readonly channels: number
  /** The first place; as many follow as there are rows. */
  readonly from: number
}

/** `rows[place, channel · kernel] = source[channel, where the window looks]`, zero in the padding. */
export const patches: Kernel<PatchOptions> = ([source], [rows], options) => {
  const { array: x, offset: base } = source!
  const { array: y } = rows!
  const [width, kernel, step] = [options.window.input[2]!, options.window.kernel[2]!, options.window.dilation[2]!]
  eachLine(rows!, options, (start, line, w0) => {
    for (let at = start, w = w0; at < start + kernel; at++, w += step) y[at] = line >= 0 && w >= 0 && w < width ? x[base + line + w]! : 0
  })
}

/** The transpose of `patches`: each row's elements are added to where the window looked. */
export const patchesBack: Kernel<PatchOptions> = ([rows], [target], options) => {
  const { array: x } = rows!
  const { array: y, offset: base } = target!
  const [width, kernel, step] = [options.window.input[2]!, options.window.kernel[2]!, options.window.dilation[2]!]
  eachLine(rows!, options, (start, line, w0) => {
    if (line < 0) return
    for (let at = start, w = w0; at < start + kernel; at++, w += step) if (w >= 0 && w < width) y[base + line + w]! += x[at]!
  })
}

/** Names every line of every row: where it starts there, where the line that it sees starts in the input (-1 in the padding), and the first column. */
function eachLine(rows: Dense, { window, channels, from }: PatchOptions, see: (start: number, line: number, w0: number) => void): void {
  const [id, ih, iw] = window.input as Three
  const [, oh, ow] = window.output as Three
  const [kd, kh, kw] = window.kernel as Three
  const [sd, sh, sw] = window.stride as Three
  const [pd, ph, pw] = window.padding as Three
  const [dd, dh] = window.dilation as Three
  let start = rows.offset
  for (let place = from; place < from + rows.shape[0]!; place++) {
    const w0 = (place % ow) * sw - pw
    const h0 = (Math.floor(place / ow) % oh) * sh - ph
    const d0 = Math.floor(place / (ow * oh)) * sd - pd
    for (let c = 0; c < channels; c++) {
      for (let a = 0, d = d0; a < kd; a++, d += dd) {
        for (let b = 0, h = h0; b < kh; b++, h += dh, start += kw) {
          see(start, d < 0 || d >= id || h < 0 || h >= ih ? -1 : ((c * id + d) * ih + h) * iw, w0)
        }
      }
    }
  }
}

type Three = [number, number, number]
