// Which of the processor's kernels run: asked by every kernel that has a WebAssembly form. Apart from the backend so
// that structural kernels can ask it too.
import { available, useRelaxed } from "./wasm/blocks.ts"
import { terms } from "./wasm/crew.ts"

/**
 * `relaxed` is WebAssembly with fused multiply-add where the machine has it; `wasm` is without. `threads` is the first, for
 * everything however small, divided among threads.
 */
export type Kernels = "javascript" | "wasm" | "relaxed" | "threads"

/** Whether WebAssembly is used for what is large enough. */
export const choice = { wasm: available }

/** Chooses the kernels, for tests and comparisons; the fastest that the machine has are chosen at the start. */
export function useKernels(which: Kernels): void {
  choice.wasm = which !== "javascript" && available
  useRelaxed(which === "relaxed" || which === "threads")
  terms.everything = which === "threads" && available
}

// A browser's thread has no process and no environment.
const environment = (globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } }).process?.env ?? {}
const { AUTOGRAD_KERNELS: asked, AUTOGRAD_THREADS: threads } = environment
if (asked === "javascript" || asked === "wasm" || asked === "relaxed" || asked === "threads") useKernels(asked)
else if (asked) throw new Error(`AUTOGRAD_KERNELS was expected to be javascript, wasm, relaxed or threads, found "${asked}".`)
if (threads) terms.threads = terms.usual = Math.max(0, Math.floor(Number(threads)) || 0)
