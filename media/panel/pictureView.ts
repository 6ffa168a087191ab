// The graph as a picture: cards and arrows, moved by hand, wheel and keys. The first thing that a learner sees.
import type { Look } from "./camera.ts"
import { comparison } from "./comparison.ts"
import { iconButton } from "./controls.ts"
import { element } from "./dom.ts"
import { Picture } from "./draw.ts"
import { members } from "./fold.ts"
import { listenToHands } from "./hands.ts"
import { walk, type Action } from "./keys.ts"
import { legend } from "./legend.ts"
import type { GraphState } from "./graphState.ts"
import { pathToRoot } from "./model.ts"
import type { PanelView, ViewContext } from "./view.ts"

export function pictureView(context: ViewContext): PanelView {
  const { strings, state } = context
  const picture = new Picture(strings, () => context.save())
  const { camera } = picture
  const omitted = element("p", { class: "note", hidden: "" })
  /** Set while the picture waits to be seen: the look that it will have. */
  let awaited: Look | "open" | null = null

  /** The first look needs the stage's size, which it has only once it is seen. */
  const settle = (): void => {
    if (awaited === null || picture.stage.clientWidth === 0 || state.drawn === null) return
    const look = awaited
    awaited = null
    if (look === "open") camera.open()
    else camera.set(look)
  }
  const mark = (): void => {
    if (state.drawn !== null) compared.mark(state.drawn.view, (id) => picture.card(id))
  }
  const compared = comparison(context, () => {
    mark()
    context.save()
  })
  const draw = (): void => {
    if (state.drawn !== null) picture.draw(state.drawn.index, state.drawn.view, (fold) => context.close(fold))
    mark()
  }
  const act = (action: Action): void => {
    switch (action.kind) {
      case "pan": {
        const [x, y] = { up: [0, 60], down: [0, -60], left: [60, 0], right: [-60, 0] }[action.to]
        return camera.panBy(x, y)
      }
      case "zoom": return camera.zoomBy(action.by)
      case "fit": return camera.fit()
      case "search": return context.search()
      case "leave": return context.leave()
    }
    const { drawn, selected } = state
    if (picture.shown === null || drawn === null) return
    if (action.kind === "close") {
      const fold = selected === null ? undefined : drawn.view.around.get(selected)?.at(-1)
      if (fold !== undefined) context.close(fold, "focus")
      return
    }
    const root = state.homeOf(drawn.index.graph.root)
    const here = selected ?? root
    if (action.kind === "activate") {
      if (here !== null) context.press(here)
    } else if (action.kind === "first") context.select(picture.shown.view.items[0]?.id ?? null, "focus")
    else if (action.kind === "last") context.select(root, "focus")
    else if (action.kind === "walk" && here !== null) context.select(selected === null ? here : (walk(picture.shown.view, picture.shown.placed, here, action.to) ?? here), "focus")
  }
  listenToHands(picture, { act, press: (id) => context.press(id) })
  new ResizeObserver(settle).observe(picture.stage)

  return {
    id: "graph",
    title: strings.graph,
    element: element("div", { class: "canvas" }, picture.stage, omitted, compared.list),
    room: "beside",
    tools: element("div", { class: "zoom" },
      compared.button,
      iconButton(strings.zoomOut, "M3 8 H13", () => camera.zoomBy(0.8)),
      iconButton(strings.zoomIn, "M3 8 H13 M8 3 V13", () => camera.zoomBy(1.25)),
      iconButton(strings.fit, "M2 5.5 V2 H5.5 M10.5 2 H14 V5.5 M14 10.5 V14 H10.5 M5.5 14 H2 V10.5", () => camera.fit())),
    foot: legend(strings),
    fits: ({ graph }) => graph !== null,
    show: (model, isSame) => {
      const { graph, description = "" } = model
      compared.show(model)
      if (!isSame) awaited ??= "open"
      const left = graph?.omitted ?? 0
      omitted.textContent = left > 0 ? strings.omitted(left) : ""
      omitted.hidden = left === 0
      picture.stage.setAttribute("aria-description", description)
      draw()
      settle()
    },
    refolded: draw,
    select: (id, how) => {
      const { drawn } = state
      const item = id === null ? null : state.itemOf(id)
      const path = item === null || drawn === null ? new Set<string>() : pathToRoot(drawn.index, members(item)[0])
      const homes = new Set([...path].map((node) => state.homeOf(node)))
      picture.select(id, (other) => homes.has(other))
      if (id !== null) picture.bringIn(id)
      if (id !== null && how === "focus") picture.focus(id)
    },
    seen: () => {
      compared.refresh()
      mark()
      // What was selected in another view meanwhile; the stage has its size once it is laid out.
      requestAnimationFrame(() => {
        if (state.selected !== null && awaited === null) picture.bringIn(state.selected)
      })
    },
    focus: () => {
      const id = state.selected ?? picture.shown?.view.items.at(-1)?.id
      if (id !== undefined) picture.focus(id)
    },
    ask: (what) => {
      const { name, line } = (typeof what === "object" && what !== null ? what : {}) as { readonly name?: unknown; readonly line?: unknown }
      const node = typeof name === "string" ? tensorNamed(state, name, line) : undefined
      if (node !== undefined) context.selectNode(node, "show", true)
    },
    picture: (title, description) => picture.file(title, description),
    memory: () => ({ ...camera.current, compares: state.compares }),
    restore: (look) => {
      if (!isLook(look)) return
      const { x, y, scale } = look
      awaited = { x, y, scale }
      state.compares = "compares" in look && look.compares === true
      compared.refresh()
      mark()
      settle()
    },
  }
}

/** The node of a tensor by its name, the one of the line where there are several; a parameter may be called after an inner module. */
function tensorNamed({ drawn }: GraphState, name: string, line: unknown): string | undefined {
  const named = drawn?.index.graph.nodes.filter((each) => each.kind !== "grad_fn" && (each.name === name || name.endsWith(`.${each.name}`))) ?? []
  return (named.find(({ span }) => span?.line === line) ?? named.at(-1))?.id
}

function isLook(value: unknown): value is Look {
  return typeof value === "object" && value !== null && ["x", "y", "scale"].every((key) => Number.isFinite((value as Record<string, unknown>)[key]))
}
