// Where a curve's points lie in its chart, and how its numbers are written. Pure, so that tests measure without a screen.
import type { Curve, CurveValue } from "../../engine/protocol/api.ts"

export interface Frame {
  readonly width: number
  readonly height: number
  /** Turns of the loop, so that all its charts share one axis. */
  readonly turns: number
  /** Powers of ten instead of equal steps. */
  readonly isLogarithmic: boolean
}

export interface Plot {
  /** The line as an SVG path; broken where a value is not finite. */
  readonly path: string
  /** Where values that are not finite are marked. */
  readonly odd: readonly { readonly x: number; readonly value: CurveValue }[]
  /** Least and greatest finite value; null where there is none. */
  readonly range: readonly [number, number] | null
  x(turn: number): number
  /** Null for what has no height. */
  y(value: CurveValue): number | null
}

const pad = 6

/** The points of a curve in a frame. */
export function plotOf({ turns, values }: Pick<Curve, "turns" | "values">, { width, height, turns: all, isLogarithmic }: Frame): Plot {
  const finite = values.filter((value): value is number => typeof value === "number" && (!isLogarithmic || value > 0))
  const range = finite.length === 0 ? null : ([Math.min(...finite), Math.max(...finite)] as const)
  const scale = (value: number): number => (isLogarithmic ? Math.log10(value) : value)
  const [low, high] = range === null ? [0, 1] : [scale(range[0]), scale(range[1])]
  const x = (turn: number): number => pad + ((width - 2 * pad) * turn) / Math.max(1, all - 1)
  const y = (value: CurveValue): number | null => {
    if (typeof value !== "number") return null
    // A zero has no power of ten: it lies on the floor.
    if (isLogarithmic && value <= 0) return height - pad
    // A curve that never changes lies in the middle.
    return high === low ? height / 2 : height - pad - ((height - 2 * pad) * (scale(value) - low)) / (high - low)
  }
  const odd: { x: number; value: CurveValue }[] = []
  let path = ""
  let isBroken = true
  values.forEach((value, at) => {
    const height_ = y(value)
    if (height_ === null) {
      odd.push({ x: x(turns[at]), value })
      isBroken = true
      return
    }
    path += `${isBroken ? "M" : "L"}${round(x(turns[at]))} ${round(height_)} `
    isBroken = false
  })
  return { path: path.trim(), odd, range, x, y }
}

/** Whether a curve goes over so many powers of ten that equal steps would show a corner and a flat line. */
export function spansPowers(values: readonly CurveValue[]): boolean {
  const finite = values.filter((value): value is number => typeof value === "number")
  const least = Math.min(...finite)
  return finite.length > 1 && least > 0 && Math.max(...finite) / least > 1000
}

/** The place in a curve's points that lies nearest to a turn. */
export function nearest(turns: readonly number[], turn: number): number {
  let [low, high] = [0, turns.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (turns[middle] < turn) low = middle + 1
    else high = middle
  }
  return low > 0 && turn - turns[low - 1] < turns[low] - turn ? low - 1 : low
}

/** A number with four digits that count, as short as can be; `nan` and `inf` as they are. */
export function numberText(value: CurveValue): string {
  if (typeof value !== "number") return value
  if (value === 0 || Number.isInteger(value) && Math.abs(value) < 1e6) return String(value)
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3)
  return String(Number(value.toPrecision(4)))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
