// Matrix product on a GPU, batched and broadcast, with any strides: tiles of both factors pass through the workgroup's
// memory, and each invocation keeps a square of results in registers. Thin products go one result an invocation.
import type { View } from "../backend.ts"
import { stepOf } from "../walk.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type Gpu } from "./gpu.ts"
import { planStep } from "./gpuDoor.ts"
import { planHead } from "./print.ts"

/** Side of the square of results of one workgroup, and of one invocation; depth of a tile. */
const tile = 64
const own = 4
const depth = 16
const across = tile / own
const thinSide = 8

/** Rows or columns below which tiles would be mostly empty. */
const thin = 17

/** `out[…, n, m] = Σ_k a[…, n, k] · b[…, k, m]`; false where that is not for the GPU. */
export function matmul(gpu: Gpu, a: View, b: View, out: View): boolean {
  if (![a, b, out].every((one) => isOnDevice(one) && one.dtype.name === "float32")) return false
  if (!isOnDevice(a) || !isOnDevice(b) || !isOnDevice(out)) return false
  const rank = out.sizes.length
  const [n, m] = out.sizes.slice(-2) as [number, number]
  const k = a.sizes[a.sizes.length - 1]!
  const batch = out.sizes.slice(0, -2)
  const batches = batch.reduce((count, size) => count * size, 1)
  if (n * m * batches === 0) return true
  if (k === 0 || batches > gpu.adapter.limits.maxComputeWorkgroupsPerDimension || !gpu.takes(n * k * m * batches, gpu.thresholds.products, [a, b])) return false
  if (planHead + 10 + batch.length * 4 > planStep) return false
  const isThin = n < thin || m < thin
  const from = [gpu.memory.onDevice(a.storage.contents), gpu.memory.onDevice(b.storage.contents)]
  const to = target(gpu, out, n * m * batches)
  const side = isThin ? thinSide : tile
  gpu.dispatch(isThin ? thinShader : tiledShader, [to, ...from], [Math.ceil(m / side), Math.ceil(n / side), batches], ({ at, words }) => {
    words.set([n, k, m], at)
    words.set([a.offset, b.offset, out.offset, ...a.strides.slice(-2), ...b.strides.slice(-2), ...out.strides.slice(-2), batch.length], at + planHead)
    let place = at + planHead + 10
    batch.forEach((size, d) => {
      words.set([size, batchStep(a, d, rank), batchStep(b, d, rank), out.strides[d]!], place)
      place += 4
    })
  })
  return true
}

const batchStep = (view: View, d: number, rank: number): number => stepOf(view, d, rank)

const opening = `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> a_: array<f32>;
@group(0) @binding(3) var<storage, read> b_: array<f32>;`

/** Where the three matrices of one batch begin. */
const starts = `  let n = plan[0];
  let depth = plan[1];
  let m = plan[2];
  var a0 = plan[${planHead}];
  var b0 = plan[${planHead + 1}];
  var out0 = plan[${planHead + 2}];
  let aDown = plan[${planHead + 3}];
  let aRight = plan[${planHead + 4}];
  let bDown = plan[${planHead + 5}];
  let bRight = plan[${planHead + 6}];
  let outDown = plan[${planHead + 7}];
  let outRight = plan[${planHead + 8}];
  var rest = group.z;
  for (var d = plan[${planHead + 9}]; d > 0u; d--) {
    let row = ${planHead + 10}u + (d - 1u) * 4u;
    let place = rest % plan[row];
    rest = rest / plan[row];
    a0 += place * plan[row + 1u];
    b0 += place * plan[row + 2u];
    out0 += place * plan[row + 3u];
  }`

const thinShader: Shader = {
  key: "matmul thin",
  label: "a matrix product",
  buffers: 3,
  print: () => `${opening}
@compute @workgroup_size(${thinSide}, ${thinSide})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
${starts}
  if (id.x >= m || id.y >= n) { return; }
  var at = a0 + id.y * aDown;
  var bt = b0 + id.x * bRight;
  var total = 0.0;
  for (var p = 0u; p < depth; p++) {
    total += a_[at] * b_[bt];
    at += aRight;
    bt += bDown;
  }
  result_[out0 + id.y * outDown + id.x * outRight] = total;
}
`,
}

const squares = Array.from({ length: own }, (_, r) => r)

const tiledShader: Shader = {
  key: "matmul tiled",
  label: "a matrix product",
  buffers: 3,
  print: () => `${opening}
var<workgroup> aTile: array<vec4<f32>, ${(tile * depth) / 4}>;
var<workgroup> bTile: array<vec4<f32>, ${(tile * depth) / 4}>;
@compute @workgroup_size(${across}, ${across})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
${starts}
  let row0 = group.y * ${tile}u;
  let column0 = group.x * ${tile}u;
  // Which four of a tile this invocation brings: rows of a one below the other, columns of b side by side.
  let p0 = lane / ${across}u;
  let four = (lane % ${across}u) * 4u;
${squares.map((r) => `  var sum${r} = vec4<f32>();`).join("\n")}
  for (var p = 0u; p < depth; p += ${depth}u) {
    let here = p + p0;
    var fromA = vec4<f32>();
    var fromB = vec4<f32>();
    if (here < depth) {
      let at = a0 + here * aRight + (row0 + four) * aDown;
      let bt = b0 + here * bDown + (column0 + four) * bRight;
${squares.map((i) => `      if (row0 + four + ${i}u < n) { fromA[${i}] = a_[at + ${i}u * aDown]; }`).join("\n")}
${squares.map((i) => `      if (column0 + four + ${i}u < m) { fromB[${i}] = b_[bt + ${i}u * bRight]; }`).join("\n")}
    }
    workgroupBarrier();
    aTile[lane] = fromA;
    bTile[lane] = fromB;
    workgroupBarrier();
    for (var q = 0u; q < ${depth}u; q++) {
      let left = aTile[q * ${across}u + local.y];
      let right = bTile[q * ${across}u + local.x];
${squares.map((r) => `      sum${r} += left[${r}] * right;`).join("\n")}
    }
  }
  let row = row0 + local.y * ${own}u;
  let column = column0 + local.x * ${own}u;
${squares.map((r) => `  if (row + ${r}u < n) {
${squares.map((c) => `    if (column + ${c}u < m) { result_[out0 + (row + ${r}u) * outDown + (column + ${c}u) * outRight] = sum${r}[${c}]; }`).join("\n")}
  }`).join("\n")}
}
`,
}
