// The graph against that of the run before: a switch, marks on the cards of what appeared or changed, and a list that has
// what vanished as well. Apart from the picture, which it marks.
import type { Graph, GraphNode, PanelModel } from "../../engine/protocol/api.ts"
import type { ChangedPart, GraphDifference } from "../../engine/protocol/difference.ts"
import { iconButton } from "./controls.ts"
import { comparisonWordsFor, type ComparisonWords } from "./comparisonWords.ts"
import { drawn, element } from "./dom.ts"
import type { View } from "./fold.ts"
import { onOneLine } from "./repr.ts"
import type { ViewContext } from "./view.ts"

/** Entries of one kind that the list has; a loop with other turns has thousands. */
const mostListed = 60

type Mark = "added" | "changed"

const glyphs = { added: "+", removed: "−", changed: "Δ" } as const

export interface Comparison {
  readonly button: HTMLElement
  readonly list: HTMLElement
  /** A model came. */
  show(model: PanelModel): void
  /** Marks the cards that are drawn now. */
  mark(view: View, card: (id: string) => SVGGElement | undefined): void
  /** It may have been switched in another view. */
  refresh(): void
}

/** The comparison of a view; `changed` is called when it was switched. */
export function comparison(context: ViewContext, changed: () => void): Comparison {
  const words = comparisonWordsFor(context.language)
  const list = element("section", { class: "changes", "aria-label": words.list, hidden: "" })
  let model: PanelModel | null = null

  const button = iconButton(words.compare, "M2 4.5 H8 M5 1.5 V7.5 M8.5 12 H14.5 M3 14 L13 2", () => {
    context.state.compares = !context.state.compares
    redraw()
    changed()
  })
  const redraw = (): void => {
    button.setAttribute("aria-pressed", String(context.state.compares))
    button.classList.toggle("pressed", context.state.compares)
    list.hidden = !context.state.compares || model?.graph === null || model === null
    list.replaceChildren(...(list.hidden || !model?.graph ? [] : entries(model.graph, model.difference, words, context)))
  }
  const made: Comparison = {
    button,
    list,
    refresh: redraw,
    show: (next) => {
      model = next
      redraw()
    },
    mark: (view, card) => {
      const difference = context.state.compares ? model?.difference : undefined
      const added = new Set(difference?.added)
      const parts = new Map(difference?.changed.map((change) => [change.id, change]))
      const within = new Map<string, { added: number; changed: number }>()
      for (const [node, home] of view.home) {
        if (node === home || (!added.has(node) && !parts.has(node))) continue
        const counts = within.get(home) ?? { added: 0, changed: 0 }
        counts[added.has(node) ? "added" : "changed"] += 1
        within.set(home, counts)
      }
      for (const { id } of view.items) {
        const counts = within.get(id)
        const change = parts.get(id)
        const kind: Mark | null = added.has(id) ? "added" : change !== undefined ? "changed" : counts === undefined ? null : counts.changed === 0 ? "added" : "changed"
        const text = counts !== undefined ? words.inside(counts.added, counts.changed) : change !== undefined ? `${words.changed}: ${partsText(change.parts, words)}` : words.added
        dress(card(id), kind, text)
      }
    },
  }
  redraw()
  return made
}

/** A glyph, a class and words on a card; null takes them off. */
function dress(card: SVGGElement | undefined, kind: Mark | null, text: string): void {
  if (card === undefined) return
  card.classList.remove("added", "changed")
  card.querySelector(".difference")?.remove()
  if (kind === null) return
  card.classList.add(kind)
  const box = card.querySelector<SVGGraphicsElement>(".face")?.getBBox()
  if (box === undefined) return
  const [x, y] = [box.x + box.width, box.y]
  card.append(drawn("g", { class: "difference" }, drawn("circle", { cx: x, cy: y, r: 9 }), drawn("text", { x, y: y + 4.5 }, glyphs[kind]), drawn("title", {}, text)))
}

function entries(graph: Graph, difference: GraphDifference | undefined, words: ComparisonWords, context: ViewContext): HTMLElement[] {
  if (difference === undefined) return [element("p", { class: "hint" }, words.noneBefore)]
  const { added, removed, changed } = difference
  if (added.length + removed.length + changed.length === 0) return [element("p", { class: "hint" }, words.same)]
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const link = (id: string): HTMLElement => {
    const node = nodes.get(id)
    const made = element("button", { type: "button", class: "nodeLink" }, node?.name ?? id)
    made.addEventListener("click", () => context.selectNode(id, "focus", true))
    return made
  }
  const rest = (count: number): HTMLElement[] => (count > mostListed ? [element("li", { class: "hint" }, context.strings.more(count - mostListed))] : [])
  const item = (kind: keyof typeof glyphs, ...content: (Node | string)[]): HTMLElement =>
    element("li", { class: kind }, element("span", { class: "glyph", "aria-hidden": "true" }, glyphs[kind]), element("span", { class: "kindWord" }, words[kind]), ...content)
  const place = (node: GraphNode | undefined): HTMLElement => element("span", { class: "hint" }, node?.span === undefined ? "" : words.line(node.span.line))
  return [
    element("h2", {}, `${words.heading}: ${words.counts(added.length, removed.length, changed.length)}`),
    element("ul", {},
      ...added.slice(0, mostListed).map((id) => item("added", link(id), place(nodes.get(id)))), ...rest(added.length),
      ...removed.slice(0, mostListed).map((node) => item("removed", element("s", {}, node.name), element("span", { class: "hint" }, node.span === undefined ? "" : words.wasLine(node.span.line)), ...numbersOf(node))), ...rest(removed.length),
      ...changed.slice(0, mostListed).map(({ id, was, parts }) => item("changed", link(id), place(nodes.get(id)), ...partsOf(was, nodes.get(id), parts, words))), ...rest(changed.length)),
  ]
}

/** `grad [[4.5]] → [[2.25]]` for what has numbers, a word for the rest. */
function partsOf(was: GraphNode, is: GraphNode | undefined, parts: readonly ChangedPart[], words: ComparisonWords): HTMLElement[] {
  return parts.map((part) => {
    const [before, after] = [textOf(was, part), is === undefined ? "" : textOf(is, part)]
    if (part === "inputs") return element("span", { class: "hint" }, words.parts.inputs)
    return element("span", {}, element("span", { class: "label" }, words.parts[part]), " ", element("span", { class: "code" }, `${before} → ${after}`))
  })
}

function numbersOf(node: GraphNode): HTMLElement[] {
  return node.value === undefined ? [] : [element("span", { class: "code" }, textOf(node, "value"))]
}

function textOf(node: GraphNode, part: ChangedPart): string {
  if (part === "shape") return `[${(node.shape ?? []).join(", ")}]`
  if (part === "value" || part === "grad") {
    const text = node[part] === undefined ? "None" : onOneLine(node[part])
    return text.length > 90 ? `${text.slice(0, 88)}…` : text
  }
  return part === "kind" ? node.kind : (node.dtype ?? "")
}

function partsText(parts: readonly ChangedPart[], words: ComparisonWords): string {
  return parts.map((part) => words.parts[part]).join(", ")
}
