// Making tensors: from sizes, from nested arrays, from typed arrays, and as views of others.
import { HostStorage, Storage, type Device, type View } from "../backends/backend.ts"
import { backend, placing } from "../backends/devices.ts"
import * as d from "../backends/dtype.ts"
import type { DType, TypedArray } from "../backends/dtype.ts"
import { roundBfloat16, roundFloat16 } from "../backends/javascript/half.ts"
import { allocation } from "./allocation.ts"
import { faults } from "./faults.ts"
import { defaults, dtypeOfScalar, promote } from "./promotion.ts"
import { contiguousStrides, elementCount, sameShape } from "./size.ts"
import { Tensor, elementAt, isContiguous, wrap } from "./tensor.ts"

const guarded = 1 << 16

/** A tensor of zeros, where tensors are made now unless a device is named. Throws when a size is negative or the memory limit would be passed. */
export function zeros(sizes: readonly number[], dtype: DType, device: Device = placing.device): Tensor {
  const count = elementCount(sizes)
  if (!(count * dtype.itemsize < guarded)) {
    allocation.check(count * dtype.itemsize)
    if (!(count <= 2 ** 32)) throw faults.runtime(`A tensor of shape [${sizes.join(", ")}] would hold ${count.toLocaleString("en")} elements, more than can be addressed.`, "Make it smaller.")
  }
  return new Tensor(backend.allocate(count, dtype, device), dtype, sizes, contiguousStrides(sizes), 0)
}

/**
 * A tensor for a kernel that writes every element before anybody reads one: large ones are not cleared. For results of
 * elementwise kernels, products and copies; never where a kernel adds to what is there or leaves some out.
 */
export function unfilled(sizes: readonly number[], dtype: DType, device: Device = placing.device): Tensor {
  const bytes = elementCount(sizes) * dtype.itemsize
  if (!(bytes >= guarded && bytes <= 2 ** 32) || placing.several || dtype.array !== Float32Array || !allocation.unfilled) return zeros(sizes, dtype, device)
  allocation.check(bytes)
  return new Tensor(new HostStorage(new Float32Array(allocation.unfilled(bytes))), dtype, sizes, contiguousStrides(sizes), 0)
}

/** A tensor filled with one value. */
export function full(sizes: readonly number[], value: number, dtype: DType, device: Device = placing.device): Tensor {
  const made = zeros(sizes, dtype, device)
  if (value === 0 && !Object.is(value, -0)) return made
  const { array } = made.storage
  if (array.length === 1) array[0] = stored(value, dtype)
  else array.fill(stored(value, dtype))
  return made
}

/** A number as an element of `dtype` holds it. */
export function stored(value: number, dtype: DType): number {
  switch (dtype.name) {
    case "bool":
      return value ? 1 : 0
    case "int64":
      return Math.trunc(value) + 0
    case "float16":
      return roundFloat16(value)
    case "bfloat16":
      return roundBfloat16(value)
    default:
      return value
  }
}

/** Another look at the same memory. */
export function viewOf(base: View, sizes: readonly number[], strides: readonly number[], offset: number): Tensor {
  return new Tensor(base.storage, base.dtype, sizes, strides, offset)
}

/** A row-major copy with the given element type. */
export function copied(source: View, dtype: DType = source.dtype): Tensor {
  const made = unfilled(source.sizes, dtype, source.storage.device)
  backend.copy(source, made)
  return made
}

/** The tensor itself where it is row-major, else a copy that is. */
export function dense<T extends View>(source: T): T | Tensor {
  return isContiguous(source) ? source : copied(source)
}

/** Elements in row-major order, as numbers. */
export function numbersOf(source: View): number[] {
  const packed = dense(source)
  const count = elementCount(packed.sizes)
  // A part of what lies on a GPU.
  if (!packed.storage.isHost && count * 4 < packed.storage.length) return packed.storage.pick(Array.from({ length: count }, (_, i) => packed.offset + i))
  return Array.from(packed.storage.seen.subarray(packed.offset, packed.offset + count) as ArrayLike<number>)
}

/** A new leaf from numbers in row-major order. */
export function fromNumbers(values: ArrayLike<number>, sizes: readonly number[], dtype: DType): Tensor {
  const made = zeros(sizes, dtype)
  const { array } = made.storage
  for (let i = 0; i < values.length; i++) array[i] = stored(values[i]!, dtype)
  return made
}

const typedArrays: readonly (readonly [string, DType])[] = [
  ["Float32Array", d.float32], ["Float64Array", d.float64], ["Int32Array", d.int32], ["Int16Array", d.int16], ["Int8Array", d.int8],
  ["Uint8Array", d.uint8], ["BigInt64Array", d.int64],
]

/**
 * A tensor from data as `torch.tensor` takes it: a number, bigint, boolean, nested arrays of them, a typed array or a tensor.
 * JavaScript numbers make the default dtype, bigints int64, booleans bool. Throws ValueError for ragged arrays,
 * TypeError for anything that is no number.
 */
export function fromData(data: unknown, dtype?: DType | null): Tensor {
  if (data instanceof Tensor) return copied(data, dtype ?? data.dtype)
  if (ArrayBuffer.isView(data)) {
    const kind = typedArrays.find(([name]) => name === data.constructor.name)
    if (!kind) throw faults.argument(`tensor(): expected an array of numbers, found ${data.constructor.name}.`, "Use a Float32Array, Float64Array, Int32Array or a plain array.")
    const values = Array.from(data as unknown as ArrayLike<number | bigint>, Number)
    return fromNumbers(values, [values.length], dtype ?? kind[1])
  }
  const sizes: number[] = []
  for (let level: unknown = data; Array.isArray(level); level = level[0]) {
    sizes.push(level.length)
    if (level.length === 0) break
  }
  const inner = firstTensor(data)
  if (inner) sizes.push(...inner.sizes)
  const values: number[] = []
  let found: DType | null = null
  const visit = (item: unknown, depth: number): void => {
    if (Array.isArray(item)) {
      if (depth >= sizes.length) throw ragged(sizes, depth)
      if (item.length !== sizes[depth]) throw ragged(sizes, depth, item.length)
      for (const part of item) visit(part, depth + 1)
    } else if (item instanceof Tensor) {
      if (!sameShape(item.sizes, sizes.slice(depth))) throw ragged(sizes, depth)
      for (const value of numbersOf(item)) values.push(value)
      found = found ? promote(found, item.dtype) : item.dtype
    } else {
      if (depth !== sizes.length) throw ragged(sizes, depth)
      if (typeof item !== "number" && typeof item !== "bigint" && typeof item !== "boolean") throw notNumeric(item)
      values.push(Number(item))
      const own = dtypeOfScalar(item)
      found = found ? promote(found, own) : own
    }
  }
  visit(data, 0)
  return fromNumbers(values, sizes, dtype ?? found ?? defaults.dtype)
}

function firstTensor(data: unknown): Tensor | null {
  for (let level: unknown = data; ; level = level[0]) {
    if (level instanceof Tensor) return level
    if (!Array.isArray(level)) return null
  }
}

function ragged(sizes: readonly number[], depth: number, found?: number): Error {
  return faults.value(
    found === undefined
      ? `tensor(): expected every item at depth ${depth} to have the same shape, as the first has: [${sizes.join(", ")}].`
      : `tensor(): expected ${sizes[depth]} items at dimension ${depth}, found ${found}.`,
    "Give every row the same length.",
  )
}

function notNumeric(item: unknown): Error {
  const what = item === null ? "null" : item === undefined ? "undefined" : typeof item === "string" ? `the text "${item}"` : typeof item
  const wrong = item === null || item === undefined ? faults.runtime : faults.argument
  return wrong(`tensor(): expected numbers, bigints or booleans, found ${what}.`, "Give numbers, or nested arrays of them.")
}

/** Nested arrays of numbers (booleans for bool), as `tolist()` gives them; one value for a tensor without dimensions. */
export function toNested(source: View): unknown {
  const asBool = source.dtype.name === "bool"
  const flat = numbersOf(source)
  let at = 0
  const build = (depth: number): unknown => {
    if (depth === source.sizes.length) {
      const value = flat[at++]!
      return asBool ? value !== 0 : value
    }
    return Array.from({ length: source.sizes[depth]! }, () => build(depth + 1))
  }
  return build(0)
}

export { backend, elementAt, wrap, Storage, type TypedArray }
