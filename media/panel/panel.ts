// The panel as a whole: one model, what is selected and open in it, and the views that follow.
import type { PanelApi, PanelHostApi, PanelModel, PanelState } from "../../engine/protocol/api.ts"
import type { Look } from "./camera.ts"
import { iconButton, tabs, type Tabs } from "./controls.ts"
import { detailsOf } from "./details.ts"
import { element } from "./dom.ts"
import { Picture } from "./draw.ts"
import { factsOf } from "./facts.ts"
import { foldGraph, foldsAround, members, mostDrawn, openAtFirst, viewOf, type Fold, type Item, type View } from "./fold.ts"
import { listenToHands } from "./hands.ts"
import { walk, type Action } from "./keys.ts"
import { legend } from "./legend.ts"
import { lighter, type Memory } from "./memory.ts"
import { indexGraph, nodeAtLine, pathToRoot, type GraphIndex } from "./model.ts"
import { searchGraph } from "./search.ts"
import { SearchBox } from "./searchBox.ts"
import type { Strings } from "./strings.ts"
import { treeRows, TreeView } from "./tree.ts"

interface Drawn {
  readonly index: GraphIndex
  readonly items: readonly Item[]
  view: View
}

export class Panel implements PanelApi {
  private readonly strings: Strings
  private readonly host: PanelHostApi
  private readonly remember: (memory: Memory) => void
  private model: PanelModel | null = null
  private drawn: Drawn | null = null
  private selected: string | null = null
  private opened = new Set<string>()
  private spread = new Set<string>()
  private tab = 0
  /** Set while the picture waits to be seen: the look that it will have. */
  private awaited: Look | "open" | null = null

  private readonly picture: Picture
  private readonly treeView: TreeView
  private readonly tabs: Tabs
  private readonly search: SearchBox
  private readonly title = element("h1", {})
  private readonly banner = element("p", { class: "banner", role: "status", hidden: "" })
  private readonly body: HTMLElement
  private readonly details: HTMLElement
  private readonly legend: HTMLElement
  private readonly empty = element("section", { class: "empty", hidden: "" })
  private readonly live = element("div", { class: "live", "aria-live": "polite" })
  private readonly omitted = element("p", { class: "note", hidden: "" })

  constructor(page: HTMLElement, host: PanelHostApi, strings: Strings, remember: (memory: Memory) => void) {
    this.host = host
    this.strings = strings
    this.remember = remember
    this.picture = new Picture(strings, () => this.save())
    this.treeView = new TreeView(strings, {
      select: (item) => this.select(item.id, "quiet"),
      activate: (item) => this.activate(item),
      toggle: (item, open) => this.toggle(item, open),
      search: () => this.search.focus(),
      leave: () => this.host.focusEditor?.(),
    })
    this.search = new SearchBox(strings, {
      matches: (text) => (this.drawn === null ? [] : searchGraph(this.drawn.index, text)),
      isFolded: (id) => this.drawn?.view.home.get(id) !== id,
      show: (id, unfold) => {
        if (unfold) this.unfold(id)
        this.select(this.drawn?.view.home.get(id) ?? null, "show")
      },
      leave: () => this.focusView(),
    })
    const canvas = element("div", { class: "canvas" }, this.picture.stage, this.omitted)
    this.tabs = tabs(strings.views, [{ title: strings.graph, content: canvas }, { title: strings.tree, content: this.treeView.host }], (at) => {
      this.tab = at
      this.legend.hidden = at !== 0
      this.save()
    })
    this.details = element("section", { class: "details", "aria-label": strings.details, tabindex: "0" })
    this.body = element("div", { class: "body", hidden: "" }, this.tabs.panels, this.details)
    this.legend = legend(strings)
    const zoom = element("div", { class: "zoom" },
      iconButton(strings.zoomOut, "M3 8 H13", () => this.picture.camera.zoomBy(0.8)),
      iconButton(strings.zoomIn, "M3 8 H13 M8 3 V13", () => this.picture.camera.zoomBy(1.25)),
      iconButton(strings.fit, "M2 5.5 V2 H5.5 M10.5 2 H14 V5.5 M14 10.5 V14 H10.5 M5.5 14 H2 V10.5", () => this.picture.camera.fit()))
    const bar = element("div", { class: "bar" }, this.title, this.search.field, this.search.found, zoom)
    page.setAttribute("role", "main")
    page.replaceChildren(element("div", { class: "panel" }, bar, this.banner, this.body, this.legend, this.empty, this.live))
    listenToHands(this.picture, { act: (action) => this.act(action), press: (id) => this.press(id) })
    new ResizeObserver(() => this.settle()).observe(this.picture.stage)
  }

  show(model: PanelModel): void {
    const same = this.model !== null && this.model.uri === model.uri && this.model.title === model.title && this.drawn !== null
    const kept = same ? this.keptSelection(model) : null
    this.model = model
    this.kept = null
    if (model.graph === null) this.drawn = null
    else {
      const index = indexGraph(model.graph)
      const items = foldGraph(index)
      if (!same) {
        this.opened = new Set(openAtFirst(items))
        this.spread = new Set()
        this.awaited = "open"
      }
      this.drawn = { index, items, view: viewOf(index, items, this.opened) }
    }
    this.selected = kept
    this.redraw()
  }

  selectLine(line: number | null): void {
    if (this.drawn === null) return
    if (line === null) return this.select(null, "quiet")
    const { index, view } = this.drawn
    // The line of what is selected already: a click here put the cursor there, and the click knows better.
    if (this.selected !== null && index.nodes.get(this.selected)?.span?.line === line) return
    const id = nodeAtLine(index, line, (node) => view.home.get(node) === node)
    if (id !== null) this.select(view.home.get(id) ?? null, "show")
  }

  async state(): Promise<PanelState> {
    const { model, drawn } = this
    return {
      title: model?.title ?? "",
      nodes: drawn === null ? [] : drawn.index.order.flatMap((id) => {
        const node = drawn.index.nodes.get(id)
        return node === undefined ? [] : [{ kind: node.kind, name: node.name, line: node.span?.line ?? null, value: node.value ?? null, grad: node.grad ?? null }]
      }),
      selected: this.selectedName(),
      empty: drawn === null ? this.emptyText() : null,
      stale: model?.stale ?? false,
    }
  }

  /** Redraws what was saved before a reload. */
  restore(memory: Memory): void {
    this.show(memory.model)
    this.opened = new Set(memory.opened)
    this.spread = new Set(memory.spread)
    this.awaited = memory.look
    this.tab = memory.tab
    this.tabs.show(memory.tab)
    this.review()
    if (memory.selected !== null && this.itemOf(memory.selected) !== null) this.select(memory.selected, "quiet")
  }

  // What hands and keys ask for.

  private press(id: string): void {
    const item = this.itemOf(id)
    if (item === null) return
    if (item.kind === "node") {
      this.select(id, "focus")
      this.reveal(id)
    } else this.open(item)
  }

  private act(action: Action): void {
    const { camera, shown } = this.picture
    switch (action.kind) {
      case "pan": {
        const [x, y] = { up: [0, 60], down: [0, -60], left: [60, 0], right: [-60, 0] }[action.to]
        return camera.panBy(x, y)
      }
      case "zoom": return camera.zoomBy(action.by)
      case "fit": return camera.fit()
      case "search": return this.search.focus()
      case "leave": {
        this.host.focusEditor?.()
        return
      }
      case "close": return this.closeInnermost()
    }
    if (shown === null || this.drawn === null) return
    const here = this.selected ?? this.drawn.view.home.get(this.drawn.index.graph.root) ?? null
    if (action.kind === "activate") {
      if (here !== null) this.press(here)
    } else if (action.kind === "first") this.select(shown.view.items[0]?.id ?? null, "focus")
    else if (action.kind === "last") this.select(this.drawn.view.home.get(this.drawn.index.graph.root) ?? null, "focus")
    else if (action.kind === "walk" && here !== null) this.select(this.selected === null ? here : (walk(shown.view, shown.placed, here, action.to) ?? here), "focus")
  }

  private activate(item: Item): void {
    if (item.kind === "fold") this.toggle(item, !this.opened.has(item.id))
    else {
      this.select(item.id, "quiet")
      this.reveal(item.id)
    }
  }

  private toggle(item: Item, open: boolean): void {
    if (item.kind === "node") {
      if (open) this.spread.add(item.id)
      else this.spread.delete(item.id)
      this.drawTree()
      this.save()
    } else if (open) this.open(item, "quiet")
    else this.close(item, "quiet")
  }

  private open(fold: Fold, how: "focus" | "quiet" = "focus"): void {
    if (this.drawn === null) return
    this.opened.delete(fold.id)
    this.opened.add(fold.id)
    const needed = new Set([fold.id, ...foldsAround(this.drawn.items, members(fold)[0]).map(({ id }) => id)])
    for (const id of [...this.opened]) {
      if (viewOf(this.drawn.index, this.drawn.items, this.opened).items.length <= mostDrawn) break
      if (!needed.has(id)) this.opened.delete(id)
    }
    this.review()
    const first = this.drawn.view.home.get(members(fold)[0]) ?? null
    this.select(how === "focus" ? first : fold.id, how)
    this.say(this.strings.opened(fold.label, fold.items.length))
  }

  private close(fold: Fold, how: "focus" | "quiet" = "focus"): void {
    this.opened.delete(fold.id)
    this.review()
    this.select(fold.id, how)
    this.say(this.strings.closed(fold.label))
  }

  private closeInnermost(): void {
    const fold = this.selected === null ? undefined : this.drawn?.view.around.get(this.selected)?.at(-1)
    if (fold !== undefined) this.close(fold)
  }

  private reveal(id: string): void {
    const span = this.drawn?.index.nodes.get(id)?.span
    if (span !== undefined && this.model !== null) this.host.reveal(this.model.uri, span)
  }

  private unfold(id: string): void {
    if (this.drawn === null) return
    for (const fold of foldsAround(this.drawn.items, id)) if (!this.opened.has(fold.id)) this.open(fold, "quiet")
  }

  private focusView(): void {
    if (this.tab === 1) return this.treeView.focus()
    const id = this.selected ?? this.picture.shown?.view.items.at(-1)?.id
    if (id !== undefined) this.picture.focus(id)
  }

  // Drawing.

  private select(id: string | null, how: "focus" | "show" | "quiet"): void {
    const { drawn } = this
    if (drawn === null) return
    this.selected = id
    const item = id === null ? null : this.itemOf(id)
    const path = item === null ? new Set<string>() : pathToRoot(drawn.index, members(item)[0])
    const homes = new Set([...path].map((node) => drawn.view.home.get(node)))
    this.picture.select(id, (other) => homes.has(other))
    this.treeView.select(id)
    const around = id === null ? [] : (drawn.view.around.get(id) ?? [])
    this.details.replaceChildren(...detailsOf(drawn.index, item, around, this.strings, {
      select: (other) => {
        this.unfold(other)
        this.select(other, this.tab === 0 ? "focus" : "quiet")
      },
      reveal: (span) => this.host.reveal(this.model?.uri ?? "", span),
      copy: (text) => this.host.copy(text),
      open: (fold) => this.open(fold),
      close: (fold) => this.close(fold),
    }))
    this.details.scrollTop = 0
    // What scrolls must be reached by the keyboard; what does not would only be a stop on the way.
    for (const box of this.details.querySelectorAll<HTMLElement>(".scroller")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0
    }
    if (item !== null) {
      const facts = factsOf(drawn.index, item, this.strings)
      this.say(this.strings.selected(facts.name, facts.kindText, facts.place))
      this.picture.bringIn(item.id)
    }
    if (how === "focus" && id !== null) this.picture.focus(id)
    this.save()
  }

  private review(): void {
    if (this.drawn === null) return
    this.drawn.view = viewOf(this.drawn.index, this.drawn.items, this.opened)
    this.picture.draw(this.drawn.index, this.drawn.view, (fold) => this.close(fold))
    this.drawTree()
  }

  private drawTree(): void {
    if (this.drawn === null) return
    this.treeView.draw(treeRows(this.drawn.index, this.drawn.items, this.opened, this.spread, this.strings))
    this.treeView.select(this.selected)
  }

  private redraw(): void {
    const { model, drawn } = this
    this.title.textContent = model?.title ?? ""
    this.banner.textContent = model?.stale === true ? this.strings.stale : ""
    this.banner.hidden = model?.stale !== true
    this.body.hidden = drawn === null
    this.legend.hidden = drawn === null || this.tab !== 0
    this.empty.hidden = drawn !== null
    this.empty.replaceChildren(element("h2", {}, this.strings.empty), element("p", {}, this.emptyText()))
    const omitted = model?.graph?.omitted ?? 0
    this.omitted.textContent = omitted > 0 ? this.strings.omitted(omitted) : ""
    this.omitted.hidden = omitted === 0
    if (drawn === null) return this.save()
    this.review()
    this.settle()
    this.select(this.selected, "quiet")
  }

  /** The first look needs the stage's size, which it has only once it is seen. */
  private settle(): void {
    if (this.awaited === null || this.picture.stage.clientWidth === 0 || this.drawn === null) return
    const look = this.awaited
    this.awaited = null
    if (look === "open") this.picture.camera.open()
    else this.picture.camera.set(look)
  }

  /** After another run of the same code, what was selected is found again by its id, else by name and line. */
  private keptSelection(next: PanelModel): string | null {
    const { selected, drawn } = this
    if (selected === null || drawn === null || next.graph === null) return null
    const before = drawn.index.nodes.get(selected)
    if (before === undefined) return selected
    const same = (node: { readonly name: string; readonly span?: { readonly line: number } }): boolean => node.name === before.name && node.span?.line === before.span?.line
    const byId = next.graph.nodes.find((node) => node.id === selected)
    return byId !== undefined && same(byId) ? selected : (next.graph.nodes.find(same)?.id ?? null)
  }

  private itemOf(id: string): Item | null {
    const find = (items: readonly Item[]): Item | null => {
      for (const item of items) {
        if (item.id === id) return item
        const inner = item.kind === "fold" ? find(item.items) : null
        if (inner !== null) return inner
      }
      return null
    }
    if (this.drawn === null) return null
    return this.drawn.index.nodes.has(id) ? { kind: "node", id } : find(this.drawn.items)
  }

  private selectedName(): string | null {
    const item = this.selected === null ? null : this.itemOf(this.selected)
    return item === null || this.drawn === null ? null : factsOf(this.drawn.index, item, this.strings).name
  }

  private emptyText(): string {
    return this.model?.empty ?? this.strings.emptyHint
  }

  private say(text: string): void {
    this.live.textContent = text
  }

  private saving = 0
  /** The model as it is saved; null until it is first needed. */
  private kept: PanelModel | null = null

  private save(): void {
    if (this.saving !== 0) return
    this.saving = window.setTimeout(() => {
      this.saving = 0
      if (this.model === null) return
      this.remember({ model: this.kept ??= lighter(this.model), selected: this.selected, opened: [...this.opened], spread: [...this.spread], tab: this.tab, look: this.picture.camera.current })
    }, 200)
  }
}
