// Whose memory a gradient is. There are no reference counts here as PyTorch has them, so a backward pass counts for itself
// which of its places hold the memory that was made since it began: what no other place holds may be taken over, or
// added to in place. Apart because the pass counts, the leaves take, and whoever runs the learner's code gives up.
import { era } from "../backends/backend.ts"
import { elementCount } from "../tensor/size.ts"
import { isContiguous, Tensor, wrap } from "../tensor/tensor.ts"
import { modes } from "./modes.ts"
import type { Gradient } from "./node.ts"

/** The era in which the innermost running pass began. Its own gradients are not older. */
export const ownership = { since: Infinity }

/** Begins to count for a pass; gives what `restoreOwnership` wants when it has ended. */
export function beginOwnership(): number {
  const before = ownership.since
  ownership.since = ++era.now
  return before
}

/** True where the memory is the pass's own, nobody else holds it, and it can be written from end to end. */
export function isFree(grad: Tensor): boolean {
  const { storage } = grad
  return storage.held === 0 && storage.born >= ownership.since && !modes.grad && isContiguous(grad)
}

/** Gradients that code of the learner, or whoever watches, has seen: it may keep them, so they are never taken over. */
export function giveUp(grads: readonly Gradient[]): void {
  for (const grad of grads) if (grad) grad.storage.born = -1
}

/** The gradient as a leaf's own, where its memory is free: as nobody else holds it, it may be the very tensor. Else null. */
export function takenOver(grad: Tensor): Tensor | null {
  if (!isFree(grad) || elementCount(grad.sizes) !== grad.storage.length) return null
  return grad.node === null && grad.origin === null && !grad.wantsGrad ? grad : wrap(grad.storage, grad.dtype, grad.sizes)
}
