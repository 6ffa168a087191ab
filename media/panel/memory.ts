// What the panel leaves for a reload, and how much of it: VS Code keeps it as text.
import type { PanelModel } from "../../engine/protocol/api.ts"

/** What a reload needs to redraw the panel as it was. */
export interface Memory {
  readonly model: PanelModel
  readonly selected: string | null
  readonly opened: readonly string[]
  readonly spread: readonly string[]
  /** The view whose tab was seen. */
  readonly tab: string
  /** What each view remembers, by its id. */
  readonly views: Readonly<Record<string, unknown>>
}

/** Past this many nodes only what the cards show of a value is kept: the whole would be megabytes. */
const heavy = 600
const cardText = 160

/** The model as it is kept. */
export function lighter(model: PanelModel): PanelModel {
  const { graph } = model
  if (graph === null || graph.nodes.length <= heavy) return model
  const cut = (text: string | undefined): string | undefined => text?.slice(0, cardText)
  const nodes = graph.nodes.map(({ saved: _, ...node }) => ({ ...node, value: cut(node.value), grad: cut(node.grad) }))
  return { ...model, graph: { ...graph, nodes } }
}

/** Tells whether a saved state is ours; that of an older version is dropped, since the extension sends the model again. */
export function isMemory(state: unknown): state is Memory {
  if (typeof state !== "object" || state === null) return false
  return ["model", "selected", "opened", "spread", "tab", "views"].every((key) => key in state)
}
