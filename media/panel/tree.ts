// The graph's twin as a tree: the same facts in rows, for those who read better than they look.
import { glyph } from "./card.ts"
import { drawn, element } from "./dom.ts"
import { factsOf, type Facts } from "./facts.ts"
import type { Item } from "./fold.ts"
import { edgeKey, type GraphIndex } from "./model.ts"
import type { Strings } from "./strings.ts"

export interface TreeRow {
  /** Unique in the tree. */
  readonly key: string
  readonly level: number
  readonly position: number
  readonly siblings: number
  /** Null for a row that cannot open. */
  readonly expanded: boolean | null
  /** Set for a node or a fold, null for one of a node's facts. */
  readonly item: Item | null
  readonly facts: Facts | null
  readonly label: string
  readonly text: string
}

/** The rows to be seen with these folds open and these nodes spread out. */
export function treeRows(index: GraphIndex, items: readonly Item[], opened: ReadonlySet<string>, spread: ReadonlySet<string>, strings: Strings): TreeRow[] {
  const rows: TreeRow[] = []
  const walk = (row: readonly Item[], level: number): void => {
    row.forEach((item, at) => {
      const facts = factsOf(index, item, strings)
      const expanded = item.kind === "fold" ? opened.has(item.id) : spread.has(item.id)
      rows.push({ key: item.id, level, position: at + 1, siblings: row.length, expanded, item, facts, label: facts.name, text: facts.kindText })
      if (!expanded) return
      if (item.kind === "fold") walk(item.items, level + 1)
      else rows.push(...factRows(index, facts, level + 1, strings))
    })
  }
  walk(items, 1)
  return rows
}

function factRows(index: GraphIndex, facts: Facts, level: number, strings: Strings): TreeRow[] {
  const names = (ids: readonly string[], key: (id: string) => string): string => ids.map((id) => {
    const times = index.times.get(key(id)) ?? 1
    return `${index.nodes.get(id)?.name ?? ""}${times > 1 ? ` ${strings.times(times)}` : ""}`
  }).join(", ")
  const lines = [
    [strings.shape, facts.shape],
    ...facts.rows.map(({ label, text }) => [label, text]),
    [strings.place, facts.place],
    [strings.madeOf, names(index.inputs.get(facts.id) ?? [], (id) => edgeKey(id, facts.id))],
    [strings.usedBy, names(index.uses.get(facts.id) ?? [], (id) => edgeKey(facts.id, id))],
  ].filter(([, text]) => text !== "")
  return lines.map(([label, text], at) => ({ key: `${facts.id} ${label}`, level, position: at + 1, siblings: lines.length, expanded: null, item: null, facts: null, label, text }))
}

export interface TreeActions {
  select(item: Item): void
  activate(item: Item): void
  toggle(item: Item, open: boolean): void
  search(): void
  leave(): void
}

/** The tree on the page. */
export class TreeRows {
  readonly host: HTMLElement
  private rows: readonly TreeRow[] = []
  private lines: HTMLElement[] = []
  private current: string | null = null
  private readonly actions: TreeActions

  constructor(strings: Strings, actions: TreeActions) {
    this.actions = actions
    this.host = element("div", { class: "tree", role: "tree", "aria-label": strings.tree })
    this.host.addEventListener("keydown", (event) => this.press(event))
    this.host.addEventListener("click", (event) => this.click(event))
  }

  draw(rows: readonly TreeRow[]): void {
    const hadFocus = this.host.contains(document.activeElement)
    this.rows = rows
    this.lines = rows.map(drawRow)
    this.host.replaceChildren(...this.lines)
    this.mark(this.current)
    if (hadFocus) this.focus()
  }

  /** Marks the selected item's row; it becomes the one that Tab reaches. */
  select(id: string | null): void {
    this.rows.forEach((row, at) => {
      if (row.item !== null) this.lines[at].setAttribute("aria-selected", String(row.key === id))
    })
    this.mark(id)
    if (id !== null) this.lines[this.rows.findIndex((row) => row.key === id)]?.scrollIntoView({ block: "nearest" })
  }

  focus(): void {
    this.lines[Math.max(0, this.rows.findIndex((row) => row.key === this.current))]?.focus()
  }

  private mark(key: string | null): void {
    const at = this.rows.findIndex((row) => row.key === key)
    this.current = at < 0 ? (this.rows[0]?.key ?? null) : key
    this.lines.forEach((line, place) => line.setAttribute("tabindex", place === Math.max(0, at) ? "0" : "-1"))
  }

  private move(at: number): void {
    const row = this.rows[at]
    if (row === undefined) return
    this.mark(row.key)
    if (row.item !== null) this.actions.select(row.item)
    this.focus()
  }

  private click(event: MouseEvent): void {
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=treeitem]") : null
    const at = line === null ? -1 : this.lines.indexOf(line)
    const row = this.rows[at]
    if (row === undefined) return
    this.move(at)
    const onTwisty = event.target instanceof Element && event.target.closest(".twisty") !== null
    if (row.item === null) return
    if (onTwisty || row.item.kind === "fold") this.actions.toggle(row.item, row.expanded !== true)
    else this.actions.activate(row.item)
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // Assistive tools put the focus on a row without walking there.
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=treeitem]") : null
    const focused = line === null ? -1 : this.lines.indexOf(line)
    const at = focused >= 0 ? focused : Math.max(0, this.rows.findIndex((row) => row.key === this.current))
    const row = this.rows[at]
    if (row === undefined) return
    if (row.key !== this.current) this.mark(row.key)
    const parent = this.rows.slice(0, at).findLastIndex((other) => other.level < row.level)
    switch (event.key) {
      case "ArrowDown": this.move(at + 1); break
      case "ArrowUp": this.move(at - 1); break
      case "Home": this.move(0); break
      case "End": this.move(this.rows.length - 1); break
      case "ArrowRight":
        if (row.item !== null && row.expanded === false) this.actions.toggle(row.item, true)
        else if (row.expanded === true) this.move(at + 1)
        break
      case "ArrowLeft":
        if (row.item !== null && row.expanded === true) this.actions.toggle(row.item, false)
        else if (parent >= 0) this.move(parent)
        break
      case "Enter": case " ":
        if (row.item !== null) this.actions.activate(row.item)
        break
      case "/": this.actions.search(); break
      case "Escape": this.actions.leave(); break
      default: return
    }
    event.preventDefault()
    event.stopPropagation()
  }
}

function drawRow(row: TreeRow): HTMLElement {
  const line = element("div", {
    role: "treeitem",
    tabindex: "-1",
    class: row.facts === null ? "row fact" : `row ${row.facts.kind}`,
    "aria-level": String(row.level),
    "aria-posinset": String(row.position),
    "aria-setsize": String(row.siblings),
    ...(row.expanded === null ? {} : { "aria-expanded": String(row.expanded) }),
    ...(row.item === null ? {} : { "data-row": row.key }),
  })
  line.style.setProperty("--level", String(row.level - 1))
  if (row.facts === null) {
    line.append(element("span", { class: "label" }, row.label), " ", element("span", { class: "code" }, row.text))
    return line
  }
  line.append(
    drawn("svg", { class: "twisty", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, drawn("path", { d: "M6 4 L10 8 L6 12" })),
    drawn("svg", { class: `mark ${row.facts.kind}`, viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, drawn("g", { class: "glyph" }, ...glyph(row.facts.kind))),
    element("span", { class: "rowName" }, row.facts.name),
    " ",
    element("span", { class: "hint" }, row.facts.shape === "" ? row.text : `${row.text} · ${row.facts.shape}`),
    " ",
    element("span", { class: "rowValue" }, ...row.facts.rows.flatMap(({ label, text }) => [element("span", { class: "label" }, label), " ", element("span", { class: "code" }, text), " "])),
    element("span", { class: "rowPlace" }, row.facts.place),
  )
  return line
}
