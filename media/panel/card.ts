// Draws one node or fold as a card: its kind by outline, glyph and word, then one line each for what it holds.
import { drawn } from "./dom.ts"
import type { Facts, Kind } from "./facts.ts"

export const cardWidth = 224
const headHeight = 42
const rowHeight = 17
const side = 14
const labelWidth = 42

/** Measures and cuts text in the fonts of the page. */
export class Ruler {
  private readonly context: CanvasRenderingContext2D | null = document.createElement("canvas").getContext("2d")
  private readonly fonts: Readonly<Record<"name" | "code" | "plain", string>>

  constructor(page: HTMLElement) {
    const style = getComputedStyle(page)
    const plain = style.getPropertyValue("--vscode-font-family").trim() || style.fontFamily || "sans-serif"
    const code = style.getPropertyValue("--vscode-editor-font-family").trim() || "monospace"
    this.fonts = { name: `600 13px ${plain}`, code: `12px ${code}`, plain: `12px ${plain}` }
  }

  width(text: string, font: keyof Ruler["fonts"]): number {
    if (this.context === null) return text.length * 8
    this.context.font = this.fonts[font]
    return this.context.measureText(text).width
  }

  /** The longest beginning that fits, with `…` where something was cut; `middle` keeps the end as well. */
  cut(text: string, font: "name" | "code" | "plain", room: number, middle = false): string {
    if (this.width(text.slice(0, 400), font) <= room && text.length <= 400) return text
    let [fits, fails] = [0, Math.min(text.length, 400)]
    const shorten = (length: number): string => {
      const tail = middle ? Math.floor(length / 2) : 0
      return `${text.slice(0, length - tail).replace(/[\s…]+$/, "")}…${tail > 0 ? text.slice(-tail) : ""}`
    }
    while (fails - fits > 1) {
      const length = (fits + fails) >> 1
      if (this.width(shorten(length), font) <= room) fits = length
      else fails = length
    }
    return shorten(fits)
  }
}

/** How high a card with these facts is. */
export function cardHeight(facts: Facts): number {
  return headHeight + facts.rows.length * rowHeight + (facts.rows.length > 0 ? 10 : 4)
}

/** The card, its middle at the origin. The element takes focus; nothing in it does. */
export function drawCard(facts: Facts, ruler: Ruler): SVGGElement {
  const height = cardHeight(facts)
  const [left, top] = [-cardWidth / 2, -height / 2]
  const card = drawn("g", {
    class: `card ${facts.kind}`,
    role: "button",
    tabindex: -1,
    "data-name": facts.name,
    "data-kind": facts.kind,
    ...(facts.kind === "fold" ? { "data-fold": facts.id, "aria-expanded": "false" } : { "data-node": facts.id }),
    ...(facts.line === null ? {} : { "data-line": facts.line }),
  })
  if (facts.kind === "fold") {
    card.append(outline("fold", left + 8, top + 8, cardWidth, height, "behind"), outline("fold", left + 4, top + 4, cardWidth, height, "behind"))
  }
  card.append(outline(facts.kind, left - 4, top - 4, cardWidth + 8, height + 8, "ring"), outline(facts.kind, left, top, cardWidth, height, "face"))
  card.append(drawn("g", { class: "glyph", transform: `translate(${left + side} ${top + 10})` }, ...glyph(facts.kind)))
  const middle = facts.kind === "grad_fn"
  const name = ruler.cut(facts.name, "name", cardWidth - 2 * side - 20, middle)
  card.append(text("name", left + side + 20, top + 21, name))
  card.append(text("kind", left + side, top + 36, facts.shape === "" ? facts.kindText : `${facts.kindText} · ${ruler.cut(facts.shape, "plain", 90)}`))
  card.append(text("place", left + cardWidth - side, top + 36, ruler.cut(facts.place, "plain", 72)))
  if (facts.rows.length > 0) card.append(drawn("line", { class: "rule", x1: left + side, x2: left + cardWidth - side, y1: top + headHeight + 1, y2: top + headHeight + 1 }))
  let isCut = name !== facts.name
  facts.rows.forEach(({ label, text: said, part = "" }, at) => {
    const y = top + headHeight + 17 + at * rowHeight
    const indent = label === "" ? 0 : labelWidth
    if (label !== "") card.append(text(`label ${part}`.trim(), left + side, y, label))
    const shown = ruler.cut(said, label === "" ? "plain" : "code", cardWidth - 2 * side - indent)
    isCut ||= shown !== said
    card.append(text(`${label === "" ? "said" : "code"} ${part}`.trim(), left + side + indent, y, shown))
  })
  // The card is called by what stands on it; what did not fit is said after that.
  if (isCut) card.setAttribute("aria-description", [facts.name, ...facts.rows.map(({ label, text: said }) => `${label} ${said}`.trim())].join(", "))
  return card
}

/** The mark of a kind, 14 by 14: a leaf, a grid of numbers, ∂, a stack. */
export function glyph(kind: Kind): SVGElement[] {
  switch (kind) {
    case "leaf": return [drawn("path", { d: "M2 12 C2 5 6 2 12.5 1.5 C12.5 8 9 12 2 12 Z M2 12 L8 6" })]
    case "tensor": return [drawn("path", { d: "M1.5 1.5 H12.5 V12.5 H1.5 Z M1.5 7 H12.5 M7 1.5 V12.5" })]
    case "grad_fn": return [drawn("path", { d: "M4.6 2.6 C6.2 0.6 9.4 0.8 10.6 3.8 C11.8 7 10.8 13 6.4 13 C4 13 2.8 11.4 3 9.4 C3.3 6.4 8.6 4.6 10.9 8" })]
    case "fold": return [drawn("path", { d: "M1.5 1.5 H12.5 V12.5 H1.5 Z M7 4 V10 M4 7 H10" })]
  }
}

function outline(kind: Kind, x: number, y: number, width: number, height: number, part: "face" | "behind" | "ring"): SVGElement {
  if (kind === "grad_fn") {
    const point = 9
    const d = `M${x + point} ${y} H${x + width - point} L${x + width} ${y + point} V${y + height - point} L${x + width - point} ${y + height} H${x + point} L${x} ${y + height - point} V${y + point} Z`
    return drawn("path", { class: part, d })
  }
  return drawn("rect", { class: part, x, y, width, height, rx: kind === "leaf" ? 18 : 2 })
}

/** The space keeps the words of two texts apart where they are read out in a row. */
function text(part: string, x: number, y: number, said: string): SVGElement {
  return drawn("text", { class: part, x, y }, `${said} `)
}
