// Questions about element types: their common type, limits, and what may become what.
import { DType } from "../backends/dtype.ts"
import { faults } from "./faults.ts"
import { promote, resultType, scalarCategory, defaults } from "./promotion.ts"
import * as d from "../backends/dtype.ts"
import { Tensor } from "./tensor.ts"

function participant(value: unknown) {
  if (value instanceof Tensor) return { dtype: value.dtype, rank: value.ndim }
  const category = scalarCategory(value as number)
  return { dtype: category === "bool" ? d.bool : category === "int" ? d.int64 : defaults.dtype, rank: -1 }
}

const floatLimits: Readonly<Record<string, readonly [bits: number, max: number, eps: number, tiny: number]>> = {
  float64: [64, Number.MAX_VALUE, Number.EPSILON, 2.2250738585072014e-308],
  float32: [32, 3.4028234663852886e38, 1.1920928955078125e-7, 1.1754943508222875e-38],
  float16: [16, 65504, 0.0009765625, 0.00006103515625],
  bfloat16: [16, 3.3895313892515355e38, 0.0078125, 1.1754943508222875e-38],
}

export const typeQuestions = {
  /** The common type of two element types. */
  promote_types: (a: DType, b: DType): DType => promote(a, b),
  /** The type of an operation between two tensors or numbers. */
  result_type: (a: unknown, b: unknown): DType => resultType([participant(a), participant(b)]),
  /** True where values of one type may be stored as another without changing their kind. */
  can_cast: (from: DType, to: DType): boolean => {
    const rank = { bool: 0, int: 1, float: 2 }
    return rank[from.category] <= rank[to.category] && !(from.is_signed && from.category === "int" && !to.is_signed && to.category === "int")
  },
  /** Limits of a floating-point type. */
  finfo: (dtype: DType = defaults.dtype) => {
    const found = floatLimits[dtype.name]
    if (!found) throw faults.argument(`finfo: expected a floating-point dtype, found ${dtype.name}.`, "Use iinfo for whole numbers.")
    const [bits, max, eps, tiny] = found
    return { bits, min: -max, max, eps, tiny, smallest_normal: tiny, dtype: dtype.name }
  },
  /** Limits of an integer type. */
  iinfo: (dtype: DType) => {
    if (dtype.category !== "int") throw faults.argument(`iinfo: expected an integer dtype, found ${dtype.name}.`, "Use finfo for floating-point types.")
    const bits = dtype.itemsize * 8
    return { bits, min: dtype.is_signed ? -(2 ** (bits - 1)) : 0, max: dtype.is_signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1, dtype: dtype.name }
  },
}
