// Threads that share a kernel: whoever computes which part, the result is the same to the last bit, and helpers do compute.
import { expect, test } from "vitest"
import type { Dense } from "../../engine/backends/backend.ts"
import { useKernels } from "../../engine/backends/choice.ts"
import { convolve, filterGradient, imageGradient, type Convolution } from "../../engine/backends/convolution.ts"
import { float32 } from "../../engine/backends/dtype.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { tally, terms } from "../../engine/backends/wasm/crew.ts"
import { functions as F } from "../../engine/autograd/functions.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { numbersFrom } from "./kernelViews.ts"
import "./crewHere.ts"

const tensor = torch["tensor"] as (data: unknown) => Tensor
const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

function drawn(seed: number, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const draw = numbersFrom(seed)
  return Float32Array.from({ length: product(shape) }, () => draw(4001) / 1000 - 2)
}

const filled = (seed: number, ...shape: readonly number[]): Tensor => F.reshape(tensor(drawn(seed, shape)), [...shape])
const bits = ({ buffer, byteOffset, length }: Float32Array<ArrayBuffer>): string => Buffer.from(buffer, byteOffset, length * 4).toString("hex")
const bitsOf = (one: Tensor): string => bits(Float32Array.from(F.flatten(one.detach()).tolist() as number[]))

/** What `compute` gives with one thread, and with more. */
function ways(compute: () => string): string[] {
  useKernels("relaxed")
  terms.threads = 1
  const alone = compute()
  useKernels("threads")
  const others = [2, 3, 4].map((threads) => {
    terms.threads = threads
    return compute()
  })
  return [alone, ...others]
}

const products: readonly (readonly [string, () => Tensor])[] = [
  ["a product of two matrices", () => F.mm(filled(1, 150, 170), filled(2, 170, 210))],
  ["a product with a transpose", () => F.mm(filled(1, 250, 170), F.t(filled(2, 210, 170)))],
  ["a product of a transpose", () => F.mm(F.t(filled(1, 170, 150)), filled(2, 170, 210))],
  ["a product longer than a block", () => F.mm(filled(1, 40, 2100), filled(2, 2100, 60))],
  ["a product of a few rows", () => F.mm(filled(1, 3, 300), filled(2, 300, 700))],
  ["a batch of products", () => F.matmul(filled(1, 3, 60, 70), filled(2, 3, 70, 80))],
  ["exp", () => F.exp(filled(3, 100_003))],
  ["a chain of functions", () => F.sigmoid(F.tanh(filled(4, 70_001)))],
  ["softmax", () => F.softmax(filled(5, 300, 333), 1)],
  ["log_softmax", () => F.log_softmax(filled(5, 200, 500), 1)],
]

test.skipIf(!available).each(products)("%s is the same with one thread and with several", (_, compute) => {
  const [alone, ...others] = ways(() => bitsOf(compute()))
  expect(others.every((one) => one === alone)).toBe(true)
})

interface Window {
  readonly title: string
  readonly side: number
  readonly kernel: number
  readonly stride: number
  readonly batch: number
  readonly channels: number
  readonly filters: number
}

const windows: readonly Window[] = [
  { title: "many small images", side: 14, kernel: 5, stride: 1, batch: 20, channels: 6, filters: 16 },
  { title: "one large image", side: 40, kernel: 3, stride: 1, batch: 1, channels: 20, filters: 33 },
  { title: "a window that skips", side: 23, kernel: 3, stride: 2, batch: 3, channels: 17, filters: 40 },
  { title: "few places", side: 4, kernel: 3, stride: 1, batch: 2, channels: 120, filters: 90 },
]

test.skipIf(!available).each(windows)("a convolution and its gradients are the same with one thread and with several: $title", ({ side, kernel, stride, batch, channels, filters }) => {
  const places = Math.floor((side + 2 - kernel) / stride) + 1
  const one = [1, 1, 1]
  const options: Convolution = { window: { input: [1, side, side], output: [1, places, places], kernel: [1, kernel, kernel], stride: [1, stride, stride], padding: [0, 1, 1], dilation: one }, batch, groups: 1, channels, filters }
  const dense = (seed: number, ...shape: readonly number[]): Dense => ({ array: drawn(seed, shape), offset: 0, shape, dtype: float32 })
  const [image, weight, grad] = [dense(1, batch, channels, side, side), dense(2, filters, channels, kernel, kernel), dense(3, batch, filters, places, places)]
  const compute = (): string =>
    [
      { run: convolve, inputs: [image, weight, dense(4, filters)], shape: grad.shape },
      { run: imageGradient, inputs: [grad, weight], shape: image.shape },
      { run: filterGradient, inputs: [image, grad], shape: weight.shape },
    ].map(({ run, inputs, shape }) => {
      const out: Dense = { array: new Float32Array(product(shape)), offset: 0, shape, dtype: float32 }
      run(inputs, [out], options)
      return bits(out.array as Float32Array<ArrayBuffer>)
    }).join(" ")
  const [alone, ...others] = ways(compute)
  expect(others.every((two) => two === alone)).toBe(true)
})

test.skipIf(!available)("helpers take a part of what is large, and none of what is small", () => {
  useKernels("relaxed")
  terms.threads = 2
  const [a, b] = [filled(6, 400, 400), filled(7, 20, 20)]
  const given = tally.given
  for (let i = 0; i < 100; i++) F.mm(b, b)
  expect(tally.given).toBe(given)
  const helped = tally.helped
  for (let i = 0; i < 5000 && tally.helped === helped; i++) F.mm(a, a)
  expect(tally.helped).toBeGreaterThan(helped)
})

test("torch.set_num_threads says how many threads compute, and get_num_threads tells it", () => {
  const { set_num_threads: set, get_num_threads: get } = torch as unknown as { set_num_threads(threads: unknown): void; get_num_threads(): number }
  set(3)
  expect(get()).toBe(3)
  expect(() => set(0)).toThrow("set_num_threads expects a positive integer.")
  expect(() => set(1.5)).toThrow("set_num_threads expects an int")
  expect(get()).toBe(3)
})
