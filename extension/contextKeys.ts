// Context keys that follow the results: menus and the palette offer what makes sense only then. `autograd.isSnippet`
// is set by documents.ts, `autograd.isRunning` by runner.ts and `autograd.isPanelActive` by panel.ts, where they are known.

import { commands, window, type Disposable } from "vscode"
import type { Results } from "./results.ts"

/** Keeps `autograd.hasResults` true while the active editor shows a result. */
export function registerContext(results: Results): readonly Disposable[] {
  let told: boolean | undefined
  const tell = (): void => {
    const { activeTextEditor } = window
    const has = activeTextEditor !== undefined && results.get(activeTextEditor.document.uri) !== undefined
    if (has === told) return
    told = has
    void commands.executeCommand("setContext", "autograd.hasResults", has)
  }
  return [results.onDidChange(tell), window.onDidChangeActiveTextEditor(tell)]
}
