// Large results lie in memory that was not cleared. Here it is full of nan: none may show in what is computed, whichever
// kernel computes it.
import { afterAll, beforeAll, expect, test } from "vitest"
import { functions as F } from "../../engine/autograd/functions.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { allocation } from "../../engine/tensor/allocation.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { numbersFrom } from "./kernelViews.ts"

let taken = 0
beforeAll(() => {
  allocation.unfilled = (bytes) => {
    taken++
    return new Float32Array(bytes / 4).fill(NaN).buffer
  }
})
afterAll(() => {
  allocation.unfilled = null
  useKernels("relaxed")
})

const draw = numbersFrom(71)
const filled = (...sizes: readonly number[]): Tensor =>
  F.reshape((torch["tensor"] as (data: unknown) => Tensor)(Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () => draw(2001) / 1000 - 1)), [...sizes])
const [a, b, row, column, cube] = [filled(150, 170), filled(170, 130), filled(1, 170), filled(150, 1), filled(20, 50, 33)]
const halves = F.to(a, { dtype: torch["float16"] })

const calls: Readonly<Record<string, () => Tensor>> = {
  "an addition": () => F.add(a, a),
  "a broadcast row": () => F.mul(a, row),
  "a broadcast row and column": () => F.add(row, column),
  "a transposed operand": () => F.sub(F.t(b), F.t(b)),
  "a formula without lanes": () => F.lgamma(F.exp(a)),
  "a comparison turned into numbers": () => F.to(F.gt(a, 0), { dtype: torch["float32"] }),
  "a product": () => F.mm(a, b),
  "a product of nothing": () => F.mm(filled(150, 0), filled(0, 130)),
  "a batch of products": () => F.matmul(cube, F.transpose(cube, 1, 2)),
  "a product with a vector": () => F.matmul(filled(20000, 3), filled(3)),
  "a copy into the transpose": () => a.t().contiguous(),
  "a copy of turned dimensions": () => F.permute(cube, [2, 0, 1]).contiguous(),
  "a copy of what is repeated": () => F.expand(row, [150, 170]).contiguous(),
  "a conversion": () => F.to(halves, { dtype: torch["float32"] }),
  "softmax along rows": () => F.softmax(a, 1),
  "log_softmax along columns": () => F.log_softmax(a, 0),
}

test.each<Kernels>(["javascript", "wasm", "relaxed"])("with %s kernels every element of a large result is written", (which) => {
  useKernels(which)
  taken = 0
  const wrong = Object.entries(calls).filter(([, call]) => F.any(F.isnan(call())).item() as boolean)
  expect(wrong.map(([name]) => name)).toEqual([])
  expect(taken).toBeGreaterThan(15)
})

test.each<Kernels>(["javascript", "wasm", "relaxed"])("with %s kernels every element of a large gradient is written", (which) => {
  useKernels(which)
  const x = F.clone(a).detach().requires_grad_()
  const y = F.add(F.mul(F.softmax(F.tanh(x), 1), F.sigmoid(x)), F.log_softmax(F.mm(x, F.t(filled(170, 170))), 1))
  F.sum(F.add(y, F.mul(x, row))).backward()
  expect(F.any(F.isnan(x.grad!)).item()).toBe(false)
})
