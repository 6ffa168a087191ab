// The doors out of a snippet, one a line: each attempt must end in nothing or in an error.

import { afterAll, beforeAll, expect, test } from "vitest"
import { Seat } from "../../engine/host/node.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
let seat: Seat

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: true, log: () => undefined, onUnstoppable: () => undefined })
  await seat.prepare()
}, 60_000)
afterAll(() => {
  seat.dispose()
  built.remove()
})

async function printed(source: string): Promise<string> {
  const { stdout, error } = await seat.run({ runId: 1, source, fileName: "/lesson.ts", device: "cpu", timeLimit: 10, memoryLimit: 2048, trace: false })
  return error ? `${stdout}${error.name}: ${error.message}` : stdout
}

/** Prints `closed` when the attempt gives undefined or throws, else what it gave. */
const attempt = (expression: string): string =>
  `try { const got = await (${expression}); print(got === undefined ? "closed" : "OPEN " + typeof got + " " + String(got)) } catch (e) { print("closed") }`

const globals = [
  ...["process", "require", "module", "exports.constructor.constructor('return process')()", "__dirname", "__filename", "Buffer", "global", "setImmediate.constructor('return process')()"],
  ...["fetch", "WebSocket", "XMLHttpRequest", "EventSource", "navigator", "Worker", "SharedWorker", "importScripts", "parentPort", "postMessage", "self", "window"],
  ...["WebAssembly", "SharedArrayBuffer", "Atomics", "MessageChannel", "BroadcastChannel", "localStorage", "sessionStorage", "indexedDB", "caches", "crypto"],
  ...["acquireVsCodeApi", "vscode", "Deno", "Bun", "document", "FinalizationRegistry", "gc"],
]

test.each(globals)("the name %s reaches nothing", async (name) => {
  // A name that has a meaning to Node alone may also be refused before anything runs.
  expect(await printed(attempt(`(() => { try { return ${name} } catch { return undefined } })()`))).toMatch(/^(closed\n|ImportError: .*)$/)
})

test.each(["process", "require", "fetch", "WebAssembly", "Worker", "navigator", "global", "Buffer"])("globalThis.%s reaches nothing", async (name) => {
  expect(await printed(attempt(`globalThis[${JSON.stringify(name)}]`))).toBe("closed\n")
})

const back = "'return typeof process === \"undefined\" ? globalThis.fetch : process'"
const climbs: readonly (readonly [string, string])[] = [
  ["import() of a Node module", "import('node:fs')"],
  ["import() of a module by name", "import('fs')"],
  ["import() of data", "import('data:text/javascript,export default 1')"],
  ["eval", `eval("1 + 1")`],
  ["eval by another name", `(0, eval)("1 + 1")`],
  ["Function", "new Function('return 1')()"],
  ["AsyncFunction", "(async () => {}).constructor('return 1')()"],
  ["GeneratorFunction", "(function* () {}).constructor('yield 1')().next()"],
  ["AsyncGeneratorFunction", "(async function* () {}).constructor('yield 1')().next()"],
  ["a timer with text", "setTimeout('1 + 1', 0)"],
  ["the constructor of torch's constructor", `torch.constructor.constructor(${back})()`],
  ["the constructor of a torch function", `torch.zeros.constructor(${back})()`],
  ["new on the constructor of a torch function", `new torch.zeros.constructor(${back})()`],
  ["Reflect.construct on it", `Reflect.construct(torch.zeros.constructor, [${back}])()`],
  ["the constructor of a tensor's class", `torch.zeros(1).constructor.constructor(${back})()`],
  ["the constructor of print", `print.constructor(${back})()`],
  ["the constructor of setTimeout", `setTimeout.constructor(${back})()`],
  ["the constructor of performance.now", `performance.now.constructor(${back})()`],
  ["the constructor of Error's hasInstance", `Error[Symbol.hasInstance].constructor(${back})()`],
  ["the constructor of the engine's Object", `torch.constructor.getPrototypeOf(torch.constructor).constructor(${back})()`],
  ["a fault of the engine", `(() => { try { torch.zeros(1e12) } catch (e) { return e.constructor.constructor(${back})() } })()`],
  ["the async function of the engine, from its prototype", `torch.constructor.getPrototypeOf(async () => {}).constructor(${back})()`],
  ["the error of an import", `(async () => { try { await import('node:fs') } catch (e) { return e.constructor.constructor(${back})() } })()`],
  ["the error of a full stack inside the engine", `(() => { const go = () => { try { return go() } catch (e) { try { torch.zeros(2) } catch (d) { return d.constructor.constructor(${back})() } } }; return go() })()`],
  ["the frames of a stack", "(() => { Error.prepareStackTrace = (_, frames) => frames; const all = new Error().stack; if (!Array.isArray(all)) return undefined; const got = all.map((f) => f.getThis?.() ?? f.getFunction?.()).filter((x) => x !== undefined && typeof x === 'object' && 'process' in x); return got[0] })()"],
  ["the frames of the engine's stack", "(() => { let caught; try { torch.zeros(1e12) } catch (e) { caught = e } caught.constructor.__proto__.prepareStackTrace = (_, frames) => frames[0].getThis(); try { torch.zeros(1e12) } catch (e) { return typeof e.stack === 'string' ? undefined : e.stack } })()"],
  ["arguments.callee.caller", "(function () { return arguments.callee.caller })()"],
  ["a new name on the engine's Object.prototype", "(() => { torch.constructor.prototype.env = { A: 1 }; return torch.constructor({}).env })()"],
  ["a proxy's trap that sees the engine call", `(() => { let seen; print(new Proxy({}, { get(_, key, self) { return undefined } })); return seen })()`],
  ["the value that a promise of the engine holds", `Promise.resolve().constructor.constructor(${back})()`],
  ["the global object of the engine", "(function () { return this })()"],
]

test.each(climbs)("%s leads nowhere", async (_name, expression) => {
  expect((await printed(attempt(expression))).trim().split("\n").at(-1)).toMatch(/^(closed|SyntaxError: .*|NameError: .*|.*Error: .*)$/)
})

test("no object that a snippet can reach from torch leads to a way of making code from text", async () => {
  const walk = `
    const seen = new Set()
    const bad = []
    const todo = [[torch, "torch"], [torchvision, "torchvision"], [print, "print"], [torch.zeros(2), "tensor"], [setTimeout, "setTimeout"], [performance, "performance"]]
    const objects = torch.constructor
    while (todo.length > 0 && seen.size < 60000) {
      const [value, path] = todo.pop()
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue
      seen.add(value)
      if (typeof value === "function" && /^(Async|Generator|AsyncGenerator)?Function$/.test(String(value.name)) && /native code/.test(Function.prototype.toString.call(value))) {
        try { value("return 1")(); bad.push(path) } catch {}
      }
      todo.push([Object.getPrototypeOf(value), path + ".__proto__"])
      for (const key of Reflect.ownKeys(value)) {
        const property = Object.getOwnPropertyDescriptor(value, key)
        for (const part of ["value", "get", "set"]) if (property && part in property) todo.push([property[part], path + "." + String(key)])
      }
    }
    print(seen.size > 100, bad.length === 0 ? "none" : bad.join(" "))`
  expect(await printed(walk)).toBe("true none\n")
})

test("ordinary tools stay: timers, promises, dates, mathematics", async () => {
  const source = `
    const order = []
    setTimeout(() => order.push("timer"), 5)
    queueMicrotask(() => order.push("microtask"))
    const id = setTimeout(() => order.push("never"), 1)
    clearTimeout(id)
    await new Promise((done) => setTimeout(done, 30, 1))
    print(order.join(), typeof Date.now(), Math.max(1, 2), typeof performance.now(), JSON.stringify({ a: [1] }), [3, 1].sort().join())`
  expect(await printed(source)).toBe('microtask,timer number 2 number {"a":[1]} 1,3\n')
})

test("an error of the engine passes instanceof in a snippet", async () => {
  const source = `
    try { torch.zeros(1e12) } catch (e) { print(e.name, e instanceof Error, e instanceof Object, e instanceof TypeError, Array.isArray(e)) }
    class Mine extends Error {}
    print(new Mine() instanceof Mine, new Mine() instanceof Error, new Error() instanceof Mine, [] instanceof Array, (() => 1) instanceof Function)`
  expect(await printed(source)).toBe("MemoryLimit true true false false\ntrue true false true true\n")
})
