// Reads PyTorch's text of a tensor back into its numbers, as written: the panel shows them cell by cell. Pure.

/** A number as PyTorch wrote it, or a row of such; `…` where PyTorch left values out. */
export type Cells = string | readonly Cells[]

export interface Reading {
  readonly cells: Cells
  /** True when the text ended before the tensor did. */
  readonly cut: boolean
}

/** The mark of values that were left out. */
export const gap = "…"

/** The numbers of a tensor's repr; null when the text is no tensor's. */
export function readRepr(text: string): Reading | null {
  const start = /tensor\(\s*/.exec(text)
  if (start === null) return null
  let at = start.index + start[0].length
  let cut = false
  const skip = (): void => {
    while (at < text.length && /\s/.test(text[at])) at += 1
  }
  const value = (depth: number): Cells => {
    if (text[at] !== "[") return word()
    at += 1
    const row: Cells[] = []
    for (;;) {
      skip()
      if (at >= text.length || depth > 32) {
        cut = true
        return row
      }
      if (text[at] === "]") {
        at += 1
        return row
      }
      if (text[at] === ",") at += 1
      else row.push(value(depth + 1))
    }
  }
  const word = (): string => {
    const end = text.slice(at).search(/[,\])\s]/)
    const found = end < 0 ? text.slice(at) : text.slice(at, at + end)
    at += Math.max(found.length, 1)
    if (end < 0) cut = true
    return found === "..." || found === gap ? gap : found
  }
  const cells = value(0)
  return { cells, cut }
}

/** A tensor's numbers on one line, without `tensor(…)` and what follows the numbers; other text as it is. */
export function onOneLine(text: string): string {
  const reading = readRepr(text)
  return reading === null ? text.replace(/\s+/g, " ").trim() : write(reading.cells) + (reading.cut ? " …" : "")
}

/** The shape as the cells have it; what was left out counts as one. */
export function depthOf(cells: Cells): number {
  if (typeof cells === "string") return 0
  const inner = cells.find((cell) => typeof cell !== "string")
  return 1 + (inner === undefined ? 0 : depthOf(inner))
}

function write(cells: Cells): string {
  return typeof cells === "string" ? cells : `[${cells.map(write).join(", ")}]`
}
