// The tensor: a rectangle of elements in a storage, and what autograd keeps with it.
// Methods that are operators, and everything about gradients, are put onto it in autograd/ (one place each).
import type { Node } from "../autograd/node.ts"
import type { Device, Storage, View } from "../backends/backend.ts"
import type { DType } from "../backends/dtype.ts"
import { position } from "./position.ts"
import { Size, contiguousStrides, elementCount } from "./size.ts"

/** What a view remembers of the tensor that it looks into. */
export interface Origin {
  readonly base: Tensor
  /** The base's history that this view's node belongs to; an in-place change through another view makes it old. */
  history: number
}

/** Rarely set things, kept apart so that a tensor stays small. */
export interface Extras {
  hooks?: Map<number, (grad: Tensor) => unknown>
  postHooks?: Map<number, (tensor: Tensor) => void>
  retains?: boolean
  /** Counts in-place changes to this base that involve gradients. */
  history?: number
  /** What was added to its `.grad`, for whoever watches the run. */
  gathering?: object
}

export class Tensor implements View {
  /** Set by autograd: see `requires_grad`, `grad_fn`, `grad`, `is_leaf`. */
  wantsGrad = false
  node: Node | null = null
  outputNr = 0
  accumulator: Node | null = null
  gathered: Tensor | null = null
  origin: Origin | null = null
  extras: Extras | null = null
  /** True for a tensor made in inference mode. */
  inference = false
  /** The learner's name for this tensor, set by the recorder. */
  label: string | null = null
  /** Where the value came from, for whoever watches the run. */
  flow: object | null = null
  private shown: Size | null = null

  constructor(
    public storage: Storage,
    public dtype: DType,
    public sizes: readonly number[],
    public strides: readonly number[],
    public offset: number,
  ) {}

  /** Sizes by dimension, a number array that prints as `torch.Size([2, 3])`. */
  get shape(): Size {
    return (this.shown ??= Size.from(this.sizes) as Size)
  }
  get ndim(): number {
    return this.sizes.length
  }
  get device(): Device {
    return this.storage.device
  }
  /** The tensor whose memory this one looks into; null where it has its own. */
  get _base(): Tensor | null {
    return this.origin?.base ?? null
  }
  /** How often the storage was changed in place. */
  get _version(): number {
    return this.storage.version
  }
  get layout(): string {
    return "torch.strided"
  }
  get itemsize(): number {
    return this.dtype.itemsize
  }
  get nbytes(): number {
    return elementCount(this.sizes) * this.dtype.itemsize
  }
  dim(): number {
    return this.sizes.length
  }
  numel(): number {
    return elementCount(this.sizes)
  }
  nelement(): number {
    return elementCount(this.sizes)
  }
  element_size(): number {
    return this.dtype.itemsize
  }
  storage_offset(): number {
    return this.offset
  }
  /** Takes over another tensor's memory (`x.data = …`, `set_`). */
  adopt(other: Tensor): void {
    this.storage = other.storage
    this.dtype = other.dtype
    this.sizes = other.sizes
    this.strides = other.strides
    this.offset = other.offset
    this.shown = null
  }
}

export function isContiguous(view: View): boolean {
  let step = 1
  for (let d = view.sizes.length - 1; d >= 0; d--) {
    const size = view.sizes[d]!
    if (size !== 1 && view.strides[d] !== step) return size === 0 || elementCount(view.sizes) === 0
    step *= size
  }
  return true
}

/** A tensor over a whole storage, row-major. */
export function wrap(storage: Storage, dtype: DType, sizes: readonly number[]): Tensor {
  return new Tensor(storage, dtype, sizes, contiguousStrides(sizes), 0)
}

/** The element at a flat row-major position. */
export function elementAt(view: View, flat: number): number {
  return view.storage.seen[placeOf(view, flat)]!
}

function placeOf(view: View, flat: number): number {
  let at = view.offset
  for (let d = view.sizes.length - 1; d >= 0; d--) {
    const size = view.sizes[d]!
    at += (flat % size) * view.strides[d]!
    flat = Math.floor(flat / size)
  }
  return at
}

/** The elements at flat row-major positions: few of a large tensor on a GPU come without the others. */
export function elementsAt(view: View, flats: readonly number[]): number[] {
  return view.storage.pick(flats.map((flat) => placeOf(view, flat)))
}

/** Counts a change of elements that others may have saved, and notes where the learner's code made it. */
export function changedInPlace(storage: Storage): void {
  storage.version++
  storage.changedAt = position.site
}
