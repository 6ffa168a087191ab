// A window of a tensor's numbers as coloured cells: a table with the numbers while few, squares up to 32 × 32, a canvas
// above. Colours are the theme's, the sign is hatched as well; every cell can be pointed at and walked to.
import { element } from "./dom.ts"
import { cellText, heatOf } from "./tensorPlane.ts"
import type { TensorWords } from "./tensorWords.ts"

/** Numbers are written into the cells of a table of at most so many columns and rows. */
const mostWritten = { columns: 16, rows: 32 }
const mostSquares = 32

export interface HeatMapOptions {
  readonly rows: number
  readonly columns: number
  /** Row by row; the last row of a broken vector may be short. */
  readonly values: readonly number[]
  readonly dtype: string
  /** The magnitude that gets the strongest colour. */
  readonly scale: number
  /** Numbers of the first row and column. */
  readonly firstRow: number
  readonly firstColumn: number
  /** Row labels count by this: 32 for a broken vector. */
  readonly rowStep: number
  readonly name: string
  readonly shape: string
  readonly words: TensorWords
  /** A cell is read: the mouse is over it, or it was chosen by a click or a key. */
  readonly point: (row: number, column: number, value: number, isChosen: boolean) => void
}

export interface HeatMap {
  readonly element: HTMLElement
  focus(): void
  /** Draws anew in the colours of now. */
  repaint(): void
}

/** The map, its table where the numbers are not written in the cells, and how it is walked. */
export function heatMap(options: HeatMapOptions): HeatMap {
  const { rows, columns, words, name, shape } = options
  if (columns <= mostWritten.columns && rows <= mostWritten.rows) {
    const made = tableOf(options, true)
    const box = element("div", { class: "scroller", role: "group", "aria-label": words.table(name, shape) }, made.table)
    walkable(options, made.table, surfaceOf(made.cells.flat()))
    return { element: box, focus: () => made.cells.flat().find((cell) => cell.tabIndex === 0)?.focus(), repaint: () => undefined }
  }
  const isSmall = rows <= mostSquares && columns <= mostSquares
  const picture = isSmall ? squares(options) : canvas(options)
  const more = element("details", { class: "asTable" }, element("summary", {}, words.asTable))
  // Thousands of cells are made when someone asks for them.
  more.addEventListener("toggle", () => {
    if (more.open && more.childElementCount === 1) {
      const { table } = tableOf(options, false)
      more.append(element("div", { class: "scroller", role: "group", tabindex: "0", "aria-label": words.table(name, shape) }, table))
    }
  })
  return { element: element("div", { class: "mapAndTable" }, picture.element, more), focus: () => picture.element.focus(), repaint: () => picture.repaint() }
}

function tableOf({ rows, columns, values, dtype, scale, firstRow, firstColumn, rowStep, name, shape, words }: HeatMapOptions, isGrid: boolean): { readonly table: HTMLElement; readonly cells: readonly (readonly HTMLElement[])[] } {
  const table = element("table", { class: "grid", "aria-label": words.table(name, shape), ...(isGrid ? { role: "grid" } : {}) })
  const head = element("tr", {}, element("td", { class: "corner" }), ...Array.from({ length: columns }, (_, at) => element("th", { scope: "col" }, String(firstColumn + at))))
  const cells = Array.from({ length: rows }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns).map((value) => {
      const cell = element("td", isGrid ? { role: "gridcell", tabindex: "-1" } : {}, cellText(value, dtype))
      dress(cell, value, scale)
      return cell
    }))
  const first = cells[0]?.[0]
  if (isGrid && first !== undefined) first.tabIndex = 0
  table.append(element("thead", {}, head), element("tbody", {}, ...cells.map((line, row) => element("tr", {}, element("th", { scope: "row" }, String(firstRow * rowStep + row * rowStep)), ...line))))
  return { table, cells }
}

interface Drawing {
  readonly element: HTMLElement
  repaint(): void
}

function squares(options: HeatMapOptions): Drawing {
  const { columns, values, scale, words, name, shape } = options
  const box = element("div", { class: "squares", role: "application", tabindex: "0", "aria-label": words.map(name, shape) })
  box.style.setProperty("--columns", String(columns))
  const cells = values.map((value) => {
    const cell = element("span", { class: "square", "aria-hidden": "true" })
    dress(cell, value, scale)
    return cell
  })
  box.append(...cells)
  walkable(options, box, surfaceOf(cells))
  return { element: box, repaint: () => undefined }
}

function canvas(options: HeatMapOptions): Drawing {
  const { rows, columns, values, scale, words, name, shape } = options
  const size = Math.max(4, Math.min(16, Math.floor(560 / columns)))
  const paper = element("canvas", { width: String(columns * size), height: String(rows * size), "aria-hidden": "true" }) as HTMLCanvasElement
  const marker = element("span", { class: "marker", hidden: "" })
  const probe = element("span", { class: "probe", hidden: "" })
  const box = element("div", { class: "sheet", role: "application", tabindex: "0", "aria-label": words.map(name, shape) }, paper, marker, probe)
  const colour = (name_: string): string => {
    probe.style.color = `var(${name_})`
    return getComputedStyle(probe).color
  }
  const repaint = (): void => {
    const context = paper.getContext("2d")
    if (context === null) return
    const [plus, minus, odd] = [colour("--plus"), colour("--minus"), colour("--vscode-foreground")]
    context.clearRect(0, 0, paper.width, paper.height)
    context.lineWidth = 1
    values.forEach((value, at) => {
      const [x, y] = [(at % columns) * size, Math.floor(at / columns) * size]
      if (!Number.isFinite(value)) {
        context.globalAlpha = 1
        context.strokeStyle = odd
        context.beginPath()
        context.moveTo(x + 0.5, y + 0.5)
        context.lineTo(x + size - 0.5, y + size - 0.5)
        context.moveTo(x + size - 0.5, y + 0.5)
        context.lineTo(x + 0.5, y + size - 0.5)
        context.stroke()
        return
      }
      context.globalAlpha = heatOf(value, scale)
      context.fillStyle = value < 0 ? minus : plus
      context.fillRect(x, y, size, size)
      if (value >= 0) return
      context.strokeStyle = odd
      context.globalAlpha = 0.15 + 0.5 * heatOf(value, scale)
      context.beginPath()
      context.moveTo(x + size, y)
      context.lineTo(x, y + size)
      context.stroke()
    })
  }
  walkable(options, box, {
    mark: (at) => {
      marker.hidden = false
      marker.style.setProperty("--x", `${(at % columns) * size}px`)
      marker.style.setProperty("--y", `${Math.floor(at / columns) * size}px`)
      marker.style.setProperty("--size", `${size}px`)
      return marker
    },
    under: (event) => {
      if (!(event instanceof MouseEvent)) return -1
      const { clientX, clientY } = event
      const { left, top } = paper.getBoundingClientRect()
      const [row, column] = [Math.floor((clientY - top) / size), Math.floor((clientX - left) / size)]
      return row < 0 || column < 0 || row >= rows || column >= columns ? -1 : row * columns + column
    },
  })
  return { element: box, repaint }
}

/** Colour by size and sign; the class says the sign, which the style sheet hatches. */
function dress(cell: HTMLElement, value: number, scale: number): void {
  if (!Number.isFinite(value)) cell.classList.add("odd")
  else if (value !== 0 && scale > 0) {
    cell.classList.add(value < 0 ? "negative" : "positive")
    cell.style.setProperty("--heat", `${Math.round(heatOf(value, scale) * 100)}%`)
  }
}

/** What lies under the cells: how one is marked, and which one a mouse is over. Cells are counted row by row. */
interface Surface {
  mark(at: number): HTMLElement | undefined
  under(event: Event): number
}

function surfaceOf(cells: readonly HTMLElement[]): Surface {
  const places = new Map<Element, number>(cells.map((cell, at) => [cell, at]))
  return {
    mark: (at) => cells[at],
    under: ({ target }) => (target instanceof Element ? (places.get(target) ?? -1) : -1),
  }
}

/** Arrow keys, Home, End and the mouse move over the cells. */
function walkable({ rows, columns, values, point }: HeatMapOptions, host: HTMLElement, surface: Surface): void {
  const isGrid = host.getAttribute("role") === "grid"
  let here = -1
  let last: HTMLElement | undefined
  const tell = (at: number, isChosen: boolean): void => {
    const value = values[at]
    if (value !== undefined) point(Math.floor(at / columns), at % columns, value, isChosen)
  }
  const go = (row: number, column: number): void => {
    const at = Math.max(0, Math.min(rows - 1, row)) * columns + Math.max(0, Math.min(columns - 1, column))
    if (values[at] === undefined) return
    here = at
    const cell = surface.mark(at)
    last?.classList.remove("at")
    cell?.classList.add("at")
    if (isGrid) {
      if (last !== undefined) last.tabIndex = -1
      if (cell !== undefined) cell.tabIndex = 0
      cell?.focus()
    }
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" })
    last = cell
    tell(at, true)
  }
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // A table's first cell has the focus before any key; squares show by the first key where one is.
    const [row, column] = here < 0 ? [0, 0] : [Math.floor(here / columns), here % columns]
    const to = new Map([
      ["ArrowUp", [row - 1, column]], ["ArrowDown", [row + 1, column]], ["ArrowLeft", [row, column - 1]], ["ArrowRight", [row, column + 1]],
      ["Home", [row, 0]], ["End", [row, columns - 1]], ["PageUp", [0, column]], ["PageDown", [rows - 1, column]],
    ]).get(event.key)
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (here < 0 && !isGrid) go(0, 0)
    else go(to[0] ?? 0, to[1] ?? 0)
  })
  host.addEventListener("focusin", (event) => tell(surface.under(event), true))
  host.addEventListener("click", (event) => {
    const at = surface.under(event)
    if (at >= 0) go(Math.floor(at / columns), at % columns)
  })
  host.addEventListener("pointermove", (event) => {
    if (event.buttons === 0) tell(surface.under(event), false)
  })
}
