// Images rearranged: pixels into channels and back, patches into columns and back, grids that say where to look.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { atLeast, each, placesOf, product, windowOf, type Each, type Sliding } from "./window.ts"

interface Blocks {
  readonly self: Tensor
  readonly kernel_size: Each
  readonly dilation: Each
  readonly padding: Each
  readonly stride: Each
}

const pixels = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]], [[13, 14], [15, 16]]]] as const

/** Window numbers of unfold and fold, two of each. */
function slidingOf(kit: Kit, what: string, { kernel_size, dilation, padding, stride }: Omit<Blocks, "self">): Sliding {
  const two = (name: string, value: Each, least: number): number[] => {
    const list = each(kit, what, name, value, 2)
    atLeast(kit, what, name, list, least)
    return list
  }
  return { kernel: two("kernel_size", kernel_size, 1), dilation: two("dilation", dilation, 1), padding: two("padding", padding, 0), stride: two("stride", stride, 1) }
}

export const layout: Family<"pixel_shuffle" | "pixel_unshuffle" | "channel_shuffle" | "native_channel_shuffle" | "functional_unfold" | "fold" | "affine_grid" | "affine_grid_generator"> = {
  pixel_shuffle: structural<{ self: Tensor; upscale_factor: number }>("pixel_shuffle(self: Tensor, upscale_factor: number)", {
    doc: "Channels become pixels: [C·r², H, W] to [C, H·r, W·r].",
    forward: (kit, { self, upscale_factor: r }) => {
      checkFactor(kit, "pixel_shuffle", self, r)
      const [c, h, w] = self.sizes.slice(-3) as [number, number, number]
      if (c % (r * r)) throw kit.fault("RuntimeError", `pixel_shuffle: expected channels that ${r}² divides, found ${c} in shape [${self.sizes.join(", ")}].`, "Make as many channels as the factor squared, times the channels of the result.")
      const lead = self.sizes.slice(0, -3)
      const n = lead.length
      const order = [...lead.map((_, d) => d), n, n + 3, n + 1, n + 4, n + 2]
      return kit.copied(self.reshape([...lead, c / (r * r), r, r, h, w]).permute(order)).view([...lead, c / (r * r), h * r, w * r])
    },
    backward: ([g], { upscale_factor }) => ({ self: g!.pixel_unshuffle(upscale_factor) }),
    in: ["torch", "functional"],
    samples: [[pixels, 2]],
    rejects: [{ args: [pixels, 3], throws: "RuntimeError" }],
  }),
  pixel_unshuffle: structural<{ self: Tensor; downscale_factor: number }>("pixel_unshuffle(self: Tensor, downscale_factor: number)", {
    doc: "Pixels become channels: [C, H·r, W·r] to [C·r², H, W].",
    forward: (kit, { self, downscale_factor: r }) => {
      checkFactor(kit, "pixel_unshuffle", self, r)
      const [c, h, w] = self.sizes.slice(-3) as [number, number, number]
      if (h % r || w % r) throw kit.fault("RuntimeError", `pixel_unshuffle: expected height and width that ${r} divides, found ${h} and ${w}.`, "Crop or pad the image first.")
      const lead = self.sizes.slice(0, -3)
      const n = lead.length
      const order = [...lead.map((_, d) => d), n, n + 2, n + 4, n + 1, n + 3]
      return kit.copied(self.reshape([...lead, c, h / r, r, w / r, r]).permute(order)).view([...lead, c * r * r, h / r, w / r])
    },
    backward: ([g], { downscale_factor }) => ({ self: g!.pixel_shuffle(downscale_factor) }),
    in: ["torch", "functional"],
    samples: [[pixels, 2]],
    rejects: [{ args: [pixels, 3], throws: "RuntimeError" }],
  }),
  native_channel_shuffle: structural<{ self: Tensor; groups: number }>("native_channel_shuffle(self: Tensor, groups: number)", {
    doc: "Channels dealt out to groups like cards.",
    forward: (kit, { self, groups }) => {
      const [n, c, ...rest] = self.sizes as [number, number, ...number[]]
      return kit.copied(self.reshape([n, groups, c / groups, ...rest]).transpose(1, 2)).view(self.sizes)
    },
    backward: ([g], { self, groups }, _, t) => ({ self: t.native_channel_shuffle(g!, self.sizes[1]! / groups) }),
    in: ["torch", "functional"],
    samples: [[pixels, 2]],
  }),
  channel_shuffle: composite<{ self: Tensor; groups: number }>("channel_shuffle(self: Tensor, groups: number)", {
    doc: "Channels dealt out to groups like cards.",
    compose: (t, { self, groups }, kit) => {
      if (self.ndim < 3) throw kit.fault("RuntimeError", `channel_shuffle: expected at least 3 dimensions, found ${self.ndim}.`, "Give it as [batch, channels, …].")
      if (!(groups >= 1) || self.sizes[1]! % groups) throw kit.fault("RuntimeError", `channel_shuffle: expected groups that divide the ${self.sizes[1]} channels, found ${groups}.`, "Choose a divisor of the channels.")
      return t.native_channel_shuffle(self, groups)
    },
    in: ["torch", "functional"],
    samples: [[pixels, 2]],
    rejects: [{ args: [pixels, 3], throws: "RuntimeError" }],
  }),
  functional_unfold: structural<Blocks>("unfold(self: Tensor, kernel_size: Dims, dilation: Dims = 1, padding: Dims = 0, stride: Dims = 1)", {
    doc: "The patches that a sliding window sees, one a column: [N, C, H, W] to [N, C · kernel, places].",
    forward: (kit, args) => columns(kit, args.self, args),
    backward: ([g], { self, kernel_size, dilation, padding, stride }, _, t) => ({ self: t.fold(g!, self.sizes.slice(-2), kernel_size, dilation, padding, stride) }),
    gradName: "Im2ColBackward0",
    in: ["functional"],
    samples: [[pixels, 2], [pixels, 2, 1, 1, 2]],
    rejects: [{ args: [pixels, 5], throws: "RuntimeError" }],
  }),
  fold: structural<Blocks & { output_size: Each }>("fold(self: Tensor, output_size: Dims, kernel_size: Dims, dilation: Dims = 1, padding: Dims = 0, stride: Dims = 1)", {
    doc: "Columns of patches added up into an image: the transpose of unfold.",
    forward: (kit, args) => folded(kit, args.self, args),
    backward: ([g], { kernel_size, dilation, padding, stride }, _, t) => ({ self: t.functional_unfold(g!, kernel_size, dilation, padding, stride) }),
    gradName: "Col2ImBackward0",
    in: ["functional"],
    samples: [[[[1, 2], [3, 4], [5, 6], [7, 8]], [2, 3], 2]],
    rejects: [{ args: [[[1, 2], [3, 4], [5, 6], [7, 8]], [4, 4], 2], throws: "RuntimeError" }],
  }),
  affine_grid_generator: structural<{ theta: Tensor; base: Tensor; size: readonly number[] }>("affine_grid_generator(theta: Tensor, base: Tensor, size: Shape)", {
    doc: "Each matrix of theta times the places of a regular grid.",
    forward: (_, { theta, base, size }) => base.matmul(theta.transpose(1, 2)).view([size[0]!, ...size.slice(2), size.length - 2]),
    saves: ["base"],
    backward: ([g], { base, theta, size }) => ({ theta: g!.reshape([size[0]!, -1, size.length - 2]).transpose(1, 2).matmul(base).reshape(theta.sizes) }),
    in: [],
    samples: [[[[[1, 0, 0.5], [0, 1, -0.5]]], [[-1, -1, 1], [1, 0, 1]], [1, 1, 1, 2]]],
  }),
  affine_grid: composite<{ theta: Tensor; size: readonly number[]; align_corners: boolean | null }>("affine_grid(theta: Tensor, size: Shape, align_corners: boolean = null)", {
    doc: "Where each pixel of a turned, scaled or moved image looks: a grid for grid_sample, from matrices theta.",
    compose: (t, { theta, size, align_corners }, kit) => {
      const rank = size.length - 2
      if (theta.ndim !== 3 || (rank !== 2 && rank !== 3) || theta.sizes[1] !== rank || theta.sizes[2] !== rank + 1 || theta.sizes[0] !== size[0])
        throw kit.fault(rank === 2 || rank === 3 ? "ValueError" : "NotImplementedError", `affine_grid: expected matrices [N, 2, 3] for a size [N, C, H, W] (or [N, 3, 4] for volumes), found shape [${theta.sizes.join(", ")}] and size [${size.join(", ")}].`, "Give one matrix an image.")
      if (align_corners === null) kit.warn("affine_grid: align_corners was not given, so the corners are the outer edges of the pixels (false).", "Write { align_corners: false } or { align_corners: true }, as for grid_sample.")
      return t.affine_grid_generator(theta, regularGrid(kit, size.slice(2), align_corners ?? false, theta), size)
    },
    in: ["functional"],
    samples: [[[[[1, 0, 0.5], [0, 1, -0.5]]], [1, 1, 2, 2]]],
  }),
}

function checkFactor(kit: Kit, what: string, self: Tensor, factor: number): void {
  if (self.ndim < 3) throw kit.fault("RuntimeError", `${what}: expected at least 3 dimensions [channels, height, width], found shape [${self.sizes.join(", ")}].`, "unsqueeze the input.")
  if (!(factor >= 1)) throw kit.fault("RuntimeError", `${what}: expected a factor from 1, found ${factor}.`, "Use 2 to double the size.")
}

const shapeText = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`

function columns(kit: Kit, self: Tensor, args: Omit<Blocks, "self">): Tensor {
  if ((self.ndim !== 3 && self.ndim !== 4) || self.sizes.slice(-3).includes(0))
    throw kit.fault(self.ndim < 3 ? "IndexError" : "RuntimeError", `unfold: expected an image [channels, height, width] or a batch of them, found shape ${shapeText(self.sizes)}.`, "unsqueeze the input.")
  const sliding = slidingOf(kit, "unfold", args)
  const [channels, ...spatial] = self.sizes.slice(-3) as [number, number, number]
  const places = placesOf(spatial, sliding)
  if (places.some((count) => count < 1)) throw kit.fault("RuntimeError", `unfold: a window of ${shapeText(sliding.kernel)} does not fit into the image of ${shapeText(spatial)}.`, "Use a smaller window or more padding.")
  const window = windowOf(spatial, places, sliding)
  const [count, row, plane] = [product(places), channels * product(sliding.kernel), channels * product(spatial)]
  const batch = self.ndim === 4 ? self.sizes[0]! : 1
  const packed = kit.dense(self)
  const rows = kit.zeros([batch, count, row], self.dtype)
  for (let n = 0; n < batch; n++) kit.kernel("patches", [kit.view(packed, [plane], [1], packed.offset + n * plane)], [kit.view(rows, [count, row], [row, 1], n * count * row)], { window, channels, from: 0 })
  const made = kit.copied(kit.view(rows, [batch, row, count], [count * row, 1, row]))
  return self.ndim === 4 ? made : kit.view(made, [row, count], [count, 1])
}

function folded(kit: Kit, self: Tensor, args: Omit<Blocks, "self"> & { readonly output_size: Each }): Tensor {
  if (self.ndim !== 2 && self.ndim !== 3) throw kit.fault("RuntimeError", `fold: expected columns [channels · kernel, places] or a batch of them, found shape ${shapeText(self.sizes)}.`, "They come from unfold.")
  const sliding = slidingOf(kit, "fold", args)
  const spatial = each(kit, "fold", "output_size", args.output_size, 2)
  const [row, count] = self.sizes.slice(-2) as [number, number]
  const kernel = product(sliding.kernel)
  if (row % kernel) throw kit.fault("RuntimeError", `fold: expected rows that the ${kernel} elements of the kernel divide, found ${row}.`, "Use the kernel_size of unfold.")
  const places = placesOf(spatial, sliding)
  if (places.some((one) => one < 1) || product(places) !== count)
    throw kit.fault("RuntimeError", `fold: an image of ${shapeText(spatial)} has ${shapeText(places)} places of the window, found ${count} columns.`, "Use the sizes and the window of unfold.")
  const window = windowOf(spatial, places, sliding)
  const channels = row / kernel
  const plane = channels * product(spatial)
  const batch = self.ndim === 3 ? self.sizes[0]! : 1
  const rows = kit.copied(self.transpose(-1, -2))
  const out = kit.zeros([...(self.ndim === 3 ? [batch] : []), channels, ...spatial], self.dtype)
  for (let n = 0; n < batch; n++) kit.kernel("patchesBack", [kit.view(rows, [count, row], [row, 1], n * count * row)], [kit.view(out, [plane], [1], n * plane)], { window, channels, from: 0 })
  return out
}

/** Places of a regular grid from −1 to 1 as rows [x, y, 1], x running fastest. */
function regularGrid(kit: Kit, sizes: readonly number[], aligned: boolean, like: Tensor): Tensor {
  const rank = sizes.length
  const at = (i: number, size: number): number => (size <= 1 ? 0 : aligned ? -1 + (2 * i) / (size - 1) : (2 * i + 1) / size - 1)
  const rows: number[] = []
  for (let flat = 0; flat < product(sizes); flat++) {
    let left = flat
    const place: number[] = []
    for (let d = rank - 1; d >= 0; d--) {
      place.push(at(left % sizes[d]!, sizes[d]!))
      left = Math.floor(left / sizes[d]!)
    }
    rows.push(...place, 1)
  }
  return kit.fromNumbers(rows, [product(sizes), rank + 1], like.dtype)
}
