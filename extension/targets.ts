// Targets: what a command is about. A lens hands over an address and a line, a menu an address, a hover's link a place,
// a key nothing: then it is the active editor and its cursor, or the document that the panel shows while that is active.

import { Position, Uri, window, workspace, type TextDocument, type TextEditor } from "vscode"

/** A document and a position in it. */
export interface Target {
  readonly document: TextDocument
  readonly position: Position
  /** The editor that shows it, if one does. */
  readonly editor: TextEditor | undefined
}

/** The document and place that a command's arguments name, else the active editor's, else `otherwise`; undefined without any. */
export async function targetOf(args: readonly unknown[], otherwise?: Uri): Promise<Target | undefined> {
  const [first, second] = args
  const place = isPlace(first) ? first : undefined
  const uri = first instanceof Uri ? first : place ? Uri.parse(place.uri) : typeof first === "string" ? Uri.parse(first) : window.activeTextEditor ? undefined : otherwise
  const { activeTextEditor } = window
  if (!uri) {
    if (!activeTextEditor) return undefined
    return { document: activeTextEditor.document, position: activeTextEditor.selection.active, editor: activeTextEditor }
  }
  const document = await workspace.openTextDocument(uri)
  const editor = activeTextEditor?.document === document ? activeTextEditor : window.visibleTextEditors.find((each) => each.document === document)
  const line = place?.line ?? (typeof second === "number" ? second : undefined)
  const position = line === undefined ? (editor?.selection.active ?? new Position(0, 0)) : new Position(Math.max(0, line - 1), Math.max(0, (place?.column ?? 1) - 1))
  return { document, position: document.validatePosition(position), editor }
}

function isPlace(value: unknown): value is { readonly uri: string; readonly line: number; readonly column: number } {
  if (typeof value !== "object" || value === null) return false
  const { uri, line, column } = value as { readonly uri?: unknown; readonly line?: unknown; readonly column?: unknown }
  return typeof uri === "string" && Number.isSafeInteger(line) && Number.isSafeInteger(column)
}
