// The product that matrix product and convolution are, around small functions that say what stands in a row of the first
// factor, in a column of the second, and where a result goes. On a GPU, tiles of both factors pass through the
// workgroup's memory. A software driver has no such memory to gain from: there the factors are laid out once, in fours.
import type { Shader } from "./commands.ts"
import type { Gpu } from "./gpu.ts"
import { planStep } from "./gpuDoor.ts"

/** Invocations along each side of a workgroup; columns of one invocation; depth of a tile. */
const side = 16
const wide = 4
const depth = 16
const tileColumns = side * wide

/** Rows of results of one invocation: one where there are few rows, else four. */
type High = 1 | 4

/** WGSL of a product. Rows, depth and columns are the plan's first three numbers, the slice is `group.z`. */
export interface ProductKernel {
  readonly key: string
  readonly label: string
  /** Buffers that `left` and `right` read, and those that `store` reads. */
  readonly inputs: readonly string[]
  readonly storeInputs: readonly string[]
  readonly declarations: string
  /** Sets what the functions share, from `group` and `plan`. */
  readonly setUp: string
  /** Sets `first` and `last`, the part of the depth, where it is not whole. */
  readonly part: string
  /** `fn left(row: u32, p: u32) -> f32`, `fn right(p: u32, column: u32) -> f32`, `fn store(row: u32, column: u32, value: f32)`, called inside the bounds only. */
  readonly left: string
  readonly right: string
  readonly store: string
}

export interface ProductCall {
  readonly kernel: ProductKernel
  readonly buffers: readonly number[]
  readonly storeBuffers: readonly number[]
  readonly to: number
  readonly rows: number
  readonly depth: number
  readonly columns: number
  readonly slices: number
  /** How many different first and second factors the slices have, in turn. */
  readonly leftSlices: number
  readonly rightSlices: number
  /** A factor that lies row by row already: its buffer, and its place counted in fours. */
  readonly plainLeft?: Plain | null
  readonly plainRight?: Plain | null
  /** The same of a second factor that lies column by column. */
  readonly turnedRight?: Plain | null
  /** Records that the second factors are laid out in `to`, each with so many rows and columns, both up to a whole four, where that is faster than asking `right`. */
  layRight?(to: number, rows: number, columns: number): void
  fill(words: Uint32Array, at: number): void
}

export interface Plain {
  readonly buffer: number
  readonly at: number
}

/** Floats that laid-out factors may have. */
export const mostLaidOut = 1 << 24

const fours = (count: number): number => Math.ceil(count / 4)

/** Whether products are better laid out first. */
export const laysOut = (gpu: Gpu): boolean => gpu.adapter.isFallback

/** Records the product. */
export function recordProduct(gpu: Gpu, call: ProductCall): void {
  const { rows, columns, leftSlices, rightSlices } = call
  const [leftSize, rightSize] = [leftSlices * rows * fours(call.depth) * 4, rightSlices * fours(call.depth) * 16 * fours(columns)]
  if (laysOut(gpu) && leftSize + rightSize <= mostLaidOut) recordDirect(gpu, call, leftSize, rightSize)
  else {
    const high: High = rows <= 24 ? 1 : 4
    const { kernel } = call
    const shader = shaderOf(`tiled ${high}`, kernel, kernel.inputs.length + kernel.storeInputs.length + 1, () => printTiled(kernel, high))
    dispatch(gpu, shader, call, [call.to, ...call.buffers, ...call.storeBuffers], [Math.ceil(columns / tileColumns), Math.ceil(rows / (side * high)), call.slices], [])
  }
}

function dispatch(gpu: Gpu, shader: Shader, call: ProductCall, buffers: readonly number[], groups: readonly [number, number, number], last: readonly number[]): void {
  gpu.dispatch(shader, buffers, groups, ({ at, words }) => {
    words.set([call.rows, call.depth, call.columns], at)
    call.fill(words, at)
    words.set(last, at + directAt)
  })
}

const shaders = new Map<string, Shader>()

function shaderOf(form: string, { key, label }: ProductKernel, buffers: number, print: () => string): Shader {
  const whole = `${key} ${form}`
  let shader = shaders.get(whole)
  if (!shader) shaders.set(whole, (shader = { key: whole, label, buffers, print }))
  return shader
}

const opening = (names: readonly string[]): string => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
${names.map((name, i) => `@group(0) @binding(${i + 2}) var<storage, read> ${name}: array<f32>;`).join("\n")}`

function printTiled(kernel: ProductKernel, high: High): string {
  const tall = side * high
  const rows = Array.from({ length: high }, (_, r) => r)
  const parts = [0, 1, 2, 3]
  return `${opening([...kernel.inputs, ...kernel.storeInputs])}
${kernel.declarations}
var<workgroup> leftTile: array<f32, ${tall * depth}>;
var<workgroup> rightTile: array<vec4<f32>, ${side * depth}>;
${kernel.left}
${kernel.right}
${kernel.store}
@compute @workgroup_size(${side}, ${side})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let rows = plan[0];
  let columns = plan[2];
  var first = 0u;
  var last = plan[1];
${kernel.setUp}
${kernel.part}
  let row0 = group.y * ${tall}u;
  let column0 = group.x * ${tileColumns}u;
  let bringRow = lane / ${side}u;
  let bringFour = (lane % ${side}u) * 4u;
${rows.map((r) => `  var sum${r} = vec4<f32>();`).join("\n")}
  for (var p = first; p < last; p += ${depth}u) {
    // The first factor comes along its rows, the second along its columns, as they usually lie.
${rows.map((r) => `    var bringLeft${r} = 0.0;
    if (row0 + bringRow + ${r * side}u < rows && p + lane % ${side}u < last) { bringLeft${r} = left(row0 + bringRow + ${r * side}u, p + lane % ${side}u); }`).join("\n")}
    var bringRight = vec4<f32>();
    if (p + bringRow < last) {
${parts.map((i) => `      if (column0 + bringFour + ${i}u < columns) { bringRight[${i}] = right(p + bringRow, column0 + bringFour + ${i}u); }`).join("\n")}
    }
    workgroupBarrier();
${rows.map((r) => `    leftTile[(lane % ${side}u) * ${tall}u + bringRow + ${r * side}u] = bringLeft${r};`).join("\n")}
    rightTile[lane] = bringRight;
    workgroupBarrier();
    for (var q = 0u; q < ${depth}u; q++) {
      let across = rightTile[q * ${side}u + local.x];
${rows.map((r) => `      sum${r} += leftTile[q * ${tall}u + local.y * ${high}u + ${r}u] * across;`).join("\n")}
    }
  }
  let row = row0 + local.y * ${high}u;
  let column = column0 + local.x * 4u;
${rows.map((r) => `  if (row + ${r}u < rows) {
${parts.map((c) => `    if (column + ${c}u < columns) { store(row + ${r}u, column + ${c}u, sum${r}[${c}]); }`).join("\n")}
  }`).join("\n")}
}
`
}

/** Numbers at the plan's end: where the laid-out factors begin, in fours, and how many of each there are. */
const directAt = planStep - 4
/** Rows of one invocation, and the workgroup, where the factors are laid out. */
const tallDirect = 8
const [directX, directY] = [16, 2]
const packing = 64

function recordDirect(gpu: Gpu, call: ProductCall, leftSize: number, rightSize: number): void {
  const { kernel, rows, columns, leftSlices, rightSlices } = call
  const [d4, c4] = [fours(call.depth), fours(columns)]
  const left = call.plainLeft?.buffer ?? gpu.memory.borrow(leftSize)
  const lies = call.plainRight ?? call.turnedRight
  const right = lies?.buffer ?? gpu.memory.borrow(rightSize)
  const pack = (which: "left" | "right", to: number, items: number, slices: number): void => {
    const shader = shaderOf(`pack ${which}`, kernel, kernel.inputs.length + 1, () => printPack(kernel, which))
    const { groups, row } = gpu.grid(items, packing)
    dispatch(gpu, shader, call, [to, ...call.buffers], [groups[0], groups[1], slices], [row])
  }
  if (!call.plainLeft) pack("left", left, rows * d4 * 4, leftSlices)
  if (!lies && call.layRight) {
    // Rows beyond the depth meet zeros, and must not be NaN.
    if (call.depth % 4 !== 0) gpu.commands.add({ kind: "clear", buffer: right, bytes: rightSize * 4 })
    call.layRight(right, d4 * 4, c4 * 4)
  } else if (!lies) pack("right", right, d4 * 4 * c4 * 4, rightSlices)
  const isTurned = Boolean(lies) && !call.plainRight
  const shader = shaderOf(isTurned ? "direct turned" : "direct", kernel, kernel.storeInputs.length + 3, () => printDirect(kernel, isTurned))
  dispatch(gpu, shader, call, [call.to, left, right, ...call.storeBuffers], [Math.ceil(c4 / directX), Math.ceil(rows / tallDirect / directY), call.slices], [call.plainLeft?.at ?? 0, lies?.at ?? 0, leftSlices, rightSlices])
  if (!call.plainLeft) gpu.memory.release(left, leftSize)
  if (!lies) gpu.memory.release(right, rightSize)
}

/** Lays a factor out row by row, with zeros up to the next four. */
function printPack(kernel: ProductKernel, which: "left" | "right"): string {
  const isLeft = which === "left"
  return `${opening(kernel.inputs)}
${kernel.declarations}
${isLeft ? kernel.left : kernel.right}
@compute @workgroup_size(${packing})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[${directAt}] + id.x;
  let across = ((plan[${isLeft ? 1 : 2}] + 3u) / 4u) * 4u;
  let down = ${isLeft ? "plan[0]" : "((plan[1] + 3u) / 4u) * 4u"};
  if (i >= across * down) { return; }
${kernel.setUp}
  let row = i / across;
  let column = i % across;
  var value = 0.0;
  if (column < plan[${isLeft ? 1 : 2}] && row < plan[${isLeft ? 0 : 1}]) { value = ${which}(row, column); }
  result_[group.z * across * down + i] = value;
}
`
}

function printDirect(kernel: ProductKernel, isTurned: boolean): string {
  const rows = Array.from({ length: tallDirect }, (_, r) => r)
  return `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> left_: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> right_: array<vec4<f32>>;
${kernel.storeInputs.map((name, i) => `@group(0) @binding(${i + 4}) var<storage, read> ${name}: array<f32>;`).join("\n")}
${kernel.declarations}
${kernel.store}
@compute @workgroup_size(${directX}, ${directY})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let rows = plan[0];
  let columns = plan[2];
  let deep = (plan[1] + 3u) / 4u;
  let across = (columns + 3u) / 4u;
  let row = id.y * ${tallDirect}u;
  if (row >= rows || id.x >= across) { return; }
${kernel.setUp}
  let begin = plan[${directAt}] + ((group.z % plan[${directAt + 2}]) * rows + row) * deep;
  let slice = plan[${directAt + 1}] + (group.z % plan[${directAt + 3}]) * deep * ${isTurned ? "columns" : "4u * across"};
${rows.map((r) => `  var sum${r} = vec4<f32>();`).join("\n")}
  for (var p = 0u; p < deep; p++) {
${["a", "b", "c", "d"].map((name, i) => `    let ${name} = right_[slice + ${isTurned ? `(id.x * 4u + ${i}u) * deep + p` : `(p * 4u + ${i}u) * across + id.x`}];`).join("\n")}
${rows.map((r) => `    let x${r} = left_[begin + p + ${r}u * deep];
    sum${r} += ${isTurned ? `vec4(dot(x${r}, a), dot(x${r}, b), dot(x${r}, c), dot(x${r}, d))` : `x${r}.x * a + x${r}.y * b + x${r}.z * c + x${r}.w * d`};`).join("\n")}
  }
  let column = id.x * 4u;
${rows.map((r) => `  if (row + ${r}u < rows) {
${[0, 1, 2, 3].map((c) => `    if (column + ${c}u < columns) { store(row + ${r}u, column + ${c}u, sum${r}[${c}]); }`).join("\n")}
  }`).join("\n")}
}
`
}
