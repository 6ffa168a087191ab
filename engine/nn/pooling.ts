// Pooling, padding and resizing: modules without parameters that look at windows or places of their input.
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { F, moduleClass, type Made, type ModuleClass } from "./define.ts"
import { each } from "./convolution.ts"
import { attributes, float, python, tuple } from "./pythonText.ts"

interface Window {
  kernel_size: unknown
  stride: unknown
  padding: unknown
  readonly dilation: unknown
  readonly ceil_mode: boolean
  readonly return_indices: boolean
  readonly count_include_pad: boolean
  readonly divisor_override: number | null
}

/** A stride that was left out is the window itself. */
function fillStride(self: Made<Window>): void {
  self.stride ??= self.kernel_size
}

const maxPool = (rank: number): ModuleClass =>
  moduleClass<Window>(`MaxPool${rank}d(kernel_size: unknown, stride: unknown = null, padding: unknown = 0, dilation: unknown = 1, return_indices: boolean = false, ceil_mode: boolean = false)`, {
    make: fillStride,
    forward: (self, x) => F[`max_pool${rank}d`]!(x, self.kernel_size, self.stride, self.padding, self.dilation, { ceil_mode: self.ceil_mode, return_indices: self.return_indices }),
    text: (self) => attributes(self, "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
  })

const avgPool = (rank: number): ModuleClass =>
  moduleClass<Window>(`AvgPool${rank}d(kernel_size: unknown, stride: unknown = null, padding: unknown = 0, ceil_mode: boolean = false, count_include_pad: boolean = true${rank > 1 ? ", divisor_override: number = null" : ""})`, {
    make(self) {
      fillStride(self)
      if (rank > 1) return
      self.kernel_size = each("AvgPool1d: kernel_size", self.kernel_size, 1)
      self.stride = each("AvgPool1d: stride", self.stride, 1)
      self.padding = each("AvgPool1d: padding", self.padding, 1)
    },
    forward: (self, x) => F[`avg_pool${rank}d`]!(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, ...(rank > 1 ? [self.divisor_override] : [])),
    text: (self) => attributes(self, "kernel_size", "stride", "padding"),
  })

const adaptive = (kind: "Avg" | "Max", rank: number): ModuleClass =>
  moduleClass<{ output_size: unknown; return_indices: boolean }>(`Adaptive${kind}Pool${rank}d(output_size: unknown${kind === "Max" ? ", return_indices: boolean = false" : ""})`, {
    forward: (self, x) => F[`adaptive_${kind.toLowerCase()}_pool${rank}d`]!(x, self.output_size, ...(self.return_indices ? [{ return_indices: true }] : [])),
    text: (self) => attributes(self, "output_size"),
  })

const normPool = (rank: number): ModuleClass =>
  moduleClass<Window & { norm_type: number }>(`LPPool${rank}d(norm_type: number, kernel_size: unknown, stride: unknown = null, ceil_mode: boolean = false)`, {
    forward: (self, x) => F[`lp_pool${rank}d`]!(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode),
    text: (self) => attributes(self, "norm_type", "kernel_size", "stride", "ceil_mode"),
  })

const unpool = (rank: number): ModuleClass =>
  moduleClass<Window>(`MaxUnpool${rank}d(kernel_size: unknown, stride: unknown = null, padding: unknown = 0)`, {
    make(self) {
      fillStride(self)
      self.kernel_size = each("MaxUnpool: kernel_size", self.kernel_size, rank)
      self.stride = each("MaxUnpool: stride", self.stride, rank)
      self.padding = each("MaxUnpool: padding", self.padding, rank)
    },
    forward: (self, x, indices, size) => F[`max_unpool${rank}d`]!(x, indices, self.kernel_size, self.stride, self.padding, size),
    text: (self) => attributes(self, "kernel_size", "stride", "padding"),
  })

/** A border around the last dimensions. One number is the same on all sides. */
const padding = (kind: string, mode: string, rank: number): ModuleClass =>
  moduleClass<{ padding: readonly number[]; value: number }>(`${kind}Pad${rank}d(padding: unknown${kind === "Constant" ? ", value: number" : ""})`, {
    make(self, { padding: given }) {
      self.padding = each(`${kind}Pad${rank}d: padding`, given, 2 * rank)
    },
    forward: (self, x) => F["pad"]!(x, self.padding, ...(mode === "constant" ? ["constant", self.value ?? 0] : [mode])),
    text: (self) => (kind === "Constant" ? `padding=${tuple(self.padding)}, value=${python(self.value)}` : tuple(self.padding)),
  })

interface Sizing {
  readonly size: unknown
  readonly scale_factor: unknown
  mode: string
  align_corners: boolean | null
}

const upsampling = (signature: string, mode?: string): ModuleClass =>
  moduleClass<Sizing>(signature, {
    make(self) {
      if (mode) self.mode = mode
      if (mode === "bilinear") self.align_corners = true
    },
    forward: (self, x) => F["interpolate"]!(x, { size: self.size, scale_factor: self.scale_factor, mode: self.mode, ...(typeof self.align_corners === "boolean" ? { align_corners: self.align_corners } : {}) }),
    text: (self) => `${self.scale_factor === null ? `size=${python(self.size)}` : `scale_factor=${Array.isArray(self.scale_factor) ? `(${(self.scale_factor as number[]).map(float).join(", ")})` : float(Number(self.scale_factor))}`}, mode=${self.mode}`,
  })

const shuffle = (name: string, parameter: string, operator: string): ModuleClass =>
  moduleClass<Readonly<Record<string, unknown>>>(`${name}(${parameter}: number)`, {
    forward: (self, x) => F[operator]!(x, self[parameter]),
    text: (self) => attributes(self, parameter),
  })

/** Classes of one kind for one, two and three dimensions. */
function byRank(name: (rank: number) => string, make: (rank: number) => ModuleClass, ranks: readonly number[] = [1, 2, 3]): Record<string, ModuleClass> {
  return Object.fromEntries(ranks.map((rank) => [name(rank), make(rank)]))
}

export const pooling: Readonly<Record<string, ModuleClass>> = {
  ...byRank((rank) => `MaxPool${rank}d`, maxPool),
  ...byRank((rank) => `AvgPool${rank}d`, avgPool),
  ...byRank((rank) => `AdaptiveAvgPool${rank}d`, (rank) => adaptive("Avg", rank)),
  ...byRank((rank) => `AdaptiveMaxPool${rank}d`, (rank) => adaptive("Max", rank)),
  ...byRank((rank) => `LPPool${rank}d`, normPool, [1, 2]),
  ...byRank((rank) => `MaxUnpool${rank}d`, unpool),
  ...byRank((rank) => `ZeroPad${rank}d`, (rank) => padding("Zero", "constant", rank)),
  ...byRank((rank) => `ConstantPad${rank}d`, (rank) => padding("Constant", "constant", rank)),
  ...byRank((rank) => `ReflectionPad${rank}d`, (rank) => padding("Reflection", "reflect", rank)),
  ...byRank((rank) => `ReplicationPad${rank}d`, (rank) => padding("Replication", "replicate", rank)),
  ...byRank((rank) => `CircularPad${rank}d`, (rank) => padding("Circular", "circular", rank)),
  Upsample: upsampling('Upsample(size: unknown = null, scale_factor: unknown = null, mode: string = "nearest", align_corners: boolean = null, recompute_scale_factor: boolean = null)'),
  UpsamplingNearest2d: upsampling("UpsamplingNearest2d(size: unknown = null, scale_factor: unknown = null)", "nearest"),
  UpsamplingBilinear2d: upsampling("UpsamplingBilinear2d(size: unknown = null, scale_factor: unknown = null)", "bilinear"),
  PixelShuffle: shuffle("PixelShuffle", "upscale_factor", "pixel_shuffle"),
  PixelUnshuffle: shuffle("PixelUnshuffle", "downscale_factor", "pixel_unshuffle"),
  ChannelShuffle: shuffle("ChannelShuffle", "groups", "channel_shuffle"),
  CosineSimilarity: moduleClass<{ dim: number; eps: number }>("CosineSimilarity(dim: number = 1, eps: number = 1e-8)", {
    forward: (self, a, b) => F["cosine_similarity"]!(a, b, self.dim, self.eps),
  }),
  PairwiseDistance: moduleClass<{ norm: number; p: number; eps: number; keepdim: boolean }>("PairwiseDistance(p: number = 2, eps: number = 0.000001, keepdim: boolean = false)", {
    make: (self) => void (self.norm = self.p),
    forward: (self, a, b) => F["pairwise_distance"]!(a, b, self.p, self.eps, self.keepdim),
  }),
}

/** The dimensions that a module takes, as a fault where the input has others. */
export function checkRank(name: string, x: Tensor, ...ranks: readonly number[]): void {
  if (!ranks.includes(x.ndim)) throw faults.value(`${name}: expected an input with ${ranks.join(" or ")} dimensions, found shape [${x.sizes.join(", ")}].`, "Reshape the input.")
}
