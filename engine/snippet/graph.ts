// The backward graph of a tensor as data: nodes, leaves, named results, edges from inputs to what was made of them.
// Apart from the recorder because it is asked for later, and walks what autograd itself keeps. No recursion: a chain
// may be thousands of nodes long.
import type { Node } from "../autograd/node.ts"
import type { Graph, GraphEdge, GraphNode, SavedTensor } from "../protocol/api.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { constantsOf, madeBy, naming, placeOfNode, serialOf } from "./naming.ts"
import { reprOf, whole } from "./summary.ts"

const nodeLimit = 4000
/** Nodes that are counted past the limit, so that a monstrous graph still answers. */
const countLimit = 100_000
const textLimit = 1200

/** The graph behind `root`, which need not have one. */
export function graphOf(root: Tensor): Graph {
  const { nodes: found, omitted } = reachable(root)
  const drawing = new Drawing()
  for (const node of found) drawing.addNode(node)
  for (const node of found) drawing.addInputs(node)
  return { root: drawing.addRoot(root), nodes: drawing.nodes, edges: drawing.edges, omitted }
}

/** The nodes from which `root` was made, oldest first; the nearest ones where there are too many. */
function reachable(root: Tensor): { nodes: Node[]; omitted: number } {
  const start = root.grad_fn
  const seen = new Set<Node>(start === null ? [] : [start])
  // A set is walked in the order of insertion while it grows: breadth first.
  for (const node of seen) {
    if (seen.size >= countLimit) break
    for (const { node: next } of node.edges) if (next !== null) seen.add(next)
  }
  const nodes = [...seen].slice(0, nodeLimit)
  return { nodes: nodes.sort((a, b) => order(a) - order(b)), omitted: seen.size - nodes.length }
}

/** Leaves come first, then the order in which operations ran. */
function order(node: Node): number {
  return node.variable === null ? node.sequence : -1
}

class Drawing {
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  private readonly ids = new Map<Node | Tensor, string>()
  private readonly used = new Set<string>()

  /** A grad_fn, with the leaf that it feeds before it or the named result that it made after it. */
  addNode(node: Node): void {
    const { variable } = node
    const leaf = variable === null ? null : this.tensorNode(variable, "leaf")
    const id = this.newId(node, idOfNode(node))
    this.nodes.push(gradFnNode(id, node))
    if (leaf !== null) this.edges.push({ from: leaf, to: id })
    for (let nr = 0; nr < Math.max(1, node.outputs.length); nr++) {
      const made = variable === null ? madeBy(node, nr) : null
      if (made !== null && made.label !== null) this.edges.push({ from: id, to: this.tensorNode(made, "tensor") })
    }
  }

  /** The edges into a grad_fn: from named results where there are, from the nodes themselves otherwise. */
  addInputs(node: Node): void {
    const to = this.ids.get(node)
    if (to === undefined) return
    // One edge an input: `y * y` has two, for the gradient takes both ways.
    const sources: string[] = []
    for (const { node: next, nr } of node.edges) {
      if (next === null) continue
      const made = madeBy(next, nr)
      const from = (made === null ? undefined : this.ids.get(made)) ?? this.ids.get(next)
      if (from !== undefined) sources.push(from)
    }
    for (const constant of constantsOf(node)) sources.push(this.tensorNode(constant, "tensor"))
    for (const from of sources) this.edges.push({ from, to })
  }

  addRoot(root: Tensor): string {
    const known = this.ids.get(root)
    if (known !== undefined) return known
    const node = root.grad_fn
    const id = this.tensorNode(root, node === null && root.requires_grad ? "leaf" : "tensor")
    const maker = node === null ? undefined : this.ids.get(node)
    if (maker !== undefined) this.edges.push({ from: maker, to: id })
    return id
  }

  private tensorNode(tensor: Tensor, kind: "leaf" | "tensor"): string {
    const known = this.ids.get(tensor)
    if (known !== undefined) return known
    const id = this.newId(tensor, idOfTensor(tensor) ?? `c${this.ids.size + 1}`)
    const span = naming.table.get(naming.bound.get(tensor) ?? 0)?.whole ?? naming.table.get(tensor.node?.site ?? 0)?.span
    const grad = tensor.gathered
    this.nodes.push({
      id,
      kind,
      name: tensor.label ?? shapeName(tensor),
      ...(span === undefined ? {} : { span }),
      shape: [...tensor.sizes],
      dtype: tensor.dtype.name,
      value: shortRepr(tensor),
      ...(grad === null ? {} : { grad: shortRepr(grad) }),
    })
    return id
  }

  private newId(of: Node | Tensor, wanted: string): string {
    let id = wanted
    // Two tensors may share a node's output, when one of them stands for the other.
    while (this.used.has(id)) id += "′"
    this.used.add(id)
    this.ids.set(of, id)
    return id
  }
}

/** A grad_fn's id in every graph of its run, and of the same snippet run again. */
export function idOfNode(node: Node): string {
  return `n${serialOf(node)}`
}

/** The id of a tensor that has a place in the graph: the number of the node that made it, or that gathers for it. */
export function idOfTensor(tensor: Tensor): string | null {
  const node = tensor.grad_fn ?? tensor.accumulator
  if (node === null) return null
  return tensor.outputNr === 0 ? `t${serialOf(node)}` : `t${serialOf(node)}.${tensor.outputNr}`
}

function gradFnNode(id: string, node: Node): GraphNode {
  const span = placeOfNode(node)
  const made = node.variable ?? madeBy(node, 0)
  const output = node.outputs[0]
  const saved = node.savedTensors().map(savedTensor)
  const { formula, slopes } = node.mathematics()
  return {
    id,
    kind: "grad_fn",
    name: node.name(),
    ...(span === undefined ? {} : { span }),
    ...(output === undefined ? {} : { shape: [...output.sizes], dtype: output.dtype.name }),
    ...(made === null ? {} : { value: shortRepr(made) }),
    ...(node.arrived === null ? {} : { grad: shortRepr(node.arrived) }),
    ...(formula === null ? {} : { formula }),
    ...(slopes.length === 0 ? {} : { slopes }),
    ...(saved.length === 0 ? {} : { saved }),
    ...(node.scope === null ? {} : { scope: [...node.scope] }),
  }
}

function savedTensor({ name, tensor, savedVersion }: { name: string; tensor: Tensor | null; savedVersion: number }): SavedTensor {
  return tensor === null
    ? { name, shape: [], value: null, savedVersion, version: savedVersion }
    : { name, shape: [...tensor.sizes], value: shortRepr(tensor), savedVersion, version: tensor.storage.version }
}

function shapeName(tensor: Tensor): string {
  return tensor.sizes.length === 0 ? "scalar" : `[${tensor.sizes.join(", ")}]`
}

function shortRepr(tensor: Tensor): string {
  return reprOf(tensor, { ...whole, text: textLimit })
}
