// Problems: a run's fault, its warnings and its verdicts as squiggles at their exact places, with the places that explain
// them.

import { Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, l10n, languages, Location, Uri, workspace, type Disposable, type TextDocument } from "vscode"
import type { FaultData, Span, VerdictData } from "../engine/protocol/api.ts"
import { faultText } from "./faultText.ts"
import { inUsersWords } from "./faultWords.ts"
import { rangeOf } from "./places.ts"
import type { DocumentResult, Results } from "./results.ts"
import { verdictText } from "./verdictWords.ts"

/** Stands beside each of our squiggles. */
export const source = "autograd"

export class Problems implements Disposable {
  readonly #results: Results
  readonly #collection = languages.createDiagnosticCollection(source)
  /** Which files a document's last run put squiggles into: its own, and neighbours where the fault lies there. */
  readonly #touched = new Map<string, readonly Uri[]>()

  constructor(results: Results) {
    this.#results = results
  }

  /** Shows what the last run of a document found; nothing when it was cleared. */
  show(document: TextDocument, found: Pick<DocumentResult["result"], "error" | "warnings" | "verdicts">): void {
    const { uri } = document
    this.clear(uri)
    const byFile = new Map<string, { readonly uri: Uri; readonly diagnostics: Diagnostic[] }>()
    const put = (at: Uri, diagnostic: Diagnostic): void => {
      const entry = byFile.get(at.toString()) ?? { uri: at, diagnostics: [] }
      byFile.set(at.toString(), entry)
      entry.diagnostics.push(diagnostic)
    }
    const add = (fault: FaultData, severity: DiagnosticSeverity): void => put(fileOf(fault, uri), diagnosticOf(fault, severity, uri, document))
    if (found.error) add(found.error, severityOf(found.error))
    for (const warning of found.warnings) add(warning, DiagnosticSeverity.Warning)
    for (const verdict of found.verdicts ?? []) if (verdict.span && verdict.asked !== false) put(uri, verdictDiagnostic(verdict, verdict.span, uri, document))
    for (const entry of byFile.values()) this.#collection.set(entry.uri, entry.diagnostics)
    this.#touched.set(uri.toString(), [...byFile.values()].map((entry) => entry.uri))
  }

  /** Takes away what a document's runs put up, or everything. */
  clear(uri?: Uri): void {
    for (const [key, uris] of this.#touched) {
      if (uri && key !== uri.toString()) continue
      for (const each of uris) this.#collection.delete(each)
      this.#touched.delete(key)
    }
  }

  /** Follows Results: a document without a result has no problems of ours. */
  refresh(uri: Uri): void {
    if (!this.#results.get(uri)) this.clear(uri)
  }

  dispose(): void {
    this.#collection.dispose()
  }
}

function diagnosticOf(fault: FaultData, severity: DiagnosticSeverity, uri: Uri, document: TextDocument): Diagnostic {
  const diagnostic = new Diagnostic(rangeOf(fault, fault.file ? undefined : document), faultText(fault, l10n), severity)
  diagnostic.source = source
  diagnostic.code = fault.name
  diagnostic.relatedInformation = (fault.related ?? []).map(
    ({ message, span }) => new DiagnosticRelatedInformation(new Location(fileOf(span, uri), rangeOf(span, span.file ? undefined : document)), inUsersWords(message, l10n)),
  )
  return diagnostic
}

function verdictDiagnostic(verdict: VerdictData, span: Span, uri: Uri, document: TextDocument): Diagnostic {
  const { id, name, definition } = verdict
  const severity = id === "growing-graph" ? DiagnosticSeverity.Warning : id === "broadcast-sum" ? DiagnosticSeverity.Hint : DiagnosticSeverity.Information
  const diagnostic = new Diagnostic(rangeOf(span, document), verdictText(verdict, l10n), severity)
  diagnostic.source = source
  diagnostic.code = id
  const isElsewhere = definition !== undefined && (definition.line !== span.line || definition.column !== span.column)
  if (isElsewhere) diagnostic.relatedInformation = [new DiagnosticRelatedInformation(new Location(uri, rangeOf(definition, document)), l10n.t("{0} got its value here.", name))]
  return diagnostic
}

/** Who pressed Stop made no mistake. */
function severityOf({ name }: FaultData): DiagnosticSeverity {
  return name === "Stopped" ? DiagnosticSeverity.Information : DiagnosticSeverity.Error
}

/** The file that a place lies in: the snippet, or one of its neighbours (by path, or as it was imported). */
function fileOf({ file }: Span, uri: Uri): Uri {
  if (!file) return uri
  if (file.startsWith(".")) return Uri.joinPath(uri, "..", file)
  const path = uri.scheme === "file" ? Uri.file(file).path : file
  return workspace.textDocuments.find((document) => document.uri.path === path)?.uri ?? uri.with({ path })
}
