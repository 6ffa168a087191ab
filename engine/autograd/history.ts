// Which node a tensor hangs on: leaves, views, and what an in-place change does to both.
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { AccumulateGrad, noEdge, type Edge, type Node } from "./node.ts"
import { AsStrided, CopySlices } from "./viewNodes.ts"
import { modes } from "./modes.ts"

/** Brings a view's node up to date after its base was changed through another view. */
export function refresh(tensor: Tensor): void {
  const origin = tensor.origin
  if (!origin) return
  const history = origin.base.extras?.history ?? 0
  if (history === origin.history) return
  origin.history = history
  tensor.node = origin.base.node ? new AsStrided(origin.base, tensor) : null
  tensor.outputNr = 0
  tensor.wantsGrad = origin.base.wantsGrad
}

/** True for a leaf that asks for a gradient and for whatever was computed from one. */
export function requiresGrad(tensor: Tensor): boolean {
  if (tensor.origin) refresh(tensor)
  return tensor.wantsGrad
}

/** Where gradients of this tensor go. */
export function edgeOf(tensor: Tensor): Edge {
  if (tensor.origin) refresh(tensor)
  if (tensor.node) return tensor.node.edge(tensor.outputNr)
  if (!tensor.wantsGrad) return noEdge
  return (tensor.accumulator ??= new AccumulateGrad(tensor)).edge(0)
}

/** Throws RuntimeError where a tensor may not be changed in place: a leaf that wants its gradient, or a view of one. */
export function checkInPlace(what: string, tensor: Tensor): void {
  if (tensor.inference && !modes.inference) throw faults.runtime(`${what}: a tensor made in inference mode cannot be changed in place outside of it.`, "Change it inside inference_mode(), or clone() it first.")
  if (!modes.grad) return
  if (tensor.origin && tensor.node && tensor.node.outputs.length > 1)
    throw faults.runtime(`${what} changes one of several views that ${tensor.node.name()} made together, so their gradients could not be told apart.`, "Call .clone() first, or take the part by indexing.")
  if (requiresGrad(tensor) && !tensor.node && !tensor.origin) throw leafFault(what, tensor, "a leaf that requires grad")
  const base = tensor.origin?.base
  if (base && base.wantsGrad && !base.node) throw leafFault(what, base, "a leaf that requires grad, through a view of it")
  if (repeats(tensor))
    throw faults.runtime(`${what}: several elements of this expanded tensor lie in the same place in memory, so it cannot be changed in place.`, "Call .clone() first.")
}

/** True where several elements lie in one place. */
function repeats({ sizes, strides }: Tensor): boolean {
  for (let d = 0; d < sizes.length; d++) if (sizes[d]! > 1 && strides[d] === 0) return true
  return false
}

function leafFault(what: string, tensor: Tensor, kind: string): Error {
  const name = tensor.label ? `"${tensor.label}"` : "a tensor"
  return faults.runtime(
    `${what} changes ${name} in place, which is ${kind}: its gradient would no longer be that of the value you gave it.`,
    "Change it inside torch.no_grad(), or make a new tensor: w = w - …",
  )
    .as("leaf-in-place", tensor)
}

/** Makes `node` the maker of `tensor` after an in-place change; a view hands the change on to its base. */
export function setHistory(tensor: Tensor, node: Node): void {
  const origin = tensor.origin
  if (!origin) {
    moveRetained(tensor, node)
    tensor.node = node
    tensor.outputNr = 0
    tensor.wantsGrad = true
    return
  }
  const { base } = origin
  const copy = new CopySlices(base, tensor, node, edgeOf(base))
  const extras = (base.extras ??= {})
  extras.history = (extras.history ?? 0) + 1
  base.node = copy
  base.outputNr = 0
  base.wantsGrad = true
  refresh(tensor)
}

/** `retain_grad` follows a tensor to the node that made its newest value. */
function moveRetained(tensor: Tensor, node: Node): void {
  if (!tensor.extras?.retains) return
  tensor.node?.hooks?.retainers?.delete(tensor.outputNr)
  ;((node.hooks ??= {}).retainers ??= new Map()).set(0, tensor)
}
