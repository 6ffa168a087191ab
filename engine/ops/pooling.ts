// Pooling: one number for each region of a plane, its largest, its mean or its norm. Windows that slide and adaptive
// regions differ only in where the regions begin and end.
import type { Axes, Axis } from "../backends/javascript/pooling.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit, type Namespace, type Sample } from "./entry.ts"
import type { Family } from "./family.ts"
import { atLeast, each, product, type Each } from "./window.ts"

interface Windowed {
  readonly self: Tensor
  readonly kernel_size: Each
  readonly stride: Each | null
  readonly padding: Each
  readonly ceil_mode: boolean
}

interface MaxWindowed extends Windowed {
  readonly dilation: Each
  readonly return_indices: boolean
}

interface MeanWindowed extends Windowed {
  readonly count_include_pad: boolean
  readonly divisor_override: number | null
}

/** Regions of one kind: the axes of the plane and the sizes that come out. */
export interface Regions {
  readonly axes: Axes
  readonly sizes: readonly number[]
  readonly divisor: number | null
}

const image = [[[[1, 5, 2, 0], [3, 4, 7, 1], [2, 8, 6, 9], [0, 3, 1, 2.5]]]] as const
const signal = [[[1, 5, 2, 0, 3, 4]]] as const
const sampleOf = (rank: number): Sample => (rank === 1 ? signal : rank === 2 ? image : [[image[0][0], image[0][0].toReversed()]]) as unknown as Sample
const everywhere: readonly Namespace[] = ["torch", "functional"]

/** Planes in front, the region's dimensions last. */
function planesOf(kit: Kit, self: Tensor, rank: number): Tensor {
  const packed = kit.dense(self)
  const plane = product(self.sizes.slice(self.ndim - rank))
  return kit.view(packed, [product(self.sizes.slice(0, -rank)), plane], [plane, 1], packed.offset)
}

const alone: Axis = { size: 1, from: Int32Array.of(0), to: Int32Array.of(1), step: 1, count: Int32Array.of(1) }

function regionsOf(self: Tensor, axes: readonly Axis[], divisor: number | null = null): Regions {
  const three = [...new Array<Axis>(3 - axes.length).fill(alone), ...axes] as unknown as Axes // Three by construction.
  return { axes: three, sizes: [...self.sizes.slice(0, self.ndim - axes.length), ...axes.map((axis) => axis.from.length)], divisor }
}

function checkPooled(kit: Kit, what: string, self: Tensor, rank: number, name: "RuntimeError" | "ValueError" = "RuntimeError"): void {
  const fits = self.ndim === rank + 1 || self.ndim === rank + 2
  if (!fits || self.sizes.slice(-rank - 1).includes(0))
    throw kit.fault(fits ? "RuntimeError" : name, `${what}: expected an input of ${rank + 1} (unbatched) or ${rank + 2} (batched) dimensions that are not empty, found shape [${self.sizes.join(", ")}].`, "Give it as [batch, channels, …]; unsqueeze(0) adds a batch.")
}

/** Windows of a size that slide over the plane. */
function windows(kit: Kit, what: string, args: Windowed & { readonly dilation?: Each; readonly count_include_pad?: boolean; readonly divisor_override?: number | null }, rank: number): Regions {
  const { self, ceil_mode } = args
  checkPooled(kit, what, self, rank)
  const list = (name: string, value: Each, least: number): number[] => {
    const made = each(kit, what, name, value, rank)
    atLeast(kit, what, name, made, least)
    return made
  }
  const kernel = list("kernel_size", args.kernel_size, 1)
  const stride = args.stride === null || (typeof args.stride === "object" && args.stride.length === 0) ? kernel : list("stride", args.stride, 1)
  const padding = list("padding", args.padding, 0)
  const dilation = list("dilation", args.dilation ?? 1, 1)
  if (args.divisor_override === 0) throw kit.fault("RuntimeError", `${what}: divisor_override must not be 0.`, "Leave it out to divide by the number of elements.")
  const spatial = self.sizes.slice(self.ndim - rank)
  const axes = spatial.map((size, d): Axis => {
    const [k, s, p, step] = [kernel[d]!, stride[d]!, padding[d]!, dilation[d]!]
    if (p * 2 > k) throw kit.fault("RuntimeError", `${what}: expected padding of at most half the kernel size, found ${p} with kernel size ${k}.`, "Use less padding or a larger window.")
    let count = Math.floor((size + 2 * p - step * (k - 1) - 1 + (ceil_mode ? s - 1 : 0)) / s) + 1
    // A last window that would begin in the padding behind is left out.
    if (ceil_mode && (count - 1) * s >= size + p) count--
    if (count < 1) throw kit.fault("RuntimeError", `${what}: a window of ${k} does not fit into the ${size} elements of the input of shape [${self.sizes.join(", ")}].`, "Use a smaller window or a larger input.")
    const axis: Axis = { size, from: new Int32Array(count), to: new Int32Array(count), step, count: new Int32Array(count) }
    for (let i = 0; i < count; i++) {
      const start = i * s - p
      const end = Math.min(start + (k - 1) * step + 1, size + p)
      axis.from[i] = start < 0 ? start + Math.ceil(-start / step) * step : start
      axis.to[i] = Math.min(end, size)
      axis.count[i] = args.count_include_pad ? end - start : axis.to[i]! - axis.from[i]!
    }
    return axis
  })
  return regionsOf(self, axes, args.divisor_override ?? null)
}

/** As many regions as are asked for, over all elements; neighbours share elements where the sizes do not divide. */
function adaptive(kit: Kit, what: string, self: Tensor, size: unknown, rank: number): Regions {
  const axes = adaptiveSizes(kit, what, self, size, rank).map((count, d): Axis => {
    const input = self.sizes[self.ndim - rank + d]!
    const from = Int32Array.from({ length: count }, (_, i) => Math.floor((i * input) / count))
    const to = Int32Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * input) / count))
    return { size: input, from, to, step: 1, count: to.map((end, i) => end - from[i]!) }
  })
  return regionsOf(self, axes)
}

function adaptiveSizes(kit: Kit, what: string, self: Tensor, size: unknown, rank: number): number[] {
  checkPooled(kit, what, self, rank, "ValueError")
  const list = Array.isArray(size) ? (size as readonly unknown[]) : new Array<unknown>(rank).fill(size)
  if (list.length !== rank) throw kit.fault("RuntimeError", `${what}: expected one number or ${rank} numbers for output_size, found ${list.length}.`, "null keeps a dimension's size.")
  const made = list.map((one, d) => (one === null ? self.sizes[self.ndim - rank + d]! : Number(one)))
  atLeast(kit, what, "output_size", made, 0)
  return made
}

function maxForward(kit: Kit, self: Tensor, { axes, sizes }: Regions, rank: number): Tensor[] {
  if (self.dtype.category !== "float") throw kit.fault("RuntimeError", `max_pool: not available for ${self.dtype.name}.`, "Convert with .float().")
  const values = kit.zeros(sizes, self.dtype)
  const indices = kit.zeros(sizes, kit.dtype.int64)
  kit.kernel("maxPool", [planesOf(kit, self, rank)], [values, indices], { axes })
  return [values, indices]
}

const backToPlaces = (t: Kit["t"], g: Tensor, self: Tensor, indices: Tensor, rank: number): Tensor => t._plane_add(g, indices, self.sizes.slice(self.ndim - rank))

function maxPooling(rank: 2 | 3) {
  const name = `max_pool${rank}d_with_indices`
  return structural<MaxWindowed>(`${name}(self: Tensor, kernel_size: Dims, stride: Dims = null, padding: Dims = 0, dilation: Dims = 1, ceil_mode: boolean = false) -> ValuesIndices`, {
    doc: "Largest element under a window that slides, and its place in the plane.",
    forward: (kit, args) => maxForward(kit, args.self, windows(kit, `max_pool${rank}d`, args, rank), rank),
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self }, [, indices], t) => ({ self: backToPlaces(t, g!, self, indices!, rank) }),
    in: ["functional"],
    samples: [[sampleOf(rank), 2], [sampleOf(rank), rank === 2 ? 3 : 2, 2, 1, 1, true]],
    rejects: [{ args: [sampleOf(rank), 9], throws: "RuntimeError" }],
  })
}

/** A signal's pool is an image's of height 1, as in PyTorch: `before` is the number for the height. */
function lifted(kit: Kit, what: string, name: string, value: Each, before: number): number[] {
  return [before, ...each(kit, what, name, value, 1)]
}

function signalMax(t: Kit["t"], kit: Kit, { self, kernel_size, stride, padding, dilation, ceil_mode }: MaxWindowed): [Tensor, Tensor] {
  const name = "max_pool1d"
  checkPooled(kit, name, self, 1)
  const steps = stride === null ? null : lifted(kit, name, "stride", stride, 1)
  const pair = t.max_pool2d_with_indices(self.unsqueeze(-2), lifted(kit, name, "kernel_size", kernel_size, 1), steps, lifted(kit, name, "padding", padding, 0), lifted(kit, name, "dilation", dilation, 1), ceil_mode)
  return [pair[0].squeeze(-2), pair[1].squeeze(-2)]
}

function signalAdaptiveMax(t: Kit["t"], kit: Kit, self: Tensor, output_size: unknown): [Tensor, Tensor] {
  const pair = t.adaptive_max_pool2d_with_indices(self.unsqueeze(-2), [1, ...adaptiveSizes(kit, "adaptive_max_pool1d", self, output_size, 1)])
  return [pair[0].squeeze(-2), pair[1].squeeze(-2)]
}

function maxLayer(rank: number) {
  const name = `max_pool${rank}d`
  return composite<MaxWindowed>(`${name}(self: Tensor, kernel_size: Dims, stride: Dims = null, padding: Dims = 0, dilation: Dims = 1, ceil_mode: boolean = false, return_indices: boolean = false)`, {
    doc: "Largest element under a window that slides; stride is the window's size unless given. With return_indices also its place.",
    compose: (t, args, kit) => {
      const { self, kernel_size, stride, padding, dilation, ceil_mode, return_indices } = args
      const pair = rank === 1 ? signalMax(t, kit, args) : (rank === 2 ? t.max_pool2d_with_indices : t.max_pool3d_with_indices)(self, kernel_size, stride, padding, dilation, ceil_mode)
      return return_indices ? kit.tuple([...pair]) : pair[0]
    },
    in: everywhere,
    samples: [[sampleOf(rank), 2]],
    rejects: [{ args: [sampleOf(rank), 9], throws: "RuntimeError" }],
  })
}

const meanParameters = "self: Tensor, kernel_size: Dims, stride: Dims = null, padding: Dims = 0, ceil_mode: boolean = false, count_include_pad: boolean = true"

function meanPooling(rank: 2 | 3) {
  const name = `avg_pool${rank}d`
  return structural<MeanWindowed>(`${name}(${meanParameters}, divisor_override: number = null)`, {
    doc: "Mean of the elements under a window that slides; stride is the window's size unless given.",
    forward: (kit, args) => averaged(kit, args.self, windows(kit, name, args, rank), rank),
    backward: ([g], { self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }, _, t) => ({
      self: t._avg_pool_back(g!, self.sizes, typeof kernel_size === "number" || kernel_size.length === 1 ? new Array<number>(rank).fill(Number(kernel_size)) : kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
    }),
    in: everywhere,
    samples: [[sampleOf(rank), 2], [sampleOf(rank), 2, 1, 1, true, false]],
    rejects: [{ args: [sampleOf(rank), 9], throws: "RuntimeError" }],
    formulaText: "y = mean of x under the window",
  })
}

function averaged(kit: Kit, self: Tensor, { axes, sizes, divisor }: Regions, rank: number): Tensor {
  const whole = self.dtype.category !== "float"
  if (whole && self.dtype.name !== "int64") throw kit.fault("RuntimeError", `avg_pool: not available for ${self.dtype.name}.`, "Convert with .float().")
  const out = kit.zeros(sizes, whole ? kit.dtype.float64 : self.dtype)
  kit.kernel("avgPool", [planesOf(kit, self, rank)], [out], { axes, divisor })
  return whole ? kit.copied(out, self.dtype) : out
}

function sharedOut(kit: Kit, grad: Tensor, sizes: readonly number[], { axes, divisor }: Regions, rank: number): Tensor {
  const out = kit.zeros(sizes, grad.dtype)
  kit.kernel("avgPoolBack", [planesOf(kit, grad, rank)], [out], { axes, divisor })
  return out
}

const sized = (kit: Kit, sizes: readonly number[]): Tensor => kit.view(kit.zeros([1], kit.dtype.float32), sizes, sizes.map(() => 0))

function adaptiveMean(rank: 2 | 3) {
  const name = `_adaptive_avg_pool${rank}d`
  return structural<{ self: Tensor; output_size: readonly number[] }>(`${name}(self: Tensor, output_size: Shape)`, {
    doc: "Means of as many regions as are asked for.",
    forward: (kit, { self, output_size }) => averaged(kit, self, adaptive(kit, name.slice(1), self, output_size, rank), rank),
    backward: ([g], { self, output_size }, _, t) => ({ self: t._adaptive_avg_pool_back(g!, self.sizes, output_size) }),
    gradName: `AdaptiveAvgPool${rank}DBackward0`,
    in: [],
    samples: [[sampleOf(rank), new Array<number>(rank).fill(2)]],
  })
}

function adaptiveMeanLayer(rank: number) {
  const name = `adaptive_avg_pool${rank}d`
  return composite<{ self: Tensor; output_size: unknown }>(`${name}(self: Tensor, output_size: Dims | (number | null)[])`, {
    doc: "Means of as many regions as are asked for, whatever the input's size; null keeps a dimension.",
    compose: (t, { self, output_size }, kit) => {
      const sizes = adaptiveSizes(kit, name, self, output_size, rank)
      const input = rank === 1 ? self.unsqueeze(-2) : self
      const made = sizes.every((one) => one === 1) ? input.mean(rank === 3 ? [-1, -2, -3] : [-1, -2], true) : rank === 3 ? t._adaptive_avg_pool3d(input, sizes) : t._adaptive_avg_pool2d(input, rank === 1 ? [1, ...sizes] : sizes)
      return rank === 1 ? made.squeeze(-2) : made
    },
    in: rank === 1 ? everywhere : ["functional"],
    samples: [[sampleOf(rank), 1], [sampleOf(rank), 2]],
    rejects: [{ args: [[1, 2], 1], throws: "ValueError" }].slice(0, rank === 1 ? 0 : 1),
  })
}

function adaptiveMax(rank: 2 | 3) {
  const name = `adaptive_max_pool${rank}d`
  return structural<{ self: Tensor; output_size: unknown }>(`${name}_with_indices(self: Tensor, output_size: Dims | (number | null)[]) -> ValuesIndices`, {
    doc: "Largest elements of as many regions as are asked for, and their places in the plane.",
    forward: (kit, { self, output_size }) => maxForward(kit, self, adaptive(kit, name, self, output_size, rank), rank),
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self }, [, indices], t) => ({ self: backToPlaces(t, g!, self, indices!, rank) }),
    gradName: `AdaptiveMaxPool${rank}DBackward0`,
    in: ["functional"],
    samples: [[sampleOf(rank), 2]],
  })
}

function adaptiveMaxLayer(rank: number) {
  const name = `adaptive_max_pool${rank}d`
  return composite<{ self: Tensor; output_size: unknown; return_indices: boolean }>(`${name}(self: Tensor, output_size: Dims | (number | null)[], return_indices: boolean = false)`, {
    doc: "Largest elements of as many regions as are asked for; with return_indices also their places.",
    compose: (t, { self, output_size, return_indices }, kit) => {
      const pair = rank === 1 ? signalAdaptiveMax(t, kit, self, output_size) : (rank === 2 ? t.adaptive_max_pool2d_with_indices : t.adaptive_max_pool3d_with_indices)(self, adaptiveSizes(kit, name, self, output_size, rank))
      return return_indices ? kit.tuple([...pair]) : pair[0]
    },
    in: rank === 1 ? everywhere : ["functional"],
    samples: [[sampleOf(rank), 2]],
  })
}

function normLayer(rank: 1 | 2) {
  const name = `lp_pool${rank}d`
  return composite<{ self: Tensor; norm_type: number; kernel_size: Each; stride: Each | null; ceil_mode: boolean }>(`${name}(self: Tensor, norm_type: number, kernel_size: Dims, stride: Dims = null, ceil_mode: boolean = false)`, {
    doc: "(Σ x^norm_type)^(1/norm_type) of the elements under a window that slides.",
    compose: (t, { self, norm_type, kernel_size, stride, ceil_mode }, kit) => {
      const count = product(each(kit, name, "kernel_size", kernel_size, rank))
      const out = (rank === 1 ? t.avg_pool1d : t.avg_pool2d)(self.pow(norm_type), kernel_size, stride, 0, ceil_mode)
      return out.sign().mul(out.abs().relu()).mul(count).pow(1 / norm_type)
    },
    in: ["functional"],
    samples: [[sampleOf(rank), 2, 2]],
  })
}

export const pooling: Family<
  | "max_pool1d" | "max_pool2d" | "max_pool3d" | "avg_pool1d" | "avg_pool2d" | "avg_pool3d" | "adaptive_avg_pool1d" | "adaptive_avg_pool2d" | "adaptive_avg_pool3d"
  | "adaptive_max_pool1d" | "adaptive_max_pool2d" | "adaptive_max_pool3d" | "lp_pool1d" | "lp_pool2d" | "_plane_add" | "_plane_take" | "_avg_pool_back" | "_adaptive_avg_pool_back" | "_adaptive_avg_pool2d" | "_adaptive_avg_pool3d",
  "max_pool1d_with_indices" | "adaptive_max_pool1d_with_indices" | "max_pool2d_with_indices" | "max_pool3d_with_indices" | "adaptive_max_pool2d_with_indices" | "adaptive_max_pool3d_with_indices"
> = {
  max_pool1d: maxLayer(1),
  max_pool2d: maxLayer(2),
  max_pool3d: maxLayer(3),
  max_pool1d_with_indices: composite<MaxWindowed>("max_pool1d_with_indices(self: Tensor, kernel_size: Dims, stride: Dims = null, padding: Dims = 0, dilation: Dims = 1, ceil_mode: boolean = false) -> ValuesIndices", {
    doc: "Largest element under a window that slides along a signal, and its place.",
    compose: (t, args, kit) => signalMax(t, kit, args),
    in: ["functional"],
    samples: [[signal, 2]],
    rejects: [{ args: [signal, 9], throws: "RuntimeError" }],
  }),
  adaptive_max_pool1d_with_indices: composite<{ self: Tensor; output_size: unknown }>("adaptive_max_pool1d_with_indices(self: Tensor, output_size: Dims | (number | null)[]) -> ValuesIndices", {
    doc: "Largest elements of as many parts of a signal as are asked for, and their places.",
    compose: (t, { self, output_size }, kit) => signalAdaptiveMax(t, kit, self, output_size),
    in: ["functional"],
    samples: [[signal, 2]],
  }),
  max_pool2d_with_indices: maxPooling(2),
  max_pool3d_with_indices: maxPooling(3),
  avg_pool1d: composite<MeanWindowed>(`avg_pool1d(${meanParameters})`, {
    doc: "Mean of the elements under a window that slides along a signal.",
    compose: (t, { self, kernel_size, stride, padding, ceil_mode, count_include_pad }, kit) => {
      const name = "avg_pool1d"
      checkPooled(kit, name, self, 1)
      const steps = stride === null ? null : lifted(kit, name, "stride", stride, 1)
      return t.avg_pool2d(self.unsqueeze(-2), lifted(kit, name, "kernel_size", kernel_size, 1), steps, lifted(kit, name, "padding", padding, 0), ceil_mode, count_include_pad).squeeze(-2)
    },
    in: everywhere,
    samples: [[signal, 2]],
  }),
  avg_pool2d: meanPooling(2),
  avg_pool3d: meanPooling(3),
  adaptive_avg_pool1d: adaptiveMeanLayer(1),
  adaptive_avg_pool2d: adaptiveMeanLayer(2),
  adaptive_avg_pool3d: adaptiveMeanLayer(3),
  _adaptive_avg_pool2d: adaptiveMean(2),
  _adaptive_avg_pool3d: adaptiveMean(3),
  adaptive_max_pool1d: adaptiveMaxLayer(1),
  adaptive_max_pool2d: adaptiveMaxLayer(2),
  adaptive_max_pool3d: adaptiveMaxLayer(3),
  adaptive_max_pool2d_with_indices: adaptiveMax(2),
  adaptive_max_pool3d_with_indices: adaptiveMax(3),
  lp_pool1d: normLayer(1),
  lp_pool2d: normLayer(2),
  _avg_pool_back: structural<MeanWindowed & { size: readonly number[] }>(`_avg_pool_back(self: Tensor, size: Shape, ${meanParameters.slice("self: Tensor, ".length)}, divisor_override: number = null)`, {
    doc: "The gradient of a mean over windows, shared out over what the windows saw.",
    forward: (kit, args) => {
      const rank = (args.kernel_size as readonly number[]).length
      return sharedOut(kit, args.self, args.size, windows(kit, `avg_pool${rank}d`, { ...args, self: sized(kit, args.size) }, rank), rank)
    },
    backward: ([g], { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }, _, t) => ({
      self: ((kernel_size as readonly number[]).length === 2 ? t.avg_pool2d : t.avg_pool3d)(g!, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
    }),
    gradName: "AvgPoolBackwardBackward0",
    in: [],
    samples: [[[[[[1, 2], [3, 4]]]], [1, 1, 4, 4], [2, 2]]],
  }),
  _adaptive_avg_pool_back: structural<{ self: Tensor; size: readonly number[]; output_size: readonly number[] }>("_adaptive_avg_pool_back(self: Tensor, size: Shape, output_size: Shape)", {
    doc: "The gradient of adaptive means, shared out over their regions.",
    forward: (kit, { self, size, output_size }) => sharedOut(kit, self, size, adaptive(kit, "adaptive_avg_pool", sized(kit, size), output_size, output_size.length), output_size.length),
    backward: ([g], { output_size }, _, t) => ({ self: (output_size.length === 2 ? t._adaptive_avg_pool2d : t._adaptive_avg_pool3d)(g!, output_size) }),
    gradName: "AdaptiveAvgPoolBackwardBackward0",
    in: [],
    samples: [[[[[[1, 2], [3, 4]]]], [1, 1, 3, 3], [2, 2]]],
  }),
  _plane_add: structural<{ self: Tensor; indices: Tensor; plane: readonly number[] }>("_plane_add(self: Tensor, indices: Tensor, plane: Shape)", {
    doc: "Adds each element to the place in its plane that an index names.",
    forward: (kit, { self, indices, plane }) => {
      const out = kit.zeros([...self.sizes.slice(0, self.ndim - plane.length), ...plane], self.dtype)
      kit.kernel("planePut", [planesOf(kit, self, plane.length), planesOf(kit, indices, plane.length)], [planesOf(kit, out, plane.length)], { how: "add" })
      return out
    },
    saves: ["indices"],
    backward: ([g], { indices, plane }, _, t) => ({ self: t._plane_take(g!, indices, plane.length) }),
    gradName: "MaxPoolWithIndicesBackwardBackward0",
    in: [],
    samples: [[[[[[1, 2], [3, 4]]]], [[[[0n, 1n], [8n, 1n]]]], [3, 3]]],
  }),
  _plane_take: structural<{ self: Tensor; indices: Tensor; rank: number }>("_plane_take(self: Tensor, indices: Tensor, rank: number)", {
    doc: "The elements of each plane that indices name.",
    forward: (kit, { self, indices, rank }) => {
      const out = kit.zeros(indices.sizes, self.dtype)
      kit.kernel("planeTake", [planesOf(kit, self, rank), planesOf(kit, indices, rank)], [planesOf(kit, out, rank)], {})
      return out
    },
    saves: ["indices"],
    backward: ([g], { self, indices, rank }, _, t) => ({ self: t._plane_add(g!, indices, self.sizes.slice(self.ndim - rank)) }),
    gradName: "MaxUnpoolBackwardBackward0",
    in: [],
    samples: [[[[[[1, 2], [3, 4]]]], [[[[0n, 3n]]]], 2]],
  }),
}
