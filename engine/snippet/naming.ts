// What autograd does not keep and a learner asks for: which tensor a node made, which inputs it took that need no
// gradient, and where a tensor got its name. Apart because the recorder fills it, the summaries and the graph read it.
import type { Node } from "../autograd/node.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { SiteTable } from "./sites.ts"

/** Of the run that is going on, or was last. Weak, so that a graph that nobody holds is let go. */
export const naming = {
  made: new WeakMap<Node, Tensor | (Tensor | undefined)[]>(),
  inputs: new WeakMap<Node, readonly Tensor[]>(),
  bound: new WeakMap<Tensor, number>(),
  table: new SiteTable(),
}

/** Forgets the last run. */
export function resetNaming(table: SiteTable): void {
  naming.made = new WeakMap()
  naming.inputs = new WeakMap()
  naming.bound = new WeakMap()
  naming.table = table
}

/** Keeps a tensor as what its node made. */
export function remember(tensor: Tensor): void {
  const { node, outputNr } = tensor
  if (node === null) return
  const known = naming.made.get(node)
  if (outputNr === 0 && !Array.isArray(known)) naming.made.set(node, tensor)
  else {
    const list = Array.isArray(known) ? known : [known]
    list[outputNr] = tensor
    naming.made.set(node, list)
  }
}

/** The tensor that a node made as its output `nr`, while it is still that node's. */
export function madeBy(node: Node, nr: number): Tensor | null {
  const known = naming.made.get(node)
  const tensor = Array.isArray(known) ? known[nr] : known
  return tensor !== undefined && tensor.node === node && tensor.outputNr === nr ? tensor : null
}

/** Keeps the inputs of an operation that need no gradient: autograd knows nothing of them once it has freed its values. */
export function inputsOf(result: Tensor, inputs: readonly unknown[]): void {
  const { node } = result
  if (node === null || inputs.length === 0) return
  const constants = inputs.filter((input): input is Tensor => isConstant(input))
  if (constants.length === 0) return
  // A module call gives what its last operation made; that operation's inputs are not the call's.
  const missing = node.edges.reduce((count, edge) => count + (edge.node === null ? 1 : 0), 0)
  if (constants.length <= missing) naming.inputs.set(node, constants)
}

/** Gives a tensor its name, and the place where it got it. */
export function boundAt(tensor: Tensor, name: string | null, site: number): void {
  if (name === null) return
  tensor.label = name
  naming.bound.set(tensor, site)
}

function isConstant(input: unknown): boolean {
  if (typeof input !== "object" || input === null) return false
  const { wantsGrad, storage } = input as Partial<Tensor>
  return storage !== undefined && wantsGrad === false
}
