// Results: what the last run of each document left, and how far the document has moved on since. Every surface (inline,
// hover, problems, panel, API) reads it and hears of changes from here, so that they never disagree.

import { EventEmitter, type Disposable, type TextDocument, type TextDocumentChangeEvent, type Uri } from "vscode"
import type { FaultData, LoopTrace, RunResult, Trace, VerdictData } from "../engine/protocol/api.ts"
import { inlineTexts, type InlineText, type IterationPick } from "./inlineTexts.ts"
import { LineMap } from "./lineMap.ts"
import { momentOf } from "./turns.ts"

/** The run before the last one, for the difference between the two. */
export interface PreviousRun {
  readonly runId: number
  readonly trace: Trace
  /** Where a line of its source stood in the source of the last run; null where it was gone. */
  lineNow(line: number): number | null
}

/** The last run of one document. */
export interface DocumentResult {
  readonly uri: Uri
  /** As it is shown: the run's own, or with the trace of the turn that was picked. */
  readonly result: RunResult
  /** The whole run. */
  readonly run: RunResult
  /** From the lines that ran to the lines of now. */
  readonly lines: LineMap
  readonly isStale: boolean
  readonly pick: IterationPick | null
  /** How far the picked turn has been repeated: all of it is shown once its loops are there. */
  readonly turn: "none" | "awaited" | { readonly loops: readonly LoopTrace[] } | { readonly failure: string }
  readonly previous: PreviousRun | null
}

/** The last result of each document. */
export class Results implements Disposable {
  readonly #all = new Map<string, DocumentResult>()
  readonly #pending = new Map<string, { readonly lines: LineMap; readonly previous: PreviousRun | null }>()
  readonly #changed = new EventEmitter<Uri>()
  /** Fires for a document whose result, or what is picked of it, changed. */
  readonly onDidChange = this.#changed.event
  readonly #judged = new EventEmitter<DocumentResult>()
  /** Fires when the verdicts of a result that is shown already are all there. */
  readonly onDidJudge = this.#judged.event

  get(uri: Uri): DocumentResult | undefined {
    return this.#all.get(uri.toString())
  }

  get size(): number {
    return this.#all.size
  }

  /** All of them, the newest last. */
  all(): readonly DocumentResult[] {
    return [...this.#all.values()]
  }

  /** Starts to follow the lines of a document whose text is being sent. */
  begin({ uri, lineCount }: TextDocument): void {
    const held = this.get(uri)
    const previous = held ? { runId: held.run.runId, trace: held.run.trace, lineNow: held.lines.frozen() } : null
    this.#pending.set(uri.toString(), { lines: new LineMap(lineCount), previous })
  }

  /**
   * Takes a result in. `version` is the document's version when it was sent: a document that has moved on is stale at
   * once. A program that could not be read at all leaves the old values standing, dimmed.
   */
  set(document: TextDocument, version: number, result: RunResult): void {
    const key = document.uri.toString()
    const old = this.#all.get(key)
    const { lines, previous } = this.#pending.get(key) ?? { lines: new LineMap(document.lineCount), previous: null }
    this.#all.delete(key)
    this.#pending.delete(key)
    if (old && result.error?.name === "SyntaxError" && result.trace.records.length === 0) {
      this.#all.set(key, { ...old, isStale: true })
    } else {
      const isStale = document.version !== version
      this.#all.set(key, { uri: document.uri, result, run: result, lines, isStale, pick: null, turn: "none", previous })
    }
    this.#changed.fire(document.uri)
  }

  /** Takes in the verdicts that came after a run's values; those of a run that was replaced are dropped. */
  judge(uri: Uri, runId: number, verdicts: readonly VerdictData[]): void {
    const held = this.get(uri)
    if (held?.result.runId !== runId) return
    const told = ({ verdictsPending: _, ...result }: RunResult): RunResult => ({ ...result, verdicts })
    const judged = { ...held, result: told(held.result), run: told(held.run) }
    this.#all.set(uri.toString(), judged)
    this.#judged.fire(judged)
  }

  /** Shows another time of a loop, as far as it was sampled. */
  pick(uri: Uri, pick: IterationPick | null, isAwaited = false): void {
    const held = this.get(uri)
    if (held) this.#replace(uri, { pick, result: held.run, turn: isAwaited ? "awaited" : "none" })
  }

  /** The picked turn was repeated: this is what its places had then. Or it could not be. */
  arrive(uri: Uri, pick: IterationPick, then: Trace | { readonly failure: string }): void {
    const held = this.get(uri)
    if (held?.pick !== pick) return
    if ("failure" in then) this.#replace(uri, { turn: then })
    else this.#replace(uri, { turn: { loops: then.loops ?? [] }, result: { ...held.run, trace: momentOf(held.run.trace, then) } })
  }

  /** Follows an edit. */
  edited({ document, contentChanges }: TextDocumentChangeEvent): void {
    const held = this.get(document.uri)
    const pending = this.#pending.get(document.uri.toString())
    if (contentChanges.length === 0 || (!held && !pending)) return
    // Bottom-most first, so that a change does not move the lines of the next.
    const changes = [...contentChanges].sort((a, b) => b.range.start.compareTo(a.range.start))
    for (const { range, text } of changes) {
      const change = {
        startLine: range.start.line + 1,
        fromStart: range.start.character === 0,
        endLine: range.end.line + 1,
        breaks: text.split("\n").length - 1,
      }
      held?.lines.apply(change)
      pending?.lines.apply(change)
    }
    const movesLines = changes.some(({ range, text }) => !range.isSingleLine || text.includes("\n"))
    // VS Code moves what is painted within a line by itself: while someone types, nothing is painted anew.
    if (held && (movesLines || !held.isStale)) this.#replace(document.uri, { isStale: true })
  }

  /** Forgets one document's result, or every one. */
  clear(uri?: Uri): void {
    const uris = uri ? [uri] : this.all().map((held) => held.uri)
    for (const each of uris) if (this.#all.delete(each.toString())) this.#changed.fire(each)
  }

  dispose(): void {
    this.#changed.dispose()
    this.#judged.dispose()
  }

  #replace(uri: Uri, change: Partial<Pick<DocumentResult, "isStale" | "pick" | "result" | "turn">>): void {
    const held = this.get(uri)
    if (!held) return
    this.#all.set(uri.toString(), { ...held, ...change })
    this.#changed.fire(uri)
  }
}

/** What is shown inline in a document now, by the lines of now. */
export function shownTexts({ result, lines, pick }: DocumentResult): readonly InlineText[] {
  return inlineTexts(result, pick).flatMap(({ line, text }) => {
    const now = lines.now(line)
    return now === null ? [] : [{ line: now, text }]
  })
}

/** What broke a document's last run, at its line of now. Null where nothing did, where it lies in another file, after Stop, and after an edit, which may have mended it. */
export function shownFault({ run, lines, isStale }: DocumentResult): { readonly line: number; readonly fault: FaultData } | null {
  const fault = run.error
  if (!fault || fault.file || fault.name === "Stopped" || isStale) return null
  const line = lines.now(fault.line)
  return line === null ? null : { line, fault }
}
