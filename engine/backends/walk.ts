// The order in which a kernel visits the elements of its views. Apart because every backend's kernels walk alike.
import type { Operand, View } from "./backend.ts"

/** How a kernel's views are walked together: one run inside, what is left of the dimensions outside. */
export interface Walk {
  readonly count: number
  /** Length of the innermost run, and each view's step in it. */
  readonly inner: number
  readonly innerSteps: readonly number[]
  readonly outer: readonly number[]
  readonly outerSteps: readonly (readonly number[])[]
}

/** Merges dimensions that every view walks evenly, so that contiguous tensors become one run. */
export function collapse(shape: readonly number[], views: readonly View[]): Walk {
  const dims: number[] = []
  const steps: number[][] = []
  let count = 1
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d]!
    count *= size
    if (size === 1) continue
    const step = views.map((view) => stepOf(view, d, shape.length))
    const last = steps[steps.length - 1]
    if (last && last.every((s, i) => s === step[i]! * size)) {
      dims[dims.length - 1]! *= size
      steps[steps.length - 1] = step
    } else {
      dims.push(size)
      steps.push(step)
    }
  }
  const inner = dims.pop() ?? 1
  const innerSteps = steps.pop() ?? views.map(() => 1)
  return { count, inner, innerSteps, outer: dims, outerSteps: steps }
}

/** The step of a view along dimension `d` of a shape of `rank` dimensions: 0 where the view is broadcast. */
export function stepOf(view: View, d: number, rank: number): number {
  const own = d - (rank - view.sizes.length)
  return own < 0 || view.sizes[own] === 1 ? 0 : view.strides[own]!
}

/** True where every element is the same one: a single element, or one repeated along each dimension. */
export function isSingle({ sizes, strides }: View): boolean {
  for (let d = 0; d < sizes.length; d++) if (sizes[d] !== 1 && strides[d] !== 0) return false
  return true
}

/**
 * The number of elements where everything lies row by row without gaps, or is one element for all: then one run does.
 * Below 0 where it does not. Apart from `collapse` because most calls end here, and it makes nothing.
 */
export function evenCount(operands: readonly Operand[], out: View): number {
  const count = rowMajorCount(out)
  if (count <= 0) return count
  for (let i = 0; i < operands.length; i++) {
    const one = operands[i]!
    if (typeof one !== "number" && !(equal(one.sizes, out.sizes) && equal(one.strides, out.strides)) && !isSingle(one)) return -1
  }
  return count
}

/** The number of elements of a view without gaps; below 0 for any other. */
function rowMajorCount({ sizes, strides }: View): number {
  let count = 1
  for (let d = 0; d < sizes.length; d++) count *= sizes[d]!
  let step = 1
  for (let d = sizes.length - 1; d >= 0 && count > 0; d--) {
    if (strides[d] !== step && sizes[d] !== 1) return -1
    step *= sizes[d]!
  }
  return count
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
