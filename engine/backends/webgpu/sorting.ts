// Sorting along a dimension: merging, in as many rounds as doublings lead to the length. In each round every element finds
// its place among those of the neighbouring stretch by halving, so that nothing waits and equal ones keep their order.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, mayBeOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { pick } from "./ordering.ts"
import { planHead } from "./print.ts"
import { rowsAlong } from "./rows.ts"

const threads = 64

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** Places, in rounds: `length` is that of the sorted stretches before. In the first round each element stands at its own place. */
const mergeShader = (isFirst: boolean): Shader => ({
  key: `merge ${isFirst}`,
  label: "sort",
  buffers: isFirst ? 2 : 3,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> x_: array<f32>;
${isFirst ? "" : "@group(0) @binding(3) var<storage, read> places_: array<f32>;"}
/** Numbers in their order, nan after all others; turned around where the plan says so. */
fn keyOf(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  var key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  if (x == 0.0) { key = 0x80000000u; }
  if ((bits & 0x7fffffffu) > 0x7f800000u) { key = 0xffffffffu; }
  return select(key, ~key, plan[${planHead + 3}] == 1u);
}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  let size = plan[2];
  let step = plan[${planHead}];
  let length = plan[${planHead + 2}];
  let row = i / size;
  let at = i % size;
  let base = row * size;
  let start = plan[${planHead + 1}] + (row / step) * size * step + row % step;
  let place = ${isFirst ? "f32(at)" : "places_[i]"};
  let key = keyOf(x_[start + u32(place) * step]);
  let pair = at - at % (2u * length);
  let isLeft = at - pair < length;
  // Those of the other stretch that come before it: the smaller ones, and the equal ones where that is the left.
  let begin = min(size, select(pair, pair + length, isLeft));
  var low = begin;
  var high = min(size, select(pair + length, pair + 2u * length, isLeft));
  while (low < high) {
    let middle = (low + high) / 2u;
    let other = keyOf(x_[start + ${isFirst ? "middle" : "u32(places_[base + middle])"} * step]);
    if (other < key || (other == key && !isLeft)) { low = middle + 1u; } else { high = middle; }
  }
  let own = at - select(pair + length, pair, isLeft);
  result_[base + pair + own + low - begin] = place;
}
`,
})

const [firstRound, laterRound] = [mergeShader(true), mergeShader(false)]

/** The first of each run's sorted places, put where the result has them. */
const leadShader: Shader = {
  key: "sorted places",
  label: "sort",
  buffers: 2,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> places_: array<f32>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  let step = plan[${planHead}];
  let count = plan[${planHead + 2}];
  let row = i / (count * step) * step + i % step;
  result_[plan[${planHead + 1}] + i] = places_[row * plan[2] + (i / step) % count];
}
`,
}

export function sort(gpu: Gpu, [source]: readonly View[], [values, indices]: readonly View[], { dim, descending, count }: KernelOptions<"sort">): boolean {
  const total = product(source!.sizes)
  const rows = rowsAlong(source!, dim)
  // Places are kept as float32, and a stretch is to have a neighbour.
  if (!isFloat(source!) || !isFloat(values!) || !mayBeOnDevice(indices!) || rows.size < 2 || rows.size > 1 << 24 || count === 0 || total === 0 || !gpu.takes(total, gpu.thresholds.elements, [source!])) return false
  const from = gpu.memory.onDevice(source.storage.contents)
  let [sorted, next] = [gpu.memory.borrow(total), gpu.memory.borrow(total)]
  const { groups, row } = gpu.grid(total, threads)
  for (let length = 1; length < rows.size; length *= 2) {
    gpu.dispatch(length === 1 ? firstRound : laterRound, length === 1 ? [next, from] : [next, from, sorted], groups, ({ at, words }) => {
      words.set([total, row, rows.size], at)
      words.set([rows.inner, source.offset, length, descending ? 1 : 0], at + planHead)
    })
    ;[sorted, next] = [next, sorted]
  }
  const taken = rows.outer * count * rows.inner
  const to = target(gpu, indices, taken)
  const { groups: lead, row: leadRow } = gpu.grid(taken, threads)
  gpu.dispatch(leadShader, [to, sorted], lead, ({ at, words }) => {
    words.set([taken, leadRow, rows.size], at)
    words.set([rows.inner, indices.offset, count], at + planHead)
  })
  gpu.memory.release(sorted, total)
  gpu.memory.release(next, total)
  pick(gpu, source, indices, values, rows, count)
  return true
}

const isFloat = (view: View): view is DeviceView => isOnDevice(view) && view.dtype.name === "float32"
