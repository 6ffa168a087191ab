// Which numbers of a tensor stand where on the page: two dimensions at a time, a window of them where there are many. Pure.

/** Rows and columns that are fetched and drawn at once. */
export const mostRows = 128
export const mostColumns = 128
/** A long vector is broken into rows of this many. */
export const wrapAt = 32

/** One window of a plane of a tensor. */
export interface Plane {
  readonly shape: readonly number[]
  /** The plane's place in the outer dimensions. */
  readonly outer: readonly number[]
  readonly rows: number
  readonly columns: number
  readonly firstRow: number
  readonly firstColumn: number
  /** How many are drawn from there. */
  readonly shownRows: number
  readonly shownColumns: number
  /** The rows are one vector. */
  readonly wraps: boolean
  /** What to fetch. */
  readonly start: readonly number[]
  readonly size: readonly number[]
}

/** The window of a plane that begins at a row and a column, or as near as the tensor goes. */
export function planeOf(shape: readonly number[], outer: readonly number[] = [], row = 0, column = 0): Plane {
  const length = shape.at(-1) ?? 1
  const wraps = shape.length === 1 && length > wrapAt
  const rows = wraps ? Math.ceil(length / wrapAt) : (shape.at(-2) ?? (length === 0 ? 0 : 1))
  const columns = wraps ? wrapAt : length
  const firstRow = Math.max(0, Math.min(row, rows - 1))
  const firstColumn = Math.max(0, Math.min(column, columns - 1))
  const shownRows = Math.min(mostRows, rows - firstRow)
  const shownColumns = Math.min(mostColumns, columns - firstColumn)
  const place = shape.slice(0, -2).map((size, at) => Math.max(0, Math.min(outer[at] ?? 0, size - 1)))
  const start = wraps ? [firstRow * wrapAt] : [...place, firstRow, firstColumn].slice(-shape.length)
  const size = wraps ? [Math.min(length - firstRow * wrapAt, shownRows * wrapAt)] : [...place.map(() => 1), shownRows, shownColumns].slice(-shape.length)
  const none = shape.length === 0
  return { shape, outer: place, rows, columns, firstRow, firstColumn, shownRows, shownColumns, wraps, start: none ? [] : start, size: none ? [] : size }
}

/** The element's indices at a row and a column of the window; null past the end of a vector's last row. */
export function elementAt(plane: Plane, row: number, column: number): readonly number[] | null {
  const { shape, outer, firstRow, firstColumn, wraps } = plane
  if (wraps) {
    const at = (firstRow + row) * wrapAt + column
    return at < (shape[0] ?? 0) ? [at] : null
  }
  if (shape.length === 0) return []
  if (shape.length === 1) return [firstColumn + column]
  return [...outer, firstRow + row, firstColumn + column]
}

/** `x[0][3]`. */
export function elementName(name: string, place: readonly number[]): string {
  return `${name}${place.map((at) => `[${at}]`).join("")}`
}

/** `[2, :, :]`; empty where the whole tensor is one plane. */
export function sliceName({ outer }: Plane): string {
  return outer.length === 0 ? "" : `[${[...outer, ":", ":"].join(", ")}]`
}

/** A number as a cell shows it: four digits, whole numbers as they are, PyTorch's words for the rest. */
export function cellText(value: number, dtype: string): string {
  if (dtype === "bool") return value === 0 ? "False" : "True"
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  if (!/float/.test(dtype)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return `${value}.`
  const short = Number(value.toPrecision(4))
  return Math.abs(short) >= 1e6 || Math.abs(short) < 1e-4 ? short.toExponential() : String(short)
}

/** How strong a cell's colour is, from 0 to 1; the sign is drawn besides. */
export function heatOf(value: number, scale: number): number {
  return Number.isFinite(value) && scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0
}
