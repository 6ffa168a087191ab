// A line search for the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6): far enough down, and
// flat enough. Apart because it knows only points of a line.
import type { Tensor } from "../tensor/tensor.ts"

/** A place on the line: how far along, the loss, its gradient, and its slope along the line. */
export interface Point {
  readonly at: number
  readonly loss: number
  readonly gradient: Tensor
  readonly slope: number
}

const sufficient = 1e-4
const curvature = 0.9
const mostSteps = 25
const smallest = 1e-9

/** Searches from `start` with a first step of `first`. `size` is the direction's largest element. */
export function wolfeSearch(evaluate: (at: number) => Point, start: Point, first: number, size: number): Point & { readonly calls: number } {
  const tooHigh = (point: Point): boolean => point.loss > start.loss + sufficient * point.at * start.slope
  const flat = (point: Point): boolean => Math.abs(point.slope) <= -curvature * start.slope
  let point = evaluate(first)
  let calls = 1
  let before = start
  let steps = 0
  let bracket: [Point, Point] | null = null
  while (steps < mostSteps && !bracket) {
    if (tooHigh(point) || (steps > 1 && point.loss >= before.loss) || (!flat(point) && point.slope >= 0)) bracket = [before, point]
    else if (flat(point)) return { ...point, calls }
    else {
      const next = cubicMinimum(before, point, point.at + 0.01 * (point.at - before.at), point.at * 10)
      before = point
      point = evaluate(next)
      calls++
      steps++
    }
  }
  bracket ??= [start, point]
  let [low, high] = bracket[0].loss <= bracket[1].loss ? bracket : [bracket[1], bracket[0]]
  let stuck = false
  while (steps < mostSteps && Math.abs(high.at - low.at) * size >= smallest) {
    const [left, right] = [Math.min(low.at, high.at), Math.max(low.at, high.at)]
    let at = cubicMinimum(bracket[0], bracket[1], left, right)
    // Twice too near an end: step a tenth away from it.
    const margin = 0.1 * (right - left)
    if (Math.min(right - at, at - left) < margin) {
      if (stuck || at >= right || at <= left) {
        at = Math.abs(at - right) < Math.abs(at - left) ? right - margin : left + margin
        stuck = false
      } else stuck = true
    } else stuck = false
    const tried = evaluate(at)
    calls++
    steps++
    if (tooHigh(tried) || tried.loss >= low.loss) {
      bracket = replaced(bracket, high, tried)
      ;[low, high] = bracket[0].loss <= bracket[1].loss ? bracket : [bracket[1], bracket[0]]
    } else {
      const done = flat(tried)
      if (!done && tried.slope * (high.at - low.at) >= 0) {
        bracket = replaced(bracket, high, low)
        high = low
      }
      bracket = bracket[0] === low && bracket[1] === low ? [tried, low] : replaced(bracket, low, tried)
      low = tried
      if (done) break
    }
  }
  return { ...low, calls }
}

function replaced([a, b]: [Point, Point], old: Point, by: Point): [Point, Point] {
  return a === old ? [by, b] : [a, by]
}

/** Where the cubic through two points with their slopes is lowest, within bounds. */
function cubicMinimum(a: Point, b: Point, least: number, most: number): number {
  const [left, right] = a.at <= b.at ? [a, b] : [b, a]
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.at - b.at)
  const square = d1 * d1 - a.slope * b.slope
  if (!(square >= 0)) return (least + most) / 2
  const d2 = Math.sqrt(square)
  const lowest = right.at - (right.at - left.at) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
  return Math.min(Math.max(lowest, least), most)
}
