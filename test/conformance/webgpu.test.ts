// Every recorded program and operation with the default device on a GPU and every kernel there, whatever the size: within
// the cases' own tolerances. With one to look at: AUTOGRAD_DEVICE=webgpu AUTOGRAD_GPU_KERNELS=all node test/conformance/report.mjs
import { existsSync, globSync, readFileSync } from "node:fs"
import { afterAll, describe, expect, test } from "vitest"
import { openDevice } from "../engine/printersDevice.ts"
import { opCases, programCases, type ProgramCase } from "./cases.ts"
import { runAll } from "./commandLine.ts"
import { comparePrinted } from "./compare.ts"
import { scoreOps, scorePrograms, type Outcome } from "./score.ts"

const { device, missing } = await openDevice()
device?.destroy()
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"
if (existsSync(driver)) process.env["VK_DRIVER_FILES"] ??= driver
process.env["AUTOGRAD_DEVICE"] = "webgpu"
process.env["AUTOGRAD_GPU_KERNELS"] = "all"

afterAll(() => {
  delete process.env["AUTOGRAD_DEVICE"]
  delete process.env["AUTOGRAD_GPU_KERNELS"]
})

/** The only text that differs: a tensor's device, where a program prints it. */
const asThere = (one: ProgramCase): ProgramCase => (/\.device\b/.test(one.ts) ? { ...one, expect: one.expect.replaceAll(/\bcpu\b/g, "webgpu:0") } : one)

/** Seconds of a program: a whole network is slow on a driver of software. */
const patience = 150

const failed = (outcomes: readonly Outcome[]): string[] => outcomes.flatMap(({ id, verdict }) => (verdict.ok ? [] : [`${id}: ${verdict.why}`]))

describe.skipIf(!device)(`on the GPU${device ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("every program prints what PyTorch prints", async () => {
    expect(failed(await scorePrograms(programCases().map(asThere), patience))).toEqual([])
  }, 600_000)

  test("every lesson prints on the GPU what it prints on the CPU: letter for letter as a learner runs it, and near with every kernel there", async () => {
    const lessons = globSync("media/lessons/en/*.ts").map((file) => ({ id: file, source: readFileSync(file, "utf8") }))
    const printedWith = async (device: string, kernels: string): Promise<Map<string, string>> => {
      process.env["AUTOGRAD_DEVICE"] = device
      process.env["AUTOGRAD_GPU_KERNELS"] = kernels
      const answers = await runAll(lessons, patience)
      return new Map([...answers].map(([id, { stdout, error }]) => [id, `${stdout}${error?.message ?? ""}`]))
    }
    const [cpu, chosen, all] = [await printedWith("cpu", ""), await printedWith("webgpu", ""), await printedWith("webgpu", "all")]
    expect(lessons.length).toBeGreaterThan(15)
    expect(chosen).toEqual(cpu)
    for (const { id } of lessons) expect([id, comparePrinted(all.get(id)!, { expect: cpu.get(id)!, match: "numeric", rtol: 1e-3, atol: 2e-4 })]).toEqual([id, { ok: true }])
  }, 600_000)

  test("every operation agrees with PyTorch, and so do its gradients", async () => {
    expect(failed(await scoreOps(opCases()))).toEqual([])
  }, 600_000)
})
