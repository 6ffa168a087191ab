// The judge judged: the comparing rules on small texts and numbers.

import { expect, test } from "vitest"
import type { OpCase } from "./cases.ts"
import { compareNumbers, compareOp, comparePrinted, isNear } from "./compare.ts"
import type { OpAnswer, OpExpectation } from "./compare.ts"
import { opSnippet } from "./opSnippet.ts"
import { fallen, raised } from "./score.ts"

const ok = { ok: true }

function printed(got: string, expect_: string, match: "exact" | "numeric", rtol = 0, atol = 0): boolean {
  return comparePrinted(got, { expect: expect_, match, rtol, atol }).ok
}

test("exact ignores trailing blanks and line ends, and nothing else", () => {
  expect(printed("a \nb\n\n", "a\nb", "exact")).toBe(true)
  expect(printed("a  b", "a b", "exact")).toBe(false)
  expect(printed("1.", "1.0000", "exact")).toBe(false)
})

test("numeric lets spelling, spacing and line breaks of numbers differ", () => {
  expect(printed("tensor([ 1.,\n        -2.])", "tensor([1.0000, -2.0000])", "numeric")).toBe(true)
  expect(printed("1e-05", "0.00001", "numeric")).toBe(true)
})

test("numeric holds numbers to the tolerance", () => {
  expect(printed("tensor(1.0010)", "tensor(1.0000)", "numeric", 0.001, 0.0002)).toBe(true)
  expect(printed("tensor(1.0013)", "tensor(1.0000)", "numeric", 0.001, 0.0002)).toBe(false)
})

test("numeric takes digits inside a word as text", () => {
  expect(printed("grad_fn=<AddBackward0>", "grad_fn=<AddBackward1>", "numeric", 10, 10)).toBe(false)
  expect(printed("torch.float64", "torch.float32", "numeric", 10, 100)).toBe(false)
})

test("numeric keeps signs, nan and infinities", () => {
  expect(printed("tensor([nan, inf])", "tensor([nan, inf])", "numeric")).toBe(true)
  expect(printed("tensor([ nan, inf, -1.])", "tensor([nan, -inf, -1.])", "numeric", 1, 1)).toBe(false)
  expect(printed("tensor(1.)", "tensor(nan)", "numeric", 1, 1)).toBe(false)
})

test("numeric asks for the same words and the same count of numbers", () => {
  expect(printed("loss 1", "cost 1", "numeric", 1, 1)).toBe(false)
  expect(printed("[1, 2]", "[1, 2, 3]", "numeric", 1, 1)).toBe(false)
})

test("an ordinal such as 1-th holds the number 1, not -th", () => {
  expect(printed("1-th Loss : 1.0841e-01", "1-th Loss : 1.0842e-01", "numeric", 0.001)).toBe(true)
})

test("near is absolute plus relative to the wanted number", () => {
  expect([isNear(1.1, 1, 0.1, 0.001), isNear(1.2, 1, 0.1, 0.001), isNear(0, 1e-7, 0, 1e-6)]).toEqual([true, false, true])
  expect([isNear(NaN, NaN, 0, 0), isNear(Infinity, Infinity, 0, 0), isNear(-Infinity, Infinity, 1, 1), isNear(NaN, 1, 1, 1)]).toEqual([true, true, false, false])
})

test("zero equals negative zero", () => {
  expect(compareNumbers([0], [-0], 0, 0)).toEqual(ok)
})

const want: OpExpectation = { out: [0.1], out_dtype: "float32", out_shape: [1], w: [1], grads: { x0: [2], x1: null }, grad_fn: "AddBackward0" }
const got: OpAnswer = { out: [Math.fround(0.1)], dtype: "float32", shape: [1], grad_fn: "AddBackward0", grads: { x0: [2.000001], x1: null } }
const near = { rtol: 1e-5, atol: 1e-6 }

test("an exact result compares float32 values, its gradients stay near", () => {
  expect(compareOp(got, want, { ...near, exact_out: true })).toEqual(ok)
  expect(compareOp({ ...got, out: [0.1 + 1e-7] }, want, { ...near, exact_out: true }).ok).toBe(false)
})

test.each([
  ["dtype", { dtype: "float64" }],
  ["shape", { shape: [] }],
  ["result", { out: [0.2] }],
  ["grad_fn", { grad_fn: "MulBackward0" }],
  ["gradient of x0", { grads: { x0: [3], x1: null } }],
  ["gradient of x1", { grads: { x0: [2], x1: [1] } }],
  ["does not require grad", { grads: null }],
] as const)("an op case fails by its %s", (part, change) => {
  const verdict = compareOp({ ...got, ...change }, want, near)
  expect(verdict.ok ? "" : verdict.why).toContain(part)
})

test("a grad_fn of null is not checked", () => {
  expect(compareOp({ ...got, grad_fn: "Other" }, { ...want, grad_fn: null }, near)).toEqual(ok)
})

test("special numbers of a case are read from strings", () => {
  expect(compareOp({ ...got, out: ["NaN"] }, { ...want, out: ["NaN"] }, near)).toEqual(ok)
})

test("an op snippet builds a transposed leaf with exact float32 numbers", () => {
  const one: OpCase = {
    id: "o", op: "neg", ts: "-x0", py: "-x0", ...near,
    inputs: { x0: { dtype: "float32", shape: [1, 2], data: [0.1, "Infinity"], requires_grad: true, layout: "transposed" } },
    expect: { ...want, w: [1, 2], out_shape: [1, 2] },
  }
  expect(opSnippet(one).split("\n").slice(2, 8)).toEqual([
    "const x0 = torch.tensor([[0.10000000149011612, Infinity]], { dtype: torch.float32 }).transpose(-1, -2).contiguous().transpose(-1, -2).requires_grad_(true)",
    "const out = -x0",
    "let grads = null",
    "if (out.requires_grad) {",
    "  const w = torch.tensor([[1, 2]], { dtype: torch.float32 })",
    "  const weighted = (out * w).sum()",
  ])
})

test("the floor rises with a better count and never falls", () => {
  const counts = new Map([["nn", { passed: 12, total: 23 }], ["rng", { passed: 1, total: 20 }]])
  expect(raised({ nn: 10, rng: 5 }, counts)).toEqual({ nn: 12, rng: 5 })
  expect(fallen(counts, { nn: 10, rng: 5 })).toEqual(["rng: 1 passed, the floor is 5"])
})
