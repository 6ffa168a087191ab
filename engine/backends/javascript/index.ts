// The JavaScript backend: every kernel in plain loops, float64 inside. It runs everywhere and is what the others are checked against.
import { Storage, type Backend } from "../backend.ts"
import type { DType } from "../dtype.ts"
import { copy } from "./copy.ts"
import { elementwise } from "./elementwise.ts"
import { matmul } from "./matmul.ts"
import { reduce } from "./reduce.ts"

export const javascript: Backend = {
  name: "javascript",
  allocate: (count: number, dtype: DType) => new Storage(new dtype.array(count)),
  elementwise,
  copy,
  reduce,
  matmul,
}
