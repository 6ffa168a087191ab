// The JavaScript backend: every kernel in plain loops, float64 inside. It runs everywhere and is what the others are checked against.
import { input } from "../../ops/expr.ts"
import { Storage, type Backend, type View } from "../backend.ts"
import type { DType } from "../dtype.ts"
import { elementwise } from "./elementwise.ts"
import { matmul } from "./matmul.ts"
import { reduce } from "./reduce.ts"

const same = input("x")

export const javascript: Backend = {
  name: "javascript",
  allocate: (count: number, dtype: DType) => new Storage(new dtype.array(count)),
  elementwise,
  copy: (source: View, out: View) => elementwise(same, ["x"], [source], out),
  reduce,
  matmul,
}
