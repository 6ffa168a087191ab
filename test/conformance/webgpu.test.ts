// A sample of the recorded programs and operations with the default device on a GPU and every kernel there, whatever the
// size. All of them: AUTOGRAD_DEVICE=webgpu AUTOGRAD_GPU_KERNELS=all node test/conformance/report.mjs
import { existsSync } from "node:fs"
import { afterAll, describe, expect, test } from "vitest"
import { openDevice } from "../engine/printersDevice.ts"
import { opCases, programCases } from "./cases.ts"
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
const printsDevice = (source: string): boolean => /\.device\b/.test(source)

const every = <One>(cases: readonly One[], n: number): One[] => cases.filter((_, i) => i % n === 0)
const failed = (outcomes: readonly Outcome[]): string[] => outcomes.flatMap(({ id, verdict }) => (verdict.ok ? [] : [`${id}: ${verdict.why}`]))

describe.skipIf(!device)(`on the GPU${device ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("every twelfth program prints what it prints on the CPU", async () => {
    expect(failed(await scorePrograms(every(programCases().filter(({ ts, topic }) => !printsDevice(ts) && topic !== "seed-004"), 12)))).toEqual([])
  }, 300_000)

  test("every sixth operation agrees with PyTorch", async () => {
    expect(failed(await scoreOps(every(opCases(), 6)))).toEqual([])
  }, 300_000)
})
