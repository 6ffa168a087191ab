// Running a structural operator: its forward, the node that takes gradients back by its own formula, and views.
import type { DType } from "../backends/dtype.ts"
import type { StructuralEntry } from "../ops/entry.ts"
import { tupled } from "../tensor/tuple.ts"
import { sameShape } from "../tensor/size.ts"
import { Storage } from "../backends/backend.ts"
import { faults } from "../tensor/faults.ts"
import { backend } from "../tensor/make.ts"
import type { Bound } from "../tensor/bind.ts"
import { Tensor } from "../tensor/tensor.ts"
import { functions } from "./functions.ts"
import { checkInPlace, edgeOf, requiresGrad, setHistory } from "./history.ts"
import { checkCast } from "./elementwise.ts"
import { kit } from "./kit.ts"
import { modes, untracked } from "./modes.ts"
import { freedFault, Node, recording, SavedTensor, type Edge, type Gradient, type Mathematics, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"

type AnyEntry = StructuralEntry<Bound>

/** One place where a gradient may go: a tensor argument, or one of a list of them. */
interface Slot {
  readonly name: string
  readonly index: number
  readonly tensor: Tensor
}

const slotNames = new WeakMap<AnyEntry, readonly string[]>()

/** Names of the parameters that may hold tensors. */
function tensorNames(entry: AnyEntry): readonly string[] {
  let names = slotNames.get(entry)
  if (!names) slotNames.set(entry, (names = entry.signature.parameters.filter((one) => /Tensor|Operand|Indices/.test(one.type)).map((one) => one.name)))
  return names
}

function slotsOf(entry: AnyEntry, args: Bound): Slot[] {
  const slots: Slot[] = []
  for (const name of tensorNames(entry)) {
    const value = args[name]
    if (value instanceof Tensor) slots.push({ name, index: -1, tensor: value })
    else if (Array.isArray(value)) value.forEach((one: unknown, index) => one instanceof Tensor && slots.push({ name, index, tensor: one }))
  }
  return slots
}

/** Runs the operator; several outputs come as an array, named where the entry names them. */
export function applyStructural(entry: AnyEntry, args: Bound): Tensor | Tensor[] {
  const made = untracked(() => entry.forward(kit, args))
  const results = made instanceof Tensor ? [made] : [...made]
  if (modes.inference) for (const one of results) one.inference = true
  if (entry.view) {
    const base = slotsOf(entry, args)[0]!.tensor
    for (const view of results) if (view.storage === base.storage) linkView(view, base)
  }
  if (modes.grad && entry.backward) {
    const slots = slotsOf(entry, args)
    if (slots.some((slot) => slot.tensor.dtype.category === "float" && requiresGrad(slot.tensor)) && results.some((one) => one.dtype.category === "float")) {
      const node = new StructuralNode(entry, args, slots, results)
      attach(node, results)
      node.saveResults(results)
    }
  }
  if (made instanceof Tensor) return made
  return tupled(results, entry.signature.name, entry.outputs)
}

function attach(node: Node, results: readonly Tensor[]): void {
  results.forEach((result, nr) => {
    node.outputs.push({ sizes: result.sizes, dtype: result.dtype })
    if (result.dtype.category !== "float") return
    result.node = node
    result.outputNr = nr
    result.wantsGrad = true
  })
}

/** Remembers that `view` looks into `base`, so that changes through either are seen by both. */
export function linkView(view: Tensor, base: Tensor): void {
  const root = base.origin?.base ?? base
  view.origin = { base: root, history: root.extras?.history ?? 0 }
  if (base.inference) view.inference = true
}

/** Runs the operator and puts its result into `self`, the first argument. */
export function applyStructuralInPlace(entry: AnyEntry, args: Bound, replace = false): Tensor {
  const self = args["self"] as Tensor
  if (entry.view) return reshapeInPlace(self, applyStructural(entry, args) as Tensor)
  const name = `${entry.signature.name}_`
  checkInPlace(name, self)
  const made = untracked(() => entry.forward(kit, args))
  const result = made instanceof Tensor ? made : made[0]!
  const slots = slotsOf(entry, args)
  const tracked = modes.grad && entry.backward !== undefined && self.dtype.category === "float" && slots.some((slot) => requiresGrad(slot.tensor))
  let node: StructuralNode | null = null
  if (tracked) {
    const saved = entry.saves.includes("self") && !replace ? { ...args, self: aliasOf(kit.copied(self), self) } : args
    node = new StructuralNode(entry, saved, slots, [result])
    node.outputs.push({ sizes: self.sizes, dtype: self.dtype })
  }
  if (!sameShape(result.sizes, self.sizes))
    throw faults.runtime(`${name}: the result has shape [${result.sizes.join(", ")}], which does not fit into shape [${self.sizes.join(", ")}] in place.`, "Use the operation without the underscore, which makes a new tensor.")
  checkCast(name, result.dtype, self.dtype)
  backend.copy(result, self)
  self.storage.version++
  if (node) {
    setHistory(self, node)
    node.saveResults([self])
  }
  return self
}

/** `t_`, `squeeze_` and their kin: the tensor itself looks at its memory as the view does. */
function reshapeInPlace(self: Tensor, view: Tensor): Tensor {
  checkInPlace("The operation", self)
  self.adopt(view)
  self.storage.version++
  if (view.node) {
    self.node = view.node
    self.outputNr = view.outputNr
    self.wantsGrad = true
  }
  return self
}

function aliasOf(copy: Tensor, original: Tensor): Tensor {
  copy.node = original.node
  copy.outputNr = original.outputNr
  copy.wantsGrad = original.wantsGrad
  return copy
}

const ghostStorage = new Storage(new Float32Array([NaN]))

/** A tensor that has only a shape and a type: what `backward` sees of an argument that was not saved. */
function ghost(sizes: readonly number[], dtype: DType): Tensor {
  return new Tensor(ghostStorage, dtype, sizes, sizes.map(() => 0), 0)
}

class StructuralNode extends Node {
  private args: Record<string, unknown> | null
  private readonly slots: readonly { readonly name: string; readonly index: number; readonly sizes: readonly number[]; readonly dtype: DType }[]
  private readonly operator: AnyEntry
  private readonly title: string
  private results: (SavedTensor | Tensor)[] = []
  private savesAny: boolean
  private freed = false

  constructor(entry: AnyEntry, args: Bound, slots: readonly Slot[], results: readonly Tensor[]) {
    super()
    this.operator = entry
    this.entry = entry as unknown as StructuralEntry // The arguments' type is the entry's own business.
    this.title = typeof entry.gradName === "string" ? entry.gradName : entry.gradName(args)
    this.edges = slots.map((slot): Edge => (slot.tensor.dtype.category === "float" ? edgeOf(slot.tensor) : { node: null, nr: 0 }))
    this.slots = slots.map(({ name, index, tensor }) => ({ name, index, sizes: tensor.sizes, dtype: tensor.dtype }))
    const keep = (name: string, tensor: Tensor) => (entry.saves.includes(name) ? new SavedTensor(tensor) : ghost(tensor.sizes, tensor.dtype))
    this.args = { ...args }
    for (const { name, index, tensor } of slots) {
      if (index < 0) this.args[name] = keep(name, tensor)
      else {
        if (this.args[name] === args[name]) this.args[name] = [...(args[name] as unknown[])]
        ;(this.args[name] as unknown[])[index] = keep(name, tensor)
      }
    }
    this.savesAny = entry.saves.some((name) => slots.some((slot) => slot.name === name)) || entry.savesResults.length > 0
    this.results = results.map((one) => ghost(one.sizes, one.dtype))
  }

  saveResults(results: readonly Tensor[]): void {
    for (const nr of this.operator.savesResults) this.results[nr] = new SavedTensor(results[nr]!, results[nr]!.dtype.category === "float" ? this : undefined)
  }

  name(): string {
    return this.title
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    if (this.freed && this.savesAny && !recording.asks) throw freedFault(this)
    const unpack = (value: unknown): unknown => (value instanceof SavedTensor ? value.unpack(this) : value)
    const args: Bound = {}
    for (const name in this.args) {
      const value = this.args[name]
      args[name] = Array.isArray(value) ? value.map(unpack) : unpack(value)
    }
    const results = this.results.map(unpack) as Tensor[]
    const needs = (name: string) => this.slots.some((slot, i) => slot.name === name && this.edges[i]!.node !== null)
    if (grads.every((one) => one === null)) return this.edges.map(() => null)
    const passed = this.operator.backward!(grads, args, results, functions, needs)
    return this.slots.map((slot, i) => {
      if (!this.edges[i]!.node) return null
      const given = passed[slot.name]
      const grad = slot.index < 0 ? given : (given as readonly Gradient[] | undefined)?.[slot.index]
      if (!(grad instanceof Tensor)) return null
      const summed = sumTo(grad, slot.sizes)
      return summed.dtype === slot.dtype ? summed : summed.to(slot.dtype)
    })
  }

  override release(): void {
    this.freed = true
    if (this.savesAny && !recording.keeps) {
      this.shown = this.savedTensors().map((view) => ({ ...view, tensor: null }))
      this.args = null
      this.results = []
    }
  }

  override mathematics(): Mathematics {
    return { formula: this.operator.formulaText ?? null, slopes: [] }
  }

  private shown: readonly SavedView[] | null = null

  override savedTensors(): readonly SavedView[] {
    if (this.shown) return this.shown
    const views: SavedView[] = []
    for (const name in this.args) {
      const value = this.args[name]
      if (value instanceof SavedTensor) views.push(value.view(name))
      else if (Array.isArray(value)) value.forEach((one: unknown, i) => one instanceof SavedTensor && views.push(one.view(`${name}[${i}]`)))
    }
    this.results.forEach((one, i) => one instanceof SavedTensor && views.push(one.view(this.operator.outputs?.[i] ?? "result")))
    return views
  }
}
