// Live: runs again by itself, on save or after a pause in typing, as the setting says; the toggle overrules it for this
// window. What hung or crashed waits for an edit.

import { l10n, window, type Disposable, type TextDocument } from "vscode"
import type { Documents } from "./documents.ts"
import type { Runner } from "./runner.ts"
import { settingsFor } from "./settings.ts"
import { isTrusted } from "./trust.ts"

/** How long typing has to pause, in milliseconds. */
const pause = 400

export class Live implements Disposable {
  readonly #documents: Documents
  readonly #runner: Runner
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #override: boolean | null = null

  constructor(documents: Documents, runner: Runner) {
    this.#documents = documents
    this.#runner = runner
  }

  /** Whether typing makes the active document run. */
  isOn(document: TextDocument | undefined = window.activeTextEditor?.document): boolean {
    return this.#override ?? settingsFor(document?.uri).runOn === "type"
  }

  /** Switches for this window, and runs at once when that switches it on. */
  async toggle(): Promise<void> {
    this.#override = !this.isOn()
    const document = window.activeTextEditor?.document
    window.setStatusBarMessage(this.#override ? l10n.t("Live run is on: snippets run as you type.") : l10n.t("Live run is off."), 4000)
    if (this.#override && document && this.#mayRun(document)) await this.#runner.again(document)
  }

  /** A document was edited. */
  typed(document: TextDocument): void {
    if (!this.isOn(document)) return
    const key = document.uri.toString()
    clearTimeout(this.#timers.get(key))
    this.#timers.set(key, setTimeout(() => {
      this.#timers.delete(key)
      if (!document.isClosed && this.#mayRun(document)) void this.#runner.again(document)
    }, pause))
  }

  /** A document was saved. */
  saved(document: TextDocument): void {
    if (this.isOn(document) || settingsFor(document.uri).runOn !== "save" || !this.#mayRun(document)) return
    void this.#runner.again(document)
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #mayRun(document: TextDocument): boolean {
    return isTrusted() && this.#documents.isSnippet(document) && this.#runner.mayRepeat(document)
  }
}
