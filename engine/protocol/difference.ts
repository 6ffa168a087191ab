// The difference between two runs' graphs: which nodes appeared, vanished or changed, and in what. Apart because the
// panel and the extension tell the same one; pure. Ids mean nothing across runs, so nodes are matched by what they are.
import type { Graph, GraphNode } from "./api.ts"

/** What of a node that is in both graphs is not as it was. `inputs`: what it was made of. */
export type ChangedPart = "kind" | "shape" | "dtype" | "value" | "grad" | "inputs"

export interface GraphDifference {
  /** Ids in the new graph of nodes that the old one does not have. */
  readonly added: readonly string[]
  /** Nodes of the old graph that the new one does not have. */
  readonly removed: readonly GraphNode[]
  /** Nodes of both, by their id in the new graph, as they were. */
  readonly changed: readonly { readonly id: string; readonly was: GraphNode; readonly parts: readonly ChangedPart[] }[]
}

/** From an old run's graph to a new one's. `lineNow` says where a line of the old run's source stands in the new one's, null where it is gone. */
export function graphDifference(before: Graph, after: Graph, lineNow: (line: number) => number | null): GraphDifference {
  const old = sideOf(before, (line) => lineNow(line))
  const now = sideOf(after, (line) => line)
  const pairs = new Pairs()
  pairNamed(old, now, pairs)
  pairByKey(old, now, pairs, (side, node) => (isStep(node) ? `${node.name} ${side.line(node)}` : null))
  pairBySurroundings(old, now, pairs)
  const changed = after.nodes.flatMap((node) => {
    const was = pairs.old.get(node.id)
    const wasNode = was === undefined ? undefined : old.nodes.get(was)
    const parts = wasNode === undefined ? [] : changedParts(wasNode, node, old, now, pairs)
    return wasNode === undefined || parts.length === 0 ? [] : [{ id: node.id, was: wasNode, parts }]
  })
  return {
    added: after.nodes.filter(({ id }) => !pairs.old.has(id)).map(({ id }) => id),
    removed: before.nodes.filter(({ id }) => !pairs.now.has(id)),
    changed,
  }
}

interface Side {
  readonly nodes: ReadonlyMap<string, GraphNode>
  /** With repeats: `y * y` is made of y twice. */
  readonly inputs: ReadonlyMap<string, readonly string[]>
  readonly uses: ReadonlyMap<string, readonly string[]>
  /** The line by the new run's source; empty where it is unknown or gone. */
  line(node: GraphNode): string
}

class Pairs {
  /** From new ids to old ones, and back. */
  readonly old = new Map<string, string>()
  readonly now = new Map<string, string>()

  join(oldId: string, newId: string): void {
    this.old.set(newId, oldId)
    this.now.set(oldId, newId)
  }
}

function sideOf({ nodes, edges }: Graph, lineNow: (line: number) => number | null): Side {
  const inputs = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  const uses = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { from, to } of edges) {
    inputs.get(to)?.push(from)
    uses.get(from)?.push(to)
  }
  const line = ({ span }: GraphNode): string => (span === undefined ? "" : `${span.file ?? ""}:${(span.file === undefined ? lineNow(span.line) : span.line) ?? ""}`)
  return { nodes: new Map(nodes.map((node) => [node.id, node])), inputs, uses, line }
}

function isStep({ kind, name }: GraphNode): boolean {
  return kind === "grad_fn" && name !== "AccumulateGrad"
}

/** A tensor without a name is called after its shape, which says nothing of which one it is. */
function isNamed({ kind, name }: GraphNode): boolean {
  return kind !== "grad_fn" && name !== "scalar" && !name.startsWith("[")
}

/** Tensors by name: at the same line first, then in the order in which they were made. */
function pairNamed(old: Side, now: Side, pairs: Pairs): void {
  pairByKey(old, now, pairs, (side, node) => (isNamed(node) ? `${node.name} ${side.line(node)}` : null))
  pairByKey(old, now, pairs, (_side, node) => (isNamed(node) ? node.name : null))
}

/** Joins nodes with the same key, first with first; null is no key. */
function pairByKey(old: Side, now: Side, pairs: Pairs, keyOf: (side: Side, node: GraphNode) => string | null): void {
  const waiting = new Map<string, string[]>()
  for (const node of old.nodes.values()) {
    const key = pairs.now.has(node.id) ? null : keyOf(old, node)
    if (key === null) continue
    const ids = waiting.get(key)
    if (ids) ids.push(node.id)
    else waiting.set(key, [node.id])
  }
  const taken = new Map<string, number>()
  for (const node of now.nodes.values()) {
    const key = pairs.old.has(node.id) ? null : keyOf(now, node)
    if (key === null) continue
    const at = taken.get(key) ?? 0
    const id = waiting.get(key)?.[at]
    if (id === undefined) continue
    taken.set(key, at + 1)
    pairs.join(id, node.id)
  }
}

/** What has neither a name nor a line to go by is the same when its name is and something that was made of it, or that it was made of, is. */
function pairBySurroundings(old: Side, now: Side, pairs: Pairs): void {
  for (let before = -1; before < pairs.old.size; ) {
    before = pairs.old.size
    // In the new graph's ids; the new side's own are as they are.
    pairByKey(old, now, pairs, (side, node) => nextTo(node, side.uses, side === old ? pairs.now : null, pairs))
    pairByKey(old, now, pairs, (side, node) => nextTo(node, side.inputs, side === old ? pairs.now : null, pairs))
  }
}

function nextTo({ id, name, kind }: GraphNode, neighbours: ReadonlyMap<string, readonly string[]>, toNew: ReadonlyMap<string, string> | null, pairs: Pairs): string | null {
  for (const other of neighbours.get(id) ?? []) {
    const known = toNew === null ? (pairs.old.has(other) ? other : undefined) : toNew.get(other)
    if (known !== undefined) return `${kind === "grad_fn" ? "step" : "tensor"} ${name} ${known}`
  }
  return null
}

function changedParts(was: GraphNode, is: GraphNode, old: Side, now: Side, pairs: Pairs): ChangedPart[] {
  const parts: ChangedPart[] = []
  if (was.kind !== is.kind) parts.push("kind")
  if (String(was.shape) !== String(is.shape)) parts.push("shape")
  if (was.dtype !== is.dtype) parts.push("dtype")
  if (numbersIn(was.value) !== numbersIn(is.value)) parts.push("value")
  if (numbersIn(was.grad) !== numbersIn(is.grad)) parts.push("grad")
  // A neighbour that is gone keeps its old id, which no new one is: it counts as another.
  const wasMadeOf = (old.inputs.get(was.id) ?? []).map((id) => pairs.now.get(id) ?? `gone ${id}`).sort()
  const isMadeOf = [...(now.inputs.get(is.id) ?? [])].sort()
  if (String(wasMadeOf) !== String(isMadeOf)) parts.push("inputs")
  return parts
}

/** The numbers alone: `grad_fn=<AddBackward0>` behind them is the graph's business. */
function numbersIn(repr: string | undefined): string {
  return (repr ?? "").replace(/,\s*(?:grad_fn=<\w+>|requires_grad=True)/g, "")
}
