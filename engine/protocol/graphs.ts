// The backward graph of a tensor as data.
import type { Span } from "./places.ts"

/** The backward graph of one tensor, leaves to result. Edges point forward: from an input to what was made of it. */
export interface Graph {
  /** Id of the node of the tensor that was asked for. */
  readonly root: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** How many nodes were left out past the bound, 0 as a rule. */
  readonly omitted: number
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
}

/**
 * `leaf`: a tensor that gathers `.grad`. `tensor`: a named result, or an input that needs no gradient.
 * `grad_fn`: a node of the backward pass, AccumulateGrad included.
 */
export interface GraphNode {
  readonly id: string
  readonly kind: "leaf" | "tensor" | "grad_fn"
  /** The variable's name, or the grad_fn's. A tensor without a name is called after its shape. */
  readonly name: string
  readonly span?: Span
  readonly shape?: readonly number[]
  readonly dtype?: string
  /** PyTorch's repr of the value (of the result, for a grad_fn), bounded. */
  readonly value?: string
  /** `.grad` of a leaf or retained tensor; for a grad_fn the gradient that arrived at it in the last backward pass. Bounded repr. */
  readonly grad?: string
  /** The operator's mathematics as a line of text: `y = a · b`. */
  readonly formula?: string
  /** The local derivative by input, as text: `∂y/∂a = b`. */
  readonly slopes?: readonly string[]
  readonly saved?: readonly SavedTensor[]
  /** Module path that made the node, outermost first (`["layer1", "0", "conv1"]`), for folding. */
  readonly scope?: readonly string[]
}

export interface SavedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Null once the backward pass has freed it. */
  readonly value: string | null
  /** Version when it was saved, and now. */
  readonly savedVersion: number
  readonly version: number
}
