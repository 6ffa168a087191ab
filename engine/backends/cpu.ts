// The processor's backend: each call goes to the kernels that suit it, JavaScript for what is small or of another type,
// WebAssembly for what is large. Apart from both so that either can be run alone and checked against the other.
import type { Backend } from "./backend.ts"
import { javascript } from "./javascript/index.ts"
import { available, matmul, useRelaxed } from "./wasm/matmul.ts"

/** `relaxed` is WebAssembly with fused multiply-add where the machine has it; `wasm` is without. */
export type Kernels = "javascript" | "wasm" | "relaxed"

let inWasm = true

/** Chooses the kernels, for tests and comparisons; the fastest that the machine has are chosen at the start. */
export function useKernels(which: Kernels): void {
  inWasm = which !== "javascript" && available
  useRelaxed(which === "relaxed")
}

export const cpuBackend: Backend = {
  ...javascript,
  name: "cpu",
  matmul: (a, b, out) => (inWasm ? matmul(a, b, out) : javascript.matmul(a, b, out)),
}

// A browser's thread has no process and no environment.
const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } }
const asked = process?.env?.["AUTOGRAD_KERNELS"]
if (asked === "javascript" || asked === "wasm" || asked === "relaxed") useKernels(asked)
else if (asked) throw new Error(`AUTOGRAD_KERNELS was expected to be javascript, wasm or relaxed, found "${asked}".`)
