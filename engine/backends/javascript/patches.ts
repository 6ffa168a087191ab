// Patches: what a sliding window sees at each place, laid out as rows, and rows added back to where they were seen.
// Apart because convolution, unfold and fold are these two loops and a matrix product.
import type { Kernel } from "../backend.ts"

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
  const { array: y, offset: rowsAt } = rows!
  const { window, channels, from } = options
  const [id, ih, iw] = window.input as Three
  const [, oh, ow] = window.output as Three
  const [kd, kh, kw] = window.kernel as Three
  const [sd, sh, sw] = window.stride as Three
  const [pd, ph, pw] = window.padding as Three
  const [dd, dh, dw] = window.dilation as Three
  let at = rowsAt
  for (let row = 0; row < rows!.shape[0]!; row++) {
    const place = from + row
    const w0 = (place % ow) * sw - pw
    const h0 = (Math.floor(place / ow) % oh) * sh - ph
    const d0 = Math.floor(place / (ow * oh)) * sd - pd
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < kd; a++) {
        const d = d0 + a * dd
        for (let b = 0; b < kh; b++) {
          const h = h0 + b * dh
          if (d < 0 || d >= id || h < 0 || h >= ih) {
            for (let k = 0; k < kw; k++) y[at++] = 0
            continue
          }
          const line = base + ((c * id + d) * ih + h) * iw
          for (let k = 0, w = w0; k < kw; k++, w += dw) y[at++] = w >= 0 && w < iw ? x[line + w]! : 0
        }
      }
    }
  }
}

/** The transpose of `patches`: each row's elements are added to where the window looked. */
export const patchesBack: Kernel<PatchOptions> = ([rows], [target], options) => {
  const { array: x, offset: rowsAt } = rows!
  const { array: y, offset: base } = target!
  const { window, channels, from } = options
  const [id, ih, iw] = window.input as Three
  const [, oh, ow] = window.output as Three
  const [kd, kh, kw] = window.kernel as Three
  const [sd, sh, sw] = window.stride as Three
  const [pd, ph, pw] = window.padding as Three
  const [dd, dh, dw] = window.dilation as Three
  let at = rowsAt
  for (let row = 0; row < rows!.shape[0]!; row++) {
    const place = from + row
    const w0 = (place % ow) * sw - pw
    const h0 = (Math.floor(place / ow) % oh) * sh - ph
    const d0 = Math.floor(place / (ow * oh)) * sd - pd
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < kd; a++) {
        const d = d0 + a * dd
        for (let b = 0; b < kh; b++) {
          const h = h0 + b * dh
          if (d < 0 || d >= id || h < 0 || h >= ih) {
            at += kw
            continue
          }
          const line = base + ((c * id + d) * ih + h) * iw
          for (let k = 0, w = w0; k < kw; k++, w += dw, at++) if (w >= 0 && w < iw) y[line + w]! += x[at]!
        }
      }
    }
  }
}

type Three = [number, number, number]
