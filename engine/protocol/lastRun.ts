// The last run and the questions about it: one run after another, and what is answered by running the last one again.
// Apart from the seats, which perform runs each in their own way (engine/host/node.ts, extension/webEngine.ts).

import type { BackwardPass, ExplainQuestion, Explanation, FaultData, Iteration, RunRequest, RunResult, StepsQuestion, VerdictData } from "./api.ts"
import { Fault, staleHandle } from "./faults.ts"

/** A question under way that can be called off by itself. */
interface Asking {
  isBegun: boolean
  isOff: boolean
}

/** `Watch` is what a seat tells a run's owner while it runs: printed text, downloads. */
export abstract class LastRun<Watch> {
  #queue: Promise<unknown> = Promise.resolve()
  /** Counts stops: a run that was asked for before a stop and has not begun does not begin. */
  #stops = 0
  /** The search for verdicts, and the explanations, that are under way or wait for their turn. */
  #judging: Asking | null = null
  readonly #explaining = new Set<Asking>()
  #asked: RunRequest | null = null

  /** Watches runs that nobody sees. */
  protected abstract readonly unseen: Watch

  /** Performs a run; always resolves. `calledOff` tells, before it begins, that it is not wanted any more. */
  protected abstract perform(request: RunRequest, watch: Watch, calledOff: () => boolean): Promise<RunResult>

  /** Stops the run in progress; harmless when there is none. Gently: it is asked, and never ended with what it holds of the last run. */
  protected abstract interrupt(isGentle: boolean): void

  /** Runs a snippet after those that were asked for before. Always resolves. */
  protected enqueue(request: RunRequest, watch: Watch, asking: Asking = { isBegun: false, isOff: false }): Promise<RunResult> {
    const stops = this.#stops
    const isShown = request.explain === undefined && request.steps === undefined && request.until === undefined && request.verdicts !== "rest"
    if (isShown) {
      this.#asked = request
      for (const asked of [this.#judging, ...this.#explaining]) this.#callOff(asked, false)
    }
    const begin = (): Promise<RunResult> => {
      asking.isBegun = true
      return this.perform(request, watch, () => this.#stops !== stops || asking.isOff)
    }
    const turn = this.#queue.then(begin).then((result) => {
      asking.isBegun = false
      // Whoever asks about the run gets the same random numbers.
      if (isShown && this.#asked === request && result.seed !== undefined) this.#asked = { ...request, seed: result.seed }
      return result
    })
    this.#queue = turn
    return turn
  }

  /** Ends the run in progress; harmless when there is none. */
  cancel(): void {
    this.#stops += 1
    this.interrupt(false)
  }

  /** Runs the last snippet again, unseen, and explains a gradient element of it. Rejects with the reason where it cannot. */
  async explain(question: ExplainQuestion): Promise<Explanation> {
    const asking: Asking = { isBegun: false, isOff: false }
    this.#explaining.add(asking)
    try {
      const { explanation, error } = await this.#ask({ trace: false, explain: question, ...untilOf(question) }, asking)
      if (explanation !== undefined) return explanation
      throw refusal(error, "The gradient could not be explained.")
    } finally {
      this.#explaining.delete(asking)
    }
  }

  /** Ends the explanations under way and nothing else; harmless when there is none. */
  async stopExplaining(): Promise<void> {
    for (const asked of this.#explaining) this.#callOff(asked, true)
  }

  /** Runs the last snippet again, unseen, to the end of a turn of a loop. Rejects where it does not get there. */
  async moment(iteration: Iteration): Promise<RunResult> {
    const result = await this.#ask({ until: iteration })
    if (result.error === undefined) return result
    throw refusal(result.error, "The turn could not be repeated.")
  }

  /** Runs the last snippet again, unseen, and writes a backward pass of it down. Rejects with the reason where it cannot. */
  async steps(question: StepsQuestion): Promise<BackwardPass> {
    const { steps, error } = await this.#ask({ steps: question, ...untilOf(question) })
    if (steps !== undefined) return steps
    throw refusal(error, "The backward pass could not be repeated.")
  }

  /** The last run's verdicts that only another run can tell; each other question is answered before. Rejects when the run is not the last, and when Stop came before they were looked for. */
  async verdicts(runId: number): Promise<readonly VerdictData[]> {
    for (;;) {
      await this.#queue
      if (this.#asked?.runId !== runId) throw staleHandle(0)
      const asking: Asking = { isBegun: false, isOff: false }
      this.#judging = asking
      const { verdicts, error } = await this.enqueue({ ...this.#asked, verdicts: "rest" }, this.unseen, asking)
      if (this.#judging === asking) this.#judging = null
      if (asking.isOff) continue
      if (verdicts !== undefined) return verdicts
      throw refusal(error, "The verdicts could not be looked for.")
    }
  }

  #callOff(asking: Asking | null, isGentle: boolean): void {
    if (asking === null) return
    asking.isOff = true
    if (asking.isBegun) this.interrupt(isGentle)
  }

  async #ask(question: Partial<RunRequest>, asking?: Asking): Promise<RunResult> {
    // Whoever waits for an answer comes before verdicts that come by themselves: those are looked for anew after it.
    this.#callOff(this.#judging, true)
    // A run that was asked for before is what the question is about.
    await this.#queue
    this.#callOff(this.#judging, true)
    if (this.#asked === null) throw new Fault("RuntimeError", "Nothing has run yet.", "Run the snippet first.")
    return this.enqueue({ ...this.#asked, ...question }, this.unseen, asking)
  }
}

function untilOf({ iteration }: { readonly iteration?: Iteration }): Partial<RunRequest> {
  return iteration === undefined ? {} : { until: iteration }
}

function refusal(error: FaultData | undefined, otherwise: string): Fault {
  return new Fault(error?.name ?? "RuntimeError", error?.message ?? otherwise, error?.hint)
}
