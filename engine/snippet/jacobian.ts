// v, J and vᵀJ of a backward pass that started from several elements, as far as a person can look at them. Each row is
// one pass of the engine's own backward. Apart from the paths because it looks at whole tensors.
import { edgeOf } from "../autograd/history.ts"
import type { Node } from "../autograd/node.ts"
import type { VectorJacobian } from "../protocol/api.ts"
import { full, numbersOf, zeros } from "../tensor/make.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { placeText, type Element } from "./element.ts"
import { nodesBehind, propagate } from "./examination.ts"
import type { Result } from "./keptRun.ts"

/** Rows and columns that are shown. */
const most = 12

/** The product of a pass that started from one tensor of several elements, or with a weight; null for any other. */
export function jacobianOf({ tensors, where }: Result, at: Element): VectorJacobian | null {
  const [root] = tensors
  if (where.kind !== "pass" || root === undefined || tensors.length !== 1) return null
  const v = where.weights[0]!
  if (v.length === 0 || (v.length === 1 && v[0] === 1)) return null
  const order = nodesBehind([root])
  const to = edgeOf(at.tensor)
  if (to.node === null || !order.includes(to.node)) return null
  const end = to.node
  const columns = shownOf(at.tensor.numel(), at.flat)
  const rows = shownOf(v.length, 0)
  const row = (start: Tensor): number[] => passedTo(root, start, order, end, to.nr, at.tensor)
  const jacobian = rows.map((flat) => pick(row(oneAt(root, flat)), columns))
  const whole = zeros(root.sizes, root.dtype)
  v.forEach((weight, flat) => (whole.storage.array[flat] = weight))
  return {
    v: pick(v, rows),
    jacobian,
    product: pick(row(whole), columns),
    rows: rows.map((flat) => placeText(flat, root.sizes)),
    columns: columns.map((flat) => placeText(flat, at.tensor.sizes)),
    rowsLeftOut: v.length - rows.length,
    columnsLeftOut: at.tensor.numel() - columns.length,
  }
}

/** A stretch of elements that holds the one asked about. */
function shownOf(count: number, flat: number): number[] {
  const first = Math.max(0, Math.min(flat - Math.floor(most / 2), count - most))
  return Array.from({ length: Math.min(most, count) }, (_, i) => first + i)
}

function oneAt(root: Tensor, flat: number): Tensor {
  const start = root.sizes.length === 0 ? full([], 0, root.dtype) : zeros(root.sizes, root.dtype)
  start.storage.array[flat] = 1
  return start
}

function passedTo(root: Tensor, start: Tensor, order: readonly Node[], end: Node, nr: number, at: Tensor): number[] {
  const arrived = propagate([root], order, [start]).get(end)?.arrived[nr] ?? null
  return arrived === null ? new Array<number>(at.numel()).fill(0) : numbersOf(arrived)
}

function pick(values: readonly number[], places: readonly number[]): number[] {
  return places.map((place) => values[place]!)
}
