// Moments: shows a document as it was at the end of one turn of a loop: what was sampled at once, and everything when the
// engine has repeated the run up to there. One repetition at a time; while someone drags a slider only the newest wish counts.

import { l10n, type Uri } from "vscode"
import { inUsersWords } from "./faultWords.ts"
import type { IterationPick } from "./inlineTexts.ts"
import type { Results } from "./results.ts"
import type { Session } from "./session.ts"
import { turnOf } from "./turns.ts"

interface Wish {
  readonly uri: Uri
  readonly pick: IterationPick
}

export class Moments {
  readonly #session: Session
  readonly #results: Results
  #wish: Wish | null = null
  #isBusy = false

  constructor(session: Session, results: Results) {
    this.#session = session
    this.#results = results
  }

  /** Shows a turn; null: the end of the run. */
  pick(uri: Uri, pick: IterationPick | null): void {
    const turn = turnOf(pick)
    const runId = this.#results.get(uri)?.run.runId
    const canRepeat = turn !== null && runId !== undefined && this.#session.holds(runId)
    this.#wish = pick && canRepeat ? { uri, pick } : null
    this.#results.pick(uri, pick, canRepeat)
    if (this.#wish && !this.#isBusy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (let wish = this.#wish; wish; wish = this.#wish === wish ? null : this.#wish) await this.#repeat(wish)
    this.#isBusy = false
    this.#wish = null
  }

  async #repeat({ uri, pick }: Wish): Promise<void> {
    const turn = turnOf(pick)
    const held = this.#results.get(uri)
    if (!turn || held?.pick !== pick) return
    try {
      const then = await this.#session.moment(held.run.runId, turn)
      this.#results.arrive(uri, pick, then?.trace ?? { failure: l10n.t("It was stopped.") })
    } catch (error) {
      this.#results.arrive(uri, pick, { failure: inUsersWords(error instanceof Error ? error.message : String(error), l10n) })
    }
  }
}
