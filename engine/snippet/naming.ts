// What autograd does not keep and a learner asks for: which tensor a node made, which inputs it took that need no
// gradient, and where a tensor got its name. Apart because the recorder fills it, the summaries and the graph read it.
import { AccumulateGrad, nextSerial, type Node } from "../autograd/node.ts"
import type { Span } from "../protocol/api.ts"
import { Tensor } from "../tensor/tensor.ts"
import { SiteTable } from "./sites.ts"

/** Of the run that is going on, or was last. */
export const naming = {
  /** Where leaves, and the tensors that are still shown at the end, got their names. */
  bound: new WeakMap<Tensor, number>(),
  table: new SiteTable(),
  /** The serial number of the run's first node. */
  firstNode: 0,
}

/** Forgets the last run. */
export function resetNaming(table: SiteTable): void {
  naming.bound = new WeakMap()
  naming.table = table
  naming.firstNode = nextSerial()
}

/** Answers for another run than the one that is named now. */
export function withNaming<R>(other: typeof naming, body: () => R): R {
  const known = { ...naming }
  Object.assign(naming, other)
  try {
    return body()
  } finally {
    Object.assign(naming, known)
  }
}

/** A node's number in its run: the same in every run of the same snippet, and so whatever is asked of a hidden one. */
export function serialOf(node: Node): number {
  return (node instanceof AccumulateGrad ? node.born : node.sequence) - naming.firstNode
}

/** Keeps a tensor as what its node made. */
export function remember(tensor: Tensor): void {
  const { node, outputNr } = tensor
  if (node === null) return
  const known = node.made
  if (outputNr === 0 && !Array.isArray(known)) {
    if (known !== tensor) node.made = tensor
    return
  }
  const list = Array.isArray(known) ? known : known === null ? [] : [known]
  list[outputNr] = tensor
  node.made = list
}

/** The tensor that a node made as its output `nr`, while it is still that node's. */
export function madeBy(node: Node, nr: number): Tensor | null {
  const tensor = Array.isArray(node.made) ? node.made[nr] : node.made
  return tensor?.node === node && tensor.outputNr === nr ? tensor : null
}

/** Where a node is to be looked for: a leaf's own line for the AccumulateGrad beside it, else where the operation stands. */
export function placeOfNode(node: Node): Span | undefined {
  const bound = node.variable === null ? undefined : naming.bound.get(node.variable)
  return bound === undefined ? naming.table.get(node.site)?.span : naming.table.get(bound)?.whole
}

/** Keeps the inputs of an operation that need no gradient: autograd knows nothing of them once it has freed its values. */
export function noteInputs(result: Tensor, inputs: readonly unknown[]): void {
  const { node } = result
  if (node === null) return
  let constants: Tensor[] | null = null
  for (const input of inputs) if (isConstant(input)) (constants ??= []).push(input)
  if (constants === null) return
  // A module call gives what its last operation made; that operation's inputs are not the call's.
  let missing = 0
  for (const edge of node.edges) if (edge.node === null) missing++
  if (constants.length <= missing) node.constants = constants
}

/** The inputs of a node that need no gradient, as far as they are known. */
export function constantsOf(node: Node): readonly Tensor[] {
  return node.constants
}

function isConstant(input: unknown): input is Tensor {
  return input instanceof Tensor && !input.wantsGrad
}
