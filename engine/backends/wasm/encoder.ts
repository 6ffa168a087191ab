// WebAssembly's binary format, as much of it as our kernels need: numbers, sections and the instructions by name.
// Apart from the printer because it knows the format and no mathematics. Source: the WebAssembly core specification
// (https://webassembly.github.io/spec/core/binary/) and the relaxed SIMD proposal.

/** Bytes of a module in the making. */
export class Bytes {
  readonly list: number[] = []

  byte(...values: readonly number[]): this {
    for (const value of values) this.list.push(value)
    return this
  }

  /** An unsigned number, seven bits a byte (LEB128). */
  unsigned(value: number): this {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.list.push((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.list.push(rest)
    return this
  }

  /** A signed number of 32 bits in LEB128. */
  signed(value: number): this {
    let rest = value | 0
    while (rest < -64 || rest > 63) {
      this.list.push((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.list.push(rest & 0x7f)
    return this
  }

  float32(value: number): this {
    return this.byte(...new Uint8Array(new Float32Array([value]).buffer))
  }

  text(value: string): this {
    const encoded = new TextEncoder().encode(value)
    return this.unsigned(encoded.length).byte(...encoded)
  }

  add(other: Bytes): this {
    for (const value of other.list) this.list.push(value)
    return this
  }

  /** How many, then each. */
  vector(items: readonly Bytes[]): this {
    this.unsigned(items.length)
    for (const item of items) this.add(item)
    return this
  }
}

export const valueType = { i32: 0x7f, f64: 0x7c, f32: 0x7d, v128: 0x7b } as const
export type ValueType = keyof typeof valueType

/** Instructions of one byte. */
export const plain = {
  block: 0x02, loop: 0x03, end: 0x0b, br: 0x0c, br_if: 0x0d, call: 0x10,
  "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22, "global.get": 0x23,
  "i32.load": 0x28, "f32.load": 0x2a, "f32.store": 0x38,
  "i32.const": 0x41, "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_s": 0x48, "i32.add": 0x6a, "i32.sub": 0x6b, "i32.and": 0x71,
  "f32.const": 0x43, "f32.eq": 0x5b, "f32.add": 0x92, "f32.max": 0x97,
  "f32.demote_f64": 0xb6, "f64.promote_f32": 0xbb,
} as const

/** Instructions on four numbers at once; each has the prefix 0xfd. */
export const vector = {
  "v128.load": 0, "v128.load32_splat": 9, "v128.store": 11, "v128.const": 12, "i8x16.shuffle": 13, "i32x4.splat": 17, "f32x4.splat": 19, "f32x4.extract_lane": 31, "f32x4.replace_lane": 32,
  "i32x4.lt_s": 57, "f32x4.eq": 65, "f32x4.ne": 66, "f32x4.lt": 67, "f32x4.gt": 68, "f32x4.le": 69, "f32x4.ge": 70,
  "v128.not": 77, "v128.and": 78, "v128.andnot": 79, "v128.or": 80, "v128.xor": 81, "v128.bitselect": 82, "v128.store32_lane": 90,
  "f32x4.ceil": 103, "f32x4.floor": 104, "f32x4.trunc": 105, "f32x4.nearest": 106,
  "i32x4.shl": 171, "i32x4.shr_s": 172, "i32x4.shr_u": 173, "i32x4.add": 174, "i32x4.sub": 177,
  "f32x4.abs": 224, "f32x4.neg": 225, "f32x4.sqrt": 227, "f32x4.add": 228, "f32x4.sub": 229, "f32x4.mul": 230, "f32x4.div": 231,
  "f32x4.min": 232, "f32x4.max": 233, "f32x4.pmin": 234, "f32x4.pmax": 235,
  "i32x4.trunc_sat_f32x4_s": 248, "f32x4.convert_i32x4_s": 250, "f32x4.relaxed_madd": 261,
} as const
export type VectorInstruction = keyof typeof vector

export interface FunctionType {
  readonly takes: readonly ValueType[]
  readonly gives: readonly ValueType[]
}

export interface ModuleParts {
  /** Functions from outside, module "call"; the memory comes from outside as "memory" of the same module. */
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[]
  /** Four equal floats each, for constants that a loop keeps in registers. */
  readonly constants: readonly Bytes[]
  /** The one function, exported as "run". */
  readonly type: FunctionType
  readonly locals: readonly ValueType[]
  readonly body: Bytes
}

/** A whole module with one exported function. */
export function encodeModule({ imports, constants, type, locals, body }: ModuleParts): Uint8Array<ArrayBuffer> {
  const types = [...imports.map((one) => one.type), type]
  const whole = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const section = (id: number, content: Bytes) => whole.byte(id).unsigned(content.list.length).add(content)
  section(1, new Bytes().vector(types.map(encodeType)))
  const memory = new Bytes().text("call").text("memory").byte(0x02, 0x00, 1)
  section(2, new Bytes().vector([memory, ...imports.map(({ name }, i) => new Bytes().text("call").text(name).byte(0x00).unsigned(i))]))
  section(3, new Bytes().vector([new Bytes().unsigned(imports.length)]))
  // Mutable, because the compiler puts what it knows to be constant back into the loop.
  if (constants.length) section(6, new Bytes().vector(constants.map((one) => new Bytes().byte(valueType.v128, 1).add(one).byte(plain.end))))
  section(7, new Bytes().vector([new Bytes().text("run").byte(0x00).unsigned(imports.length)]))
  const code = new Bytes().vector(locals.map((one) => new Bytes().byte(1, valueType[one]))).add(body).byte(plain.end)
  section(10, new Bytes().vector([new Bytes().unsigned(code.list.length).add(code)]))
  return Uint8Array.from(whole.list)
}

/** A module of `encodeModule` that works in a memory that threads share, of at most so many pages. */
export function withSharedMemory(module: Uint8Array<ArrayBuffer>, mostPages: number): Uint8Array<ArrayBuffer> {
  // The memory is the first import: its kind and limits follow its two names. Only the imports' own length changes with them.
  const names = [...new Bytes().text("call").text("memory").byte(0x02).list]
  const at = module.findIndex((_, i) => names.every((byte, j) => module[i + j] === byte))
  const limits = at + names.length
  // In front of the names stand how many imports there are, how long the section is, and its number.
  let start = 8
  for (;;) {
    const { value: length, next } = unsignedAt(module, start + 1)
    if (next + length > at) {
      const content = new Bytes().byte(...module.subarray(next, limits), 0x03, 1).unsigned(mostPages).byte(...module.subarray(limits + 2, next + length))
      return Uint8Array.from([...module.subarray(0, start + 1), ...new Bytes().unsigned(content.list.length).add(content).list, ...module.subarray(next + length)])
    }
    start = next + length
  }
}

function unsignedAt(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, next: at }
  }
}

/** The module with a name for its own function, which stands behind `imports` others: what a profile shows. */
export function named(module: Uint8Array<ArrayBuffer>, name: string, imports = 0): Uint8Array<ArrayBuffer> {
  const names = new Bytes().unsigned(1).unsigned(imports).text(name)
  const content = new Bytes().text("name").byte(1).unsigned(names.list.length).add(names)
  return Uint8Array.from([...module, ...new Bytes().byte(0).unsigned(content.list.length).add(content).list])
}

function encodeType({ takes, gives }: FunctionType): Bytes {
  const list = (types: readonly ValueType[]) => new Bytes().vector(types.map((one) => new Bytes().byte(valueType[one])))
  return new Bytes().byte(0x60).add(list(takes)).add(list(gives))
}
