// The realm that a snippet lives in in a browser: the worker's own, since a worker cannot make another. So it is closed
// for good before the first run (closeRealm), and what a run adds to it is taken away again when the run ends. Apart from
// web.ts for the same reason as nodeRealm.ts from worker.ts: it decides what a snippet can reach, and nothing else.

import { closeGlobals, refuseCode } from "./harden.ts"
import type { Realm } from "./serve.ts"

const { setTimeout, clearTimeout, setInterval, clearInterval, performance: clock } = globalThis
/** A run gets one of its own, drawn from its seed. */
const { random } = Math
/** Called by another name, eval runs its text in the global scope, as a script does. */
const { eval: evaluateText } = globalThis

/** The globals of ECMAScript that a bare realm has: what a snippet may see. */
const language: readonly string[] = [
  ...["globalThis", "undefined", "NaN", "Infinity", "eval", "isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "unescape"],
  ...["Object", "Function", "Boolean", "Symbol", "Number", "BigInt", "Math", "Date", "String", "RegExp", "JSON", "Reflect", "Proxy", "Intl", "Iterator"],
  ...["Array", "Map", "Set", "WeakMap", "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "ArrayBuffer", "DataView"],
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array"],
  ...["Float16Array", "Float32Array", "Float64Array"],
  ...["Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SuppressedError", "SyntaxError", "TypeError", "URIError"],
  ...["DisposableStack", "AsyncDisposableStack"],
]

/** Kept in the engine's own realm in Node, where the snippet has another one: here nobody needs them after loading. */
const dropped = ["WebAssembly", "structuredClone", "SharedArrayBuffer", "Atomics"]

/** Takes everything out of reach that opens the outside: network, storage, other scripts, the ports. Called once. */
export function closeRealm(): void {
  closeGlobals(language)
  for (const name of dropped) Reflect.deleteProperty(globalThis, name)
  // fetch, importScripts, addEventListener and others are inherited.
  for (let owner: object | null = Object.getPrototypeOf(globalThis) as object | null; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object | null) {
    for (const name of Reflect.ownKeys(owner)) Reflect.deleteProperty(owner, name)
  }
  refuseCode()
  give("queueMicrotask", (callback: () => void) => void Promise.resolve().then(callback))
  give("performance", Object.freeze({ now: () => clock.now() }))
}

/** Takes back what the engine itself changed for a run, so that what is left is the snippet's doing. */
export function takeBack(): void {
  Math.random = random
}

/** Opens the realm for a run. `failed` is told what a timer's callback threw; `stuck` what could not be taken away. */
export function openRealm(failed: (error: unknown) => void, stuck: (name: string) => void): Realm {
  const before = new Map(Reflect.ownKeys(globalThis).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]))
  const timers = new Map<number, { readonly handle: ReturnType<typeof setTimeout>; readonly again: boolean }>()
  let lastTimer = 0
  let closed = false

  const end = ({ handle, again }: { readonly handle: ReturnType<typeof setTimeout>; readonly again: boolean }): void => {
    if (again) clearInterval(handle)
    else clearTimeout(handle)
  }
  const timer = (again: boolean) => (callback: unknown, delay?: unknown, ...args: unknown[]): number => {
    if (typeof callback !== "function") throw new TypeError("A timer was expected to get a function, and got something else.")
    if (closed) return 0
    lastTimer += 1
    const id = lastTimer
    const call = (): void => {
      if (!again) timers.delete(id)
      try {
        // What was given is a function; what it does with its arguments is the snippet's affair.
        ;(callback as (...args: unknown[]) => unknown)(...args)
      } catch (error) {
        failed(error)
      }
    }
    const wait = Number(delay) || 0
    timers.set(id, { handle: again ? setInterval(call, wait) : setTimeout(call, wait), again })
    return id
  }
  const cancel = (id: unknown): void => {
    const found = timers.get(Number(id))
    if (found) end(found)
    timers.delete(Number(id))
  }
  give("setTimeout", timer(false))
  give("setInterval", timer(true))
  give("setImmediate", (callback: unknown, ...args: unknown[]) => timer(false)(callback, 0, ...args))
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) give(name, cancel)

  return {
    // The name is what stack traces show; an expression's value is the value of the script.
    evaluate: (code, fileName) => evaluateText(`${code}\n//# sourceURL=${fileName}`) as unknown,
    close() {
      closed = true
      for (const each of timers.values()) end(each)
      timers.clear()
      for (const name of Reflect.ownKeys(globalThis)) {
        if (!before.has(name) && !Reflect.deleteProperty(globalThis, name)) stuck(String(name))
      }
      for (const [name, descriptor] of before) {
        if (descriptor && !Reflect.defineProperty(globalThis, name, descriptor)) stuck(String(name))
      }
    },
  }
}

function give(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
