// The node of an elementwise operator: it keeps what the slopes mention and multiplies them with the gradient that
// arrives. Apart from running the operator because one is made for every recorded operation: it makes little.
import type { DType } from "../backends/dtype.ts"
import { mathematics, shortNames } from "../ops/mathematics.ts"
import { backend, copied, full, zeros } from "../tensor/make.ts"
import { Tensor } from "../tensor/tensor.ts"
import { evaluate, type Value } from "./evaluate.ts"
import { edgeOf, requiresGrad } from "./history.ts"
import { modes } from "./modes.ts"
import { freedFault, Node, noEdge, recording, SavedTensor, type Edge, type Gradient, type Mathematics, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"
import { fromIncoming, fromResult, type Pass, type Variant } from "./variant.ts"

export class ElementwiseNode extends Node {
  private readonly variant: Variant
  private readonly kept: readonly (SavedTensor | number | null)[]
  private result: SavedTensor | null = null
  private readonly wantsResult: boolean
  /** By input; null for a plain number. */
  private readonly sizes: readonly (readonly number[] | null)[]
  private readonly types: readonly (DType | null)[]
  private freed = false

  constructor(variant: Variant, inputs: readonly (Tensor | number)[], out: Tensor, inPlace = false) {
    super({ sizes: out.sizes, dtype: out.dtype })
    this.variant = variant
    this.entry = variant.entry
    const count = inputs.length
    const edges = new Array<Edge>(count)
    const sizes = new Array<readonly number[] | null>(count)
    const types = new Array<DType | null>(count)
    const kept = new Array<SavedTensor | number | null>(count)
    let needs = 0
    for (let i = 0; i < count; i++) {
      const one = inputs[i]!
      const pass = variant.passes[i]!
      edges[i] = noEdge
      sizes[i] = types[i] = null
      if (typeof one === "number") continue
      sizes[i] = one.sizes
      types[i] = one.dtype
      if (pass === null || !requiresGrad(one)) continue
      edges[i] = edgeOf(one)
      needs |= pass.needs
    }
    for (let i = 0; i < count; i++) {
      const one = inputs[i]!
      if (typeof one === "number") kept[i] = one
      else kept[i] = needs & (1 << i) ? new SavedTensor(inPlace && i === 0 ? detachedCopy(one) : one) : null
    }
    this.edges = edges
    this.sizes = sizes
    this.types = types
    this.kept = kept
    this.wantsResult = (needs & (1 << count)) !== 0
    if (this.wantsResult && !inPlace) this.saveResult(out)
  }

  saveResult(out: Tensor): void {
    if (this.wantsResult) this.result = new SavedTensor(out, this)
  }

  name(): string {
    const { entry, names } = this.variant
    return entry.gradName((name) => (this.sizes[names.indexOf(name)] ?? null) !== null, (name) => names.includes(name))
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const incoming = grads[0]
    const { edges } = this
    const passed = new Array<Gradient>(edges.length).fill(null)
    if (!incoming) return passed
    this.checkKept()
    const values = modes.grad ? this.values(incoming) : null
    for (let i = 0; i < edges.length; i++) {
      if (!edges[i]!.node) continue
      const pass = this.variant.passes[i]!
      const made = values ? asTensor(evaluate(pass.expr, values), incoming) : this.computed(pass, incoming)
      const summed = sumTo(made, this.sizes[i]!)
      const type = this.types[i]!
      passed[i] = summed.dtype === type ? summed : modes.grad ? summed.to(type) : copied(summed, type)
    }
    return passed
  }

  private checkKept(): void {
    if (this.freed && !recording.asks && (this.result || this.kept.some((one) => one instanceof SavedTensor))) throw freedFault(this)
  }

  /** What a slope may mention, by name. */
  private values(incoming: Tensor): Record<string, Value> {
    const values: Record<string, Value> = { incoming }
    this.kept.forEach((one, i) => {
      if (one !== null) values[this.variant.names[i]!] = one instanceof SavedTensor ? one.unpack(this) : one
    })
    if (this.result) values.result = this.result.unpack(this)
    return values
  }

  /** `incoming · slope` by one kernel. */
  private computed({ expr, mentions, sources }: Pass, incoming: Tensor): Tensor {
    // `incoming` alone passes through as it is.
    if (expr.kind === "input" && sources[0] === fromIncoming) return incoming
    const operands = new Array<Value>(sources.length)
    for (let i = 0; i < sources.length; i++) operands[i] = this.valueFrom(sources[i]!, incoming)
    if (expr.kind === "input" && operands[0] instanceof Tensor) return operands[0]
    const out = zeros(incoming.sizes, incoming.dtype)
    backend.elementwise(expr, mentions, operands, out)
    return out
  }

  private valueFrom(source: number, incoming: Tensor): Value {
    if (source === fromIncoming) return incoming
    const kept = source === fromResult ? this.result! : this.kept[source]!
    return kept instanceof SavedTensor ? kept.unpack(this) : kept
  }

  override elementSlopes(): readonly (Tensor | null)[] {
    this.checkKept()
    const { sizes, dtype } = this.outputs[0]!
    const incoming = full(sizes, 1, dtype)
    return this.edges.map((edge, i) => (edge.node ? this.computed(this.variant.passes[i]!, incoming) : null))
  }

  /** Shape of an input by edge, for finding the element that meets an element of the output. */
  override inputSizes(edge: number): readonly number[] {
    return this.sizes[edge] ?? []
  }

  override release(): void {
    if (this.freed) return
    this.freed = true
    if (recording.keeps) return
    for (const one of this.kept) if (one instanceof SavedTensor) one.drop()
    this.result?.drop()
  }

  override mathematics(): Mathematics {
    const { variant } = this
    const tensors = variant.names.filter((_, i) => this.sizes[i] !== null)
    const names = shortNames(tensors)
    const numbers: Record<string, number> = {}
    this.kept.forEach((one, i) => {
      if (typeof one === "number") numbers[variant.names[i]!] = one
    })
    const slopes = variant.names.flatMap((name, i) => {
      const pass = variant.passes[i]
      return pass && this.sizes[i] ? [`∂y/∂${names[name]} = ${mathematics(pass.slope, names, numbers)}`] : []
    })
    return { formula: `y = ${mathematics(variant.expr, names, numbers)}`, slopes }
  }

  override savedTensors(): readonly SavedView[] {
    const views: SavedView[] = []
    const show = (saved: SavedTensor, name: string): void => {
      const view = saved.view(name)
      views.push(this.freed ? { ...view, tensor: null } : view)
    }
    this.kept.forEach((one, i) => {
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
