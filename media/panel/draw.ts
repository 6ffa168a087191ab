// Draws a view of the graph as SVG and keeps it in step with what is selected. Knows neither keys nor the extension.
import { Camera } from "./camera.ts"
import { cardHeight, cardWidth, drawCard, Ruler } from "./card.ts"
import { drawn } from "./dom.ts"
import { factsOf, foldName } from "./facts.ts"
import type { Fold, View, ViewEdge } from "./fold.ts"
import { layout, type Placed, type Point } from "./layout.ts"
import type { GraphIndex } from "./model.ts"
import type { Strings } from "./strings.ts"
import { svgFile } from "./svgFile.ts"

let pictures = 0

const framePad = 10
const frameHead = 20

export class Picture {
  readonly stage: SVGSVGElement
  readonly camera: Camera
  /** What is drawn now and where; null before the first graph. */
  shown: { readonly view: View; readonly placed: Placed } | null = null
  private readonly scene = drawn("g", { class: "scene" })
  private readonly cards = new Map<string, SVGGElement>()
  private readonly wires = new Map<SVGElement, { readonly from: string; readonly to: string }>()
  /** What `follow` wrote on cards, and how high they are. */
  private readonly marks = new Map<string, SVGTextElement>()
  private heights: ReadonlyMap<string, number> = new Map()
  private readonly strings: Strings
  /** Ids are the page's, and there may be several pictures. */
  private readonly arrow = `arrow${(pictures += 1)}`

  constructor(strings: Strings, moved: () => void) {
    this.strings = strings
    this.stage = drawn("svg", { class: "stage", role: "application", tabindex: -1, "aria-roledescription": strings.graphRole, "aria-label": strings.canvas })
    this.stage.append(drawn("defs", {}, arrowHead(this.arrow)), this.scene)
    this.camera = new Camera(this.stage, this.scene, moved)
  }

  /** Draws everything anew. `close` is called with the fold whose frame was asked to close. */
  draw(index: GraphIndex, view: View, close: (fold: Fold) => void): void {
    const ruler = new Ruler(document.body)
    const facts = view.items.map((item) => factsOf(index, item, this.strings))
    const depth = Math.max(0, ...[...view.around.values()].map((folds) => folds.length))
    const shown = view.edges.filter(({ aside }) => !aside)
    const placed = layout(facts.map((fact) => ({ id: fact.id, width: cardWidth, height: cardHeight(fact) })), shown, Math.min(depth, 2) * frameHead)
    this.shown = { view, placed }
    this.cards.clear()
    this.wires.clear()
    this.marks.clear()
    const heights = new Map(facts.map((fact) => [fact.id, cardHeight(fact)]))
    this.heights = heights
    const frames = drawn("g", { class: "frames" })
    for (const frame of framesOf(view, placed, heights)) frames.append(this.drawFrame(frame, close))
    const edges = drawn("g", { class: "edges", "aria-hidden": "true" })
    placed.wires.forEach((wire, at) => edges.append(this.drawWire(wire, shown[at])))
    for (const edge of view.edges) if (edge.aside) edges.append(this.drawWire({ ...edge, points: straight(placed, heights, edge) }, edge))
    const cards = drawn("g", { class: "cards" })
    for (const fact of facts) {
      const card = drawCard(fact, ruler)
      const { x, y } = placed.centres.get(fact.id) ?? { x: 0, y: 0 }
      card.setAttribute("transform", `translate(${x} ${y})`)
      this.cards.set(fact.id, card)
      cards.append(card)
    }
    this.scene.replaceChildren(frames, edges, cards)
    this.camera.measure({ width: placed.width, height: placed.height })
  }

  /** Marks an item as selected, and the edges on its way to the result. */
  select(id: string | null, onPath: (id: string) => boolean): void {
    const stop = id ?? this.shown?.view.items.at(-1)?.id
    for (const [other, card] of this.cards) {
      card.classList.toggle("selected", other === id)
      card.setAttribute("tabindex", other === stop ? "0" : "-1")
      if (other === id) card.setAttribute("aria-current", "true")
      else card.removeAttribute("aria-current")
    }
    for (const [wire, { from, to }] of this.wires) {
      wire.classList.toggle("path", id !== null && onPath(from) && onPath(to))
      wire.classList.toggle("lit", from === id || to === id)
    }
  }

  /** Marks how far a backward pass has come: the number on each card that it has met, the one that it is at, and the wires that gradients take from there. */
  follow(met: ReadonlyMap<string, string>, now: string | null, flows: (from: string, to: string) => boolean): void {
    for (const [id, card] of this.cards) {
      const number = met.get(id)
      card.classList.toggle("met", number !== undefined)
      card.classList.toggle("now", id === now)
      const mark = this.marks.get(id)
      if (number === undefined) {
        mark?.remove()
        this.marks.delete(id)
      } else if (mark !== undefined) mark.textContent = number
      else {
        const made = drawn("text", { class: "number", x: cardWidth / 2 - 14, y: 20 - (this.heights.get(id) ?? 0) / 2 }, number)
        this.marks.set(id, made)
        card.append(made)
      }
    }
    for (const [wire, { from, to }] of this.wires) wire.classList.toggle("flow", flows(from, to))
  }

  /** What is drawn as the text of a file, without what the page marks in it; null while nothing is. */
  file(title: string, description: string): string | null {
    if (this.shown === null) return null
    const marked = [...this.scene.querySelectorAll(".selected, .path, .lit")].map((part) => ({ part, classes: part.getAttribute("class") ?? "" }))
    for (const { part } of marked) part.classList.remove("selected", "path", "lit")
    const { width, height } = this.shown.placed
    const text = svgFile(this.scene, { width, height, title, description, leaveOut: ".ring, .minus, .number" })
    for (const { part, classes } of marked) part.setAttribute("class", classes)
    return text
  }

  /** The card of an item, for who marks it. */
  card(id: string): SVGGElement | undefined {
    return this.cards.get(id)
  }

  /** Puts the keyboard on an item's card. */
  focus(id: string): void {
    this.cards.get(id)?.focus({ preventScroll: true })
  }

  bringIn(id: string): void {
    const centre = this.shown?.placed.centres.get(id)
    const box = this.cards.get(id)?.querySelector<SVGGraphicsElement>(".face")?.getBBox()
    if (centre !== undefined && box !== undefined) this.camera.bringIn({ ...centre, width: box.width, height: box.height })
  }

  /** The drawn item under an event, if there is one. */
  itemAt(target: EventTarget | null): string | null {
    const card = target instanceof Element ? target.closest<SVGGElement>(".card") : null
    return card === null ? null : (card.dataset.node ?? card.dataset.fold ?? null)
  }

  private drawWire({ from, to, points }: { readonly from: string; readonly to: string; readonly points: readonly Point[] }, { times, aside, others }: ViewEdge): SVGElement {
    const line = drawn("path", { class: "line", d: smooth(points), "marker-end": `url(#${this.arrow})` })
    const wire = drawn("g", { class: aside ? "wire aside" : "wire", "data-from": from, "data-to": to }, line)
    if (others > 0) {
      const { x, y } = points[0]
      wire.append(drawn("text", { class: "times", x: x + 8, y: y + 14 }, this.strings.more(others)))
    }
    if (times > 1) {
      const { x, y } = points[Math.floor(points.length / 2)]
      wire.append(drawn("text", { class: "times", x: x + 8, y: y + 4 }, this.strings.times(times)))
    }
    this.wires.set(wire, { from, to })
    return wire
  }

  private drawFrame({ fold, x, y, width, height }: Frame, close: (fold: Fold) => void): SVGElement {
    const name = foldName(fold, this.strings)
    const words = fold.cause === "repeat" ? `${name} ${this.strings.times(fold.count)}` : name
    const title = drawn("g", { class: "frameTitle", role: "button", tabindex: -1, "aria-label": this.strings.closeFold(words), "data-close": fold.id },
      drawn("path", { class: "minus", d: `M${x + 8} ${y + 6} h9 v9 h-9 z M${x + 10} ${y + 10.5} h5` }),
      drawn("text", { x: x + 23, y: y + 15 }, words))
    title.addEventListener("click", (event) => {
      event.stopPropagation()
      close(fold)
    })
    return drawn("g", {}, drawn("rect", { class: "frame", x, y, width, height, rx: 4 }), title)
  }
}

interface Frame {
  readonly fold: Fold
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Edges {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** A frame around each open fold whose cards stand by themselves; where others stand between them a frame would lie. */
function framesOf(view: View, placed: Placed, heights: ReadonlyMap<string, number>): Frame[] {
  const inside = new Map<Fold, { readonly depth: number; readonly ids: string[] }>()
  for (const [id, folds] of view.around) {
    folds.forEach((fold, depth) => {
      const held = inside.get(fold)
      if (held === undefined) inside.set(fold, { depth, ids: [id] })
      else held.ids.push(id)
    })
  }
  const boxes = new Map<string, Edges>(view.items.map(({ id }) => {
    const { x, y } = placed.centres.get(id) ?? { x: 0, y: 0 }
    const half = (heights.get(id) ?? 0) / 2
    return [id, { left: x - cardWidth / 2, right: x + cardWidth / 2, top: y - half, bottom: y + half }]
  }))
  const cards = new Map(boxes)
  const frames: Frame[] = []
  // Inner frames first: an outer one leaves room for their titles.
  for (const [fold, { ids }] of [...inside].sort(([, a], [, b]) => b.depth - a.depth)) {
    const held = ids.flatMap((id) => boxes.get(id) ?? [])
    const around = {
      left: Math.min(...held.map(({ left }) => left)) - framePad,
      right: Math.max(...held.map(({ right }) => right)) + framePad,
      top: Math.min(...held.map(({ top }) => top)) - frameHead,
      bottom: Math.max(...held.map(({ bottom }) => bottom)) + framePad,
    }
    const own = new Set(ids)
    const stranger = [...cards].some(([id, box]) => !own.has(id) && box.left < around.right && box.right > around.left && box.top < around.bottom && box.bottom > around.top)
    if (stranger) continue
    for (const id of ids) boxes.set(id, around)
    frames.unshift({ fold, x: around.left, y: around.top, width: around.right - around.left, height: around.bottom - around.top })
  }
  return frames
}

function straight(placed: Placed, heights: ReadonlyMap<string, number>, { from, to }: ViewEdge): Point[] {
  const [start, end] = [placed.centres.get(from) ?? { x: 0, y: 0 }, placed.centres.get(to) ?? { x: 0, y: 0 }]
  return [{ x: start.x, y: start.y + (heights.get(from) ?? 0) / 2 }, { x: end.x, y: end.y - (heights.get(to) ?? 0) / 2 }]
}

function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (last === undefined) return ""
  if (rest.length === 1) return `M${first.x} ${first.y} L${last.x} ${last.y}`
  let d = `M${first.x} ${first.y}`
  for (let at = 0; at < rest.length - 1; at += 1) {
    const end = at === rest.length - 2 ? last : { x: (rest[at].x + rest[at + 1].x) / 2, y: (rest[at].y + rest[at + 1].y) / 2 }
    d += ` Q${rest[at].x} ${rest[at].y} ${end.x} ${end.y}`
  }
  return d
}

function arrowHead(id: string): SVGElement {
  return drawn("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    drawn("path", { d: "M0.5 0.8 L7.5 4 L0.5 7.2 Z", fill: "context-stroke" }))
}
