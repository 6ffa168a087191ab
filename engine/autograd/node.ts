// A node of the backward graph: which operation made a tensor, and how gradients pass through it.
import { placing } from "../backends/devices.ts"
import type { ElementwiseEntry, StructuralEntry } from "../ops/entry.ts"
import type { Fault } from "../protocol/faults.ts"
import { faults } from "../tensor/faults.ts"
import { copied } from "../tensor/make.ts"
import { position } from "../tensor/position.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { modes } from "./modes.ts"
import { takenOver } from "./ownership.ts"
import { watching } from "./watching.ts"

/**
 * While `gradients` is true each node keeps the gradient that arrived at it, for the panel. While `keeps` is true each
 * node keeps a copy of what it saved, also after the pass that would free it; `asks` lets backward() use those copies.
 * `passes` counts the passes of a run.
 */
export const recording = { gradients: false, keeps: false, asks: false, passes: 0 }

export type Gradient = Tensor | null
export type NodeHook = (gradInputs: readonly Gradient[], gradOutputs: readonly Gradient[]) => unknown
export type NodePreHook = (gradOutputs: readonly Gradient[]) => unknown

/** A place in the graph: a node and which of its outputs. */
export interface Edge {
  readonly node: Node | null
  readonly nr: number
}

/** Shape and type of an output, or of an input that is not saved. */
export interface Output {
  readonly sizes: readonly number[]
  readonly dtype: Tensor["dtype"]
}

export const noEdge: Edge = { node: null, nr: 0 }
const noTensors: readonly Tensor[] = []
/** Of a node that leads nowhere. */
const noEdges: readonly Edge[] = []

let nextSequence = 0

/** The number that the next node of the graph gets. */
export function nextSerial(): number {
  return nextSequence
}

export interface SavedView {
  readonly name: string
  readonly tensor: Tensor | null
  readonly savedVersion: number
}

export interface Mathematics {
  readonly formula: string | null
  readonly slopes: readonly string[]
  /** What each parameter is called in these lines, `result` included; and by edge the name of its input, empty where it has none. */
  readonly names: Readonly<Record<string, string>>
  readonly letters: readonly string[]
}

/** Who wants to know when a gradient comes by a node. */
export interface Hooks {
  /** Hooks on the tensors that the node made, by output; they see the gradient first and may replace it. */
  tensors?: Map<number, ((grad: Tensor) => unknown)[]>
  /** Results that asked for their `.grad`, by output. */
  retainers?: Map<number, Tensor>
  before?: NodePreHook[]
  after?: NodeHook[]
}

export abstract class Node {
  readonly site = position.site
  /** Where a backward pass freed what it saved; 0 before. */
  freedAt = 0
  /** Later nodes run first in a backward pass. */
  readonly sequence: number
  edges: readonly Edge[] = noEdges
  arrived: Tensor | null = null
  /** The newest pass that came by, as `recording` counts them; 0 for none. */
  lastPass = 0
  /**
   * For whoever watches the run: what the node made, by output, and its inputs that need no gradient. Here because what is
   * put onto a node later makes all of them slower, and a WeakMap the garbage collector.
   */
  made: Tensor | (Tensor | undefined)[] | null = null
  constants: readonly Tensor[] = noTensors
  /** Null for nearly every node. */
  hooks: Hooks | null = null
  /** Shape and type of each output, for gradients that never arrive. */
  readonly outputs: Output[]
  /** Path of the module whose forward made the node. */
  readonly scope: readonly string[] | null = scopeNow.path
  entry: ElementwiseEntry | StructuralEntry | null = null
  /** The backward pass that came by last, how many gradients it still waits for here, and those that arrived, by output. */
  pass = 0
  waiting = 0
  grads: Gradient[] | null = null
  /** The node that the pass takes after this one, of those that wait for their turn. */
  next: Node | null = null
  /** The edge to the first output, the same for everyone who needs it. */
  private firstEdge: Edge | null = null

  constructor(outputs: Output[] = [], sequence = nextSequence++) {
    this.outputs = outputs
    this.sequence = sequence
  }

  edge(nr: number): Edge {
    return nr === 0 ? (this.firstEdge ??= { node: this, nr: 0 }) : { node: this, nr }
  }
  abstract name(): string
  /** Shape of the input at an edge, where the node knows it. */
  inputSizes(edge: number): readonly number[] | null {
    const { node, nr } = this.edges[edge]!
    return node?.outputs[nr]?.sizes ?? null
  }
  /** Gradients of the inputs, one an edge, from those of the outputs (null where none arrived). */
  abstract backward(grads: readonly Gradient[]): readonly Gradient[]
  /** By edge, ∂output/∂input for each element of the output, where every output element has its own input element; null for any other node. */
  elementSlopes(): readonly (Tensor | null)[] | null {
    return null
  }
  /** True where no code of the learner runs in `backward`, so that nobody else holds what it gives. */
  isClosed(): boolean {
    return false
  }
  /** Forgets what was saved, after a backward pass that does not keep the graph. */
  release(): void {}
  /** The same, noting where that was. */
  free(): void {
    this.freedAt = position.site
    this.release()
  }
  savedTensors(): readonly SavedView[] {
    return []
  }
  /** What the node computed, as lines of text: `y = a · b` and `∂y/∂a = b`. */
  mathematics(): Mathematics {
    return { formula: null, slopes: [], names: {}, letters: [] }
  }
  get variable(): Tensor | null {
    return null
  }
  /** Pairs of a node and the number of its output, as PyTorch gives them. */
  /** The ways on that PyTorch's node of this name has: not those of masks, places and plain parameters. */
  protected shownEdges(): readonly Edge[] {
    return this.edges
  }
  get next_functions(): readonly (readonly [Node | null, number])[] {
    return tupled(this.shownEdges().map((edge) => tupled([edge.node, edge.nr] as [Node | null, number]) as [Node | null, number]))
  }
  register_hook(hook: NodeHook): { remove(): void } {
    return pushed(((this.hooks ??= {}).after ??= []), hook)
  }
  register_prehook(hook: NodePreHook): { remove(): void } {
    return pushed(((this.hooks ??= {}).before ??= []), hook)
  }
  toString(): string {
    return `<${this.name()}>`
  }
}

/** Path of the module whose forward is running, for folding the graph by module. */
export const scopeNow: { path: readonly string[] | null } = { path: null }

function pushed<T>(list: T[], item: T): { remove(): void } {
  list.push(item)
  return {
    remove: () => {
      const at = list.indexOf(item)
      if (at >= 0) list.splice(at, 1)
    },
  }
}

const nothing: readonly Gradient[] = []

/** Where the gradients of a leaf end: they are added to its `.grad`. */
export class AccumulateGrad extends Node {
  /** Its place in the order in which nodes were made, which `sequence` does not tell here: it runs after all others. */
  readonly born = nextSequence++
  constructor(private readonly leaf: Tensor) {
    super([{ sizes: leaf.sizes, dtype: leaf.dtype }], Infinity)
  }
  name(): string {
    return "AccumulateGrad"
  }
  override get variable(): Tensor {
    return this.leaf
  }
  override isClosed(): boolean {
    return true
  }
  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const grad = grads[0]
    if (!grad) return nothing
    accumulate(this.leaf, grad)
    const after = this.leaf.extras?.postHooks
    if (after) for (const hook of after.values()) hook(this.leaf)
    return nothing
  }
}

/** `leaf.grad += grad`; a new tensor when a graph of the gradient is kept, in place otherwise. */
export function accumulate(leaf: Tensor, grad: Tensor): void {
  watching.by?.gathering(leaf)
  add(leaf, grad)
  watching.by?.gathered(leaf)
}

function add(leaf: Tensor, arrived: Tensor): void {
  // One number of the CPU may have met tensors of another device.
  const grad = placing.several && arrived.storage.device !== leaf.storage.device ? arrived.to(leaf.device) : arrived
  const before = leaf.gathered
  if (!before) {
    // The first gradient is taken over where it is nobody else's; any other is copied, so that later additions touch only this.
    leaf.gathered = modes.grad ? grad : (takenOver(grad) ?? copied(grad))
  } else if (modes.grad) leaf.gathered = before.add(grad)
  else before.add_(grad)
}

let other: ((saved: Tensor) => Tensor) | null = null

/** Runs `body` while every kept tensor reads as what `change` makes of it. */
export function withOtherValues<R>(change: (saved: Tensor) => Tensor, body: () => R): R {
  other = change
  try {
    return body()
  } finally {
    other = null
  }
}

/** A tensor as it was when it was saved: its place in the graph and its version. */
export class SavedTensor implements Output {
  readonly sizes: readonly number[]
  readonly dtype: Tensor["dtype"]
  private readonly version: number
  private readonly node: Node | null
  private readonly nr: number
  private readonly wanted: boolean
  /** The values at that time, for explanations that come after a change in place. */
  private copy: Tensor | null
  private tensor: Tensor | null
  constructor(tensor: Tensor, isResultOf?: Node) {
    if (tensor.inference) throw faults.runtime("A tensor made in inference mode cannot be saved for a backward pass.", "Make it outside inference_mode(), or clone() it there.")
    this.tensor = tensor
    this.sizes = tensor.sizes
    this.dtype = tensor.dtype
    this.version = tensor.storage.version
    // Asked for in this order: a view learns its newest node when it is asked.
    this.wanted = (tensor.origin === null ? tensor.wantsGrad : tensor.requires_grad) || isResultOf !== undefined
    this.node = isResultOf ?? tensor.node
    this.nr = tensor.outputNr
    this.copy = recording.keeps ? copied(tensor) : null
  }
  view(name: string): SavedView {
    return { name, tensor: this.tensor, savedVersion: this.version }
  }
  /** Gives the tensor up; its name and version can still be shown. */
  drop(): void {
    this.tensor = null
    this.copy = null
  }
  /** The saved tensor; RuntimeError when it was given up or changed in place since. */
  unpack(by: Node): Tensor {
    const { tensor, node, wanted } = this
    if (recording.asks && this.copy) return other?.(this.copy) ?? this.copy
    if (!tensor) throw freedFault(by)
    if (tensor.storage.version !== this.version) throw changedFault(by, tensor, this.version)
    if (tensor.node === node && tensor.wantsGrad === wanted) return tensor
    const alias = new Tensor(tensor.storage, tensor.dtype, tensor.sizes, tensor.strides, tensor.offset)
    alias.node = node
    alias.outputNr = this.nr
    alias.wantsGrad = wanted
    if (!node && wanted) alias.accumulator = tensor.accumulator
    return alias
  }
}

function changedFault(by: Node, tensor: Tensor, savedVersion: number): Fault {
  const which = tensor.label ? `"${tensor.label}"` : "one of the values"
  return faults.runtime(
    `${which} (shape [${tensor.sizes.join(", ")}]), which ${by.name()} needs for its gradient, was changed in place: it is at version ${tensor.storage.version}, expected version ${savedVersion}.`,
    tensor.label ? `Change a copy instead: ${tensor.label} = ${tensor.label} + … makes a new tensor, or call ${tensor.label}.clone() first.` : "Use the operation that makes a new tensor instead of the one in place.",
  )
    .as("changed-in-place", tensor)
    .beside(`${by.name()} saved it here.`, by.site)
    .beside("It was changed in place here.", tensor.storage.changedAt)
}

export function freedFault(by: Node): Fault {
  return faults.runtime(
    `backward() a second time: the values that ${by.name()} saved were freed by the first backward().`,
    "Call the first backward with { retain_graph: true }, or compute the result anew before each backward().",
  )
    .as("second-backward", by.freedAt)
    .beside(`${by.name()} saved its values here.`, by.site)
    .beside("They were freed by this backward pass.", by.freedAt)
}
