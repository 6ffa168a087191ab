// Commands: each name of the palette and what it does, by the parts. The names are the product's contract.

import { env, l10n, window, type Disposable, type Uri } from "vscode"
import { selectDevice } from "./devices.ts"
import type { Documents } from "./documents.ts"
import { questionAt } from "./explain.ts"
import { lastGradient, lastResult, tensorAt, tensorOf, type Found } from "./finding.ts"
import { foundAt } from "./hover.ts"
import { pickIteration, showLineValues } from "./iterations.ts"
import { newSnippet, openLesson } from "./lessons.ts"
import type { Live } from "./live.ts"
import type { Log } from "./log.ts"
import type { GraphPanel } from "./panel.ts"
import { placeOf } from "./places.ts"
import type { DocumentResult, Results } from "./results.ts"
import type { Runner } from "./runner.ts"
import type { Session } from "./session.ts"
import { cellAt, programAt } from "./snippets.ts"
import type { Moments } from "./moments.ts"
import type { Status } from "./status.ts"
import { targetOf, type Target } from "./targets.ts"
import { isTrusted, refuse } from "./trust.ts"
import { addTypes } from "./types.ts"

/** The parts that commands act on. */
export interface Parts {
  readonly extensionUri: Uri
  readonly documents: Documents
  readonly session: Session
  readonly results: Results
  readonly runner: Runner
  readonly live: Live
  readonly moments: Moments
  readonly panel: GraphPanel
  readonly status: Status
  readonly log: Log
}

/** Registers every command, each behind the guard. */
export function registerCommands(parts: Parts): readonly Disposable[] {
  const { extensionUri, documents, session, results, runner, live, moments, panel, status, log } = parts

  /** Runs `action` with the command's target when that is a snippet; says so when it is not. */
  const onSnippet = (action: (target: Target) => Promise<unknown>) => async (...args: unknown[]): Promise<unknown> => {
    const target = await targetOf(args, panel.activeUri)
    if (target && documents.isSnippet(target.document)) return await action(target)
    void window.showInformationMessage(l10n.t("This is for snippets: TypeScript that imports torch. New Snippet makes one."))
    return undefined
  }

  const show = (view?: string) => onSnippet(async ({ document, position }) => {
    const found = await graphTarget(parts, document, position)
    if (found !== undefined) await panel.show({ document, found }, view)
  })

  const handlers: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    run: onSnippet(async ({ document, position }) => await runner.run({ document, line: position.line + 1 })),
    runCell: onSnippet(async ({ document, position }) => {
      const line = position.line + 1
      const program = programAt(documents.programs(document), line)
      const cell = program && cellAt(program, line)
      return await runner.run({ document, line, ...(cell ? { through: cell.endLine } : {}) })
    }),
    runSelection: onSnippet(async ({ document, position, editor }) =>
      await runner.runRange(document, editor?.selection ?? document.lineAt(position.line).range)),
    stop: async () => await session.stop(),
    restart: async () => {
      if (!isTrusted()) return void refuse()
      await session.restart()
      window.setStatusBarMessage(l10n.t("The engine was started afresh."), 4000)
    },
    clear: () => results.clear(),
    toggleLive: async () => await live.toggle(),
    showGraph: show(),
    stepBackward: show("steps"),
    showIterations: show("iterations"),
    explain: async (...args) => await onSnippet(async ({ document, position }) => await explainAt(parts, document, position, args[1]))(...args),
    selectDevice: async () => await selectDevice(session),
    newSnippet: async () => void (await newSnippet(documents)),
    openLesson: async (id) => void (await openLesson(extensionUri, documents, typeof id === "string" ? id : undefined)),
    addTypes: async () => await addTypes(extensionUri),
    showOutput: () => log.show(),
    showLineValues: onSnippet(async ({ document, position }) => await showLineValues(results, document, position.line + 1)),
    pickIteration: onSnippet(async ({ document, position }) => await pickIteration(results, moments, document, position.line + 1)),
    // Not in the palette: the status bar's menu, and a link of the hover.
    menu: async () => await status.menu(),
    copyValue: onSnippet(async ({ document, position }) => {
      const held = results.get(document.uri)
      const found = held && foundAt(held, placeOf(document, position))
      if (found) await env.clipboard.writeText(found.sample.value.repr)
    }),
  }
  return Object.entries(handlers).map(([name, handler]) => log.command(`autograd.${name}`, handler))
}

/**
 * The tensor that a graph is wanted of: the one at the cursor, else the last result. Runs the snippet first where that is
 * needed. Undefined when nothing may run; null when none is tracked.
 */
async function graphTarget(
  parts: Parts,
  document: Target["document"],
  position: Target["position"],
): Promise<Found | null | undefined> {
  if (!(await hasRun(parts, document))) return undefined
  const now = parts.results.get(document.uri)
  if (!now) return null
  const here = foundHere(now, document, position)
  return here && tensorOf(here)?.requires_grad === true ? here : lastResult(now.result.trace, now.pick)
}

/** Runs the snippet when it has not run, or when the engine has let go of that run's tensors. False when nothing may run. */
async function hasRun({ results, runner, session }: Parts, document: Target["document"]): Promise<boolean> {
  const held = results.get(document.uri)
  const isAtHand = held !== undefined && session.holds(held.result.runId)
  if (!isAtHand && !isTrusted()) {
    refuse()
    return false
  }
  if (!isAtHand && runner.mayRepeat(document)) await runner.again(document)
  return true
}

/** The tensor at a place of the document as it is now, by the last run. */
function foundHere(now: DocumentResult, document: Target["document"], position: Target["position"]): Found | null {
  const then = now.lines.then(position.line + 1)
  return then === null ? null : tensorAt(now.result.trace, { ...placeOf(document, position), line: then }, now.pick)
}

/** Explains the gradient that a place asks about: the tensor there, else the last leaf that has one; `element` names another. */
async function explainAt(parts: Parts, document: Target["document"], position: Target["position"], element: unknown): Promise<void> {
  if (!(await hasRun(parts, document))) return
  const now = parts.results.get(document.uri)
  if (!now) return
  const { trace } = now.result
  const names = new Set([...trace.records.flatMap(({ name }) => (name === undefined ? [] : [name])), ...(trace.modules ?? []).map(({ name }) => name)])
  const here = foundHere(now, document, position)
  const last = lastGradient(trace)
  const ask = typeof element === "string" ? { at: element } : (questionAt(document, position.line + 1, position.character + 1, here, names) ?? (last === undefined ? null : { at: last }))
  if (ask) await parts.panel.explain({ document, found: lastResult(trace, now.pick), ask })
  else void window.showInformationMessage(l10n.t("There is no tensor here. Put the cursor on one, and run the snippet first."))
}
