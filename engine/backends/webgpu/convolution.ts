// Convolution and its two gradients on the GPU, each as a product. On a GPU factors are never laid out: the second is
// looked up in the image, where the window stands. For a driver of software the image is unfolded first, or folded after.
import type { View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { laysOut, mostLaidOut, recordProduct, type Plain, type ProductCall, type ProductKernel } from "./product.ts"
import { fold, unfold } from "./unfolding.ts"
import { fillWindow, looking, meeting, meets, place, setUp, shared, sized, type Convolution } from "./windows.ts"

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

const forward = (biased: boolean): ProductKernel => ({
  key: `convolve ${biased}`,
  label: "convolution",
  inputs: ["x_", "w_"],
  storeInputs: biased ? ["bias_"] : [],
  declarations: shared,
  setUp,
  part: "",
  left: `fn left(row: u32, p: u32) -> f32 { return w_[${place("wAt")} + (inGroup * ${place("filters")} + row) * plan[1] + p]; }`,
  right: `${looking}
fn right(p: u32, column: u32) -> f32 { return look(${place("xAt")} + (part * ${place("channels")} + p / kernelSize) * imageSize, column, p % kernelSize); }`,
  store: `fn store(row: u32, column: u32, value: f32) {
  result_[${place("outAt")} + (part * ${place("filters")} + row) * places + column] = value${biased ? ` + bias_[${place("biasAt")} + inGroup * ${place("filters")} + row]` : ""};
}`,
})

const biasedForward = forward(true)
const plainForward = forward(false)

const backToImage: ProductKernel = {
  key: "image gradient",
  label: "convolution_backward",
  inputs: ["x_", "w_"],
  storeInputs: [],
  declarations: shared,
  setUp,
  part: "",
  left: `fn left(row: u32, p: u32) -> f32 { return w_[${place("wAt")} + ((inGroup * ${place("filters")} + p / kernelSize) * ${place("channels")} + row) * kernelSize + p % kernelSize]; }`,
  right: `${meeting}
fn right(p: u32, column: u32) -> f32 {
  let k = p % kernelSize;
  let kY = k / ${sized("kernel", 2)};
  let atY = column / ${sized("input", 2)};
  let x = ${meets(2, `column % ${sized("input", 2)}`, `k % ${sized("kernel", 2)}`)};
  let y = ${meets(1, `atY % ${sized("input", 1)}`, `kY % ${sized("kernel", 1)}`)};
  let z = ${meets(0, `atY / ${sized("input", 1)}`, `kY / ${sized("kernel", 1)}`)};
  if (x < 0 || y < 0 || z < 0) { return 0.0; }
  return x_[${place("xAt")} + (part * ${place("filters")} + p / kernelSize) * places + (u32(z) * ${sized("output", 1)} + u32(y)) * ${sized("output", 2)} + u32(x)];
}`,
  store: `fn store(row: u32, column: u32, value: f32) { result_[${place("outAt")} + (part * ${place("channels")} + row) * imageSize + column] = value; }`,
}

/** The image's gradient before it is folded: a row for each place, on it what each element of the window there has. */
const unfoldedGradient: ProductKernel = {
  key: "unfolded gradient",
  label: "convolution_backward",
  inputs: ["x_", "w_"],
  storeInputs: [],
  declarations: shared,
  setUp,
  part: "",
  left: `fn left(row: u32, p: u32) -> f32 { return x_[${place("xAt")} + (part * ${place("filters")} + p) * places + row]; }`,
  right: `fn right(p: u32, column: u32) -> f32 { return w_[${place("wAt")} + (inGroup * ${place("filters")} + p) * plan[2] + column]; }`,
  store: `fn store(row: u32, column: u32, value: f32) { result_[(part * places + row) * plan[2] + column] = value; }`,
}

/** The depth, samples times places, is cut into parts so that there is enough to do at once; they are added up afterwards. */
const backToFilters: ProductKernel = {
  key: "filter gradient",
  label: "convolution_backward",
  inputs: ["x_", "w_"],
  storeInputs: [],
  declarations: shared,
  setUp: `${setUp}
  inGroup = group.z / ${place("parts")};
  part = group.z % ${place("parts")};`,
  part: `  first = (group.z % ${place("parts")}) * ${place("chunk")};
  last = min(last, first + ${place("chunk")});`,
  left: `fn left(row: u32, p: u32) -> f32 { return w_[${place("wAt")} + (((p / places) * ${place("groups")} + inGroup) * ${place("filters")} + row) * places + p % places]; }`,
  right: `${looking}
fn right(p: u32, column: u32) -> f32 {
  return look(${place("xAt")} + (((p / places) * ${place("groups")} + inGroup) * ${place("channels")} + column / kernelSize) * imageSize, p % places, column % kernelSize);
}`,
  store: `fn store(row: u32, column: u32, value: f32) {
  result_[${place("outAt")} + ((part * ${place("groups")} + inGroup) * ${place("filters")} + row) * plan[2] + column] = value;
}`,
}

const sumParts: Shader = {
  key: "convolution parts",
  label: "convolution_backward",
  buffers: 2,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> parts_: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  var total = 0.0;
  for (var k = 0u; k < plan[2]; k++) { total += parts_[k * plan[0] + i]; }
  result_[plan[4] + i] = total;
}
`,
}

interface Call {
  readonly kernel: ProductKernel
  readonly buffers: readonly number[]
  readonly storeBuffers?: readonly number[]
  readonly to: number
  readonly at: readonly [x: number, w: number, bias: number, out: number]
  readonly rows: number
  readonly depth: number
  readonly columns: number
  readonly slices: number
  readonly leftSlices: number
  readonly rightSlices?: number
  readonly chunk?: number
  readonly parts?: number
  readonly plainLeft?: Plain | null
  readonly plainRight?: Plain | null
  readonly layRight?: ProductCall["layRight"]
}

function record(gpu: Gpu, options: Convolution, { at: [xAt, wAt, biasAt, outAt], chunk = 0, parts = 1, storeBuffers = [], ...call }: Call): void {
  recordProduct(gpu, {
    rightSlices: call.slices,
    ...call,
    storeBuffers,
    fill: (words, at) => fillWindow(words, at, options, { xAt, wAt, biasAt, outAt, chunk, parts }),
  })
}

const allFloats = (views: readonly View[]): boolean => views.every((one) => isOnDevice(one) && one.dtype.name === "float32")

/** Multiplications of a convolution. */
export const workOf = ({ window, batch, groups, channels, filters }: Convolution): number => batch * groups * channels * filters * product(window.kernel) * product(window.output)

const fits = (gpu: Gpu, options: Convolution, inputs: readonly View[], outputs: readonly View[]): boolean =>
  allFloats([...inputs, ...outputs]) && workOf(options) > 0 && options.batch * options.groups <= gpu.adapter.limits.maxComputeWorkgroupsPerDimension && gpu.takes(workOf(options), gpu.thresholds.products, inputs)

const bufferOf = (gpu: Gpu, view: View): number => (isOnDevice(view) ? gpu.memory.onDevice(view.storage.contents) : 0)
const resultOf = (gpu: Gpu, view: View): number => (isOnDevice(view) ? target(gpu, view, product(view.sizes)) : 0)

export function convolve(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: Convolution): boolean {
  if (!fits(gpu, options, inputs, outputs)) return false
  const [image, filters, bias] = inputs as [View, View, View?]
  const { window, batch, groups } = options
  const [x, w, ...storeBuffers] = inputs.map((one) => bufferOf(gpu, one)) as [number, number, ...number[]]
  const depth = options.channels * product(window.kernel)
  record(gpu, options, {
    kernel: bias ? biasedForward : plainForward,
    buffers: [x, w], storeBuffers, to: resultOf(gpu, outputs[0]!), at: [image.offset, filters.offset, bias?.offset ?? 0, outputs[0]!.offset],
    rows: options.filters, depth, columns: product(window.output), slices: batch * groups, leftSlices: groups,
    // Filters lie as the product wants them.
    plainLeft: depth % 4 === 0 && filters.offset % 4 === 0 ? { buffer: w, at: filters.offset / 4 } : null,
    layRight: (to, deep, across) => unfold(gpu, options, to, x, image.offset, { perSample: groups * deep * across, perGroup: deep * across, perRow: across, perPlace: 1 }),
  })
  return true
}

export function imageGradient(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: Convolution): boolean {
  if (!fits(gpu, options, inputs, outputs)) return false
  const [grad, filters] = inputs as [View, View]
  const { window, batch, groups } = options
  const buffers = inputs.map((one) => bufferOf(gpu, one))
  const [elements, places, slices] = [options.channels * product(window.kernel), product(window.output), batch * groups]
  const [to, out] = [resultOf(gpu, outputs[0]!), outputs[0]!.offset]
  const count = slices * elements * places
  if (laysOut(gpu) && count <= mostLaidOut) {
    const between = gpu.memory.borrow(count)
    record(gpu, options, {
      kernel: unfoldedGradient, buffers, to: between, at: [grad.offset, filters.offset, 0, 0],
      rows: places, depth: options.filters, columns: elements, slices, leftSlices: slices, rightSlices: groups,
      // Filters lie as the product wants them.
      plainRight: [options.filters, elements, filters.offset].every((one) => one % 4 === 0) ? { buffer: buffers[1]!, at: filters.offset / 4 } : null,
    })
    fold(gpu, options, to, between, out)
    gpu.memory.release(between, count)
    return true
  }
  record(gpu, options, {
    kernel: backToImage, buffers, to, at: [grad.offset, filters.offset, 0, out],
    rows: options.channels, depth: options.filters * product(window.kernel), columns: product(window.input), slices, leftSlices: groups,
  })
  return true
}

/** Workgroups that keep a device busy, and depth that is worth a part. */
const enoughGroups = 64
const leastChunk = 256

export function filterGradient(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: Convolution): boolean {
  if (!fits(gpu, options, inputs, outputs)) return false
  const [image, grad] = inputs as [View, View]
  const { window, batch, groups, channels, filters } = options
  const [rows, columns, depth] = [filters, channels * product(window.kernel), batch * product(window.output)]
  const squares = Math.ceil(rows / 64) * Math.ceil(columns / 64) * groups
  const asked = laysOut(gpu) ? 1 : Math.max(1, Math.min(Math.ceil(enoughGroups / squares), Math.floor(depth / leastChunk)))
  const chunk = Math.ceil(depth / asked)
  const parts = Math.ceil(depth / chunk)
  const count = groups * rows * columns
  const buffers = inputs.map((one) => bufferOf(gpu, one))
  const layRight = (to: number, deep: number, across: number): void => unfold(gpu, options, to, buffers[0]!, image.offset, { perSample: product(window.output) * across, perGroup: deep * across, perRow: 1, perPlace: across })
  const out = outputs[0]!
  const to = resultOf(gpu, out)
  const call = { kernel: backToFilters, buffers, rows, columns, depth, slices: groups * parts, leftSlices: groups * parts, chunk, parts, layRight }
  if (parts === 1) {
    record(gpu, options, { ...call, to, at: [image.offset, grad.offset, 0, out.offset] })
    return true
  }
  const between = gpu.memory.borrow(count * parts)
  record(gpu, options, { ...call, to: between, at: [image.offset, grad.offset, 0, 0] })
  const { groups: size, row } = gpu.grid(count, 64)
  gpu.dispatch(sumParts, [to, between], size, ({ at, words }) => {
    words.set([count, row, parts], at)
    words[at + planHead] = out.offset
  })
  gpu.memory.release(between, count * parts)
  return true
}
