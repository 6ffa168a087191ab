// The graph as the panel walks it: neighbours, one forward order, and which node a source line means. Pure.
import type { Graph, GraphNode } from "../../engine/protocol/api.ts"

export interface GraphIndex {
  readonly graph: Graph
  readonly nodes: ReadonlyMap<string, GraphNode>
  /** What each node was made of, without repeats, in the order of its edges. */
  readonly inputs: ReadonlyMap<string, readonly string[]>
  /** What was made of each node, without repeats. */
  readonly uses: ReadonlyMap<string, readonly string[]>
  /** How many edges run between two nodes: `y * y` has two. */
  readonly times: ReadonlyMap<string, number>
  /** Every node once, leaves to result; what belongs together (a loop's turn, a module) stands together. */
  readonly order: readonly string[]
}

/** The key of `times`. */
export function edgeKey(from: string, to: string): string {
  return `${from}\u0000${to}`
}

/** Reads a graph once; edges that name unknown nodes are left out. */
export function indexGraph(graph: Graph): GraphIndex {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const inputs = new Map<string, string[]>()
  const uses = new Map<string, string[]>()
  const times = new Map<string, number>()
  for (const id of nodes.keys()) {
    inputs.set(id, [])
    uses.set(id, [])
  }
  for (const { from, to } of graph.edges) {
    if (!nodes.has(from) || !nodes.has(to)) continue
    const key = edgeKey(from, to)
    const seen = times.get(key) ?? 0
    times.set(key, seen + 1)
    if (seen > 0) continue
    inputs.get(to)?.push(from)
    uses.get(from)?.push(to)
  }
  const order = forwardOrder(graph, nodes, inputs, uses)
  return { graph, nodes, inputs, uses, times, order }
}

/** The ids on a way from `id` forward to the root, `id` included. */
export function pathToRoot(index: GraphIndex, id: string): ReadonlySet<string> {
  const reachesRoot = reach(index.graph.root, index.inputs)
  const path = new Set<string>()
  for (const other of reach(id, index.uses)) {
    if (reachesRoot.has(other)) path.add(other)
  }
  return path
}

/**
 * The node that a source line means: what the line's name was bound to, else the last operation made there.
 * `prefer` breaks ties (what is visible comes before what is folded away).
 */
export function nodeAtLine(index: GraphIndex, line: number, prefer: (id: string) => boolean): string | null {
  let best: string | null = null
  let bestRank = -1
  for (const id of index.order) {
    const node = index.nodes.get(id)
    if (node?.span?.line !== line || node.span.file !== undefined) continue
    const rank = (prefer(id) ? 4 : 0) + (node.name === "AccumulateGrad" ? 0 : node.kind === "grad_fn" ? 1 : 2)
    if (rank >= bestRank) {
      best = id
      bestRank = rank
    }
  }
  return best
}

/** Tells a module's parameter (`layer1.0.weight`) from a tensor that the learner named. */
export function isParameterName(node: GraphNode | undefined): boolean {
  return node?.kind === "leaf" && (/[^\w]/.test(node.name) || node.name === "weight" || node.name === "bias")
}

function reach(start: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>([start])
  const waiting = [start]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const other of next.get(id) ?? []) {
      if (seen.has(other)) continue
      seen.add(other)
      waiting.push(other)
    }
  }
  return seen
}

/**
 * Depth first from the root, inputs before what uses them, so that a loop's turns and a module's nodes come in one stretch.
 * What several places share (a weight used in every turn) goes to the front, else it would stand inside the first turn.
 */
function forwardOrder(graph: Graph, nodes: ReadonlyMap<string, GraphNode>, inputs: ReadonlyMap<string, readonly string[]>, uses: ReadonlyMap<string, readonly string[]>): string[] {
  const weights = weigh(nodes, inputs, uses)
  const visited = (ids: readonly string[]): string[] => [...ids].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
  const order: string[] = []
  const done = new Set<string>()
  const visit = (start: string): void => {
    const enter = (id: string): { id: string; inputs: readonly string[]; next: number } => ({ id, inputs: visited(inputs.get(id) ?? []), next: 0 })
    const stack = [enter(start)]
    const entered = new Set([start])
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.inputs[top.next]
      top.next += 1
      if (input === undefined) {
        stack.pop()
        if (!done.has(top.id)) order.push(top.id)
        done.add(top.id)
      } else if (!done.has(input) && !entered.has(input)) {
        entered.add(input)
        stack.push(enter(input))
      }
    }
  }
  const shared = sharedSources(nodes, inputs, uses)
  for (const id of shared) if (!done.has(id)) visit(id)
  if (nodes.has(graph.root)) visit(graph.root)
  for (const id of nodes.keys()) if (!done.has(id)) visit(id)
  return withSideResults(order, inputs, uses, graph.root)
}

/**
 * Which input is walked first: the one with the longest history, so that a chain stays whole.
 * Last comes what is made of parameters alone, so that it stands right before the operation that it belongs to.
 */
function weigh(nodes: ReadonlyMap<string, GraphNode>, inputs: ReadonlyMap<string, readonly string[]>, uses: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  const missing = new Map([...inputs].map(([id, before]) => [id, before.length]))
  const ready = [...nodes.keys()].filter((id) => missing.get(id) === 0)
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at]
    const before = (inputs.get(id) ?? []).map((input) => weights.get(input) ?? 0)
    const ownAlone = before.length === 0 ? isParameterName(nodes.get(id)) : before.every((weight) => weight < 0)
    weights.set(id, ownAlone ? -1 : Math.max(0, ...before.map((weight) => weight + 1)))
    for (const use of uses.get(id) ?? []) {
      const left = (missing.get(use) ?? 0) - 1
      missing.set(use, left)
      if (left === 0) ready.push(use)
    }
  }
  return weights
}

/** Leaves, their AccumulateGrad and plain inputs that more than one operation uses. */
function sharedSources(nodes: ReadonlyMap<string, GraphNode>, inputs: ReadonlyMap<string, readonly string[]>, uses: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  for (const [id, node] of nodes) {
    const before = inputs.get(id) ?? []
    const isSource = before.length === 0 || (node.name === "AccumulateGrad" && before.every((input) => (inputs.get(input) ?? []).length === 0))
    if (isSource && (uses.get(id) ?? []).length > 1) found.push(id)
  }
  return found
}

/** Moves named results that nothing uses right behind what made them. */
function withSideResults(order: readonly string[], inputs: ReadonlyMap<string, readonly string[]>, uses: ReadonlyMap<string, readonly string[]>, root: string): string[] {
  const place = new Map(order.map((id, at) => [id, at]))
  const behind = new Map<string, string[]>()
  const moved = new Set<string>()
  for (const id of order) {
    const before = inputs.get(id) ?? []
    if (id === root || before.length === 0 || (uses.get(id) ?? []).length > 0) continue
    const last = before.reduce((late, input) => ((place.get(input) ?? 0) > (place.get(late) ?? 0) ? input : late))
    behind.set(last, [...(behind.get(last) ?? []), id])
    moved.add(id)
  }
  return order.flatMap((id) => (moved.has(id) ? [] : [id, ...(behind.get(id) ?? [])]))
}
