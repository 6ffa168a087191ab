// Elementwise kernels on a GPU, printed and compiled by expression. Tensors of one walk take the flat form, others
// their strides along; what is broadcast is never copied.
import { call, titleOf, type Expr, type ScalarFunction } from "../../ops/expr.ts"
import { HostStorage, type Operand, type View } from "../backend.ts"
import { collapse, isSingle } from "../walk.ts"
import type { Shader } from "./commands.ts"
import { holdsPlaces, isOnDevice, target, type DeviceView, type Gpu } from "./gpu.ts"
import { planStep } from "./gpuDoor.ts"
import { isPrintable, planHead, printWgsl, workgroup, type Form, type InputKind } from "./print.ts"

const shaders = new WeakMap<Expr, Map<string, Shader>>()
let expressions = 0

/** Buffers that one kernel may bind beside the plan. */
const mostBuffers = 7

const ofTruths: Partial<Record<ScalarFunction, ScalarFunction>> = { bitwise_and: "logical_and", bitwise_or: "logical_or", bitwise_xor: "ne", bitwise_not: "logical_not" }
const truthful = new WeakMap<Expr, Expr>()

/** Bits of truths are truths: what WGSL has of them. */
function forTruths(expr: Expr): Expr {
  if (expr.kind !== "call" || !(expr.fn in ofTruths)) return expr
  let made = truthful.get(expr)
  if (!made) truthful.set(expr, (made = call(ofTruths[expr.fn]!, ...expr.args.map(forTruths))))
  return made
}

const isTruth = (one: Operand): boolean => typeof one !== "number" && one.dtype.name === "bool"

/** Fills `out` with a formula of the operands; false where that is not for the GPU. */
export function elementwise(gpu: Gpu, formula: Expr, names: readonly string[], operands: readonly Operand[], out: View): boolean {
  if (!isOnDevice(out) || (out.dtype.name !== "float32" && out.dtype.name !== "bool")) return false
  const expr = out.dtype.name === "bool" && operands.every(isTruth) ? forTruths(formula) : formula
  if (!isPrintable(expr)) return false
  const count = out.sizes.reduce((total, size) => total * size, 1)
  if (count === 0) return true
  if (!gpu.takes(count, gpu.thresholds.elements, operands)) return false
  const kinds: InputKind[] = []
  const views: View[] = [out]
  const numbers: number[] = []
  for (const one of operands) {
    const number = typeof one === "number" ? one : one.storage instanceof HostStorage && isSingle(one) ? one.storage.array[one.offset]! : null
    if (number !== null) {
      kinds.push("number")
      numbers.push(number)
    } else if (typeof one !== "number" && (isOnDevice(one) || holdsPlaces(one))) {
      if (one.storage.contents === out.storage.contents) {
        // A buffer that is written cannot be bound once more: each element may only be replaced by what is made of it.
        if (!isAlike(one, out)) return false
        kinds.push("self")
      } else {
        kinds.push("elements")
        views.push(one)
      }
    } else return false
  }
  if (views.length > mostBuffers) return false
  const walk = collapse(out.sizes, views)
  const rank = walk.outer.length + 1
  const form: Form = rank > 1 ? "strided" : inFours(views as DeviceView[], walk.innerSteps, walk.count) ? "fours" : "flat"
  if (form === "fours") markSingles(kinds, walk.innerSteps)
  const length = planHead + views.length + (form === "strided" ? rank * (views.length + 1) : form === "flat" ? views.length : 0) + numbers.length
  if (length > planStep) return false
  const shader = shaderOf(expr, names, kinds, form, out.dtype.name === "bool", views.length)
  const inputs = (views.slice(1) as DeviceView[]).map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const written = kinds.includes("self") ? gpu.memory.changeOnDevice(out.storage.contents) : target(gpu, out, walk.count)
  const items = form === "fours" ? Math.ceil(walk.count / 4) : walk.count
  const { groups, row } = gpu.grid(items, workgroup)
  gpu.dispatch(shader, [written, ...inputs], groups, ({ at, words, floats }) => {
    words[at] = items
    words[at + 1] = row
    words[at + 2] = rank
    let place = at + planHead
    views.forEach((view, v) => (words[place++] = form === "fours" && walk.innerSteps[v] === 1 ? view.offset / 4 : view.offset))
    if (form === "flat") for (const step of walk.innerSteps) words[place++] = step
    else if (form === "strided") {
      for (let d = 0; d < rank; d++) {
        words[place++] = walk.outer[d] ?? walk.inner
        for (const step of walk.outerSteps[d] ?? walk.innerSteps) words[place++] = step
      }
    }
    for (const number of numbers) floats[place++] = number
  })
  return true
}

/** Whether everything lies in fours: row by row from a multiple of four on, and nothing of others behind the last four. */
function inFours(views: readonly DeviceView[], steps: readonly number[], count: number): boolean {
  const { offset, storage } = views[0]!
  if (steps[0] !== 1 || (count % 4 !== 0 && offset + count !== storage.contents.count)) return false
  return views.every((view, v) => steps[v] === 0 || (steps[v] === 1 && view.offset % 4 === 0))
}

/** In fours, what stands still is one element for all. */
function markSingles(kinds: InputKind[], steps: readonly number[]): void {
  let view = 0
  kinds.forEach((kind, i) => {
    if (kind === "elements" && steps[++view] === 0) kinds[i] = "one"
  })
}

/** Whether a view looks at the very elements of another, in the same order. */
export function isAlike(one: View, other: View): boolean {
  return one.offset === other.offset && one.sizes.length === other.sizes.length && one.sizes.every((size, d) => size === other.sizes[d] && (size === 1 || one.strides[d] === other.strides[d]))
}

function shaderOf(expr: Expr, names: readonly string[], kinds: readonly InputKind[], form: Form, isTruth: boolean, buffers: number): Shader {
  let known = shaders.get(expr)
  if (!known) shaders.set(expr, (known = new Map()))
  const own = `${kinds.join()} ${form} ${isTruth}`
  let shader = known.get(own)
  if (!shader) {
    shader = { key: `elementwise ${++expressions} ${own}`, label: titleOf(expr), buffers, print: () => printWgsl(expr, names, kinds, form, isTruth) }
    known.set(own, shader)
  }
  return shader
}
