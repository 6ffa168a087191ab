// panelTurns: what the panel shows and asks of a run's turns: its loops with their curves, the turn that is picked, and a
// backward pass step by step. Apart from panel.ts, which owns the webview; what comes from there is checked here.

import { l10n } from "vscode"
import type { CurveNow, Iteration, IterationsShown, LoopTrace, PanelHostApi, StepsAnswer } from "../engine/protocol/api.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Moments } from "./moments.ts"
import type { DocumentResult } from "./results.ts"
import type { Session } from "./session.ts"
import { pickOf, turnOf } from "./turns.ts"

/** The run's loops and the turn that is shown; null where nothing looped. */
export function iterationsShown({ run, pick, turn }: DocumentResult): IterationsShown | null {
  const { loops = [] } = run.trace
  if (loops.length === 0) return null
  return { loops, at: turnOf(pick), isAwaited: turn === "awaited", ...(typeof turn === "object" ? ("failure" in turn ? turn : { now: latest(turn.loops.find(({ id }) => id === pick?.loop)) }) : {}) }
}

/** The turn whose end is shown; null where it is the end of the run. */
export function turnShown({ turn, pick }: DocumentResult): Iteration | null {
  return typeof turn === "object" && "loops" in turn ? turnOf(pick) : null
}

/** What the panel may ask. `held` gives the result of the document that it shows, `tensorId` the tensor whose graph is drawn. */
export function turnDoor(session: Session, moments: Moments, held: () => DocumentResult | undefined, tensorId: () => number | null): Required<Pick<PanelHostApi, "steps" | "pickTurn">> {
  return {
    steps: async (pass) => {
      const result = held()
      const id = tensorId()
      if (!result || id === null) return refused(l10n.t("Run the snippet, and the graph of its last result is drawn here."))
      if (!session.holds(result.run.runId)) return refused(l10n.t("This run's values are gone. Run the snippet again, then step."))
      const iteration = turnShown(result)
      try {
        const stepped = await session.steps(result.run.runId, { tensorId: id, ...(isCount(pass) ? { pass } : {}), ...(iteration ? { iteration } : {}) })
        return stepped ? { kind: "stepped", pass: stepped } : { kind: "ended" }
      } catch (error) {
        const hint = error instanceof Error && "hint" in error && typeof error.hint === "string" ? inUsersWords(error.hint, l10n) : ""
        return refused(inUsersWords(error instanceof Error ? error.message : String(error), l10n), hint)
      }
    },
    pickTurn: (turn) => {
      const result = held()
      const asked = turnFrom(turn)
      if (result && asked !== undefined) moments.pick(result.uri, pickOf(result.run.trace.loops ?? [], asked))
    },
  }
}

function latest(loop: LoopTrace | undefined): CurveNow[] {
  return (loop?.curves ?? []).flatMap(({ kind, name, span, turns, values }) => {
    const [turn, value] = [turns.at(-1), values.at(-1)]
    return turn === undefined || value === undefined ? [] : [{ kind, name, ...(span ? { line: span.line } : {}), turn, value }]
  })
}

function refused(why: string, advice = ""): StepsAnswer {
  return { kind: "refused", why, ...(advice === "" ? {} : { advice }) }
}

/** A turn, null for the end of the run, undefined for what is neither. */
function turnFrom(value: unknown): Iteration | null | undefined {
  if (value === null) return null
  if (typeof value !== "object") return undefined
  const { loop, index } = value as Partial<Record<keyof Iteration, unknown>>
  return isCount(loop) && isCount(index) ? { loop, index } : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
