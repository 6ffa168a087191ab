// Convolution's kernels against each other: WebAssembly's three products give what JavaScript's give, for any window,
// batch and groups.
import { afterAll, describe, expect, test } from "vitest"
import type { Dense, Kernel } from "../../engine/backends/backend.ts"
import { useKernels, type Kernels } from "../../engine/backends/choice.ts"
import { convolve, filterGradient, imageGradient, type Convolution } from "../../engine/backends/convolution.ts"
import { float32 } from "../../engine/backends/dtype.ts"
import { available } from "../../engine/backends/wasm/blocks.ts"
import { suits } from "../../engine/backends/wasm/convolution.ts"
import "./crewHere.ts"

afterAll(() => useKernels("relaxed"))

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

interface Case {
  readonly title: string
  readonly input: readonly number[]
  readonly kernel: readonly number[]
  readonly stride?: readonly number[]
  readonly padding?: readonly number[]
  readonly dilation?: readonly number[]
  readonly batch?: number
  readonly groups?: number
  readonly channels: number
  readonly filters: number
}

const cases: readonly Case[] = [
  { title: "a 3 × 3 window with padding", input: [1, 16, 16], kernel: [1, 3, 3], padding: [0, 1, 1], channels: 20, filters: 30 },
  { title: "a window that skips and spreads", input: [1, 21, 18], kernel: [1, 3, 2], stride: [1, 2, 3], padding: [0, 2, 1], dilation: [1, 2, 3], channels: 9, filters: 14, batch: 3 },
  { title: "a window of one element", input: [1, 9, 9], kernel: [1, 1, 1], channels: 64, filters: 48, batch: 2 },
  { title: "one element that skips", input: [1, 16, 16], kernel: [1, 1, 1], stride: [1, 2, 2], channels: 32, filters: 64 },
  { title: "few places and many filters", input: [1, 2, 2], kernel: [1, 3, 3], padding: [0, 1, 1], channels: 130, filters: 140 },
  { title: "few places of many samples", input: [1, 2, 2], kernel: [1, 3, 3], padding: [0, 1, 1], channels: 30, filters: 40, batch: 9 },
  { title: "three groups", input: [1, 10, 11], kernel: [1, 3, 3], padding: [0, 1, 1], channels: 12, filters: 13, batch: 2, groups: 3 },
  { title: "a large window on three channels", input: [1, 40, 40], kernel: [1, 7, 7], stride: [1, 2, 2], padding: [0, 3, 3], channels: 3, filters: 64 },
  { title: "a signal longer than a block", input: [1, 1, 6000], kernel: [1, 1, 5], padding: [0, 0, 2], channels: 2, filters: 3, batch: 2 },
  { title: "a volume", input: [6, 7, 8], kernel: [3, 2, 3], stride: [1, 2, 1], padding: [1, 0, 1], channels: 5, filters: 12, batch: 2 },
  { title: "more channels than a panel is deep", input: [1, 6, 6], kernel: [1, 3, 3], channels: 90, filters: 7 },
]

function optionsOf({ input, kernel, stride = [1, 1, 1], padding = [0, 0, 0], dilation = [1, 1, 1], batch = 1, groups = 1, channels, filters }: Case): Convolution {
  const output = input.map((size, d) => Math.floor((size + 2 * padding[d]! - dilation[d]! * (kernel[d]! - 1) - 1) / stride[d]!) + 1)
  return { window: { input, output, kernel, stride, padding, dilation }, batch, groups, channels, filters }
}

/** Elements between −1 and 1, the same in every run. */
function filled(shape: readonly number[], seed: number): Dense {
  let state = seed
  const array = Float32Array.from({ length: product(shape) }, () => (state = (state * 48271) % 2147483647) / 1073741823.5 - 1)
  return { array, offset: 0, shape, dtype: float32 }
}

/** The greatest difference from JavaScript's result. */
function difference(kernel: Kernel<Convolution>, which: Kernels, inputs: readonly Dense[], shape: readonly number[], options: Convolution): number {
  const [want, got] = [filled(shape, 1), filled(shape, 1)]
  for (const one of [want, got]) one.array.fill(0)
  useKernels("javascript")
  kernel(inputs, [want], options)
  useKernels(which)
  kernel(inputs, [got], options)
  let worst = 0
  for (let i = 0; i < want.array.length; i++) {
    const gap = Math.abs(want.array[i]! - got.array[i]!)
    worst = Math.max(worst, gap === gap ? gap : Infinity)
  }
  return worst
}

describe.skipIf(!available).each<Kernels>(["relaxed", "wasm", "threads"])("convolutions in WebAssembly (%s)", (which) => {
  test.each(cases)("$title", (one) => {
    const options = optionsOf(one)
    const { window, batch, groups, channels, filters } = options
    const image = filled([batch, groups * channels, ...window.input], 3)
    const weight = filled([groups * filters, channels, ...window.kernel], 5)
    const grad = filled([batch, groups * filters, ...window.output], 7)
    expect(suits(options, image, weight, grad)).toBe(true)
    const worst = [
      difference(convolve, which, [image, weight], grad.shape, options),
      difference(imageGradient, which, [grad, weight], image.shape, options),
      difference(filterGradient, which, [image, grad], weight.shape, options),
    ]
    expect(worst.map((gap) => gap < 1e-4)).toEqual([true, true, true])
  })

  test("numbers that are not finite reach what JavaScript lets them reach", () => {
    const options = optionsOf({ title: "", input: [1, 12, 11], kernel: [1, 3, 3], padding: [0, 1, 1], channels: 8, filters: 9, batch: 2, groups: 2 })
    const { window } = options
    const [image, weight, grad] = [filled([2, 16, ...window.input], 3), filled([18, 8, ...window.kernel], 5), filled([2, 18, ...window.output], 7)]
    image.array[700] = Infinity
    weight.array[weight.array.length - 5] = NaN
    const computed = (kernel: Kernel<Convolution>, kernels: Kernels, inputs: readonly Dense[], shape: readonly number[]): readonly number[] => {
      useKernels(kernels)
      const out = filled(shape, 1)
      out.array.fill(0)
      kernel(inputs, [out], options)
      return Array.from(out.array)
    }
    const calls: readonly (readonly [Kernel<Convolution>, readonly Dense[], readonly number[]])[] = [[convolve, [image, weight], grad.shape], [imageGradient, [grad, weight], image.shape], [filterGradient, [image, grad], weight.shape]]
    const alike = calls.map(([kernel, inputs, shape]) => {
      const got = computed(kernel, which, inputs, shape)
      return computed(kernel, "javascript", inputs, shape).every((want, i) => (Number.isFinite(want) ? Math.abs(want - got[i]!) < 1e-4 : !Number.isFinite(got[i]!)))
    })
    expect(alike).toEqual([true, true, true])
  })

  test("the bias joins each filter's results", () => {
    const options = optionsOf({ title: "", input: [1, 9, 10], kernel: [1, 3, 3], channels: 6, filters: 5, batch: 2, groups: 2 })
    const [image, weight, bias] = [filled([2, 12, ...options.window.input], 3), filled([10, 6, 1, 3, 3], 5), filled([10], 9)]
    expect(difference(convolve, which, [image, weight, bias], [2, 10, ...options.window.output], options)).toBeLessThan(1e-4)
  })
})
