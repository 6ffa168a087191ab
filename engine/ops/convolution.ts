// Convolutions of one, two and three dimensions and their transposes. One operator does them all; its gradients are
// convolutions again and one product of patches with the incoming gradient, so that every order follows.
import type { Convolution } from "../backends/convolution.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit, type Sample } from "./entry.ts"
import type { Family } from "./family.ts"
import { atLeast, batched, each, placesOf, reach, windowOf, type Each, type Sliding } from "./window.ts"

interface Convolving {
  readonly self: Tensor
  readonly weight: Tensor
  readonly bias: Tensor | null
  readonly stride: Each
  readonly padding: Each
  readonly dilation: Each
  readonly transposed: boolean
  readonly output_padding: Each
  readonly groups: number
}

interface Layer extends Omit<Convolving, "padding" | "transposed"> {
  readonly padding: Each | bigint | string
}

/** `input` → `output` is the direction of the plain convolution, also for a transposed one, which runs it backwards. */
interface Geometry {
  readonly groups: number
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly weight: readonly number[]
  readonly sliding: Sliding
}

const image = [[[[1, 2, 0, -1], [0.5, 1, 3, 2], [2, -1, 1, 0], [1, 0, 0.5, 2]]]] as const
const filters = [[[[1, -1], [0.5, 2]]], [[[0, 1], [1, -0.5]]]] as const

export const convolution: Family<"convolution" | "_convolution_weight" | "conv1d" | "conv2d" | "conv3d" | "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d"> = {
  convolution: structural<Convolving>("convolution(self: Tensor, weight: Tensor, bias: Tensor | null, stride: Dims, padding: Dims, dilation: Dims, transposed: boolean, output_padding: Dims, groups: number)", {
    doc: "Slides filters over a signal, an image or a volume; transposed spreads each element through the filter instead.",
    forward: (kit, args) => {
      const { self, weight, bias, transposed } = args
      const made = transposed ? spread(kit, self, weight, geometryOf(kit, args)) : slid(kit, self, weight, bias, geometryOf(kit, args))
      if (bias && transposed) made.add_(kit.view(kit.dense(bias), [bias.sizes[0]!, ...self.sizes.slice(2).map(() => 1)], [1, ...self.sizes.slice(2).map(() => 0)], kit.dense(bias).offset))
      made.storage.version = 0
      return made
    },
    saves: ["self", "weight"],
    backward: ([g], { self, weight, stride, padding, dilation, transposed, groups }, _, t, needs) => {
      const rest = [stride, padding, dilation] as const
      const [input, output] = transposed ? [g!, self] : [self, g!]
      const open = transposed ? stride : openPadding({ input: self.sizes, output: g!.sizes, weight: weight.sizes, ...lists({ stride, padding, dilation }, self.ndim - 2) })
      return {
        self: needs("self") ? t.convolution(g!, weight, null, ...rest, !transposed, transposed ? 0 : open, groups) : null,
        weight: needs("weight") ? t._convolution_weight(input, output, weight.sizes, ...rest, groups) : null,
        bias: needs("bias") ? g!.sum(g!.sizes.map((__, d) => d).filter((d) => d !== 1)) : null,
      }
    },
    in: ["torch"],
    samples: [[image, filters, [0.5, -1], 1, 1, 1, false, 0, 1], [image, filters, null, [2, 1], 0, [1, 2], false, 0, 1], [image, filters.slice(0, 1), null, 2, 0, 1, true, 1, 1]],
    rejects: [{ args: [image, [[[1]]], null, 1, 0, 1, false, 0, 1], throws: "RuntimeError" }],
    slopeTexts: { self: "∂y/∂x = w", weight: "∂y/∂w = x", bias: "∂y/∂b = 1" },
    formulaText: "y[o, p] = b[o] + Σ c, k  w[o, c, k] · x[c, p · stride + k · dilation − padding]",
  }),
  _convolution_weight: structural<{ self: Tensor; grad: Tensor; size: readonly number[]; stride: Each; padding: Each; dilation: Each; groups: number }>(
    "_convolution_weight(self: Tensor, grad: Tensor, size: Shape, stride: Dims, padding: Dims, dilation: Dims, groups: number)",
    {
      doc: "The gradient of a convolution's filters: what the window saw, weighted by the gradient that came back.",
      forward: (kit, { self, grad, size, stride, padding, dilation, groups }) =>
        seen(kit, self, grad, { groups, input: self.sizes, output: grad.sizes, weight: size, sliding: { kernel: size.slice(2), ...lists({ stride, padding, dilation }, self.ndim - 2) } }),
      saves: ["self", "grad"],
      backward: ([g], { self, grad, size, stride, padding, dilation, groups }, _, t, needs) => {
        const rest = [stride, padding, dilation] as const
        const open = openPadding({ input: self.sizes, output: grad.sizes, weight: size, ...lists({ stride, padding, dilation }, self.ndim - 2) })
        return {
          self: needs("self") ? t.convolution(grad, g!, null, ...rest, true, open, groups) : null,
          grad: needs("grad") ? t.convolution(self, g!, null, ...rest, false, 0, groups) : null,
        }
      },
      gradName: "ConvolutionBackwardBackward0",
      in: [],
      samples: [[image, [[[[1, 2], [0.5, -1]]]], [1, 1, 3, 3], 1, 0, 1, 1]],
    },
  ),
  conv1d: layer(1, [[[[1, 2, 0, -1, 3]]], [[[1, -1, 0.5]]], [0.5], 2, 1]),
  conv2d: layer(2, [image, filters, [0.5, -1], 1, "same"]),
  conv3d: layer(3, [[image], [[[[[1, -1], [0.5, 2]]]]]]),
  conv_transpose1d: transposedLayer(1, [[[[1, 2, 0]]], [[[1, -1, 0.5]]], [0.5], 2, 1, 1]),
  conv_transpose2d: transposedLayer(2, [image, filters.slice(0, 1), [0.5], 2]),
  conv_transpose3d: transposedLayer(3, [[image], [[[[[1, -1], [0.5, 2]]]]]]),
}

const sizesText = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`

function layer(rank: number, sample: Sample) {
  const name = `conv${rank}d`
  return composite<Layer>(`${name}(self: Tensor, weight: Tensor, bias: Tensor = null, stride: Dims = 1, padding: Dims | string = 0, dilation: Dims = 1, groups: number = 1)`, {
    doc: `Slides ${["", "filters along a signal", "filters over an image", "filters through a volume"][rank]}; weight is [filters, channels / groups, …sizes].`,
    compose: (t, { self, weight, bias, stride, padding, dilation, groups }, kit) => {
      const { input, unbatched } = batched(kit, name, self, rank)
      checkWeight(kit, name, weight, rank)
      const { source, around } = typeof padding === "string" ? paddedByName(kit, name, input, weight, each(kit, name, "stride", stride, rank), each(kit, name, "dilation", dilation, rank), padding) : { source: input, around: numbersOf(kit, name, padding) }
      return unbatched(t.convolution(source, weight, bias, each(kit, name, "stride", stride, rank), each(kit, name, "padding", around, rank), each(kit, name, "dilation", dilation, rank), false, 0, groups))
    },
    in: ["torch", "functional"],
    samples: [sample],
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  })
}

function transposedLayer(rank: number, sample: Sample) {
  const name = `conv_transpose${rank}d`
  return composite<Convolving>(`${name}(self: Tensor, weight: Tensor, bias: Tensor = null, stride: Dims = 1, padding: Dims = 0, output_padding: Dims = 0, groups: number = 1, dilation: Dims = 1)`, {
    doc: "Spreads each element through the filters: the gradient of a convolution as a layer, used to enlarge; weight is [channels, filters / groups, …sizes].",
    compose: (t, { self, weight, bias, stride, padding, output_padding, groups, dilation }, kit) => {
      const { input, unbatched } = batched(kit, name, self, rank)
      checkWeight(kit, name, weight, rank)
      const list = (what: string, value: Each) => each(kit, name, what, value, rank)
      return unbatched(t.convolution(input, weight, bias, list("stride", stride), list("padding", padding), list("dilation", dilation), true, list("output_padding", output_padding), groups))
    },
    in: ["torch", "functional"],
    samples: [sample],
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  })
}

function checkWeight(kit: Kit, what: string, weight: Tensor, rank: number): void {
  if (weight.ndim === rank + 2) return
  throw kit.fault("RuntimeError", `${what}: expected a weight of ${rank + 2} dimensions, found shape ${sizesText(weight.sizes)}.`, "The weight is [filters, channels / groups, …sizes of the filter].")
}

function numbersOf(kit: Kit, what: string, value: Each | bigint): Each {
  if (typeof value === "bigint") return Number(value)
  if (typeof value === "number") return value
  if (Array.isArray(value)) return (value as readonly (number | bigint)[]).map(Number)
  throw kit.fault("TypeError", `${what}: expected a number, an array of numbers, "same" or "valid" for padding.`, 'Use a number, or "same".')
}

/** "valid" pads nothing; "same" keeps the size, the odd element being put behind. */
function paddedByName(kit: Kit, what: string, input: Tensor, weight: Tensor, stride: readonly number[], dilation: readonly number[], padding: string): { source: Tensor; around: number[] } {
  if (padding === "valid") return { source: input, around: stride.map(() => 0) }
  if (padding !== "same") throw kit.fault("RuntimeError", `${what}: "${padding}" is not a padding.`, 'Use a number, "same" or "valid".')
  if (stride.some((one) => one !== 1)) throw kit.fault("RuntimeError", `${what}: padding "same" needs a stride of 1, found ${sizesText(stride)}.`, "Give the padding as a number.")
  const total = reach({ kernel: weight.sizes.slice(2), dilation }).map((span) => span - 1)
  const around = total.map((one) => Math.floor(one / 2))
  if (total.every((one) => one % 2 === 0)) return { source: input, around }
  return { source: kit.t.pad(input, total.map((one) => [0, one % 2]).reverse().flat()), around }
}

function lists<K extends string>(given: Readonly<Record<K, Each>>, rank: number): Record<K, number[]> {
  const list = (value: Each): number[] => (typeof value === "number" ? new Array<number>(rank).fill(value) : value.length === 1 ? new Array<number>(rank).fill(value[0]!) : [...value])
  return Object.fromEntries(Object.entries<Each>(given).map(([name, value]) => [name, list(value)])) as Record<K, number[]>
}

/** What the window leaves over at the end: a transposed convolution adds it to get the input's size back. */
function openPadding({ input, output, weight, stride, padding, dilation }: { input: readonly number[]; output: readonly number[]; weight: readonly number[]; stride: readonly number[]; padding: readonly number[]; dilation: readonly number[] }): number[] {
  const spans = reach({ kernel: weight.slice(2), dilation })
  return spans.map((span, d) => input[d + 2]! - ((output[d + 2]! - 1) * stride[d]! - 2 * padding[d]! + span))
}

/** Checks a call and works out its shapes. */
function geometryOf(kit: Kit, args: Convolving): Geometry {
  const { self, weight, bias, transposed, groups } = args
  const rank = self.ndim - 2
  const what = `conv${transposed ? "_transpose" : ""}${rank}d`
  if (rank < 1 || rank > 3 || weight.ndim !== self.ndim) throw kit.fault("RuntimeError", `convolution: expected an input and a weight of 3, 4 or 5 dimensions, found shapes ${sizesText(self.sizes)} and ${sizesText(weight.sizes)}.`, "Give both as [batch or filters, channels, …sizes].")
  const sliding: Sliding = {
    kernel: weight.sizes.slice(2),
    stride: each(kit, what, "stride", args.stride, rank),
    padding: each(kit, what, "padding", args.padding, rank),
    dilation: each(kit, what, "dilation", args.dilation, rank),
  }
  atLeast(kit, what, "stride", sliding.stride, 1)
  atLeast(kit, what, "dilation", sliding.dilation, 1)
  atLeast(kit, what, "padding", sliding.padding, 0)
  if (!(groups >= 1)) throw kit.fault("RuntimeError", `${what}: expected groups from 1, found ${groups}.`, "Use 1 for an ordinary convolution.")
  if (self.dtype !== weight.dtype || (bias && bias.dtype !== self.dtype)) throw kit.fault("RuntimeError", `${what}: expected input, weight and bias of one type, found ${[self, weight, bias].flatMap((one) => (one ? one.dtype.name : [])).join(", ")}.`, "Convert the input, for example with .float().")
  if (self.dtype.name === "bool" || self.dtype.name === "float16") throw kit.fault("RuntimeError", `${what}: not available for ${self.dtype.name}.`, "Convert with .float().")
  const [first, second] = weight.sizes as [number, number]
  const channels = transposed ? first : second * groups
  if (self.sizes[1] !== channels || first % groups !== 0) {
    throw kit.fault(
      "RuntimeError",
      `${what}: a weight of shape ${sizesText(weight.sizes)} with groups = ${groups} expects an input of ${channels} channels${first % groups ? ` and as many filters as groups divide` : ""}, found ${self.sizes[1]} channels in shape ${sizesText(self.sizes)}.`,
      transposed ? "The weight is [channels, filters / groups, …]." : "The weight is [filters, channels / groups, …].",
    )
  }
  const filters = transposed ? second * groups : first
  if (bias && (bias.ndim !== 1 || bias.sizes[0] !== filters)) throw kit.fault("RuntimeError", `${what}: expected a bias of shape [${filters}], found ${sizesText(bias.sizes)}.`, "Give one bias a filter.")
  const spans = reach(sliding)
  if (transposed) {
    const open = each(kit, what, "output_padding", args.output_padding, rank)
    open.forEach((one, d) => {
      if (one < 0 || (one >= sliding.stride[d]! && one >= sliding.dilation[d]!)) throw kit.fault("RuntimeError", `${what}: expected output_padding below the stride or the dilation, found ${one} with stride ${sliding.stride[d]} and dilation ${sliding.dilation[d]}.`, "Choose a smaller output_padding or a larger stride.")
    })
    const enlarged = self.sizes.slice(2).map((size, d) => (size - 1) * sliding.stride[d]! - 2 * sliding.padding[d]! + spans[d]! + open[d]!)
    if (enlarged.some((size) => size < 1)) throw kit.fault("RuntimeError", `${what}: an input of shape ${sizesText(self.sizes)} would become ${sizesText(enlarged)}, which is too small.`, "Use less padding.")
    return { groups, input: [self.sizes[0]!, filters, ...enlarged], output: self.sizes, weight: weight.sizes, sliding }
  }
  const padded = self.sizes.slice(2).map((size, d) => size + 2 * sliding.padding[d]!)
  if (padded.some((size, d) => size < spans[d]!)) throw kit.fault("RuntimeError", `${what}: the filter reaches over ${sizesText(spans)}, which is more than the padded input of ${sizesText(padded)}.`, "Use a larger input, more padding or a smaller filter.")
  return { groups, input: self.sizes, output: [self.sizes[0]!, first, ...placesOf(self.sizes.slice(2), sliding)], weight: weight.sizes, sliding }
}

/** What the kernels are told. */
function optionsOf({ groups, input, output, weight, sliding }: Geometry): Convolution {
  return { window: windowOf(input.slice(2), output.slice(2), sliding), batch: input[0]!, groups, channels: weight[1]!, filters: weight[0]! / groups }
}

/** Half precisions are rounded once, after all additions. */
const rounded = (kit: Kit, made: Tensor): Tensor => (made.dtype.itemsize < 4 ? kit.copied(made) : made)

/** The plain convolution: filters times patches, and the bias. */
function slid(kit: Kit, self: Tensor, weight: Tensor, bias: Tensor | null, geometry: Geometry): Tensor {
  const out = kit.zeros(geometry.output, self.dtype)
  kit.kernel("convolve", bias ? [self, weight, bias] : [self, weight], [out], optionsOf(geometry))
  return rounded(kit, out)
}

/** The transposed convolution, which is also the gradient of the plain one's input. */
function spread(kit: Kit, self: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const out = kit.zeros(geometry.input, self.dtype)
  kit.kernel("imageGradient", [self, weight], [out], optionsOf(geometry))
  return rounded(kit, out)
}

/** The filters' gradient: the incoming gradient times patches. */
function seen(kit: Kit, self: Tensor, grad: Tensor, geometry: Geometry): Tensor {
  const out = kit.zeros(geometry.weight, self.dtype)
  kit.kernel("filterGradient", [self, grad], [out], optionsOf(geometry))
  return rounded(kit, out)
}
