// The graph as a tree of the same facts, for those who read better than they look. The tree itself is tree.ts.
import { comparison } from "./comparison.ts"
import { element } from "./dom.ts"
import type { PanelView, ViewContext } from "./view.ts"
import { treeRows, TreeRows } from "./tree.ts"

export function treeView(context: ViewContext): PanelView {
  const { strings, state } = context
  const rows = new TreeRows(strings, {
    select: (item) => context.select(item.id, "quiet"),
    activate: (item) => {
      if (item.kind === "fold") return context.toggle(item, !state.opened.has(item.id))
      context.select(item.id, "quiet")
      const span = state.node(item.id)?.span
      if (span !== undefined) context.reveal(span)
    },
    toggle: (item, open) => context.toggle(item, open),
    search: () => context.search(),
    leave: () => context.leave(),
  })
  const draw = (): void => {
    if (state.drawn === null) return
    rows.draw(treeRows(state.drawn.index, state.drawn.items, state.opened, state.spread, strings))
    rows.select(state.selected)
  }
  const compared = comparison(context, () => context.save())
  return {
    id: "tree",
    title: strings.tree,
    element: element("div", { class: "treeAndChanges" }, rows.host, compared.list),
    room: "beside",
    tools: element("div", { class: "zoom" }, compared.button),
    fits: ({ graph }) => graph !== null,
    show: (model) => {
      compared.show(model)
      draw()
    },
    seen: () => compared.refresh(),
    refolded: draw,
    select: (id) => rows.select(id),
    focus: () => rows.focus(),
  }
}
