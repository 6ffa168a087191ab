// Kernels that look up places: gathering and scattering, and the likelihood of classes. Places are known here, so a list
// sorted by target goes along: each target is written by one invocation, and repeated places add up in their order.
import type { KernelOptions, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { holdsPlaces, isOnDevice, mayBeOnDevice, target, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { sent } from "./tables.ts"

const threads = 64
const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
const isFloat = (view: View): boolean => isOnDevice(view) && view.dtype.name === "float32"

const opening = (third: string): string => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> source_: array<f32>;
@group(0) @binding(3) var<storage, read> ${third};
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * plan[1] + id.x;
  if (i >= plan[0]) { return; }`

const takeShader: Shader = {
  key: "take",
  label: "index",
  buffers: 3,
  print: () => `${opening("places_: array<u32>")}
  result_[plan[${planHead + 1}] + i] = source_[plan[${planHead}] + places_[i]];
}
`,
}

/** The list: targets, where each one's sources begin and the end of the last, then the sources. */
const putShader = (how: "set" | "add" | "multiply"): Shader => ({
  key: `put ${how}`,
  label: "index_put",
  buffers: 3,
  print: () => `${opening("list_: array<u32>")}
  let count = plan[0];
  let place = plan[${planHead + 1}] + list_[i];
  let end = list_[count + i + 1u];
  var value = result_[place];
  for (var k = list_[count + i]; k < end; k++) {
    let next = source_[plan[${planHead}] + list_[2u * count + 1u + k]];
    value = ${how === "set" ? "next" : how === "add" ? "value + next" : "value * next"};
  }
  result_[place] = value;
}
`,
})

const putShaders = { set: putShader("set"), add: putShader("add"), multiply: putShader("multiply") }

export function take(gpu: Gpu, [source]: readonly View[], [out]: readonly View[], { at: places }: KernelOptions<"take">): boolean {
  if (!isFloat(source!) || !isFloat(out!) || !mayBeOnDevice(source!) || !mayBeOnDevice(out!) || places.length === 0 || !gpu.takes(places.length, gpu.thresholds.elements, [source!])) return false
  const from = gpu.memory.onDevice(source.storage.contents)
  const to = target(gpu, out, places.length)
  const list = sent(gpu, Uint32Array.from(places))
  const { groups, row } = gpu.grid(places.length, threads)
  gpu.dispatch(takeShader, [to, from, list], groups, ({ at, words }) => {
    words.set([places.length, row], at)
    words.set([source.offset, out.offset], at + planHead)
  })
  gpu.memory.release(list, places.length)
  return true
}

export function put(gpu: Gpu, [values]: readonly View[], [out]: readonly View[], { at: places, how }: KernelOptions<"put">): boolean {
  if (!isFloat(values!) || !isFloat(out!) || !mayBeOnDevice(values!) || !mayBeOnDevice(out!) || places.length === 0 || !gpu.takes(places.length, gpu.thresholds.elements, [values!, out!])) return false
  const numbers = byTarget(places)
  const count = (numbers.length - 1 - places.length) / 2
  const from = gpu.memory.onDevice(values.storage.contents)
  const to = gpu.memory.changeOnDevice(out.storage.contents)
  const list = sent(gpu, numbers)
  const { groups, row } = gpu.grid(count, threads)
  gpu.dispatch(putShaders[how], [to, from, list], groups, ({ at, words }) => {
    words.set([count, row], at)
    words.set([values.offset, out.offset], at + planHead)
  })
  gpu.memory.release(list, numbers.length)
  return true
}

/** Targets, each once; where their sources begin in what follows; the sources in their order. */
function byTarget(places: Int32Array): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b)
  const targets: number[] = []
  const begins: number[] = []
  order.forEach((source, i) => {
    if (i > 0 && places[source] === places[order[i - 1]!]) return
    targets.push(places[source]!)
    begins.push(i)
  })
  const list = new Uint32Array(2 * targets.length + 1 + places.length)
  list.set(targets)
  list.set([...begins, places.length], targets.length)
  list.set(order, 2 * targets.length + 1)
  return list
}

const likelihoodShader = (isTotal: boolean): Shader => ({
  key: `likelihood ${isTotal}`,
  label: "nll_loss",
  buffers: 3,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> source_: array<f32>;
@group(0) @binding(3) var<storage, read> classes_: array<f32>;
var<workgroup> totals: array<f32, ${threads}>;
fn loss(i: u32) -> f32 {
  let chosen = i32(classes_[plan[${planHead + 1}] + i]);
  if (chosen == bitcast<i32>(plan[${planHead + 5}])) { return 0.0; }
  let inner = plan[${planHead + 4}];
  return -source_[plan[${planHead}] + ((i / inner) * plan[${planHead + 3}] + u32(chosen)) * inner + i % inner];
}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
${isTotal ? `  var total = 0.0;
  for (var i = lane; i < plan[0]; i += ${threads}u) { total += loss(i); }
  totals[lane] = total;
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { totals[lane] += totals[lane + half]; }
  }
  if (lane == 0u) { result_[plan[${planHead + 2}]] = totals[0] / bitcast<f32>(plan[${planHead + 6}]); }` : `  let i = id.y * plan[1] + id.x;
  if (i < plan[0]) { result_[plan[${planHead + 2}] + i] = loss(i); }`}
}
`,
})

const backShader: Shader = {
  key: "likelihood back",
  label: "nll_loss_backward",
  buffers: 3,
  print: () => `${opening("classes_: array<f32>")}
  let chosen = i32(classes_[plan[${planHead + 1}] + i]);
  if (chosen == bitcast<i32>(plan[${planHead + 5}])) { return; }
  let inner = plan[${planHead + 4}];
  result_[plan[${planHead + 2}] + ((i / inner) * plan[${planHead + 3}] + u32(chosen)) * inner + i % inner] = -source_[plan[${planHead}] + i * plan[${planHead + 7}]] / bitcast<f32>(plan[${planHead + 6}]);
}
`,
}

const totalShader = likelihoodShader(true)
const eachShader = likelihoodShader(false)

type Likelihood = KernelOptions<"likelihood">

/** Classes that count: what a mean is divided by. They lie here, as a rule. */
function counted(gpu: Gpu, classes: View, { ignored }: Likelihood): number {
  if (!mayBeOnDevice(classes)) return 0
  const { array } = gpu.memory.onHost(classes.storage.contents)
  const count = product(classes.sizes)
  let found = 0
  for (let i = 0; i < count; i++) if (array[classes.offset + i] !== ignored) found++
  return found
}

function record(gpu: Gpu, shader: Shader, source: View, classes: View, to: number, out: View, options: Likelihood, count: number, groups: readonly [number, number, number], row: number): void {
  const divisor = options.reduction === "mean" ? counted(gpu, classes, options) : 1
  if (!mayBeOnDevice(source) || !mayBeOnDevice(classes)) throw new Error("A loss's tensors were expected on the device.")
  gpu.dispatch(shader, [to, gpu.memory.onDevice(source.storage.contents), gpu.memory.onDevice(classes.storage.contents)], groups, ({ at, words, floats }) => {
    words.set([count, row], at)
    words.set([source.offset, classes.offset, out.offset, options.classes, options.inner, options.ignored], at + planHead)
    floats[at + planHead + 6] = divisor
    words[at + planHead + 7] = options.reduction === "none" ? 1 : 0
  })
}

export function likelihood(gpu: Gpu, [source, classes, weight]: readonly View[], [out]: readonly View[], options: Likelihood): boolean {
  const count = product(classes!.sizes)
  if (weight || count === 0 || !isFloat(source!) || !isFloat(out!) || !isOnDevice(out!) || !holdsPlaces(classes!) || !gpu.takes(product(source!.sizes), gpu.thresholds.elements, [source!])) return false
  const isTotal = options.reduction !== "none"
  const { groups, row } = gpu.grid(count, threads)
  record(gpu, isTotal ? totalShader : eachShader, source!, classes!, target(gpu, out, isTotal ? 1 : count), out, options, count, isTotal ? [1, 1, 1] : groups, row)
  return true
}

export function likelihoodBack(gpu: Gpu, [grad, classes, weight]: readonly View[], [out]: readonly View[], options: Likelihood): boolean {
  const count = product(classes!.sizes)
  if (weight || count === 0 || !isFloat(grad!) || !isFloat(out!) || !isOnDevice(out!) || !holdsPlaces(classes!) || !gpu.takes(product(out.sizes), gpu.thresholds.elements, [grad!])) return false
  const { groups, row } = gpu.grid(count, threads)
  record(gpu, backShader, grad!, classes!, gpu.memory.changeOnDevice(out.storage.contents), out, options, count, groups, row)
  return true
}
