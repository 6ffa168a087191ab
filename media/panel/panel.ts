// The panel's house: title, tabs, search, details, the live region and what a reload needs, around the views of views.ts.
// Holds the one selection that all views follow; what a view shows is the view's.
import type { PanelApi, PanelHostApi, PanelModel, PanelState } from "../../engine/protocol/api.ts"
import { tabs, type Tabs } from "./controls.ts"
import { detailsOf } from "./details.ts"
import { element } from "./dom.ts"
import { factsOf } from "./facts.ts"
import { foldsAround, type Fold, type Item } from "./fold.ts"
import { GraphState, isSameAgain } from "./graphState.ts"
import { lighter, type Memory } from "./memory.ts"
import { searchGraph } from "./search.ts"
import { SearchBox } from "./searchBox.ts"
import type { Strings } from "./strings.ts"
import type { How, MakeView, PanelView, ViewContext } from "./view.ts"

export class Panel implements PanelApi {
  private readonly strings: Strings
  private readonly host: PanelHostApi
  private readonly remember: (memory: Memory) => void
  private readonly state_ = new GraphState()
  private readonly views: readonly PanelView[]
  private readonly places: readonly HTMLElement[]
  private model: PanelModel | null = null
  private tab = 0

  private readonly tabs: Tabs
  private readonly search: SearchBox
  private readonly title = element("h1", {})
  private readonly banner = element("p", { class: "banner", role: "status", hidden: "" })
  private readonly body: HTMLElement
  private readonly details: HTMLElement
  private readonly empty = element("section", { class: "empty", hidden: "" })
  private readonly live = element("div", { class: "live", "aria-live": "polite" })

  constructor(page: HTMLElement, host: PanelHostApi, strings: Strings, made: readonly MakeView[], remember: (memory: Memory) => void) {
    this.host = host
    this.strings = strings
    this.remember = remember
    this.search = new SearchBox(strings, {
      matches: (text) => (this.state_.drawn === null ? [] : searchGraph(this.state_.drawn.index, text)),
      isFolded: (id) => this.state_.homeOf(id) !== id,
      show: (id, unfold) => this.selectNode(id, "show", unfold),
      leave: () => this.seen().focus(),
    })
    const context = this.contextOf(document.documentElement.lang)
    this.views = made.map((make) => make(context))
    this.places = this.views.map((view) => element("div", { class: "place", "data-view": view.id }, view.element, element("p", { class: "nothing hint", hidden: "" })))
    this.tabs = tabs(strings.views, this.views.map(({ title }, at) => ({ title, content: this.places[at] })), (at) => this.choose(at))
    this.details = element("section", { class: "details", "aria-label": strings.details, tabindex: "0" })
    this.body = element("div", { class: "body", hidden: "" }, this.tabs.panels, this.details)
    const tools = this.views.flatMap(({ tools: own }) => (own === undefined ? [] : [own]))
    const feet = this.views.flatMap(({ foot }) => (foot === undefined ? [] : [foot]))
    const bar = element("div", { class: "bar" }, this.title, this.search.field, this.search.found, ...tools)
    page.setAttribute("role", "main")
    page.replaceChildren(element("div", { class: "panel" }, bar, this.banner, this.body, ...feet, this.empty, this.live))
    this.furnish()
  }

  show(model: PanelModel): void {
    const isSame = isSameAgain(this.model, model)
    this.model = model
    this.kept = null
    this.state_.take(model.graph, isSame)
    this.redraw(isSame)
  }

  selectLine(line: number | null): void {
    const { selected, drawn } = this.state_
    if (drawn === null) return
    if (line === null) return this.select(null, "quiet")
    // The line of what is selected already: a click here put the cursor there, and the click knows better.
    if (selected !== null && this.state_.node(selected)?.span?.line === line) return
    const id = this.state_.itemAtLine(line)
    if (id !== null) this.select(id, "show")
  }

  open(view: string, ask?: unknown): void {
    const at = this.views.findIndex(({ id }) => id === view)
    if (at < 0) return
    this.tabs.show(at)
    this.choose(at)
    if (ask !== undefined) this.views[at].ask?.(ask)
  }

  async picture(title: string, description: string): Promise<string | null> {
    return this.views.find((view) => view.picture !== undefined)?.picture?.(title, description) ?? null
  }

  async state(): Promise<PanelState> {
    const { model } = this
    const { drawn } = this.state_
    return {
      title: model?.title ?? "",
      nodes: drawn === null ? [] : drawn.index.order.flatMap((id) => {
        const node = drawn.index.nodes.get(id)
        return node === undefined ? [] : [{ kind: node.kind, name: node.name, line: node.span?.line ?? null, value: node.value ?? null, grad: node.grad ?? null }]
      }),
      selected: this.selectedName(),
      empty: drawn === null ? this.emptyText() : null,
      stale: model?.stale ?? false,
      view: this.seen().id,
      ...Object.assign({}, ...this.views.map((view) => view.told?.() ?? {})) as Partial<PanelState>,
    }
  }

  /** Redraws what was saved before a reload. */
  restore(memory: Memory): void {
    this.show(memory.model)
    this.state_.opened = new Set(memory.opened)
    this.state_.spread = new Set(memory.spread)
    this.state_.refold()
    const at = this.views.findIndex(({ id }) => id === memory.tab)
    if (at >= 0) {
      this.tabs.show(at)
      this.choose(at)
    }
    this.refolded()
    if (memory.selected !== null && this.state_.itemOf(memory.selected) !== null) this.select(memory.selected, "quiet")
    for (const view of this.views) view.restore?.(memory.views[view.id])
  }

  private contextOf(language: string): ViewContext {
    return {
      strings: this.strings,
      language,
      host: this.host,
      state: this.state_,
      model: () => this.model,
      select: (id, how) => this.select(id, how),
      selectNode: (node, how, unfold) => this.selectNode(node, how, unfold ?? false),
      press: (id) => this.press(id),
      open: (fold, how) => this.openFold(fold, how),
      close: (fold, how) => this.closeFold(fold, how),
      toggle: (item, open) => this.toggle(item, open),
      reveal: (span) => this.host.reveal(this.model?.uri ?? "", span),
      show: (view, ask) => this.open(view, ask),
      search: () => this.search.focus(),
      leave: () => void this.host.focusEditor?.(),
      say: (text) => this.say(text),
      save: () => this.save(),
    }
  }

  private seen(): PanelView {
    return this.views[this.tab]
  }

  private choose(at: number): void {
    if (this.views[at] === undefined) return
    if (at !== this.tab) this.seen().unseen?.()
    this.tab = at
    this.furnish()
    this.seen().seen?.()
    this.save()
  }

  /** Shows what belongs to the view that is seen, and hides what belongs to others. */
  private furnish(): void {
    const isEmpty = this.body.hidden
    const { room } = this.seen()
    this.details.hidden = room !== "beside" || this.state_.drawn === null
    this.search.field.hidden = isEmpty || this.details.hidden
    this.search.found.hidden = this.search.field.hidden
    this.views.forEach(({ tools, foot }, at) => {
      if (tools !== undefined) tools.hidden = isEmpty || at !== this.tab
      if (foot !== undefined) foot.hidden = isEmpty || at !== this.tab
    })
  }

  // What hands and keys ask for.

  private press(id: string): void {
    const item = this.state_.itemOf(id)
    if (item === null) return
    if (item.kind === "fold") return this.openFold(item)
    this.select(id, "focus")
    const span = this.state_.node(id)?.span
    if (span !== undefined && this.model !== null) this.host.reveal(this.model.uri, span)
  }

  private toggle(item: Item, open: boolean): void {
    if (item.kind === "fold") return open ? this.openFold(item, "quiet") : this.closeFold(item, "quiet")
    if (open) this.state_.spread.add(item.id)
    else this.state_.spread.delete(item.id)
    this.refolded()
    this.save()
  }

  private openFold(fold: Fold, how: How = "focus"): void {
    if (this.state_.drawn === null) return
    this.state_.open(fold)
    this.refolded()
    this.select(how === "focus" ? this.state_.firstOf(fold) : fold.id, how)
    this.say(this.strings.opened(fold.label, fold.items.length))
  }

  private closeFold(fold: Fold, how: How = "focus"): void {
    this.state_.close(fold)
    this.refolded()
    this.select(fold.id, how)
    this.say(this.strings.closed(fold.label))
  }

  private selectNode(node: string, how: How, unfold = false): void {
    const { drawn } = this.state_
    if (drawn === null) return
    const closed = unfold ? foldsAround(drawn.items, node).filter((fold) => !this.state_.opened.has(fold.id)) : []
    for (const fold of closed) this.state_.open(fold)
    // Drawn once, however many folds lie around the node.
    if (closed.length > 0) this.refolded()
    this.select(this.state_.homeOf(node), how)
  }

  private select(id: string | null, how: How): void {
    const { drawn } = this.state_
    if (drawn === null) return
    this.state_.selected = id
    const item = id === null ? null : this.state_.itemOf(id)
    // Only the view that is seen may take the keyboard.
    this.views.forEach((view, at) => view.select(id, how === "focus" && at !== this.tab ? "show" : how))
    this.drawDetails(item)
    if (item !== null) {
      const facts = factsOf(drawn.index, item, this.strings)
      this.say(this.strings.selected(facts.name, facts.kindText, facts.place))
    }
    this.save()
  }

  // Drawing.

  private drawDetails(item: Item | null): void {
    const { drawn } = this.state_
    if (drawn === null) return
    const around = item === null ? [] : (drawn.view.around.get(item.id) ?? [])
    this.details.replaceChildren(...detailsOf(drawn.index, item, around, this.strings, {
      select: (other) => this.selectNode(other, "focus", true),
      reveal: (span) => this.host.reveal(this.model?.uri ?? "", span),
      copy: (text) => this.host.copy(text),
      verdicts: this.model?.verdicts ?? [],
      open: (fold) => this.openFold(fold),
      close: (fold) => this.closeFold(fold),
      explain: (at) => this.open("explanation", { at }),
    }))
    this.details.scrollTop = 0
    // What scrolls must be reached by the keyboard; what does not would only be a stop on the way.
    for (const box of this.details.querySelectorAll<HTMLElement>(".scroller")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0
    }
  }

  private refolded(): void {
    for (const view of this.views) view.refolded?.()
  }

  private redraw(isSame: boolean): void {
    const { model } = this
    if (model === null) return
    this.title.textContent = model.title
    this.banner.textContent = model.stale ? this.strings.stale : ""
    this.banner.hidden = !model.stale
    const fitting = this.views.map((view) => view.fits(model))
    const isEmpty = !fitting.includes(true)
    this.body.hidden = isEmpty
    this.empty.hidden = !isEmpty
    this.empty.replaceChildren(element("h2", {}, this.strings.empty), element("p", {}, this.emptyText()))
    this.furnish()
    this.views.forEach((view, at) => {
      view.element.hidden = !fitting[at]
      const nothing = this.places[at].lastElementChild as HTMLElement
      nothing.hidden = fitting[at]
      nothing.textContent = this.emptyText()
      if (fitting[at]) view.show(model, isSame)
    })
    this.select(this.state_.selected, "quiet")
    this.save()
  }

  private selectedName(): string | null {
    const { selected, drawn } = this.state_
    const item = selected === null ? null : this.state_.itemOf(selected)
    return item === null || drawn === null ? null : factsOf(drawn.index, item, this.strings).name
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
      const { selected, opened, spread } = this.state_
      const remembered = Object.fromEntries(this.views.map((view) => [view.id, view.memory?.() ?? null]))
      this.remember({ model: this.kept ??= lighter(this.model), selected, opened: [...opened], spread: [...spread], tab: this.seen().id, views: remembered })
    }, 200)
  }
}
