// The graph that the panel shows: its folds, which of them are open, and what is selected. Shared by all views, and
// apart from them so that one selection means the same in each. Draws nothing.
import type { Graph, GraphNode, PanelModel } from "../../engine/protocol/api.ts"
import { foldGraph, foldsAround, members, mostDrawn, openAtFirst, viewOf, type Fold, type Item, type View } from "./fold.ts"
import { indexGraph, nodeAtLine, type GraphIndex } from "./model.ts"

export interface Drawn {
  readonly index: GraphIndex
  readonly items: readonly Item[]
  readonly view: View
}

export class GraphState {
  /** Null while there is no graph. */
  drawn: Drawn | null = null
  /** The selected node's or fold's id. */
  selected: string | null = null
  /** Folds that are open, the latest last. */
  opened = new Set<string>()
  /** Whether the views tell what changed since the run before. */
  compares = false
  /** Nodes whose facts are spread out in the tree. */
  spread = new Set<string>()

  /** Takes a graph. After another run of the same code what was open and selected stays so. */
  take(graph: Graph | null, isSame: boolean): void {
    const kept = isSame && graph !== null ? this.keptSelection(graph) : null
    if (graph === null) this.drawn = null
    else {
      const index = indexGraph(graph)
      const items = foldGraph(index)
      if (!isSame) {
        this.opened = new Set(openAtFirst(items))
        this.spread = new Set()
      }
      this.drawn = { index, items, view: viewOf(index, items, this.opened) }
    }
    this.selected = kept
  }

  /** Opens a fold and those around it; others close again where too much would be drawn. */
  open(fold: Fold): void {
    if (this.drawn === null) return
    const { index, items } = this.drawn
    this.opened.delete(fold.id)
    this.opened.add(fold.id)
    const needed = new Set([fold.id, ...foldsAround(items, members(fold)[0]).map(({ id }) => id)])
    for (const id of [...this.opened]) {
      if (viewOf(index, items, this.opened).items.length <= mostDrawn) break
      if (!needed.has(id)) this.opened.delete(id)
    }
    this.refold()
  }

  close(fold: Fold): void {
    this.opened.delete(fold.id)
    this.refold()
  }

  /** Sees anew what is drawn, after `opened` was changed. */
  refold(): void {
    if (this.drawn !== null) this.drawn = { ...this.drawn, view: viewOf(this.drawn.index, this.drawn.items, this.opened) }
  }

  /** The drawn item that an open fold begins with. */
  firstOf(fold: Fold): string | null {
    return this.homeOf(members(fold)[0])
  }

  /** The drawn item that a graph node is, or is folded into. */
  homeOf(node: string): string | null {
    return this.drawn?.view.home.get(node) ?? null
  }

  node(id: string): GraphNode | null {
    return this.drawn?.index.nodes.get(id) ?? null
  }

  /** The drawn item that a source line means. */
  itemAtLine(line: number): string | null {
    if (this.drawn === null) return null
    const { index, view } = this.drawn
    const id = nodeAtLine(index, line, (node) => view.home.get(node) === node)
    return id === null ? null : this.homeOf(id)
  }

  /** A node or a fold by its id, drawn or not. */
  itemOf(id: string): Item | null {
    if (this.drawn === null) return null
    return this.drawn.index.nodes.has(id) ? { kind: "node", id } : foldNamed(this.drawn.items, id)
  }

  /** What was selected is found again in another run's graph by its id, else by name and line. */
  private keptSelection(next: Graph): string | null {
    const { selected } = this
    if (selected === null || this.drawn === null) return null
    const before = this.node(selected)
    if (before === null) return selected
    const same = (node: GraphNode): boolean => node.name === before.name && node.span?.line === before.span?.line
    const byId = next.nodes.find((node) => node.id === selected)
    return byId !== undefined && same(byId) ? selected : (next.nodes.find(same)?.id ?? null)
  }
}

/** Tells whether a model is another run of what is shown. */
export function isSameAgain(before: PanelModel | null, next: PanelModel): boolean {
  return before !== null && before.graph !== null && before.uri === next.uri && before.title === next.title
}

function foldNamed(items: readonly Item[], id: string): Fold | null {
  for (const item of items) {
    if (item.kind !== "fold") continue
    const found = item.id === id ? item : foldNamed(item.items, id)
    if (found !== null) return found
  }
  return null
}
