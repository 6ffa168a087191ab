// Makes a large graph small: modules and repeated stretches become one fold that opens. Pure.
// Every fold is a stretch of one forward order, so that drawing it as one node never makes a circle.
import type { GraphNode } from "../../engine/protocol/api.ts"
import { edgeKey, isParameterName, type GraphIndex } from "./model.ts"
import { findRepeats } from "./repeats.ts"

export interface NodeItem {
  readonly kind: "node"
  readonly id: string
}

export interface Fold {
  readonly kind: "fold"
  /** Stays the same from run to run while the code does, so that what was open stays open. */
  readonly id: string
  /** `module`: one call of a module. `repeat`: the same stretch again and again. `turn`: one of these. `stretch`: a long row cut in parts. */
  readonly cause: "module" | "repeat" | "turn" | "stretch"
  readonly label: string
  /** How often the stretch repeats; the turn's number (from 1) for a turn; else 1. */
  readonly count: number
  readonly items: readonly Item[]
  /** How many graph nodes it holds. */
  readonly size: number
  readonly lines: readonly [number, number] | null
}

export type Item = NodeItem | Fold

export interface ViewEdge {
  readonly from: string
  readonly to: string
  /** How often the one is an input of the other; 1 where one of them is a fold. */
  readonly times: number
  /** One of the many edges of something that is used everywhere: drawn only while one of its ends is selected. */
  readonly aside: boolean
  /** How many edges stand aside for this one. */
  readonly others: number
}

/** What is drawn: nodes and closed folds, the edges between them, and where each graph node is to be found. */
export interface View {
  readonly items: readonly Item[]
  readonly edges: readonly ViewEdge[]
  /** The drawn item that a graph node is, or is folded into. */
  readonly home: ReadonlyMap<string, string>
  /** Open folds around each drawn item, outermost first. */
  readonly around: ReadonlyMap<string, readonly Fold[]>
}

/** More drawn items than this are neither read nor laid out in good time. */
export const mostDrawn = 400
/** A source with more uses than this shows the first. */
const mostUses = 5
/** A graph is opened as far as it stays this small. */
const legible = 28
/** A row as short as this is read faster than a fold. */
const shortRow = 16
/** No fold shows more than this at once when it opens. */
const longestRow = 48

/** All folds of a graph, whether open or not. */
export function foldGraph(index: GraphIndex): readonly Item[] {
  const scopes = inheritedScopes(index)
  return foldRow(index, scopes, index.order, 0, "")
}

/** The folds to open at first: level by level, while the picture stays legible. */
export function openAtFirst(items: readonly Item[]): string[] {
  const opened: string[] = []
  let drawn = items.length
  let level = items.filter((item): item is Fold => item.kind === "fold")
  while (level.length > 0) {
    const grown = drawn + level.reduce((sum, fold) => sum + fold.items.length - 1, 0)
    // A level opens as one, since half of it open would look like a difference; only a picture of next to nothing opens in part.
    const opening = grown <= legible ? level : drawn < 8 ? level.filter((fold) => drawn + fold.items.length - 1 <= legible).slice(0, 1) : []
    for (const fold of opening) {
      drawn += fold.items.length - 1
      opened.push(fold.id)
    }
    level = opening.flatMap((fold) => fold.items.filter((item): item is Fold => item.kind === "fold"))
  }
  return opened
}

/** What is drawn with these folds open. */
export function viewOf(index: GraphIndex, items: readonly Item[], opened: ReadonlySet<string>): View {
  const drawn: Item[] = []
  const home = new Map<string, string>()
  const around = new Map<string, readonly Fold[]>()
  const walk = (row: readonly Item[], outer: readonly Fold[]): void => {
    for (const item of row) {
      if (item.kind === "fold" && opened.has(item.id)) {
        walk(item.items, [...outer, item])
        continue
      }
      drawn.push(item)
      around.set(item.id, outer)
      for (const id of members(item)) home.set(id, item.id)
    }
  }
  walk(items, [])
  const edges = new Map<string, { from: string; to: string; times: number }>()
  for (const { from, to } of index.graph.edges) {
    const [start, end] = [home.get(from), home.get(to)]
    if (start === undefined || end === undefined || start === end) continue
    const key = edgeKey(start, end)
    const edge = edges.get(key)
    const whole = start === from && end === to
    if (edge === undefined) edges.set(key, { from: start, to: end, times: 1 })
    else if (whole) edge.times += 1
  }
  return { items: drawn, edges: withoutFans([...edges.values()], drawn), home, around }
}

/** A weight that every turn of a loop uses would cover the picture with lines: all but its first edge stand aside. */
function withoutFans(edges: readonly { readonly from: string; readonly to: string; readonly times: number }[], drawn: readonly Item[]): ViewEdge[] {
  const place = new Map(drawn.map(({ id }, at) => [id, at]))
  const uses = new Map<string, string[]>()
  const inputs = new Map<string, string[]>()
  for (const { from, to } of edges) {
    uses.set(from, [...(uses.get(from) ?? []), to])
    inputs.set(to, [...(inputs.get(to) ?? []), from])
  }
  const isSource = (id: string): boolean => (inputs.get(id) ?? []).every((input) => (inputs.get(input) ?? []).length === 0)
  const first = (ids: readonly string[]): string => ids.reduce((early, id) => ((place.get(id) ?? 0) < (place.get(early) ?? 0) ? id : early))
  return edges.map((edge) => {
    const all = uses.get(edge.from) ?? []
    if (all.length <= mostUses || !isSource(edge.from)) return { ...edge, aside: false, others: 0 }
    const isFirst = first(all) === edge.to
    return { ...edge, aside: !isFirst, others: isFirst ? all.length - 1 : 0 }
  })
}

/** The ids of every graph node in an item. */
export function members(item: Item): string[] {
  if (item.kind === "node") return [item.id]
  const found: string[] = []
  const waiting: Item[] = [...item.items].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "node") found.push(next.id)
    else waiting.push(...[...next.items].reverse())
  }
  return found
}

/** The folds that hold a graph node, outermost first. */
export function foldsAround(items: readonly Item[], id: string): readonly Fold[] {
  for (const item of items) {
    if (item.kind === "node" || !members(item).includes(id)) continue
    return [item, ...foldsAround(item.items, id)]
  }
  return []
}

/** A module's parameters belong to the module that uses them, though they were made elsewhere. */
function inheritedScopes(index: GraphIndex): ReadonlyMap<string, readonly string[]> {
  const scopes = new Map<string, readonly string[]>()
  for (const id of [...index.order].reverse()) {
    const node = index.nodes.get(id)
    const own = node?.scope ?? []
    const uses = index.uses.get(id) ?? []
    const inherits = own.length === 0 && uses.length > 0 && isParameter(index, id, node)
    scopes.set(id, inherits ? uses.map((use) => scopes.get(use) ?? []).reduce(sharedStart) : own)
  }
  return scopes
}

function isParameter(index: GraphIndex, id: string, node: GraphNode | undefined): boolean {
  if (node?.name === "AccumulateGrad") {
    const leaf = (index.inputs.get(id) ?? [])[0]
    return leaf === undefined || isParameter(index, leaf, index.nodes.get(leaf))
  }
  return isParameterName(node)
}

function sharedStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const differs = a.findIndex((part, at) => part !== b[at])
  return differs < 0 ? a : a.slice(0, differs)
}

function foldRow(index: GraphIndex, scopes: ReadonlyMap<string, readonly string[]>, ids: readonly string[], depth: number, path: string): Item[] {
  const items: Item[] = []
  const calls = new Map<string, number>()
  for (let at = 0; at < ids.length;) {
    const part = scopes.get(ids[at])?.[depth]
    let end = at + 1
    while (part !== undefined && end < ids.length && scopes.get(ids[end])?.[depth] === part) end += 1
    const row = ids.slice(at, end)
    if (part === undefined || row.length === 1) items.push({ kind: "node", id: ids[at] })
    else {
      const call = (calls.get(part) ?? 0) + 1
      calls.set(part, call)
      const id = `${path}/${part}${call > 1 ? `#${call}` : ""}`
      items.push(moduleFold(index, id, part, foldRow(index, scopes, row, depth + 1, id)))
    }
    at = end
  }
  return cutRow(index, foldRepeats(index, items, path), path)
}

/** A module that holds nothing but one other is drawn as one: `layer1.0`. */
function moduleFold(index: GraphIndex, id: string, label: string, items: readonly Item[]): Fold {
  const [only] = items
  if (items.length === 1 && only.kind === "fold" && only.cause === "module") return { ...only, label: `${label}.${only.label}` }
  return makeFold(index, id, "module", label, 1, items)
}

function foldRepeats(index: GraphIndex, items: readonly Item[], path: string): Item[] {
  if (items.length <= shortRow) return [...items]
  const signatures = items.map((item) => signature(index, item))
  const lineAt = (at: number): number => linesOf(index, [items[at]])?.[0] ?? Infinity
  const folded: Item[] = []
  let done = 0
  for (const { start, period, count } of findRepeats(signatures, lineAt)) {
    const body = items.slice(start, start + period * count)
    if (body.flatMap(members).length < 6) continue
    // Modules are folds of their own already; turns around them would only add a level.
    if (path !== "" && items.length <= longestRow && body.some((item) => item.kind === "fold")) continue
    folded.push(...items.slice(done, start))
    const id = `${path}/×${start}`
    const turns = Array.from({ length: count }, (_, turn): Item => {
      const row = body.slice(turn * period, (turn + 1) * period)
      return row.length === 1 ? row[0] : makeFold(index, `${id}.${turn + 1}`, "turn", labelOf(index, row), turn + 1, cutRow(index, row, `${id}.${turn + 1}`))
    })
    folded.push(makeFold(index, id, "repeat", repeatLabel(index, body.slice(0, period), body.slice(-period)), count, cutRow(index, turns, id)))
    done = start + period * count
  }
  return [...folded, ...items.slice(done)]
}

/** A row too long to be seen at once becomes a row of stretches. */
function cutRow(index: GraphIndex, items: readonly Item[], path: string): Item[] {
  if (items.length <= longestRow) return [...items]
  const parts = Math.min(24, Math.ceil(items.length / 12))
  const length = Math.ceil(items.length / parts)
  const cut: Item[] = []
  for (let at = 0; at < items.length; at += length) {
    const row = items.slice(at, at + length)
    const id = `${path}/${at + 1}–${at + row.length}`
    cut.push(row.length === 1 ? row[0] : makeFold(index, id, "stretch", `${at + 1}–${at + row.length}`, 1, cutRow(index, row, id)))
  }
  return cut
}

function makeFold(index: GraphIndex, id: string, cause: Fold["cause"], label: string, count: number, items: readonly Item[]): Fold {
  const size = items.reduce((sum, item) => sum + (item.kind === "fold" ? item.size : 1), 0)
  return { kind: "fold", id, cause, label, count, items, size, lines: linesOf(index, items) }
}

function linesOf(index: GraphIndex, items: readonly Item[]): readonly [number, number] | null {
  let first = Infinity
  let last = -Infinity
  for (const item of items) {
    const lines = item.kind === "fold" ? item.lines : lineOf(index.nodes.get(item.id))
    if (lines === null) continue
    first = Math.min(first, lines[0])
    last = Math.max(last, lines[1])
  }
  return last < first ? null : [first, last]
}

function lineOf(node: GraphNode | undefined): readonly [number, number] | null {
  return node?.span === undefined || node.span.file !== undefined ? null : [node.span.line, node.span.line]
}

/** What a stretch is called: its operations, at most three; its modules where it is made of modules. */
function labelOf(index: GraphIndex, items: readonly Item[]): string {
  const names = items.flatMap((item) => {
    if (item.kind === "fold") return [item.label]
    const node = index.nodes.get(item.id)
    return node?.kind === "grad_fn" && node.name !== "AccumulateGrad" ? [node.name] : []
  })
  const shown = names.length > 0 ? names : items.map((item) => (item.kind === "fold" ? item.label : (index.nodes.get(item.id)?.name ?? "")))
  if (shown.length === 1) return shown[0]
  // In a row the operation's own name is enough, and fits the card: `Mul → Add`.
  const short = shown.map((name) => name.replace(/Backward\d*$/, ""))
  return short.length > 3 ? `${short.slice(0, 2).join(" → ")} → …` : short.join(" → ")
}

/** Repeated modules are called after the first and the last, `0 … 16`; other stretches after their operations. */
function repeatLabel(index: GraphIndex, first: readonly Item[], last: readonly Item[]): string {
  const at = first.findIndex((item) => item.kind === "fold" && item.cause === "module")
  const [from, to] = [first[at], last[at]]
  return from?.kind === "fold" && to?.kind === "fold" ? `${from.label} … ${to.label}` : labelOf(index, first)
}

/** Two items with the same signature are the same code on other numbers. */
function signature(index: GraphIndex, item: Item): string {
  if (item.kind === "fold") return `${item.cause === "module" ? "module" : item.cause}(${item.items.map((inner) => signature(index, inner)).join(" ")})`
  const node = index.nodes.get(item.id)
  if (node === undefined) return ""
  const line = node.span === undefined ? "" : `:${node.span.file ?? ""}${node.span.line}`
  const name = node.kind === "leaf" ? (node.name.split(".").at(-1) ?? "").replace(/\d+/g, "") : node.name
  return `${node.kind} ${name}${node.kind === "leaf" ? "" : line}`
}
