// What a backend is: buffers and kernels. It knows shapes, strides and element types, and no gradients.
import type { Expr } from "../ops/expr.ts"
import type { DType, TypedArray } from "./dtype.ts"
import type { kernels } from "./javascript/kernels.ts"

/** Where memory lies, named as PyTorch names devices: `cpu`, `webgpu`, `webgpu:0`. */
export class Device {
  constructor(
    readonly type: string,
    readonly index: number | null = null,
  ) {}
  toString(): string {
    return this.index === null ? this.type : `${this.type}:${this.index}`
  }
}

export const cpu = new Device("cpu")

/** Counts upwards: whoever raises it can tell memory that is made from then on from older. */
export const era = { now: 0 }

/** Memory shared by a tensor and its views. `version` counts in-place changes. */
export abstract class Storage {
  version = 0
  /** The era in which it was made; below 0 once somebody may hold it whom nobody counts. */
  born = era.now
  /** How many hold it, for whoever counts them. */
  held = 0
  /** Where the learner's code last changed it in place, as the compiled snippet counts places. */
  changedAt = 0
  /** The newest change in place, for whoever watches the run. */
  written: object | null = null
  constructor(
    readonly device: Device,
    /** True where the elements lie in `array` and nowhere else: what the processor's kernels compute with. */
    readonly isHost: boolean,
  ) {}
  /** The elements, to be read and changed. */
  abstract readonly array: TypedArray
  /** The elements, only to be read: a GPU's copy of them stays good. */
  abstract readonly seen: TypedArray
  /** The elements at some places, only to be read: a GPU brings these and no others, where it has many. */
  pick(places: readonly number[]): number[] {
    const { seen } = this
    return places.map((at) => seen[at]!)
  }
  /** How many elements there are. */
  abstract readonly length: number
  /** What storages of the same memory have in common. */
  abstract readonly memory: object
  /** The same memory, with a count of changes of its own. */
  abstract shared(): Storage
  isSame(other: Storage): boolean {
    return other.memory === this.memory
  }
}

/** Elements in this process's memory, kept by the garbage collector. */
export class HostStorage extends Storage {
  constructor(
    readonly array: TypedArray,
    device: Device = cpu,
  ) {
    super(device, true)
  }
  get seen(): TypedArray {
    return this.array
  }
  get length(): number {
    return this.array.length
  }
  get memory(): object {
    return this.array
  }
  shared(): HostStorage {
    return new HostStorage(this.array, this.device)
  }
}

/** A rectangle of elements in a storage; strides and offset count elements. */
export interface View {
  readonly storage: Storage
  readonly offset: number
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  readonly dtype: DType
}

/** An input of an elementwise kernel: elements, broadcast to the output's shape, or one number for all. */
export type Operand = View | number

export interface ReduceSpec {
  /** Value before the first element. */
  readonly start: number
  /** The next value, of inputs `total` and `x`. */
  readonly step: Expr
  /** The result, of inputs `total` and `count`. */
  readonly finish?: Expr
}

/** Elements in row-major order without gaps: what the kernels below `kernel` see. */
export interface Dense {
  readonly array: TypedArray
  readonly offset: number
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A structural kernel: reads dense inputs, fills dense outputs that the caller allocated. */
export type Kernel<Options> = (inputs: readonly Dense[], outputs: readonly Dense[], options: Options) => void

/** Kernels every device has. Outputs are allocated by the caller; views may have any strides. */
export interface Backend {
  readonly name: string
  /** Zero-filled memory for `count` elements. */
  allocate(count: number, dtype: DType, device?: Device): Storage
  /** `out[i] = expr(operands[i])`, operands by name in the order of `names`, broadcast to `out`. */
  elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void
  /** Copies with conversion of the element type, `source` broadcast to `out`. */
  copy(source: View, out: View): void
  /** Folds the dimensions where `out` has stride 0 (or size 1) beside `source`. */
  reduce(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): void
  /** `out[b] = a[b] · c[b]` for `[…batch, n, k] × […batch, k, m]`, batches broadcast. */
  matmul(a: View, b: View, out: View): void
  /** Runs a structural kernel by its name. Inputs and outputs are row-major. */
  kernel<K extends KernelName>(name: K, inputs: readonly View[], outputs: readonly View[], options: KernelOptions<K>): void
}

export type KernelName = keyof typeof kernels
/** What a kernel is told beside its inputs and outputs. */
export type KernelOptions<K extends KernelName> = (typeof kernels)[K] extends Kernel<infer O> ? O : never
