// Values as the protocol carries them: bounded text, shape, range, the chain of grad_fn nodes. Apart because moments,
// the graph and tests make the same texts.
import type { Node } from "../autograd/node.ts"
import { gpuHasFailed } from "../backends/webgpu/device.ts"
import type { ChainStep, GradSummary, PlainSummary } from "../protocol/api.ts"
import { printOptions, repr, shownText } from "../tensor/printing.ts"
import { Tensor, elementAt } from "../tensor/tensor.ts"
import { madeBy, placeOfNode } from "./naming.ts"

/** How much of a value is told. */
export interface Bounds {
  /** Characters of its text. */
  readonly text: number
  /** Elements from which on only the edges of a tensor are written. */
  readonly elements: number
  /** Steps of its chain; a recurrent network's can be thousands. */
  readonly chain: number
  /** Elements that are looked through for the least and the greatest. */
  readonly range: number
}

/** Of the first and the last value of a place. */
export const whole: Bounds = { text: 4000, elements: 1000, chain: 200, range: 100_000 }
/** Of the samples between: there may be dozens for each place of a loop. */
export const brief: Bounds = { text: 500, elements: 40, chain: 12, range: 1000 }

/** PyTorch's repr, bounded; `madeBy` is the name of the node that made the tensor, its own where left out. */
export function reprOf(tensor: Tensor, { text, elements }: Pick<Bounds, "text" | "elements"> = whole, madeBy?: string | null): string {
  const { threshold } = printOptions
  // A learner may ask print for every element; a line of the editor never wants a million.
  printOptions.threshold = Math.min(threshold, elements)
  try {
    return boundedText(repr(tensor, madeBy), text)
  } catch (error) {
    if (!gpuHasFailed()) throw error
    return "<lost with the GPU>"
  } finally {
    printOptions.threshold = threshold
  }
}

/** A text cut in the middle where it is too long. */
function boundedText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const half = Math.floor(limit / 2) - 2
  return `${text.slice(0, half)} … ${text.slice(-half)}`
}

/** A text that print wrote: shown as it is, not as a value of its own. */
export class Written {
  constructor(readonly text: string) {}
}

/** A value that is not a tensor. */
export function plainSummary(value: unknown, bounds: Bounds): PlainSummary {
  if (value instanceof Written) return { kind: "plain", repr: boundedText(value.text, bounds.text), typeName: "string" }
  return { kind: "plain", repr: boundedText(safeText(value), bounds.text), typeName: typeNameOf(value) }
}

/** `.grad` as it is now. Read past the accessor, which warns where a result has none. */
export function gradSummary(tensor: Tensor, bounds: Bounds): GradSummary | null {
  const grad = tensor.gathered
  return grad === null ? null : { repr: reprOf(grad, bounds), shape: [...grad.sizes] }
}

/** Least and greatest element; null for an empty, boolean or very large tensor. A nan makes both nan. */
export function rangeOf(tensor: Tensor, bounds: Bounds): readonly [number, number] | null {
  const count = tensor.numel()
  if (count === 0 || count > bounds.range || tensor.dtype.name === "bool" || gpuHasFailed()) return null
  let least = Infinity
  let greatest = -Infinity
  for (let i = 0; i < count; i++) {
    const value = elementAt(tensor, i)
    if (value !== value) return [NaN, NaN]
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return [least, greatest]
}

/** From a node back to a leaf, along the first input that leads on. */
export function chainOf(node: Node | null, bounds: Bounds): ChainStep[] {
  const steps: ChainStep[] = []
  for (let at = node; at !== null && steps.length < bounds.chain; ) {
    const next = at.edges.filter((edge) => edge.node !== null)
    const line = placeOfNode(at)?.line
    const variable = at.variable?.label ?? madeBy(at, 0)?.label ?? null
    steps.push({ name: at.name(), ...(line === undefined ? {} : { line }), ...(variable === null ? {} : { variable }), branches: Math.max(0, next.length - 1) })
    at = next[0]?.node ?? null
  }
  return steps
}

function safeText(value: unknown): string {
  try {
    if (typeof value === "string") return `'${value}'`
    if (typeof value === "function" && !isModule(value)) return `<function ${value.name || "without a name"}>`
    const text = shownText(value)
    return text === "[object Object]" ? `<${typeNameOf(value)} object>` : text
  } catch {
    // A learner's own toString may throw; the trace must not.
    return `<${typeNameOf(value)}>`
  }
}

/** Modules are functions that bring their own text along. */
function isModule(value: object): boolean {
  return typeof Reflect.get(value, "named_parameters") === "function"
}

function typeNameOf(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return (value.constructor as { name?: string } | undefined)?.name === "Size" ? "torch.Size" : "array"
  if (typeof value !== "object" && !(typeof value === "function" && isModule(value))) return typeof value
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === "string" && name !== "" ? name : "object"
}
