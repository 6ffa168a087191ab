// Which nodes a search text means. Pure.
import type { GraphIndex } from "./model.ts"

/** Ids of the nodes whose name or module path holds the text, or whose line it is; in forward order. */
export function searchGraph(index: GraphIndex, text: string): string[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === "") return []
  const line = /^:?(\d+)$/.exec(wanted)
  return index.order.filter((id) => {
    const node = index.nodes.get(id)
    if (node === undefined) return false
    if (line !== null && node.span?.line === Number(line[1])) return true
    return node.name.toLowerCase().includes(wanted) || (node.scope ?? []).join(".").toLowerCase().includes(wanted)
  })
}
