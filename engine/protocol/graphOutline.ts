// What a picture of a backward graph shows, in few facts: for its alternative text, which the panel and every exported
// file carry. Apart because both sides put these facts into words; pure.
import type { Graph, GraphNode } from "./api.ts"

/** Steps that are named one by one. */
const mostSteps = 30

export interface GraphOutline {
  readonly result: string
  readonly nodes: number
  readonly operations: number
  /** Leaves with their gradient's numbers, as far as they are short. */
  readonly leaves: readonly { readonly name: string; readonly grad: string | null }[]
  /** Names of operations and named tensors on the longest way from a leaf to the result, in that order. */
  readonly way: readonly string[]
  /** Steps of that way that are not named. */
  readonly left: number
}

/** The outline of a graph. */
export function outlineOf({ root, nodes, edges }: Graph): GraphOutline {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const way = longestWay(root, nodes, edges).flatMap((id) => byId.get(id) ?? []).filter(({ name }) => name !== "AccumulateGrad")
  return {
    result: byId.get(root)?.name ?? "",
    nodes: nodes.length,
    operations: nodes.filter(isOperation).length,
    leaves: nodes.filter(({ kind }) => kind === "leaf").map(({ name, grad }) => ({ name, grad: grad === undefined ? null : shortNumbers(grad) })),
    way: way.slice(0, mostSteps).map(({ name }) => name),
    left: Math.max(0, way.length - mostSteps),
  }
}

/** The numbers of a repr on one line, cut past so many characters. */
export function shortNumbers(repr: string, most = 60): string {
  const start = /tensor\(\s*/.exec(repr)
  const inner = start === null ? repr : repr.slice(start.index + start[0].length)
  const numbers = start === null ? inner : inner.startsWith("[") ? inner.slice(0, inner.lastIndexOf("]") + 1) : inner.replace(/[,)][\s\S]*$/, "")
  const line = numbers.replace(/\s+/g, " ").trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\s,]+$/, "")}…`
}

function isOperation({ kind, name }: GraphNode): boolean {
  return kind === "grad_fn" && name !== "AccumulateGrad"
}

/** Ids from a source to the root, along the input with the longest history; no recursion, for a chain may be thousands long. */
function longestWay(root: string, nodes: Graph["nodes"], edges: Graph["edges"]): string[] {
  const inputs = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  const uses = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { from, to } of edges) {
    inputs.get(to)?.push(from)
    uses.get(from)?.push(to)
  }
  const missing = new Map([...inputs].map(([id, before]) => [id, before.length]))
  const length = new Map<string, number>()
  const longest = new Map<string, string>()
  const ready = [...inputs].flatMap(([id, before]) => (before.length === 0 ? [id] : []))
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] ?? ""
    const own = length.get(id) ?? 0
    for (const use of uses.get(id) ?? []) {
      if (own + 1 > (length.get(use) ?? 0)) {
        length.set(use, own + 1)
        longest.set(use, id)
      }
      const left = (missing.get(use) ?? 0) - 1
      missing.set(use, left)
      if (left === 0) ready.push(use)
    }
  }
  const way: string[] = []
  for (let id: string | undefined = root; id !== undefined && way.length < nodes.length; id = longest.get(id)) way.push(id)
  return way.reverse()
}
