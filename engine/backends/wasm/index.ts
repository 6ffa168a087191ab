// The WebAssembly backend: elementwise kernels printed from the operators' formulas; the rest in JavaScript so far.
import type { Backend } from "../backend.ts"
import { javascript } from "../javascript/index.ts"
import { elementwise } from "./elementwise.ts"

export const wasm: Backend = { ...javascript, name: "wasm", elementwise }
