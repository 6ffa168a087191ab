// Says whether a run left something behind that the next one would meet: a changed built-in of the engine's realm, a
// replaced `torch` function, a method put onto Tensor. The thread is then kept for looking at its values, and runs no
// more. Cheaper and truer than freezing everything, and a learner may patch what they like within a run.

interface Watched {
  readonly path: string
  readonly owner: object
  /** The names that hold code, with what they held; changing data (a counter, a cache) is the engine's own affair. */
  readonly code: ReadonlyMap<PropertyKey, unknown>
}

const intrinsics: readonly object[] = [
  ...[Object, Array, Function.prototype, Promise, Map, Set, WeakMap, WeakSet, String, Number, Boolean, Symbol, BigInt, RegExp, Date],
  ...[Math, JSON, Reflect, ArrayBuffer, DataView, Float32Array, Float64Array, Int32Array, Uint8Array, BigInt64Array, Proxy],
  ...[Error, TypeError, RangeError, SyntaxError, Object.getPrototypeOf(Int8Array) as object, Object.getPrototypeOf([][Symbol.iterator]()) as object],
  ...[Object.getPrototypeOf((function* () {})()) as object, Object.getPrototypeOf(async function () {}) as object],
]

/** Remembers the code of the realm's built-ins and of everything that hangs on `roots`; the result tells what changed. */
export function watch(roots: Readonly<Record<string, object>>): () => string | null {
  const watched: Watched[] = []
  const seen = new Set<object>()

  function visit(owner: object, path: string, depth: number): void {
    if (seen.has(owner) || depth > 6) return
    seen.add(owner)
    const code = codeOf(owner)
    if (code.size > 0) watched.push({ path, owner, code })
    for (const key of Reflect.ownKeys(owner)) {
      const value: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value
      if (isNamespace(value) || typeof value === "function") visit(value, `${path}.${String(key)}`, depth + 1)
      else if (key === "prototype" && typeof value === "object" && value !== null) visit(value, `${path}.prototype`, depth + 1)
    }
  }

  for (const intrinsic of intrinsics) visit(intrinsic, nameOf(intrinsic), 5)
  for (const [name, root] of Object.entries(roots)) visit(root, name, 0)

  return () => {
    for (const { path, owner, code } of watched) {
      const now = codeOf(owner)
      if (now.size !== code.size) return path
      for (const [key, value] of code) if (now.get(key) !== value) return `${path}.${String(key)}`
    }
    return null
  }
}

/** The functions among an object's own properties; of an accessor, its getter. */
function codeOf(owner: object): Map<PropertyKey, unknown> {
  const code = new Map<PropertyKey, unknown>()
  for (const key of Reflect.ownKeys(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key)
    const held: unknown = property && "value" in property ? property.value : property?.get
    if (typeof held === "function") code.set(key, held)
  }
  return code
}

function isNamespace(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function nameOf(intrinsic: object): string {
  return typeof intrinsic === "function" ? intrinsic.name : Object.prototype.toString.call(intrinsic)
}
