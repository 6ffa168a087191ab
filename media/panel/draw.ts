// Draws a view of the graph as SVG and keeps it in step with what is selected. Knows neither keys nor the extension.
import { Camera } from "./camera.ts"
import { cardHeight, cardWidth, drawCard, Ruler } from "./card.ts"
import { drawn } from "./dom.ts"
import { factsOf, foldName } from "./facts.ts"
import type { Fold, View } from "./fold.ts"
import { layout, type Placed, type Point } from "./layout.ts"
import type { GraphIndex } from "./model.ts"
import type { Strings } from "./strings.ts"

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
  private readonly strings: Strings

  constructor(strings: Strings, moved: () => void) {
    this.strings = strings
    this.stage = drawn("svg", { class: "stage", role: "application", "aria-roledescription": strings.graphRole, "aria-label": strings.canvas })
    this.stage.append(drawn("defs", {}, arrowHead()), this.scene)
    this.camera = new Camera(this.stage, this.scene, moved)
  }

  /** Draws everything anew. `close` is called with the fold whose frame was asked to close. */
  draw(index: GraphIndex, view: View, close: (fold: Fold) => void): void {
    const ruler = new Ruler(document.body)
    const facts = view.items.map((item) => factsOf(index, item, this.strings))
    const placed = layout(facts.map((fact) => ({ id: fact.id, width: cardWidth, height: cardHeight(fact) })), view.edges)
    this.shown = { view, placed }
    this.cards.clear()
    this.wires.clear()
    const heights = new Map(facts.map((fact) => [fact.id, cardHeight(fact)]))
    const frames = drawn("g", { class: "frames" })
    for (const frame of framesOf(view, placed, heights)) frames.append(this.drawFrame(frame, close))
    const edges = drawn("g", { class: "edges", "aria-hidden": "true" })
    placed.wires.forEach((wire, at) => edges.append(this.drawWire(wire, view.edges[at].times)))
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
    for (const [wire, { from, to }] of this.wires) wire.classList.toggle("path", id !== null && onPath(from) && onPath(to))
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

  private drawWire({ from, to, points }: { readonly from: string; readonly to: string; readonly points: readonly Point[] }, times: number): SVGElement {
    const line = drawn("path", { class: "line", d: smooth(points), "marker-end": "url(#arrow)" })
    const wire = drawn("g", { class: "wire", "data-from": from, "data-to": to }, line)
    if (times > 1) {
      const { x, y } = points[Math.floor(points.length / 2)]
      wire.append(drawn("text", { class: "times", x: x + 8, y: y + 4 }, this.strings.times(times)))
    }
    this.wires.set(wire, { from, to })
    return wire
  }

  private drawFrame({ fold, x, y, width, height }: Frame, close: (fold: Fold) => void): SVGElement {
    const name = foldName(fold, this.strings)
    const title = drawn("g", { class: "frameTitle", role: "button", tabindex: -1, "aria-label": this.strings.closeFold(name), "data-close": fold.id },
      drawn("path", { class: "minus", d: `M${x + 8} ${y + 6} h9 v9 h-9 z M${x + 10} ${y + 10.5} h5` }),
      drawn("text", { x: x + 23, y: y + 15 }, fold.cause === "repeat" ? `${name}  ${this.strings.times(fold.count)}` : name))
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

/** A frame around each open fold whose cards stand by themselves; where others stand between them a frame would lie. */
function framesOf(view: View, placed: Placed, heights: ReadonlyMap<string, number>): Frame[] {
  const inside = new Map<Fold, string[]>()
  for (const [id, folds] of view.around) for (const fold of folds) inside.set(fold, [...(inside.get(fold) ?? []), id])
  const boxOf = (id: string): { left: number; right: number; top: number; bottom: number } => {
    const { x, y } = placed.centres.get(id) ?? { x: 0, y: 0 }
    const half = (heights.get(id) ?? 0) / 2
    return { left: x - cardWidth / 2, right: x + cardWidth / 2, top: y - half, bottom: y + half }
  }
  return [...inside].flatMap(([fold, ids]) => {
    const boxes = ids.map(boxOf)
    const left = Math.min(...boxes.map((box) => box.left)) - framePad
    const right = Math.max(...boxes.map((box) => box.right)) + framePad
    const top = Math.min(...boxes.map((box) => box.top)) - frameHead
    const bottom = Math.max(...boxes.map((box) => box.bottom)) + framePad
    const own = new Set(ids)
    const stranger = view.items.some(({ id }) => {
      if (own.has(id)) return false
      const box = boxOf(id)
      return box.left < right && box.right > left && box.top < bottom && box.bottom > top
    })
    return stranger ? [] : [{ fold, x: left, y: top, width: right - left, height: bottom - top }]
  })
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

function arrowHead(): SVGElement {
  return drawn("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    drawn("path", { d: "M0.5 0.8 L7.5 4 L0.5 7.2 Z", fill: "context-stroke" }))
}
