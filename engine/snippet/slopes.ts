// Local slopes, element by element: how one element of a node's output hangs on the elements of its inputs. Apart from
// the paths, which multiply them: here each node is asked with its own backward, so what is shown is what runs.
import { withOtherValues, type Gradient, type Node } from "../autograd/node.ts"
import { contiguousStrides } from "../tensor/size.ts"
import { fromNumbers, full, numbersOf, zeros } from "../tensor/make.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { run } from "./examination.ts"

/** One input element of an output element. */
export interface Slope {
  /** Which edge of the node. */
  readonly edge: number
  readonly flat: number
  readonly slope: number
}

/** Only what was selected is a way; for these an element that lost stays out. */
const selecting = /^(max|min|amax|amin|aminmax|median|nanmedian|mode|kthvalue|topk|sort|msort|cummax|cummin|(adaptive_|fractional_)?max_pool\d?d.*|.*margin.*|.*triplet.*)$/

export class Slopes {
  private readonly known = new Map<Node, (edges: readonly number[], nr: number, flat: number) => Slope[]>()

  /** How output `nr`'s element hangs on the inputs at these edges; zero slopes included where the operation reads the element. */
  of(node: Node, edges: readonly number[], nr: number, flat: number): Slope[] {
    let ask = this.known.get(node)
    if (!ask) this.known.set(node, (ask = elementwise(node) ?? structural(node)))
    return ask(edges, nr, flat)
  }
}

function elementwise(node: Node): ((edges: readonly number[], nr: number, flat: number) => Slope[]) | null {
  const tensors = node.elementSlopes()
  if (tensors === null) return null
  const values = tensors.map((one) => one && numbersOf(one))
  const { sizes } = node.outputs[0]!
  return (edges, _nr, flat) => edges.map((edge) => ({ edge, flat: broadcastIndex(flat, sizes, node.inputSizes(edge) ?? sizes), slope: values[edge]?.[flat] ?? 0 }))
}

/** The element of an input that meets an element of the output. */
export function broadcastIndex(flat: number, sizes: readonly number[], input: readonly number[]): number {
  const strides = contiguousStrides(input)
  const extra = sizes.length - input.length
  let at = 0
  for (let d = sizes.length - 1, left = flat; d >= extra; d--) {
    const size = sizes[d]!
    if (input[d - extra] !== 1) at += (left % size) * strides[d - extra]!
    left = Math.floor(left / size)
  }
  return at
}

function structural(node: Node): (edges: readonly number[], nr: number, flat: number) => Slope[] {
  const isSelecting = selecting.test((node.entry?.signature.name ?? "").replace(/_$/, ""))
  const others = new Map<Tensor, Tensor>()
  // Whether an operation reads an element shows with other values, too, where this run's happen to be 0.
  const change = (saved: Tensor): Tensor => {
    if (saved.dtype.category !== "float") return saved
    let other = others.get(saved)
    if (!other) others.set(saved, (other = fromNumbers(Array.from({ length: saved.numel() }, (_, i) => 0.5 + (((i + others.size + 1) * 0.6180339887) % 1)), saved.sizes, saved.dtype)))
    return other
  }
  return (edges, nr, flat) => {
    const ask = (): readonly Gradient[] => run(node, oneHot(node, nr, flat))
    const true_ = ask()
    const read = isSelecting ? null : withOtherValues(change, ask)
    return edges.flatMap((edge) => {
      const passed = true_[edge]
      if (!passed) return []
      const values = numbersOf(passed)
      const pattern = read?.[edge] ? numbersOf(read[edge]) : null
      return values.flatMap((slope, i) => (slope !== 0 || (pattern !== null && pattern[i] !== 0 && Number.isFinite(pattern[i])) ? [{ edge, flat: i, slope }] : []))
    })
  }
}

function oneHot(node: Node, nr: number, flat: number): Gradient[] {
  return node.outputs.map(({ sizes, dtype }, i) => {
    if (i !== nr) return null
    const grad = sizes.length === 0 ? full([], 1, dtype) : zeros(sizes, dtype)
    grad.storage.array[flat] = 1
    return grad
  })
}
