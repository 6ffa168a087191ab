// Fixes: the light bulb at a fault or a verdict, with the cures that the engine found. They are edits of the source that
// ran, so they are offered as long as the lines that they change are as they were.

import { CodeAction, CodeActionKind, l10n, Range, WorkspaceEdit, type CodeActionContext, type CodeActionProvider, type TextDocument } from "vscode"
import type { FixData, RunResult, Span } from "../engine/protocol/api.ts"
import { fixTitle } from "./fixTitles.ts"
import type { LineMap } from "./lineMap.ts"
import { source } from "./problems.ts"
import type { Results } from "./results.ts"

export class QuickFixes implements CodeActionProvider {
  static readonly kinds = [CodeActionKind.QuickFix]
  readonly #results: Results

  constructor(results: Results) {
    this.#results = results
  }

  provideCodeActions(document: TextDocument, range: Range, { diagnostics }: CodeActionContext): CodeAction[] {
    const held = this.#results.get(document.uri)
    if (!held) return []
    return cured(held.result).flatMap(({ span, fixes }) => {
      const at = rangeNow(span, held.lines)
      if (at === null || at.intersection(range) === undefined) return []
      const mine = diagnostics.filter((one) => one.source === source && one.range.intersection(at) !== undefined)
      return fixes.flatMap((fix, i) => {
        const action = actionOf(fix, document, held.lines)
        if (action === null) return []
        action.diagnostics = mine
        action.isPreferred = i === 0
        return [action]
      })
    })
  }
}

/** Everything of a result that has cures, with the place at which they are offered. */
function cured({ error, warnings, verdicts = [] }: RunResult): readonly { readonly span: Span; readonly fixes: readonly FixData[] }[] {
  const faults = [...(error ? [error] : []), ...warnings].map((fault) => ({ span: fault, fixes: fault.fixes ?? [] }))
  return [...faults, ...verdicts.flatMap(({ span, asked, fixes = [] }) => (span && asked !== false ? [{ span, fixes }] : []))].filter(({ fixes }) => fixes.length > 0)
}

/** The cure as a code action; null where a line that it changes was edited since the run. */
function actionOf(fix: FixData, document: TextDocument, lines: LineMap): CodeAction | null {
  const action = new CodeAction(fixTitle(fix, l10n), CodeActionKind.QuickFix)
  action.edit = new WorkspaceEdit()
  for (const { span, text } of fix.edits) {
    const at = rangeNow(span, lines)
    if (at === null) return null
    action.edit.replace(document.uri, at, text)
  }
  return action
}

/** Where a stretch of the source that ran stands now; null where it was edited. */
function rangeNow({ line, column, endLine, endColumn, file }: Span, lines: LineMap): Range | null {
  const start = lines.now(line)
  const end = lines.now(endLine)
  if (file !== undefined || start === null || end === null || end - start !== endLine - line) return null
  for (let at = line; at <= endLine; at++) if (lines.isTouched(at)) return null
  return new Range(start - 1, column - 1, end - 1, endColumn - 1)
}
