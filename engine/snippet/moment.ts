// A value as it was at one moment of the run, kept cheaply: formatted only when someone asks, and right even if the
// tensor is changed in place afterwards. Apart from the recorder, which decides what to keep and for how long.
import type { Node } from "../autograd/node.ts"
import { HostStorage } from "../backends/backend.ts"
import type { TypedArray } from "../backends/dtype.ts"
import type { TensorSummary, ValueSummary } from "../protocol/api.ts"
import { contiguousStrides } from "../tensor/size.ts"
import { Tensor, elementAt, isContiguous } from "../tensor/tensor.ts"
import { chainOf, gradSummary, plainSummary, rangeOf, reprOf, whole, type Bounds } from "./summary.ts"

/** Elements of a tensor that are copied outright; a larger one is formatted just before it changes. */
const copied = 256

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
  /** Formats the value now: the tensor is about to change. */
  settle(): void
  /** Formats the value now and lets the tensor go, and the graph behind it. */
  release(): void
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
  readonly number: number | null
  private readonly value: unknown
  constructor(
    readonly index: number,
    value: unknown,
  ) {
    this.number = typeof value === "number" ? value : null
    // What holds other values may change later; its beginning is all that is shown.
    this.value = Array.isArray(value) ? bounded(value) : isPlainObject(value) ? members(value) : value
  }
  settle(): void {}
  release(): void {}
  summary(_id: number, bounds: Bounds): ValueSummary {
    return plainSummary(this.value, bounds)
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

class TensorMoment implements Moment {
  tensor: Tensor | null
  private node: Node | null
  private readonly wantsGrad: boolean
  private readonly outputNr: number
  private readonly version: number
  private readonly sizes: readonly number[]
  private readonly data: TypedArray | null
  private settled: TensorSummary | null = null

  constructor(
    readonly index: number,
    tensor: Tensor,
  ) {
    this.tensor = tensor
    this.node = tensor.grad_fn
    this.wantsGrad = tensor.wantsGrad
    this.outputNr = tensor.outputNr
    this.version = tensor.storage.version
    this.sizes = tensor.sizes
    this.data = tensor.numel() <= copied ? elements(tensor) : null
  }

  get isExposed(): boolean {
    return this.data === null && this.settled === null
  }

  get number(): number | null {
    const { data, tensor } = this
    return data?.length === 1 && tensor !== null && tensor.dtype.category !== "bool" ? Number(data[0]) : null
  }

  settle(): void {
    if (this.isExposed) this.settled = this.made(whole)
  }

  release(): void {
    this.settled ??= this.made(whole)
    this.tensor = null
    this.node = null
  }

  summary(id: number, bounds: Bounds): TensorSummary {
    const grad = this.tensor === null ? null : gradSummary(this.tensor, bounds)
    return { ...(this.settled ?? this.made(bounds)), id, grad }
  }

  private made(bounds: Bounds): TensorSummary {
    const then = this.then()
    return {
      kind: "tensor",
      id: 0,
      repr: reprOf(then, bounds.text),
      shape: [...this.sizes],
      dtype: then.dtype.name,
      device: String(then.device),
      requires_grad: this.wantsGrad,
      is_leaf: this.node === null,
      chain: chainOf(this.node, bounds),
      grad: null,
      range: rangeOf(then, bounds),
      version: this.version,
    }
  }

  /** The tensor as it was. */
  private then(): Tensor {
    const { tensor, data } = this
    if (tensor === null) throw new Error("A moment that was released has its text already.")
    const storage = data === null ? tensor.storage : new HostStorage(data, tensor.device)
    const strides = data === null ? tensor.strides : contiguousStrides(this.sizes)
    const then = new Tensor(storage, tensor.dtype, this.sizes, strides, data === null ? tensor.offset : 0)
    then.node = this.node
    then.outputNr = this.outputNr
    then.wantsGrad = this.wantsGrad
    return then
  }
}

/** A row-major copy of a small tensor's elements. */
function elements(tensor: Tensor): TypedArray {
  const { seen } = tensor.storage
  const count = tensor.numel()
  if (isContiguous(tensor)) return seen.slice(tensor.offset, tensor.offset + count)
  const copy = new tensor.dtype.array(count)
  for (let i = 0; i < count; i++) copy[i] = elementAt(tensor, i)
  return copy
}
