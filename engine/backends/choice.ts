// Which of the processor's kernels run: asked by every kernel that has a WebAssembly form. Apart from the backend so
// that structural kernels can ask it too.
import { available, useRelaxed } from "./wasm/blocks.ts"

/** `relaxed` is WebAssembly with fused multiply-add where the machine has it; `wasm` is without. */
export type Kernels = "javascript" | "wasm" | "relaxed"

/** Whether WebAssembly is used for what is large enough. */
export const choice = { wasm: available }

/** Chooses the kernels, for tests and comparisons; the fastest that the machine has are chosen at the start. */
export function useKernels(which: Kernels): void {
  choice.wasm = which !== "javascript" && available
  useRelaxed(which === "relaxed")
}

// A browser's thread has no process and no environment.
const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } }
const asked = process?.env?.["AUTOGRAD_KERNELS"]
if (asked === "javascript" || asked === "wasm" || asked === "relaxed") useKernels(asked)
else if (asked) throw new Error(`AUTOGRAD_KERNELS was expected to be javascript, wasm or relaxed, found "${asked}".`)
