// Why the gradient of the selected tensor is as it is: the verdicts on it, in the words of the hover and of Problems, each
// with the way to the line that is the cause.
import type { GraphNode, PanelVerdict, Span } from "../../engine/protocol/api.ts"
import { textButton } from "./controls.ts"
import { element } from "./dom.ts"
import type { Strings } from "./strings.ts"

/** One note for each verdict on a named tensor; none for anything else. */
export function verdictNotes(node: GraphNode, verdicts: readonly PanelVerdict[], strings: Strings, reveal: (span: Span) => void): HTMLElement[] {
  if (node.kind === "grad_fn") return []
  const mine = verdicts.filter(({ name, definition }) => name === node.name && (definition === undefined || node.span === undefined || definition.line === node.span.line || verdicts.filter((other) => other.name === name).length === 1))
  return mine.map(({ text, span, isWarning }) => {
    const way = textButton(strings.line(span.line), () => reveal(span))
    way.setAttribute("aria-label", strings.goToLine(span.line))
    const said = element("p", {}, `${isWarning ? "⚠" : "ⓘ"} `)
    // The names between backquotes are code, as everywhere.
    text.split("`").forEach((part, i) => said.append(i % 2 === 1 ? element("code", {}, part) : part))
    return element("section", { class: isWarning ? "verdict warn" : "verdict", role: "note" }, said, way)
  })
}
