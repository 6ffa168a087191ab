// Pooling on the GPU: one invocation a box, for its largest element, the place of that, or its mean; backwards one
// invocation an element, which looks which boxes hold it, so that nothing is added to by several at once.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { holdsPlaces, isOnDevice, mayBeOnDevice, target, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { table } from "./tables.ts"

const threads = 64
const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
type Axes = KernelOptions<"maxPool">["axes"]

/** Per axis: its size, its boxes, its step, and where its list begins in the table: `from`, `to` and `count` one after the other. */
const axisAt = planHead + 4
const axis = (d: number, what: "size" | "boxes" | "step" | "list"): string => `plan[${axisAt + d * 4 + ["size", "boxes", "step", "list"].indexOf(what)}]`
const fromOf = (d: number, i: string): string => `table_[${axis(d, "list")} + ${i}]`
const toOf = (d: number, i: string): string => `table_[${axis(d, "list")} + ${axis(d, "boxes")} + ${i}]`
const countOf = (d: number, i: string): string => `table_[${axis(d, "list")} + 2u * ${axis(d, "boxes")} + ${i}]`

const opening = `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> source_: array<f32>;
@group(0) @binding(3) var<storage, read> table_: array<u32>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }`

/** The box of an output, and the loop over its elements at \`base + line + w\`. */
const boxLoop = (text: string): string => `  let c = i % ${axis(2, "boxes")};
  let b = (i / ${axis(2, "boxes")}) % ${axis(1, "boxes")};
  let a = (i / (${axis(2, "boxes")} * ${axis(1, "boxes")})) % ${axis(0, "boxes")};
  let plane = i / (${axis(2, "boxes")} * ${axis(1, "boxes")} * ${axis(0, "boxes")});
  let base = plan[${planHead}] + plane * ${axis(0, "size")} * ${axis(1, "size")} * ${axis(2, "size")};
  let toD = ${toOf(0, "a")};
  let toH = ${toOf(1, "b")};
  let toW = ${toOf(2, "c")};
  let fromW = ${fromOf(2, "c")};
  for (var d = ${fromOf(0, "a")}; d < toD; d += ${axis(0, "step")}) {
    for (var h = ${fromOf(1, "b")}; h < toH; h += ${axis(1, "step")}) {
      let line = (d * ${axis(1, "size")} + h) * ${axis(2, "size")};
      for (var w = fromW; w < toW; w += ${axis(2, "step")}) {
${text}
      }
    }
  }`

const maxText = (isPlace: boolean): string => `${opening}
  var best = -bitcast<f32>(plan[3]);
  var found = 0xffffffffu;
${boxLoop(`        let value = source_[base + line + w];
        let missing = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
        if (found == 0xffffffffu || value > best || missing) { best = value; found = line + w; }`)}
  result_[plan[${planHead + 1}] + i] = ${isPlace ? "f32(found)" : "best"};
}
`

const meanText = `${opening}
  var total = 0.0;
${boxLoop("        total += source_[base + line + w];")}
  let divisor = bitcast<f32>(plan[${planHead + 2}]);
  let own = f32(${countOf(0, "a")}) * f32(${countOf(1, "b")}) * f32(${countOf(2, "c")});
  result_[plan[${planHead + 1}] + i] = total / select(own, divisor, divisor != 0.0);
}
`

const meanBackText = `${opening}
  let w = i % ${axis(2, "size")};
  let h = (i / ${axis(2, "size")}) % ${axis(1, "size")};
  let d = (i / (${axis(2, "size")} * ${axis(1, "size")})) % ${axis(0, "size")};
  let plane = i / (${axis(2, "size")} * ${axis(1, "size")} * ${axis(0, "size")});
  let base = plan[${planHead}] + plane * ${axis(0, "boxes")} * ${axis(1, "boxes")} * ${axis(2, "boxes")};
  let divisor = bitcast<f32>(plan[${planHead + 2}]);
  var total = 0.0;
  for (var a = 0u; a < ${axis(0, "boxes")}; a++) {
    if (d < ${fromOf(0, "a")} || d >= ${toOf(0, "a")}) { continue; }
    for (var b = 0u; b < ${axis(1, "boxes")}; b++) {
      if (h < ${fromOf(1, "b")} || h >= ${toOf(1, "b")}) { continue; }
      for (var c = 0u; c < ${axis(2, "boxes")}; c++) {
        if (w < ${fromOf(2, "c")} || w >= ${toOf(2, "c")}) { continue; }
        let own = f32(${countOf(0, "a")}) * f32(${countOf(1, "b")}) * f32(${countOf(2, "c")});
        total += source_[base + (a * ${axis(1, "boxes")} + b) * ${axis(2, "boxes")} + c] / select(own, divisor, divisor != 0.0);
      }
    }
  }
  result_[plan[${planHead + 1}] + i] = total;
}
`

const shaders: Readonly<Record<"value" | "place" | "mean" | "back", Shader>> = {
  value: { key: "max pool value", label: "max_pool", buffers: 3, print: () => maxText(false) },
  place: { key: "max pool place", label: "max_pool", buffers: 3, print: () => maxText(true) },
  mean: { key: "mean pool", label: "avg_pool", buffers: 3, print: () => meanText },
  back: { key: "mean pool back", label: "avg_pool_backward", buffers: 3, print: () => meanBackText },
}

function record(gpu: Gpu, shader: Shader, source: View, out: View, axes: Axes, divisor: number | null): void {
  if (!mayBeOnDevice(source) || !mayBeOnDevice(out)) throw new Error("The pool's tensors were expected on the device.")
  const count = product(out.sizes)
  const from = gpu.memory.onDevice(source.storage.contents)
  const to = target(gpu, out, count)
  const lists = table(gpu, axes.flatMap((one) => [...one.from, ...one.to, ...one.count]))
  const { groups, row } = gpu.grid(count, threads)
  gpu.dispatch(shader, [to, from, lists], groups, ({ at, words, floats }) => {
    words.set([count, row], at)
    words.set([source.offset, out.offset], at + planHead)
    floats[at + planHead + 2] = divisor ?? 0
    let list = 0
    axes.forEach((one, d) => {
      words.set([one.size, one.from.length, one.step, list], at + axisAt + d * 4)
      list += 3 * one.from.length
    })
  })
}

const fits = (gpu: Gpu, source: View, out: View, axes: Axes): boolean =>
  isOnDevice(source) && source.dtype.name === "float32" && isOnDevice(out) && out.dtype.name === "float32" && product(out.sizes) > 0 &&
  // Places are kept as float32.
  product(axes.map((one) => one.size)) < 1 << 24 && gpu.takes(Math.max(product(source.sizes), product(out.sizes)), gpu.thresholds.elements, [source])

export function maxPool(gpu: Gpu, [source]: readonly View[], [values, indices]: readonly View[], { axes }: KernelOptions<"maxPool">): boolean {
  if (!mayBeOnDevice(indices!) || !fits(gpu, source!, values!, axes)) return false
  record(gpu, shaders.value, source!, values!, axes, null)
  record(gpu, shaders.place, source!, indices!, axes, null)
  return true
}

export function avgPool(gpu: Gpu, [source]: readonly View[], [out]: readonly View[], { axes, divisor }: KernelOptions<"avgPool">): boolean {
  if (!fits(gpu, source!, out!, axes)) return false
  record(gpu, shaders.mean, source!, out!, axes, divisor)
  return true
}

export function avgPoolBack(gpu: Gpu, [grad]: readonly View[], [out]: readonly View[], { axes, divisor }: KernelOptions<"avgPoolBack">): boolean {
  if (!fits(gpu, grad!, out!, axes)) return false
  record(gpu, shaders.back, grad!, out!, axes, divisor)
  return true
}

const planeShaders: Readonly<Record<"take" | "add", Shader>> = {
  take: {
    key: "plane take",
    label: "max_unpool_backward",
    buffers: 3,
    print: () => `${planeOpening("array<f32>")}
  result_[plan[${planHead + 2}] + i] = values_[plan[${planHead}] + plane * plan[${planHead + 4}] + u32(places_[plan[${planHead + 1}] + i])];
}
`,
  },
  // Windows that overlap add to the same place: each tries until nobody came in between.
  add: {
    key: "plane add",
    label: "max_pool_backward",
    buffers: 3,
    print: () => `${planeOpening("array<atomic<u32>>")}
  let place = plan[${planHead + 2}] + plane * plan[${planHead + 4}] + u32(places_[plan[${planHead + 1}] + i]);
  let value = values_[plan[${planHead}] + i];
  var before = atomicLoad(&result_[place]);
  loop {
    let tried = atomicCompareExchangeWeak(&result_[place], before, bitcast<u32>(bitcast<f32>(before) + value));
    if (tried.exchanged) { break; }
    before = tried.old_value;
  }
}
`,
  },
}

const planeOpening = (type: string): string => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: ${type};
@group(0) @binding(2) var<storage, read> values_: array<f32>;
@group(0) @binding(3) var<storage, read> places_: array<f32>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }
  let plane = i / plan[${planHead + 3}];`

/** \`n\` elements a plane of \`size\`. */
function planes(gpu: Gpu, shader: Shader, values: View, places: View, out: View, count: number, n: number, size: number): boolean {
  if (!isOnDevice(values) || !isOnDevice(out) || values.dtype.name !== "float32" || out.dtype.name !== "float32" || !holdsPlaces(places) || count === 0 || !gpu.takes(count, gpu.thresholds.elements, [values, places])) return false
  const from = [values, places].map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const to = shader === planeShaders.take ? target(gpu, out, count) : gpu.memory.changeOnDevice(out.storage.contents)
  const { groups, row } = gpu.grid(count, threads)
  gpu.dispatch(shader, [to, ...from], groups, ({ at, words }) => {
    words.set([count, row], at)
    words.set([values.offset, places.offset, out.offset, n, size], at + planHead)
  })
  return true
}

export function planePut(gpu: Gpu, [values, indices]: readonly View[], [out]: readonly View[], { how }: KernelOptions<"planePut">): boolean {
  // Which of several values stays is only known to the processor, in whose order they come.
  return how === "add" && planes(gpu, planeShaders.add, values!, indices!, out!, product(values!.sizes), values!.sizes[1]!, out!.sizes[1]!)
}

export function planeTake(gpu: Gpu, [source, indices]: readonly View[], [out]: readonly View[]): boolean {
  return planes(gpu, planeShaders.take, source!, indices!, out!, product(out!.sizes), out!.sizes[1]!, source!.sizes[1]!)
}
