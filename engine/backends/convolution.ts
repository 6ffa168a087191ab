// Convolution's three kernels: the product with the filters, and the gradients of the image and of the filters. Each is
// a matrix product with what the window sees; for float32 in WebAssembly, else here, in blocks that stay in the cache.
import { HostStorage, type Dense, type Kernel, type View } from "./backend.ts"
import { choice } from "./choice.ts"
import { float64, type DType } from "./dtype.ts"
import { matmul } from "./javascript/matmul.ts"
import { patches, patchesBack, type Window } from "./javascript/patches.ts"
import { convolveFast, imageGradientFast, suits } from "./wasm/convolution.ts"
import { filterGradientFast } from "./wasm/filterGradient.ts"

/** Sizes of a convolution; `window.input` is the image's side and `window.output` the places', whichever is computed. */
export interface Convolution {
  readonly window: Window
  readonly batch: number
  readonly groups: number
  /** Channels and filters of one group. */
  readonly channels: number
  readonly filters: number
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Elements of patches that are made at a time. */
const blockElements = 1 << 16

interface Block {
  /** Where the group's channels begin in the image, its filters among the places, its part of the filters. */
  readonly imageAt: number
  readonly placesAt: number
  readonly filtersAt: number
  readonly from: number
  readonly count: number
}

/** A batch, its groups and the window's places, in blocks. */
function* blocksOf({ window, batch, groups, channels, filters }: Convolution): Generator<Block> {
  const places = product(window.output)
  const row = channels * product(window.kernel)
  const most = Math.min(places, Math.max(32, Math.floor(blockElements / row)))
  if (places === 0 || row === 0) return
  for (let part = 0; part < batch * groups; part++) {
    const imageAt = part * channels * product(window.input)
    for (let from = 0; from < places; from += most) yield { imageAt, placesAt: part * filters * places, filtersAt: (part % groups) * filters * row, from, count: Math.min(most, places - from) }
  }
}

const view = ({ array, offset, dtype }: Dense, at: number, sizes: readonly number[], strides: readonly number[]): View => ({ storage: new HostStorage(array), offset: offset + at, sizes, strides, dtype })

function fresh(shape: readonly number[], dtype: DType): Dense {
  return { array: new dtype.array(product(shape)), offset: 0, shape, dtype }
}

/** `places[sample, filter, place] = Σ filters · what the window sees`, from `[image, filters]`, and added to it one bias a filter where there is a third input. */
export const convolve: Kernel<Convolution> = ([image, filters, bias], [out], options) => {
  if (choice.wasm && suits(options, image!, filters!, out!)) return convolveFast(image!, filters!, bias ?? null, out!, options)
  const { window, channels } = options
  const row = channels * product(window.kernel)
  const places = product(window.output)
  for (const { imageAt, placesAt, filtersAt, from, count } of blocksOf(options)) {
    const seen = fresh([count, row], image!.dtype)
    patches([{ ...image!, offset: image!.offset + imageAt }], [seen], { window, channels, from })
    matmul(view(filters!, filtersAt, [options.filters, row], [row, 1]), view(seen, 0, [row, count], [1, row]), view(out!, placesAt + from, [options.filters, count], [places, 1]))
  }
  if (bias) for (let row = 0; row < out!.array.length / places; row++) for (let i = 0, at = out!.offset + row * places; i < places; i++) out!.array[at + i]! += bias.array[bias.offset + (row % (options.groups * options.filters))]!
}

/** The transposed convolution, which is also the gradient of the image: from `[places, filters]`, into `out`, which is zero before. */
export const imageGradient: Kernel<Convolution> = ([grad, filters], [out], options) => {
  if (choice.wasm && suits(options, grad!, filters!, out!)) {
    if (imageGradientFast(grad!, filters!, out!, options)) return
    // A group may have been done before the one that is not finite.
    out!.array.fill(0, out!.offset, out!.offset + options.batch * options.groups * options.channels * product(options.window.input))
  }
  const { window, channels } = options
  const row = channels * product(window.kernel)
  const places = product(window.output)
  for (const { imageAt, placesAt, filtersAt, from, count } of blocksOf(options)) {
    const rows = fresh([count, row], grad!.dtype)
    matmul(view(grad!, placesAt + from, [count, options.filters], [1, places]), view(filters!, filtersAt, [options.filters, row], [row, 1]), view(rows, 0, [count, row], [row, 1]))
    patchesBack([rows], [{ ...out!, offset: out!.offset + imageAt }], { window, channels, from })
  }
}

/** The gradient of the filters, from `[image, places]`; totals in float64. */
export const filterGradient: Kernel<Convolution> = ([image, grad], [out], options) => {
  if (choice.wasm && suits(options, image!, grad!, out!) && filterGradientFast(image!, grad!, out!, options)) return
  const { window, channels, groups, filters } = options
  const row = channels * product(window.kernel)
  const places = product(window.output)
  const totals = new Float64Array(groups * filters * row)
  const share = fresh([filters, row], float64)
  for (const { imageAt, placesAt, filtersAt, from, count } of blocksOf(options)) {
    const seen = fresh([count, row], image!.dtype)
    patches([{ ...image!, offset: image!.offset + imageAt }], [seen], { window, channels, from })
    matmul(view(grad!, placesAt + from, [filters, count], [places, 1]), view(seen, 0, [count, row], [row, 1]), view(share, 0, [filters, row], [row, 1]))
    for (let i = 0; i < filters * row; i++) totals[filtersAt + i]! += share.array[i]!
  }
  out!.array.set(totals, out!.offset)
}
