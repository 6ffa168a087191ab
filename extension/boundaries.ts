// Boundaries: tints the stretches of a snippet behind which no gradient passes, and says why in words on hover. Apart
// from the inline values because it is about the source, not about what a line gave.

import { DecorationRangeBehavior, l10n, MarkdownString, Range, ThemeColor, window, type DecorationOptions, type Disposable, type TextEditor, type Uri } from "vscode"
import type { Boundary, Span } from "../engine/protocol/api.ts"
import { boundaryText } from "./boundaryWords.ts"
import type { DocumentResult, Results } from "./results.ts"
import { settingsFor } from "./settings.ts"

/** A boundary as it is shown now. Lines and columns count from 1. */
export interface ShownBoundary {
  readonly kind: Boundary["kind"]
  readonly span: Span
  readonly text: string
}

export class Boundaries implements Disposable {
  readonly #results: Results
  readonly #region = window.createTextEditorDecorationType({
    isWholeLine: true,
    rangeBehavior: DecorationRangeBehavior.ClosedClosed,
    backgroundColor: new ThemeColor("autograd.untrackedBackground"),
    // A bar at the left edge, so that the stretch is seen without colour.
    borderColor: new ThemeColor("autograd.untrackedBorder"),
    borderStyle: "none none none solid",
    borderWidth: "0 0 0 2px",
  })
  readonly #value = window.createTextEditorDecorationType({
    rangeBehavior: DecorationRangeBehavior.ClosedClosed,
    backgroundColor: new ThemeColor("autograd.untrackedBackground"),
    borderColor: new ThemeColor("autograd.untrackedBorder"),
    borderStyle: "none none dashed none",
    borderWidth: "0 0 1px 0",
  })

  constructor(results: Results) {
    this.#results = results
  }

  /** What is tinted in a document now; nothing after an edit, until the next run. */
  shown(uri: Uri): readonly ShownBoundary[] {
    const held = this.#results.get(uri)
    return held && !held.isStale && settingsFor(uri).inlineValues ? shownOf(held) : []
  }

  /** Paints every visible editor anew, or those of one document. */
  refresh(uri?: string): void {
    for (const editor of window.visibleTextEditors) if (uri === undefined || editor.document.uri.toString() === uri) this.#paint(editor)
  }

  dispose(): void {
    this.#region.dispose()
    this.#value.dispose()
  }

  #paint(editor: TextEditor): void {
    const shown = this.shown(editor.document.uri)
    const options = (wanted: Boundary["kind"]): DecorationOptions[] =>
      shown.filter(({ kind }) => kind === wanted).map(({ span, text }) => ({ range: new Range(span.line - 1, span.column - 1, span.endLine - 1, span.endColumn - 1), hoverMessage: new MarkdownString(text) }))
    editor.setDecorations(this.#region, options("region"))
    editor.setDecorations(this.#value, options("value"))
  }
}

/** The boundaries by the lines of now; one whose text was edited is left out. */
function shownOf({ result, lines }: DocumentResult): readonly ShownBoundary[] {
  return (result.trace.boundaries ?? []).flatMap((boundary) => {
    const { span, kind } = boundary
    const line = lines.now(span.line)
    const endLine = lines.now(span.endLine)
    return line === null || endLine === null ? [] : [{ kind, span: { ...span, line, endLine }, text: boundaryText(boundary, l10n) }]
  })
}
