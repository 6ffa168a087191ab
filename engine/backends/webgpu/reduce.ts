// Folds on a GPU over any dimensions: one invocation a result where the runs are short, one workgroup where they are
// long, and two rounds where there are few results of very long runs. Totals meet in a tree, which loses less than a row.
import { call, input, type Expr } from "../../ops/expr.ts"
import type { ReduceSpec, View } from "../backend.ts"
import type { Shader } from "./commands.ts"
import { isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planStep } from "./gpuDoor.ts"
import { functionsText, isPrintable, numeric, planHead, printScalar } from "./print.ts"

const threads = 64
/** Elements from which a workgroup folds one result together. */
const longRun = 64

/** Workgroups that keep a device busy; elements that are worth one; results from which each is one invocation's alone, where its run is not too long. */
interface Busy {
  readonly groups: number
  readonly perGroup: number
  readonly alone: number
}
/** Elements that one invocation adds up by itself: of more, a sum in one row loses too much. */
const mostAlone = 1 << 13
const hardware: Busy = { groups: 256, perGroup: 1 << 12, alone: 1 << 16 }
/** To meet in a workgroup costs a driver of software more than a thousand elements: few, and long ones. */
const software: Busy = { groups: 32, perGroup: 1 << 15, alone: 256 }

/** A fold as a map of each element and a function that joins two totals. */
interface Fold {
  readonly name: keyof typeof names
  readonly start: number
  readonly map: Expr
  readonly join: (a: Expr, b: Expr) => Expr
  readonly finish: Expr | undefined
}

/** Functions that join totals, and what a fold with them is called. */
const names = { add: "sum", mul: "prod", maximum: "amax", minimum: "amin", logical_and: "all", logical_or: "any" } as const

const isJoin = (fn: string): fn is keyof typeof names => Object.hasOwn(names, fn)

/** The spec taken apart; null where totals of parts cannot be joined. */
function foldOf({ start, step, finish }: ReduceSpec): Fold | null {
  if (step.kind !== "call" || !isJoin(step.fn)) return null
  const [total, map] = step.args
  if (total?.kind !== "input" || total.name !== "total" || !map || mentionsTotal(map) || !isPrintable(step) || (finish && !isPrintable(finish))) return null
  const { fn } = step
  return { name: fn, start, map, join: (a, b) => call(fn, a, b), finish }
}

const mentionsTotal = (expr: Expr): boolean => (expr.kind === "input" ? expr.name === "total" : expr.kind === "call" && expr.args.some(mentionsTotal))

const folds = new WeakMap<ReduceSpec, { readonly fold: Fold | null; readonly name: string }>()
let specs = 0

interface Sides {
  readonly sizes: number[]
  readonly strides: number[][]
}

/** Folds the dimensions `dims` of `source` into `out`; false where that is not for the GPU. */
export function reduce(gpu: Gpu, spec: ReduceSpec, source: View, out: View, dims: readonly number[]): boolean {
  if (!isOnDevice(out) || !isOnDevice(source) || (out.dtype.name !== "float32" && out.dtype.name !== "bool")) return false
  let known = folds.get(spec)
  if (!known) folds.set(spec, (known = { fold: foldOf(spec), name: `reduce ${++specs}` }))
  const { fold, name } = known
  if (!fold || source.storage.contents === out.storage.contents) return false
  const folded = merged(source.sizes, [source.strides], (d) => dims.includes(d))
  const kept = merged(source.sizes, [source.strides, out.strides], (d) => !dims.includes(d))
  const run = product(folded.sizes)
  const results = product(kept.sizes)
  if (results === 0) return true
  if (run === 0 || !gpu.takes(run * results, gpu.thresholds.elements, [source])) return false
  if (planHead + 8 + kept.sizes.length * 3 + folded.sizes.length * 2 > planStep) return false
  const { groups: enough, perGroup, alone } = gpu.adapter.isFallback ? software : hardware
  const asked = run >= 2 * perGroup && results < enough ? Math.min(Math.ceil(enough / results), Math.ceil(run / perGroup)) : 1
  const chunk = Math.ceil(run / asked)
  const chunks = Math.ceil(run / chunk)
  const from = gpu.memory.onDevice(source.storage.contents)
  if (chunks === 1) {
    const form = run >= longRun && (results < alone || run > mostAlone) ? "group" : "each"
    const to = target(gpu, out, results)
    record(gpu, shaderOf(name, fold, form, true, true, out), { from, to, fromAt: source.offset, toAt: out.offset, kept, folded, run, results, count: run, chunk: run })
    return true
  }
  const part = gpu.memory.borrow(results * chunks)
  const between: Sides = { sizes: [...kept.sizes, chunks], strides: [[...kept.strides[0]!, 0], rowMajor([...kept.sizes, chunks])] }
  record(gpu, shaderOf(name, fold, "group", true, false, out), { from, to: part, fromAt: source.offset, toAt: 0, kept: between, folded, run, results: results * chunks, count: run, chunk })
  const to = target(gpu, out, results)
  const starts = rowMajor([...kept.sizes, chunks]).slice(0, -1)
  record(gpu, shaderOf(name, fold, "group", false, true, out), { from: part, to, fromAt: 0, toAt: out.offset, kept: { sizes: kept.sizes, strides: [starts, kept.strides[1]!] }, folded: { sizes: [chunks], strides: [[1]] }, run: chunks, results, count: run, chunk: chunks })
  gpu.memory.release(part, results * chunks)
  return true
}

interface Round {
  readonly from: number
  readonly to: number
  readonly fromAt: number
  readonly toAt: number
  readonly kept: Sides
  readonly folded: Sides
  readonly run: number
  readonly results: number
  /** Elements of a whole run, for the mean. */
  readonly count: number
  /** Elements that one result of this round folds; the last chunk of a run has fewer. */
  readonly chunk: number
}

function record(gpu: Gpu, shader: Shader, round: Round): void {
  const { kept, folded, run, results } = round
  const { groups, row } = gpu.grid(results, shader.key.includes(" group ") ? 1 : threads)
  gpu.dispatch(shader, [round.to, round.from], groups, ({ at, words, floats }) => {
    words[at] = results
    words[at + 1] = row
    words[at + 2] = run
    let place = at + planHead
    words[place++] = round.fromAt
    words[place++] = round.toAt
    words[place++] = kept.sizes.length
    words[place++] = folded.sizes.length
    words[place++] = round.chunk
    words[place++] = Math.ceil(run / round.chunk)
    floats[place++] = round.count
    floats[place++] = 0
    kept.sizes.forEach((size, d) => {
      words[place++] = size
      words[place++] = kept.strides[0]![d]!
      words[place++] = kept.strides[1]![d]!
    })
    folded.sizes.forEach((size, d) => {
      words[place++] = size
      words[place++] = folded.strides[0]![d]!
    })
  })
}

const shaders = new Map<string, Shader>()

function shaderOf(name: string, fold: Fold, form: "each" | "group", isFirst: boolean, isLast: boolean, { dtype }: DeviceView): Shader {
  const key = `${name} ${form} ${isFirst} ${isLast} ${dtype.name}`
  let shader = shaders.get(key)
  if (!shader) shaders.set(key, (shader = { key, label: names[fold.name], buffers: 2, print: () => print(fold, form, isFirst, isLast, dtype.name === "bool") }))
  return shader
}

function print({ start, map, join, finish }: Fold, form: "each" | "group", isFirst: boolean, isLast: boolean, isTruth: boolean): string {
  const mapped = isFirst ? map : input("x")
  const step = printScalar(join(input("total"), mapped), ["total", "x"])
  const meet = printScalar(join(input("a"), input("b")), ["a", "b"])
  const end = isLast && finish ? printScalar(finish, ["total", "count"]) : { text: "in_total", truth: false, calls: [] }
  const first = start === Infinity ? "bitcast<f32>(plan[3])" : start === -Infinity ? "-bitcast<f32>(plan[3])" : `f32(${start})`
  const result = isTruth && isLast ? `select(0.0, 1.0, ${numeric(end)} != 0.0)` : numeric(end)
  const head = planHead
  const every = form === "group" ? threads : 1
  return `@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read_write> result_: array<f32>;
@group(0) @binding(2) var<storage, read> source_: array<f32>;
${functionsText([...step.calls, ...meet.calls, ...end.calls])}
${form === "group" ? `var<workgroup> totals: array<f32, ${threads}>;` : ""}
fn taken(in_total: f32, in_x: f32) -> f32 { return ${numeric(step)}; }
fn meet(in_a: f32, in_b: f32) -> f32 { return ${numeric(meet)}; }
@compute @workgroup_size(${threads})
fn main(${form === "group" ? "@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32" : "@builtin(global_invocation_id) id: vec3<u32>"}) {
  let o = id.y * plan[1] + id.x;
  if (o >= plan[0]) { return; }
  let keptRank = plan[${head + 2}];
  let foldRank = plan[${head + 3}];
  let keptAt = ${head + 8}u;
  let foldAt = keptAt + keptRank * 3u;
  var start = plan[${head}];
  var to = plan[${head + 1}];
  var rest = o;
  for (var d = keptRank; d > 0u; d--) {
    let row = keptAt + (d - 1u) * 3u;
    let place = rest % plan[row];
    rest = rest / plan[row];
    start += place * plan[row + 1u];
    to += place * plan[row + 2u];
  }
  let begin = (o % plan[${head + 5}]) * plan[${head + 4}];
  let end = min(plan[2], begin + plan[${head + 4}]);
  var in_total = ${first};
  let first = begin${form === "group" ? " + lane" : ""};
  if (foldRank == 1u) {
    // The usual case by itself, in fours: what a place costs is added, not multiplied.
    let stride = plan[foldAt + 1u] * ${every}u;
    var at = start + first * plan[foldAt + 1u];
    var i = first;
    for (; i + ${3 * every}u < end; i += ${4 * every}u) {
      in_total = taken(taken(taken(taken(in_total, source_[at]), source_[at + stride]), source_[at + 2u * stride]), source_[at + 3u * stride]);
      at += 4u * stride;
    }
    for (; i < end; i += ${every}u) {
      in_total = taken(in_total, source_[at]);
      at += stride;
    }
  } else {
    for (var i = first; i < end; i += ${every}u) {
      var at = start;
      var left = i;
      for (var d = foldRank; d > 0u; d--) {
        let row = foldAt + (d - 1u) * 2u;
        at += (left % plan[row]) * plan[row + 1u];
        left = left / plan[row];
      }
      in_total = taken(in_total, source_[at]);
    }
  }
${form === "group" ? `  totals[lane] = in_total;
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { totals[lane] = meet(totals[lane], totals[lane + half]); }
  }
  if (lane != 0u) { return; }
  in_total = totals[0];` : ""}
  let in_count = bitcast<f32>(plan[${head + 6}]);
  result_[to] = ${result};
}
`
}

/** The chosen dimensions; neighbours that every list of strides walks evenly become one. */
function merged(sizes: readonly number[], strides: readonly (readonly number[])[], chosen: (d: number) => boolean): Sides {
  const made: Sides = { sizes: [], strides: strides.map(() => []) }
  for (let d = 0; d < sizes.length; d++) {
    if (!chosen(d) || sizes[d] === 1) continue
    const last = made.sizes.length - 1
    if (last >= 0 && made.strides.every((own, i) => own[last] === strides[i]![d]! * sizes[d]!)) {
      made.sizes[last]! *= sizes[d]!
      made.strides.forEach((own, i) => (own[last] = strides[i]![d]!))
    } else {
      made.sizes.push(sizes[d]!)
      made.strides.forEach((own, i) => own.push(strides[i]![d]!))
    }
  }
  return made
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1)

function rowMajor(sizes: readonly number[]): number[] {
  const strides = new Array<number>(sizes.length)
  let step = 1
  for (let d = sizes.length - 1; d >= 0; d--) {
    strides[d] = step
    step *= sizes[d]!
  }
  return strides
}
