// What a backend is: buffers and kernels. It knows shapes, strides and element types, and no gradients.
import type { Expr } from "../ops/expr.ts"
import type { DType, TypedArray } from "./dtype.ts"

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

/** Memory shared by a tensor and its views. `version` counts in-place changes. */
export class Storage {
  version = 0
  /** Where the learner's code last changed it in place, as the compiled snippet counts places. */
  changedAt = 0
  /** The newest change in place, for whoever watches the run. */
  written: object | null = null
  constructor(
    readonly array: TypedArray,
    readonly device: Device = cpu,
  ) {}
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
  allocate(count: number, dtype: DType): Storage
  /** `out[i] = expr(operands[i])`, operands by name in the order of `names`, broadcast to `out`. */
  elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], out: View): void
  /** Copies with conversion of the element type, `source` broadcast to `out`. */
  copy(source: View, out: View): void
  /** Folds the dimensions where `out` has stride 0 (or size 1) beside `source`. */
  reduce(spec: ReduceSpec, source: View, out: View, dims: readonly number[]): void
  /** `out[b] = a[b] · c[b]` for `[…batch, n, k] × […batch, k, m]`, batches broadcast. */
  matmul(a: View, b: View, out: View): void
}
