// graphHistory: the graphs of the run before, as far as they were drawn. Apart from panel.ts because it decides what may
// be compared: the engine has let go of an old run's tensors, so its graph is what the panel kept.

import type { Graph } from "../engine/protocol/api.ts"
import { graphDifference, type GraphDifference } from "../engine/protocol/difference.ts"
import type { DocumentResult } from "./results.ts"

/** Tensors of one document whose graphs are kept. */
const mostKept = 8

interface Drawn {
  readonly runId: number
  readonly graph: Graph
}

export class GraphHistory {
  #uri = ""
  readonly #kept = new Map<string, { now: Drawn; before: Drawn | null }>()

  /** Takes a graph that is drawn of a named tensor and tells what changed since the run before; undefined where that is not known. */
  compare({ uri, result, pick, previous }: DocumentResult, name: string, graph: Graph): GraphDifference | undefined {
    // The graph of a turn of a loop is not that of the run.
    if (pick !== null) return undefined
    if (uri.toString() !== this.#uri) this.#kept.clear()
    this.#uri = uri.toString()
    const now = { runId: result.runId, graph: bare(graph) }
    const known = this.#kept.get(name)
    const entry = known?.now.runId === now.runId ? { ...known, now } : { now, before: known?.now ?? null }
    this.#kept.delete(name)
    this.#kept.set(name, entry)
    for (const oldest of [...this.#kept.keys()].slice(0, -mostKept)) this.#kept.delete(oldest)
    return previous && entry.before?.runId === previous.runId ? graphDifference(entry.before.graph, now.graph, previous.lineNow) : undefined
  }
}

/** Without what a comparison does not look at. */
function bare(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map(({ saved: _, slopes: __, formula: ___, ...node }) => node) }
}
