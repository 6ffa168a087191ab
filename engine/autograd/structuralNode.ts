// The node of a structural operator: it keeps the arguments that the entry's backward formula names, and of the others
// their shape and type. Apart from running the operator, as the elementwise node is.
import { HostStorage } from "../backends/backend.ts"
import { placing } from "../backends/devices.ts"
import type { DType } from "../backends/dtype.ts"
import type { Grads, StructuralEntry } from "../ops/entry.ts"
import { binderOf, type Binder, type Bound } from "../tensor/bind.ts"
import { scalarShape } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { functions } from "./functions.ts"
import { edgeOf } from "./history.ts"
import { kit } from "./kit.ts"
import { modes } from "./modes.ts"
import { freedFault, Node, noEdge, recording, SavedTensor, type Edge, type Gradient, type Mathematics, type Output, type SavedView } from "./node.ts"
import { sumTo } from "./sumTo.ts"

/** A structural entry made ready for calls. */
export class Operator {
  readonly entry: StructuralEntry<Bound>
  /** Made at the first call: a snippet uses few of the hundreds. */
  private binder: Binder | null = null
  /** Names of the parameters, in order. */
  readonly names: readonly string[]
  /** Which parameters may hold tensors, and which of those are saved. */
  readonly places: readonly number[]
  readonly saves: readonly boolean[]
  private readonly alone: readonly Place[]
  /** A call may name the device of the result. */
  readonly isPlaced: boolean

  constructor(entry: StructuralEntry<never>) {
    this.entry = entry as unknown as StructuralEntry<Bound> // The binder makes the arguments that its signature names.
    const { parameters } = entry.signature
    this.names = parameters.map((one) => one.name)
    this.places = [...parameters.keys()].filter((at) => /Tensor|Operand|Indices/.test(parameters[at]!.type))
    this.alone = this.places.map((at) => ({ at, index: -1 }))
    this.saves = this.names.map((name) => entry.saves.includes(name))
    this.isPlaced = this.names.includes("device")
  }

  /** Arguments in the order of the parameters. */
  values(args: readonly unknown[]): unknown[] {
    return (this.binder ??= binderOf(this.entry.signature)).values(args)
  }

  /** The same by name, as the entry wants them. */
  named(values: readonly unknown[]): Bound {
    return (this.binder ??= binderOf(this.entry.signature)).named(values)
  }

  /** How many tensors there are among the arguments, those in lists included. */
  count(values: readonly unknown[]): number {
    let count = 0
    for (const at of this.places) {
      const value = values[at]
      if (value instanceof Tensor) count++
      else if (Array.isArray(value)) for (const one of value) if (one instanceof Tensor) count++
    }
    return count
  }

  /** Where the `count` tensors of a call stand: the same list for all calls with one in every place. */
  standing(values: readonly unknown[], count: number): readonly Place[] {
    if (count === this.places.length && !this.hasList(values)) return this.alone
    return this.places.flatMap((at) => {
      const value = values[at]
      return Array.isArray(value) ? value.flatMap((one, index) => (isKept(one) ? [{ at, index }] : [])) : isKept(value) ? [{ at, index: -1 }] : []
    })
  }

  private hasList(values: readonly unknown[]): boolean {
    for (const at of this.places) if (Array.isArray(values[at])) return true
    return false
  }

  /** Whether `wanted` holds for one of the tensors among the arguments, those in lists included. */
  some(values: readonly unknown[], wanted: (one: Tensor) => boolean): boolean {
    for (const at of this.places) {
      const value = values[at]
      if (value instanceof Tensor ? wanted(value) : Array.isArray(value) && value.some((one) => one instanceof Tensor && wanted(one))) return true
    }
    return false
  }
}

/** One place where a gradient may go: a tensor argument, or one of a list of them. */
interface Place {
  /** Which parameter. */
  readonly at: number
  /** Below 0 outside lists. */
  readonly index: number
}

/** What is kept of a tensor that is not saved. */
class Shape implements Output {
  constructor(
    readonly sizes: readonly number[],
    readonly dtype: DType,
  ) {}
}

const isKept = (one: unknown): boolean => one instanceof SavedTensor || one instanceof Shape
const shapeOf = ({ sizes, dtype }: Tensor): Shape => new Shape(sizes, dtype)
const nowhere = new HostStorage(new Float32Array([NaN]))

/** A tensor that has only a shape and a type: what `backward` sees of an argument that was not saved. */
function ghost({ sizes, dtype }: { readonly sizes: readonly number[]; readonly dtype: DType }): Tensor {
  if (!placing.several && sizes.length === 0) return (ghosts[dtype.rank] ??= new Tensor(nowhere, dtype, sizes, scalarShape, 0))
  const storage = placing.several ? new HostStorage(new Float32Array([NaN]), placing.device) : nowhere
  return new Tensor(storage, dtype, sizes, (standing[sizes.length] ??= sizes.map(() => 0)), 0)
}

/** Those without dimensions, by the rank of their type: nobody changes them. */
const ghosts: Tensor[] = []

/** Strides of a ghost, by the number of dimensions. */
const standing: number[][] = []

function noneOf(grads: readonly Gradient[]): boolean {
  for (let i = 0; i < grads.length; i++) if (grads[i] !== null) return false
  return true
}

/** Of the many operators that need none of their results. */
const noResults: (SavedTensor | null)[] = []

export class StructuralNode extends Node {
  /** In the order of the parameters; tensors are saved or stand for their shape. */
  private readonly values: unknown[]
  /** By edge: where the tensor stood, and its shape and type. */
  private readonly places: readonly Place[]
  private readonly shapes: Output[]
  declare readonly edges: Edge[]
  private readonly operator: Operator
  private readonly title: string
  private results: (SavedTensor | null)[] = noResults
  private freed = false

  /** Keeps `values` and changes it; `args` are the same by name. */
  constructor(operator: Operator, values: unknown[], args: Bound, results: readonly Tensor[]) {
    const outputs = new Array<Output>(results.length)
    for (let i = 0; i < results.length; i++) outputs[i] = shapeOf(results[i]!)
    super(outputs)
    const { entry, places } = operator
    this.operator = operator
    this.entry = entry as unknown as StructuralEntry // The arguments' type is the entry's own business.
    this.title = typeof entry.gradName === "string" ? entry.gradName : entry.gradName(args)
    // As long as they will be: an array that grows takes room for seventeen.
    const count = operator.count(values)
    this.values = values
    this.shapes = new Array<Output>(count)
    this.edges = new Array<Edge>(count)
    let filled = 0
    for (let k = 0; k < places.length; k++) {
      const at = places[k]!
      const value = values[at]
      if (value instanceof Tensor) values[at] = this.keep(filled++, at, value)
      else if (Array.isArray(value)) {
        const list = value.slice()
        for (let i = 0; i < list.length; i++) if (list[i] instanceof Tensor) list[i] = this.keep(filled++, at, list[i] as Tensor)
        values[at] = list
      }
    }
    this.places = operator.standing(values, count)
  }

  private keep(nr: number, at: number, tensor: Tensor): SavedTensor | Shape {
    const kept = this.operator.saves[at] ? new SavedTensor(tensor) : shapeOf(tensor)
    this.shapes[nr] = kept
    this.edges[nr] = tensor.dtype.category === "float" ? edgeOf(tensor) : noEdge
    return kept
  }

  saveResults(results: readonly Tensor[]): void {
    const { savesResults } = this.operator.entry
    if (savesResults.length === 0) return
    const saved: (SavedTensor | null)[] = []
    for (const nr of savesResults) saved[nr] = new SavedTensor(results[nr]!, results[nr]!.dtype.category === "float" ? this : undefined)
    this.results = saved
  }

  name(): string {
    return this.title
  }

  backward(grads: readonly Gradient[]): readonly Gradient[] {
    if (this.freed && !recording.asks && this.saved().length > 0) throw freedFault(this)
    const { edges, shapes, places, operator } = this
    const gradients = new Array<Gradient>(edges.length)
    for (let i = 0; i < edges.length; i++) gradients[i] = null
    if (noneOf(grads)) return gradients
    const passed = this.passed(grads)
    for (let i = 0; i < edges.length; i++) {
      if (!edges[i]!.node) continue
      const { at, index } = places[i]!
      const { sizes, dtype } = shapes[i]!
      const given = passed[operator.names[at]!]
      const grad = index < 0 ? given : (given as readonly Gradient[] | undefined)?.[index]
      if (!(grad instanceof Tensor)) continue
      const summed = sumTo(grad, sizes)
      gradients[i] = summed.dtype === dtype ? summed : summed.to(dtype)
    }
    return gradients
  }

  /** What the entry's formula gives, by the names of the parameters. */
  private passed(grads: readonly Gradient[]): Grads<Bound> {
    const { operator, outputs } = this
    const values = this.values.slice()
    for (let k = 0; k < operator.places.length; k++) {
      const at = operator.places[k]!
      const value = values[at]
      values[at] = Array.isArray(value) ? value.map((one) => this.whole(one)) : this.whole(value)
    }
    const results = new Array<Tensor>(outputs.length)
    for (let nr = 0; nr < outputs.length; nr++) results[nr] = this.results[nr]?.unpack(this) ?? ghost(outputs[nr]!)
    const args = operator.named(values)
    const needs = (name: string): boolean => this.needs(name)
    const { fused, backward } = operator.entry
    return (fused && !modes.grad && fused(kit, grads as readonly Tensor[], args, results, needs)) || backward!(grads, args, results, functions, needs)
  }

  /** A kept argument as the entry's formula sees it. */
  private whole(value: unknown): unknown {
    return value instanceof SavedTensor ? value.unpack(this) : value instanceof Shape ? ghost(value) : value
  }

  /** Whether a gradient is wanted for an argument, or for one of its list. */
  private needs(name: string): boolean {
    const { edges, places, operator } = this
    for (let i = 0; i < edges.length; i++) if (edges[i]!.node && operator.names[places[i]!.at] === name) return true
    return false
  }

  /** What was saved, by the name that it is shown with. */
  private saved(): [string, SavedTensor][] {
    const { entry, names, places } = this.operator
    const found: [string, SavedTensor][] = []
    for (const at of places) {
      const name = names[at]!
      const value = this.values[at]
      if (value instanceof SavedTensor) found.push([name, value])
      else if (Array.isArray(value)) value.forEach((one: unknown, i) => one instanceof SavedTensor && found.push([`${name}[${i}]`, one]))
    }
    this.results.forEach((one, i) => one && found.push([entry.outputs?.[i] ?? "result", one]))
    return found
  }

  override isClosed(): boolean {
    return true
  }

  protected override shownEdges(): readonly Edge[] {
    const { signature, constants } = this.operator.entry
    return signature.parameters.flatMap(({ name, type }, at) => {
      if (constants.includes(name)) return []
      if (type === "Tensor | null" && this.values[at] === null) return [noEdge]
      return this.edges.filter((_, i) => this.places[i]!.at === at && (type === "Tensor[]" || this.shapes[i]!.dtype.category === "float"))
    })
  }

  override release(): void {
    if (this.freed) return
    this.freed = true
    if (recording.keeps) return
    for (const at of this.operator.places) {
      const value = this.values[at]
      if (value instanceof SavedTensor) value.drop()
      else if (Array.isArray(value)) for (const one of value) if (one instanceof SavedTensor) one.drop()
    }
    for (const one of this.results) one?.drop()
  }

  override mathematics(): Mathematics {
    const { entry, names: parameters } = this.operator
    const given = entry.slopeTexts ?? {}
    const texts = (typeof given === "function" ? given(this.operator.named(this.values)) : given) as Readonly<Record<string, string | undefined>>
    const names: Record<string, string> = { result: "y" }
    for (const [name, text = ""] of Object.entries(texts)) names[name] = /\/∂(\S+)/.exec(text)?.[1] ?? ""
    const ofEdge = this.places.map(({ at }) => parameters[at]!)
    const slopes = [...new Set(ofEdge)].flatMap((name) => texts[name] ?? [])
    return { formula: entry.formulaText ?? null, slopes, names, letters: ofEdge.map((name) => names[name] ?? "") }
  }

  override savedTensors(): readonly SavedView[] {
    return this.saved().map(([name, one]) => one.view(name))
  }
}
