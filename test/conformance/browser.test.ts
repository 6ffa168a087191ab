// The recorded programs and operations in a real browser's worker, as VS Code for the web has it: on its CPU, and the
// operations with every kernel on its GPU as well, where each value comes back through a canvas.

import { afterAll, beforeAll, expect, test } from "vitest"
import { openEngine, type EngineInBrowser } from "../workbench/engineInBrowser.ts"
import { opCases, programCases } from "./cases.ts"
import { scoreOps, scorePrograms, type Outcome, type Runner } from "./score.ts"

let engine: EngineInBrowser

beforeAll(async () => {
  engine = await openEngine({ gpu: true })
}, 120_000)

afterAll(async () => {
  await engine.close()
})

/** Runs snippets one after another in warm workers. */
const runner = (device: "cpu" | "webgpu"): Runner => async (snippets) => {
  const answers: Awaited<ReturnType<Runner>> = new Map()
  for (const { id, source } of snippets) {
    const { result } = await engine.run(source, { device, trace: false, timeLimit: 150 }, { everything: device === "webgpu" })
    if (device === "webgpu" && result.device !== "webgpu") throw new Error(`${id} ran on ${result.device}: ${result.deviceReason}`)
    answers.set(id, { stdout: result.stdout, error: result.error ?? null })
  }
  return answers
}

const failed = (outcomes: readonly Outcome[]): string[] => outcomes.flatMap(({ id, verdict }) => (verdict.ok ? [] : [`${id}: ${verdict.why}`]))

test("every program prints what PyTorch prints", async () => {
  expect(failed(await scorePrograms(programCases(), undefined, runner("cpu")))).toEqual([])
}, 600_000)

test("every operation agrees with PyTorch, and so do its gradients", async () => {
  expect(failed(await scoreOps(opCases(), runner("cpu")))).toEqual([])
}, 600_000)

test("every operation does so on the browser's GPU", async () => {
  expect(failed(await scoreOps(opCases(), runner("webgpu")))).toEqual([])
}, 600_000)
