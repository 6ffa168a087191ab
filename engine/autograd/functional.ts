// torch.autograd.functional: Jacobians, Hessians and their products with vectors, of a learner's function.
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { faults } from "../tensor/faults.ts"
import { sameShape } from "../tensor/size.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { functions } from "./functions.ts"
import { freshInputs, gradientsOf, listOf, materialized, recorded, unitTensors, type Differentiable } from "./gradients.ts"
import { requiresGrad } from "./history.ts"
import { kit } from "./kit.ts"

const flags = "create_graph: boolean = false, strict: boolean = false"
const signatures = {
  jacobian: parseSignature(`jacobian(func: Function, inputs: unknown, ${flags}, vectorize: boolean = false, strategy: string = "reverse-mode")`),
  hessian: parseSignature(`hessian(func: Function, inputs: unknown, ${flags}, vectorize: boolean = false, outer_jacobian_strategy: string = "reverse-mode")`),
  vjp: parseSignature(`vjp(func: Function, inputs: unknown, v: unknown = null, ${flags})`),
  jvp: parseSignature(`jvp(func: Function, inputs: unknown, v: unknown = null, ${flags})`),
  vhp: parseSignature(`vhp(func: Function, inputs: unknown, v: unknown = null, ${flags})`),
  hvp: parseSignature(`hvp(func: Function, inputs: unknown, v: unknown = null, ${flags})`),
}

interface Prepared {
  readonly func: Differentiable
  readonly inputs: Tensor[]
  readonly single: boolean
  readonly v: unknown
  readonly keep: boolean
  readonly strict: boolean
}

function prepared(name: keyof typeof signatures, args: readonly unknown[]): Prepared {
  const bound = bind(signatures[name], args)
  const { list, single } = listOf(name, bound["inputs"])
  const keep = bound["create_graph"] as boolean
  return { func: bound["func"] as Differentiable, inputs: freshInputs(list, keep), single, v: bound["v"] ?? null, keep, strict: bound["strict"] as boolean }
}

/** The function's results, which must be tensors. */
function called(name: string, func: Differentiable, inputs: readonly Tensor[]): { readonly outputs: Tensor[]; readonly one: boolean } {
  const { list, single } = listOf(`${name}: the function's result`, func(...inputs))
  return { outputs: list, one: single }
}

/** Cuts results off the graph unless it is kept. */
const finished = (tensors: readonly Tensor[], keep: boolean): Tensor[] => tensors.map((one) => (keep ? one : one.detach()))

const unwrapped = <T>(list: readonly T[], single: boolean): T | readonly T[] => (single ? list[0]! : tupled([...list]))

/** The vectors that a product is taken with: ones where there is a single element. Throws RuntimeError for other shapes. */
function vectors(name: string, given: unknown, like: readonly Tensor[]): Tensor[] {
  if (given === null) {
    if (like.length !== 1 || like[0]!.numel() !== 1) throw faults.runtime(`${name}: v can be left out only where there is a single element.`, "Pass a vector of the right shape.")
    return [functions.ones_like(like[0])]
  }
  const { list } = listOf(`${name}: v`, given)
  if (list.length !== like.length) throw faults.runtime(`${name}: expected ${like.length} vectors, found ${list.length}.`, "Pass one for each tensor.")
  list.forEach((one, i) => {
    if (!sameShape(one.sizes, like[i]!.sizes)) throw faults.runtime(`${name}: expected v of shape [${like[i]!.sizes.join(", ")}], found [${one.sizes.join(", ")}].`, "Give v the shape of what it multiplies.")
  })
  return list
}

/** Throws RuntimeError where `strict` and an output does not depend on an input. */
function checkStrict(name: string, strict: boolean, outputs: readonly Tensor[]): void {
  if (strict && outputs.some((one) => !requiresGrad(one))) throw faults.runtime(`${name}: an output of the function does not depend on the inputs.`, "Leave strict out to get zeros.")
}

/** One block by output and input, of shape (…output, …input): a backward pass for each output element. */
function blocks(outputs: readonly Tensor[], inputs: readonly Tensor[], createGraph: boolean): Tensor[][] {
  return outputs.map((output) => {
    const rows = [...unitTensors(output)].map((unit) => materialized([output], inputs, [unit], createGraph))
    return inputs.map((input, i) => (rows.length ? functions.stack(rows.map((row) => row[i]!)).reshape([...output.sizes, ...input.sizes]) : functions.zeros([...output.sizes, ...input.sizes])))
  })
}

function jacobian(...args: readonly unknown[]): unknown {
  const { func, inputs, single, keep, strict } = prepared("jacobian", args)
  return recorded(() => {
    const { outputs, one } = called("jacobian", func, inputs)
    checkStrict("jacobian", strict, outputs)
    return unwrapped(blocks(outputs, inputs, keep).map((row) => unwrapped(finished(row, keep), single)), one)
  })
}

/** The single element that second derivatives are taken of. */
function scalarOf(name: string, func: Differentiable, inputs: readonly Tensor[]): Tensor {
  const { outputs, one } = called(name, func, inputs)
  if (!one || outputs[0]!.numel() !== 1) throw faults.runtime(`${name}: expected a function that gives a single element, found ${one ? `shape [${outputs[0]!.sizes.join(", ")}]` : "several tensors"}.`, "Sum its result.")
  return outputs[0]!
}

const one = (like: Tensor): Tensor => kit.full(like.sizes, 1, like.dtype)

function hessian(...args: readonly unknown[]): unknown {
  const { func, inputs, single, keep } = prepared("hessian", args)
  return recorded(() => {
    const value = scalarOf("hessian", func, inputs)
    const first = materialized([value], inputs, [one(value)], true)
    const rows = blocks(first, inputs, keep).map((row) => unwrapped(finished(row, keep), single))
    return unwrapped(rows, single)
  })
}

function vjp(...args: readonly unknown[]): unknown {
  const { func, inputs, single, v, keep, strict } = prepared("vjp", args)
  return recorded(() => {
    const { outputs, one: alone } = called("vjp", func, inputs)
    checkStrict("vjp", strict, outputs)
    const product = materialized(outputs, inputs, vectors("vjp", v, outputs), keep)
    return tupled<unknown>([unwrapped(finished(outputs, keep), alone), unwrapped(finished(product, keep), single)])
  })
}

/** J·v by differentiating uᵀJ, which is linear in u, along v. */
export function forwardProduct(outputs: readonly Tensor[], inputs: readonly Tensor[], v: readonly Tensor[], createGraph: boolean): Tensor[] {
  const u = outputs.map((output) => functions.zeros_like(output.detach()).requires_grad_())
  const back = materialized(outputs, inputs, u, true)
  return gradientsOf(back, u, v, createGraph).map((found, i) => found ?? functions.zeros_like(outputs[i]))
}

function jvp(...args: readonly unknown[]): unknown {
  const { func, inputs, v, keep, strict } = prepared("jvp", args)
  return recorded(() => {
    const { outputs, one: alone } = called("jvp", func, inputs)
    checkStrict("jvp", strict, outputs)
    const product = forwardProduct(outputs, inputs, vectors("jvp", v, inputs), keep)
    return tupled<unknown>([unwrapped(finished(outputs, keep), alone), unwrapped(finished(product, keep), alone)])
  })
}

/** v·H, which is H·v as well: the gradient of (gradient · v). */
function hessianProduct(name: "vhp" | "hvp", args: readonly unknown[]): unknown {
  const { func, inputs, single, v, keep } = prepared(name, args)
  return recorded(() => {
    const value = scalarOf(name, func, inputs)
    const first = materialized([value], inputs, [one(value)], true)
    const product = materialized(first, inputs, vectors(name, v, inputs), keep)
    return tupled<unknown>([unwrapped(finished([value], keep), true), unwrapped(finished(product, keep), single)])
  })
}

export const functional: Readonly<Record<string, unknown>> = {
  jacobian,
  hessian,
  vjp,
  jvp,
  vhp: (...args: readonly unknown[]) => hessianProduct("vhp", args),
  hvp: (...args: readonly unknown[]) => hessianProduct("hvp", args),
}
