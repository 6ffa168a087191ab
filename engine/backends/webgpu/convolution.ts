// Convolution and its two gradients on the GPU, each as a product whose factors are never laid out: the second factor
// is looked up in the image, where the window stands.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { laysOut, recordProduct, type Plain, type ProductKernel } from "./product.ts"

type Convolution = KernelOptions<"convolve">

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Places in the plan behind its head. */
const names = ["xAt", "wAt", "biasAt", "outAt", "groups", "channels", "filters", "chunk", "parts", "batch"] as const
const windowAt = planHead + names.length
const place = (name: (typeof names)[number]): string => `plan[${planHead + names.indexOf(name)}]`
/** The window's numbers by kind and axis (0 depth, 1 height, 2 width). */
const kinds = ["input", "output", "kernel", "stride", "padding", "dilation"] as const
const sized = (kind: (typeof kinds)[number], axis: number): string => `plan[${windowAt + kinds.indexOf(kind) * 3 + axis}]`
const volume = (kind: (typeof kinds)[number]): string => `(${[0, 1, 2].map((axis) => sized(kind, axis)).join(" * ")})`

const shared = `var<private> part: u32;
var<private> inGroup: u32;
var<private> kernelSize: u32;
var<private> places: u32;
var<private> imageSize: u32;`

const setUp = `  part = group.z;
  inGroup = group.z % ${place("groups")};
  kernelSize = ${volume("kernel")};
  places = ${volume("output")};
  imageSize = ${volume("input")};`

/** What stands in the image where window \`at\` looks with its element \`k\`; 0 in the padding. */
const looking = `fn look(base: u32, at: u32, k: u32) -> f32 {
  let x = i32((at % ${sized("output", 2)}) * ${sized("stride", 2)} + (k % ${sized("kernel", 2)}) * ${sized("dilation", 2)}) - i32(${sized("padding", 2)});
  let atY = at / ${sized("output", 2)};
  let kY = k / ${sized("kernel", 2)};
  let y = i32((atY % ${sized("output", 1)}) * ${sized("stride", 1)} + (kY % ${sized("kernel", 1)}) * ${sized("dilation", 1)}) - i32(${sized("padding", 1)});
  let z = i32((atY / ${sized("output", 1)}) * ${sized("stride", 0)} + (kY / ${sized("kernel", 1)}) * ${sized("dilation", 0)}) - i32(${sized("padding", 0)});
  if (x < 0 || y < 0 || z < 0 || u32(x) >= ${sized("input", 2)} || u32(y) >= ${sized("input", 1)} || u32(z) >= ${sized("input", 0)}) { return 0.0; }
  return x_[base + (u32(z) * ${sized("input", 1)} + u32(y)) * ${sized("input", 2)} + u32(x)];
}`

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

/** Along one axis: the place whose window meets this element with its part `k`, as `name`; none, and the function gives 0. */
const meets = (name: string, at: string, k: string, axis: number): string => `  let ${name}Times = i32(${at}) + i32(${sized("padding", axis)}) - i32(${k} * ${sized("dilation", axis)});
  if (${name}Times < 0 || u32(${name}Times) % ${sized("stride", axis)} != 0u) { return 0.0; }
  let ${name} = u32(${name}Times) / ${sized("stride", axis)};
  if (${name} >= ${sized("output", axis)}) { return 0.0; }`

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
  right: `fn right(p: u32, column: u32) -> f32 {
  let k = p % kernelSize;
  let kY = k / ${sized("kernel", 2)};
  let atY = column / ${sized("input", 2)};
${meets("x", `column % ${sized("input", 2)}`, `(k % ${sized("kernel", 2)})`, 2)}
${meets("y", `atY % ${sized("input", 1)}`, `(kY % ${sized("kernel", 1)})`, 1)}
${meets("z", `atY / ${sized("input", 1)}`, `(kY / ${sized("kernel", 1)})`, 0)}
  return x_[${place("xAt")} + (part * ${place("filters")} + p / kernelSize) * places + (z * ${sized("output", 1)} + y) * ${sized("output", 2)} + x];
}`,
  store: `fn store(row: u32, column: u32, value: f32) { result_[${place("outAt")} + (part * ${place("channels")} + row) * imageSize + column] = value; }`,
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
  readonly chunk?: number
  readonly parts?: number
  readonly plainLeft?: Plain | null
}

function record(gpu: Gpu, { window, batch, groups, channels, filters }: Convolution, { at: places, chunk = 0, parts = 1, storeBuffers = [], ...call }: Call): void {
  recordProduct(gpu, {
    ...call,
    storeBuffers,
    rightSlices: call.slices,
    fill(words, at) {
      words.set([...places, groups, channels, filters, chunk, parts, batch], at + planHead)
      words.set(kinds.flatMap((kind) => [...window[kind]]), at + windowAt)
    },
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
  })
  return true
}

export function imageGradient(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: Convolution): boolean {
  if (!fits(gpu, options, inputs, outputs)) return false
  const [grad, filters] = inputs as [View, View]
  const { window, batch, groups } = options
  const buffers = inputs.map((one) => bufferOf(gpu, one))
  record(gpu, options, {
    kernel: backToImage, buffers, to: resultOf(gpu, outputs[0]!), at: [grad.offset, filters.offset, 0, outputs[0]!.offset],
    rows: options.channels, depth: options.filters * product(window.kernel), columns: product(window.input), slices: batch * groups, leftSlices: groups,
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
  const out = outputs[0]!
  const to = resultOf(gpu, out)
  const call = { kernel: backToFilters, buffers, rows, columns, depth, slices: groups * parts, leftSlices: groups * parts, chunk, parts }
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
