// The engine as a library, used as another program would use dist/engine.mjs.

import { spawn } from "node:child_process"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
beforeAll(async () => {
  built = await buildHost()
}, 60_000)
afterAll(() => built.remove())

/** Runs a program that has `torch`, `torchvision`, `runSnippet` and `ready`, and gives what it wrote once it has ended by itself. */
function program(body: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const source = `import { torch, torchvision, runSnippet, ready } from ${JSON.stringify(`file://${join(built.folder, "engine.mjs")}`)}
${body}`
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (text) => {
      stdout += String(text)
    })
    child.stderr.on("data", (text) => {
      stderr += String(text)
    })
    child.once("close", (code) => resolve({ code, stdout, stderr }))
  })
}

test("runSnippet gives what was printed, the trace and no error, and the program ends by itself", async () => {
  const ran = await program(`
    const { stdout, error, trace, warnings, durationMs } = await runSnippet("const x = torch.ones(2)\\nprint(x + 1)")
    console.log(JSON.stringify([stdout, error ?? null, trace.records.map(({ name }) => name).includes("x"), warnings, durationMs > 0]))`)
  expect(ran).toEqual({ code: 0, stdout: '["tensor([2., 2.])\\n",null,true,[],true]\n', stderr: "" })
})

test("an error, a time limit and a memory limit are results, and the next snippet runs", async () => {
  const ran = await program(`
    const told = []
    const show = async (source, options) => {
      const { error, stdout } = await runSnippet(source, { ...options, onOutput: (text) => told.push(text) })
      console.log(JSON.stringify([stdout, error?.name, error?.line, error?.column]))
    }
    await show("print(1)\\nnope()")
    await show("while (true) {}", { timeoutMs: 300 })
    await show("torch.zeros(1e9)", { memoryLimitMb: 500 })
    await show("print(2)", { trace: false, fileName: "/x/y.ts" })
    console.log(JSON.stringify(told.join("")))`)
  expect([ran.code, ran.stderr]).toEqual([0, ""])
  expect(ran.stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown)).toEqual([
    ["1\n", "ReferenceError", 2, 1],
    ["", "TimeLimit", 1, expect.any(Number)],
    ["", "MemoryLimit", 1, expect.any(Number)],
    ["2\n", null, null, null],
    "1\n2\n",
  ])
})

test("a neighbour's text is handed over with the snippet", async () => {
  const ran = await program(`
    const { stdout, error } = await runSnippet('import { two } from "./part.ts"\\nprint(two)', { fileName: "/lab/main.ts", files: { "/lab/part.ts": "export const two = 2" } })
    console.log(JSON.stringify([stdout, error ?? null]))`)
  expect(ran).toEqual({ code: 0, stdout: '["2\\n",null]\n', stderr: "" })
})

test("torch is used with methods in the caller's own program", async () => {
  const ran = await program(`
    console.log((await ready({ device: "cpu" })).device)
    const x = torch.tensor(new Float32Array([1, 2]), { requires_grad: true })
    x.mul(x).sum().backward()
    console.log(JSON.stringify(x.grad.tolist()), typeof torchvision)`)
  expect(ran).toEqual({ code: 0, stdout: "cpu\n[2,4] object\n", stderr: "" })
})
