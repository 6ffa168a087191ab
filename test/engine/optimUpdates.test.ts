// An optimizer's one pass over a parameter gives the same in JavaScript, in WebAssembly, and formula by formula where the
// parameter does not lie in rows.
import { afterAll, expect, test } from "vitest"
import { functions as F } from "../../engine/autograd/functions.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { numbersFrom } from "./kernelViews.ts"

afterAll(() => useKernels("relaxed"))

type Make = new (params: readonly Tensor[], options: object) => { step(): void }
const optim = torch["optim"] as Readonly<Record<string, Make>>
const tensor = torch["tensor"] as (data: unknown) => Tensor

const [rows, columns] = [70, 50]

/** The parameter after five steps with gradients that change their signs. */
function trained(name: string, options: object, which: Kernels, turned: boolean): number[] {
  useKernels(which)
  const draw = numbersFrom(47)
  const values = (): Tensor => F.reshape(tensor(Float32Array.from({ length: rows * columns }, () => draw(2001) / 1000 - 1)), [rows, columns])
  const start = values()
  const parameter = (turned ? F.t(F.t(start).contiguous()) : start).detach().requires_grad_()
  const optimizer = new optim[name]!([parameter], { lr: 0.05, ...options })
  for (let i = 0; i < 5; i++) {
    parameter.grad = values()
    optimizer.step()
  }
  return F.flatten(parameter.detach()).tolist() as number[]
}

const cases: readonly (readonly [string, object])[] = [
  ["SGD", {}], ["SGD", { weight_decay: 0.1 }], ["SGD", { momentum: 0.9, dampening: 0.2 }], ["SGD", { momentum: 0.9, nesterov: true, weight_decay: 0.1 }], ["SGD", { maximize: true }],
  ["Adam", {}], ["Adam", { weight_decay: 0.1, amsgrad: true }], ["AdamW", { weight_decay: 0.1 }], ["AdamW", { weight_decay: 0, amsgrad: true }],
  ["RMSprop", {}], ["RMSprop", { centered: true, momentum: 0.9, weight_decay: 0.1 }], ["Adagrad", { lr_decay: 0.1, weight_decay: 0.1 }],
]

test.each(cases)("%s %j is the same in every way that it runs", (name, options) => {
  const want = trained(name, options, "javascript", false)
  const ways = [trained(name, options, "relaxed", false), trained(name, options, "wasm", false), trained(name, options, "javascript", true)]
  expect(ways.map((one) => Math.max(...one.map((value, i) => Math.abs(value - want[i]!))) < 1e-6)).toEqual([true, true, true])
})
