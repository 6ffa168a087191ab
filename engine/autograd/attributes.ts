// What a tensor shows and does about gradients: requires_grad, grad_fn, grad, backward, detach, hooks.
// Put onto Tensor here, because the tensor itself knows nothing of autograd.
import type { Storage } from "../backends/backend.ts"
import { placedOn } from "../tensor/deviceOf.ts"
import { faults } from "../tensor/faults.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import type { DType } from "../backends/dtype.ts"
import { backend, fromData, fromNumbers, numbersOf, toNested, viewOf } from "../tensor/make.ts"
import { repr } from "../tensor/printing.ts"
import { sameShape } from "../tensor/size.ts"
import { changedInPlace, elementAt, elementsAt, isContiguous, Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { startingGradients } from "./backward.ts"
import { gather } from "./gathering.ts"
import { edgeOf, refresh, requiresGrad } from "./history.ts"
import type { Node } from "./node.ts"
import { leaving } from "./watching.ts"

declare module "../tensor/tensor.ts" {
  interface Tensor {
    /** Whether gradients are gathered or passed on. */
    requires_grad: boolean
    /** The node that made this tensor; null for a leaf. */
    readonly grad_fn: Node | null
    /** The gradient gathered so far; null before the first backward pass. */
    grad: Tensor | null
    readonly is_leaf: boolean
    readonly retains_grad: boolean
    readonly output_nr: number
    data: Tensor
    readonly T: Tensor
    readonly mT: Tensor
    readonly H: Tensor
    readonly mH: Tensor
    backward(...args: readonly unknown[]): void
    requires_grad_(on?: boolean): Tensor
    detach(): Tensor
    detach_(): Tensor
    retain_grad(): void
    register_hook(hook: (grad: Tensor) => unknown): { remove(): void }
    register_post_accumulate_grad_hook(hook: (tensor: Tensor) => void): { remove(): void }
    item(): number | boolean
    tolist(): unknown
    is_floating_point(): boolean
    is_contiguous(): boolean
    size(dim?: number): readonly number[] | number
    stride(dim?: number): readonly number[] | number
    get_device(): number
    is_complex(): boolean
    data_ptr(): number
    is_inference(): boolean
    is_signed(): boolean
    is_set_to(other: Tensor): boolean
    type(dtype?: unknown): Tensor | string
    new_tensor(...args: readonly unknown[]): Tensor
    apply_(f: (x: number) => number): Tensor
    numpy(): never
    toString(): string
    [Symbol.iterator](): Iterator<Tensor>
  }
}

interface Members {
  readonly [name: string]: { get?: (this: Tensor) => unknown; set?: (this: Tensor, value: never) => void; call?: (this: Tensor, ...args: never[]) => unknown }
}

const backwardSignature = parseSignature("backward(gradient: Tensor = null, retain_graph: boolean = null, create_graph: boolean = false, inputs: Tensor[] = null)")

/** `loss.backward()`. */
const plainly = { retainGraph: false, createGraph: false, leaves: null }
const unnamed: readonly null[] = [null]

const members: Members = {
  requires_grad: {
    get() {
      return requiresGrad(this)
    },
    set(on: boolean) {
      setRequiresGrad(this, on)
    },
  },
  grad_fn: {
    get() {
      if (this.origin) refresh(this)
      return this.node
    },
  },
  grad: {
    get() {
      return this.gathered
    },
    set(grad: Tensor | null) {
      setGrad(this, grad)
    },
  },
  is_leaf: {
    get() {
      return this.grad_fn === null
    },
  },
  retains_grad: {
    get() {
      return this.extras?.retains === true && this.grad_fn !== null
    },
  },
  output_nr: {
    get() {
      return this.outputNr
    },
  },
  data: {
    get() {
      // Its own version count: a change through `.data` is not seen by autograd, as in PyTorch.
      return leaving("data", this, new Tensor(this.storage.shared(), this.dtype, this.sizes, this.strides, this.offset))
    },
    set(value: Tensor) {
      if (!(value instanceof Tensor)) throw faults.argument("data: expected a tensor.", "Assign a tensor.")
      this.adopt(value)
    },
  },
  T: {
    get() {
      return this.permute(...this.sizes.map((_, d) => this.ndim - 1 - d))
    },
  },
  mT: {
    get() {
      return this.transpose(-2, -1)
    },
  },
  H: {
    get() {
      return this.transpose(0, 1)
    },
  },
  mH: {
    get() {
      return this.transpose(-2, -1)
    },
  },
  backward: {
    call(...args: unknown[]) {
      // As it nearly always stands.
      if (args.length === 0) return gather([this], startingGradients([this], unnamed), plainly)
      const { gradient, retain_graph, create_graph, inputs } = bind(backwardSignature, args)
      const starts = startingGradients([this], [gradient as Tensor | null])
      const createGraph = create_graph as boolean
      gather([this], starts, { retainGraph: (retain_graph as boolean | null) ?? createGraph, createGraph, leaves: inputs as readonly Tensor[] | null })
    },
  },
  requires_grad_: {
    call(on = true) {
      setRequiresGrad(this, on)
      return this
    },
  },
  detach: {
    call() {
      return leaving("detach", this, viewOf(this, this.sizes, this.strides, this.offset))
    },
  },
  detach_: {
    call() {
      if (this.origin) throw faults.runtime("detach_: a view cannot be detached in place.", "Use detach(), which gives a new tensor.")
      this.node = null
      this.outputNr = 0
      leaving("detach_", this, this)
      this.wantsGrad = false
      return this
    },
  },
  retain_grad: {
    call() {
      if (!requiresGrad(this)) throw faults.runtime("retain_grad: this tensor does not require grad.", "Make the leaves it is computed from with { requires_grad: true }.")
      const node = this.grad_fn
      if (!node) return
      ;(this.extras ??= {}).retains = true
      ;((node.hooks ??= {}).retainers ??= new Map()).set(this.outputNr, this)
    },
  },
  register_hook: {
    call(hook: (grad: Tensor) => unknown) {
      if (!requiresGrad(this)) throw faults.runtime("register_hook: this tensor does not require grad, so no gradient ever reaches it.", "Make it with { requires_grad: true }.")
      const { node, nr } = edgeOf(this)
      const all = ((node!.hooks ??= {}).tensors ??= new Map<number, ((grad: Tensor) => unknown)[]>())
      const hooks = all.get(nr) ?? []
      all.set(nr, hooks)
      return registered(hooks, hook)
    },
  },
  register_post_accumulate_grad_hook: {
    call(hook: (tensor: Tensor) => void) {
      if (this.grad_fn) throw faults.runtime("register_post_accumulate_grad_hook: only leaves gather gradients; this tensor is a result.", "Register it on the leaf.")
      const extras = (this.extras ??= {})
      const hooks = (extras.postHooks ??= new Map())
      const key = hooks.size === 0 ? 0 : Math.max(...hooks.keys()) + 1
      hooks.set(key, hook)
      return { remove: () => void hooks.delete(key) }
    },
  },
  item: {
    call() {
      if (this.numel() !== 1) throw faults.value(`item: expected a tensor with one element, found shape [${this.sizes.join(", ")}].`, "Pick one element (x[0]), reduce it (x.sum()), or use tolist().")
      const value = this.storage.isHost ? elementAt(this, 0) : elementsAt(this, [0])[0]!
      return leaving("item", this, this.dtype.name === "bool" ? value !== 0 : value)
    },
  },
  tolist: {
    call() {
      return leaving("tolist", this, toNested(this))
    },
  },
  is_floating_point: {
    call() {
      return this.dtype.category === "float"
    },
  },
  is_complex: {
    call() {
      return false
    },
  },
  is_contiguous: {
    call() {
      return isContiguous(this)
    },
  },
  size: {
    call(dim?: number) {
      return dim === undefined ? this.shape : this.shape[checkedDim("size", Number(dim), this.ndim)]
    },
  },
  stride: {
    call(dim?: number) {
      return dim === undefined ? tupled([...this.strides]) : this.strides[checkedDim("stride", Number(dim), this.ndim)]
    },
  },
  get_device: {
    call() {
      return this.device.index ?? -1
    },
  },
  is_inference: {
    call() {
      return this.inference
    },
  },
  is_signed: {
    call() {
      return this.dtype.is_signed
    },
  },
  data_ptr: {
    call() {
      return addressOf(this.storage) + this.offset * this.dtype.itemsize
    },
  },
  is_set_to: {
    call(other: Tensor) {
      return other.storage.isSame(this.storage) && other.offset === this.offset && sameShape(other.sizes, this.sizes) && sameShape(other.strides, this.strides)
    },
  },
  type: {
    call(dtype?: unknown) {
      return dtype === undefined ? `torch.${legacyNames[this.dtype.name]}Tensor` : this.to(dtype)
    },
  },
  new_tensor: {
    call(...args: unknown[]) {
      const { data, dtype, device, requires_grad } = bind(newTensorSignature, args)
      const made = placedOn(device, this, () => fromData(data, (dtype as DType | null) ?? this.dtype))
      if (requires_grad) made.requires_grad = true
      return made
    },
  },
  apply_: {
    call(f: (x: number) => number) {
      const values = numbersOf(this).map((x) => Number(f(x)))
      backend.copy(fromNumbers(values, this.sizes, this.dtype), this)
      changedInPlace(this.storage)
      return this
    },
  },
  numpy: {
    call() {
      throw faults.notImplemented("numpy(): there is no NumPy here.", "Use tolist() for nested arrays of numbers.")
    },
  },
}

const newTensorSignature = parseSignature("new_tensor(data: unknown, *, dtype: dtype = null, device: Device = null, requires_grad: boolean = false)")

const legacyNames = { float32: "Float", float64: "Double", float16: "Half", bfloat16: "BFloat16", int64: "Long", int32: "Int", int16: "Short", int8: "Char", uint8: "Byte", bool: "Bool" } as const

const addresses = new WeakMap<object, number>()
let nextAddress = 0x10000

/** A made-up address, the same for all that share the memory. */
function addressOf(storage: Storage): number {
  const { memory } = storage
  let address = addresses.get(memory)
  if (address === undefined) {
    addresses.set(memory, (address = nextAddress))
    nextAddress += Math.ceil((storage.length * 8 + 1) / 64) * 64
  }
  return address
}

function checkedDim(what: string, dim: number, rank: number): number {
  if (dim < -rank || dim >= rank) throw faults.dimRange(what, dim, rank)
  return dim < 0 ? dim + rank : dim
}

function setRequiresGrad(tensor: Tensor, on: boolean): void {
  if (tensor.grad_fn) {
    if (!on) throw faults.runtime("requires_grad can only be turned off on leaves; this tensor is a result.", "Use detach(), which gives a tensor without history.")
    return
  }
  if (on && tensor.dtype.category !== "float") throw faults.runtime(`Only floating-point tensors can require gradients, found ${tensor.dtype.name}.`, "Convert it first, for example with .float().").as("integer-grad")
  if (on && tensor.inference) throw faults.runtime("A tensor made in inference mode cannot require gradients.", "Make it outside inference_mode(), or clone() it there.")
  tensor.wantsGrad = on
}

function setGrad(tensor: Tensor, grad: Tensor | null | undefined): void {
  if (grad && !(grad instanceof Tensor)) throw faults.argument("grad: expected a tensor or null.", "Assign null to clear the gradient.")
  if (grad && !sameShape(grad.sizes, tensor.sizes)) throw faults.runtime(`grad: expected the tensor's own shape [${tensor.sizes.join(", ")}], found [${grad.sizes.join(", ")}].`, "Assign a gradient of the same shape.")
  if (grad && grad.dtype !== tensor.dtype) throw faults.runtime(`grad: expected the tensor's own type ${tensor.dtype.name}, found ${grad.dtype.name}.`, "Convert it with .to(x.dtype).")
  tensor.gathered = grad ?? null
}

function registered<T>(list: T[], item: T): { remove(): void } {
  list.push(item)
  return {
    remove: () => {
      const at = list.indexOf(item)
      if (at >= 0) list.splice(at, 1)
    },
  }
}

function* rows(this: Tensor): Generator<Tensor> {
  if (this.ndim === 0) throw faults.argument("A tensor without dimensions cannot be iterated over.", "Use item() for its value.")
  yield* this.unbind(0)
}

/** Puts the members above onto Tensor. */
export function installAttributes(): void {
  for (const [name, { get, set, call }] of Object.entries(members)) {
    Object.defineProperty(Tensor.prototype, name, call ? { value: call, configurable: true, writable: true } : { ...(get ? { get } : {}), ...(set ? { set } : {}), configurable: true })
  }
  Object.defineProperty(Tensor.prototype, "toString", {
    value(this: Tensor) {
      return repr(this)
    },
    configurable: true,
  })
  // `Number(x)` and `Math.sqrt(x)` read the one element, as Python's float(x); a text is wanted everywhere else.
  Object.defineProperty(Tensor.prototype, Symbol.toPrimitive, {
    value(this: Tensor, hint: string) {
      return hint === "number" ? Number(this.item()) : this.toString()
    },
    configurable: true,
  })
  Object.defineProperty(Tensor.prototype, Symbol.iterator, { value: rows, configurable: true })
}
