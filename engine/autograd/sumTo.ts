// Undoing a broadcast: a gradient summed back to the shape of the input that was repeated.
import type { ReduceSpec } from "../backends/backend.ts"
import { add, input } from "../ops/expr.ts"
import { sameShape } from "../tensor/size.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { kit } from "./kit.ts"
import { modes } from "./modes.ts"

export const sumSpec: ReduceSpec = { start: 0, step: add(input("total"), input("x")) }

/** `grad` summed over the dimensions in which a tensor of shape `sizes` was broadcast. */
export function sumTo(grad: Tensor, sizes: readonly number[]): Tensor {
  if (sameShape(grad.sizes, sizes)) return grad
  const extra = grad.sizes.length - sizes.length
  const dims: number[] = []
  for (let d = 0; d < grad.sizes.length; d++) if (d < extra || (sizes[d - extra] === 1 && grad.sizes[d] !== 1)) dims.push(d)
  if (modes.grad) return grad.sum(dims, true).reshape(sizes)
  const summed = dims.length ? kit.reduce(sumSpec, grad, dims, true, grad.dtype) : grad
  return kit.view(summed, sizes, summed.strides.slice(extra), summed.offset)
}
