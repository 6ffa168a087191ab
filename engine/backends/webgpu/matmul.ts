// Matrix product on a GPU, batched and broadcast, with any strides. Thin products of a GPU go one result an invocation.
import type { View } from "../backend.ts"
import { stepOf } from "../walk.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { laysOut, recordProduct, type Plain, type ProductKernel } from "./product.ts"

/** Rows or columns below which tiles would be mostly empty; and the side of a workgroup then. */
const thin = 9
const thinSide = 8
/** Dimensions of batches that fit into a plan. */
const mostBatches = 8

/** `out[…, n, m] = Σ_k a[…, n, k] · b[…, k, m]`; false where that is not for the GPU. */
export function matmul(gpu: Gpu, a: View, b: View, out: View): boolean {
  if (!isMatrix(a) || !isMatrix(b) || !isMatrix(out)) return false
  const rank = out.sizes.length
  const [n, m] = out.sizes.slice(-2) as [number, number]
  const k = a.sizes[a.sizes.length - 1]!
  const batch = out.sizes.slice(0, -2)
  const batches = batch.reduce((count, size) => count * size, 1)
  if (n * m * batches === 0) return true
  if (k === 0 || batch.length > mostBatches || batches > gpu.adapter.limits.maxComputeWorkgroupsPerDimension || !gpu.takes(n * k * m * batches, gpu.thresholds.products, [a, b])) return false
  const buffers = [a, b].map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const to = target(gpu, out, n * m * batches)
  const fill = (words: Uint32Array, at: number): void => {
    words.set([n, k, m], at)
    words.set([a.offset, b.offset, out.offset, ...a.strides.slice(-2), ...b.strides.slice(-2), ...out.strides.slice(-2), batch.length], at + planHead)
    batch.forEach((size, d) => words.set([size, stepOf(a, d, rank), stepOf(b, d, rank), out.strides[d]!], at + planHead + 10 + 4 * d))
  }
  if (!laysOut(gpu) && (n < thin || m < thin)) {
    gpu.dispatch(thinShader, [to, ...buffers], [Math.ceil(m / thinSide), Math.ceil(n / thinSide), batches], ({ at, words }) => fill(words, at))
    return true
  }
  const stands = (one: View): boolean => batch.every((_, d) => stepOf(one, d, rank) === 0)
  const [leftSlices, rightSlices] = [stands(a) ? 1 : batches, stands(b) ? 1 : batches]
  const plainLeft = plain(a, buffers[0]!, n, k, leftSlices)
  const plainRight = k % 4 === 0 ? plain(b, buffers[1]!, k, m, rightSlices) : null
  const turnedRight = plain(turned(b), buffers[1]!, m, k, rightSlices)
  recordProduct(gpu, { kernel: product, buffers, storeBuffers: [], to, rows: n, depth: k, columns: m, slices: batches, leftSlices, rightSlices, plainLeft, plainRight, turnedRight, fill })
  return true
}

const isMatrix = (one: View): one is DeviceView => isOnDevice(one) && one.dtype.name === "float32"

/** A factor that lies as a laid-out one would: rows of whole fours without gaps, one slice behind the other. */
function plain({ offset, sizes, strides }: View, buffer: number, rows: number, columns: number, slices: number): Plain | null {
  if (offset % 4 !== 0 || columns % 4 !== 0) return null
  let step = 1
  for (let d = sizes.length - 1; d >= (slices === 1 ? sizes.length - 2 : 0); d--) {
    if (sizes[d] !== 1 && strides[d] !== step) return null
    step *= sizes[d]!
  }
  return slices === 1 || step === rows * columns * slices ? { buffer, at: offset / 4 } : null
}

/** A view's last two dimensions in turn. */
const turned = (view: View): View => ({ ...view, sizes: swapped(view.sizes), strides: swapped(view.strides) })
const swapped = (of: readonly number[]): number[] => [...of.slice(0, -2), of[of.length - 1]!, of[of.length - 2]!]

/** Where the three matrices of one batch begin. */
const starts = `  a0 = plan[${planHead}];
  b0 = plan[${planHead + 1}];
  out0 = plan[${planHead + 2}];
  var rest = group.z;
  for (var d = plan[${planHead + 9}]; d > 0u; d--) {
    let entry = ${planHead + 10}u + (d - 1u) * 4u;
    let place = rest % plan[entry];
    rest = rest / plan[entry];
    a0 += place * plan[entry + 1u];
    b0 += place * plan[entry + 2u];
    out0 += place * plan[entry + 3u];
  }`

const declarations = `var<private> a0: u32;
var<private> b0: u32;
var<private> out0: u32;`

const product: ProductKernel = {
  key: "matmul",
  label: "matmul",
  inputs: ["a_", "b_"],
  storeInputs: [],
  declarations,
  setUp: starts,
  part: "",
  left: `fn left(row: u32, p: u32) -> f32 { return a_[a0 + row * plan[${planHead + 3}] + p * plan[${planHead + 4}]]; }`,
  right: `fn right(p: u32, column: u32) -> f32 { return b_[b0 + p * plan[${planHead + 5}] + column * plan[${planHead + 6}]]; }`,
  store: `fn store(row: u32, column: u32, value: f32) { result_[out0 + row * plan[${planHead + 7}] + column * plan[${planHead + 8}]] = value; }`,
}

const thinShader: Shader = {
  key: "matmul thin",
  label: "matmul",
  buffers: 3,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> a_: array<f32>;
@group(0) @binding(3) var<storage, read> b_: array<f32>;
${declarations}
@compute @workgroup_size(${thinSide}, ${thinSide})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
${starts}
  if (id.x >= plan[2] || id.y >= plan[0]) { return; }
  var at = a0 + id.y * plan[${planHead + 3}];
  var bt = b0 + id.x * plan[${planHead + 6}];
  var total = 0.0;
  for (var p = 0u; p < plan[1]; p++) {
    total += a_[at] * b_[bt];
    at += plan[${planHead + 4}];
    bt += plan[${planHead + 5}];
  }
  result_[out0 + id.y * plan[${planHead + 7}] + id.x * plan[${planHead + 8}]] = total;
}
`,
}
