// interpolate and its kin: nearest, linear, cubic and area, with PyTorch's three ways of saying where a pixel lies.
import type { TapAxis } from "../backends/javascript/resample.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { resampled, resampling, tapAxis } from "./resampling.ts"

type Places = readonly (readonly (readonly [number, number])[])[]

interface Upsample {
  readonly self: Tensor
  readonly output_size: readonly number[]
  readonly align_corners: boolean
  /** Scale by dimension where it was given, null where the sizes say it. */
  readonly scales: readonly (number | null)[]
}

interface Interpolate {
  readonly self: Tensor
  readonly size: unknown
  readonly scale_factor: unknown
  readonly mode: string
  readonly align_corners: boolean | null
  readonly recompute_scale_factor: boolean | null
  readonly antialias: boolean
}

const clamp = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)
const range = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** Distance between neighbours in the input, in float32 as PyTorch counts it for the nearest modes. */
function nearest(input: number, output: number, scale: number | null, exact: boolean): Places {
  if (input === output) return range(output, (i) => [[i, 1]])
  const step = Math.fround(scale !== null && scale > 0 ? 1 / scale : input / output)
  if (!exact && output === 2 * input) return range(output, (i) => [[i >> 1, 1]])
  return range(output, (i) => [[Math.min(Math.floor(Math.fround(exact ? Math.fround(i + 0.5) * step : i * step)), input - 1), 1]])
}

/** Where place `i` of the result lies in the input. */
function sourceOf(i: number, input: number, output: number, aligned: boolean, scale: number | null): number {
  if (aligned) return output > 1 ? (i * (input - 1)) / (output - 1) : 0
  return (scale !== null && scale > 0 ? 1 / scale : input / output) * (i + 0.5) - 0.5
}

function linear(input: number, output: number, aligned: boolean, scale: number | null): Places {
  if (input === output) return range(output, (i) => [[i, 1]])
  return range(output, (i) => {
    const source = Math.max(0, sourceOf(i, input, output, aligned, scale))
    const low = Math.min(Math.floor(source), input - 1)
    const part = Math.min(source - low, 1)
    return [[low, 1 - part], [clamp(low + 1, input), part]]
  })
}

const sharpness = -0.75

/** Weights of a cubic through four neighbours (Keys 1981, a = −0.75). */
function cubicWeight(distance: number, a = sharpness): number {
  const d = Math.abs(distance)
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
}

function cubic(input: number, output: number, aligned: boolean, scale: number | null): Places {
  if (input === output) return range(output, (i) => [[i, 1]])
  return range(output, (i) => {
    const source = sourceOf(i, input, output, aligned, scale)
    const low = Math.floor(source)
    return [-1, 0, 1, 2].map((k): [number, number] => [clamp(low + k, input), cubicWeight(source - low - k)])
  })
}

/** A filter that widens with the scale, so that shrinking averages instead of skipping. */
function smoothed(input: number, output: number, aligned: boolean, scale: number | null, filter: (distance: number) => number, width: number): Places {
  const step = aligned ? (output > 1 ? (input - 1) / (output - 1) : 0) : scale !== null && scale > 0 ? 1 / scale : input / output
  const wide = Math.max(step, 1)
  return range(output, (i) => {
    const centre = step * (i + 0.5)
    const from = Math.max(Math.trunc(centre - (width / 2) * wide + 0.5), 0)
    const to = Math.min(Math.trunc(centre + (width / 2) * wide + 0.5), input)
    const weights = range(to - from, (k) => filter((k + from - centre + 0.5) / wide))
    const total = weights.reduce((sum, one) => sum + one, 0)
    return weights.map((one, k): [number, number] => [from + k, one / total])
  })
}

const triangle = (distance: number): number => Math.max(0, 1 - Math.abs(distance))
const sharper = (distance: number): number => cubicWeight(distance, -0.5)

type Way = (input: number, output: number, aligned: boolean, scale: number | null) => Places

const smoothLinear: Way = (input, output, aligned, scale) => smoothed(input, output, aligned, scale, triangle, 2)
const smoothCubic: Way = (input, output, aligned, scale) => smoothed(input, output, aligned, scale, sharper, 4)

function upsampling(name: string, rank: number, title: string, way: Way) {
  return resampling<Upsample>(`${name}(self: Tensor, output_size: Shape, align_corners: boolean, scales: unknown)`, {
    doc: "An image (a signal, a volume) in another size.",
    gradName: `Upsample${title}Backward1`,
    check: (kit, { self, output_size }) => {
      if ([...output_size, ...self.sizes.slice(-rank)].every((size) => size > 0)) {
        if (self.dtype.category === "float" || self.dtype.name === "uint8") return
        throw kit.fault("RuntimeError", `interpolate: not available for ${self.dtype.name}.`, "Convert with .float().")
      }
      throw kit.fault("RuntimeError", `interpolate: expected sizes above 0, found an input of shape [${self.sizes.join(", ")}] and output sizes [${output_size.join(", ")}].`, "Choose a size from 1.")
    },
    axesOf: ({ self, output_size, align_corners, scales }): readonly TapAxis[] => output_size.map((output, d) => {
      const input = self.sizes[self.ndim - rank + d]!
      return tapAxis(input, way(input, output, align_corners, scales[d] ?? null))
    }),
    samples: [[(rank === 1 ? [[[1, 2, 4]]] : rank === 2 ? [[[[1, 2, 4], [0, 3, 5]]]] : [[[[[1, 2], [4, 0]]]]]), new Array<number>(rank).fill(4), false, []]],
  })
}

const plainNearest: Way = (input, output, _, scale) => nearest(input, output, scale, false)
const exactNearest: Way = (input, output, _, scale) => nearest(input, output, scale, true)

/** Modes by name: the operators for one, two and three dimensions. */
const ways = {
  nearest: ["_upsample_nearest1d", "_upsample_nearest2d", "_upsample_nearest3d"],
  "nearest-exact": ["_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d"],
  linear: ["_upsample_linear1d", null, null],
  bilinear: [null, "_upsample_bilinear2d", null],
  bicubic: [null, "_upsample_bicubic2d", null],
  trilinear: [null, null, "_upsample_trilinear3d"],
} as const
const smoothWays = { bilinear: "_upsample_bilinear2d_aa", bicubic: "_upsample_bicubic2d_aa" } as const

export const interpolation: Family<
  | "_resample" | "_upsample_nearest1d" | "_upsample_nearest2d" | "_upsample_nearest3d" | "_upsample_nearest_exact1d" | "_upsample_nearest_exact2d" | "_upsample_nearest_exact3d"
  | "_upsample_linear1d" | "_upsample_bilinear2d" | "_upsample_bicubic2d" | "_upsample_trilinear3d" | "_upsample_bilinear2d_aa" | "_upsample_bicubic2d_aa"
  | "interpolate" | "upsample" | "upsample_nearest" | "upsample_bilinear"
> = {
  _resample: structural<{ self: Tensor; axes: readonly TapAxis[]; back: boolean }>("_resample(self: Tensor, axes: unknown, back: boolean)", {
    doc: "Weighted sums of a few elements, axis by axis, or their transpose.",
    forward: (kit, { self, axes, back }) => resampled(kit, self, axes, back),
    backward: ([g], { axes, back }, _, t) => ({ self: t._resample(g!, axes, !back) }),
    gradName: "UpsampleBackwardBackward0",
    in: [],
  }),
  _upsample_nearest1d: upsampling("_upsample_nearest1d", 1, "Nearest1D", plainNearest),
  _upsample_nearest2d: upsampling("_upsample_nearest2d", 2, "Nearest2D", plainNearest),
  _upsample_nearest3d: upsampling("_upsample_nearest3d", 3, "Nearest3D", plainNearest),
  _upsample_nearest_exact1d: upsampling("_upsample_nearest_exact1d", 1, "NearestExact1D", exactNearest),
  _upsample_nearest_exact2d: upsampling("_upsample_nearest_exact2d", 2, "NearestExact2D", exactNearest),
  _upsample_nearest_exact3d: upsampling("_upsample_nearest_exact3d", 3, "NearestExact3D", exactNearest),
  _upsample_linear1d: upsampling("_upsample_linear1d", 1, "Linear1D", linear),
  _upsample_bilinear2d: upsampling("_upsample_bilinear2d", 2, "Bilinear2D", linear),
  _upsample_trilinear3d: upsampling("_upsample_trilinear3d", 3, "Trilinear3D", linear),
  _upsample_bicubic2d: upsampling("_upsample_bicubic2d", 2, "Bicubic2D", cubic),
  _upsample_bilinear2d_aa: upsampling("_upsample_bilinear2d_aa", 2, "Bilinear2DAa", smoothLinear),
  _upsample_bicubic2d_aa: upsampling("_upsample_bicubic2d_aa", 2, "Bicubic2DAa", smoothCubic),
  interpolate: composite<Interpolate>('interpolate(self: Tensor, size: Dims = null, scale_factor: Dims = null, mode: string = "nearest", align_corners: boolean = null, recompute_scale_factor: boolean = null, antialias: boolean = false)', {
    doc: "An image (a signal, a volume) in another size: nearest, linear, bilinear, bicubic, trilinear or area.",
    compose: (t, args, kit) => interpolated(t, args, kit),
    in: ["functional"],
    samples: [[[[[1, 2], [3, 4]]], { scale_factor: 2, mode: "nearest" }]],
    rejects: [{ args: [[[[1, 2], [3, 4]]]], throws: "ValueError" }],
  }),
  upsample: composite<Interpolate>('upsample(self: Tensor, size: Dims = null, scale_factor: Dims = null, mode: string = "nearest", align_corners: boolean = null)', {
    doc: "The old name of interpolate.",
    samples: [[[[[1, 2], [3, 4]]], { scale_factor: 2 }]],
    compose: (t, args, kit) => {
      kit.warn("upsample is the old name of interpolate.", "Use torch.nn.functional.interpolate.")
      return interpolated(t, { ...args, recompute_scale_factor: null, antialias: false }, kit)
    },
    in: ["functional"],
  }),
  upsample_nearest: composite<Interpolate>("upsample_nearest(self: Tensor, size: Dims = null, scale_factor: Dims = null)", {
    doc: "interpolate with the nearest element.",
    samples: [[[[[1, 2], [3, 4]]], { scale_factor: 2 }]],
    compose: (t, args, kit) => interpolated(t, { ...args, mode: "nearest", align_corners: null, recompute_scale_factor: null, antialias: false }, kit),
    in: ["functional"],
  }),
  upsample_bilinear: composite<Interpolate>("upsample_bilinear(self: Tensor, size: Dims = null, scale_factor: Dims = null)", {
    doc: "interpolate with mode bilinear and aligned corners.",
    samples: [[[[[[1, 2], [3, 4]]]], { scale_factor: 2 }]],
    compose: (t, args, kit) => interpolated(t, { ...args, mode: "bilinear", align_corners: true, recompute_scale_factor: null, antialias: false }, kit),
    in: ["functional"],
  }),
}

const known = Object.keys(ways).concat("area")

function interpolated(t: Kit["t"], { self, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias }: Interpolate, kit: Kit): Tensor {
  const rank = self.ndim - 2
  const linearly = mode === "linear" || mode === "bilinear" || mode === "bicubic" || mode === "trilinear"
  if (!linearly && align_corners !== null) throw kit.fault("ValueError", `interpolate: align_corners belongs to the modes linear, bilinear, bicubic and trilinear, found mode "${mode}".`, "Leave align_corners out.")
  if (size !== null && scale_factor !== null) throw kit.fault("ValueError", "interpolate: size and scale_factor were both given.", "Give one of the two.")
  if (size === null && scale_factor === null) throw kit.fault("ValueError", "interpolate: neither size nor scale_factor was given.", "Write { size: … } or { scale_factor: 2 }.")
  const spatial = self.sizes.slice(2)
  const listed = (name: string, value: readonly number[]): readonly number[] => {
    if (value.length === 1) return new Array<number>(Math.max(rank, 0)).fill(value[0]!)
    if (value.length !== rank) throw kit.fault("ValueError", `interpolate: expected ${rank} numbers for ${name}, one for each of the dimensions [${spatial.join(", ")}], found ${value.length}.`, "Give one number for all, or one a dimension.")
    return value
  }
  const scales = scale_factor === null ? null : listed("scale_factor", scale_factor as readonly number[])
  if (recompute_scale_factor && size !== null) throw kit.fault("ValueError", "interpolate: recompute_scale_factor means nothing beside a size.", "Leave it out.")
  if (antialias && mode !== "bilinear" && mode !== "bicubic") throw kit.fault("ValueError", `interpolate: antialias belongs to the modes bilinear and bicubic, found "${mode}".`, "Leave antialias out.")
  if (rank < 1 || rank > 3 || !known.includes(mode)) throw unfit(kit, self, mode)
  const sizes = scales ? spatial.map((one, d) => Math.floor(one * scales[d]!)) : listed("size", size as readonly number[])
  if (!sizes.every(Number.isInteger)) throw kit.fault("TypeError", `interpolate: expected whole numbers for size, found [${sizes.join(", ")}].`, "Use scale_factor for factors.")
  if (mode === "area") return rank === 1 ? t.adaptive_avg_pool1d(self, sizes) : rank === 2 ? t.adaptive_avg_pool2d(self, sizes) : t.adaptive_avg_pool3d(self, sizes)
  const name = antialias ? smoothWays[mode as keyof typeof smoothWays] : ways[mode as keyof typeof ways][rank - 1]
  if (!name || (antialias && rank !== 2)) throw unfit(kit, self, mode)
  return t[name](self, sizes, align_corners ?? false, scales && !recompute_scale_factor ? scales : sizes.map(() => null))
}

function unfit(kit: Kit, self: Tensor, mode: string): Error {
  return kit.fault("NotImplementedError", `interpolate: mode "${mode}" does not take an input of ${self.ndim} dimensions (shape [${self.sizes.join(", ")}]).`, "linear takes 3 dimensions, bilinear and bicubic 4, trilinear 5; nearest and area take 3, 4 or 5.")
}
