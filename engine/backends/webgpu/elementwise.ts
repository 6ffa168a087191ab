// Elementwise kernels on a GPU, printed and compiled by expression. Tensors of one walk take the flat form, others
// their strides along; what is broadcast is never copied.
import { call, type Expr, type ScalarFunction } from "../../ops/expr.ts"
import { HostStorage, type Operand, type View } from "../backend.ts"
import { collapse, isSingle } from "../walk.ts"
import type { Shader } from "./commands.ts"
import { target, isOnDevice, type DeviceView, type Gpu } from "./gpu.ts"
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
  const kinds: InputKind[] = []
  const views: View[] = [out]
  const numbers: number[] = []
  for (const one of operands) {
    const number = typeof one === "number" ? one : one.storage instanceof HostStorage && isSingle(one) ? one.storage.array[one.offset]! : null
    if (number !== null) {
      kinds.push("number")
      numbers.push(number)
    } else if (typeof one !== "number" && isOnDevice(one)) {
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
  if (walk.count === 0) return true
  if (!gpu.takes(walk.count, gpu.thresholds.elements, operands)) return false
  const rank = walk.outer.length + 1
  const form: Form = rank === 1 ? "flat" : "strided"
  const length = planHead + views.length + (form === "flat" ? views.length : rank * (views.length + 1)) + numbers.length
  if (length > planStep) return false
  const shader = shaderOf(expr, names, kinds, form, out.dtype.name === "bool", views.length)
  const inputs = (views.slice(1) as DeviceView[]).map(({ storage }) => gpu.memory.onDevice(storage.contents))
  const written = kinds.includes("self") ? gpu.memory.changeOnDevice(out.storage.contents) : target(gpu, out, walk.count)
  const { groups, row } = gpu.grid(walk.count, workgroup)
  gpu.dispatch(shader, [written, ...inputs], groups, ({ at, words, floats }) => {
    words[at] = walk.count
    words[at + 1] = row
    words[at + 2] = rank
    let place = at + planHead
    for (const view of views) words[place++] = view.offset
    if (form === "flat") for (const step of walk.innerSteps) words[place++] = step
    else {
      for (let d = 0; d < rank; d++) {
        words[place++] = walk.outer[d] ?? walk.inner
        for (const step of walk.outerSteps[d] ?? walk.innerSteps) words[place++] = step
      }
    }
    for (const number of numbers) floats[place++] = number
  })
  return true
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
    const label = expr.kind === "call" ? expr.fn : "copy"
    shader = { key: `elementwise ${++expressions} ${own}`, label, buffers, print: () => printWgsl(expr, names, kinds, form, isTruth) }
    known.set(own, shader)
  }
  return shader
}
