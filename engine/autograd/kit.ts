// What structural operators work with: making, looking and computing without history.
import type { Operand, ReduceSpec } from "../backends/backend.ts"
import { dtypes, type DType } from "../backends/dtype.ts"
import { lgamma } from "../backends/javascript/special.ts"
import type { Kit } from "../ops/entry.ts"
import type { Expr } from "../ops/expr.ts"
import { broadcastShapes } from "../tensor/broadcast.ts"
import { deviceNamed } from "../tensor/deviceOf.ts"
import { fault, faults } from "../tensor/faults.ts"
import { backend, copied, dense, fromNumbers, full, numbersOf, unfilled, viewOf, zeros } from "../tensor/make.ts"
import { distributions, poisson } from "../tensor/distributions.ts"
import { generator } from "../tensor/random.ts"
import { defaults, resultType } from "../tensor/promotion.ts"
import { scalarShape } from "../tensor/size.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { warn } from "../tensor/warnings.ts"
import { functions } from "./functions.ts"

export const kit: Kit = {
  t: functions,
  dtype: Object.fromEntries(dtypes.map((one) => [one.name, one])) as Record<DType["name"], DType>,
  get defaultDtype() {
    return defaults.dtype
  },
  totals: ({ storage, dtype }) => (storage.isHost || dtype.category !== "float" ? kit.dtype.float64 : dtype),
  zeros,
  unfilled,
  full,
  fromNumbers,
  numbers: numbersOf,
  drawn(what, sizes, dtype, from, ...parameters) {
    if (dtype.category !== "float" && (what === "uniform" || what === "normal")) throw faults.runtime(`Random numbers of this kind are floats, found ${dtype.name}.`, "Leave dtype out, or use randint for whole numbers.")
    const made = zeros(sizes, dtype)
    distributions[what](made.storage.array, from ?? generator, dtype.name, ...parameters)
    // A run in doubles keeps the numbers that the run in floats drew.
    if (dtype.name === "float32" && dtype.array === Float64Array) made.storage.array.forEach((value, i, array) => (array[i] = Math.fround(value)))
    return made
  },
  generator: (given) => given ?? generator,
  poisson: (from, rate) => poisson(from, rate, lgamma),
  copied,
  dense,
  moved(source, dtype) {
    const made = unfilled(source.sizes, dtype)
    backend.copy(source, made)
    return made
  },
  device: (named) => (named === null || named === undefined ? null : deviceNamed(named)),
  view: (base, sizes, strides, offset = base.offset) => viewOf(base, sizes, strides, offset),
  elementwise(expr: Expr, names: readonly string[], operands: readonly Operand[], sizes: readonly number[], dtype: DType): Tensor {
    const out = unfilled(sizes, dtype)
    backend.elementwise(expr, names, operands, out)
    return out
  },
  reduce(spec: ReduceSpec, source: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor {
    if (keepdim || dims.length !== source.sizes.length) return folded(spec, source, dims, keepdim, dtype)
    const out = zeros(scalarShape, dtype)
    backend.reduce(spec, source, out, dims)
    return out
  },
  matmul(a, b, sizes, dtype) {
    const out = unfilled(sizes, dtype)
    backend.matmul(a, b, out)
    return out
  },
  kernel(name, inputs, outputs, options) {
    backend.kernel(name, inputs.map(dense), outputs, options)
  },
  promote: (first, ...others) => (others.every(({ dtype }) => dtype === first!.dtype) ? first!.dtype : typeOf(first!, ...others)),
  broadcast: (what, ...shapes) => broadcastShapes(shapes, what),
  dim(what, dim, rank) {
    const least = rank === 0 ? 1 : rank
    if (!Number.isInteger(dim)) throw faults.argument(`${what}: expected a whole number for the dimension, found ${dim}.`, "Use a whole number such as 0 or -1.")
    if (dim < -least || dim >= least) throw faults.dimRange(what, dim, rank)
    return dim < 0 ? dim + least : dim
  },
  dims(what, dims, rank) {
    if (!dims || dims.length === 0) {
      const all = new Array<number>(rank)
      for (let d = 0; d < rank; d++) all[d] = d
      return all
    }
    const normal = dims.map((dim) => kit.dim(what, dim, rank))
    if (new Set(normal).size !== normal.length) throw faults.runtime(`${what}: a dimension is named twice in [${dims.join(", ")}].`, "Name each dimension once.")
    return rank === 0 ? [] : normal
  },
  fault,
  tuple: (items) => tupled(items),
  warn: (message, hint) => warn("UserWarning", message, hint),
}

const typeOf = (...tensors: readonly Tensor[]): DType => resultType(tensors.map((one) => ({ dtype: one.dtype, rank: one.sizes.length })))

/** A reduction that leaves dimensions, of size 1 or not at all. Apart, so that a whole one makes no functions. */
function folded(spec: ReduceSpec, source: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType): Tensor {
  const out = zeros(source.sizes.map((size, d) => (dims.includes(d) ? 1 : size)), dtype)
  backend.reduce(spec, source, out, dims)
  if (keepdim) return out
  const left = source.sizes.map((_, d) => d).filter((d) => !dims.includes(d))
  return viewOf(out, left.map((d) => out.sizes[d]!), left.map((d) => out.strides[d]!), 0)
}
