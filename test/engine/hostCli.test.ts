// The command line as a person or a script meets it: what goes to which stream, and with which exit code.

import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commandOf, helpText } from "../../engine/host/cliArguments.ts"
import { NothingToRun, programsOf } from "../../engine/host/programs.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
const folder = mkdtempSync(join(tmpdir(), "autograd-lab-cli-"))

beforeAll(async () => {
  built = await buildHost()
}, 60_000)
afterAll(() => {
  built.remove()
  rmSync(folder, { recursive: true, force: true })
})

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function cli(args: readonly string[], input = "", onOutput?: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(built.folder, "cli.mjs"), ...args], { cwd: folder, env: { ...process.env, LANG: "C", LC_ALL: "C" } })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (text) => {
      stdout += String(text)
      onOutput?.((signal) => void child.kill(signal))
    })
    child.stderr.on("data", (text) => {
      stderr += String(text)
    })
    child.once("close", (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(input)
  })
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

test("run prints to standard output and exits with 0", async () => {
  expect(await cli(["run", file("a.ts", 'import torch from "torch"\nprint("hello")\nprint(torch.ones(2))')])).toEqual({ code: 0, stdout: "hello\ntensor([1., 1.])\n", stderr: "" })
}, 30_000)

test("an error goes to standard error with its place and hint, after what was printed", async () => {
  const { code, stdout, stderr } = await cli(["run", file("b.ts", 'print("before")\n  torch.zeros(1e12)\nprint("after")')])
  expect([code, stdout]).toEqual([1, "before\n"])
  expect(stderr).toMatch(/^b\.ts:2:\d+: MemoryLimit: This needs 4 TB, and a run may use 2 GB\.\n {2}Check the sizes/)
}, 30_000)

test("--json writes the whole result", async () => {
  const { code, stdout } = await cli(["run", file("c.ts", "const x = torch.ones(2)\nprint(x)"), "--json"])
  const result = JSON.parse(stdout) as { stdout: string; trace: { records: { name?: string }[] } }
  expect([code, result.stdout, result.trace.records.some(({ name }) => name === "x")]).toEqual([0, "tensor([1., 1.])\n", true])
}, 30_000)

test("--timeout ends a snippet that hangs", async () => {
  const { code, stderr } = await cli(["run", file("d.ts", "while (true) {}"), "--timeout", "0.5"])
  expect(code).toBe(1)
  expect(stderr).toContain("d.ts:1:")
  expect(stderr).toContain("TimeLimit: The run was expected to finish within 0.5 s")
}, 30_000)

test("Ctrl+C ends a snippet and the exit code says so", async () => {
  let sent = false
  const { code, stdout, stderr } = await cli(["run", file("e.ts", 'print("go")\nwhile (true) {}')], "", (kill) => {
    if (!sent) kill("SIGINT")
    sent = true
  })
  expect([code, stdout]).toEqual([130, "go\n"])
  expect(stderr).toContain("e.ts:2:")
  expect(stderr).toContain("Stopped at line 2")
}, 30_000)

test("the neighbours of a file are found, and a fault in one is told at its own place", async () => {
  mkdirSync(join(folder, "parts"), { recursive: true })
  file("parts/deep.ts", "export const three = 3")
  file("parts/index.ts", 'import { three } from "./deep"\nexport const four = three + 1\nexport function fail() {\n  return torch.zeros(1e12)\n}')
  const good = await cli(["run", file("f.ts", 'import { four } from "./parts"\nprint(four)')])
  const bad = await cli(["run", file("g.ts", 'import { fail } from "./parts/index.ts"\nfail()')])
  expect(good).toEqual({ code: 0, stdout: "4\n", stderr: "" })
  expect(bad.code).toBe(1)
  expect(bad.stderr).toMatch(/parts\/index\.ts:4:\d+: MemoryLimit/)
}, 30_000)

test("each ts block of a page that imports torch runs by itself, with the page's line numbers", async () => {
  const page = ["# Page", "```ts", 'import torch from "torch"', "const x = 1", "print(x)", "```", "```python", "print('no')", "```", "", "~~~ts", 'import { nn } from "torch"', "const x = 2", "print(x, missing)", "~~~", "```ts", "print('no import')", "```"].join("\n")
  const { code, stdout, stderr } = await cli(["run", file("page.md", page)])
  expect([code, stdout]).toEqual([1, "1\n"])
  expect(stderr).toMatch(/^page\.md:14:\d+: (Reference|Name)Error/)
}, 30_000)

test("the cells of a notebook run as one program, with places by cell", async () => {
  const cells = [
    { cell_type: "markdown", source: ["# Title"] },
    { cell_type: "code", source: ["const x = 3\n", "print(x)"] },
    { cell_type: "code", source: "print(x + 1)\nprint(missing)" },
  ]
  const { code, stdout, stderr } = await cli(["run", file("book.ipynb", JSON.stringify({ cells, metadata: {} }))])
  expect([code, stdout]).toEqual([1, "3\n4\n"])
  expect(stderr).toMatch(/^book\.ipynb:cell 3:2:\d+: (Reference|Name)Error/)
}, 30_000)

test("files that hold nothing to run say what was expected", () => {
  const python = JSON.stringify({ cells: [{ cell_type: "code", source: "x" }], metadata: { kernelspec: { language: "python" } } })
  const messages = [["a.md", "# no block"], ["a.txt", ""], ["a.ipynb", "{"], ["a.ipynb", "{}"], ["a.ipynb", python]].map(([name = "", text = ""]) => {
    try {
      return programsOf(name, text).length
    } catch (error) {
      return error instanceof NothingToRun ? error.message.split(":")[0] : error
    }
  })
  expect(messages).toEqual([
    "The page was expected to hold a ```ts block that imports torch, and holds none.",
    "A file that ends in .ts, .md or .ipynb was expected.",
    "The notebook was expected to be JSON",
    "The notebook was expected to hold a code cell, and holds none.",
    "The notebook's cells were expected to be TypeScript, and they are Python",
  ])
})

test.each([
  [["run"], "A file was expected: autograd-lab run FILE.ts"],
  [[], "A command was expected: run or explain."],
  [["walk", "a.ts"], "“walk” is no command. The commands are: run, explain."],
  [["run", "a.ts", "--fast"], "Unknown option '--fast'"],
  [["run", "a.ts", "b.ts"], "One file was expected, and also “b.ts” was given."],
  [["run", "a.ts", "--device", "cuda"], "--device was expected to be one of auto, cpu, webgpu, and is “cuda”."],
  [["run", "a.ts", "--timeout", "soon"], "--timeout was expected to be a number of 0 or more, and is “soon”."],
  [["run", "--jsonl", "a.ts"], "--jsonl reads snippets from standard input; no file was expected, and “a.ts” was given."],
])("%j is answered with what was expected", (args, message) => {
  expect(() => commandOf(args)).toThrow(message)
})

test("a wrong option and a missing file exit with 2", async () => {
  const results = await Promise.all([cli(["run", "a.ts", "--fast"]), cli(["run", "no-such.ts"])])
  expect(results.map(({ code, stdout }) => [code, stdout])).toEqual([[2, ""], [2, ""]])
  expect(results.map(({ stderr }) => stderr.split("\n")[0])).toEqual(["autograd-lab: Unknown option '--fast'", expect.stringMatching(/^no-such\.ts: The file could not be read: ENOENT/)])
})

test("--help names every option in both languages, and --version is the package's", async () => {
  const options = ["--jsonl", "--device", "--timeout", "--memory", "--json", "--help", "--version"]
  const [help, version] = await Promise.all([cli(["--help"]), cli(["--version"])])
  expect([help.code, help.stdout]).toEqual([0, helpText("C")])
  expect(options.filter((option) => !helpText("en_US.UTF-8").includes(option) || !helpText("ko_KR.UTF-8").includes(option))).toEqual([])
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

interface Line {
  readonly id: unknown
  readonly stdout: string
  readonly error: { name: string; line: number; message: string } | null
}

async function lines(input: readonly unknown[], ...args: string[]): Promise<Line[]> {
  const { code, stdout, stderr } = await cli(["run", "--jsonl", ...args], input.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"))
  expect([code, stderr]).toEqual([0, ""])
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Line)
}

test("--jsonl answers each line in order, and each snippet starts fresh", async () => {
  const answers = await lines([
    { id: "one", source: "torch.manual_seed(1)\nconst x = 1\nprint(x)" },
    { id: 2, source: "const x = 2\nprint(x)\nundefinedName()" },
    "",
    "not json",
    { id: "no source" },
    { id: "three", source: "print(3)" },
  ])
  expect(answers.map(({ id, stdout, error }) => [id, stdout, error?.name ?? null])).toEqual([
    ["one", "1\n", null],
    [2, "2\n", expect.stringMatching(/Reference|Name/)],
    [null, "", "ValueError"],
    [null, "", "ValueError"],
    ["three", "3\n", null],
  ])
  expect(answers[1]?.error?.line).toBe(3)
}, 30_000)

test("--jsonl goes on after snippets that hang, fill the memory and break the language", async () => {
  const answers = await lines(
    [
      { id: "hang", source: 'print("h")\nwhile (true) {}' },
      { id: "stuck", source: "await new Promise(() => {})" },
      { id: "memory", source: "const all = []\nfor (;;) { all.push(torch.zeros(1e6)) }" },
      { id: "break", source: "Array.prototype.push = null\nObject.freeze(Object.prototype)" },
      { id: "last", source: "const all = []\nall.push(1)\nprint(all.length)" },
    ],
    ...["--timeout", "3", "--memory", "300"],
  )
  expect(answers.map(({ id, stdout, error }) => [id, stdout, error?.name ?? null])).toEqual([
    ["hang", "h\n", "TimeLimit"],
    ["stuck", "", "TimeLimit"],
    ["memory", "", "MemoryLimit"],
    ["break", "", null],
    ["last", "1\n", null],
  ])
}, 60_000)

test("--jsonl answers hundreds of snippets in one engine", async () => {
  const answers = await lines(Array.from({ length: 300 }, (_, id) => ({ id, source: `print(${id} + 1)` })))
  expect(answers.every(({ id, stdout, error }) => stdout === `${Number(id) + 1}\n` && error === null)).toBe(true)
  expect(answers.length).toBe(300)
}, 60_000)
