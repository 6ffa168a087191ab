// Every recorded program and operation on each kernel path that a machine may have: in JavaScript alone, in WebAssembly without
// fused multiply-add, and with every kernel in WebAssembly and divided among threads, however small it is. The path that
// is chosen unasked has the other tests. With one to look at: AUTOGRAD_KERNELS=threads node test/conformance/report.mjs
import { afterEach, describe, expect, test } from "vitest"
import type { Kernels } from "../../engine/backends/choice.ts"
import { opCases, programCases } from "./cases.ts"
import { scoreOps, scorePrograms, type Outcome } from "./score.ts"

afterEach(() => {
  delete process.env["AUTOGRAD_KERNELS"]
  delete process.env["AUTOGRAD_THREADS"]
})

const failed = (outcomes: readonly Outcome[]): string[] => outcomes.flatMap(({ id, verdict }) => (verdict.ok ? [] : [`${id}: ${verdict.why}`]))

function choose(which: Kernels): void {
  process.env["AUTOGRAD_KERNELS"] = which
  process.env["AUTOGRAD_THREADS"] = which === "threads" ? "3" : "1"
}

describe.each<Kernels>(["javascript", "wasm", "threads"])("with %s kernels", (which) => {
  test("every program prints what PyTorch prints", async () => {
    choose(which)
    expect(failed(await scorePrograms(programCases()))).toEqual([])
  }, 600_000)

  test("every operation agrees with PyTorch, and so do its gradients", async () => {
    choose(which)
    expect(failed(await scoreOps(opCases()))).toEqual([])
  }, 600_000)
})
