// What stands at the ends of lines, from hand-made traces.

import { expect, test } from "vitest"
import { bound, inlineTexts, oneLine } from "../../extension/inlineTexts.ts"
import { lesson, on, record, resultOf, tensor } from "./traces.ts"

const plain = (repr: string, typeName = "number") => ({ kind: "plain", repr, typeName }) as const

test("each line shows its value on one line, the leaf its gradient, a print what it wrote, a call without a value nothing", () => {
  expect(inlineTexts(lesson)).toEqual([
    { line: 3, text: "tensor([[1., 1.], [1., 1.]], requires_grad=True) grad: tensor([[4.5000, 4.5000], [4.5000, 4.5000]])" },
    { line: 4, text: "tensor([[3., 3.], [3., 3.]], grad_fn=<AddBackward0>)" },
    { line: 5, text: "tensor([[27., 27.], [27., 27.]], grad_fn=<MulBackward0>)" },
    { line: 7, text: "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])" },
  ])
})

test("a loop's line says how often before its last value, and the picked time when one is picked", () => {
  const samples = [0, 499, 999].map((index) => ({ index, value: plain(String(index * 2)) }))
  const result = resultOf([record("binding", on(2, 3, 4), samples, { name: "i", count: 1000 })])
  expect(inlineTexts(result)).toEqual([{ line: 2, text: "× 1000 1998" }])
  expect(inlineTexts(result, { count: 1000, index: 499 })).toEqual([{ line: 2, text: "500 / 1000 998" }])
  expect(inlineTexts(result, { count: 7, index: 499 })).toEqual([{ line: 2, text: "× 1000 1998" }])
})

test("several names on one line are told apart", () => {
  const result = resultOf([record("binding", on(1, 8, 9), plain("1"), { name: "a" }), record("binding", on(1, 11, 12), plain("2"), { name: "b" })])
  expect(inlineTexts(result)).toEqual([{ line: 1, text: "a = 1 · b = 2" }])
})

test("a gradient stands at the leaf's own line only, not where the leaf is named again", () => {
  const leaf = tensor(5, "tensor(1., requires_grad=True)", { requires_grad: true, grad: { repr: "tensor(2.)", shape: [] } })
  const result = resultOf([record("binding", on(1, 7, 8), leaf, { name: "w" }), record("binding", on(4, 7, 8), leaf, { name: "v" })])
  expect(inlineTexts(result).map(({ text }) => text)).toEqual(["tensor(1., requires_grad=True) grad: tensor(2.)", "tensor(1., requires_grad=True)"])
})

test("functions and classes say nothing at their lines", () => {
  expect(inlineTexts(resultOf([record("binding", on(1, 7, 8), plain("f", "function"), { name: "f" })]))).toEqual([])
})

test("a long text is cut in the middle, between two elements, and keeps both ends", () => {
  const text = oneLine(`tensor([${Array.from({ length: 200 }, (_, index) => (index / 8).toFixed(4)).join(", ")}], grad_fn=<AddBackward0>)`)
  expect(text).toBe("tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000, 0.6250, 0.7500, … 24.8750], grad_fn=<AddBackward0>)")
  expect(oneLine("x".repeat(500)).length).toBe(bound)
})
