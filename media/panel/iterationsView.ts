// A loop's turns: a slider that takes everything back to the end of one turn, and a curve of every number that the loop
// made. The extension repeats the run up to that turn; this only asks and shows.
import type { IterationsShown, LoopTrace } from "../../engine/protocol/api.ts"
import { dropdown, iconButton } from "./controls.ts"
import { spansPowers } from "./curve.ts"
import { curveChart, type Chart } from "./curveChart.ts"
import { element } from "./dom.ts"
import { iterationsWordsFor } from "./iterationsWords.ts"
import type { PanelView, ViewContext } from "./view.ts"

/** Milliseconds that a slider must rest before its turn is asked for. */
const rest = 120
const heights = { value: 120, gradient: 56 }
const icons = { first: "M13 3 L7 8 L13 13 M4 3 V13", before: "M10.5 3 L5.5 8 L10.5 13", after: "M5.5 3 L10.5 8 L5.5 13", last: "M3 3 L9 8 L3 13 M12 3 V13" }

export function iterationsView(context: ViewContext): PanelView {
  const { host } = context
  const words = iterationsWordsFor(context.language)
  const count = (value: number): string => value.toLocaleString(context.language)
  let shown: IterationsShown | null = null
  let loopId: number | null = null
  let charts: Chart[] = []
  let drawnOf: readonly LoopTrace[] | null = null
  let drawnText = ""
  let timer = 0
  /** The turn that the slider stands at, from 0; the last is the end of the run. */
  let turn = 0

  const loops = element("div", { class: "loops" })
  const slider = element("input", { type: "range", min: "1", max: "1", value: "1", class: "turnSlider", "aria-label": words.turn })
  const field = element("input", { type: "number", min: "1", max: "1", value: "1", class: "turnField", "aria-label": words.turn })
  const of = element("span", { class: "turnOf" })
  const bar = element("div", { class: "turnBar", role: "group", "aria-label": words.turn },
    iconButton(words.first, icons.first, () => pick(0)),
    iconButton(words.before, icons.before, () => pick(turn - 1)),
    slider,
    iconButton(words.after, icons.after, () => pick(turn + 1)),
    iconButton(words.last, icons.last, () => pick(Infinity)),
    field, of)
  const status = element("p", { class: "turnStatus", role: "status" })
  const curves = element("div", { class: "curves" })
  const nothing = element("p", { class: "nothing hint", hidden: "" }, words.none)
  const page = element("div", { class: "iterationsView" }, loops, bar, status, curves, nothing)

  const loop = (): LoopTrace | null => shown?.loops.find(({ id }) => id === loopId) ?? null

  /** Goes to a turn: at once here, and everywhere else when the slider rests. */
  const pick = (wanted: number): void => {
    const current = loop()
    if (current === null || !Number.isFinite(wanted) && wanted !== Infinity) return
    const next = Math.max(0, Math.min(current.turns - 1, Math.round(Math.min(wanted, current.turns))))
    if (next === turn && shown?.at?.loop === current.id) return
    turn = next
    tell()
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      timer = 0
      host.pickTurn?.(turn === current.turns - 1 ? null : { loop: current.id, index: turn })
      context.say(words.said(count(turn + 1), count(current.turns)))
    }, rest)
  }
  const tell = (): void => {
    const current = loop()
    if (current === null) return
    slider.max = field.max = String(current.turns)
    slider.value = String(turn + 1)
    if (document.activeElement !== field) field.value = String(turn + 1)
    const text = words.turnOf(count(turn + 1), count(current.turns))
    slider.setAttribute("aria-valuetext", text)
    of.textContent = `/ ${count(current.turns)}`
    const now = shown?.at?.index === turn ? shown.now : undefined
    for (const chart of charts) chart.mark(turn === current.turns - 1 ? null : turn, now)
    page.dataset.turn = String(turn + 1)
  }
  const tellStatus = (): void => {
    const number = count(turn + 1)
    const isThere = shown?.at !== null && shown?.isAwaited === false && shown.failure === undefined
    status.textContent = shown === null || shown.at === null ? words.atEnd : shown.isAwaited ? words.awaited(number) : shown.failure !== undefined ? words.failed(number, shown.failure) : words.atTurn(number)
    page.dataset.shown = shown?.at === null ? "end" : isThere ? "turn" : "awaited"
  }

  const drawLoops = (): void => {
    if (shown === null) return
    const names = shown.loops.map(({ span, turns }) => words.loopAt(span.line, count(turns)))
    const at = shown.loops.findIndex(({ id }) => id === loopId)
    if (shown.loops.length === 1) loops.replaceChildren(element("span", { class: "hint" }, names[0]))
    else loops.replaceChildren(element("span", { "aria-hidden": "true" }, words.loop), dropdown(words.loop, names, at, (chosen) => choose(shown?.loops[chosen] ?? null)))
  }
  const choose = (next: LoopTrace | null): void => {
    if (next === null || next.id === loopId) return
    loopId = next.id
    turn = next.turns - 1
    host.pickTurn?.(null)
    drawCurves()
    tell()
    context.save()
  }
  const drawCurves = (): void => {
    const current = loop()
    charts = []
    if (current === null) return curves.replaceChildren()
    const made = (kind: "value" | "gradient"): HTMLElement[] => current.curves.filter((curve) => curve.kind === kind).map((curve) => {
      const chart = curveChart({
        curve, turns: current.turns, height: heights[kind], isLogarithmic: kind === "gradient" || spansPowers(curve.values), words, count,
        reveal: (span) => context.reveal(span),
        pick,
        say: (text) => context.say(text),
      })
      charts.push(chart)
      return chart.element
    })
    const values = made("value")
    const gradients = made("gradient")
    const isHealthy = current.curves.every(({ flag }) => flag === undefined)
    curves.replaceChildren(
      ...(values.length + gradients.length === 0 ? [element("p", { class: "hint" }, words.noCurves)] : []),
      ...(values.length === 0 ? [] : [element("h2", {}, words.values), ...values]),
      ...(gradients.length === 0 ? [] : [element("h2", {}, words.gradients), element("p", { class: "hint" }, isHealthy ? `${words.gradientsHow} · ✓ ${words.healthy}` : words.gradientsHow), ...gradients]))
  }

  slider.addEventListener("input", () => pick(Number(slider.value) - 1))
  field.addEventListener("change", () => pick(Number(field.value) - 1))
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape") context.leave()
  })

  return {
    id: "iterations",
    title: words.title,
    element: page,
    room: "whole",
    fits: ({ graph, iterations }) => graph !== null || iterations !== undefined,
    show: ({ iterations }) => {
      shown = iterations ?? null
      const isEmpty = shown === null
      for (const part of [loops, bar, status, curves]) part.hidden = isEmpty
      nothing.hidden = !isEmpty
      if (shown === null) return
      // The picked loop, else the one that was shown, else the one with the most to show.
      const known = shown.loops.find(({ id }) => id === (shown?.at?.loop ?? loopId))
      const richest = shown.loops.reduce((best, one) => (one.curves.length > best.curves.length ? one : best), shown.loops[0])
      loopId = (known ?? richest).id
      const text = JSON.stringify([shown.loops, loopId])
      if (drawnOf === null || text !== drawnText) {
        drawLoops()
        drawCurves()
        drawnText = text
      }
      drawnOf = shown.loops
      // While the slider is under way it knows better.
      if (timer === 0) turn = shown.at?.index ?? (loop()?.turns ?? 1) - 1
      tell()
      tellStatus()
    },
    select: () => undefined,
    focus: () => slider.focus(),
    memory: () => loopId,
    restore: (kept) => {
      if (typeof kept === "number") loopId = kept
    },
  }
}
