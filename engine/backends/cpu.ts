// The processor's backend: each call goes to the kernels that suit it, JavaScript for what is small or of another type,
// WebAssembly for what is large. Apart from both so that either can be run alone and checked against the other.
import type { Backend } from "./backend.ts"
import { choice } from "./choice.ts"
import { javascript } from "./javascript/index.ts"
import { matmul } from "./wasm/matmul.ts"

export const cpuBackend: Backend = {
  ...javascript,
  name: "cpu",
  matmul: (a, b, out) => (choice.wasm ? matmul(a, b, out) : javascript.matmul(a, b, out)),
}
