// Running an elementwise operator: element type, broadcasting, the kernel, and the node that takes gradients back.
import * as d from "../backends/dtype.ts"
import type { DType } from "../backends/dtype.ts"
import type { ElementwiseEntry, Options } from "../ops/entry.ts"
import { constant, input, inputsOf, timesSlope, type Expr } from "../ops/expr.ts"
import { broadcastTwo } from "../tensor/broadcast.ts"
import { faults } from "../tensor/faults.ts"
import { backend, copied, full, zeros } from "../tensor/make.ts"
import { defaults, resultType, scalarCategory, type Participant } from "../tensor/promotion.ts"
import { sameShape } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { evaluate, type Value } from "./evaluate.ts"
import { checkInPlace, edgeOf, requiresGrad, setHistory } from "./history.ts"
import { modes } from "./modes.ts"
import { mathematics, shortNames } from "../ops/mathematics.ts"
import { freedFault, Node, recording, SavedTensor, type Gradient, type Mathematics, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"

export type Scalar = number | bigint | boolean

/** A formula for one choice of present inputs and options: what is printed, and how gradients pass. */
export interface Variant {
  readonly entry: ElementwiseEntry
  readonly names: readonly string[]
  readonly expr: Expr
  /** By input position: `incoming · slope` and the names that it mentions; null where no gradient passes. */
  readonly passes: readonly ({ readonly expr: Expr; readonly mentions: readonly string[]; readonly slope: Expr } | null)[]
  /** Inputs that decide the element type: tensors and operands, not mere parameters. */
  readonly deciding: readonly boolean[]
}

const variants = new WeakMap<ElementwiseEntry, Map<string, Variant>>()

/** The variant of an entry for the inputs that are given (not null) and its options. */
export function variantOf(entry: ElementwiseEntry, names: readonly string[], options: Options): Variant {
  let known = variants.get(entry)
  if (!known) variants.set(entry, (known = new Map()))
  let key = names.join()
  for (const name in options) key += `;${name}=${String(options[name])}`
  let variant = known.get(key)
  if (!variant) known.set(key, (variant = makeVariant(entry, names, options)))
  return variant
}

function makeVariant(entry: ElementwiseEntry, names: readonly string[], options: Options): Variant {
  const inputs: Record<string, Expr> = {}
  for (const name of names) inputs[name] = input(name)
  const expr = entry.formula(inputs, options)
  const all = { ...inputs, result: input("result") }
  const passes = names.map((name) => {
    const slope = entry.slope[name]
    if (!slope) return null
    const term = slope(all, options)
    const written = typeof term === "number" ? constant(term) : term
    const passed = timesSlope(input("incoming"), written)
    return { expr: passed, mentions: inputsOf(passed), slope: written }
  })
  const deciding = names.map((name) => entry.signature.parameters.find((one) => one.name === name)!.type).map((type) => type === "Tensor" || type === "Operand")
  return { entry, names, expr, passes, deciding }
}

/** Element types of the result and of the computation. */
function typesOf(variant: Variant, operands: readonly (Tensor | Scalar)[]): { result: DType; compute: DType } {
  const participants: Participant[] = []
  let whole: d.DType | null = null
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]!
    if (!variant.deciding[i]) continue
    if (operand instanceof Tensor) participants.push({ dtype: operand.dtype, rank: operand.sizes.length })
    else {
      const category = scalarCategory(operand)
      const dtype = category === "bool" ? d.bool : category === "int" ? d.int64 : defaults.dtype
      // A whole JavaScript number alone is a float; beside an integer tensor it counts as an integer.
      if (typeof operand === "number" && category === "int") whole = dtype
      else participants.push({ dtype, rank: -1 })
    }
  }
  if (whole) participants.push({ dtype: participants.length ? whole : defaults.dtype, rank: -1 })
  const common = resultType(participants)
  const { entry } = variant
  if (entry.accepts === "whole" && common.category === "float")
    throw faults.runtime(`${entry.signature.name}: expected whole numbers or booleans, found ${common.name}.`, "Convert first, for example with .long() or .bool().")
  const compute = entry.result === "float" && common.category !== "float" ? defaults.dtype : common
  if (entry.result === "bool") return { result: d.bool, compute }
  if (entry.result === "first") {
    const first = operands[0]!
    return { result: first instanceof Tensor ? first.dtype : compute, compute }
  }
  return { result: compute, compute }
}

/** A plain value as the kernel sees it: rounded as the computation's type holds it. */
function scalarOperand(value: Scalar, compute: DType): number {
  const number = Number(value)
  return compute.array === Float64Array || compute.category !== "float" ? number : Math.fround(number)
}

/** Computes a new tensor, recorded where a gradient may be asked for. */
export function applyElementwise(variant: Variant, operands: readonly (Tensor | Scalar)[]): Tensor {
  const { result: dtype, compute } = typesOf(variant, operands)
  let sizes: readonly number[] | null = null
  let tracked = false
  const inputs = new Array<Tensor | number>(operands.length)
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]!
    if (operand instanceof Tensor) {
      inputs[i] = operand
      sizes = sizes === null ? operand.sizes : broadcastTwo(sizes, operand.sizes, variant.entry.signature.name)
      if (modes.grad && variant.passes[i] && requiresGrad(operand)) tracked = true
    } else inputs[i] = scalarOperand(operand, compute)
  }
  const out = zeros(sizes ?? [], dtype)
  backend.elementwise(variant.expr, variant.names, inputs, out)
  if (modes.inference) out.inference = true
  if (tracked && dtype.category === "float") {
    const node = new ElementwiseNode(variant, inputs, out)
    out.node = node
    out.wantsGrad = true
  }
  return out
}

/** Computes into `self`, the first operand. */
export function applyElementwiseInPlace(variant: Variant, operands: readonly (Tensor | Scalar)[]): Tensor {
  const self = operands[0] as Tensor
  const name = `${variant.entry.signature.name}_`
  const { result: dtype, compute } = typesOf(variant, operands)
  checkInPlace(name, self)
  checkCast(name, dtype, self.dtype)
  let tracked = false
  let overlap = false
  const inputs = operands.map((operand, i) => {
    if (!(operand instanceof Tensor)) return scalarOperand(operand, compute)
    if (!sameShape(broadcastTwo(self.sizes, operand.sizes, name), self.sizes))
      throw faults.runtime(`${name}: a tensor of shape [${operand.sizes.join(", ")}] does not fit into shape [${self.sizes.join(", ")}] in place.`, "Use the operation without the underscore, which makes a new tensor.")
    if (modes.grad && variant.passes[i] && requiresGrad(operand)) tracked = true
    if (i > 0 && operand.storage === self.storage) overlap = true
    return operand
  })
  const node = tracked ? new ElementwiseNode(variant, inputs, self, true) : null
  if (overlap) {
    const temporary = zeros(self.sizes, self.dtype)
    backend.elementwise(variant.expr, variant.names, inputs, temporary)
    backend.copy(temporary, self)
  } else backend.elementwise(variant.expr, variant.names, inputs, self)
  self.storage.version++
  if (node) {
    node.saveResult(self)
    setHistory(self, node)
  }
  return self
}

export function checkCast(name: string, from: DType, to: DType): void {
  const rank = { bool: 0, int: 1, float: 2 }
  if (rank[from.category] > rank[to.category])
    throw faults.runtime(`${name}: the result has type ${from.name}, which does not fit into a tensor of type ${to.name} in place.`, "Use the operation without the underscore, or convert the tensor first.")
}

class ElementwiseNode extends Node {
  private readonly variant: Variant
  private readonly kept: (SavedTensor | number | null)[]
  private result: SavedTensor | null = null
  private readonly wantsResult: boolean
  private readonly title: string
  private readonly inputTypes: readonly ({ readonly sizes: readonly number[]; readonly dtype: DType } | null)[]
  /** What was saved, once it has been given up. */
  private freed: readonly SavedView[] | null = null

  constructor(variant: Variant, inputs: readonly (Tensor | number)[], out: Tensor, inPlace = false) {
    super()
    this.variant = variant
    this.entry = variant.entry
    this.title = variant.entry.gradName((name) => inputs[variant.names.indexOf(name)] instanceof Tensor, (name) => variant.names.includes(name))
    this.outputs.push({ sizes: out.sizes, dtype: out.dtype })
    const needed = new Set<string>()
    this.edges = inputs.map((one, i) => {
      const pass = variant.passes[i]
      if (!(one instanceof Tensor) || !pass || !requiresGrad(one)) return { node: null, nr: 0 }
      for (const name of pass.mentions) needed.add(name)
      return edgeOf(one)
    })
    this.kept = inputs.map((one, i) => {
      if (typeof one === "number") return one
      if (!needed.has(variant.names[i]!)) return null
      return new SavedTensor(inPlace && i === 0 ? detachedCopy(one) : one)
    })
    this.inputTypes = inputs.map((one) => (one instanceof Tensor ? { sizes: one.sizes, dtype: one.dtype } : null))
    this.wantsResult = needed.has("result")
    if (this.wantsResult && !inPlace) this.saveResult(out)
  }

  saveResult(out: Tensor): void {
    if (this.wantsResult) this.result = new SavedTensor(out, this)
  }

  name(): string {
    return this.title
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    const incoming = grads[0]
    if (!incoming) return this.edges.map(() => null)
    const values = this.values(incoming)
    return this.edges.map((edge, i) => {
      if (!edge.node) return null
      const pass = this.variant.passes[i]!
      const type = this.inputTypes[i]!
      const passed = modes.grad ? asTensor(evaluate(pass.expr, values), incoming) : compute(pass, values, incoming)
      const summed = sumTo(passed, type.sizes)
      return summed.dtype === type.dtype ? summed : modes.grad ? summed.to(type.dtype) : copied(summed, type.dtype)
    })
  }

  /** What the slopes mention, by name. */
  private values(incoming: Tensor): Record<string, Value> {
    if (this.freed && this.freed.length > 0 && !recording.asks) throw freedFault(this)
    const values: Record<string, Value> = { incoming }
    this.kept.forEach((one, i) => {
      if (one !== null) values[this.variant.names[i]!] = one instanceof SavedTensor ? one.unpack(this) : one
    })
    if (this.result) values.result = this.result.unpack(this)
    return values
  }

  override elementSlopes(): readonly (Tensor | null)[] {
    const { sizes, dtype } = this.outputs[0]!
    const incoming = full(sizes, 1, dtype)
    const values = this.values(incoming)
    return this.edges.map((edge, i) => (edge.node ? compute(this.variant.passes[i]!, values, incoming) : null))
  }

  /** Shape of an input by edge, for finding the element that meets an element of the output. */
  override inputSizes(edge: number): readonly number[] {
    return this.inputTypes[edge]?.sizes ?? []
  }

  override release(): void {
    this.freed ??= this.savedTensors().map((view) => ({ ...view, tensor: null }))
    if (recording.keeps) return
    this.kept.forEach((one, i) => {
      if (one instanceof SavedTensor) this.kept[i] = null
    })
    this.result = null
  }

  override mathematics(): Mathematics {
    const { variant } = this
    const tensors = variant.names.filter((_, i) => this.inputTypes[i] !== null)
    const names = shortNames(tensors)
    const numbers: Record<string, number> = {}
    this.kept.forEach((one, i) => {
      if (typeof one === "number") numbers[variant.names[i]!] = one
    })
    const slopes = variant.names.flatMap((name, i) => {
      const pass = variant.passes[i]
      return pass && this.inputTypes[i] ? [`∂y/∂${names[name]} = ${mathematics(pass.slope, names, numbers)}`] : []
    })
    return { formula: `y = ${mathematics(variant.expr, names, numbers)}`, slopes }
  }

  override savedTensors(): readonly SavedView[] {
    if (this.freed) return this.freed
    const views: SavedView[] = []
    this.kept.forEach((one, i) => {
      if (one instanceof SavedTensor) views.push(one.view(this.variant.names[i]!))
    })
    if (this.result) views.push(this.result.view("result"))
    return views
  }
}

function detachedCopy(tensor: Tensor): Tensor {
  const copy = copied(tensor)
  copy.node = tensor.node
  copy.outputNr = tensor.outputNr
  copy.wantsGrad = tensor.wantsGrad
  return copy
}

function compute(pass: { readonly expr: Expr; readonly mentions: readonly string[] }, values: Readonly<Record<string, Value>>, incoming: Tensor): Tensor {
  // `incoming` alone passes through as it is; a literal 0 is a zero tensor.
  if (pass.expr.kind === "input") return values[pass.expr.name] as Tensor
  const operands = pass.mentions.map((name) => values[name]!)
  const out = zeros(incoming.sizes, incoming.dtype)
  backend.elementwise(pass.expr, pass.mentions, operands, out)
  return out
}

/** A slope that is a plain number at these values: the same for all elements. */
function asTensor(value: Value, like: Tensor): Tensor {
  return value instanceof Tensor ? value : like.mul(value)
}

