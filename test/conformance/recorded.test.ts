// The same programs as the editor runs them: recorded, in the engine's own worker. Recording must change no answer
// and end no engine.

import { spawn } from "node:child_process"
import { expect, test } from "vitest"
import { programCases } from "./cases.ts"
import { nodePath } from "./commandLine.ts"
import { comparePrinted } from "./compare.ts"

interface Ran {
  readonly id: string
  readonly stdout: string
  readonly error: string | null
  readonly records: number
}

const engine = new URL("../../dist/engine.mjs", import.meta.url).href

/** Reads `{ id, source }` a line, answers with what the recorded run printed. */
const runner = `import { runSnippet } from ${JSON.stringify(engine)}
import { createInterface } from "node:readline"
for await (const line of createInterface({ input: process.stdin })) {
  const { id, source } = JSON.parse(line)
  const { stdout, error, trace } = await runSnippet(source, { trace: true })
  console.log(JSON.stringify({ id, stdout, error: error ? error.name + ": " + error.message : null, records: trace.records.length }))
}`

test("every program prints the same while it is recorded, and leaves a record", async () => {
  const cases = programCases()
  const child = spawn(nodePath(), ["--input-type=module", "-e", runner], { stdio: ["pipe", "pipe", "inherit"] })
  let text = ""
  child.stdout.on("data", (part) => {
    text += String(part)
  })
  child.stdin.end(cases.map(({ id, ts }) => JSON.stringify({ id, source: ts })).join("\n"))
  await new Promise((resolve) => child.once("close", resolve))
  const ran = new Map(text.trim().split("\n").map((line) => JSON.parse(line) as Ran).map((one) => [one.id, one]))
  const wrong = cases.flatMap((one) => {
    const { stdout, error, records } = ran.get(one.id) ?? { stdout: "", error: "no answer", records: 0 }
    const verdict = comparePrinted(stdout, one)
    return verdict.ok && records > 0 ? [] : [`${one.id}: ${error ?? (verdict.ok ? "no record" : verdict.why)}`]
  })
  expect(wrong).toEqual([])
}, 300_000)
