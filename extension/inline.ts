// Inline: paints the values at the ends of their lines, and dims them after an edit. The text is inlineTexts's.

import { DecorationRangeBehavior, Range, ThemeColor, window, type DecorationOptions, type Disposable, type TextEditor } from "vscode"
import { shownTexts, type Results } from "./results.ts"
import { settingsFor } from "./settings.ts"

export class InlineValues implements Disposable {
  readonly #results: Results
  readonly #fresh = decoration()
  readonly #stale = decoration("; opacity: 0.6")

  constructor(results: Results) {
    this.#results = results
  }

  /** Paints every visible editor anew, or those of one document. */
  refresh(uri?: string): void {
    for (const editor of window.visibleTextEditors) {
      if (uri === undefined || editor.document.uri.toString() === uri) this.#paint(editor)
    }
  }

  dispose(): void {
    this.#fresh.dispose()
    this.#stale.dispose()
  }

  #paint(editor: TextEditor): void {
    const { document } = editor
    const held = this.#results.get(document.uri)
    const isShown = held !== undefined && settingsFor(document.uri).inlineValues
    const options = isShown ? shownTexts(held).flatMap(({ line, text }): DecorationOptions[] => {
      if (line > document.lineCount) return []
      const { end } = document.lineAt(line - 1).range
      return [{ range: new Range(end, end), renderOptions: { after: { contentText: text } } }]
    }) : []
    editor.setDecorations(this.#fresh, held?.isStale ? [] : options)
    editor.setDecorations(this.#stale, held?.isStale ? options : [])
  }
}

function decoration(style = ""): ReturnType<typeof window.createTextEditorDecorationType> {
  return window.createTextEditorDecorationType({
    // What is typed at the end of a line stands before its value.
    rangeBehavior: DecorationRangeBehavior.ClosedOpen,
    after: {
      color: new ThemeColor("editorCodeLens.foreground"),
      margin: "0 0 0 2.5em",
      fontStyle: "italic",
      // The only way to dim and to keep single spaces: VS Code has no field of its own for either.
      textDecoration: `none; white-space: pre${style}`,
    },
  })
}
