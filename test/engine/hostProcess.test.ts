// The engine process as its owner sees it: it answers over its pipe, and when it is killed the next run works.

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { RunRequest } from "../../engine/protocol/api.ts"
import { memoryEnvironment } from "../../engine/protocol/environment.ts"
import { ForkedEngine } from "../../engine/host/forkedEngine.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
let engine: ForkedEngine
let written = ""
let whenWritten: (text: string) => void = () => undefined

beforeAll(async () => {
  built = await buildHost()
  engine = new ForkedEngine({
    processUrl: new URL("./engineProcess.mjs", built.workerUrl),
    output: (text) => {
      written += text
      whenWritten(text)
    },
    log: () => undefined,
    spare: true,
  })
}, 60_000)
afterAll(() => {
  engine.dispose()
  built.remove()
})

const request = (source: string): RunRequest => ({ runId: 1, source, fileName: "/a.ts", device: "cpu", timeLimit: 20, memoryLimit: 2048, trace: true })

test("the process runs a snippet and streams what it prints", async () => {
  written = ""
  const result = await engine.run(request('print("one")\nprint("two")'))
  expect([result.stdout, result.error, written]).toEqual(["one\ntwo\n", undefined, "one\ntwo\n"])
}, 30_000)

test("a process that is killed from outside is told as EngineCrash, keeps what was printed, and the next run works", async () => {
  whenWritten = () => process.kill(engine.pid ?? 0, "SIGKILL")
  const crashed = await engine.run(request('print("before")\nwhile (true) {}'))
  whenWritten = () => undefined
  expect(crashed.error).toMatchObject({ name: "EngineCrash", line: 1 })
  expect(crashed.error?.message).toContain("SIGKILL")
  expect(crashed.stdout).toBe("before\n")
  expect((await engine.run(request("print(2)"))).stdout).toBe("2\n")
}, 30_000)

test.runIf(process.platform === "linux")("the process uses memory that was freed again, as it is started with the settings for it", async () => {
  expect((await engine.run(request("print(1)"))).error).toBeUndefined()
  const environment = readFileSync(`/proc/${engine.pid}/environ`, "utf8").split("\0")
  for (const [name, value] of Object.entries(memoryEnvironment)) expect(environment).toContain(`${name}=${process.env[name] ?? value}`)
}, 30_000)

test("Stop reaches the process while a snippet loops", async () => {
  whenWritten = () => engine.stop()
  const result = await engine.run(request('print("go")\nwhile (true) {}'))
  whenWritten = () => undefined
  expect(result.error).toMatchObject({ name: "Stopped", line: 2 })
}, 30_000)

test("Stop reaches the process while threads share a kernel, and the next run has its threads, too", async () => {
  const large = (rest: string): RunRequest => ({ ...request(`import torch from "torch"\nconst a = torch.ones(700, 700)\nfor (let i = 0; i < 20; i++) a.mm(a)\nprint("go")\n${rest}`), threads: 3 })
  for (const loop of ["while (true) a.mm(a)", "while (true) torch.exp(a)"]) {
    whenWritten = (text) => text.includes("go") && engine.stop()
    const result = await engine.run(large(loop))
    whenWritten = () => undefined
    expect(result.error).toMatchObject({ name: "Stopped", line: 5 })
    expect((await engine.run(large("print(torch.get_num_threads(), a.mm(a)[0, 0].item())"))).stdout).toBe("go\n3 700\n")
  }
}, 60_000)

test("the process ends when its owner goes away", async () => {
  const source = `
    import { fork } from "node:child_process"
    const child = fork(${JSON.stringify(join(built.folder, "engineProcess.mjs"))}, { execArgv: [], serialization: "advanced" })
    console.log(child.pid)
    setTimeout(() => process.exit(0), 300)`
  const owner = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] })
  let out = ""
  owner.stdout.on("data", (text) => {
    out += String(text)
  })
  await new Promise((resolve) => owner.once("exit", resolve))
  const pid = Number(out.trim())
  const alive = (): boolean => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }
  await expect.poll(alive, { timeout: 10_000 }).toBe(false)
}, 30_000)

test("started by hand, the process says what to start instead", async () => {
  const child = spawn(process.execPath, [join(built.folder, "engineProcess.mjs")], { stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  child.stderr.on("data", (text) => {
    said += String(text)
  })
  const code = await new Promise((resolve) => child.once("exit", resolve))
  expect([code, said.includes("autograd-lab run")]).toEqual([2, true])
}, 30_000)

test("a built-in that V8 does not interrupt ends with its process, is told as the limit it hit, and the next run works", async () => {
  const stuck = await engine.run({ ...request("const many = Array(1e9)\nmany.fill().sort()"), timeLimit: 0.5 })
  expect(stuck.error).toMatchObject({ name: "TimeLimit", line: 2 })
  expect((await engine.run(request("print(3)"))).stdout).toBe("3\n")
}, 60_000)
