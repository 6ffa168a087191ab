// A tensor's values as a table with numbers, shaded by size; more than two dimensions are shown a slice at a time.
import { dropdown } from "./controls.ts"
import { element } from "./dom.ts"
import { shapeText } from "./facts.ts"
import { type Cells, depthOf, gap, readRepr } from "./repr.ts"
import type { Strings } from "./strings.ts"

const mostRows = 32
const mostColumns = 32

/** Shows a tensor's repr; text that is none is shown as it is. `choose` is told the place of a cell that was clicked, as `[0][1]`. */
export function valueGrid(repr: string, shape: readonly number[] | undefined, name: string, strings: Strings, choose?: (place: string) => void): HTMLElement {
  const reading = readRepr(repr)
  if (reading === null) return element("pre", { class: "plain", tabindex: "0" }, repr)
  const depth = depthOf(reading.cells)
  if (typeof reading.cells === "string") return element("output", { class: "single" }, reading.cells)
  const box = element("div", { class: "values" })
  const whole = shape ?? sizes(reading.cells)
  const scale = largest(reading.cells)
  if (depth <= 2) box.append(table(reading.cells, whole, scale, name, strings, choose))
  else {
    const slices = slicesOf(reading.cells, depth - 2, whole)
    const place = element("div", {})
    const show = (at: number): void => place.replaceChildren(table(slices[at].cells, whole.slice(-2), scale, `${name} ${slices[at].title}`, strings, choose && ((place) => choose(`${slices[at].outer}${place}`))))
    if (slices.length > 0) {
      show(0)
      box.append(element("div", { class: "slice" }, element("span", { "aria-hidden": "true" }, strings.slice), dropdown(strings.slice, slices.map(({ title }) => title), 0, show)), place)
    }
  }
  const notes = [JSON.stringify(reading.cells).includes(`"${gap}"`) ? strings.omittedValues : "", reading.cut ? strings.truncated : ""].filter((note) => note !== "")
  if (notes.length > 0) box.append(element("p", { class: "note" }, notes.join(" ")))
  return box
}

function table(cells: Cells, shape: readonly number[], scale: number, name: string, strings: Strings, choose?: (place: string) => void): HTMLElement {
  const rows = typeof cells === "string" ? [[cells]] : depthOf(cells) === 1 ? [cells] : cells
  const isMatrix = typeof cells !== "string" && depthOf(cells) > 1
  const widest = rows.reduce((most, row) => Math.max(most, typeof row === "string" ? 0 : row.length), 0)
  const columns = Math.min(widest, mostColumns)
  const firstFull = rows.find((row) => typeof row !== "string")
  const made = element("table", { class: "grid", "aria-label": strings.table(name, shapeText(shape)) })
  const head = element("tr", {})
  if (isMatrix) head.append(element("td", { class: "corner" }))
  for (let column = 0; column < columns; column += 1) head.append(element("th", { scope: "col" }, placeName(typeof firstFull === "object" ? firstFull : [], column, shape.at(-1))))
  made.append(element("thead", {}, head))
  const body = element("tbody", {})
  rows.slice(0, mostRows).forEach((row, at) => {
    const line = element("tr", {})
    if (isMatrix) line.append(element("th", { scope: "row" }, placeName(rows, at, shape.at(-2))))
    if (typeof row === "string") line.append(element("td", { colspan: String(columns) }, row))
    else row.slice(0, columns).forEach((cell, column) => {
      const made = shaded(typeof cell === "string" ? cell : gap, scale)
      if (choose !== undefined && cell !== gap) {
        const place = `${isMatrix ? `[${placeName(rows, at, shape.at(-2))}]` : ""}[${placeName(row, column, shape.at(-1))}]`
        made.dataset.place = place
        made.classList.add("choosable")
        made.title = strings.explainCell(place)
        made.addEventListener("click", () => choose(place))
      }
      line.append(made)
    })
    body.append(line)
  })
  made.append(body)
  const scroller = element("div", { class: "scroller", role: "group", "aria-label": strings.table(name, shapeText(shape)) }, made)
  const isCut = rows.length > mostRows || widest > mostColumns
  return isCut ? element("div", {}, scroller, element("p", { class: "note" }, strings.truncated)) : scroller
}

/** The index of a row or column; behind a gap it is counted from the end. */
function placeName(row: readonly Cells[], at: number, size: number | undefined): string {
  const skipped = row.indexOf(gap)
  if (skipped < 0 || at < skipped) return String(at)
  return at === skipped ? gap : size === undefined ? "" : String(size - row.length + at)
}

/** A cell, shaded by its size among its neighbours; its sign is also written, so that colour only repeats what stands there. */
function shaded(text: string, scale: number): HTMLElement {
  const value = Number(text)
  const cell = element("td", {}, text)
  if (text === "True") cell.className = "positive"
  else if (!Number.isNaN(value) && Number.isFinite(value) && scale > 0 && value !== 0) {
    cell.className = value < 0 ? "negative" : "positive"
    cell.style.setProperty("--heat", `${Math.round((Math.abs(value) / scale) * 100)}%`)
  } else if (/nan|inf/.test(text)) cell.className = "odd"
  return cell
}

function largest(cells: Cells): number {
  if (typeof cells !== "string") return cells.reduce<number>((most, cell) => Math.max(most, largest(cell)), 0)
  const value = Math.abs(Number(cells))
  return Number.isFinite(value) ? value : 0
}

function sizes(cells: Cells): number[] {
  return typeof cells === "string" ? [] : [cells.length, ...sizes(cells[0] ?? "")]
}

function slicesOf(cells: Cells, outer: number, shape: readonly number[]): { title: string; outer: string; cells: Cells }[] {
  const found: { title: string; outer: string; cells: Cells }[] = []
  const walk = (inner: Cells, places: readonly string[]): void => {
    if (typeof inner === "string") return
    if (places.length === outer) found.push({ title: `[${[...places, ":", ":"].join(", ")}]`, outer: places.map((place) => `[${place}]`).join(""), cells: inner })
    else inner.forEach((next, at) => walk(next, [...places, placeName(inner, at, shape[places.length])]))
  }
  walk(cells, [])
  return found
}
