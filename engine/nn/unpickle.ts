// Reads Python's pickle format as far as weights need it, and runs nothing: a class or function that the file names is
// looked up in a short list by whoever calls, and anything else ends the reading. Formats: Python's pickletools.
import { tupled } from "../tensor/tuple.ts"
import { StateDict } from "./stateDict.ts"

/** What a file may name and call: the few constructors of tensors and dictionaries. */
export class Callable {
  constructor(readonly call: (args: readonly unknown[]) => unknown) {}
}

export interface PickleWorld {
  /** What `module.name` stands for. Throws for everything that is not known to be harmless. */
  global(path: string): unknown
  /** A thing that lies outside the pickle, such as a tensor's storage. */
  persistent(id: unknown): unknown
}

/** The file is damaged, or holds what this reader does not know; the message completes "found …". */
export class Unreadable extends Error {}

const mark = Symbol("mark")
const text = new TextDecoder("utf-8", { fatal: true })
const latin = new TextDecoder("latin1")

/** Reads one value. `end` tells where it stopped, for files that hold several. */
export function unpickle(bytes: Uint8Array, world: PickleWorld, start = 0): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: unknown[] = []
  const memo = new Map<number, unknown>()
  let at = start

  function take(count: number): number {
    if (count < 0 || at + count > bytes.length) throw new Unreadable("a file that is cut off")
    at += count
    return at - count
  }
  const u8 = (): number => view.getUint8(take(1))
  const u32 = (): number => view.getUint32(take(4), true)
  const slice = (count: number): Uint8Array => bytes.subarray(take(count), at)
  const u64 = (): number => Number(view.getBigUint64(take(8), true))
  function line(): string {
    const from = at
    while (u8() !== 10);
    return text.decode(bytes.subarray(from, at - 1))
  }
  function pop(): unknown {
    if (stack.length === 0 || stack.at(-1) === mark) throw new Unreadable("a pickle that takes more than it has")
    return stack.pop()
  }
  function popToMark(): unknown[] {
    const from = stack.lastIndexOf(mark)
    if (from < 0) throw new Unreadable("a pickle without its mark")
    const items = stack.splice(from + 1)
    stack.pop()
    return items
  }
  function top(): unknown {
    const value = pop()
    stack.push(value)
    return value
  }
  function remembered(key: number): unknown {
    if (!memo.has(key)) throw new Unreadable("a pickle that recalls what it never kept")
    return memo.get(key)
  }
  function append(items: readonly unknown[]): void {
    const list = top()
    if (!Array.isArray(list)) throw new Unreadable("items for what is no list")
    for (const item of items) list.push(item)
  }
  function setItems(items: readonly unknown[]): void {
    const dict = top()
    if (!isDict(dict) || items.length % 2 !== 0) throw new Unreadable("entries for what is no dict")
    for (let i = 0; i < items.length; i += 2) setItem(dict, items[i], items[i + 1])
  }
  function reduce(): void {
    const args = pop()
    const callee = pop()
    if (!(callee instanceof Callable) || !Array.isArray(args)) throw new Unreadable("a call of what is no function")
    stack.push(callee.call(args))
  }

  for (;;) {
    const code = u8()
    switch (code) {
      case 0x80: // PROTO
        if (u8() > 5) throw new Unreadable("a pickle of a later Python than this reader knows")
        break
      case 0x95: // FRAME
        take(8)
        break
      case 0x2e: // STOP
        return { value: pop(), end: at }
      case 0x28: // MARK
        stack.push(mark)
        break
      case 0x30: // POP
        stack.pop()
        break
      case 0x31: // POP_MARK
        popToMark()
        break
      case 0x4e: // NONE
        stack.push(null)
        break
      case 0x88: // NEWTRUE
        stack.push(true)
        break
      case 0x89: // NEWFALSE
        stack.push(false)
        break
      case 0x4b: // BININT1
        stack.push(u8())
        break
      case 0x4d: // BININT2
        stack.push(view.getUint16(take(2), true))
        break
      case 0x4a: // BININT
        stack.push(view.getInt32(take(4), true))
        break
      case 0x8a: // LONG1
        stack.push(integer(slice(u8())))
        break
      case 0x8b: // LONG4
        stack.push(integer(slice(u32())))
        break
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(take(8), false))
        break
      case 0x58: // BINUNICODE
        stack.push(text.decode(slice(u32())))
        break
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text.decode(slice(u8())))
        break
      case 0x8d: // BINUNICODE8
        stack.push(text.decode(slice(u64())))
        break
      case 0x54: // BINSTRING, of Python 2
        stack.push(latin.decode(slice(u32())))
        break
      case 0x55: // SHORT_BINSTRING
        stack.push(latin.decode(slice(u8())))
        break
      case 0x5d: // EMPTY_LIST
        stack.push([])
        break
      case 0x6c: // LIST
        stack.push(popToMark())
        break
      case 0x61: // APPEND
        append([pop()])
        break
      case 0x65: // APPENDS
        append(popToMark())
        break
      case 0x29: // EMPTY_TUPLE
        stack.push(tupled([]))
        break
      case 0x74: // TUPLE
        stack.push(tupled(popToMark()))
        break
      case 0x85: // TUPLE1
      case 0x86:
      case 0x87: {
        const items: unknown[] = []
        for (let i = 0; i < code - 0x84; i++) items.unshift(pop())
        stack.push(tupled(items))
        break
      }
      case 0x7d: // EMPTY_DICT
        stack.push({})
        break
      case 0x64: { // DICT
        const items = popToMark()
        stack.push({})
        setItems(items)
        break
      }
      case 0x73: { // SETITEM
        const value = pop()
        setItems([pop(), value])
        break
      }
      case 0x75: // SETITEMS
        setItems(popToMark())
        break
      case 0x71: // BINPUT
        memo.set(u8(), top())
        break
      case 0x72: // LONG_BINPUT
        memo.set(u32(), top())
        break
      case 0x94: // MEMOIZE
        memo.set(memo.size, top())
        break
      case 0x68: // BINGET
        stack.push(remembered(u8()))
        break
      case 0x6a: // LONG_BINGET
        stack.push(remembered(u32()))
        break
      case 0x63: { // GLOBAL
        const module = line()
        stack.push(world.global(`${module}.${line()}`))
        break
      }
      case 0x93: { // STACK_GLOBAL
        const name = String(pop())
        stack.push(world.global(`${String(pop())}.${name}`))
        break
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        reduce()
        break
      case 0x51: // BINPERSID
        stack.push(world.persistent(pop()))
        break
      case 0x62: { // BUILD: attributes beside the contents. PyTorch notes the versions of its layers there.
        const attributes = pop()
        const owner = top()
        if (!(owner instanceof StateDict) || !isDict(attributes)) throw new Unreadable("attributes for what is no ordered dict")
        const metadata: unknown = Object.hasOwn(attributes, "_metadata") ? Reflect.get(attributes, "_metadata") : undefined
        if (isDict(metadata)) Object.defineProperty(owner, "_metadata", { value: metadata, writable: true, configurable: true, enumerable: false })
        break
      }
      default:
        throw new Unreadable(`the pickle operation 0x${code.toString(16)}, which weights do not need`)
    }
  }
}

/** A dict of Python: a plain object, or a StateDict for an OrderedDict. */
export function isDict(value: unknown): value is Record<string, unknown> {
  return value instanceof StateDict || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
}

/** Sets an entry as an own property, whatever its name: `__proto__` is a name like any other. */
export function setItem(dict: object, key: unknown, value: unknown): void {
  if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint") throw new Unreadable("a dict with keys that are neither texts nor whole numbers")
  Object.defineProperty(dict, String(key), { value, writable: true, configurable: true, enumerable: true })
}

/** A whole number in two's complement, little-endian, of any length. */
function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length > 64) throw new Unreadable("a whole number of more than 512 bits")
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  value = BigInt.asIntN(bytes.length * 8, value)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
