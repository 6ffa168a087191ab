// One explanation on the page: the derivative, its paths factor by factor, and how it was checked. Builds elements only;
// what is asked and when is explanationView's.
import type { Explanation, GradientPath, PanelVerdict, PathFactor, Span } from "../../engine/protocol/api.ts"
import { shortNumber, tinyIsZero } from "../../engine/protocol/explanation.ts"
import { glyph } from "./card.ts"
import { drawn, element, math } from "./dom.ts"
import { factorRule } from "./factorRule.ts"
import { foldFactors, partingOf, type FactorItem } from "./explanationFold.ts"
import { noteText, type ExplanationWords } from "./explanationWords.ts"
import { formula } from "./math.ts"

export interface PageContext {
  readonly words: ExplanationWords
  /** Why this gradient is as it is, in the user's language, with the place to look at. */
  readonly reasons: readonly PanelVerdict[]
  reveal(span: Span): void
  /** The program's lines. */
  readonly lines: readonly string[]
  /** A factor was chosen. */
  choose(factor: PathFactor): void
}

/** What the page is made of, and where the factors stand on it. */
export interface Page {
  readonly parts: readonly HTMLElement[]
  /** Every factor that is on the page, with its row. */
  readonly rows: readonly { readonly factor: PathFactor; readonly row: HTMLElement }[]
}

/** Paths that are open at first. */
const openPaths = 3

/** The whole explanation. */
export function explanationPage(explanation: Explanation, { of, at }: { readonly of: string; readonly at: string }, context: PageContext): Page {
  const { words } = context
  const rows: { factor: PathFactor; row: HTMLElement }[] = []
  const parts = [headline(explanation, of, at, words), ...context.reasons.map((reason) => reasonPart(reason, context)), ...pathParts(explanation, of, at, context, rows), checkPart(explanation, of, at, words)]
  return { parts, rows }
}

/** The number as it is shown: at most six digits, and what float32's rounding left of a sum that cancels is 0. */
function valueText(explanation: Explanation): string {
  return number(tinyIsZero(explanation))
}

/** `∂out/∂x[0][0] = 4.5` and how it stands to `.grad`. */
function headline(explanation: Explanation, of: string, at: string, words: ExplanationWords): HTMLElement {
  const value = valueText(explanation)
  const shown = math("math", math("mrow", derivative(of, at), math("mo", "="), math("mn", value)))
  shown.setAttribute("displaystyle", "true")
  shown.setAttribute("aria-label", words.headline(of, at, value))
  const part = element("div", { class: "headline" }, element("h2", {}, shown))
  const said = gradSentence(explanation, words)
  if (said !== "") part.append(element("p", {}, said))
  if (explanation.about?.weighed === true) part.append(element("p", { class: "hint" }, words.weighed(of)))
  return part
}

/** A verdict on this gradient, and the way to its line. */
function reasonPart({ text, span }: PanelVerdict, { words, reveal }: PageContext): HTMLElement {
  const button = element("button", { type: "button", class: "link" }, words.line(span.line))
  button.addEventListener("click", () => reveal(span))
  return element("p", { class: "reason" }, element("span", { "aria-hidden": "true" }, "ⓘ "), `${text} `, button)
}

function gradSentence(explanation: Explanation, words: ExplanationWords): string {
  const { about } = explanation
  if (about === undefined) return ""
  const { name, grad, added, passes } = about
  const place = `${name}.grad${about.at.slice(name.length)}`
  if (grad === null) return words.noGrad(name)
  const value = tinyIsZero(explanation)
  if (near(grad, value)) return `${words.same(place)}.`
  if (passes > 1 && added.some((one) => near(one.value, value))) {
    const sum = added.map((one) => bracketed(one.value)).join(" + ")
    const lines = [...new Set(added.map(({ line }) => line))].map((line) => words.line(line)).join(", ")
    return words.addsUp(place, number(grad), passes, passes > added.length ? `… + ${sum}` : sum, lines)
  }
  return words.differs(place, number(grad))
}

function pathParts(explanation: Explanation, of: string, at: string, context: PageContext, rows: { factor: PathFactor; row: HTMLElement }[]): HTMLElement[] {
  const { words } = context
  const { paths, verdicts } = explanation
  if (paths.length === 0) {
    const said = [element("p", {}, words.noPath(of, at))]
    if (context.reasons.length === 0) for (const { line } of verdicts ?? []) said.push(element("p", { class: "cause" }, `${words.line(line)}: `, element("code", {}, context.lines[line - 1]?.trim() ?? "")))
    return [element("section", {}, ...said)]
  }
  if (paths.length === 1 && paths[0].factors?.length === 0) return [element("section", {}, element("p", {}, words.itself))]
  const whole = paths.reduce((sum, { count }) => sum + count, 0)
  const head = element("h3", {}, whole === 1 ? words.onePath : words.sum(whole))
  const section = element("section", { class: "paths" }, head)
  if (whole > 1) section.append(sumLine(explanation))
  let told = 0
  for (const path of paths) {
    if (path.factors === undefined) {
      section.append(element("p", { class: "group" }, `${words.group(path.count.toLocaleString("en"), path.through ?? "")} `, element("strong", { class: "code" }, number(path.value))))
      continue
    }
    told += 1
    const parting = told === 1 ? -1 : partingOf(paths[0].factors ?? [], path.factors)
    section.append(pathPart(path, told, whole, parting, at, context, rows))
  }
  return [section]
}

/** `4.5 = 2.25 + 2.25`; a long sum is cut. */
function sumLine(explanation: Explanation): HTMLElement {
  const { paths } = explanation
  const shown = paths.length > 9 ? paths.slice(0, 8) : paths
  const terms = shown.map((path) => bracketed(path.value)).join(" + ")
  return element("p", { class: "sumLine" }, formula(`${valueText(explanation)} = ${terms}${shown.length < paths.length ? " + …" : ""}`))
}

function pathPart(path: GradientPath, place: number, whole: number, parting: number, at: string, context: PageContext, rows: { factor: PathFactor; row: HTMLElement }[]): HTMLElement {
  const { words } = context
  const factors = path.factors ?? []
  const list = element("ol", { class: "factors", "aria-label": words.factors })
  const row = (factor: PathFactor, i: number): HTMLElement => {
    const made = factorRow(factor, inputName(factors, i, at), i === parting, context)
    rows.push({ factor, row: made })
    return made
  }
  for (const item of foldFactors(factors)) list.append(...itemRows(item, row, words))
  // A long product breaks over lines as text; mathematics does not.
  const product = element("p", { class: "product" }, factors.length > 6 ? productText(path) : formula(productText(path)))
  if (whole === 1) return element("div", { class: "way" }, list, product)
  const head = element("summary", {}, element("span", {}, words.path(place, whole)), " · ", element("span", { class: "code" }, number(path.value)))
  return element("details", place <= openPaths ? { class: "way", open: "" } : { class: "way" }, head, list, product)
}

function itemRows(item: FactorItem, row: (factor: PathFactor, i: number) => HTMLElement, words: ExplanationWords): HTMLElement[] {
  if (item.kind === "factor") return [row(item.factor, item.at)]
  const inner = item.factors.map((factor, i) => row(factor, item.at + i))
  for (const one of inner) one.hidden = true
  const said = item.name === "" ? words.foldedPlain(inner.length) : words.folded(inner.length, item.name)
  const button = element("button", { type: "button", class: "link", "aria-expanded": "false" }, words.unfold)
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") === "true"
    button.setAttribute("aria-expanded", String(!isOpen))
    button.textContent = isOpen ? words.unfold : words.fold
    for (const one of inner) one.hidden = isOpen
  })
  const stack = drawn("svg", { class: "mark fold", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph("fold")))
  const line = element("li", { class: "factor folded" }, stack, element("span", { class: "what" }, `${said} `, button, element("span", { class: "hint" }, ` ${words.product}`)), element("span", { class: "slope" }, number(item.product)))
  return [line, ...inner]
}

function factorRow(factor: PathFactor, from: string, isParting: boolean, context: PageContext): HTMLElement {
  const { words } = context
  const made = outputName(factor)
  const note = noteText(factor.note, words)
  const place = factor.line > 0 ? words.line(factor.line) : ""
  const slope = number(factor.slope)
  const mark = drawn("svg", { class: "mark grad_fn", viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph("grad_fn")))
  const button = element("button", {
    type: "button",
    class: "what",
    "data-factor": factor.node,
    ...(factor.line > 0 ? { "data-line": String(factor.line) } : {}),
  }, element("span", { class: "code strong" }, made), " ", element("span", { class: "hint" }, [factor.node, ...(factor.scope === undefined ? [] : [factor.scope.join(".")])].join(" · ")),
  element("span", { class: "aloud" }, `, ${words.factor({ from, slope, note: [note, isParting ? words.parts : ""].filter((part) => part !== "").join("; "), place })}`))
  const says = element("span", { class: "rule" })
  const rule = factorRule(factor, factor.variable ?? factor.expression ?? null, number)
  if (rule !== null) says.append(rule)
  if ((rule?.getAttribute("aria-label") ?? "").length > 44) says.classList.add("long")
  if (note !== "") says.append(element("span", { class: "note", "aria-hidden": "true" }, note))
  if (isParting) says.append(element("span", { class: "parting", "aria-hidden": "true" }, words.parts))
  const row = element("li", { class: "factor" }, mark, button, says, element("span", { class: "slope", "aria-hidden": "true" }, slope), element("span", { class: "hint place", "aria-hidden": "true" }, place))
  // The whole row is a target for the mouse; the button in it is the one for the keyboard.
  row.addEventListener("click", () => context.choose(factor))
  return row
}

/** What the factor's operation made: the learner's name, else what they wrote, with the element's place. */
function outputName({ variable, expression, element: place = "", node, note }: PathFactor): string {
  if (note?.kind === "weight") return `v${place}`
  if (variable !== undefined) return variable + place
  if (expression === undefined) return node.replace(/Backward\d*$/, "").toLowerCase() + place
  return place === "" || /^[\w.$]+$/.test(expression) ? expression + place : `(${expression})${place}`
}

/** What the factor's input is: the next factor's output, at the end the element itself. */
function inputName(factors: readonly PathFactor[], i: number, at: string): string {
  const next = factors[i + 1]
  return next === undefined ? at : outputName(next)
}

function productText({ value, factors = [] }: GradientPath): string {
  const shown = factors.length > 12 ? [...factors.slice(0, 6), null, ...factors.slice(-5)] : factors
  return `${shown.map((factor) => (factor === null ? "…" : bracketed(factor.slope))).join(" · ")} = ${number(value)}`
}

function checkPart(explanation: Explanation, of: string, at: string, words: ExplanationWords): HTMLElement {
  const { finiteDifference, relativeGap, kink, sides } = explanation.check
  const section = element("section", { class: "check" }, element("h3", {}, words.check))
  if (finiteDifference === null) {
    section.append(element("p", {}, words.unmeasured))
    return section
  }
  const value = tinyIsZero(explanation)
  if (kink) {
    section.append(element("p", { class: "warn" }, `⚠ ${sides === undefined ? words.kinkBare(number(value)) : words.kink(number(sides[0]), number(sides[1]), number(value))}`))
    return section
  }
  const isNothing = Math.abs(finiteDifference) < 1e-6 && value === 0
  const agrees = isNothing || Math.abs(finiteDifference - value) <= 1e-6 + 1e-3 * Math.abs(value)
  const slope = number(isNothing ? 0 : finiteDifference)
  const mark = element("span", { "aria-hidden": "true" }, agrees ? "✓ " : "⚠ ")
  section.append(element("p", agrees ? {} : { class: "warn" }, mark, agrees ? words.agrees(at, of, slope) : words.disagrees(at, of, slope), isNothing || relativeGap === null ? "" : ` (${words.gap(relativeGap === 0 ? "0" : relativeGap.toExponential(1))})`))
  return section
}

function derivative(of: string, at: string): MathMLElement {
  return math("mfrac", math("mrow", math("mo", "∂"), math("mi", of)), math("mrow", math("mo", "∂"), math("mi", at)))
}

/** A number with a real minus sign. */
export function number(value: number): string {
  const text = Math.abs(value) < 1e-4 && value !== 0 ? String(Number(value.toPrecision(6)).toExponential()) : shortNumber(value)
  return text.replace(/^-/, "−")
}

function bracketed(value: number): string {
  return value < 0 ? `(${number(value)})` : number(value)
}

function near(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-6 + 1e-4 * Math.abs(b)
}
