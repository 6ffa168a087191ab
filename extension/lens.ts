// Lens: ▷ Run above every program and every cell; Stop while one runs; why nothing runs where the folder is not trusted.

import { CodeLens, EventEmitter, l10n, Range, type CodeLensProvider, type Disposable, type TextDocument, type Uri } from "vscode"
import type { Documents } from "./documents.ts"
import { lastGradient, lastResult } from "./finding.ts"
import type { DocumentResult, Results } from "./results.ts"
import type { Session } from "./session.ts"
import { settingsFor } from "./settings.ts"
import type { Program } from "./snippets.ts"
import { isTrusted, trustReason } from "./trust.ts"

export class RunLens implements CodeLensProvider, Disposable {
  readonly #documents: Documents
  readonly #session: Session
  readonly #results: Results
  readonly #seen: (uri: Uri) => DocumentResult | undefined
  readonly #changed = new EventEmitter<void>()
  #last = JSON.stringify([false, []])
  #showsStop = false
  readonly onDidChangeCodeLenses = this.#changed.event

  /** `seen`: the part of a document's result that may be shown now. */
  constructor(documents: Documents, session: Session, results: Results, seen: (uri: Uri) => DocumentResult | undefined) {
    this.#documents = documents
    this.#session = session
    this.#results = results
    this.#seen = seen
  }

  /** Asks VS Code to draw the lenses anew. */
  refresh(): void {
    this.#changed.fire()
  }

  /** The same, but only when they would change: a lens that is drawn anew under the mouse loses the click. */
  refreshIfChanged(): void {
    this.#face(this.#session.state === "running")
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const { uri } = document
    if (!settingsFor(uri).codeLens) return []
    return this.#documents.programs(document).flatMap((program) => [...this.#programLenses(uri, program), ...this.#cellLenses(uri, program)])
  }

  dispose(): void {
    this.#changed.dispose()
  }

  #face(showsStop: boolean): void {
    this.#showsStop = showsStop
    const withGraph = this.#results.all().filter(({ result }) => lastResult(result.trace)).map(({ uri, result }) => `${uri.toString()} ${lastGradient(this.#seen(uri)?.result.trace ?? result.trace) ?? ""}`)
    const face = JSON.stringify([showsStop, withGraph.sort()])
    if (face === this.#last) return
    this.#last = face
    this.refresh()
  }

  #programLenses(uri: Uri, program: Program): CodeLens[] {
    const at = lineRange(program.headLine)
    if (!isTrusted()) {
      return [new CodeLens(at, { title: `$(shield) ${l10n.t("Not run: Restricted Mode")}`, tooltip: trustReason(), command: "workbench.trust.manage" })]
    }
    if (this.#showsStop) {
      return [new CodeLens(at, { title: l10n.t("■ Stop"), tooltip: l10n.t("End the run in progress"), command: "autograd.stop" })]
    }
    const run = new CodeLens(at, { title: l10n.t("▷ Run"), tooltip: l10n.t("Run the whole snippet"), command: "autograd.run", arguments: [uri, program.startLine] })
    const held = this.#results.get(uri)
    if (!held || !lastResult(held.result.trace)) return [run]
    const graph = new CodeLens(at, { title: l10n.t("Show Graph"), tooltip: l10n.t("The backward graph of the last result"), command: "autograd.showGraph", arguments: [uri] })
    const name = lastGradient(this.#seen(uri)?.result.trace ?? held.result.trace)
    if (name === undefined) return [run, graph]
    return [run, graph, new CodeLens(at, { title: l10n.t("Explain {0}", `${name}.grad`), tooltip: l10n.t("How this gradient came about, factor by factor"), command: "autograd.explain", arguments: [uri, name] })]
  }

  #cellLenses(uri: Uri, program: Program): CodeLens[] {
    if (!isTrusted() || this.#showsStop) return []
    return program.cells
      .filter(({ isMarked }) => isMarked)
      .map(({ startLine }) => new CodeLens(lineRange(startLine), {
        title: l10n.t("▷ Run Cell"),
        tooltip: l10n.t("Run from the top through this cell: every run starts fresh"),
        command: "autograd.runCell",
        arguments: [uri, startLine],
      }))
  }
}

function lineRange(line: number): Range {
  return new Range(line - 1, 0, line - 1, 0)
}
