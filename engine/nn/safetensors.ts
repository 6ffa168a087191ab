// The safetensors format: a length, a JSON header of names, types, shapes and places, and the elements. It can hold
// nothing but tensors by name (format: huggingface.co/docs/safetensors). Apart from PyTorch's files: no code in common.
import * as d from "../backends/dtype.ts"
import type { DType } from "../backends/dtype.ts"
import { faults } from "../tensor/faults.ts"
import { dense } from "../tensor/make.ts"
import { contiguousStrides, elementCount } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { bytesOf, storageOf } from "./elementBytes.ts"
import { StateDict } from "./stateDict.ts"
import { setItem, Unreadable } from "./unpickle.ts"

const types: Readonly<Record<string, DType>> = {
  F64: d.float64, F32: d.float32, F16: d.float16, BF16: d.bfloat16, I64: d.int64, I32: d.int32, I16: d.int16, I8: d.int8, U8: d.uint8, BOOL: d.bool,
}
/** What the format itself allows. */
const longestHeader = 100e6

interface Place {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** The bytes of a file of tensors by name. Throws TypeError for anything else. */
export function toSafetensors(value: unknown): Uint8Array {
  const header: Record<string, Place> = {}
  const parts: Uint8Array[] = []
  let at = 0
  // The widest types first: each tensor then begins at a multiple of its element's size.
  const sorted = tensorsOf(value).sort(([, a], [, b]) => b.dtype.itemsize - a.dtype.itemsize)
  for (const [name, tensor] of sorted) {
    const packed = dense(tensor)
    const bytes = bytesOf(packed.storage.seen, packed.dtype, packed.offset, elementCount(packed.sizes))
    const dtype = Object.entries(types).find(([, one]) => one === tensor.dtype)![0] // Every type has one.
    setItem(header, name, { dtype, shape: [...tensor.sizes], data_offsets: [at, at + bytes.length] } satisfies Place)
    parts.push(bytes)
    at += bytes.length
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = 8 + Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(start + at).fill(0x20, 8, start)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true)
  file.set(text, 8)
  let to = start
  for (const part of parts) {
    file.set(part, to)
    to += part.length
  }
  return file
}

function tensorsOf(value: unknown): [string, Tensor][] {
  if (typeof value !== "object" || value === null || value instanceof Tensor || Array.isArray(value)) throw faults.argument("torch.save: expected tensors by name for a .safetensors file, found something else.", "Save model.state_dict(), or use a .pth file, which also holds numbers and lists.")
  const isMap = Object.prototype.toString.call(value) === "[object Map]" // A Map of the snippet's own realm is no instance of ours.
  const entries = isMap ? [...(value as ReadonlyMap<unknown, unknown>)] : Object.entries(value)
  return entries.map(([name, one]) => {
    if (!(one instanceof Tensor)) throw faults.argument(`torch.save: expected tensors alone in a .safetensors file, found "${String(name)}", which is none.`, "Use a .pth file, which also holds numbers, texts and lists.")
    return [String(name), one]
  })
}

/** The tensors of a file, in the order of their elements. Throws Unreadable where it is damaged. */
export function fromSafetensors(bytes: Uint8Array<ArrayBuffer>): StateDict {
  const cut = (): never => {
    throw new Unreadable("a file that is cut off or no safetensors file")
  }
  if (bytes.length < 8) cut()
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > longestHeader || 8 + length > bytes.length) cut()
  const header = headerOf(bytes.subarray(8, 8 + length))
  const made = new StateDict()
  for (const [name, place] of Object.entries(header).sort(([, a], [, b]) => startOf(a) - startOf(b))) {
    if (name === "__metadata__") continue
    if (!isPlace(place)) throw new Unreadable(`a description of "${name}" that is no safetensors`)
    const dtype = types[place.dtype]
    if (!dtype) throw new Unreadable(`the element type ${place.dtype} of "${name}", which PyTorch has and this engine has not`)
    const [from, to] = place.data_offsets
    if (to - from !== elementCount(place.shape) * dtype.itemsize) throw new Unreadable(`"${name}" with ${to - from} bytes for shape [${place.shape.join(", ")}]`)
    if (8 + length + to > bytes.length) cut()
    const storage = storageOf(bytes.slice(8 + length + from, 8 + length + to), dtype)
    setItem(made, name, new Tensor(storage, dtype, place.shape, contiguousStrides(place.shape), 0))
  }
  return made
}

function headerOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
    if (typeof header === "object" && header !== null && !Array.isArray(header)) return header as Record<string, unknown>
  } catch {
    // Said below: whatever JSON dislikes, the file is not what it should be.
  }
  throw new Unreadable("a file that is cut off or no safetensors file")
}

const startOf = (place: unknown): number => (isPlace(place) ? place.data_offsets[0] : -1)

function isPlace(value: unknown): value is Place {
  if (typeof value !== "object" || value === null) return false
  const { dtype, shape, data_offsets: offsets } = value as Partial<Record<keyof Place, unknown>>
  const areSizes = (list: unknown): list is number[] => Array.isArray(list) && list.every((one) => Number.isSafeInteger(one) && (one as number) >= 0)
  return typeof dtype === "string" && areSizes(shape) && areSizes(offsets) && offsets.length === 2 && offsets[0]! <= offsets[1]!
}
