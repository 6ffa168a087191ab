// Explain: which gradient element a place of the source asks about, and the panel's questions to the engine. Apart from
// panel.ts, which owns the webview; an explanation runs the snippet again, unseen, and a run or Stop ends it.

import { l10n, type TextDocument } from "vscode"
import type { ExplainAnswer, ExplainQuestion, Explanation, PanelHostApi } from "../engine/protocol/api.ts"
import { addressAt, memberAddress } from "./addresses.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Found } from "./finding.ts"
import type { DocumentResult } from "./results.ts"
import { turnShown } from "./panelTurns.ts"
import type { Session } from "./session.ts"

/** What the explanation is asked to explain. */
export interface ExplainAsk {
  readonly at: string
  readonly of?: string
}

/** The tensor whose gradient a place asks about: the name there (`x`, `x[0][1]`, `model.weight`), else that of what was found. */
export function questionAt(document: TextDocument, line: number, column: number, found: Found | null, names: ReadonlySet<string>): ExplainAsk | null {
  const written = addressAt(document.lineAt(line - 1).text, column)
  if (written !== null && names.has(written.root)) return { at: written.text }
  const name = found?.record.name
  return name === undefined ? null : { at: name }
}

/** What the panel may ask. `held` gives the result of the document that it shows; `show` draws the graph of a name's tensor. */
export function explainDoor(session: Session, held: () => DocumentResult | undefined, show: (name: string) => Promise<void>): Required<Pick<PanelHostApi, "explain" | "stopExplaining">> {
  return {
    explain: async (question) => {
      const result = held()
      const asked = questionFrom(question, result)
      if (!asked) return refused("")
      if (!result) return refused(l10n.t("Run the snippet, and choose a gradient to explain."))
      if (!session.holds(result.result.runId)) return refused(l10n.t("This run's values are gone. Run the snippet again, then explain."))
      try {
        const iteration = turnShown(result)
        const explanation = await session.explain(result.result.runId, { ...asked, ...(iteration ? { iteration } : {}) })
        if (explanation === null) return { kind: "ended" }
        await show(explanation.about?.of ?? "")
        return { kind: "explained", explanation, source: session.lastSource }
      } catch (error) {
        return fromFault(error)
      }
    },
    stopExplaining: () => session.stopExplaining(),
  }
}

/** What was explained, checked as far as the tests and other extensions read it. */
export function explanationFrom(value: unknown): Explanation | undefined {
  return typeof value === "object" && value !== null && "paths" in value && "value" in value ? (value as Explanation) : undefined
}

function questionFrom(value: unknown, held: DocumentResult | undefined): ExplainQuestion | null {
  if (typeof value !== "object" || value === null) return null
  const { of, at } = value as { readonly of?: unknown; readonly at?: unknown }
  if (typeof at !== "string" || at.length > 400) return null
  if (of !== undefined && (typeof of !== "string" || of.length > 400)) return null
  return { at: held ? reachable(at, held) : at, first: true, ...(of === undefined ? {} : { of }) }
}

/** A parameter as the graph calls it (`0.weight`) by the module that holds it; any other address as it is. */
function reachable(at: string, { result: { trace } }: DocumentResult): string {
  const path = at.replace(/(\[[^\]]*\])+$/, "")
  if (trace.records.some(({ name }) => name !== undefined && name === path)) return at
  const module = trace.modules?.find(({ members }) => members.some((member) => member.path === path))
  return module ? memberAddress(module.name, path) + at.slice(path.length) : at
}

function fromFault(error: unknown): ExplainAnswer {
  if (!(error instanceof Error)) return refused(String(error))
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : undefined
  return refused(inUsersWords(error.message, l10n), hint === undefined ? undefined : inUsersWords(hint, l10n))
}

function refused(why: string, advice?: string): ExplainAnswer {
  return { kind: "refused", why, ...(advice === undefined || advice === "" ? {} : { advice }) }
}
