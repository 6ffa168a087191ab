// tensorText: a tensor's numbers as text that others read: plain, JSON, CSV. Apart because it is pure; the numbers come
// in windows, so that a large tensor never crosses in one piece.

import type { ValueWindow } from "../engine/protocol/api.ts"

export type TextFormat = "text" | "json" | "csv"

/** Elements of one window, and of all that is written; what is more is left out and said. */
const mostInWindow = 20_000
export const mostCopied = 200_000

export type Fetch = (start: readonly number[], size: readonly number[]) => Promise<ValueWindow>

/** Numbers of a tensor, row-major; `shape` is that of what was fetched. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly values: readonly number[]
  /** True where the tensor has more. */
  readonly isCut: boolean
}

/** Fetches a tensor's numbers window by window: all, or as many leading rows as the bound lets through. */
export async function fetchNumbers(fetch: Fetch, shape: readonly number[], most = mostCopied, window = mostInWindow): Promise<Numbers> {
  const size = bounded(shape, most)
  const values: number[] = []
  let dtype = ""
  const walk = async (start: readonly number[], part: readonly number[]): Promise<void> => {
    const long = part.findIndex((length) => length > 1)
    if (product(part) <= window || long < 0) {
      const got = await fetch(start, part)
      dtype = got.dtype
      for (const value of got.values) values.push(value)
      return
    }
    // The first long dimension is halved: its halves follow each other in memory's order.
    const half = Math.ceil((part[long] ?? 0) / 2)
    await walk(start, part.with(long, half))
    await walk(start.with(long, (start[long] ?? 0) + half), part.with(long, (part[long] ?? 0) - half))
  }
  await walk(shape.map(() => 0), size)
  return { shape: size, dtype, values, isCut: product(size) < product(shape) }
}

/** The numbers as one text. */
export function textOf(name: string, numbers: Numbers, format: TextFormat): string {
  if (format === "json") return jsonText(name, numbers)
  return format === "csv" ? csvText(numbers) : plainText(numbers)
}

/** A number as short as its dtype allows: float32's 0.1 is `0.1`, not `0.10000000149011612`. */
export function numberText(value: number, dtype: string): string {
  if (dtype === "bool") return value === 0 ? "False" : "True"
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
  if (dtype !== "float32") return String(value)
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

function plainText({ shape, dtype, values, isCut }: Numbers): string {
  const write = (depth: number, at: number): string => {
    const length = shape[depth]
    if (length === undefined) return numberText(values[at] ?? Number.NaN, dtype)
    const step = product(shape.slice(depth + 1))
    const inner = Array.from({ length }, (_, index) => write(depth + 1, at + index * step))
    return `[${inner.join(depth === shape.length - 1 ? ", " : `,${"\n".repeat(Math.max(1, shape.length - 1 - depth))}${" ".repeat(depth + 1)}`)}]`
  }
  return write(0, 0) + (isCut ? "\n…" : "")
}

function jsonText(name: string, { shape, dtype, values, isCut }: Numbers): string {
  const word = (value: number): string => {
    const text = numberText(value, dtype)
    if (dtype === "bool") return text.toLowerCase()
    // JSON has no word for these; a text keeps what null would lose.
    return Number.isFinite(value) ? text : `"${text}"`
  }
  const write = (depth: number, at: number): string => {
    const length = shape[depth]
    if (length === undefined) return word(values[at] ?? Number.NaN)
    const step = product(shape.slice(depth + 1))
    return `[${Array.from({ length }, (_, index) => write(depth + 1, at + index * step)).join(",")}]`
  }
  const cut = isCut ? `,"cut":true` : ""
  return `{"name":${JSON.stringify(name)},"dtype":${JSON.stringify(dtype)},"shape":${JSON.stringify(shape)},"values":${write(0, 0)}${cut}}`
}

/** Rows and columns; past two dimensions each row begins with its place in the outer ones, and a head says so. */
function csvText({ shape, dtype, values }: Numbers): string {
  const columns = shape.at(-1) ?? 1
  const outer = shape.slice(0, -1)
  const rows = Array.from({ length: product(outer) }, (_, row) => values.slice(row * columns, (row + 1) * columns).map((value) => numberText(value, dtype)))
  if (outer.length < 2) return `${rows.map((row) => row.join(",")).join("\n")}\n`
  const head = [...outer.map((_, depth) => `dim${depth}`), ...Array.from({ length: columns }, (_, column) => String(column))].join(",")
  return `${[head, ...rows.map((row, at) => [...placeIn(outer, at), ...row].join(","))].join("\n")}\n`
}

function placeIn(shape: readonly number[], at: number): readonly number[] {
  return shape.map((length, depth) => Math.floor(at / product(shape.slice(depth + 1))) % length)
}

/** The largest leading part that has no more elements than the bound: whole outer rows as far as they go. */
function bounded(shape: readonly number[], most: number): readonly number[] {
  let left = most
  return shape.map((length, depth) => {
    const inner = product(shape.slice(depth + 1))
    if (length * inner <= left) return length
    const granted = Math.max(1, Math.floor(left / Math.max(1, inner)))
    left = Math.floor(left / granted)
    return Math.min(length, granted)
  })
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}
