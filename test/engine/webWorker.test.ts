// The engine's worker in a real browser: what a snippet gives, what it can reach, and how it is ended. The same worker in
// VS Code for the web is tried by test/extension (`npm test -- --only=web`).

import { afterAll, beforeAll, expect, test } from "vitest"
import { openEngine, type EngineInBrowser } from "../workbench/engineInBrowser.ts"

let engine: EngineInBrowser

beforeAll(async () => {
  engine = await openEngine({ gpu: false })
}, 120_000)

afterAll(async () => {
  await engine.close()
})

const torch = 'import torch from "torch"\n'
const printed = async (source: string, ...rest: [request?: Parameters<EngineInBrowser["run"]>[1], options?: Parameters<EngineInBrowser["run"]>[2]]): Promise<string> => {
  const { result } = await engine.run(torch + source, ...rest)
  return result.error ? `${result.stdout}${result.error.line}:${result.error.column} ${result.error.name}: ${result.error.message}` : result.stdout
}

test("a snippet prints what it prints in Node", async () => {
  expect(await printed("const x = torch.ones(2, 2, { requires_grad: true })\nconst out = ((x + 2) * (x + 2) * 3).mean()\nout.backward()\nprint(out, x.grad)")).toBe(
    "tensor(27., grad_fn=<MeanBackward0>) tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])\n",
  )
}, 60_000)

test("what is printed is told while the snippet runs, in its order", async () => {
  const { result, printed: told } = await engine.run(`${torch}for (let i = 0; i < 3000; i++) print(i)`)
  expect([told === result.stdout, told.split("\n").length, result.error]).toEqual([true, 3001, undefined])
})

const doors = [
  "fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "importScripts", "postMessage", "onmessage", "addEventListener", "dispatchEvent", "close",
  "Worker", "SharedWorker", "BroadcastChannel", "MessageChannel", "MessagePort", "indexedDB", "caches", "cookieStore", "navigator", "location", "self", "OffscreenCanvas",
  "Blob", "URL", "Request", "Response", "WebAssembly", "SharedArrayBuffer", "Atomics", "structuredClone", "crypto", "scheduler", "GPUDevice", "EventTarget",
  "webkitRequestFileSystem", "webkitRequestFileSystemSync", "reportError", "process", "require",
]

test("no door to the network, to storage, to other scripts or to the extension is left open", async () => {
  const byName = doors.map((name) => `typeof ${name === "require" ? "globalThis.require" : name}`).join(", ")
  expect(await printed(`print([${byName}].filter((type) => type !== "undefined").length)`)).toBe("0\n")
  expect(await printed(`const names = new Set(${JSON.stringify(doors)})
let left = []
for (let owner = globalThis; owner !== null; owner = Object.getPrototypeOf(owner)) left = left.concat(Reflect.ownKeys(owner).filter((name) => names.has(name)))
print(left.length)`)).toBe("0\n")
})

test("only the language, timers and what writes text stay", async () => {
  const ours = ["console", "performance", "queueMicrotask", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"]
  const text = await printed(`print(JSON.stringify(Object.getOwnPropertyNames(globalThis).filter((name) => !/^[A-Z]/.test(name)).sort()))`)
  const language = ["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "eval", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined", "unescape"]
  expect(JSON.parse(text)).toEqual([...ours, ...language].sort())
})

const climbs = ["torch.constructor.constructor", "(async () => {}).constructor", "(function* () {}).constructor", "(() => {}).constructor", "torch.ones.constructor", "Function", "eval", "globalThis.eval", "Reflect.get(globalThis, 'eval')", "print.constructor"]

test.each(climbs)("no text becomes code by %s", async (climb) => {
  expect(await printed(`const make = ${climb}\ntry { print(typeof make("return 1 + 1")) } catch (e) { print(e.name) }`)).toMatch(/^(EvalError|TypeError)\n$/)
})

test("instanceof holds as anywhere", async () => {
  expect(await printed("print([] instanceof Array, (() => 1) instanceof Function, {} instanceof Object, new Error('x') instanceof Error, Promise.resolve() instanceof Promise)")).toBe("true true true true true\n")
})

test("runs do not share what they add to the global object", async () => {
  await printed("globalThis.leftBehind = 1\nprint(leftBehind)")
  expect(await printed("print(typeof leftBehind)")).toBe("undefined\n")
})

test("a run that changes what all share has the next one in a fresh worker", async () => {
  const { spoiled } = await engine.run(`${torch}Array.prototype.last = function () { return this[this.length - 1] }\nprint([1, 2].last())`)
  expect([spoiled, await printed("print(typeof [].last)")]).toEqual([true, "undefined\n"])
}, 60_000)

test("an error of the snippet's own has its line and column", async () => {
  expect(await printed("const a = 1\nfunction f() {\n  throw new Error('mine')\n}\nf()")).toMatch(/^4:3 Error: mine/)
  expect(await printed("const a = null\nprint(a.b)")).toMatch(/^3:\d+ TypeError/)
})

test("a rejected promise that nobody awaits is the run's error", async () => {
  expect(await printed("Promise.reject(new Error('lost'))")).toMatch(/Error: lost/)
})

test("stop ends an endless loop in place, and the worker goes on", async () => {
  const { result, tookMs, ended } = await engine.run(`${torch}const a = torch.ones(2)\nwhile (true) {\n}`, {}, { stopAfter: 300 })
  expect([result.error?.name, result.error?.line, result.trace.records.some(({ name }) => name === "a"), ended, tookMs < 1300]).toEqual(["Stopped", 3, true, false, true])
})

test("stop ends a loop of slow turns within a second", async () => {
  const { result, tookMs } = await engine.run(`${torch}const a = torch.ones(600, 600)\nwhile (true) {\n  a.matmul(a)\n}`, {}, { stopAfter: 500 })
  expect([result.error?.name, tookMs < 1500]).toEqual(["Stopped", true])
})

test("stop ends what asks nobody, by ending the worker, and the next run works", async () => {
  const { result, ended, printed: told } = await engine.run(`${torch}print("before")\nfor (const i of [1]) {}\n"a".repeat(40).match(/^(a+)+$/)\n"${"a".repeat(40)}!".match(/^(a+)+$/)`, {}, { stopAfter: 400 })
  expect([result.error?.name, ended, told.startsWith("before") || told === ""]).toEqual(["Stopped", true, true])
  expect(await printed("print(1)")).toBe("1\n")
}, 60_000)

test("the time limit says its sentence at the loop", async () => {
  expect(await printed("for (let i = 0; ; i++) { torch.ones(2) }", { timeLimit: 0.4 })).toMatch(/^2:\d+ TimeLimit: The run was expected to finish within 0\.4 s/)
  expect(await printed("await new Promise(() => {})", { timeLimit: 0.4 })).toMatch(/TimeLimit/)
})

test("more memory than allowed is refused at its place", async () => {
  expect(await printed("const a = torch.zeros(1e12)")).toMatch(/^2:17 MemoryLimit: This needs 4 TB, and a run may use 2 GB/)
})

test("what lives together counts against the limit: kept in a list, in an object, in the graph of a loss, in a function's variable", async () => {
  const limit = { memoryLimit: 64 }
  const each = "torch.ones(1000, 1000)"
  const growing = [
    `const all = []\nwhile (true) {\n  all.push(${each})\n}`,
    `const box = { deep: new Map() }\nwhile (true) {\n  box.deep.set(box.deep.size, ${each})\n}`,
    `let loss = ${each}.requires_grad_()\nwhile (true) {\n  loss = loss.exp() * 0.1\n}`,
    `function fill() {\n  const kept = []\n  while (true) {\n    kept.push(${each})\n  }\n}\nfill()`,
  ]
  for (const source of growing) expect(await printed(source, limit)).toMatch(/^\d+:\d+ MemoryLimit: This needs 4 MB more, (5\d|6\d)(\.\d)? MB are in use already, and a run may use 64 MB/)
}, 60_000)

test("what is let go does not count: a loop may make as much as it likes", async () => {
  const source = `let total = torch.zeros(1000, 1000)\nlet loss\nfor (let i = 0; i < 30; i++) {\n  const part = torch.full([1000, 1000], i, { requires_grad: true })\n  loss = (part * 2).sum()\n  loss.backward()\n  total = total + part.grad\n}\nprint(total[0][0])`
  expect(await printed(source, { memoryLimit: 100 })).toBe("tensor(60.)\n")
}, 60_000)

test("what was saved is loaded in the same run, and leaves the worker with the run", async () => {
  const { result, written } = await engine.run(`${torch}torch.save({ w: torch.ones(2) }, "./out/w.pth")\nprint(torch.load("out/w.pth").w)`)
  expect([result.stdout, result.error, Object.keys(written), written["out/w.pth"]?.slice(0, 2)]).toEqual(["tensor([1., 1.])\n", undefined, ["out/w.pth"], [80, 75]])
})

test("a file that is not at hand is asked for, and read when it is", async () => {
  const { written } = await engine.run(`${torch}torch.save(torch.tensor([0, 1, 2]), "w.pt")`)
  const source = `${torch}print(torch.load("./w.pt"))`
  const asked = await engine.run(source)
  const given = await engine.run(source, {}, { files: { "w.pt": written["w.pt"] ?? [] } })
  expect([asked.wanted, asked.result.error?.name, given.wanted, given.result.stdout]).toEqual([["w.pt"], "FileWanted", [], "tensor([0., 1., 2.])\n"])
})

test.each(["../w.pth", "/etc/w.pth", "a/../../w.pth", "https://example.org/w.pth", "file:///w.pth", "w\\\\..\\\\..\\\\w.pth"])("no file outside of the snippet's folder is named: %s", async (path) => {
  expect(await printed(`torch.load("${path}")`)).toMatch(/^2:\d+ PermissionError: torch\.load: expected a file in the snippet's own folder/)
})

test("without WebGPU the CPU serves, and says why", async () => {
  const { result } = await engine.run(`${torch}print(torch.webgpu.is_available(), torch.ones(2).device)`, { device: "webgpu" })
  expect([result.stdout, result.device, result.deviceReason]).toEqual(["false cpu\n", "cpu", expect.stringMatching(/WebGPU|GPU/)])
})
