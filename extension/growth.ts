// Growth: the note at the end of a line that ties a growing graph to the turn before. Apart from the inline values,
// because it is a warning: it has its own colour and stands also where no value is shown.

import { DecorationRangeBehavior, l10n, MarkdownString, Range, ThemeColor, window, type DecorationOptions, type Disposable, type TextEditor } from "vscode"
import type { Results } from "./results.ts"
import { settingsFor } from "./settings.ts"
import { growthNote, verdictText } from "./verdictWords.ts"

export class GrowthNotes implements Disposable {
  readonly #results: Results
  readonly #decoration = window.createTextEditorDecorationType({
    rangeBehavior: DecorationRangeBehavior.ClosedOpen,
    after: { color: new ThemeColor("editorWarning.foreground"), margin: "0 0 0 2.5em" },
  })

  constructor(results: Results) {
    this.#results = results
  }

  /** Paints every visible editor anew, or those of one document. */
  refresh(uri?: string): void {
    for (const editor of window.visibleTextEditors) if (uri === undefined || editor.document.uri.toString() === uri) this.#paint(editor)
  }

  dispose(): void {
    this.#decoration.dispose()
  }

  #paint(editor: TextEditor): void {
    const { document } = editor
    const held = this.#results.get(document.uri)
    const isShown = held !== undefined && !held.isStale && settingsFor(document.uri).inlineValues
    const growing = isShown ? (held.result.verdicts ?? []).filter(({ id }) => id === "growing-graph") : []
    const options = growing.flatMap((verdict): DecorationOptions[] => {
      const line = held?.lines.now(verdict.line) ?? null
      if (line === null || line > document.lineCount) return []
      const hoverMessage = new MarkdownString(verdictText(verdict, l10n, line))
      return [{ range: new Range(line - 1, 0, line - 1, 2 ** 30), hoverMessage, renderOptions: { after: { contentText: growthNote(verdict, l10n) } } }]
    })
    editor.setDecorations(this.#decoration, options)
  }
}
