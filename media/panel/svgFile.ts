// The drawn graph as a picture that stands by itself: no style sheet, no theme variables, no scripts, and words for those
// who do not see it. Reads the page's computed styles, so that the file looks as the panel does.
import { drawn } from "./dom.ts"

/** What of a computed style is written into the file, and the value that need not be. */
const written: Readonly<Record<string, string>> = {
  "fill": "", "fill-opacity": "1", "stroke": "none", "stroke-opacity": "1", "stroke-width": "", "stroke-dasharray": "none", "stroke-linecap": "butt", "stroke-linejoin": "miter",
  "opacity": "1", "paint-order": "normal", "font-family": "", "font-size": "", "font-weight": "400", "font-style": "normal", "text-anchor": "start",
}
/** What holds for text alone. */
const ofText = new Set(["font-family", "font-size", "font-weight", "font-style", "text-anchor"])
const geometry = new Set(["x", "y", "x1", "y1", "x2", "y2", "width", "height", "rx", "ry", "cx", "cy", "r", "d", "points", "transform"])

export interface SvgOptions {
  readonly width: number
  readonly height: number
  readonly title: string
  readonly description: string
  /** Classes whose elements are controls of the page, not parts of the picture. */
  readonly leaveOut: string
}

/** The scene as an SVG file's text. */
export function svgFile(scene: SVGElement, { width, height, title, description, leaveOut }: SvgOptions): string {
  const colours = new Colours()
  const heads = new Map<string, string>()
  const copy = (from: Element): SVGElement | null => {
    if (!(from instanceof SVGElement) || from.matches(leaveOut)) return null
    const style = getComputedStyle(from)
    if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return null
    const made = document.createElementNS("http://www.w3.org/2000/svg", from.tagName)
    for (const { name, value } of from.attributes) if (geometry.has(name)) made.setAttribute(name, value)
    const isText = from.tagName === "text" || from.tagName === "tspan"
    const isShape = isText || ["path", "rect", "line", "circle", "polygon", "polyline", "ellipse"].includes(from.tagName)
    for (const [name, usual] of Object.entries(written)) {
      if (ofText.has(name) ? !isText : !isShape && name !== "opacity") continue
      const value = style.getPropertyValue(name)
      const told = name === "fill" || name === "stroke" ? colours.solid(value) : value
      if (told !== "" && told !== usual) made.setAttribute(name, told)
    }
    if (style.markerEnd !== "none" && style.markerEnd !== "") made.setAttribute("marker-end", `url(#${headFor(heads, colours.solid(style.stroke))})`)
    const children = [...from.children].flatMap((child) => copy(child) ?? [])
    if (children.length > 0) made.append(...children)
    else if (isText) made.textContent = (from.textContent ?? "").trim()
    else if (!isShape) return null
    return made
  }
  const picture = [...scene.children].flatMap((child) => copy(child) ?? [])
  const file = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": "title desc" },
    drawn("title", { id: "title" }, title),
    drawn("desc", { id: "desc" }, description),
    drawn("defs", {}, ...[...heads].map(([colour, id]) => arrow(id, colour))),
    drawn("rect", { width, height, fill: colours.solid(getComputedStyle(document.body).backgroundColor) }),
    ...picture)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`
}

/** An arrow head for each colour of line: `context-stroke` is known to few programs. */
function headFor(heads: Map<string, string>, colour: string): string {
  const id = heads.get(colour) ?? `arrow${heads.size + 1}`
  heads.set(colour, id)
  return id
}

function arrow(id: string, colour: string): SVGElement {
  return drawn("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
    drawn("path", { d: "M0.5 0.8 L7.5 4 L0.5 7.2 Z", fill: colour }))
}

/** Colours as every program reads them: a computed `color(srgb …)` becomes `rgb(…)` or, where it is not solid, `rgba(…)`. */
class Colours {
  private readonly known = new Map<string, string>()
  private readonly context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })

  solid(colour: string): string {
    if (colour === "none" || colour === "" || colour.startsWith("url(") || this.context === null) return colour
    const known = this.known.get(colour)
    if (known !== undefined) return known
    this.context.clearRect(0, 0, 1, 1)
    this.context.fillStyle = colour
    this.context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 255] = this.context.getImageData(0, 0, 1, 1).data
    const solid = alpha === 0 ? "none" : alpha === 255 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${Number((alpha / 255).toFixed(3))})`
    this.known.set(colour, solid)
    return solid
  }
}
