// torch.func: functions made of functions. grad, vjp, jvp and the Jacobians nest, also in one another and in vmap.
import { getItem } from "./operators.ts"
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { functions } from "./functions.ts"
import { forwardProduct } from "./functional.ts"
import { listOf, materialized, recorded, unitTensors, type Differentiable } from "./gradients.ts"
import { requiresGrad } from "./history.ts"
import { kit } from "./kit.ts"
import { modes } from "./modes.ts"
import type { Node } from "./node.ts"

/** The tensors of nested arrays and objects, in order. */
function leavesOf(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree]
  if (Array.isArray(tree)) return (tree as unknown[]).flatMap(leavesOf)
  if (typeof tree === "object" && tree !== null) return Object.values(tree).flatMap(leavesOf)
  return []
}

/** The same nesting with other tensors. */
function rebuilt(tree: unknown, change: (tensor: Tensor) => unknown): unknown {
  if (tree instanceof Tensor) return change(tree)
  if (Array.isArray(tree)) return (tree as unknown[]).map((one) => rebuilt(one, change))
  if (typeof tree === "object" && tree !== null) return Object.fromEntries(Object.entries(tree).map(([name, one]) => [name, rebuilt(one, change)]))
  return tree
}

/** Inputs of one transformation: leaves of its own, tied to the given tensors where those are recorded already. */
class Level {
  private readonly leaves = new Set<Tensor>()

  /** The arguments with the chosen ones replaced. */
  enter(args: readonly unknown[], chosen: readonly number[]): { readonly args: unknown[]; readonly inputs: Tensor[] } {
    const inputs: Tensor[] = []
    const made = args.map((arg, i) => (chosen.includes(i) ? rebuilt(arg, (tensor) => this.input(tensor, inputs)) : arg))
    return { args: made, inputs }
  }

  private input(tensor: Tensor, inputs: Tensor[]): Tensor {
    if (tensor.dtype.category !== "float") throw faults.runtime(`Gradients are taken with respect to floating-point tensors, found ${tensor.dtype.name}.`, "Convert the argument, or leave it out of argnums.")
    const made = requiresGrad(tensor) ? functions.alias(tensor) : tensor.detach().requires_grad_()
    if (!made.grad_fn) this.leaves.add(made)
    inputs.push(made)
    return made
  }

  /** A result, cut off unless something from outside this level stands behind it. */
  leave(tree: unknown): unknown {
    return rebuilt(tree, (tensor) => (requiresGrad(tensor) && (!modes.grad || !this.reachesOutside(tensor)) ? tensor.detach() : tensor))
  }

  private reachesOutside(tensor: Tensor): boolean {
    if (!tensor.grad_fn) return !this.leaves.has(tensor)
    const seen = new Set<Node>([tensor.grad_fn])
    for (const node of seen) {
      if (node.variable && !this.leaves.has(node.variable)) return true
      for (const edge of node.edges) if (edge.node) seen.add(edge.node)
    }
    return false
  }
}

const numbersIn = (argnums: unknown): number[] => (Array.isArray(argnums) ? (argnums as unknown[]).map(Number) : [Number(argnums)])

/** The arguments that a transformation looks at. Throws RuntimeError for one that is not there. */
function chosenOf(what: string, argnums: unknown, count: number): number[] {
  return numbersIn(argnums).map((one) => {
    if (one < -count || one >= count) throw faults.runtime(`${what}: argnums names argument ${one}, the function got ${count}.`, "Count from 0.")
    return one < 0 ? one + count : one
  })
}

/** Trees in the shape of the chosen arguments: one alone, or as many as argnums lists. */
function shaped(args: readonly unknown[], chosen: readonly number[], argnums: unknown, values: readonly unknown[]): unknown {
  let next = 0
  const trees = chosen.map((i) => rebuilt(args[i], () => values[next++]))
  return Array.isArray(argnums) ? tupled(trees) : trees[0]
}

const withAux = (what: string, has: unknown, result: unknown): [unknown, unknown] => {
  if (!has) return [result, null]
  if (!Array.isArray(result) || result.length !== 2) throw faults.runtime(`${what}: with has_aux the function returns [result, anything].`, "Return a pair.")
  return [result[0], result[1]]
}

const gradSignature = parseSignature("grad(func: Function, argnums: unknown = 0, has_aux: boolean = false)")

function gradient(what: string, args: readonly unknown[], withValue: boolean): Differentiable {
  const { func, argnums, has_aux } = bind(gradSignature, args)
  return (...given) =>
    recorded(() => {
      const level = new Level()
      const chosen = chosenOf(what, argnums, given.length)
      const { args: passed, inputs } = level.enter(given, chosen)
      const [value, aux] = withAux(what, has_aux, (func as Differentiable)(...passed))
      if (!(value instanceof Tensor) || value.numel() !== 1 || value.ndim !== 0) throw faults.runtime(`${what}: expected a function that gives one number (a tensor without dimensions).`, "Sum or average its result.")
      const found = materialized([value], inputs, [kit.full([], 1, value.dtype)], true)
      const grads = level.leave(shaped(given, chosen, argnums, found))
      const results = has_aux ? [level.leave(value), level.leave(aux)] : level.leave(value)
      if (withValue) return tupled([grads, results])
      return has_aux ? tupled([grads, level.leave(aux)]) : grads
    })
}

const vjpSignature = parseSignature("vjp(func: Function, ...primals: unknown, *, has_aux: boolean = false)")

/** The function's value, and a function from cotangents to gradients of the arguments. */
function vjp(func: Differentiable, ...rest: readonly unknown[]): unknown {
  const { primals, has_aux } = bind(vjpSignature, [func, ...rest])
  const given = primals as unknown[]
  return recorded(() => {
    const level = new Level()
    const all = given.map((_, i) => i)
    const { args, inputs } = level.enter(given, all)
    const [value, aux] = withAux("vjp", has_aux, func(...args))
    const outputs = leavesOf(value)
    const back = (...cotangents: readonly unknown[]): unknown => {
      const weights = leavesOf(cotangents.length === 1 ? cotangents[0] : cotangents)
      if (weights.length !== outputs.length) throw faults.runtime(`vjp: expected ${outputs.length} cotangents, found ${weights.length}.`, "Pass one for each result.")
      const found = materialized(outputs, inputs, weights, true)
      return level.leave(shaped(given, all, all, found))
    }
    return tupled(has_aux ? [level.leave(value), back, level.leave(aux)] : [level.leave(value), back])
  })
}

/** The function's value, and how it changes along the tangents. */
function jvp(func: Differentiable, primals: unknown, tangents: unknown, ...rest: readonly unknown[]): unknown {
  const { has_aux } = bind(parseSignature("jvp(*, strict: boolean = false, has_aux: boolean = false)"), rest)
  if (!Array.isArray(primals) || !Array.isArray(tangents)) throw faults.argument("jvp: expected arrays of arguments and of tangents.", "Write jvp(f, [x], [v]).")
  return recorded(() => {
    const level = new Level()
    const { args, inputs } = level.enter(primals as unknown[], (primals as unknown[]).map((_, i) => i))
    const [value, aux] = withAux("jvp", has_aux, func(...args))
    const outputs = leavesOf(value)
    const changes = forwardProduct(outputs, inputs, leavesOf(tangents), true)
    let next = 0
    const result = [level.leave(value), level.leave(rebuilt(value, () => changes[next++]))]
    return tupled(has_aux ? [...result, level.leave(aux)] : result)
  })
}

const jacobianSignature = parseSignature("jacrev(func: Function, argnums: unknown = 0, has_aux: boolean = false, chunk_size: number = null, randomness: string = \"error\")")

/** Blocks ∂output/∂argument, by rows (a backward pass for each output element) or by columns (a tangent for each input element). */
function jacobian(what: string, byColumns: boolean, args: readonly unknown[]): Differentiable {
  const { func, argnums, has_aux } = bind(jacobianSignature, args)
  return (...given) =>
    recorded(() => {
      const level = new Level()
      const chosen = chosenOf(what, argnums, given.length)
      const { args: passed, inputs } = level.enter(given, chosen)
      const [value, aux] = withAux(what, has_aux, (func as Differentiable)(...passed))
      const made = rebuilt(value, (output) => shaped(given, chosen, argnums, byColumns ? columns(output, inputs) : rows(output, inputs)))
      return has_aux ? tupled([level.leave(made), level.leave(aux)]) : level.leave(made)
    })
}

function rows(output: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const each = [...unitTensors(output)].map((unit) => materialized([output], inputs, [unit], true))
  return inputs.map((input, i) => functions.stack(each.map((row) => row[i]!)).reshape([...output.sizes, ...input.sizes]))
}

function columns(output: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const still = inputs.map((input) => functions.zeros_like(input.detach()))
  return inputs.map((input, i) => {
    const each = [...unitTensors(input)].map((unit) => forwardProduct([output], inputs, still.map((zero, j) => (i === j ? unit : zero)), true)[0]!)
    return functions.stack(each, -1).reshape([...output.sizes, ...input.sizes])
  })
}

const vmapSignature = parseSignature('vmap(func: Function, in_dims: unknown = 0, out_dims: unknown = 0, randomness: string = "error", chunk_size: number = null)')

/** The function over one dimension of its arguments: called for each slice, the results stacked. */
function vmap(...args: readonly unknown[]): Differentiable {
  const { func, in_dims, out_dims } = bind(vmapSignature, args)
  return (...given) => {
    const dims = given.map((_, i): unknown => (Array.isArray(in_dims) ? (in_dims as unknown[])[i] : in_dims))
    const size = sizeOf(given, dims)
    const results = Array.from({ length: size }, (_, at) => (func as Differentiable)(...given.map((arg, i) => sliced(arg, dims[i], at))))
    return stacked(results, out_dims)
  }
}

/** How often the function is called: the size that the mapped dimensions share. Throws ValueError where they differ. */
function sizeOf(given: readonly unknown[], dims: readonly unknown[]): number {
  const sizes = given.flatMap((arg, i) => mappedSizes(arg, dims[i]))
  if (sizes.length === 0) throw faults.value("vmap: no argument is mapped over.", "Give in_dims a dimension for at least one argument.")
  if (new Set(sizes).size > 1) throw faults.value(`vmap: expected the mapped dimensions to have one size, found ${sizes.join(" and ")}.`, "Check in_dims; null keeps an argument whole.")
  return sizes[0]!
}

function mappedSizes(arg: unknown, dim: unknown): number[] {
  if (dim === null || dim === undefined) return []
  if (Array.isArray(dim)) return (arg as unknown[]).flatMap((one, i) => mappedSizes(one, (dim as unknown[])[i]))
  return leavesOf(arg).map((one) => {
    const d = kit.dim("vmap", Number(dim), one.ndim)
    if (one.ndim === 0) throw faults.value("vmap: a tensor without dimensions cannot be mapped over.", "Pass null for it in in_dims.")
    return one.sizes[d]!
  })
}

function sliced(arg: unknown, dim: unknown, at: number): unknown {
  if (dim === null || dim === undefined) return arg
  if (Array.isArray(dim)) return (arg as unknown[]).map((one, i) => sliced(one, (dim as unknown[])[i], at))
  return rebuilt(arg, (one) => (Number(dim) === 0 ? getItem(one, [at]) : one.select(Number(dim), at)))
}

function stacked(results: readonly unknown[], dim: unknown): unknown {
  const [first] = results
  if (first instanceof Tensor) return functions.stack(listOf("vmap", [...results]).list, Number(dim))
  if (Array.isArray(first)) return first.map((_, i) => stacked(results.map((one) => (one as unknown[])[i]), Array.isArray(dim) ? dim[i] : dim))
  if (typeof first === "object" && first !== null) return Object.fromEntries(Object.keys(first).map((name) => [name, stacked(results.map((one) => (one as Record<string, unknown>)[name]), dim)]))
  throw faults.value("vmap: expected a function that returns tensors.", "Return the computed tensor.")
}

export const transforms: Readonly<Record<string, unknown>> = {
  grad: (...args: readonly unknown[]) => gradient("grad", args, false),
  /** As `grad_and_value` gives them: gradients first. */
  grad_and_value: (...args: readonly unknown[]) => gradient("grad_and_value", args, true),
  vjp,
  jvp,
  jacrev: (...args: readonly unknown[]) => jacobian("jacrev", false, args),
  jacfwd: (...args: readonly unknown[]) => jacobian("jacfwd", true, args),
  hessian: (func: Differentiable, argnums: unknown = 0) => jacobian("hessian", true, [jacobian("hessian", false, [func, argnums]), argnums]),
  vmap,
}
