// The JavaScript backend: every kernel in plain loops, float64 inside. It runs everywhere and is what the others are checked against.
import { HostStorage, type Backend, type Dense, type View } from "../backend.ts"
import type { DType } from "../dtype.ts"
import { copy } from "./copy.ts"
import { elementwise } from "./elementwise.ts"
import { kernels } from "./kernels.ts"
import { matmul } from "./matmul.ts"
import { zeroed } from "./memory.ts"
import { reduce } from "./reduce.ts"

export const javascript: Backend = {
  name: "javascript",
  allocate: (count: number, dtype: DType) => new HostStorage(zeroed(count, dtype)),
  elementwise,
  copy,
  reduce,
  matmul,
  kernel(name, inputs, outputs, options) {
    kernels[name](inputs.map(dense), outputs.map(dense), options as never) // The name decides the options' type.
  },
}

const dense = ({ storage: { array }, offset, sizes, dtype }: View): Dense => ({ array, offset, shape: sizes, dtype })
