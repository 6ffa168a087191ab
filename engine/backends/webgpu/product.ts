// The tiled product that matrix product and convolution are: a shader around four small functions that say what stands in
// a row of the first factor, in a column of the second, and where a result goes. Tiles of both factors pass through
// the workgroup's memory; each invocation keeps some results in registers.

/** Invocations along each side of a workgroup; columns of one invocation; depth of a tile. */
const side = 16
const wide = 4
const depth = 16

/** Columns of results of one workgroup. */
export const tileColumns = side * wide

/** Rows of results of one invocation: one where there are few rows, else four. */
export type High = 1 | 4

export const tileRows = (high: High): number => side * high

export interface Product {
  /** Bindings from 2 on, and functions: WGSL. */
  readonly declarations: string
  /** Numbers of the whole workgroup, of `group` and `plan`; may set `rows`, `columns`, `first` and `last` (of the depth). */
  readonly setUp: string
  /** `fn left(row: u32, p: u32) -> f32 {…}`, `fn right(p: u32, column: u32) -> f32 {…}`, `fn store(row: u32, column: u32, value: f32) {…}`, called inside the bounds only. */
  readonly functions: string
}

/** The shader. Rows, depth and columns are the plan's first three numbers. */
export function printProduct({ declarations, setUp, functions }: Product, high: High): string {
  const tall = side * high
  const rows = Array.from({ length: high }, (_, r) => r)
  const parts = [0, 1, 2, 3]
  return `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
${declarations}
var<workgroup> leftTile: array<f32, ${tall * depth}>;
var<workgroup> rightTile: array<vec4<f32>, ${side * depth}>;
${functions}
@compute @workgroup_size(${side}, ${side})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let rows = plan[0];
  let columns = plan[2];
  var first = 0u;
  var last = plan[1];
${setUp}
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
