// Batch normalisation on the GPU: one workgroup a channel finds mean and deviation, and then every element is one formula.
import { add, input, mul, rsqrt, sub, type Expr } from "../../ops/expr.ts"
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { elementwise } from "./elementwise.ts"
import { isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"

const threads = 64

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
const floats = (views: readonly View[]): boolean => views.every((one) => isOnDevice(one) && one.dtype.name === "float32")
const bufferOf = (gpu: Gpu, view: View): number => gpu.memory.onDevice((view as DeviceView).storage.contents) // Asked by `floats` before.
const resultOf = (gpu: Gpu, view: View): number => target(gpu, view as DeviceView, product(view.sizes))

/** A shader of one workgroup a channel: `part` sees an element's place `at`, `finish` the totals. */
function channelShader(key: string, inputs: readonly string[], text: string): Shader {
  return {
    key,
    label: "batch_norm",
    buffers: inputs.length + 1,
    print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
${inputs.map((name, i) => `@group(0) @binding(${i + 2}) var<storage, read> ${name}_: array<f32>;`).join("\n")}
var<workgroup> shared_: array<f32, ${threads}>;
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
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let c = group.x;
  let channels = plan[0];
  let inner = plan[1];
  let each = plan[2];
  let count = f32(each);
  let out = plan[${planHead}];
  let eps = bitcast<f32>(plan[${planHead + 8}]);
${inputs.map((name, i) => `  let ${name} = plan[${planHead + 1 + i}];`).join("\n")}
${text}
}
`,
  }
}

const elements = (text: string): string => `  for (var e = lane; e < each; e += ${threads}u) {
    let at = ((e / inner) * channels + c) * inner + e % inner;
${text}
  }`

const meanText = `  var total = 0.0;
${elements("    total += x_[x + at];")}
  let mean = sumOf(lane, total) / count;`

const meanShader = channelShader("channel means", ["x"], `${meanText}
  if (lane == 0u) { result_[out + c] = mean; }`)

const varianceShader = channelShader("channel variances", ["x"], `${meanText}
  var squares = 0.0;
${elements("    let gap = x_[x + at] - mean;\n    squares += gap * gap;")}
  squares = sumOf(lane, squares);
  if (lane == 0u) { result_[out + c] = squares / count; }`)

/** Planes of the table: what each channel's elements are computed with, then the gradients of the weight and the bias. */
const [atMean, atFactor, atSlope, atShift, atWeight, atBias] = [0, 1, 2, 3, 4, 5]

const tableShader = (weighted: boolean): Shader => channelShader(`channel table ${weighted}`, ["g", "x", "m", "v", ...(weighted ? ["w"] : [])], `  let mean = m_[m + c];
  var sum = 0.0;
  var products = 0.0;
${elements("    sum += g_[g + at];\n    products += g_[g + at] * (x_[x + at] - mean);")}
  sum = sumOf(lane, sum);
  products = sumOf(lane, products);
  if (lane != 0u) { return; }
  let spread = 1.0 / sqrt(v_[v + c] + eps);
  let factor = ${weighted ? "w_[w + c] * spread" : "spread"};
  let training = bitcast<f32>(plan[${planHead + 9}]);
  result_[${atMean}u * channels + c] = mean;
  result_[${atFactor}u * channels + c] = factor;
  result_[${atSlope}u * channels + c] = -training * factor * spread * spread * products / count;
  result_[${atShift}u * channels + c] = -training * factor * sum / count;
  result_[${atWeight}u * channels + c] = products * spread;
  result_[${atBias}u * channels + c] = sum;`)

const gradientShader: Shader = {
  key: "channel gradient",
  label: "batch_norm_backward",
  buffers: 4,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> g_: array<f32>;
@group(0) @binding(3) var<storage, read> x_: array<f32>;
@group(0) @binding(4) var<storage, read> table_: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  let channels = plan[${planHead}];
  let c = (i / plan[2]) % channels;
  result_[plan[${planHead + 1}] + i] = g_[plan[${planHead + 2}] + i] * table_[${atFactor}u * channels + c] + (x_[plan[${planHead + 3}] + i] - table_[c]) * table_[${atSlope}u * channels + c] + table_[${atShift}u * channels + c];
}
`,
}

const tableShaders = { true: tableShader(true), false: tableShader(false) }

function record(gpu: Gpu, shader: Shader, to: number, from: readonly number[], offsets: readonly number[], { channels, inner }: { readonly channels: number; readonly inner: number }, each: number, numbers: readonly number[] = []): void {
  gpu.dispatch(shader, [to, ...from], [channels, 1, 1], ({ at, words, floats: of }) => {
    words.set([channels, inner, each], at)
    words.set(offsets, at + planHead)
    of.set(numbers, at + planHead + 8)
  })
}

const fits = (gpu: Gpu, views: readonly View[], source: View, channels: number): boolean =>
  floats(views) && product(source.sizes) > 0 && channels <= gpu.adapter.limits.maxComputeWorkgroupsPerDimension && gpu.takes(product(source.sizes), gpu.thresholds.elements, [source])

export function channelMoments(gpu: Gpu, [source]: readonly View[], [mean, variance]: readonly View[], options: KernelOptions<"channelMoments">): boolean {
  if (!fits(gpu, [source!, mean!, variance!], source!, options.channels)) return false
  const from = bufferOf(gpu, source!)
  const [toMean, toVariance] = [resultOf(gpu, mean!), resultOf(gpu, variance!)]
  const each = product(source!.sizes) / options.channels
  record(gpu, meanShader, toMean, [from], [mean!.offset, source!.offset], options, each)
  record(gpu, varianceShader, toVariance, [from], [variance!.offset, source!.offset], options, each)
  return true
}

const [x, m, v, w, b, eps] = ["x", "m", "v", "w", "b", "eps"].map(input) as [Expr, Expr, Expr, Expr, Expr, Expr]
const normal = mul(sub(x, m), rsqrt(add(v, eps)))
const formulas = { plain: normal, weighted: mul(normal, w), biased: add(normal, b), both: add(mul(normal, w), b) }

export function normalise(gpu: Gpu, [source, mean, variance, ...affine]: readonly View[], [out]: readonly View[], { channels, inner, eps: small, weighted, biased }: KernelOptions<"normalise">): boolean {
  const all = [source!, mean!, variance!, ...affine]
  if (!fits(gpu, [...all, out!], source!, channels)) return false
  const folded = (view: View): View => ({ ...plain(view), sizes: [product(source!.sizes) / channels / inner, channels, inner], strides: [channels * inner, inner, 1] })
  const perChannel = (view: View): View => ({ ...plain(view), sizes: [1, channels, 1], strides: [0, 1, 0] })
  const formula = weighted ? (biased ? formulas.both : formulas.weighted) : biased ? formulas.biased : formulas.plain
  const names = ["x", "m", "v", "eps", ...(weighted ? ["w"] : []), ...(biased ? ["b"] : [])]
  return elementwise(gpu, formula, names, [folded(source!), perChannel(mean!), perChannel(variance!), small, ...affine.map(perChannel)], folded(out!))
}

const plain = ({ storage, offset, dtype }: View): Pick<View, "storage" | "offset" | "dtype"> => ({ storage, offset, dtype })

export function normaliseBack(gpu: Gpu, inputs: readonly View[], outputs: readonly View[], options: KernelOptions<"normaliseBack">): boolean {
  const [grad, source, , , weight] = inputs as [View, View, View, View, View?]
  const [out, forWeight, forBias] = outputs as [View, View, View]
  const { channels, inner, eps: small, training } = options
  if (!fits(gpu, [...inputs, ...outputs], source, channels)) return false
  const count = product(source.sizes)
  const from = inputs.map((one) => bufferOf(gpu, one))
  const to = resultOf(gpu, out)
  const [toWeight, toBias] = [resultOf(gpu, forWeight), resultOf(gpu, forBias)]
  const table = gpu.memory.borrow(channels * 6)
  record(gpu, tableShaders[weight ? "true" : "false"], table, from, [0, ...inputs.map((one) => one.offset)], options, count / channels, [small, training ? 1 : 0])
  const copy = (plane: number, buffer: number, view: View): void => gpu.commands.add({ kind: "copy", from: table, fromOffset: plane * channels * 4, to: buffer, toOffset: view.offset * 4, bytes: channels * 4 })
  copy(atWeight, toWeight, forWeight)
  copy(atBias, toBias, forBias)
  const { groups, row } = gpu.grid(count, 64)
  gpu.dispatch(gradientShader, [to, from[0]!, from[1]!, table], groups, ({ at, words }) => {
    words.set([count, row, inner], at)
    words.set([channels, out.offset, grad.offset, source.offset], at + planHead)
  })
  gpu.memory.release(table, channels * 6)
  return true
}
