// The node of an elementwise operator: it keeps what the slopes mention and multiplies them with the gradient that
// arrives. Apart from running the operator because one is made for every recorded operation: it makes little.
import { mathematics, shortNames } from "../ops/mathematics.ts"
import { backend, copied, full, unfilled } from "../tensor/make.ts"
import { Tensor } from "../tensor/tensor.ts"
import { evaluate, type Value } from "./evaluate.ts"
import { edgeOf, requiresGrad } from "./history.ts"
import { modes } from "./modes.ts"
import { freedFault, Node, noEdge, recording, SavedTensor, type Edge, type Gradient, type Mathematics, type Output, type SavedView } from "./node.ts"
import { isFree } from "./ownership.ts"
import { sumTo } from "./sumTo.ts"
import { fromIncoming, fromResult, type Pass, type Variant } from "./variant.ts"

/** An input as the node keeps it: a plain number, what was saved, or the shape and type of a tensor that no slope mentions. */
type Kept = SavedTensor | Output | number

export class ElementwiseNode extends Node {
  private readonly variant: Variant
  private readonly inputs: readonly Kept[]
  private result: SavedTensor | null = null
  private readonly wantsResult: boolean
  private freed = false

  /** Keeps `operands` and changes it. */
  constructor(variant: Variant, operands: readonly (Tensor | number)[], out: Tensor, inPlace = false) {
    const made: Output = { sizes: out.sizes, dtype: out.dtype }
    super([made])
    this.variant = variant
    this.entry = variant.entry
    const { passes } = variant
    const count = operands.length
    const edges = new Array<Edge>(count)
    let needs = 0
    for (let i = 0; i < count; i++) {
      const one = operands[i]!
      const pass = passes[i]!
      if (typeof one === "number" || pass === null || !requiresGrad(one)) edges[i] = noEdge
      else {
        edges[i] = edgeOf(one)
        needs |= pass.needs
      }
    }
    const inputs = operands as Kept[] // The array goes on as the node's own.
    for (let i = 0; i < count; i++) {
      const one = operands[i]!
      if (typeof one === "number") continue
      if (needs & (1 << i)) inputs[i] = new SavedTensor(inPlace && i === 0 ? detachedCopy(one) : one)
      else inputs[i] = one.sizes === made.sizes && one.dtype === made.dtype ? made : { sizes: one.sizes, dtype: one.dtype }
    }
    this.edges = edges
    this.inputs = inputs
    this.wantsResult = (needs & (1 << count)) !== 0
    if (this.wantsResult && !inPlace) this.saveResult(out)
  }

  protected override shownEdges(): readonly Edge[] {
    const { entry, names, passes } = this.variant
    // A number counts as a tensor where both make the same node (x + 1), and as a plain parameter where not (x ** 2).
    const takesNumbers = this.name() === entry.gradName(() => true, (name) => names.includes(name))
    return this.edges.filter((_, i) => passes[i] !== null && (typeof this.inputs[i] !== "number" || takesNumbers))
  }

  saveResult(out: Tensor): void {
    if (this.wantsResult) this.result = new SavedTensor(out, this)
  }

  name(): string {
    const { entry, names } = this.variant
    return entry.gradName((name) => typeof this.inputs[names.indexOf(name)] === "object", (name) => names.includes(name))
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const incoming = grads[0]
    const { edges, inputs } = this
    const passed = new Array<Gradient>(edges.length)
    if (incoming && this.freed) this.checkKept()
    const values = incoming && modes.grad ? this.values(incoming) : null
    // The gradient that arrived is dead after the last slope: where it is the pass's own, its memory takes that product.
    let last = incoming && isFree(incoming) ? edges.length - 1 : -1
    while (last > 0 && !edges[last]!.node) last--
    for (let i = 0; i < edges.length; i++) {
      passed[i] = null
      if (!incoming || !edges[i]!.node) continue
      const pass = this.variant.passes[i]!
      const { sizes, dtype } = inputs[i] as Output // Only a tensor has a way on.
      const made = values ? asTensor(evaluate(pass.expr, values), incoming) : this.computed(pass, incoming, i === last)
      if (made === incoming) last = -1
      const summed = made.sizes === sizes ? made : sumTo(made, sizes)
      passed[i] = summed.dtype === dtype ? summed : modes.grad ? summed.to(dtype) : copied(summed, dtype)
    }
    return passed
  }

  private checkKept(): void {
    if (this.freed && !recording.asks && (this.result || this.inputs.some((one) => one instanceof SavedTensor))) throw freedFault(this)
  }

  /** What a slope may mention, by name. */
  private values(incoming: Tensor): Record<string, Value> {
    const values: Record<string, Value> = { incoming }
    this.inputs.forEach((one, i) => {
      if (one instanceof SavedTensor) values[this.variant.names[i]!] = one.unpack(this)
      else if (typeof one === "number") values[this.variant.names[i]!] = one
    })
    if (this.result) values.result = this.result.unpack(this)
    return values
  }

  /** `incoming · slope` by one kernel. */
  private computed({ expr, mentions, sources }: Pass, incoming: Tensor, inPlace: boolean): Tensor {
    // `incoming` alone passes through as it is.
    if (expr.kind === "input" && sources[0] === fromIncoming) return incoming
    const operands = new Array<Value>(sources.length)
    for (let i = 0; i < sources.length; i++) operands[i] = this.valueFrom(sources[i]!, incoming)
    if (expr.kind === "input" && operands[0] instanceof Tensor) return operands[0]
    const out = inPlace ? incoming : unfilled(incoming.sizes, incoming.dtype)
    backend.elementwise(expr, mentions, operands, out)
    return out
  }

  private valueFrom(source: number, incoming: Tensor): Value {
    if (source === fromIncoming) return incoming
    const kept = source === fromResult ? this.result! : this.inputs[source]!
    return typeof kept === "number" ? kept : (kept as SavedTensor).unpack(this) // What a slope mentions is saved.
  }

  override elementSlopes(): readonly (Tensor | null)[] {
    this.checkKept()
    const { sizes, dtype } = this.outputs[0]!
    const incoming = full(sizes, 1, dtype)
    return this.edges.map((edge, i) => (edge.node ? this.computed(this.variant.passes[i]!, incoming, false) : null))
  }

  /** Shape of an input by edge, for finding the element that meets an element of the output. */
  override inputSizes(edge: number): readonly number[] {
    const kept = this.inputs[edge]
    return typeof kept === "object" ? kept.sizes : []
  }

  override isClosed(): boolean {
    return true
  }

  override release(): void {
    if (this.freed) return
    this.freed = true
    if (recording.keeps) return
    for (const one of this.inputs) if (one instanceof SavedTensor) one.drop()
    this.result?.drop()
  }

  override mathematics(): Mathematics {
    const { variant } = this
    const tensors = variant.names.filter((_, i) => typeof this.inputs[i] === "object")
    const names = shortNames(tensors)
    const numbers: Record<string, number> = {}
    this.inputs.forEach((one, i) => {
      if (typeof one === "number") numbers[variant.names[i]!] = one
    })
    const slopes = variant.names.flatMap((name, i) => {
      const pass = variant.passes[i]
      return pass && typeof this.inputs[i] === "object" ? [`∂y/∂${names[name]} = ${mathematics(pass.slope, names, numbers)}`] : []
    })
    const letters = variant.names.map((name, i) => (typeof this.inputs[i] === "object" ? names[name]! : ""))
    return { formula: `y = ${mathematics(variant.expr, names, numbers)}`, slopes, names, letters }
  }

  override savedTensors(): readonly SavedView[] {
    const views: SavedView[] = []
    const show = (saved: SavedTensor, name: string): void => {
      const view = saved.view(name)
      views.push(this.freed && !recording.asks ? { ...view, tensor: null } : view)
    }
    this.inputs.forEach((one, i) => {
      if (one instanceof SavedTensor) show(one, this.variant.names[i]!)
    })
    if (this.result) show(this.result, "result")
    return views
  }
}

/** The values before a change in place, with the tensor's place in the graph. */
function detachedCopy(tensor: Tensor): Tensor {
  const copy = copied(tensor)
  copy.node = tensor.node
  copy.outputNr = tensor.outputNr
  copy.wantsGrad = tensor.wantsGrad
  return copy
}

/** A slope that is a plain number at these values: the same for all elements. */
function asTensor(value: Value, like: Tensor): Tensor {
  return value instanceof Tensor ? value : like.mul(value)
}
