// The node of a structural operator: it keeps the arguments that the entry's backward formula names, and of the others
// their shape and type. Apart from running the operator, as the elementwise node is.
import { HostStorage } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import type { StructuralEntry } from "../ops/entry.ts"
import type { Bound } from "../tensor/bind.ts"
import { Tensor } from "../tensor/tensor.ts"
import { functions } from "./functions.ts"
import { edgeOf } from "./history.ts"
import { freedFault, Node, noEdge, recording, SavedTensor, type Edge, type Gradient, type Mathematics, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"

export type AnyEntry = StructuralEntry<Bound>

const tensorNames = new WeakMap<AnyEntry, readonly string[]>()

/** Names of the parameters that may hold tensors. */
function namesOf(entry: AnyEntry): readonly string[] {
  let names = tensorNames.get(entry)
  if (!names) tensorNames.set(entry, (names = entry.signature.parameters.filter((one) => /Tensor|Operand|Indices/.test(one.type)).map((one) => one.name)))
  return names
}

/** The tensors among the arguments, lists of them taken apart. */
export function tensorsOf(entry: AnyEntry, args: Bound): Tensor[] {
  const tensors: Tensor[] = []
  for (const name of namesOf(entry)) {
    const value = args[name]
    if (value instanceof Tensor) tensors.push(value)
    else if (Array.isArray(value)) for (const one of value) if (one instanceof Tensor) tensors.push(one)
  }
  return tensors
}

/** One place where a gradient may go: a tensor argument, or one of a list of them. In an argument's place it stands for its shape and type. */
class Slot {
  constructor(
    readonly name: string,
    /** Below 0 outside lists. */
    readonly index: number,
    readonly sizes: readonly number[],
    readonly dtype: DType,
  ) {}
}

const nowhere = new HostStorage(new Float32Array([NaN]))

/** A tensor that has only a shape and a type: what `backward` sees of an argument that was not saved. */
function ghost({ sizes, dtype }: { readonly sizes: readonly number[]; readonly dtype: DType }): Tensor {
  return new Tensor(nowhere, dtype, sizes, sizes.map(() => 0), 0)
}

export class StructuralNode extends Node {
  private readonly args: Record<string, unknown>
  private readonly slots: readonly Slot[]
  private readonly operator: AnyEntry
  private readonly title: string
  private readonly results: (SavedTensor | null)[]
  private freed = false

  constructor(entry: AnyEntry, args: Bound, results: readonly Tensor[]) {
    super()
    this.operator = entry
    this.entry = entry as unknown as StructuralEntry // The arguments' type is the entry's own business.
    this.title = typeof entry.gradName === "string" ? entry.gradName : entry.gradName(args)
    this.results = results.map(() => null)
    const kept: Record<string, unknown> = { ...args }
    const slots: Slot[] = []
    const edges: Edge[] = []
    const keep = (name: string, index: number, tensor: Tensor): SavedTensor | Slot => {
      const slot = new Slot(name, index, tensor.sizes, tensor.dtype)
      slots.push(slot)
      edges.push(tensor.dtype.category === "float" ? edgeOf(tensor) : noEdge)
      return entry.saves.includes(name) ? new SavedTensor(tensor) : slot
    }
    for (const name of namesOf(entry)) {
      const value = args[name]
      if (value instanceof Tensor) kept[name] = keep(name, -1, value)
      else if (Array.isArray(value)) kept[name] = value.map((one: unknown, i) => (one instanceof Tensor ? keep(name, i, one) : one))
    }
    this.args = kept
    this.slots = slots
    this.edges = edges
  }

  saveResults(results: readonly Tensor[]): void {
    for (const nr of this.operator.savesResults) this.results[nr] = new SavedTensor(results[nr]!, results[nr]!.dtype.category === "float" ? this : undefined)
  }

  name(): string {
    return this.title
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    if (this.freed && !recording.asks && this.saved().length > 0) throw freedFault(this)
    const { edges, slots } = this
    const gradients = new Array<Gradient>(slots.length).fill(null)
    if (grads.every((one) => one === null)) return gradients
    const whole = (value: unknown): unknown => (value instanceof SavedTensor ? value.unpack(this) : value instanceof Slot ? ghost(value) : value)
    const args: Bound = { ...this.args }
    for (const name of namesOf(this.operator)) {
      const value = args[name]
      args[name] = Array.isArray(value) ? value.map(whole) : whole(value)
    }
    const results = this.results.map((one, nr) => one?.unpack(this) ?? ghost(this.outputs[nr]!))
    const needs = (name: string): boolean => slots.some((slot, i) => slot.name === name && edges[i]!.node !== null)
    const passed = this.operator.backward!(grads, args, results, functions, needs)
    for (let i = 0; i < slots.length; i++) {
      if (!edges[i]!.node) continue
      const { name, index, sizes, dtype } = slots[i]!
      const given = passed[name]
      const grad = index < 0 ? given : (given as readonly Gradient[] | undefined)?.[index]
      if (!(grad instanceof Tensor)) continue
      const summed = sumTo(grad, sizes)
      gradients[i] = summed.dtype === dtype ? summed : summed.to(dtype)
    }
    return gradients
  }

  /** What was saved, by the name that it is shown with. */
  private saved(): [string, SavedTensor][] {
    const found: [string, SavedTensor][] = []
    for (const name of namesOf(this.operator)) {
      const value = this.args[name]
      if (value instanceof SavedTensor) found.push([name, value])
      else if (Array.isArray(value)) value.forEach((one: unknown, i) => one instanceof SavedTensor && found.push([`${name}[${i}]`, one]))
    }
    this.results.forEach((one, i) => one && found.push([this.operator.outputs?.[i] ?? "result", one]))
    return found
  }

  override release(): void {
    if (this.freed) return
    this.freed = true
    if (!recording.keeps) for (const [, one] of this.saved()) one.drop()
  }

  override mathematics(): Mathematics {
    return { formula: this.operator.formulaText ?? null, slopes: [] }
  }

  override savedTensors(): readonly SavedView[] {
    return this.saved().map(([name, one]) => one.view(name))
  }
}
