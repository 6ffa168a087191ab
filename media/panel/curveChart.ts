// One curve as a chart: a line, a cursor that keys and mouse move, the turn that is shown, and the same numbers as a table.
import type { Curve, CurveNow, Span } from "../../engine/protocol/api.ts"
import { drawn, element } from "./dom.ts"
import { nearest, numberText, plotOf } from "./curve.ts"
import type { IterationsWords } from "./iterationsWords.ts"

export interface ChartOptions {
  readonly curve: Curve
  readonly turns: number
  readonly height: number
  readonly isLogarithmic: boolean
  readonly words: IterationsWords
  /** Writes a count as the reader's language does. */
  readonly count: (value: number) => string
  reveal(span: Span): void
  /** Everything is to be shown as at the end of this turn. */
  pick(turn: number): void
  say(text: string): void
}

export interface Chart {
  readonly element: HTMLElement
  /** Marks the turn that is shown, null for the last, and reads it: by what it had then, where that is known. */
  mark(turn: number | null, now: readonly CurveNow[] | undefined): void
}

/** The chart's own measure; the page stretches it. */
const width = 600

export function curveChart({ curve, turns, height, isLogarithmic, words, count, reveal, pick, say }: ChartOptions): Chart {
  const plot = plotOf(curve, { width, height, turns, isLogarithmic })
  const cursor = drawn("line", { class: "cursor", x1: 0, x2: 0, y1: 0, y2: height })
  const shown = drawn("line", { class: "shownTurn", x1: 0, x2: 0, y1: 0, y2: height })
  const area = drawn("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("path", { class: "curveLine", d: plot.path, "vector-effect": "non-scaling-stroke" }), shown, cursor)
  for (const line of [cursor, shown]) line.setAttribute("vector-effect", "non-scaling-stroke")
  for (const { x } of plot.odd) area.append(drawn("path", { class: "oddValue", d: `M${x - 4} 3 l8 8 m0 -8 l-8 8`, "vector-effect": "non-scaling-stroke" }))
  if (curve.turns.length === 1 || plot.range?.[0] === undefined) cursor.classList.add("alone")

  const [least, most] = plot.range ?? [NaN, NaN]
  const reading = element("output", { class: "curveReading code" })
  const box = element("div", {
    class: "plotBox",
    role: "slider",
    tabindex: "0",
    "aria-orientation": "horizontal",
    "aria-valuemin": "1",
    "aria-valuemax": String(turns),
    "aria-label": words.chart(curve.name, count(curve.count), numberText(curve.values[0]), numberText(curve.values.at(-1) ?? "nan"), plot.range === null ? words.noFinite : numberText(least), plot.range === null ? words.noFinite : numberText(most)),
  }, area, element("span", { class: "axis most", "aria-hidden": "true" }, plot.range === null ? "" : numberText(most)), element("span", { class: "axis least", "aria-hidden": "true" }, plot.range === null || least === most ? "" : numberText(least)))

  let at = curve.turns.length - 1
  const read = (place: number, isSaid: boolean): void => {
    at = Math.max(0, Math.min(curve.turns.length - 1, place))
    const turn = curve.turns[at]
    const text = words.reading(count(turn + 1), numberText(curve.values[at]))
    reading.textContent = text
    box.setAttribute("aria-valuenow", String(turn + 1))
    box.setAttribute("aria-valuetext", text)
    const x = String(plot.x(turn))
    cursor.setAttribute("x1", x)
    cursor.setAttribute("x2", x)
    if (isSaid) say(text)
  }
  const turnAt = (event: MouseEvent): number => {
    const { left, width: wide } = area.getBoundingClientRect()
    return Math.max(0, Math.min(turns - 1, Math.round(((event.clientX - left) / Math.max(1, wide)) * (turns - 1))))
  }
  box.addEventListener("pointermove", (event) => {
    read(nearest(curve.turns, turnAt(event)), false)
    box.classList.add("isRead")
  })
  box.addEventListener("pointerleave", () => box.classList.remove("isRead"))
  box.addEventListener("click", (event) => pick(turnAt(event)))
  box.addEventListener("keydown", (event) => {
    const far = Math.max(1, Math.round(curve.turns.length / 10))
    const place = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, ArrowDown: at - 1, PageUp: at + far, PageDown: at - far, Home: 0, End: curve.turns.length - 1 }[event.key]
    if (place !== undefined) read(place, false)
    else if (event.key === "Enter" || event.key === " ") pick(curve.turns[at])
    else return
    event.preventDefault()
  })
  read(at, false)

  const { span } = curve
  const link = element("button", { type: "button", class: "link" }, span === undefined ? "" : span.file === undefined ? words.line(span.line) : `${span.file}:${span.line}`)
  if (span !== undefined) link.addEventListener("click", () => reveal(span))
  const drawnCount = curve.values.length
  const sampled = drawnCount >= curve.count ? words.all(count(curve.count)) : words.sampled(count(drawnCount), count(curve.count))
  const head = element("div", { class: "curveHead" }, element("h3", { class: "code" }, curve.kind === "gradient" ? `‖${curve.name}.grad‖` : curve.name), ...(span === undefined ? [] : [link]), ...(isLogarithmic && curve.kind === "value" ? [element("span", { class: "hint" }, words.logarithmic)] : []), reading)
  const flag = curve.flag === undefined ? [] : [element("p", { class: "flag" }, element("span", { class: "flagSign", "aria-hidden": "true" }, curve.flag.kind === "exploding" ? "▲ " : "▼ "), flagText(curve, words, count))]
  const table = element("details", { class: "curveTable" }, element("summary", {}, `${words.table} (${sampled})`))
  table.addEventListener("toggle", () => {
    if (table.open && table.querySelector("table") === null) table.append(tableOf(curve, words, count))
  })
  return {
    element: element("section", { class: "curve", "data-curve": curve.name, "data-kind": curve.kind }, head, ...flag, box, table),
    mark: (turn, now) => {
      shown.classList.toggle("hidden", turn === null)
      const x = String(plot.x(turn ?? turns - 1))
      shown.setAttribute("x1", x)
      shown.setAttribute("x2", x)
      read(nearest(curve.turns, turn ?? turns - 1), false)
      const exact = now?.find(({ kind, name, line }) => kind === curve.kind && name === curve.name && line === span?.line)
      if (exact !== undefined) reading.textContent = words.reading(count(exact.turn + 1), numberText(exact.value))
    },
  }
}

function flagText({ flag, count: all }: Curve, words: IterationsWords, count: (value: number) => string): string {
  if (flag === undefined) return ""
  return flag.kind === "exploding" ? words.exploding(count(flag.since + 1), count(flag.turns)) : words.vanishing(count(flag.since + 1), count(flag.turns), count(all))
}

function tableOf(curve: Curve, words: IterationsWords, count: (value: number) => string): HTMLElement {
  const body = element("tbody", {})
  curve.turns.forEach((turn, at) => body.append(element("tr", {}, element("th", { scope: "row" }, count(turn + 1)), element("td", {}, numberText(curve.values[at])))))
  const table = element("table", { class: "grid" }, element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.turnHead), element("th", { scope: "col" }, curve.name))), body)
  return element("div", { class: "scroller", role: "group", "aria-label": curve.name, tabindex: "0" }, table)
}
