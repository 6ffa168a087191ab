// Every way from a result to one element, counted and weighed without walking them one by one, and the largest of them
// told. Apart from the slopes, which it takes as given.
import type { Edge, Node } from "../autograd/node.ts"
import { nodesTo } from "./examination.ts"
import { Slopes } from "./slopes.ts"

/** A single element of what a node made. */
interface State {
  readonly node: Node
  readonly nr: number
  readonly flat: number
  steps: { readonly to: State; readonly slope: number; readonly edge: number }[]
  /** How many ways lead on to the end, what they sum to, and the largest of them. */
  count: number
  total: number
  most: number
}

/** One step of a path: through a node, from an element of its output to one of its input. */
export interface PathStep {
  readonly node: Node
  readonly flat: number
  readonly nr: number
  /** Below 0 for the step onto an element that the pass starts from: its slope is the element's weight. */
  readonly edge: number
  readonly slope: number
  /** The element of the input. */
  readonly to: number
}

/** An element that a pass starts from. */
export interface Start {
  readonly node: Node
  readonly nr: number
  readonly flat: number
  readonly weight: number
}

export interface Path {
  readonly value: number
  readonly steps: readonly PathStep[]
}

export interface Paths {
  readonly value: number
  readonly count: number
  /** The largest, at most `limit`. */
  readonly single: readonly Path[]
  /** The node where most ways part. */
  readonly widest: Node | null
}

/** The graph is too large to be followed element by element. */
export class TooLarge extends Error {}

/** Rows of local slopes that are asked for, and numbers in them. */
const rowLimit = 30_000
const stepLimit = 3_000_000

/** The ways from the elements of a result to one element; `order` holds the nodes between, latest first. `ended` is asked now and then. */
export function pathsBetween(starts: readonly Start[], to: Edge & { readonly flat: number }, order: readonly Node[], limit: number, ended: () => boolean): Paths {
  const none: Paths = { value: 0, count: 0, single: [], widest: null }
  if (to.node === null) return none
  const leading = nodesTo(order, to.node)
  const states = new Map<Node, Map<string, State>>()
  const stateOf = (node: Node, nr: number, flat: number): State => {
    let known = states.get(node)
    if (!known) states.set(node, (known = new Map()))
    const key = `${nr} ${flat}`
    let state = known.get(key)
    if (!state) known.set(key, (state = newState(node, nr, flat)))
    return state
  }
  const begun = starts.filter(({ node }) => leading.has(node)).map((start) => ({ to: stateOf(start.node, start.nr, start.flat), slope: start.weight, edge: -1 }))
  const [first] = begun
  if (first === undefined) return none
  const end = stateOf(to.node, to.nr, to.flat)
  follow(order, states, leading, to.node, stateOf, ended)
  weigh(order, states, end)
  // A result of one element with the weight 1 needs no step onto it.
  const isPlain = starts.length === 1 && first.slope === 1
  const start = isPlain ? first.to : newState(first.to.node, 0, -1)
  if (!isPlain) {
    start.steps = begun
    sumUp(start)
  }
  let widest: State | null = null
  for (const known of states.values()) for (const one of known.values()) if (one.count > 0 && one.steps.length > (widest?.steps.length ?? 1)) widest = one
  const single = largest(start, end, start.count > limit ? limit - 1 : limit)
  return { value: start.count === 0 ? 0 : start.total, count: start.count, single, widest: widest?.node ?? start.node }
}

function newState(node: Node, nr: number, flat: number): State {
  return { node, nr, flat, steps: [], count: 0, total: 0, most: 0 }
}

/** Fills in the steps, from the result down. */
function follow(order: readonly Node[], states: ReadonlyMap<Node, ReadonlyMap<string, State>>, leading: ReadonlySet<Node>, last: Node, stateOf: (node: Node, nr: number, flat: number) => State, ended: () => boolean): void {
  const slopes = new Slopes()
  let rows = 0
  let count = 0
  for (const node of order) {
    const known = states.get(node)
    if (known === undefined || node === last || !leading.has(node)) continue
    const edges = node.edges.flatMap((edge, i) => (edge.node !== null && leading.has(edge.node) ? [i] : []))
    for (const state of known.values()) {
      for (const { edge, flat, slope } of slopes.of(node, edges, state.nr, state.flat)) {
        const next = node.edges[edge]!
        state.steps.push({ to: stateOf(next.node!, next.nr, flat), slope, edge })
      }
      count += state.steps.length
      if (++rows > rowLimit || count > stepLimit || ((rows & 63) === 0 && ended())) throw new TooLarge()
    }
  }
}

/** Counts and sums, from the end up. */
function weigh(order: readonly Node[], states: ReadonlyMap<Node, ReadonlyMap<string, State>>, end: State): void {
  end.count = end.total = end.most = 1
  for (let i = order.length - 1; i >= 0; i--) {
    for (const state of states.get(order[i]!)?.values() ?? []) {
      if (state !== end) sumUp(state)
    }
  }
}

function sumUp(state: State): void {
  state.steps = state.steps.filter(({ to }) => to.count > 0)
  for (const { to, slope } of state.steps) {
    state.count += to.count
    state.total += slope * to.total
    state.most = Math.max(state.most, weight(slope * to.most))
  }
}

/** How large a value counts: what is no number comes first, so that it is seen. */
function weight(value: number): number {
  return Number.isNaN(value) ? Infinity : Math.abs(value)
}

interface Beginning {
  readonly at: State
  readonly value: number
  readonly bound: number
  readonly depth: number
  readonly before: Beginning | null
  readonly step: PathStep | null
}

/** The largest ways: the one that can still become the largest is continued first. */
function largest(start: State, end: State, limit: number): Path[] {
  const found: Path[] = []
  const waiting: Beginning[] = start.count === 0 ? [] : [{ at: start, value: 1, bound: start.most, depth: 0, before: null, step: null }]
  while (waiting.length > 0 && found.length < limit) {
    const one = pop(waiting)
    if (one.at === end) {
      const steps: PathStep[] = []
      for (let at: Beginning | null = one; at?.step; at = at.before) steps.unshift(at.step)
      found.push({ value: one.value, steps })
      continue
    }
    for (const { to, slope, edge } of one.at.steps) {
      const value = one.value * slope
      push(waiting, { at: to, value, bound: weight(value * to.most), depth: one.depth + 1, before: one, step: edge < 0 ? { node: to.node, nr: to.nr, flat: to.flat, edge, slope, to: to.flat } : { node: one.at.node, nr: one.at.nr, flat: one.at.flat, edge, slope, to: to.flat } })
    }
  }
  return found
}

/** A heap by bound; among equals the longer beginning first, so that whole ways come out soon. */
function push(heap: Beginning[], one: Beginning): void {
  let at = heap.push(one) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap[at]!, heap[parent]!)) break
    ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
    at = parent
  }
}

function pop(heap: Beginning[]): Beginning {
  const first = heap[0]!
  const last = heap.pop()!
  if (heap.length > 0) {
    heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      let least = at
      for (const child of [left, left + 1]) if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child
      if (least === at) break
      ;[heap[at], heap[least]] = [heap[least]!, heap[at]!]
      at = least
    }
  }
  return first
}

function isBefore(a: Beginning, b: Beginning): boolean {
  return a.bound !== b.bound ? a.bound > b.bound : a.depth > b.depth
}
