// Everything about the selected node: values, gradient, formula, saved tensors, neighbours, and the way to its line.
import type { GraphNode, PanelVerdict, SavedTensor, Span } from "../../engine/protocol/api.ts"
import { glyph } from "./card.ts"
import { textButton } from "./controls.ts"
import { drawn, element } from "./dom.ts"
import { factsOf, foldName, shapeText, type Facts } from "./facts.ts"
import type { Fold, Item } from "./fold.ts"
import { valueGrid } from "./grid.ts"
import { formula } from "./math.ts"
import { edgeKey, type GraphIndex } from "./model.ts"
import { onOneLine } from "./repr.ts"
import type { Strings } from "./strings.ts"
import { verdictNotes } from "./verdictNote.ts"

export interface DetailActions {
  select(id: string): void
  reveal(span: Span): void
  copy(text: string): void
  readonly verdicts: readonly PanelVerdict[]
  open(fold: Fold): void
  close(fold: Fold): void
  /** Explains the gradient of an element, or of the first of a tensor. */
  explain(at: string): void
}

/** The pane's content for the selected item. `around` are the open folds that it stands in, outermost first. */
export function detailsOf(index: GraphIndex, item: Item | null, around: readonly Fold[], strings: Strings, actions: DetailActions): HTMLElement[] {
  if (item === null) return [element("p", { class: "hint" }, strings.noSelection), keyList(strings)]
  const facts = factsOf(index, item, strings)
  const parts = [heading(facts, strings)]
  if (around.length > 0) parts.push(breadcrumb(around, strings, actions))
  if (item.kind === "fold") return [...parts, ...foldDetails(index, item, strings, actions)]
  const node = index.nodes.get(item.id)
  return node === undefined ? parts : [...parts, ...nodeDetails(index, node, strings, actions)]
}

function keyList(strings: Strings): HTMLElement {
  const list = element("dl", { class: "facts keys" })
  for (const [key, does] of strings.keys) list.append(element("dt", {}, element("kbd", {}, key)), element("dd", {}, does))
  return list
}

function heading(facts: Facts, strings: Strings): HTMLElement {
  const mark = drawn("svg", { class: `mark ${facts.kind}`, viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph(facts.kind)))
  return element("header", {}, element("h2", {}, mark, facts.name), element("p", { class: "hint" }, strings.kindLong[facts.kind]))
}

function breadcrumb(around: readonly Fold[], strings: Strings, actions: DetailActions): HTMLElement {
  const list = element("ol", { class: "around", "aria-label": strings.module })
  for (const fold of around) {
    const button = link(foldName(fold, strings), () => actions.close(fold))
    button.title = strings.closeFold(foldName(fold, strings))
    button.setAttribute("aria-label", button.title)
    list.append(element("li", {}, button))
  }
  return list
}

function foldDetails(index: GraphIndex, fold: Fold, strings: Strings, actions: DetailActions): HTMLElement[] {
  const list = element("ul", { class: "links" })
  for (const item of fold.items.slice(0, 12)) {
    const facts = factsOf(index, item, strings)
    list.append(element("li", {}, element("span", { class: "code" }, facts.name), ` ${facts.kindText}`))
  }
  if (fold.items.length > 12) list.append(element("li", {}, strings.more(fold.items.length - 12)))
  const rows = factsOf(index, fold, strings).rows.map(({ text }) => element("p", {}, text))
  return [...rows, textButton(strings.open, () => actions.open(fold)), list]
}

function nodeDetails(index: GraphIndex, node: GraphNode, strings: Strings, actions: DetailActions): HTMLElement[] {
  const parts: HTMLElement[] = []
  const facts = element("dl", { class: "facts" })
  const fact = (label: string, said: Node | string): void => facts.append(element("dt", {}, label), element("dd", {}, said))
  if (node.shape !== undefined) fact(strings.shape, element("span", { class: "code" }, shapeText(node.shape)))
  if (node.dtype !== undefined) fact(strings.dtype, element("span", { class: "code" }, node.dtype))
  const { span } = node
  if (span !== undefined) fact(strings.place, link(span.file === undefined ? strings.line(span.line) : `${span.file}:${span.line}`, () => actions.reveal(span), strings.goToLine(span.line)))
  if (node.scope !== undefined && node.scope.length > 0) fact(strings.module, element("span", { class: "code" }, node.scope.join(".")))
  if (facts.childElementCount > 0) parts.push(facts)

  const { value } = node
  if (value !== undefined) {
    const title = node.kind === "grad_fn" ? strings.valueOfResult : strings.valueOf
    parts.push(section(title, valueGrid(value, node.shape, `${node.name} ${strings.value}`, strings), { name: strings.copy, press: () => actions.copy(value) }))
  }
  const gradTitle = node.kind === "grad_fn" ? strings.gradArrived : strings.gradOf
  const isAsked = node.kind !== "grad_fn" && isAddress(node.name)
  const explain = isAsked ? { name: strings.explain, press: () => actions.explain(node.name) } : undefined
  if (node.grad !== undefined) parts.push(section(gradTitle, valueGrid(node.grad, node.shape, `${node.name} ${gradTitle}`, strings, isAsked ? (place) => actions.explain(node.name + place) : undefined), explain))
  else if (node.kind === "tensor" && explain !== undefined) parts.push(section(gradTitle, element("p", { class: "hint" }, strings.passesThrough), explain))
  else if (node.kind !== "tensor") parts.push(section(gradTitle, element("p", { class: "hint" }, strings.noGrad)))
  parts.push(...verdictNotes(node, actions.verdicts, strings, (place) => actions.reveal(place)))
  if (node.formula !== undefined) parts.push(section(strings.formula, formula(node.formula)))
  if (node.slopes !== undefined && node.slopes.length > 0) parts.push(section(strings.slopes, element("div", { class: "formulas" }, ...node.slopes.map(formula))))
  if (node.saved !== undefined && node.saved.length > 0) parts.push(section(strings.saved, savedList(node.saved, strings)))
  const made = neighbours(index, index.inputs.get(node.id) ?? [], (id) => edgeKey(id, node.id), strings, actions)
  if (made !== null) parts.push(section(strings.inputs, made))
  const uses = neighbours(index, index.uses.get(node.id) ?? [], (id) => edgeKey(node.id, id), strings, actions)
  if (uses !== null) parts.push(section(strings.uses, uses))
  return parts
}

/** Tells a name that the learner can write from a shape or the like. */
function isAddress(name: string): boolean {
  return /^[\p{L}_$\d][\p{L}\p{N}_$]*(\.[\p{L}\p{N}_$]+)*$/u.test(name)
}

function section(title: string, content: Element, action?: { readonly name: string; readonly press: () => void }): HTMLElement {
  const head = element("div", { class: "sectionHead" }, element("h3", {}, title))
  if (action !== undefined) head.append(link(action.name, action.press))
  return element("section", {}, head, content)
}

function savedList(saved: readonly SavedTensor[], strings: Strings): HTMLElement {
  const list = element("ul", { class: "saved" })
  for (const { name, shape, value, savedVersion, version } of saved) {
    const head = element("div", {}, element("span", { class: "code strong" }, name), element("span", { class: "hint" }, value === null ? "" : ` ${shapeText(shape)} `),
      element("span", { class: "hint" }, value === null ? ` ∅ ${strings.freed}` : strings.savedAt(savedVersion, version)))
    const item = element("li", {}, head)
    if (value !== null) item.append(element("div", { class: "code line" }, onOneLine(value)))
    if (value !== null && version !== savedVersion) item.append(element("div", { class: "warn" }, `⚠ ${strings.changed}`))
    list.append(item)
  }
  return list
}

function neighbours(index: GraphIndex, ids: readonly string[], key: (id: string) => string, strings: Strings, actions: DetailActions): HTMLElement | null {
  if (ids.length === 0) return null
  const list = element("ul", { class: "links" })
  for (const id of ids.slice(0, 50)) {
    const times = index.times.get(key(id)) ?? 1
    const node = index.nodes.get(id)
    if (node === undefined) continue
    list.append(element("li", {}, link(node.name, () => actions.select(id)), ` ${strings.kind[node.kind]}${times > 1 ? ` ${strings.times(times)}` : ""}`))
  }
  return list
}

function link(text: string, press: () => void, title?: string): HTMLButtonElement {
  const button = element("button", { type: "button", class: "link", ...(title === undefined ? {} : { title }) }, text)
  button.addEventListener("click", press)
  return button
}
