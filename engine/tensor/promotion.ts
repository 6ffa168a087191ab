// Which element type a result has when its inputs differ: PyTorch's promotion.
import * as d from "../backends/dtype.ts"
import type { DType } from "../backends/dtype.ts"

export const defaults = { dtype: d.float32 }

/** The common type of two tensors of the same standing. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a
  if (a.category !== b.category) return rankOf(a) > rankOf(b) ? a : b
  if (a.category === "float") {
    // The two half precisions have no order: their common type is float32.
    if (a.itemsize === 2 && b.itemsize === 2) return d.float32
    return a.itemsize > b.itemsize ? a : b
  }
  if (a === d.uint8 || b === d.uint8) {
    const other = a === d.uint8 ? b : a
    return other === d.int8 ? d.int16 : other
  }
  return a.itemsize > b.itemsize ? a : b
}

const rankOf = (dtype: DType): number => (dtype.category === "bool" ? 0 : dtype.category === "int" ? 1 : 2)

/** The type that a plain JavaScript value stands for beside tensors. A whole number beside an integer tensor counts as an integer. */
export function scalarCategory(value: number | bigint | boolean): "bool" | "int" | "float" {
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int" : Number.isInteger(value) ? "int" : "float"
}

/** What a participant of an elementwise operation contributes to the result's type. */
export interface Participant {
  readonly dtype: DType
  /** Dimensions of the tensor; −1 for a plain number. */
  readonly rank: number
}

/**
 * The common type: tensors with dimensions decide; 0-d tensors and then numbers only raise it when they are of a higher category.
 * https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
 */
export function resultType(participants: readonly Participant[]): DType {
  let byDims: DType | null = null
  let byZero: DType | null = null
  let byNumber: DType | null = null
  for (const { dtype, rank } of participants) {
    if (rank > 0) byDims = byDims ? promote(byDims, dtype) : dtype
    else if (rank === 0) byZero = byZero ? promote(byZero, dtype) : dtype
    else byNumber = byNumber ? promote(byNumber, dtype) : dtype
  }
  return raise(raise(byDims, byZero), byNumber) ?? defaults.dtype
}

function raise(strong: DType | null, weak: DType | null): DType | null {
  if (!strong || !weak) return strong ?? weak
  return rankOf(weak) > rankOf(strong) ? weak : strong
}

/** The type of a plain value: bool, int64, or the default floating type. */
export function dtypeOfScalar(value: number | bigint | boolean): DType {
  return typeof value === "boolean" ? d.bool : typeof value === "bigint" ? d.int64 : defaults.dtype
}
