// Elementwise kernels in WebAssembly: printed, compiled and kept by expression; float32 only, whatever else there is
// runs in JavaScript. Runs of elements outside the module's memory pass through a window of it, a block at a time.
import type { Expr } from "../../ops/expr.ts"
import type { Operand, View } from "../backend.ts"
import type { TypedArray } from "../dtype.ts"
import { elementwise as inJavaScript } from "../javascript/elementwise.ts"
import { scalarFunction } from "../javascript/scalar.ts"
import { collapse } from "../walk.ts"
import { printWasm, type InputKind } from "./print.ts"

type Run = (n: number, out: number, ...inputs: number[]) => void

/** Elements in one block: small enough to stay in the processor's nearest memory. */
const block = 4096
const page = 65536
const mostInputs = 7
/** Captured at load, so that the sandbox may take it away from the snippet afterwards. */
const Wasm = globalThis.WebAssembly
const memory = new Wasm.Memory({ initial: (block * 4 * (mostInputs + 1)) / page })
const scratch = new Float32Array(memory.buffer)

/** `i32.const 0` splatted three times, `f32x4.relaxed_madd`: what a machine without it refuses. */
const relaxed = (() => {
  const splat = [0x41, 0, 0xfd, 17]
  const body = [0, ...splat, ...splat, ...splat, 0xfd, 0x85, 0x02, 0x1a, 0x0b]
  return Wasm.validate(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, body.length + 2, 1, body.length, ...body]))
})()

const kernels = new WeakMap<Expr, Map<string, Run>>()

/** Fills `out` with `expr` of the operands, each broadcast to the shape of `out`. */
export function elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void {
  const views = operands.filter((one) => typeof one !== "number")
  const fits = [out, ...views].every((one) => one.dtype.name === "float32") && operands.length <= mostInputs
  if (!fits) return inJavaScript(expr, names, operands, out)
  const walk = collapse(out.sizes, [out, ...views])
  if (walk.count === 0) return
  const all = [out, ...views]
  visit(walk.outer, walk.outerSteps, all.map((view) => view.offset), (at) => run(expr, names, operands, all, at, walk.innerSteps, walk.inner))
}

/** Calls `body` with every view's position at each place of the outer dimensions. */
function visit(outer: readonly number[], steps: readonly (readonly number[])[], at: readonly number[], body: (at: readonly number[]) => void, d = 0): void {
  if (d === outer.length) return body(at)
  let here = at
  for (let i = 0; i < outer[d]!; i++) {
    visit(outer, steps, here, body, d + 1)
    here = here.map((position, v) => position + steps[d]![v]!)
  }
}

/** An input along one run: a number, or elements at even steps. */
type Source = { readonly number: number } | { readonly array: TypedArray; readonly from: number; readonly step: number }

/** One run of `count` elements, in blocks: inputs copied into the scratch memory, the kernel, the result copied out. */
function run(expr: Expr, names: readonly string[], operands: readonly Operand[], views: readonly View[], at: readonly number[], steps: readonly number[], count: number): void {
  // A view that stands still along the run is one number for all of it.
  let v = 0
  const sources = operands.map((operand): Source => {
    if (typeof operand === "number") return { number: operand }
    const i = ++v
    return steps[i] === 0 ? { number: views[i]!.storage.array[at[i]!]! } : { array: views[i]!.storage.array, from: at[i]!, step: steps[i]! }
  })
  const kernel = kernelFor(expr, names, sources.map((one) => ("number" in one ? "number" : "elements")))
  const out = views[0]!.storage.array
  for (let done = 0; done < count; done += block) {
    const n = Math.min(block, count - done)
    const inputs = sources.map((source, i): number => {
      if ("number" in source) return source.number
      const start = (i + 1) * block
      const from = source.from + done * source.step
      if (source.step === 1) scratch.set(source.array.subarray(from, from + n), start)
      else for (let k = 0; k < n; k++) scratch[start + k] = source.array[from + k * source.step]!
      return start * 4
    })
    kernel(n, 0, ...inputs)
    const to = at[0]! + done * steps[0]!
    if (steps[0] === 1) out.set(scratch.subarray(0, n), to)
    else for (let k = 0; k < n; k++) out[to + k * steps[0]!] = scratch[k]!
  }
}

function kernelFor(expr: Expr, names: readonly string[], kinds: readonly InputKind[]): Run {
  let known = kernels.get(expr)
  if (!known) kernels.set(expr, (known = new Map()))
  const key = kinds.join()
  let kernel = known.get(key)
  if (!kernel) known.set(key, (kernel = compiled(expr, names, kinds)))
  return kernel
}

function compiled(expr: Expr, names: readonly string[], kinds: readonly InputKind[]): Run {
  const { bytes, fallbacks } = printWasm(expr, names, kinds, relaxed)
  const call: Record<string, WebAssembly.ImportValue> = { memory }
  for (const { name, arity } of fallbacks) call[name] = scalarFunction(name, arity)
  const instance = new Wasm.Instance(new Wasm.Module(bytes), { call })
  return instance.exports["run"] as Run
}
