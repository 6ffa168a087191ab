// Elements as files hold them: little-endian, each type in its own width, while ours lie in wider arrays where
// JavaScript has no fitting one (int64, the half precisions). Apart because every file format needs it.
import * as d from "../backends/dtype.ts"
import type { DType, TypedArray } from "../backends/dtype.ts"
import { HostStorage, type Storage } from "../backends/backend.ts"
import { allocation } from "../tensor/allocation.ts"

const float = new Float32Array(1)
const floatBits = new Uint32Array(float.buffer)

/** The types whose elements lie in memory as in a file. A float32 can lie in doubles, hence the check of the array itself. */
const plain: Readonly<Record<string, new (buffer: ArrayBufferLike, offset: number, count: number) => TypedArray>> = {
  float32: Float32Array, float64: Float64Array, int32: Int32Array, int16: Int16Array, int8: Int8Array, uint8: Uint8Array, bool: Uint8Array,
}

/** The bytes of `count` elements from `start`. */
export function bytesOf(array: TypedArray, dtype: DType, start = 0, count = array.length - start): Uint8Array<ArrayBuffer> {
  const part = array.subarray(start, start + count)
  const same = plain[dtype.name]
  if (same && part instanceof same) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()
  switch (dtype) {
    case d.int64:
      return raw(BigInt64Array.from(part, (value) => BigInt(value)))
    case d.float16:
      return raw(Uint16Array.from(part, toHalf))
    case d.bfloat16:
      return raw(Uint16Array.from(part, (value) => {
        float[0] = value
        return floatBits[0]! >>> 16
      }))
    default:
      return raw(Float32Array.from(part))
  }
}

/** A storage of the elements in `bytes`, which it may take over. Their number is `bytes.length / dtype.itemsize`. */
export function storageOf(bytes: Uint8Array<ArrayBuffer>, dtype: DType): Storage {
  const count = Math.floor(bytes.length / dtype.itemsize)
  allocation.check(count * new dtype.array(0).BYTES_PER_ELEMENT)
  // Typed arrays begin at multiples of their element's size.
  const aligned = bytes.byteOffset % dtype.itemsize === 0 ? bytes : bytes.slice()
  const view = <Kind>(type: new (buffer: ArrayBuffer, offset: number, length: number) => Kind): Kind => new type(aligned.buffer, aligned.byteOffset, count)
  switch (dtype) {
    case d.int64:
      return new HostStorage(Float64Array.from(view(BigInt64Array) as unknown as ArrayLike<number>, Number)) // Number takes a bigint, too.
    case d.float16:
      return new HostStorage(Float32Array.from(view(Uint16Array), fromHalf))
    case d.bfloat16:
      return new HostStorage(Float32Array.from(view(Uint16Array), (bits) => {
        floatBits[0] = bits << 16
        return float[0]!
      }))
    default: {
      const found = view(plain[dtype.name]!)
      return new HostStorage(found instanceof dtype.array ? found : Float64Array.from(found))
    }
  }
}

function raw({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}

/** The bits of an IEEE binary16 number that is already rounded to one. */
function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size === Infinity) return sign | 0x7c00
  // Below 2^-14 the spacing is constant and the exponent's field is zero.
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  return sign | ((exponent + 15) << 10) | Math.round((size / 2 ** exponent - 1) * 1024)
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
