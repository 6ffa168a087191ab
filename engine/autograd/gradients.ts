// Gradients on request, as the functional interfaces ask for them: from outputs to inputs, nothing left in `.grad`.
// Apart from backward.ts because these start from functions rather than from results.
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { backwardPass } from "./backward.ts"
import { functions } from "./functions.ts"
import { requiresGrad } from "./history.ts"
import { withModes } from "./modes.ts"
import type { Gradient } from "./node.ts"

/** A function of tensors, as a learner passes it. */
export type Differentiable = (...inputs: readonly unknown[]) => unknown

/** Gradients of Σ weights · outputs; null for an input that none of them depends on. */
export function gradientsOf(outputs: readonly Tensor[], inputs: readonly Tensor[], weights: readonly Tensor[], createGraph: boolean): Gradient[] {
  const reached = outputs.map((one, i) => [one, weights[i]!] as const).filter(([one]) => requiresGrad(one))
  if (reached.length === 0) return inputs.map(() => null)
  return backwardPass(
    reached.map(([one]) => one),
    reached.map(([, weight]) => weight),
    { retainGraph: true, createGraph, inputs },
  )
}

/** The same with zeros in the place of null. */
export function materialized(outputs: readonly Tensor[], inputs: readonly Tensor[], weights: readonly Tensor[], createGraph: boolean): Tensor[] {
  return gradientsOf(outputs, inputs, weights, createGraph).map((one, i) => one ?? functions.zeros_like(inputs[i]))
}

/** One tensor or several, as an array, and whether it was one. */
export function listOf(what: string, value: unknown): { readonly list: Tensor[]; readonly single: boolean } {
  const single = !Array.isArray(value)
  const list: unknown[] = single ? [value] : [...(value as unknown[])]
  if (!list.every((one) => one instanceof Tensor)) throw faults.argument(`${what}: expected a tensor or an array of tensors.`, "Check what the function takes and returns.")
  return { list: list as Tensor[], single }
}

/** A fresh place in the graph for each input: tied to the given tensor where the graph is kept, else a leaf. */
export function freshInputs(inputs: readonly Tensor[], keepGraph: boolean): Tensor[] {
  return inputs.map((one) => {
    if (keepGraph && requiresGrad(one)) return functions.alias(one)
    const leaf = one.detach()
    return leaf.dtype.category === "float" ? leaf.requires_grad_() : leaf
  })
}

/** Calls a function with gradients recorded. */
export function recorded<R>(body: () => R): R {
  return withModes({ grad: true }, body) as R // What the body returns.
}

/** Rows of zeros with a single one, in the shape of a tensor, one after the other. */
export function* unitTensors(like: Tensor): Generator<Tensor> {
  const count = like.numel()
  for (let i = 0; i < count; i++) {
    const flat = functions.zeros([count], { dtype: like.dtype })
    flat.storage.array[i] = 1
    yield flat.reshape(like.sizes)
  }
}
