// Resampling on a GPU: one invocation an element of the result, over the taps of three axes; and back, where each element
// of the input collects from the places that took it, which the processor lists once for each axis.
import type { KernelOptions, View } from "../backend.ts"
import type { TapAxis } from "../javascript/resample.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planHead } from "./print.ts"
import { sent, table } from "./tables.ts"

const threads = 64
/** Numbers of a list that are worth remembering. */
const mostKept = 4096

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
const isFloat = (view: View): view is DeviceView => isOnDevice(view) && view.dtype.name === "float32"

/** For each place of one side, where its shares begin in the list and end; then the shares, each a place of the other side and a weight. */
interface Shares {
  readonly begins: readonly number[]
  readonly places: readonly number[]
  readonly weights: readonly number[]
}

function forward({ output, taps, at, weight }: TapAxis): Shares {
  const shares: { begins: number[]; places: number[]; weights: number[] } = { begins: [0], places: [], weights: [] }
  for (let i = 0; i < output; i++) {
    for (let tap = i * taps; tap < (i + 1) * taps; tap++) {
      if (weight[tap] === 0) continue
      shares.places.push(at[tap]!)
      shares.weights.push(weight[tap]!)
    }
    shares.begins.push(shares.places.length)
  }
  return shares
}

function backward({ input, output, taps, at, weight }: TapAxis): Shares {
  const own = Array.from({ length: input }, () => ({ places: [] as number[], weights: [] as number[] }))
  for (let i = 0; i < output; i++) {
    for (let tap = i * taps; tap < (i + 1) * taps; tap++) {
      if (weight[tap] === 0) continue
      own[at[tap]!]!.places.push(i)
      own[at[tap]!]!.weights.push(weight[tap]!)
    }
  }
  const begins = [0]
  for (const { places } of own) begins.push(begins.at(-1)! + places.length)
  return { begins, places: own.flatMap(({ places }) => places), weights: own.flatMap(({ weights }) => weights) }
}

/** The lists of three axes one behind the other, each with where it begins. */
function listed(axes: readonly Shares[]): { readonly numbers: Uint32Array<ArrayBuffer>; readonly starts: readonly number[] } {
  const words: number[] = []
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  const starts = axes.map(({ begins, places, weights }) => {
    const start = words.length
    const sharesAt = start + begins.length
    for (const begin of begins) words.push(sharesAt + 2 * begin)
    places.forEach((place, i) => {
      float[0] = weights[i]!
      words.push(place, bits[0]!)
    })
    return start
  })
  return { numbers: Uint32Array.from(words), starts }
}

const shader = (isBack: boolean): Shader => ({
  key: `resample ${isBack}`,
  label: isBack ? "interpolate_backward" : "interpolate",
  buffers: 3,
  print: () => `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> x_: array<f32>;
@group(0) @binding(3) var<storage, read> list_: array<u32>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = id.y * plan[1] + id.x;
  if (index >= plan[0]) { return; }
  let p = ${planHead}u;
  let c = plan[p + 4u] + index % plan[p + 7u];
  let b = plan[p + 3u] + (index / plan[p + 7u]) % plan[p + 6u];
  let a = plan[p + 2u] + (index / (plan[p + 7u] * plan[p + 6u])) % plan[p + 5u];
  let plane = index / (plan[p + 7u] * plan[p + 6u] * plan[p + 5u]);
  let base = plan[p] + plane * plan[p + 8u] * plan[p + 9u] * plan[p + 10u];
  var total = 0.0;
  for (var u = list_[a]; u < list_[a + 1u]; u += 2u) {
    for (var v = list_[b]; v < list_[b + 1u]; v += 2u) {
      let line = base + (list_[u] * plan[p + 9u] + list_[v]) * plan[p + 10u];
      let weight = bitcast<f32>(list_[u + 1u]) * bitcast<f32>(list_[v + 1u]);
      for (var w = list_[c]; w < list_[c + 1u]; w += 2u) { total += weight * bitcast<f32>(list_[w + 1u]) * x_[line + list_[w]]; }
    }
  }
  result_[plan[p + 1u] + index] ${isBack ? "+=" : "="} total;
}
`,
})

const [onward, back] = [shader(false), shader(true)]

function record(gpu: Gpu, isBack: boolean, source: View, out: View, axes: readonly TapAxis[]): boolean {
  const count = product(out.sizes)
  if (!isFloat(source) || !isFloat(out) || count === 0 || product(source.sizes) === 0 || !gpu.takes(count, gpu.thresholds.elements, [source])) return false
  const { numbers, starts } = listed(axes.map(isBack ? backward : forward))
  const isKept = numbers.length <= mostKept
  const list = isKept ? table(gpu, [...numbers]) : sent(gpu, numbers)
  const from = gpu.memory.onDevice(source.storage.contents)
  // Back, it is added to what is there.
  const to = isBack ? gpu.memory.changeOnDevice(out.storage.contents) : target(gpu, out, count)
  const { groups, row } = gpu.grid(count, threads)
  const sides = (side: "input" | "output"): number[] => axes.map((axis) => axis[side])
  gpu.dispatch(isBack ? back : onward, [to, from, list], groups, ({ at, words }) => {
    words.set([count, row], at)
    words.set([source.offset, out.offset, ...starts, ...sides(isBack ? "input" : "output"), ...sides(isBack ? "output" : "input")], at + planHead)
  })
  if (!isKept) gpu.memory.release(list, numbers.length)
  return true
}

export const resample = (gpu: Gpu, [source]: readonly View[], [out]: readonly View[], { axes }: KernelOptions<"resample">): boolean => record(gpu, false, source!, out!, axes)

export const resampleBack = (gpu: Gpu, [grad]: readonly View[], [out]: readonly View[], { axes }: KernelOptions<"resampleBack">): boolean => record(gpu, true, grad!, out!, axes)
