// Where each box of the picture stands: the one door to dagre, and a plain layered layout where dagre would not do. Pure.
import { Graph, layout as dagreLayout } from "@dagrejs/dagre"

export interface Box {
  readonly id: string
  readonly width: number
  readonly height: number
}

export interface Wire {
  readonly from: string
  readonly to: string
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Placed {
  readonly width: number
  readonly height: number
  /** Centres of the boxes. */
  readonly centres: ReadonlyMap<string, Point>
  /** For each wire, in the order given: from border to border. */
  readonly wires: readonly { readonly from: string; readonly to: string; readonly points: readonly Point[] }[]
}

const gapAcross = 28
const gapDown = 30
const margin = 16
/** Past this dagre takes seconds, and on long chains it overflows the stack. */
const dagreBound = 420

/** Lays boxes out from top (what has no inputs) to bottom (the result); `extraGap` is added between the ranks. */
export function layout(boxes: readonly Box[], wires: readonly Wire[], extraGap = 0): Placed {
  if (boxes.length === 0) return { width: 0, height: 0, centres: new Map(), wires: [] }
  if (boxes.length > dagreBound) return layered(boxes, wires, extraGap)
  try {
    return byDagre(boxes, wires, extraGap)
  } catch {
    // dagre recurses along chains and ranks; where the stack ends, the plain layout still draws.
    return layered(boxes, wires, extraGap)
  }
}

function byDagre(boxes: readonly Box[], wires: readonly Wire[], extraGap: number): Placed {
  const graph = new Graph()
  graph.setGraph({ rankdir: "TB", nodesep: gapAcross, ranksep: gapDown + extraGap, edgesep: 18, marginx: margin, marginy: margin })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const box of boxes) graph.setNode(box.id, { width: box.width, height: box.height })
  for (const wire of wires) graph.setEdge(wire.from, wire.to)
  dagreLayout(graph)
  const centres = new Map(boxes.map((box) => {
    const { x, y } = graph.node(box.id) as Point
    return [box.id, { x, y }] as const
  }))
  const size = graph.graph() as { width?: number; height?: number }
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    centres,
    wires: wires.map((wire) => ({ ...wire, points: (graph.edge(wire.from, wire.to) as { points: Point[] }).points.map(({ x, y }) => ({ x, y })) })),
  }
}

/** Ranks by longest way from a source, in each rank ordered by where the inputs stand; wires run straight. */
export function layered(boxes: readonly Box[], wires: readonly Wire[], extraGap = 0): Placed {
  const inputs = new Map<string, string[]>(boxes.map((box) => [box.id, []]))
  for (const wire of wires) inputs.get(wire.to)?.push(wire.from)
  const ranks = ranked(boxes, wires)
  const centres = new Map<string, Point>()
  const sized = new Map(boxes.map((box) => [box.id, box]))
  const widest = Math.max(...ranks.map((rank) => rank.reduce((sum, box) => sum + box.width + gapAcross, -gapAcross)))
  let top = margin
  for (const rank of ranks) {
    const wish = (box: Box): number => {
      const before = (inputs.get(box.id) ?? []).map((id) => centres.get(id)?.x ?? 0)
      return before.length === 0 ? 0 : before.reduce((sum, x) => sum + x, 0) / before.length
    }
    const row = rank.map((box) => ({ box, wish: wish(box) })).sort((a, b) => a.wish - b.wish)
    const height = Math.max(...rank.map((box) => box.height))
    const width = rank.reduce((sum, box) => sum + box.width + gapAcross, -gapAcross)
    let left = margin + (widest - width) / 2
    for (const { box } of row) {
      centres.set(box.id, { x: left + box.width / 2, y: top + height / 2 })
      left += box.width + gapAcross
    }
    top += height + gapDown + extraGap
  }
  const border = (id: string, side: 1 | -1): Point => {
    const { x, y } = centres.get(id) ?? { x: 0, y: 0 }
    return { x, y: y + (side * (sized.get(id)?.height ?? 0)) / 2 }
  }
  return {
    width: widest + 2 * margin,
    height: top - gapDown - extraGap + margin,
    centres,
    wires: wires.map((wire) => ({ ...wire, points: [border(wire.from, 1), border(wire.to, -1)] })),
  }
}

function ranked(boxes: readonly Box[], wires: readonly Wire[]): Box[][] {
  const missing = new Map<string, number>(boxes.map((box) => [box.id, 0]))
  const uses = new Map<string, string[]>()
  for (const { from, to } of wires) {
    missing.set(to, (missing.get(to) ?? 0) + 1)
    uses.set(from, [...(uses.get(from) ?? []), to])
  }
  const ranks: Box[][] = []
  const byId = new Map(boxes.map((box) => [box.id, box]))
  let row = boxes.filter((box) => missing.get(box.id) === 0)
  while (row.length > 0) {
    ranks.push(row)
    const next: Box[] = []
    for (const box of row) {
      for (const use of uses.get(box.id) ?? []) {
        const left = (missing.get(use) ?? 0) - 1
        missing.set(use, left)
        const target = byId.get(use)
        if (left === 0 && target !== undefined) next.push(target)
      }
    }
    row = next
  }
  return ranks
}
