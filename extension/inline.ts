// Inline: paints the values at the ends of their lines, and dims them after an edit; and what broke the run at its line.
// The text is inlineTexts's.

import { DecorationRangeBehavior, l10n, Range, ThemeColor, window, type DecorationOptions, type Disposable, type TextEditor, type TextEditorDecorationType, type Uri } from "vscode"
import { faultText } from "./faultText.ts"
import { oneLine, type InlineText } from "./inlineTexts.ts"
import { shownFault, shownTexts, type DocumentResult } from "./results.ts"
import { settingsFor } from "./settings.ts"

export class InlineValues implements Disposable {
  readonly #seen: (uri: Uri) => DocumentResult | undefined
  readonly #fresh = decoration("autograd.valueForeground")
  readonly #stale = decoration("autograd.valueForeground", true)
  readonly #fault = decoration("editorError.foreground")

  /** `seen` gives what may be seen of a document's last run. */
  constructor(seen: (uri: Uri) => DocumentResult | undefined) {
    this.#seen = seen
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
    this.#fault.dispose()
  }

  #paint(editor: TextEditor): void {
    const { document } = editor
    const held = this.#seen(document.uri)
    const isShown = held !== undefined && settingsFor(document.uri).inlineValues
    const options = isShown ? atLineEnds(document.lineCount, shownTexts(held)) : []
    editor.setDecorations(this.#fresh, held?.isStale ? [] : options)
    editor.setDecorations(this.#stale, held?.isStale ? options : [])
    const broken = isShown ? shownFault(held) : null
    editor.setDecorations(this.#fault, broken ? atLineEnds(document.lineCount, [{ line: broken.line, text: `✗ ${oneLine(faultText({ name: broken.fault.name, message: broken.fault.message }, l10n))}` }]) : [])
  }
}

/** Texts behind the ends of their lines. */
function atLineEnds(lineCount: number, texts: readonly InlineText[]): DecorationOptions[] {
  return texts.flatMap(({ line, text }) => {
    if (line > lineCount) return []
    // To the end of the line as it is when VS Code gets this, which may be some letters later than now: what is being
    // typed at the end of a line stays before its value.
    return [{ range: new Range(line - 1, 0, line - 1, 2 ** 30), renderOptions: { after: { contentText: text } } }]
  })
}

/** Stale text is dimmed and, for eyes that do not see that, slanted. */
function decoration(color: string, isStale = false): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    rangeBehavior: DecorationRangeBehavior.ClosedOpen,
    after: {
      color: new ThemeColor(color),
      margin: "0 0 0 2.5em",
      fontStyle: isStale ? "italic" : "normal",
      // The only way to dim: VS Code has no field for it.
      textDecoration: isStale ? "none; opacity: 0.65" : "none",
    },
  })
}
