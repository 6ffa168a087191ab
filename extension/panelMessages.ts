// panelMessages: what comes from the webview, or out of its saved state, is checked here before anything uses it.

import type { PanelModel, PanelState, Span } from "../engine/protocol/api.ts"

/** The place, where it is one with sane numbers; else null. */
export function spanFrom(value: unknown): Span | null {
  if (!isRecord(value)) return null
  const { line, column, endLine, endColumn, file } = value
  if (![line, column, endLine, endColumn].every(isCount)) return null
  if (file !== undefined && typeof file !== "string") return null
  // Checked number by number just above.
  const span = { line, column, endLine, endColumn } as Span
  return file === undefined ? span : { ...span, file }
}

/** The model that a panel saved, where it is one; else null. Its graph is drawn by the panel, which checks it itself. */
export function modelFrom(value: unknown): PanelModel | null {
  const model = isRecord(value) && isRecord(value.model) ? value.model : value
  if (!isRecord(model)) return null
  const { title, uri, graph, empty, stale, tensor } = model
  if (typeof title !== "string" || typeof uri !== "string") return null
  if (empty !== undefined && typeof empty !== "string") return null
  if (graph !== null && !(isRecord(graph) && typeof graph.root === "string" && Array.isArray(graph.nodes) && Array.isArray(graph.edges))) return null
  // No engine of now knows that run: its numbers are told as gone, and not mistaken for those of a new run.
  const shown = isRecord(tensor) ? { tensor: { ...(tensor as unknown as NonNullable<PanelModel["tensor"]>), runId: 0 } } : {}
  // The shape is checked as far as this side reads it.
  return { title, uri, graph: graph as PanelModel["graph"], stale: stale === true, ...(empty === undefined ? {} : { empty }), ...shown }
}

/** What the panel says it shows, where that is a state; else null. */
export function stateFrom(value: unknown): PanelState | null {
  if (!isRecord(value)) return null
  const { title, nodes } = value
  // Written by our own panel and only handed on: enough to know that it is one.
  return typeof title === "string" && Array.isArray(nodes) ? (value as unknown as PanelState) : null
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value < 10_000_000
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}
