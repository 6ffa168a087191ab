// A forked process over its own pipe: calls work, and a process killed from outside rejects what waits.

import { fork, type ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { processChannel } from "../../engine/protocol/channels.ts"
import { connect, type Disposal } from "../../engine/protocol/rpc.ts"

interface Child {
  add(a: number, b: number): Promise<number>
  never(): Promise<void>
}

const folder = mkdtempSync(join(tmpdir(), "autograd-lab-channel-"))
const entry = join(folder, "child.mjs")
let child: ChildProcess | null = null

beforeAll(async () => {
  const source = join(folder, "child.ts")
  writeFileSync(
    source,
    `import { connect } from ${JSON.stringify(join(process.cwd(), "engine/protocol/rpc.ts"))}
import { processChannel } from ${JSON.stringify(join(process.cwd(), "engine/protocol/channels.ts"))}
connect(processChannel(process), { add: (a: number, b: number) => a + b, never: () => new Promise(() => {}) })`,
  )
  await build({ entryPoints: [source], outfile: entry, bundle: true, format: "esm", platform: "node", logLevel: "silent" })
})
afterEach(() => {
  child?.kill("SIGKILL")
  child = null
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(onClose?: (reason: string) => void): Child & Disposal {
  child = fork(entry, { execArgv: [], serialization: "advanced" })
  return connect<Child>(processChannel(child), {}, onClose ? { onClose } : {})
}

test("a forked process answers calls", async () => {
  expect(await start().add(40, 2)).toBe(42)
})

test("killing the process rejects the waiting call and says by which signal", async () => {
  let told = ""
  const remote = start((reason) => {
    told = reason
  })
  await remote.add(1, 1)
  const waiting = remote.never().catch((error: Error) => error.message)
  child?.kill("SIGKILL")
  expect(await waiting).toBe("The call got no answer: the connection is closed (signal SIGKILL).")
  expect(told).toBe("signal SIGKILL")
})

test("a call after the process ended is rejected and throws at nobody", async () => {
  const remote = start()
  await remote.add(1, 1)
  const ended = new Promise((resolve) => child?.once("exit", resolve))
  child?.kill("SIGKILL")
  await ended
  await expect(remote.add(1, 2)).rejects.toThrow(/connection is closed/)
})
