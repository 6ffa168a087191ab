// Element types: PyTorch's names, what kind of number each holds and how its elements lie in memory.
// Apart because backends, tensors and promotion all speak of them.

export type TypedArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array

/** How arrays of a kind are made: of zeros, or as a look at memory that is there. */
export interface ArrayKind {
  new (size: number): TypedArray
  new (memory: ArrayBuffer, from: number, size: number): TypedArray
  readonly BYTES_PER_ELEMENT: number
}

export type DTypeName = "float32" | "float64" | "float16" | "bfloat16" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool"

/**
 * One element type. `category` orders promotion. An int64 lies in a Float64Array: whole numbers are exact to 2^53
 * (DECISIONS.md says why). Half precisions lie in a Float32Array and are rounded on every store.
 */
export class DType {
  constructor(
    readonly name: DTypeName,
    readonly category: "bool" | "int" | "float",
    readonly itemsize: number,
    readonly rank: number,
    public array: ArrayKind,
  ) {}
  get is_floating_point(): boolean {
    return this.category === "float"
  }
  get is_complex(): boolean {
    return false
  }
  get is_signed(): boolean {
    return this.name !== "uint8" && this.name !== "bool"
  }
  toString(): string {
    return `torch.${this.name}`
  }
}

export const bool = new DType("bool", "bool", 1, 0, Uint8Array)
export const uint8 = new DType("uint8", "int", 1, 1, Uint8Array)
export const int8 = new DType("int8", "int", 1, 2, Int8Array)
export const int16 = new DType("int16", "int", 2, 3, Int16Array)
export const int32 = new DType("int32", "int", 4, 4, Int32Array)
export const int64 = new DType("int64", "int", 8, 5, Float64Array)
export const float16 = new DType("float16", "float", 2, 6, Float32Array)
export const bfloat16 = new DType("bfloat16", "float", 2, 7, Float32Array)
export const float32 = new DType("float32", "float", 4, 8, Float32Array)
export const float64 = new DType("float64", "float", 8, 9, Float64Array)

/** Lets a float32 lie in doubles, unrounded, until it is called with false: for runs that measure slopes by differences. */
export function widenFloats(on: boolean): void {
  float32.array = on ? Float64Array : Float32Array
}

export const dtypes: readonly DType[] = [bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64]
