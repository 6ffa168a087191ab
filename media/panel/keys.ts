// What a key means over the picture, and where an arrow leads. Pure, so that tests press keys without a screen.
import type { View } from "./fold.ts"
import type { Placed } from "./layout.ts"

export type Direction = "up" | "down" | "left" | "right"

export type Action =
  | { readonly kind: "walk" | "pan"; readonly to: Direction }
  | { readonly kind: "zoom"; readonly by: number }
  | { readonly kind: "first" | "last" | "activate" | "close" | "fit" | "search" | "leave" }

interface Press {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const arrows: Readonly<Record<string, Direction>> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" }

/** What a key press asks for; null for one that is the editor's own. */
export function actionOf(press: Press): Action | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null
  const to = arrows[press.key]
  if (to !== undefined) return { kind: press.shiftKey ? "pan" : "walk", to }
  switch (press.key) {
    case "Home": return { kind: "first" }
    case "End": return { kind: "last" }
    case "Enter": return { kind: press.shiftKey ? "close" : "activate" }
    case " ": return { kind: "activate" }
    case "Backspace": return { kind: "close" }
    case "+": case "=": return { kind: "zoom", by: 1.25 }
    case "-": case "−": return { kind: "zoom", by: 0.8 }
    case "f": case "F": return { kind: "fit" }
    case "/": return { kind: "search" }
    case "Escape": return { kind: "leave" }
    default: return null
  }
}

/**
 * Where an arrow leads from a drawn item: down along an edge to what was made of it, up to what it was made of,
 * left and right to the nearest item of the same height. Null where there is nothing.
 */
export function walk(view: View, placed: Placed, from: string, to: Direction): string | null {
  const here = placed.centres.get(from)
  if (here === undefined) return null
  if (to === "up" || to === "down") {
    const along = view.edges.flatMap((edge) => (to === "down" ? (edge.from === from ? [edge.to] : []) : edge.to === from ? [edge.from] : []))
    return nearest(along, (id) => Math.abs((placed.centres.get(id)?.x ?? 0) - here.x) + Math.abs((placed.centres.get(id)?.y ?? 0) - here.y) / 4)
  }
  const side = view.items.flatMap(({ id }) => {
    const there = placed.centres.get(id)
    if (there === undefined || id === from) return []
    const across = (there.x - here.x) * (to === "right" ? 1 : -1)
    return across > 0 && Math.abs(there.y - here.y) <= 48 ? [id] : []
  })
  return nearest(side, (id) => Math.abs((placed.centres.get(id)?.x ?? 0) - here.x) + Math.abs((placed.centres.get(id)?.y ?? 0) - here.y))
}

function nearest(ids: readonly string[], distance: (id: string) => number): string | null {
  let best: string | null = null
  for (const id of ids) if (best === null || distance(id) < distance(best)) best = id
  return best
}
