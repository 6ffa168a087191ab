// The realm that one run of a snippet lives in: a fresh vm context, so that what it does to Array.prototype ends with
// it. It holds the language and timers; there is no door out of it. Apart from worker.ts because only Node has `vm`.

import vm from "node:vm"
import type { Realm } from "./serve.ts"

/** What the realm's own code is given. All of it returns primitives, so that no object of ours is handed in. */
interface Outside {
  later(callback: () => void, delay: number, again: boolean): number
  cancel(id: number): void
  now(): number
  isOurs(value: unknown, className: string): boolean
  readonly dispose: symbol
  readonly asyncDispose: symbol
}

const { setTimeout, clearTimeout, setInterval } = globalThis
const clock = globalThis.performance
// Bundlers drop "use strict" inside a module's functions: it is said here, for the realm's own copy.
const setUp = new vm.Script(`"use strict"; (${setUpRealm.toString()})`, { filename: "realm" })
const language = vm.runInContext("Object.getOwnPropertyNames(globalThis)", bareContext()) as string[]

/** The names of a bare realm's globals. */
export const languageNames: readonly string[] = [...language]

/** Makes a realm. `failed` is told what a timer's callback threw. */
export function openRealm(failed: (error: unknown) => void): Realm {
  const context = bareContext()
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  let lastTimer = 0
  let closed = false

  const outside: Outside = {
    later(callback, delay, again) {
      if (closed) return 0
      lastTimer += 1
      const id = lastTimer
      const call = (): void => {
        if (!again) timers.delete(id)
        try {
          callback()
        } catch (error) {
          failed(error)
        }
      }
      timers.set(id, again ? setInterval(call, delay) : setTimeout(call, delay))
      return id
    },
    cancel(id) {
      clearTimeout(timers.get(id))
      timers.delete(id)
    },
    now: () => clock.now(),
    isOurs,
    dispose: Symbol.dispose,
    asyncDispose: Symbol.asyncDispose,
  }
  // The script's value is the function below, compiled in the new realm.
  const arrange = setUp.runInContext(context) as (outside: Outside) => void
  arrange(outside)

  return {
    evaluate: (code, fileName) => new vm.Script(code, { filename: fileName }).runInContext(context),
    close() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}

function bareContext(): vm.Context {
  const options = { codeGeneration: { strings: false, wasm: false } }
  // An ordinary global object where Node has it (22.8): names are found as fast as outside. Else an intercepted one.
  const ordinary: unknown = Reflect.get(vm.constants, "DONT_CONTEXTIFY")
  return vm.createContext((ordinary ?? Object.create(null)) as object, options)
}

/** Whether a value is of this realm's class: the engine's faults are to pass `e instanceof Error` in a snippet. */
function isOurs(value: unknown, className: string): boolean {
  switch (className) {
    case "Object":
      return value instanceof Object
    case "Array":
      return value instanceof Array
    case "Function":
      return typeof value === "function"
    case "Promise":
      return value instanceof Promise
    case "Error":
      return value instanceof Error
    default:
      return value instanceof Error && value.name === className
  }
}

/** Runs inside the new realm: it sees nothing of this file, only its argument. */
function setUpRealm(outside: Outside): void {
  const { later, cancel, now, isOurs } = outside
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "gc"]) Reflect.deleteProperty(globalThis, name)

  const give = (owner: object, name: PropertyKey, value: unknown): void => {
    Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false })
  }
  const timer = (again: boolean) => (callback: unknown, delay?: unknown, ...args: unknown[]): number => {
    if (typeof callback !== "function") throw new TypeError("A timer was expected to get a function, and got something else.")
    return later(() => void callback(...args), Number(delay) || 0, again)
  }
  give(globalThis, "setTimeout", timer(false))
  give(globalThis, "setInterval", timer(true))
  give(globalThis, "setImmediate", (callback: unknown, ...args: unknown[]) => timer(false)(callback, 0, ...args))
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) give(globalThis, name, (id: unknown) => cancel(Number(id)))
  give(globalThis, "queueMicrotask", (callback: () => void) => void Promise.resolve().then(callback))
  give(globalThis, "performance", Object.freeze({ now: () => now() }))
  if (!Symbol.dispose) give(Symbol, "dispose", outside.dispose)
  if (!Symbol.asyncDispose) give(Symbol, "asyncDispose", outside.asyncDispose)

  const ordinary = Function.prototype[Symbol.hasInstance]
  const classes: readonly (new (...args: never[]) => unknown)[] = [
    ...[Object, Array, Promise, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError],
    Function,
  ]
  for (const type of classes) {
    const name = type.name
    Object.defineProperty(type, Symbol.hasInstance, {
      value(this: unknown, value: unknown): boolean {
        return ordinary.call(this as () => void, value) || (this === type && isOurs(value, name))
      },
    })
  }
}
