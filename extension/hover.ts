// Hover: the value, gradient and chain of what stands under the mouse. The words are hoverText's.

import { Hover, l10n, MarkdownString, type HoverProvider, type Position, type TextDocument, type Uri } from "vscode"
import type { Documents } from "./documents.ts"
import { tensorOf, valueAt, type Found, type Place } from "./finding.ts"
import { hoverText } from "./hoverText.ts"
import { placeOf } from "./places.ts"
import type { DocumentResult } from "./results.ts"
import { settingsFor } from "./settings.ts"
import { verdictsOn, verdictText } from "./verdictWords.ts"

/** The commands that a hover's links may run, and nothing else. */
const linked = ["autograd.showGraph", "autograd.explain", "autograd.copyValue", "autograd.pickIteration"]

export class ValueHover implements HoverProvider {
  readonly #documents: Documents
  readonly #seen: (uri: Uri) => DocumentResult | undefined

  /** `seen` gives what may be seen of a document's last run. */
  constructor(documents: Documents, seen: (uri: Uri) => DocumentResult | undefined) {
    this.#documents = documents
    this.#seen = seen
  }

  provideHover(document: TextDocument, position: Position): Hover | undefined {
    if (!settingsFor(document.uri).hover || !this.#documents.isSnippet(document)) return undefined
    const held = this.#seen(document.uri)
    const found = held && foundAt(held, placeOf(document, position))
    if (!held || !found) return undefined
    const text = new MarkdownString(hoverText(found, { isStale: held.isStale, links: linksFor(document.uri, held, found), verdicts: verdictLines(held, found) }, l10n), true)
    text.isTrusted = { enabledCommands: linked }
    return new Hover(text, document.getWordRangeAtPosition(position))
  }
}

/** The value at a place of the document as it is now; nothing on a line that is new or was edited since the run. */
export function foundAt({ result, lines, pick }: DocumentResult, place: Place): Found | null {
  const then = lines.then(place.line)
  if (then === null || lines.isTouched(then)) return null
  return valueAt(result.trace, { ...place, line: then }, pick)
}

/** Where a command that a link runs should look: the place, by the lines of now. */
export interface LinkTarget {
  readonly uri: string
  readonly line: number
  readonly column: number
}

/** What the verdicts on the variable say, by the lines of now. */
function verdictLines({ result, lines }: DocumentResult, { record }: Found): readonly string[] {
  if (record.name === undefined || record.kind !== "binding") return []
  return verdictsOn(result.verdicts ?? [], record.name, record.span).map((one) => `${one.id === "growing-graph" ? "$(warning)" : "$(lightbulb)"} ${verdictText(one, l10n, lines.now(one.line) ?? one.line)}`)
}

function linksFor(uri: Uri, { lines }: DocumentResult, found: Found): readonly string[] {
  const { record } = found
  const line = lines.now(record.span.line) ?? record.span.line
  const target: LinkTarget = { uri: uri.toString(), line, column: record.span.column }
  const tensor = tensorOf(found)
  const isTracked = tensor?.requires_grad === true
  const links = isTracked ? [link("$(type-hierarchy-sub)", l10n.t("Show in graph"), "autograd.showGraph", target)] : []
  if (isTracked) links.push(link("$(symbol-operator)", l10n.t("Explain"), "autograd.explain", target))
  links.push(link("$(copy)", l10n.t("Copy"), "autograd.copyValue", target))
  if (record.count > 1) links.push(link("$(history)", l10n.t("Pick iteration"), "autograd.pickIteration", target))
  return links
}

function link(icon: string, title: string, command: string, target: LinkTarget): string {
  return `[${icon} ${title}](command:${command}?${encodeURIComponent(JSON.stringify([target]))})`
}
