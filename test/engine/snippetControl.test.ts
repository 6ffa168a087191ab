// Stopping: a run ends at the next turn of a loop or entry of a function, keeps its trace, and cannot swallow the stop.
import { expect, test } from "vitest"
import { run } from "./snippetRunning.ts"

/** Stops at the n-th question. */
function stopAfter(n: number): { stopRequested(): boolean } {
  let asked = 0
  return { stopRequested: () => ++asked > n }
}

test.each([
  ["while", "let n = 0\nwhile (true) {\n  n++\n}", 2],
  ["for", "let n = 0\nfor (;;) n++", 2],
  ["do", "do { } while (true)", 1],
  ["for of", "function* g() { while (true) yield 1 } for (const x of g()) ;", 1],
  ["recursion", "const f = (n) => (n > 0 ? f(n - 1) : 0)\nfor (;;) f(50)".replace("\n", "; "), 1],
  ["a callback", "[1, 2, 3].forEach((x) => {\n  for (;;) ;\n})", 2],
])("an endless %s is stopped at its place", async (_name, source, line) => {
  const { error } = (await run(source, {}, stopAfter(100))).result
  expect([error?.name, error?.line]).toEqual(["Stopped", line])
})

test("a stop passes through catch and is not swallowed", async () => {
  const { result } = await run("let n = 0\nwhile (true) {\n  try { while (true) n++ } catch (e) { print('caught', e.name) }\n}", {}, stopAfter(50))
  expect([result.error?.name, result.stdout]).toEqual(["Stopped", ""])
})

test("a stop keeps the values so far", async () => {
  const { result } = await run("let n = 0\nwhile (true) n += 1", {}, stopAfter(10))
  expect(result.trace.records.find(({ name, span }) => name === "n" && span.line === 2)?.count).toBe(10)
})

test("a run that waits for ever is stopped", async () => {
  const { error } = (await run("await new Promise(() => {})", {}, stopAfter(0))).result
  expect(error?.name).toBe("Stopped")
})

test("the time limit ends a loop and says so", async () => {
  const { error } = (await run("print(1)\nwhile (true) ;", { timeLimit: 0.05 })).result
  expect([error?.name, error?.line, /0\.1 s/.test(error?.message ?? "")]).toEqual(["TimeLimit", 2, true])
})

test("the supervisor hears where the sites are and where the run is", async () => {
  const heard: string[] = []
  let table: readonly { line: number }[] = []
  await run("for (let i = 0; i < 2; i++) {\n  print(i)\n}", {}, { places: (spans) => (table = spans), atSite: (site) => heard.push(`line ${table[site]!.line}`) })
  expect(heard).toEqual(["line 1", "line 1"])
})

test("print is heard as it happens", async () => {
  const heard: string[] = []
  await run("print(1, 'a')\nconsole.log([true, null])", {}, { output: (text) => heard.push(text) })
  expect(heard).toEqual(["1 a\n", "[True, None]\n"])
})
