// Writes Python's pickle format (protocol 2, as PyTorch does): plain data and tensors. Apart from the reader, because
// the one knows what Python may say and the other what JavaScript may mean.
import { Size } from "../tensor/size.ts"
import { tupleMark } from "../tensor/tuple.ts"
import { isDict } from "./unpickle.ts"
import { StateDict } from "./stateDict.ts"

/** What a value is in Python beside plain data: a call of a class or function, or a name. */
export class PythonCall {
  constructor(
    readonly path: string,
    readonly args: readonly unknown[],
  ) {}
}
export class PythonName {
  constructor(readonly path: string) {}
}
/** Something that lies outside the pickle. */
export class PythonReference {
  constructor(readonly id: readonly unknown[]) {}
}

/** Lists in lists, deeper than any state: rather a fault than a full stack. */
const deepest = 200

/**
 * The pickle of a value. `translate` says what a value that is no plain data is in Python (a PythonCall …); it throws
 * for what has no place in a file.
 */
export function pickle(root: unknown, translate: (value: unknown) => unknown): Uint8Array<ArrayBuffer> {
  const out = new Growing()
  const memo = new Map<unknown, number>()
  let memoCount = 0

  function remember(value: unknown): void {
    const key = memoCount++
    memo.set(value, key)
    if (key < 256) out.bytes(0x71, key)
    else out.code(0x72).u32(key)
  }
  function recall(key: number): void {
    if (key < 256) out.bytes(0x68, key)
    else out.code(0x6a).u32(key)
  }
  function writeText(value: string): void {
    const bytes = new TextEncoder().encode(value)
    out.code(0x58).u32(bytes.length).raw(bytes)
  }
  function writeInteger(value: bigint): void {
    if (value >= 0n && value < 256n) out.bytes(0x4b, Number(value))
    else if (value >= -(2n ** 31n) && value < 2n ** 31n) out.code(0x4a).u32(Number(value) >>> 0)
    else {
      let length = 1
      while (BigInt.asIntN(length * 8, value) !== value) length++
      out.bytes(0x8a, length, ...Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)))
    }
  }
  function writeName(path: string): void {
    const known = memo.get(`global ${path}`)
    if (known !== undefined) return recall(known)
    const dot = path.lastIndexOf(".")
    out.code(0x63).raw(new TextEncoder().encode(`${path.slice(0, dot)}\n${path.slice(dot + 1)}\n`))
    // A text of a learner is memoised by itself nowhere, so this key meets no other.
    remember(`global ${path}`)
  }
  function writeTuple(items: readonly unknown[], depth: number): void {
    if (items.length === 0) return void out.code(0x29)
    if (items.length > 3) out.code(0x28)
    for (const item of items) write(item, depth)
    out.code(items.length > 3 ? 0x74 : 0x84 + items.length)
  }
  function writeEntries(entries: readonly (readonly [unknown, unknown])[], depth: number): void {
    if (entries.length === 0) return
    out.code(0x28)
    for (const [key, value] of entries) {
      write(key, depth)
      write(value, depth)
    }
    out.code(0x75)
  }
  function write(value: unknown, depth: number): void {
    if (depth > deepest) return void translate(new TooDeep())
    const next = depth + 1
    switch (typeof value) {
      case "undefined":
        return void out.code(0x4e)
      case "boolean":
        return void out.code(value ? 0x88 : 0x89)
      case "bigint":
        return writeInteger(value)
      case "number":
        if (Number.isSafeInteger(value) && !Object.is(value, -0)) return writeInteger(BigInt(value))
        return void out.code(0x47).f64(value)
      case "string":
        return writeText(value)
    }
    if (value === null) return void out.code(0x4e)
    const known = memo.get(value)
    if (known !== undefined) return recall(known)
    if (value instanceof PythonName) return writeName(value.path)
    if (value instanceof PythonCall) {
      writeName(value.path)
      writeTuple(value.args, next)
      return void out.code(0x52)
    }
    if (value instanceof PythonReference) {
      writeTuple(value.id, next)
      return void out.code(0x51)
    }
    if (Array.isArray(value)) {
      if (value instanceof Size || tupleMark(value)) return writeTuple(value, next)
      out.code(0x5d)
      remember(value)
      if (value.length === 0) return
      out.code(0x28)
      for (const item of value) write(item, next)
      return void out.code(0x65)
    }
    if (value instanceof StateDict) {
      writeName("collections.OrderedDict")
      out.bytes(0x29, 0x52)
      remember(value)
      writeEntries(Object.entries(value), next)
      const metadata: unknown = Reflect.get(value, "_metadata")
      if (!isDict(metadata)) return
      out.code(0x7d)
      writeEntries([["_metadata", metadata]], next)
      return void out.code(0x62)
    }
    const entries = plainEntries(value)
    if (entries) {
      out.code(0x7d)
      remember(value)
      return writeEntries(entries, next)
    }
    write(translate(value), next)
    remember(value)
  }

  out.bytes(0x80, 2)
  write(root, 0)
  out.code(0x2e)
  return out.finish()
}

/** Handed to `translate` where the data nest too deeply. */
export class TooDeep {}

/** The entries of a plain object or a Map, of whichever realm; null for anything else. Python writes `{0: …}` where JavaScript's keys are all texts. */
function plainEntries(value: unknown): (readonly [unknown, unknown])[] | null {
  if (typeof value !== "object" || value === null) return null
  if (Object.prototype.toString.call(value) === "[object Map]") return [...(value as ReadonlyMap<unknown, unknown>)]
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && (Object.getPrototypeOf(prototype) !== null || !Object.hasOwn(prototype as object, "hasOwnProperty"))) return null
  return Object.entries(value).map(([key, item]) => [/^(0|[1-9]\d{0,14})$/.test(key) ? Number(key) : key, item])
}

/** Bytes that grow. */
class Growing {
  private held = new Uint8Array(1024)
  private length = 0

  private room(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.held.length) {
      const larger = new Uint8Array(Math.max(this.length, this.held.length * 2))
      larger.set(this.held)
      this.held = larger
    }
    return at
  }
  code(code: number): this {
    const at = this.room(1)
    this.held[at] = code
    return this
  }
  bytes(...codes: readonly number[]): this {
    for (const code of codes) this.code(code)
    return this
  }
  raw(bytes: Uint8Array): this {
    const at = this.room(bytes.length)
    this.held.set(bytes, at)
    return this
  }
  u32(value: number): this {
    return this.bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)
  }
  f64(value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, false)
    return this.raw(bytes)
  }
  finish(): Uint8Array<ArrayBuffer> {
    return this.held.slice(0, this.length)
  }
}
