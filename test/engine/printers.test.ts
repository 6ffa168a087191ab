// One expression, three languages: what JavaScript, WebAssembly and WGSL print from an operator's formula, and from
// what its gradient is multiplied with, computes the same numbers.
import { afterAll, describe, expect, test } from "vitest"
import { variantOf } from "../../engine/autograd/variant.ts"
import type { Operand, View } from "../../engine/backends/backend.ts"
import { float32, float64, type DType } from "../../engine/backends/dtype.ts"
import { javascript } from "../../engine/backends/javascript/index.ts"
import { wasm } from "../../engine/backends/wasm/index.ts"
import { printWasm } from "../../engine/backends/wasm/print.ts"
import { GpuDesk } from "./gpuDesk.ts"
import { printWgsl } from "../../engine/backends/webgpu/print.ts"
import type { ElementwiseEntry, Entry } from "../../engine/ops/entry.ts"
import { call, constant, input, inputsOf, where, gt, type Expr, type ScalarFunction } from "../../engine/ops/expr.ts"
import { table } from "../../engine/ops/table.ts"
import { openDevice } from "./printersDevice.ts"

const { device, missing } = await openDevice()
const gpu = device ? new GpuDesk(device) : null
if (!gpu) console.warn(`The WGSL kernels are not tested here: ${missing}.`)
afterAll(() => device?.destroy())

/** A kernel's call: the formula, its inputs by name, the shape of the result. */
interface Call {
  readonly title: string
  readonly expr: Expr
  readonly inputs: Readonly<Record<string, Operand>>
  readonly sizes: readonly number[]
}

function view(values: readonly number[], sizes: readonly number[] = [values.length], strides?: readonly number[], offset = 0, dtype: DType = float32): View {
  const storage = javascript.allocate(values.length, dtype)
  values.forEach((value, i) => (storage.array[i] = value))
  const rowMajor = sizes.map((_, d) => sizes.slice(d + 1).reduce((n, size) => n * size, 1))
  return { storage, offset, sizes, strides: strides ?? rowMajor, dtype }
}

const filled = (sizes: readonly number[], dtype: DType = float32): View => view(new Array<number>(sizes.reduce((n, size) => n * size, 1)).fill(0), sizes, undefined, 0, dtype)

type Compute = (expr: Expr, names: readonly string[], operands: readonly Operand[], sizes: readonly number[]) => Promise<number[]>

const onJavaScript: Compute = async (expr, names, operands, sizes) => {
  const out = filled(sizes)
  javascript.elementwise(expr, names, operands, out)
  return Array.from(out.storage.array)
}

const onWasm: Compute = async (expr, names, operands, sizes) => {
  const out = filled(sizes)
  wasm.elementwise(expr, names, operands, out)
  return Array.from(out.storage.array)
}

const onGpu: Compute = async (expr, names, operands, sizes) => {
  const out = gpu!.upload(filled(sizes))
  gpu!.elementwise(expr, names, operands.map((one) => (typeof one === "number" ? one : gpu!.upload(one))), out)
  return gpu!.download(out)
}

/** The greatest difference, relative to the larger of 1 and the value wanted; the same special values count as 0. */
function difference(got: readonly number[], want: readonly number[]): number {
  return want.reduce((worst, value, i) => Math.max(worst, Object.is(got[i], value) || got[i] === value ? 0 : Math.abs(got[i]! - value) / Math.max(1, Math.abs(value))), 0)
}

/** Away from the values that a machine may treat as it likes; 19 of them, so that four at a time leave a rest. */
const ordinary = [-6.5, -3.25, -2, -1.5, -1, -0.8, -0.5, -0.3, -0.001, 0.001, 0.25, 0.5, 0.75, 1, 1.25, 2, 2.75, 4.5, 7]
const positive = ordinary.map(Math.abs)

/** An operator's formula, and for each input what the arriving gradient is multiplied with. */
function callsOf(name: string, inputs: Readonly<Record<string, Operand>>, sizes: readonly number[]): Call[] {
  const names = Object.keys(inputs)
  const entry = (table as Readonly<Record<string, Entry>>)[name]!
  const variant = variantOf((entry.kind === "overloaded" ? entry.choices[0] : entry) as ElementwiseEntry, names, {})
  const result = filled(sizes, float64)
  javascript.elementwise(variant.expr, names, Object.values(inputs), result)
  const count = result.storage.array.length
  const all: Readonly<Record<string, Operand>> = { ...inputs, result: view(Array.from(result.storage.array), sizes), incoming: view(Array.from({ length: count }, (_, i) => 0.5 + (i % 7) / 4), sizes) }
  const passes = variant.passes.flatMap((pass, i) => (pass ? [{ title: `${name}, gradient of ${names[i]}`, expr: pass.expr }] : []))
  return [{ title: `${name}, formula`, expr: variant.expr }, ...passes].map(({ title, expr }) => ({ title, expr, sizes, inputs: Object.fromEntries(inputsOf(expr).map((one) => [one, all[one]!])) }))
}

const matrix = view(ordinary.slice(0, 12), [3, 4])
/** The same memory walked down its columns, and one row for all. */
const turned = view(positive.slice(0, 12), [3, 4], [1, 3])
const row = view([0.5, -1.5, 2, 3], [4])
const column = view([9, 1.5, 9, -2, 9, 0.25], [3, 1], [2, 1], 1)

const proofs: readonly Call[] = [
  ...callsOf("tanh", { self: view(ordinary) }, [19]),
  ...callsOf("sigmoid", { self: view(ordinary) }, [19]),
  ...callsOf("pow", { self: view(positive), exponent: 3 }, [19]),
  ...callsOf("pow", { self: view(positive), exponent: view(ordinary) }, [19]),
  ...callsOf("add", { self: matrix, other: row }, [3, 4]),
  ...callsOf("mul", { self: turned, other: column }, [3, 4]),
  ...callsOf("div", { self: row, other: column }, [3, 4]),
  ...callsOf("add", { self: column, other: 2.5 }, [3, 1]),
]

async function differences(compute: Compute): Promise<[string, number][]> {
  return Promise.all(
    proofs.map(async ({ title, expr, inputs, sizes }): Promise<[string, number]> => {
      const names = Object.keys(inputs)
      const operands = Object.values(inputs)
      return [title, difference(await compute(expr, names, operands, sizes), await onJavaScript(expr, names, operands, sizes))]
    }),
  )
}

const above = (found: readonly [string, number][], tolerance: number): string[] => found.filter(([, by]) => !(by <= tolerance)).map(([title, by]) => `${title}: differs by ${by}`)

test("WebAssembly agrees with JavaScript on formulas and gradients, also with strides and broadcasting", async () => {
  expect(above(await differences(onWasm), 1e-6)).toEqual([])
})

describe.skipIf(!gpu)(`WGSL${gpu ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("agrees with JavaScript on formulas and gradients, also with strides and broadcasting", async () => {
    expect(above(await differences(onGpu), 2e-5)).toEqual([])
  })
  test("each function that it can write agrees with JavaScript", async () => {
    const found = await Promise.all(functions.filter((fn) => !wgslLacks.includes(fn)).map((fn) => functionDifference(fn, onGpu)))
    expect(above(found, 1e-4)).toEqual([])
  })
  test("more elements than one row of the grid holds are all computed", async () => {
    const count = 65535 * 64 + 5
    const numbers = new Array<number>(count).fill(1)
    numbers[count - 1] = 41
    const got = await onGpu(call("add", input("x"), constant(1)), ["x"], [view(numbers)], [count])
    expect([got[0], got[count - 2], got[count - 1]]).toEqual([2, 2, 42])
  })
})

/** Every scalar function with as many inputs as it takes. */
const arity: Readonly<Record<ScalarFunction, 1 | 2 | 3>> = {
  add: 2, sub: 2, mul: 2, div: 2, neg: 1, pow: 2, exp: 1, exp2: 1, expm1: 1, log: 1, log2: 1, log10: 1, log1p: 1, sqrt: 1, rsqrt: 1, reciprocal: 1, square: 1,
  sin: 1, cos: 1, tan: 1, asin: 1, acos: 1, atan: 1, atan2: 2, sinh: 1, cosh: 1, tanh: 1, asinh: 1, acosh: 1, atanh: 1, sigmoid: 1, erf: 1, erfc: 1, erfinv: 1,
  lgamma: 1, digamma: 1, polygamma: 2, i0: 1, i1: 1, abs: 1, sign: 1, floor: 1, ceil: 1, round: 1, trunc: 1, fmod: 2, remainder: 2, floor_divide: 2,
  maximum: 2, minimum: 2, fmax: 2, fmin: 2, copysign: 2, gcd: 2, lcm: 2, lt: 2, le: 2, gt: 2, ge: 2, eq: 2, ne: 2, logical_and: 2, logical_or: 2, logical_not: 1,
  isnan: 1, isinf: 1, signbit: 1, where: 3, bitwise_and: 2, bitwise_or: 2, bitwise_xor: 2, bitwise_not: 1, bitwise_left_shift: 2, bitwise_right_shift: 2,
}
const functions = Object.keys(arity) as ScalarFunction[]
const wasmLacks: readonly ScalarFunction[] = ["gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift"]
const wgslLacks: readonly ScalarFunction[] = [...wasmLacks, "i0", "i1"]

/** Where a function is defined; arguments outside would only compare one missing number with another. */
const domain: Partial<Record<ScalarFunction, readonly number[]>> = {
  asin: ordinary.map((x) => x / 8), acos: ordinary.map((x) => x / 8), atanh: ordinary.map((x) => x / 8), erfinv: ordinary.map((x) => x / 8), acosh: positive.map((x) => x + 1),
  log: positive, log2: positive, log10: positive, log1p: positive, sqrt: positive, rsqrt: positive, pow: positive, lgamma: positive, digamma: positive, polygamma: positive.map(Math.ceil),
}

async function functionDifference(fn: ScalarFunction, compute: Compute): Promise<[string, number]> {
  const x = domain[fn] ?? ordinary
  const names = ["a", "b", "c"].slice(0, arity[fn])
  const operands = [view(x), view([...ordinary].reverse().map((one) => (fn === "polygamma" ? Math.abs(one) : one))), view(positive)].slice(0, arity[fn])
  const expr = call(fn, ...names.map((name) => input(name)))
  return [fn, difference(await compute(expr, names, operands, [x.length]), await onJavaScript(expr, names, operands, [x.length]))]
}

test("each function that WebAssembly can write agrees with JavaScript", async () => {
  const found = await Promise.all(functions.filter((fn) => !wasmLacks.includes(fn)).map((fn) => functionDifference(fn, onWasm)))
  expect(above(found, 1e-6)).toEqual([])
})

test("WebAssembly keeps infinite, missing, tiny and signed zero values as JavaScript has them", async () => {
  const special = [0, -0, 1e-40, -1e-40, Infinity, -Infinity, NaN, 88.8, 89.5, -88, -103, -110, 1e30, -1e30, 0.625, -0.625]
  const unary = functions.filter((fn) => arity[fn] === 1 && !wasmLacks.includes(fn))
  const found = await Promise.all(
    unary.map(async (fn): Promise<[string, number]> => {
      const expr = call(fn, input("a"))
      return [fn, difference(await onWasm(expr, ["a"], [view(special)], [special.length]), await onJavaScript(expr, ["a"], [view(special)], [special.length]))]
    }),
  )
  expect(above(found, 1e-6)).toEqual([])
})

test("an element's value does not depend on its place in the loop", async () => {
  const expr = call("tanh", call("mul", input("a"), constant(0.37)))
  const alone = await Promise.all(ordinary.map(async (x) => (await onWasm(expr, ["a"], [view([x])], [1]))[0]))
  expect(await onWasm(expr, ["a"], [view(ordinary)], [19])).toEqual(alone)
})

test("runs longer than a block of WebAssembly's memory are computed whole", async () => {
  const numbers = Array.from({ length: 10_001 }, (_, i) => i)
  expect(await onWasm(call("add", input("a"), input("b")), ["a", "b"], [view(numbers), 0.5], [10_001])).toEqual(numbers.map((x) => x + 0.5))
})

test("other element types than float32 are computed all the same", () => {
  const out = filled([2], float64)
  wasm.elementwise(call("div", input("a"), input("b")), ["a", "b"], [view([1, 2], [2], undefined, 0, float64), 3], out)
  expect(Array.from(out.storage.array)).toEqual([1 / 3, 2 / 3])
})

test("what cannot be printed says so by name", () => {
  const sources = (fn: ScalarFunction): Expr => call(fn, ...["a", "b"].slice(0, arity[fn]).map((name) => input(name)))
  for (const fn of wasmLacks) expect(() => printWasm(sources(fn), ["a", "b"], ["elements", "elements"])).toThrow(`${fn} is not printable as WebAssembly`)
  for (const fn of wgslLacks) expect(() => printWgsl(sources(fn), ["a", "b"], ["elements", "elements"])).toThrow(`${fn} is not printable as WGSL`)
})

test("every printed module is valid, with and without relaxed instructions", () => {
  const gate = where(gt(input("a"), 0), call("exp", input("a")), call("log", input("b")))
  expect([false, true].map((relaxed) => WebAssembly.validate(printWasm(gate, ["a", "b"], ["elements", "number"], relaxed).bytes))).toEqual([true, Number(process.versions.node.split(".")[0]) >= 22])
})
