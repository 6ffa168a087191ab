// Kernels of rows: softmax, layer normalisation and their gradients, the largest element. One workgroup a row: each
// invocation walks part of it, and totals meet in the workgroup's memory.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"

const threads = 64
/** Rows from which a driver of software gives each to one invocation: to meet in a workgroup costs it more. */
const manyRows = 256
/** The longest that one invocation adds up by itself without losing too much. */
const mostAlone = 1 << 13

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Rows along a dimension: how many outside, how long, how far apart their elements lie. */
export interface Rows {
  readonly outer: number
  readonly size: number
  readonly inner: number
}

/** Those along a dimension of a view. */
export function rowsAlong({ sizes }: View, dim: number): Rows {
  return { outer: product(sizes.slice(0, dim)), size: sizes.length === 0 ? 1 : sizes[dim]!, inner: product(sizes.slice(dim + 1)) }
}

/** WGSL of a kernel: what stands before it, and its body, which sees `from` and `step` of the row, `size`, `lane`, `row` and `fold…`. */
interface RowKernel {
  readonly key: string
  readonly label: string
  readonly inputs: readonly string[]
  readonly body: string
}

/** Totals of a workgroup: sums and maxima, known to every invocation. */
const together = `var<workgroup> shared_: array<f32, ${threads}>;
fn sumOf(lane: u32, own: f32) -> f32 {
  workgroupBarrier();
  shared_[lane] = own;
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { shared_[lane] += shared_[lane + half]; }
  }
  workgroupBarrier();
  return shared_[0];
}
fn maximumOf(lane: u32, own: f32) -> f32 {
  workgroupBarrier();
  shared_[lane] = own;
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { shared_[lane] = larger(shared_[lane], shared_[lane + half]); }
  }
  workgroupBarrier();
  return shared_[0];
}`

/** The same where one invocation has the whole row. */
const alone = `fn sumOf(lane: u32, own: f32) -> f32 { return own; }
fn maximumOf(lane: u32, own: f32) -> f32 { return own; }`

const scalars = `fn isnanOf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn larger(a: f32, b: f32) -> f32 { if (isnanOf(a)) { return a; } if (isnanOf(b)) { return b; } return max(a, b); }
fn expOf(x: f32) -> f32 { if (isnanOf(x)) { return x; } return exp(x); }`

function shaderOf({ key, label, inputs, body }: RowKernel, isAlone: boolean): Shader {
  return {
    key: isAlone ? `${key} alone` : key,
    label,
    buffers: inputs.length + 1,
    print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
${inputs.map((name, i) => `@group(0) @binding(${i + 2}) var<storage, read> ${name}_: array<f32>;`).join("\n")}
${scalars}
${isAlone ? alone : together}
const lanes = ${isAlone ? 1 : threads}u;
@compute @workgroup_size(${threads})
${isAlone ? "fn main(@builtin(global_invocation_id) group: vec3<u32>) {\n  let lane = 0u;" : "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {"}
  let row = group.y * plan[1] + group.x;
  if (row >= plan[0]) { return; }
  let size = plan[2];
  let step = plan[${planHead}];
  let start = (row / step) * size * step + row % step;
  let out = plan[${planHead + 1}] + start;
${inputs.map((name, i) => `  let ${name} = plan[${planHead + 2 + i}];`).join("\n")}
  let eps = bitcast<f32>(plan[${planHead + 8}]);
${body}
}
`,
  }
}

/** A loop of this invocation's elements: `k` counts along the row, `at` from the row's start. */
const each = (text: string): string => `  for (var k = lane; k < size; k += lanes) {
    let at = k * step;
${text}
  }`

const softmaxBody = (log: boolean): string => `  var top = -bitcast<f32>(plan[3]);
${each("    top = larger(top, x_[x + start + at]);")}
  top = maximumOf(lane, top);
  var total = 0.0;
${each("    total += expOf(x_[x + start + at] - top);")}
  total = sumOf(lane, total);
  let all = log(total);
${each(log ? "    result_[out + at] = x_[x + start + at] - top - all;" : "    result_[out + at] = expOf(x_[x + start + at] - top) / total;")}`

const softmaxBackBody = (log: boolean): string => `  var total = 0.0;
${each(log ? "    total += g_[g + start + at];" : "    total += g_[g + start + at] * y_[y + start + at];")}
  total = sumOf(lane, total);
${each(log ? "    result_[out + at] = g_[g + start + at] - expOf(y_[y + start + at]) * total;" : "    result_[out + at] = y_[y + start + at] * (g_[g + start + at] - total);")}`

const moments = `  var total = 0.0;
${each("    total += x_[x + start + at];")}
  let mean = sumOf(lane, total) / f32(size);
  var squares = 0.0;
${each("    let gap = x_[x + start + at] - mean;\n    squares += gap * gap;")}
  let spread = 1.0 / sqrt(sumOf(lane, squares) / f32(size) + eps);`

const layerBody = (weighted: boolean, biased: boolean): string => `${moments}
${each(`    result_[out + at] = (x_[x + start + at] - mean) * spread${weighted ? " * w_[w + k]" : ""}${biased ? " + b_[b + k]" : ""};`)}`

const layerBackBody = (weighted: boolean): string => {
  const incoming = `g_[g + start + at]${weighted ? " * w_[w + k]" : ""}`
  return `${moments}
  var average = 0.0;
  var slope = 0.0;
${each(`    let incoming = ${incoming};\n    average += incoming;\n    slope += incoming * (x_[x + start + at] - mean) * spread;`)}
  average = sumOf(lane, average) / f32(size);
  slope = sumOf(lane, slope) / f32(size);
${each(`    result_[out + at] = spread * (${incoming} - average - (x_[x + start + at] - mean) * spread * slope);`)}`
}

const shaders = new Map<string, Shader>()

/** A kernel for rows that a workgroup or one invocation walks. */
type RowShader = (isAlone: boolean) => Shader

const shaderFor = (key: string, label: string, inputs: readonly string[], body: () => string): RowShader => (isAlone) => {
  const known = `${key} ${isAlone}`
  let shader = shaders.get(known)
  if (!shader) shaders.set(known, (shader = shaderOf({ key, label, inputs, body: body() }, isAlone)))
  return shader
}

/** Records a kernel of rows. `offsets` are those of the inputs. */
function record(gpu: Gpu, shader: RowShader, to: number, outAt: number, from: readonly number[], offsets: readonly number[], { outer, size, inner }: Rows, eps = 0): void {
  const isAlone = gpu.adapter.isFallback && outer * inner >= manyRows && size <= mostAlone
  const { groups, row } = gpu.grid(outer * inner, isAlone ? threads : 1)
  gpu.dispatch(shader(isAlone), [to, ...from], groups, ({ at, words, floats }) => {
    words.set([outer * inner, row, size], at)
    words.set([inner, outAt, ...offsets], at + planHead)
    floats[at + planHead + 8] = eps
  })
}

const floats = (views: readonly View[]): views is readonly DeviceView[] => views.every((one) => isOnDevice(one) && one.dtype.name === "float32")

function run(gpu: Gpu, shader: RowShader, inputs: readonly View[], out: View, rows: Rows, eps = 0): boolean {
  const count = rows.outer * rows.size * rows.inner
  if (!floats(inputs) || !floats([out]) || count === 0 || !gpu.takes(count, gpu.thresholds.elements, inputs)) return false
  const from = inputs.map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const to = target(gpu, out as DeviceView, count)
  record(gpu, shader, to, out.offset, from, inputs.map((one) => one.offset), rows, eps)
  return true
}

export function softmax(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], { dim, log }: KernelOptions<"softmax">): boolean {
  return run(gpu, shaderFor(`softmax ${log}`, log ? "log_softmax" : "softmax", ["x"], () => softmaxBody(log)), inputs, outputs[0]!, rowsAlong(inputs[0]!, dim))
}

export function softmaxBack(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], { dim, log }: KernelOptions<"softmaxBack">): boolean {
  return run(gpu, shaderFor(`softmax back ${log}`, "softmax_backward", ["g", "y"], () => softmaxBackBody(log)), inputs, outputs[0]!, rowsAlong(inputs[0]!, dim))
}

export function layerNormalise(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], { width, eps, weighted, biased }: KernelOptions<"layerNormalise">): boolean {
  const rows = { outer: product(inputs[0]!.sizes) / width, size: width, inner: 1 }
  const names = ["x", ...(weighted ? ["w"] : []), ...(biased ? ["b"] : [])]
  return run(gpu, shaderFor(`layer ${names.join("")}`, "layer_norm", names, () => layerBody(weighted, biased)), inputs, outputs[0]!, rows, eps)
}

export function layerNormaliseBack(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], { width, eps }: KernelOptions<"layerNormaliseBack">): boolean {
  const [grad, source, weight] = inputs as [View, View, View?]
  const [out, forWeight, forBias] = outputs as [View, View, View]
  const count = product(source.sizes)
  const rows = { outer: count / width, size: width, inner: 1 }
  if (!floats(outputs) || !run(gpu, shaderFor(`layer back ${weight !== undefined}`, "layer_norm_backward", ["g", "x", ...(weight ? ["w"] : [])], () => layerBackBody(weight !== undefined)), inputs, out, rows, eps)) return false
  // What the weight is multiplied with, row by row; then both gradients are sums over the rows.
  const from = [grad, source].map((one) => gpu.memory.onDevice((one as DeviceView).storage.contents))
  const [toWeight, toBias] = [target(gpu, forWeight as DeviceView, width), target(gpu, forBias as DeviceView, width)]
  const between = gpu.memory.borrow(count)
  record(gpu, shaderFor("layer shares", "layer_norm_backward", ["g", "x"], () => `${moments}\n${each("    result_[out + at] = g_[g + start + at] * (x_[x + start + at] - mean) * spread;")}`), between, 0, from, [grad.offset, source.offset], rows, eps)
  const columns = { outer: 1, size: rows.outer, inner: width }
  const sum = shaderFor("sum of rows", "layer_norm_backward", ["x"], () => `  var total = 0.0;\n${each("    total += x_[x + start + at];")}\n  total = sumOf(lane, total);\n  if (lane == 0u) { result_[plan[${planHead + 1}] + row] = total; }`)
  record(gpu, sum, toWeight, forWeight.offset, [between], [0], columns)
  record(gpu, sum, toBias, forBias.offset, [from[0]!], [grad.offset], columns)
  gpu.memory.release(between, count)
  return true
}
