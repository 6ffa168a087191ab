// Gradients from kernels of their own are those of the formulas in tensor calls, which run where a graph of the gradient
// is kept: on large float32 tensors, where WebAssembly computes, and on small ones.
import { afterAll, describe, expect, test } from "vitest"
import { functions as F } from "../../engine/autograd/functions.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { numbersFrom, product } from "./kernelViews.ts"
import "./crewHere.ts"

afterAll(() => useKernels("relaxed"))

const tensor = torch["tensor"] as (data: unknown, options?: object) => Tensor
const { grad } = torch["autograd"] as { grad(output: Tensor, inputs: readonly Tensor[], options: object): Tensor[] }

const draw = numbersFrom(41)
const filled = (sizes: readonly number[]): Tensor => F.reshape(tensor(Float32Array.from({ length: product(sizes) }, () => draw(2001) / 1000 - 1)), sizes)
const classes = (count: number, below: number): Tensor => tensor(BigInt64Array.from({ length: count }, () => BigInt(draw(below))))

type Call = (inputs: readonly Tensor[]) => Tensor

const running = { mean: filled([6]), spread: F.add(F.abs(filled([6])), 0.5) }
const images = [9, 6, 7, 9]
const cases: readonly (readonly [string, readonly (readonly number[])[], Call])[] = [
  ["softmax along rows", [[70, 33]], ([x]) => F.softmax(x!, 1)],
  ["softmax across rows", [[70, 33]], ([x]) => F.softmax(x!, 0)],
  ["log_softmax of one long row", [[3000]], ([x]) => F.log_softmax(x!, 0)],
  ["log_softmax of a few", [[3, 4]], ([x]) => F.log_softmax(x!, 1)],
  ["batch_norm in training", [images, [6], [6]], ([x, w, b]) => F["batch_norm" as "add"](x, null, null, w, b, { training: true })],
  ["batch_norm without weights", [images], ([x]) => F["batch_norm" as "add"](x, null, null, { training: true })],
  ["batch_norm in evaluation", [images, [6], [6]], ([x, w, b]) => F["batch_norm" as "add"](x, running.mean, running.spread, w, b)],
  ["batch_norm of rows", [[400, 6], [6], [6]], ([x, w, b]) => F["batch_norm" as "add"](x, null, null, w, b, { training: true })],
  ["layer_norm", [[50, 65], [65], [65]], ([x, w, b]) => F["layer_norm" as "add"](x, [65], w, b)],
  ["layer_norm of two dimensions without weights", [[30, 9, 11]], ([x]) => F["layer_norm" as "add"](x, [9, 11])],
  ["mean", [[70, 33]], ([x]) => F.mean(x!)],
  ["mean along a dimension", [[70, 33]], ([x]) => F.mean(x!, 0)],
  ["sum along a dimension that stays", [[5, 4, 3]], ([x]) => F.sum(x!, [0, 2], true)],
  ["mse_loss", [[70, 33], [70, 33]], ([x, y]) => F.mse_loss(x!, y!)],
  ["mse_loss of each element", [[9], [9]], ([x, y]) => F.mse_loss(x!, y!, { reduction: "none" })],
  ["smooth_l1_loss", [[70, 33], [70, 33]], ([x, y]) => F.smooth_l1_loss(x!, y!, { beta: 0.4 })],
  ["smooth_l1_loss without a curve", [[9], [9]], ([x, y]) => F.smooth_l1_loss(x!, y!, { beta: 0 })],
  ["huber_loss", [[70, 33], [70, 33]], ([x, y]) => F.huber_loss(x!, y!, { delta: 0.3, reduction: "sum" })],
  ["linear", [[40, 70], [30, 70], [30]], ([x, w, b]) => F.linear(x, w, b)],
  ["mm of a turned matrix", [[40, 70], [30, 70]], ([x, w]) => F.mm(x, F.t(w))],
  ["cross_entropy", [[64, 40]], ([x]) => F["cross_entropy" as "add"](x, target)],
  ["cross_entropy with weights, of images", [[4, 5, 6, 7]], ([x]) => F["cross_entropy" as "add"](x, classTarget, classWeights, { reduction: "sum", ignore_index: 2 })],
]
const target = classes(64, 40)
const classTarget = F.reshape(classes(4 * 6 * 7, 5), [4, 6, 7])
const classWeights = F.add(filled([5]), 1.5)

/** The result, and the gradients of its sum with weights. */
function computed(call: Call, inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  const leaves = inputs.map((one) => one.detach().requires_grad_())
  const result = call(leaves)
  const weights = F.reshape(F.sin(F.add(F.arange(result.numel(), { dtype: torch["float32"] }), 0.5)), result.sizes)
  return [result, ...grad(F.sum(F.mul(result, weights)), leaves, { create_graph: createGraph })]
}

const numbers = (one: Tensor): number[] => Array.from(one.detach().contiguous().storage.array.subarray(0, one.numel()) as ArrayLike<number>)

function worst(a: readonly Tensor[], b: readonly Tensor[]): number {
  let most = a.length === b.length ? 0 : Infinity
  a.forEach((one, i) => {
    const other = numbers(b[i]!)
    const scale = Math.max(...other.map(Math.abs), 1e-3)
    numbers(one).forEach((value, at) => (most = Math.max(most, Math.abs(value - other[at]!) / scale)))
  })
  return most
}

describe.skipIf(!available).each<Kernels>(["javascript", "wasm", "relaxed", "threads"])("fused gradients with %s kernels", (which) => {
  test.each(cases)("%s: kernels give what formulas give", (_, shapes, call) => {
    const inputs = shapes.map(filled)
    useKernels("javascript")
    const want = computed(call, inputs, true)
    useKernels(which)
    expect(worst(computed(call, inputs, false), want)).toBeLessThan(2e-5)
  })
})
