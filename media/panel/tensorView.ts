// A tensor's numbers: figures, histogram and heat map of its value or its .grad, a plane at a time. Follows what is
// selected in the graph; the numbers come in windows, so that a large tensor never crosses whole.
import type { TensorShown, ValueStatistics } from "../../engine/protocol/api.ts"
import { iconButton, textButton } from "./controls.ts"
import { element } from "./dom.ts"
import { shapeText } from "./facts.ts"
import { valueGrid } from "./grid.ts"
import { heatMap, type HeatMap } from "./heatMap.ts"
import { tensorFigures } from "./tensorFigures.ts"
import { cellText, elementAt, elementName, planeOf, sliceName, wrapAt, type Plane } from "./tensorPlane.ts"
import { tensorWordsFor } from "./tensorWords.ts"
import type { PanelView, ViewContext } from "./view.ts"

type Of = "value" | "grad"

export function tensorView(context: ViewContext): PanelView {
  const { host, state, strings } = context
  const words = tensorWordsFor(context.language)
  let shown: TensorShown | null = null
  let of: Of = "value"
  let outer: readonly number[] = []
  let corner: readonly [number, number] = [0, 0]
  /** Counts what was asked for, so that a late answer is dropped. */
  let turn = 0
  let isDrawn = false
  /** The node that is selected in the graph, and one whose tensor is still to be asked for when the view is seen. */
  let selected: string | null = null
  let wanted: string | null = null
  let map: HeatMap | null = null

  const page = element("div", { class: "tensorView" })
  new MutationObserver(() => paint()).observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] })

  const isSeen = (): boolean => page.clientWidth > 0
  const take = (next: TensorShown, numbers: Of): void => {
    const isSame = shown !== null && shown.name === next.name && String(shown.value.shape) === String(next.value.shape)
    shown = next
    of = numbers === "grad" && next.value.grad === null ? "value" : numbers
    if (!isSame) {
      outer = []
      corner = [0, 0]
    }
    isDrawn = false
    if (isSeen()) void draw()
    context.save()
  }
  const follow = async (name: string, line: number | null): Promise<void> => {
    turn += 1
    const asked = turn
    const found = await host.tensor?.(name, line).catch(() => null)
    if (found && asked === turn) take(found, of)
  }
  const catchUp = (): void => {
    const node = wanted === null ? undefined : state.node(wanted)
    wanted = null
    if (node && node.kind !== "grad_fn") void follow(node.name, node.span?.line ?? null)
    else if (!isDrawn) void draw()
  }

  // What came while the tab was not seen is drawn when it is: then it gets its size.
  new ResizeObserver(() => {
    if (isSeen() && (wanted !== null || !isDrawn)) catchUp()
  }).observe(page)

  const draw = async (): Promise<void> => {
    turn += 1
    const asked = turn
    isDrawn = true
    map = null
    if (shown === null) return page.replaceChildren(element("p", { class: "nothing hint" }, words.none))
    const { runId, value } = shown
    const body = element("div", { class: "tensorBody", "aria-live": "off" }, element("p", { class: "hint" }, words.loading))
    page.replaceChildren(head(), body)
    const shape = of === "grad" ? (value.grad?.shape ?? []) : value.shape
    const plane = planeOf(shape, outer, ...corner)
    const [statistics, window] = await Promise.all([
      host.statistics?.(runId, value.id, of).catch(() => null) ?? null,
      host.values?.(runId, value.id, of, plane.start, plane.size).catch(() => null) ?? null,
    ])
    if (asked !== turn) return
    if (value.id === 0 || window === null) return body.replaceChildren(...textOnly())
    if (shape.includes(0)) return body.replaceChildren(element("p", { class: "hint" }, words.empty))
    body.replaceChildren(...notes(statistics), ...(statistics === null ? [] : [tensorFigures(statistics, window.dtype, words)]), ...numbers(plane, window.values, window.dtype, statistics))
    // Its colours are the page's, so it is painted in it.
    paint()
  }

  const paint = (): void => map?.repaint()

  /** Name, facts, and the switch between value and gradient. */
  const head = (): HTMLElement => {
    if (shown === null) throw new Error("There is no tensor to head.")
    const { name, value, span, time } = shown
    const choice = (which: Of, text: string): HTMLElement => {
      const button = element("button", { class: "switch", type: "button", "aria-pressed": String(of === which) }, text)
      button.disabled = which === "grad" && value.grad === null
      if (button.disabled) button.title = words.noGrad
      button.addEventListener("click", () => {
        of = which
        corner = [0, 0]
        void draw().then(() => page.querySelector<HTMLElement>('.switch[aria-pressed="true"]')?.focus())
        context.save()
      })
      return button
    }
    const facts = [shapeText(value.shape), value.dtype, value.device, ...(time === undefined ? [] : [words.time(time.index + 1, time.count)])]
    const place = span !== undefined && span.file === undefined ? [textButton(words.line(span.line), () => context.reveal(span))] : []
    return element("div", { class: "tensorHead" },
      element("h2", {}, name === "" ? strings.result : name),
      element("span", { class: "hint" }, facts.join(" · ")),
      element("div", { class: "switches", role: "group", "aria-label": words.which }, choice("value", words.value), choice("grad", words.grad)),
      ...place)
  }

  const notes = (statistics: ValueStatistics | null): HTMLElement[] => {
    const version = shown?.value.version ?? 0
    const isChanged = of === "value" && statistics !== null && statistics.version !== version
    return isChanged ? [element("p", { class: "note" }, `⚠ ${words.changed(version, statistics.version)}`)] : []
  }

  /** What the run itself told of the tensor, where the engine can give no numbers. */
  const textOnly = (): HTMLElement[] => {
    if (shown === null) return []
    const { value, name } = shown
    const told = of === "grad" ? value.grad : value
    return [element("p", { class: "note" }, value.id === 0 ? words.brief : words.gone), ...(told === null ? [] : [valueGrid(told.repr, told.shape, name, strings)])]
  }

  const numbers = (plane: Plane, values: readonly number[], dtype: string, statistics: ValueStatistics | null): HTMLElement[] => {
    const name = `${shown?.name ?? ""}${of === "grad" ? ".grad" : ""}`
    // Only a tensor that has a name and takes part can be asked about.
    const isExplained = shown !== null && shown.name !== "" && shown.value.requires_grad
    const reading = element("output", { class: "reading" }, words.readHint)
    const asking = element("span", { class: "asking" })
    const scale = Math.max(Math.abs(statistics?.least ?? 0), Math.abs(statistics?.greatest ?? 0)) || Math.max(0, ...values.filter(Number.isFinite).map(Math.abs))
    const made = heatMap({
      rows: plane.shownRows, columns: plane.shownColumns, values, dtype, scale, words,
      firstRow: plane.firstRow, firstColumn: plane.firstColumn, rowStep: plane.wraps ? wrapAt : 1,
      name: `${name} ${sliceName(plane)}`.trim(), shape: shapeText(plane.shape),
      point: (row, column, value, isChosen) => {
        const place = elementAt(plane, row, column)
        if (place === null) return
        reading.textContent = `${elementName(name, place)} = ${cellText(value, dtype)}`
        if (!isExplained || !isChosen) return
        const at = elementName(shown?.name ?? "", place)
        asking.replaceChildren(textButton(words.explain(at), () => context.show("explanation", { at })))
      },
    })
    map = made
    return [...slicePicker(plane), ...pager(plane), ...(plane.wraps ? [element("p", { class: "hint" }, words.wrapped(wrapAt))] : []), element("div", { class: "readingLine" }, reading, asking), made.element, key()]
  }

  const slicePicker = ({ shape, outer: place }: Plane): HTMLElement[] => {
    if (place.length === 0) return []
    const fields = place.map((at, dimension) => {
      const size = shape[dimension] ?? 1
      const field = element("input", { type: "number", min: "0", max: String(size - 1), value: String(at), "aria-label": words.dimension(dimension, size) })
      field.addEventListener("change", () => {
        const next = Math.max(0, Math.min(size - 1, Math.trunc(Number(field.value)) || 0))
        outer = place.map((other, each) => (each === dimension ? next : other))
        void draw().then(() => page.querySelectorAll<HTMLElement>(".slices input")[dimension]?.focus())
        context.save()
      })
      return element("label", {}, `dim ${dimension}`, field, element("span", { class: "hint" }, `/ ${size}`))
    })
    return [element("div", { class: "slices", role: "group", "aria-label": words.slice }, element("span", { "aria-hidden": "true" }, words.slice), ...fields)]
  }

  const pager = (plane: Plane): HTMLElement[] => {
    const { rows, columns, firstRow, firstColumn, shownRows, shownColumns } = plane
    if (shownRows === rows && shownColumns === columns) return []
    const button = (title: string, path: string, row: number, column: number): HTMLElement[] => {
      if (row < 0 || column < 0 || row >= rows || column >= columns) return []
      return [iconButton(title, path, () => {
        corner = [row, column]
        void draw().then(() => map?.focus())
        context.save()
      })]
    }
    return [element("div", { class: "pager" },
      ...button(words.rowsBefore, "M4 10 L8 6 L12 10", firstRow - shownRows < 0 && firstRow > 0 ? 0 : firstRow - shownRows, firstColumn),
      ...button(words.rowsAfter, "M4 6 L8 10 L12 6", firstRow + shownRows, firstColumn),
      ...button(words.columnsBefore, "M10 4 L6 8 L10 12", firstRow, firstColumn - shownColumns < 0 && firstColumn > 0 ? 0 : firstColumn - shownColumns),
      ...button(words.columnsAfter, "M6 4 L10 8 L6 12", firstRow, firstColumn + shownColumns),
      element("span", { class: "hint" }, words.window(firstRow, firstRow + shownRows - 1, rows, firstColumn, firstColumn + shownColumns - 1, columns)))]
  }

  const key = (): HTMLElement => element("ul", { class: "key" }, ...(["negative", "positive", "odd"] as const).map((kind) =>
    element("li", {}, element("span", { class: `square ${kind}`, "aria-hidden": "true" }), words[kind])))

  return {
    id: "tensor",
    title: words.title,
    element: page,
    room: "whole",
    fits: ({ graph, tensor }) => graph !== null || tensor !== undefined,
    show: ({ tensor }, isSame) => {
      if (tensor === undefined) return
      // Another run of what is shown, or an edit: the tensor that was chosen here stays chosen.
      const isOther = isSame && shown !== null && shown.name !== tensor.name
      if (isOther && shown !== null) return void follow(shown.name, shown.span?.line ?? null)
      if (shown === null || shown.runId !== tensor.runId || shown.value.id !== tensor.value.id || shown.value.repr !== tensor.value.repr) take(tensor, of)
    },
    select: (id) => {
      if (id === selected) return
      selected = id
      if (id === null || state.itemOf(id)?.kind !== "node") return
      wanted = id
      if (isSeen()) catchUp()
    },
    focus: () => (map === null ? page.querySelector<HTMLElement>("button:not([disabled])")?.focus() : map.focus()),
    ask: (what) => {
      const asked = askedFrom(what)
      if (asked === null) return
      wanted = null
      take(asked.tensor, asked.of)
      // The graph follows to the same tensor, where it has it.
      const named = state.drawn?.index.order.filter((id) => state.node(id)?.kind !== "grad_fn" && state.node(id)?.name === asked.tensor.name) ?? []
      const node = named.find((id) => state.node(id)?.span?.line === asked.tensor.span?.line) ?? named.at(-1)
      if (node === undefined) return
      selected = state.homeOf(node)
      context.selectNode(node, "show")
    },
    memory: () => ({ shown, of, outer, corner }),
    restore: (memory) => {
      const kept = memoryFrom(memory)
      if (kept === null) return
      ;({ shown, of, outer, corner } = kept)
      isDrawn = false
      if (isSeen()) void draw()
    },
  }
}

interface Kept {
  readonly shown: TensorShown
  readonly of: Of
  readonly outer: readonly number[]
  readonly corner: readonly [number, number]
}

function askedFrom(what: unknown): { readonly tensor: TensorShown; readonly of: Of } | null {
  const { tensor, of } = (typeof what === "object" && what !== null ? what : {}) as { readonly tensor?: unknown; readonly of?: unknown }
  return isShown(tensor) ? { tensor, of: of === "grad" ? "grad" : "value" } : null
}

function memoryFrom(memory: unknown): Kept | null {
  const { shown, of, outer, corner } = (typeof memory === "object" && memory !== null ? memory : {}) as { readonly [key in keyof Kept]?: unknown }
  if (!isShown(shown) || !Array.isArray(outer) || !Array.isArray(corner)) return null
  // No engine of now knows that run's numbers.
  return { shown: { ...shown, runId: 0 }, of: of === "grad" ? "grad" : "value", outer: outer.map(Number), corner: [Number(corner[0]) || 0, Number(corner[1]) || 0] }
}

function isShown(what: unknown): what is TensorShown {
  const { name, value } = (typeof what === "object" && what !== null ? what : {}) as { readonly name?: unknown; readonly value?: { readonly kind?: unknown } }
  return typeof name === "string" && value?.kind === "tensor"
}
