// Downloads: the notification that shows how a download of trained weights goes on, with its Cancel. Apart from the
// status bar: a download is rare, long, and the user's own line to pay.

import { l10n, ProgressLocation, window } from "vscode"
import type { Session } from "./session.ts"

interface Shown {
  /** Percent told so far: VS Code wants steps. */
  percent: number
  report(step: { readonly message?: string; readonly increment?: number }): void
  end(): void
}

export class Downloads {
  readonly #session: Session
  #shown: Shown | null = null

  constructor(session: Session) {
    this.#session = session
  }

  /** A download of the run in progress goes on: which file, and how far from 0 to 1 (null while unknown). An empty name shows nothing. */
  progress(file: string, fraction: number | null): void {
    if (file === "") return
    const shown = (this.#shown ??= this.#begin(file))
    const percent = Math.floor((fraction ?? 0) * 100)
    shown.report({ ...(fraction === null ? {} : { message: `${percent} %` }), increment: Math.max(0, percent - shown.percent) })
    shown.percent = Math.max(percent, shown.percent)
    if (fraction === 1) this.end()
  }

  /** The download or its run is over. */
  end(): void {
    this.#shown?.end()
    this.#shown = null
  }

  #begin(file: string): Shown {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const shown: Shown = { percent: 0, report: () => undefined, end }
    const options = { location: ProgressLocation.Notification, title: l10n.t("Downloading {0}", file), cancellable: true }
    void window.withProgress(options, async (progress, cancelled) => {
      shown.report = (step) => progress.report(step)
      cancelled.onCancellationRequested(() => void this.#session.stop())
      await ended
    })
    return shown
  }
}
