// A value as it was at one moment of the run, kept cheaply: formatted only when someone asks, and right even if the
// tensor is changed in place afterwards. Apart from the recorder, which decides what to keep and for how long.
import type { Node } from "../autograd/node.ts"
import { HostStorage, type Device } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import type { ChainStep, GradSummary, TensorSummary, ValueSummary } from "../protocol/api.ts"
import { contiguousStrides } from "../tensor/size.ts"
import { Tensor, elementAt, isContiguous } from "../tensor/tensor.ts"
import { chainOf, gradSummary, plainSummary, rangeOf, reprOf, whole, type Bounds } from "./summary.ts"

/** Elements of a tensor that are copied outright; those of a larger one only just before it changes. */
const copied = 256
/** Elements that are copied then; of a still larger tensor its text is kept, which is a few of its numbers. */
const copiedLate = 4096

/** Members of an array or a plain object that are kept. */
const kept = 100

export interface Moment {
  readonly index: number
  /** The tensor itself, for the graph and for windows of values; null for anything else. */
  readonly tensor: Tensor | null
  /** The value where it is one number, of a tensor with one element, too; null for anything else. */
  readonly number: number | null
  /** True while the value is not kept apart from the tensor's memory. */
  readonly isExposed: boolean
  /** Keeps the value apart now: the tensor is about to change. */
  settle(): void
  /** Lets the tensor go, and the graph behind it: what `summary` will say of these is noted now. */
  release(bounds: Bounds): void
  /** Keeps another value instead, where that is of the same kind: a loop that shows each turn for a moment makes nothing new. */
  renew(index: number, value: unknown): boolean
  /** The value as data. `id` is the tensor's handle, 0 for none. */
  summary(id: number, bounds: Bounds): ValueSummary
}

/** Keeps a value. */
export function momentOf(index: number, value: unknown): Moment {
  return value instanceof Tensor ? new TensorMoment(index, value) : new PlainMoment(index, value)
}

class PlainMoment implements Moment {
  readonly tensor = null
  readonly isExposed = false
  number: number | null
  private value: unknown
  private settled: ValueSummary | null = null
  constructor(
    public index: number,
    value: unknown,
  ) {
    this.number = typeof value === "number" ? value : null
    // What holds other values may change later; its beginning is all that is shown.
    this.value = Array.isArray(value) ? bounded(value) : isPlainObject(value) ? members(value) : value
  }
  settle(): void {}
  renew(index: number, value: unknown): boolean {
    if (typeof value !== "number") return false
    this.index = index
    this.number = value
    this.value = value
    this.settled = null
    return true
  }
  release(bounds: Bounds): void {
    this.settled ??= plainSummary(this.value, bounds)
    this.value = undefined
  }
  summary(_id: number, bounds: Bounds): ValueSummary {
    return this.settled ?? plainSummary(this.value, bounds)
  }
}

/** True for an object literal, of whatever realm. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A copy of an object's first members. A getter is not called: the learner's code runs when the learner runs it. */
function members(value: object): object {
  const found = Object.entries(Object.getOwnPropertyDescriptors(value)).slice(0, kept)
  return Object.fromEntries(found.map(([key, { value: held, get }]) => [key, get === undefined ? (held as unknown) : "…"]))
}

/** A copy of an array's beginning that is still of its class. */
function bounded(value: readonly unknown[]): unknown {
  const copy = value.slice(0, kept)
  return Object.getPrototypeOf(copy) === Object.getPrototypeOf(value) ? copy : Object.setPrototypeOf(copy, Object.getPrototypeOf(value) as object)
}

/** What is noted of a tensor that is let go. */
interface Noted {
  readonly madeBy: string | null
  readonly chain: readonly ChainStep[]
  readonly grad: TensorMoment | null
}

class TensorMoment implements Moment {
  tensor: Tensor | null
  private node: Node | null
  private dtype: DType
  private device: Device
  private wantsGrad: boolean
  private version: number
  private sizes: readonly number[]
  /** The elements, row by row; null for a large tensor that has not changed. (A list: typed arrays of more than sixteen elements are costly to make.) */
  private data: number[] | null
  private settled: TensorSummary | null = null
  private noted: Noted | null = null

  constructor(
    public index: number,
    tensor: Tensor,
  ) {
    this.tensor = tensor
    this.node = tensor.grad_fn
    this.dtype = tensor.dtype
    this.device = tensor.device
    this.wantsGrad = tensor.wantsGrad
    this.version = tensor.storage.version
    this.sizes = tensor.sizes
    this.data = elementsOf(tensor, null, copied)
  }

  renew(index: number, value: unknown): boolean {
    if (!(value instanceof Tensor)) return false
    this.index = index
    this.tensor = value
    this.node = value.grad_fn
    this.dtype = value.dtype
    this.device = value.device
    this.wantsGrad = value.wantsGrad
    this.version = value.storage.version
    this.sizes = value.sizes
    this.data = elementsOf(value, this.data, copied)
    this.settled = null
    this.noted = null
    return true
  }

  get isExposed(): boolean {
    return this.data === null && this.settled === null
  }

  get number(): number | null {
    const { data, dtype } = this
    return data?.length === 1 && dtype.category !== "bool" ? data[0]! : null
  }

  settle(): void {
    if (!this.isExposed) return
    this.data = elementsOf(this.tensor!, null, copiedLate)
    if (this.data === null) this.settled = this.made(whole)
  }

  release(bounds: Bounds): void {
    const { tensor, node } = this
    if (tensor === null) return
    if (this.data === null) this.settled ??= this.made(bounds)
    const grad = tensor.gathered === null ? null : new TensorMoment(0, tensor.gathered)
    grad?.release(bounds)
    this.noted = { madeBy: node?.name() ?? null, chain: chainOf(node, bounds), grad }
    this.tensor = null
    this.node = null
  }

  summary(id: number, bounds: Bounds): TensorSummary {
    return { ...(this.settled ?? this.made(bounds)), id, grad: this.gradSummary(bounds) }
  }

  private gradSummary(bounds: Bounds): GradSummary | null {
    if (this.tensor !== null) return gradSummary(this.tensor, bounds)
    const grad = this.noted?.grad?.summary(0, bounds)
    return grad === undefined ? null : { repr: grad.repr, shape: grad.shape }
  }

  private made(bounds: Bounds): TensorSummary {
    const then = this.then()
    return {
      kind: "tensor",
      id: 0,
      repr: reprOf(then, bounds, this.noted === null ? (this.node?.name() ?? null) : this.noted.madeBy),
      shape: [...this.sizes],
      dtype: this.dtype.name,
      device: String(this.device),
      requires_grad: this.wantsGrad,
      is_leaf: this.noted === null ? this.node === null : this.noted.madeBy === null,
      chain: this.noted?.chain ?? chainOf(this.node, bounds),
      grad: null,
      range: rangeOf(then, bounds),
      version: this.version,
    }
  }

  /** The tensor as it was. */
  private then(): Tensor {
    const { tensor, data, dtype, sizes } = this
    const then = data === null ? new Tensor(tensor!.storage, dtype, sizes, tensor!.strides, tensor!.offset) : new Tensor(new HostStorage(Float64Array.from(data), this.device), dtype, sizes, contiguousStrides(sizes), 0)
    then.wantsGrad = this.wantsGrad
    return then
  }
}

/** A row-major copy of a small tensor's elements, in `list` where that is as long; null for one of more than `most`. */
function elementsOf(tensor: Tensor, list: number[] | null, most: number): number[] | null {
  const count = tensor.numel()
  if (count > most) return null
  const { seen } = tensor.storage
  const copy = list?.length === count ? list : new Array<number>(count)
  if (isContiguous(tensor)) for (let i = 0, at = tensor.offset; i < count; i++, at++) copy[i] = seen[at]!
  else for (let i = 0; i < count; i++) copy[i] = elementAt(tensor, i)
  return copy
}
