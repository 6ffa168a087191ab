// Kernels that walk a dimension in its order: running totals and extremes, the largest and smallest with their places.
// One workgroup a run, each invocation a stretch of it: what the stretches before it amount to is told in between. Apart
// from rows.ts, whose kernels need no order; sorting is in sorting.ts.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, mayBeOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { functionsText, planHead } from "./print.ts"
import { rowsAlong, type Rows } from "./rows.ts"

const threads = 64

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
const isFloat = (view: View): view is DeviceView => isOnDevice(view) && view.dtype.name === "float32"

/** Opens a shader with so many inputs; `i` counts what the plan's first number says. */
const bindings = (inputs: readonly string[]): string => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
${inputs.map((name, i) => `@group(0) @binding(${i + 2}) var<storage, read> ${name}_: array<f32>;`).join("\n")}`

/** A stretch of a run for each invocation: `first` to `last`, elements at `start + k * step`. */
const stretches = `@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * plan[1] + group.x;
  if (row >= plan[0]) { return; }
  let size = plan[2];
  let step = plan[${planHead}];
  let within = (row / step) * size * step + row % step;
  let start = plan[${planHead + 1}] + within;
  let out = plan[${planHead + 2}] + within;
  let length = (size + ${threads - 1}u) / ${threads}u;
  let first = min(size, lane * length);
  let last = min(size, first + length);`

type How = KernelOptions<"running">["how"]

const joins: Readonly<Record<How, { readonly none: string; readonly text: string }>> = {
  sum: { none: "0.0", text: "return a + b;" },
  product: { none: "1.0", text: "return a * b;" },
  logsumexp: {
    none: "-bitcast<f32>(plan[3])",
    text: "if (isnanOf(a)) { return a; } if (isnanOf(b)) { return b; } let top = max(a, b); if (isinfOf(top)) { return top; } return top + log(exp(a - top) + exp(b - top));",
  },
}

const runningShader = (how: How): Shader => ({
  key: `running ${how}`,
  label: { sum: "cumsum", product: "cumprod", logsumexp: "logcumsumexp" }[how],
  buffers: 2,
  print: () => `${bindings(["x"])}
${functionsText(["isnanOf", "isinfOf"])}
var<workgroup> totals: array<f32, ${threads}>;
fn join(a: f32, b: f32) -> f32 { ${joins[how].text} }
${stretches}
  var total = ${joins[how].none};
  for (var k = first; k < last; k++) { total = join(total, x_[start + k * step]); }
  totals[lane] = total;
  workgroupBarrier();
  total = ${joins[how].none};
  for (var l = 0u; l < lane; l++) { total = join(total, totals[l]); }
  for (var k = first; k < last; k++) {
    total = join(total, x_[start + k * step]);
    result_[out + k * step] = total;
  }
}
`,
})

/** Whether an element beats the best before it. A nan wins for good: the first of a whole run, the last of a running one. */
const beats = (largest: boolean, isRunning: boolean): string => `fn beats(value: f32, best: f32) -> bool {
  if (isnanOf(best)) { return ${isRunning ? "isnanOf(value)" : "false"}; }
  return isnanOf(value) || value ${largest ? ">" : "<"}${isRunning ? "=" : ""} best;
}`

const runningPlaceShader = (largest: boolean): Shader => ({
  key: `running extreme ${largest}`,
  label: largest ? "cummax" : "cummin",
  buffers: 2,
  print: () => `${bindings(["x"])}
${functionsText(["isnanOf"])}
var<workgroup> places: array<u32, ${threads}>;
${beats(largest, true)}
${stretches}
  var place = first;
  for (var k = first; k < last; k++) { if (beats(x_[start + k * step], x_[start + place * step])) { place = k; } }
  places[lane] = place;
  workgroupBarrier();
  if (first >= last) { return; }
  place = 0u;
  for (var l = 0u; l < lane; l++) { if (beats(x_[start + places[l] * step], x_[start + place * step])) { place = places[l]; } }
  for (var k = first; k < last; k++) {
    if (beats(x_[start + k * step], x_[start + place * step])) { place = k; }
    result_[out + k * step] = f32(place);
  }
}
`,
})

const extremePlaceShader = (largest: boolean): Shader => ({
  key: `extreme ${largest}`,
  label: largest ? "max" : "min",
  buffers: 2,
  print: () => `${bindings(["x"])}
${functionsText(["isnanOf"])}
var<workgroup> places: array<u32, ${threads}>;
${beats(largest, false)}
${stretches}
  var place = first;
  for (var k = first; k < last; k++) { if (beats(x_[start + k * step], x_[start + place * step])) { place = k; } }
  places[lane] = place;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var l = 1u; l < ${threads}u && l * length < size; l++) { if (beats(x_[start + places[l] * step], x_[start + place * step])) { place = places[l]; } }
  result_[plan[${planHead + 2}] + row] = f32(place);
}
`,
})

/** What stands at the places: `count` of each run. */
const pickShader: Shader = {
  key: "pick along",
  label: "gather",
  buffers: 3,
  print: () => `${bindings(["x", "places"])}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  let step = plan[${planHead}];
  let count = plan[${planHead + 4}];
  let outside = i / (count * step);
  let at = (outside * plan[2] + u32(places_[plan[${planHead + 3}] + i])) * step + i % step;
  result_[plan[${planHead + 2}] + i] = x_[plan[${planHead + 1}] + at];
}
`,
}

const shaders = {
  running: { sum: runningShader("sum"), product: runningShader("product"), logsumexp: runningShader("logsumexp") },
  runningPlace: { true: runningPlaceShader(true), false: runningPlaceShader(false) },
  extremePlace: { true: extremePlaceShader(true), false: extremePlaceShader(false) },
}

const fits = (gpu: Gpu, source: View, values: View): boolean => isFloat(source) && isFloat(values) && product(source.sizes) > 0 && gpu.takes(product(source.sizes), gpu.thresholds.elements, [source])

function record(gpu: Gpu, shader: Shader, source: DeviceView, out: DeviceView, { outer, size, inner }: Rows): void {
  const from = gpu.memory.onDevice(source.storage.contents)
  const to = target(gpu, out, product(out.sizes))
  const { groups, row } = gpu.grid(outer * inner, 1)
  gpu.dispatch(shader, [to, from], groups, ({ at, words }) => {
    words.set([outer * inner, row, size], at)
    words.set([inner, source.offset, out.offset], at + planHead)
  })
}

/** Fills `values` with what stands at `places`, `count` of each run of the source. */
export function pick(gpu: Gpu, source: DeviceView, places: DeviceView, values: DeviceView, { outer, size, inner }: Rows, count: number): void {
  const from = [source, places].map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const to = target(gpu, values, outer * count * inner)
  const { groups, row } = gpu.grid(outer * count * inner, threads)
  gpu.dispatch(pickShader, [to, ...from], groups, ({ at, words }) => {
    words.set([outer * count * inner, row, size], at)
    words.set([inner, source.offset, values.offset, places.offset, count], at + planHead)
  })
}

export function running(gpu: Gpu, [source]: readonly View[], [out]: readonly View[], { dim, how }: KernelOptions<"running">): boolean {
  if (!fits(gpu, source!, out!)) return false
  record(gpu, shaders.running[how], source as DeviceView, out as DeviceView, rowsAlong(source!, dim))
  return true
}

export function runningExtreme(gpu: Gpu, [source]: readonly View[], [values, indices]: readonly View[], { dim, largest }: KernelOptions<"runningExtreme">): boolean {
  if (!fits(gpu, source!, values!) || !mayBeOnDevice(indices!)) return false
  const rows = rowsAlong(source!, dim)
  record(gpu, shaders.runningPlace[`${largest}`], source as DeviceView, indices, rows)
  pick(gpu, source as DeviceView, indices, values as DeviceView, rows, rows.size)
  return true
}

export function extremeAlong(gpu: Gpu, [source]: readonly View[], [values, indices]: readonly View[], { dim, largest }: KernelOptions<"extremeAlong">): boolean {
  if (!fits(gpu, source!, values!) || !mayBeOnDevice(indices!)) return false
  const rows = rowsAlong(source!, dim)
  record(gpu, shaders.extremePlace[`${largest}`], source as DeviceView, indices, rows)
  pick(gpu, source as DeviceView, indices, values as DeviceView, rows, 1)
  return true
}
