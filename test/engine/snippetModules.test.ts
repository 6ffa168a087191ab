// Imports: every part of the library by its path, the learner's own files, and what a caller must load beforehand.
import { expect, test } from "vitest"
import { importsOf } from "../../engine/snippet/compile.ts"
import { neighbourPaths, relativePath } from "../../engine/snippet/modules.ts"
import { printed, run } from "./snippetRunning.ts"

test("default, named and namespace imports give the same things as the globals", async () => {
  const source = `import t, { nn, tensor as make } from "torch"
import * as F from "torch/nn/functional"
import F2 from "torch/nn/functional"
import { relu } from "torch/nn/functional"
import type { Missing } from "torch"
print(t === torch, nn === torch.nn, make === torch.tensor, F.relu === relu, F2 === torch.nn.functional, relu(make([-1, 1])))`
  expect(await printed(source)).toBe("true true true true true tensor([0., 1.])\n")
})

test("a neighbour is compiled like the snippet itself", async () => {
  const files = {
    "/lesson/model.ts": 'import torch from "torch"\nexport const w = torch.ones(2)\nexport default (x) => x * w + 1\nexport { two } from "./lib/two"',
    "/lesson/lib/two.ts": "export const two = torch.tensor(2)",
  }
  expect(await printed('import f, { w, two } from "./model"\nprint(f(two), w)', { files })).toBe("tensor([3., 3.]) tensor([1., 1.])\n")
})

test("neighbours that import one another get what is there already", async () => {
  const files = {
    "/lesson/a.ts": 'import { b } from "./b.ts"\nexport const a = () => "a" + b()',
    "/lesson/b.ts": 'import { a } from "./a.ts"\nexport const b = () => "b"\nexport const both = () => a()',
  }
  expect(await printed('import { a } from "./a"\nimport { both } from "./b"\nprint(a(), both())', { files })).toBe("ab ab\n")
})

test("a neighbour runs once, before the snippet, and may await", async () => {
  const files = { "/lesson/n.ts": "await null\nprint('once')\nexport const n = 1" }
  expect(await printed('print("main")\nimport { n } from "./n"\nimport * as m from "./n.ts"\nprint(n, m.n)', { files })).toBe("once\nmain\n1 1\n")
})

test("a fault in a neighbour names its file", async () => {
  const files = { "/lesson/lib/n.ts": "export function f(x) {\n  return x.reshape(7)\n}" }
  const { error } = (await run('import { f } from "./lib/n"\nf(torch.ones(2))', { files })).result
  expect([error?.file, error?.line, error?.column]).toEqual(["./lib/n.ts", 2, 12])
})

test("a neighbour that does not parse names its file and place", async () => {
  const { error } = (await run('import { f } from "./n"\nf()', { files: { "/lesson/n.ts": "export const f = (" } })).result
  expect([error?.name, error?.file, error?.line]).toEqual(["SyntaxError", "./n.ts", 1])
})

test("values of a neighbour are recorded with its file", async () => {
  const { result } = await run('import { n } from "./n"\nprint(n)', { files: { "/lesson/n.ts": "export const n = 5" } })
  expect(result.trace.records.map(({ name, span }) => [name, span.file])).toContainEqual(["n", "./n.ts"])
})

test("importsOf tells a caller which neighbours to load", () => {
  expect(importsOf('import a from "./a"\nimport torch from "torch"\nexport * from "../b.ts"\nimport type { C } from "./c"\nprint("import x from \'./no\'")')).toEqual(["./a", "../b.ts", "./c"])
})

test("neighbours are looked for where TypeScript would", () => {
  expect(neighbourPaths("C:\\lesson\\main.ts", "./x.js")).toEqual(["C:/lesson/x.js", "C:/lesson/x.js.ts", "C:/lesson/x.js.mts", "C:/lesson/x.js.js", "C:/lesson/x.js.mjs", "C:/lesson/x.js/index.ts", "C:/lesson/x.js/index.js", "C:/lesson/x.ts"])
})

test.each([
  ["/lesson/main.ts", "/lesson/x.ts", "./x.ts"],
  ["/lesson/a/main.ts", "/lesson/b/x.ts", "../b/x.ts"],
  ["main.ts", "lib/x.ts", "./lib/x.ts"],
])("seen from %s, %s is %s", (main, path, expected) => {
  expect(relativePath(main, path)).toBe(expected)
})
