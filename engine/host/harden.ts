// Closes the engine's own realm to the snippet. A snippet runs in a realm of its own, but every object of the engine
// that it holds leads back here (`torch.constructor.constructor` is this realm's Function), so nothing that opens the
// outside may be left in reach. Called once, after the engine is loaded; what the engine needs it has captured by then.

/** The globals that stay: the language itself, and what the engine uses that reaches nothing outside. */
const kept = new Set([
  ...["globalThis", "console", "performance", "queueMicrotask", "structuredClone", "TextEncoder", "TextDecoder"],
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "WebAssembly"],
])

/** `language`: the names that a bare realm has, which are all safe. */
export function harden(language: readonly string[]): void {
  closeGlobals(language)
  refuseCode()
  // New names here would change what Node and the engine read as missing options.
  for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) Object.preventExtensions(prototype)
}

/** Takes every global away but those. */
export function closeGlobals(language: readonly string[]): void {
  const allowed = new Set([...kept, ...language])
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!allowed.has(name)) Reflect.deleteProperty(globalThis, name)
  }
}

/** No text becomes code any more, however it is tried. */
export function refuseCode(): void {
  for (const made of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(made), "constructor", { value: refused, writable: false, configurable: false })
  }
  fix(globalThis, "eval", refused)
  fix(globalThis, "Function", refusing)
  // A stack formatter would be handed this realm's call frames.
  fix(Error, "prepareStackTrace", undefined)
}

/** An arrow function: it cannot be called with `new` either, and has no `prototype` to climb. */
const refused = (): never => {
  throw new EvalError("A snippet makes no code from text: write a function instead.")
}

/** What `Function` is from now on: `f instanceof Function` holds, and nothing is made. */
const refusing = Object.defineProperty(function () {
  refused()
}, "prototype", { value: Object.getPrototypeOf(refused) })

function fix(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: false, configurable: false, enumerable: false })
}
