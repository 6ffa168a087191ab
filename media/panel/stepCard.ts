// One step of a backward pass in words and numbers: what arrived, the local rule, what is given on, the `+=`. Apart from
// the view, which knows when which step is shown.
import type { BackwardPass, BackwardStep, Gathered, PassedOn, Span } from "../../engine/protocol/api.ts"
import { glyph } from "./card.ts"
import { drawn, element } from "./dom.ts"
import { valueGrid } from "./grid.ts"
import { formula } from "./math.ts"
import { onOneLine } from "./repr.ts"
import type { Standing } from "./stepsModel.ts"
import type { StepsWords } from "./stepsWords.ts"
import type { Strings } from "./strings.ts"

export interface StepActions {
  /** What the learner calls a graph node. */
  nameOf(node: string): string | undefined
  reveal(span: Span): void
}

const inlineText = 48

/** The card of what stands at a position of the pass. */
export function stepCard(pass: BackwardPass, position: number, { step, gradients }: Standing, words: StepsWords, strings: Strings, actions: StepActions): HTMLElement[] {
  const told = step === null ? startOf(pass, words, actions) : stepOf(step, position, words, strings, actions)
  const isEnd = position === pass.steps.length && position > 0
  const left = isEnd && pass.omitted > 0 ? [element("p", { class: "note" }, words.omitted(pass.omitted))] : []
  const end = isEnd && step?.failed !== true ? [element("p", { class: "hint" }, words.ends)] : []
  return [...told, gradientTable(gradients, words), ...left, ...end]
}

/** A tensor's numbers on one line, cut where they are many. */
export function short(text: string | null, words: StepsWords, most = inlineText): string {
  if (text === null) return words.nothing
  const line = onOneLine(text)
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}

function startOf({ span, steps }: BackwardPass, words: StepsWords, actions: StepActions): HTMLElement[] {
  const first = steps[0]
  const how = first === undefined ? "" : words.beginsHow(first.name, short(first.arrived[0] ?? null, words))
  return [heading(words.begins(span?.line ?? null), null, span, words, actions), element("p", {}, how)]
}

function stepOf(step: BackwardStep, position: number, words: StepsWords, strings: Strings, actions: StepActions): HTMLElement[] {
  const parts = [heading(step.name, position, step.span, words, actions)]
  const isOne = step.arrived.length === 1
  step.arrived.forEach((gradient, output) => {
    const title = isOne ? words.arrived : words.arrivedAt(output)
    if (gradient !== null) parts.push(section(title, "arrived", valueGrid(gradient, undefined, title, strings)))
  })
  const rules = [...(step.formula === undefined ? [] : [step.formula]), ...(step.slopes ?? [])]
  if (rules.length > 0) parts.push(section(words.rule, "rule", element("div", { class: "formulas" }, ...rules.map(formula))))
  if (step.failed === true) parts.push(element("p", { class: "note" }, `⚠ ${words.failed}`))
  if (step.collected === true) parts.push(element("p", { class: "note" }, words.collected))
  if (step.passed.length > 0) parts.push(section(words.passes, "passed", element("div", {}, ...step.passed.map((one) => passedOn(step, one, words, strings, actions)))))
  for (const one of step.gathered ?? []) parts.push(section(words.gathers, "gathered", plus(one, words, actions)))
  return parts
}

function heading(text: string, number: number | null, span: Span | undefined, words: StepsWords, actions: StepActions): HTMLElement {
  const mark = drawn("svg", { class: "mark grad_fn", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph("grad_fn")))
  const head = element("h2", {}, ...(number === null ? [] : [element("span", { class: "order" }, String(number))]), mark, text)
  if (span === undefined) return element("header", {}, head)
  const link = element("button", { type: "button", class: "link" }, span.file === undefined ? words.goToLine(span.line) : `${span.file}:${span.line}`)
  link.addEventListener("click", () => actions.reveal(span))
  return element("header", {}, head, link)
}

function section(title: string, part: string, content: HTMLElement): HTMLElement {
  return element("section", { "data-part": part }, element("h3", {}, title), content)
}

function passedOn(step: BackwardStep, { to, name, grad, slope }: PassedOn, words: StepsWords, strings: Strings, actions: StepActions): HTMLElement {
  const title = words.passesTo(actions.nameOf(to) ?? name)
  const box = element("div", { class: "passedOn" }, element("p", {}, element("span", { class: "arrow", "aria-hidden": "true" }, "→ "), title))
  if (grad === null) {
    box.append(element("p", { class: "hint" }, words.cut))
    return box
  }
  const arrived = step.arrived[0]
  if (slope !== undefined && arrived !== null && arrived !== undefined) {
    box.append(element("p", { class: "code product" }, words.product(short(arrived, words), short(slope, words), short(grad, words))))
    if (sizeOf(slope) !== sizeOf(grad)) box.append(element("p", { class: "hint" }, words.summed))
  }
  box.append(valueGrid(grad, undefined, title, strings))
  return box
}

/** How many numbers a text shows: a repeated input gets the sum of more than it has elements. */
function sizeOf(text: string): number {
  return onOneLine(text).split(",").length
}

function plus({ tensor, name, before, added, after }: Gathered, words: StepsWords, actions: StepActions): HTMLElement {
  return element("p", { class: "code" }, words.sum(name ?? actions.nameOf(tensor) ?? "", before === null ? null : short(before, words), short(added, words), short(after, words)))
}

function gradientTable(gradients: Standing["gradients"], words: StepsWords): HTMLElement {
  const box = element("section", { "data-part": "gradients" }, element("h3", {}, words.gradients))
  if (gradients.length === 0) {
    box.append(element("p", { class: "hint" }, words.noGradients))
    return box
  }
  const list = element("dl", { class: "facts gradients" })
  for (const { tensor, name, grad, isNew } of gradients) {
    list.append(
      element("dt", { class: "code" }, `${name}.grad`),
      element("dd", { class: isNew ? "code new" : "code", "data-gradient": tensor }, ...(isNew ? [element("span", { class: "sign" }, "+= ")] : []), short(grad, words, 160)),
    )
  }
  box.append(list)
  return box
}
