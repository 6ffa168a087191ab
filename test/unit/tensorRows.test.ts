// What the tensors view lists, and a tensor's numbers as text, JSON and CSV.

import { expect, test } from "vitest"
import type { ModuleRecord, ValueWindow } from "../../engine/protocol/api.ts"
import { factRows, numbersOf, rowText, spokenText, tensorChanges, tensorRows, tensorsOf, type ListedRow, type TensorRow } from "../../extension/tensorRows.ts"
import { fetchNumbers, numberText, textOf, type Numbers } from "../../extension/tensorText.ts"
import { lesson, on, record, tensor } from "./traces.ts"

const l10n = { t: (message: string, ...args: (string | number | boolean)[]) => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) }
const drawn = (rows: readonly ListedRow[], indent = ""): readonly string[] =>
  rows.flatMap((row) => (row.kind === "tensor" ? [`${indent}${row.label} ${rowText(row)}`] : [`${indent}${row.label} (${row.typeName})`, ...drawn(row.rows, `${indent}  `)]))
const named = (name: string): TensorRow => {
  const row = tensorsOf(tensorRows(lesson.trace)).find((each) => each.name === name)
  if (!row) throw new Error(`no ${name}`)
  return row
}

test("every named tensor stands there once, in the order of the source, with shape and numbers", () => {
  expect(drawn(tensorRows(lesson.trace))).toEqual(["x [2, 2] · [[1., 1.], [1., 1.]]", "y [2, 2] · [[3., 3.], [3., 3.]]", "z [2, 2] · [[27., 27.], [27., 27.]]"])
})

test("a tensor's facts are those of the hover: numbers, gradient, shape, dtype, device, how it came about, line", () => {
  expect(factRows(named("x"), l10n).map(({ label, text }) => `${label} ${text}`)).toEqual([
    "value [[1., 1.], [1., 1.]]", ".grad [[4.5000, 4.5000], [4.5000, 4.5000]]", "shape [2, 2]", "dtype float32", "device cpu", "grad_fn a leaf", "source line 3",
  ])
  expect(factRows(named("z"), l10n).filter(({ label }) => label === "grad_fn" || label === ".grad").map(({ text }) => text)).toEqual(["None", "MulBackward0"])
})

test("a screen reader hears all of it in one sentence", () => {
  expect(spokenText(named("x"), l10n)).toBe("x, a leaf, shape [2, 2], float32 on cpu, value [[1., 1.], [1., 1.]], grad [[4.5000, 4.5000], [4.5000, 4.5000]], line 3")
})

test("a module is a group by the parts of its paths, at the place of its name", () => {
  const value = tensor(9, "tensor([0.5])", { shape: [1] })
  const members = ["0.weight", "0.bias", "1.conv.weight"].map((path) => ({ path, isBuffer: false, value }))
  const model: ModuleRecord = { name: "model", span: on(4, 7, 12), typeName: "Sequential", omitted: 0, members: [...members, { path: "steps", isBuffer: true, value }] }
  const rows = tensorRows({ records: [record("binding", on(3, 7, 8), value, { name: "x" }), record("binding", on(5, 7, 8), value, { name: "y" })], modules: [model] })
  expect(drawn(rows)).toEqual([
    "x [1] · [0.5]", "model (Sequential)", "  0 ()", "    weight [1] · [0.5]", "    bias [1] · [0.5]", "  1 ()", "    conv ()", "      weight [1] · [0.5]", "  steps [1] · [0.5]", "y [1] · [0.5]",
  ])
  expect(tensorsOf(rows).map(({ name, held }) => `${name} ${held}`)).toEqual(["x null", "model.0.weight parameter", "model.0.bias parameter", "model.1.conv.weight parameter", "model.steps buffer", "y null"])
})

test("a name that is bound twice stands there twice, with keys of its own; a loop's shows the picked time", () => {
  const samples = [0, 1, 2].map((index) => ({ index, value: tensor(index, `tensor(${index}.)`, { shape: [] }) }))
  const records = [record("binding", on(1, 5, 6), tensor(7, "tensor(7.)", { shape: [] }), { name: "w" }), record("binding", on(3, 3, 4), samples, { name: "w" })]
  const rows = (pick: { readonly count: number; readonly index: number } | null) => tensorsOf(tensorRows({ records }, pick)).map((row) => `${row.key} ${rowText(row)}`)
  expect(rows(null)).toEqual(["w [] · 7.", "w 2 × 3 · [] · 2."])
  expect(rows({ count: 3, index: 1 })).toEqual(["w [] · 7.", "w 2 2 / 3 · [] · 1."])
})

test("against the run before a tensor is new, has other numbers, or is as it was; what is gone is named", () => {
  const before = [record("binding", on(3, 7, 8), tensor(1, "tensor([1.])", { grad: { repr: "tensor([2.])", shape: [1] } }), { name: "x" }), record("binding", on(4, 7, 8), tensor(2, "tensor([3.])"), { name: "y" }), record("binding", on(5, 7, 8), tensor(3, "tensor([4.])"), { name: "z" })]
  const after = [record("binding", on(3, 7, 8), tensor(1, "tensor([1.])", { grad: { repr: "tensor([5.])", shape: [1] } }), { name: "x" }), record("binding", on(4, 7, 8), tensor(2, "tensor([3.], grad_fn=<MulBackward0>)"), { name: "y" }), record("binding", on(5, 7, 8), tensor(3, "tensor([6.])"), { name: "s" })]
  const rows = tensorRows({ records: after })
  const { changes, gone } = tensorChanges(rows, tensorRows({ records: before }))
  expect(tensorsOf(rows).map((row) => rowText(row, changes.get(row.key)))).toEqual(["Δ [2, 2] · [1.]", "[2, 2] · [3.]", "+ [2, 2] · [6.]"])
  expect(gone).toEqual(["z"])
  const [x] = tensorsOf(rows)
  expect(x && factRows(x, l10n, changes.get("x")).slice(0, 3).map(({ label, text }) => `${label} ${text}`)).toEqual(["value [1.]", ".grad [5.]", ".grad before [2.]"])
})

test("numbers are read out of every kind of repr", () => {
  expect(["tensor(27., grad_fn=<MeanBackward0>)", "tensor([], size=(0, 3))", "Parameter containing:\ntensor([1., 2.], requires_grad=True)", "tensor([[True, False]])", "tensor(5)"].map(numbersOf)).toEqual(["27.", "[]", "[1., 2.]", "[[True, False]]", "5"])
})

const numbers = (shape: readonly number[], values: readonly number[], dtype = "float32"): Numbers => ({ shape, dtype, values, isCut: false })

test("float32 is written as short as it reads back, and what is not finite by PyTorch's words", () => {
  expect([Math.fround(0.1), 1, Math.fround(1 / 3), -2.5e-9, 16777216, NaN, Infinity, -Infinity].map((value) => numberText(Math.fround(value), "float32"))).toEqual(["0.1", "1", "0.33333334", "-2.5e-9", "16777216", "nan", "inf", "-inf"])
  expect([numberText(0.1, "float64"), numberText(1, "bool"), numberText(0, "bool"), numberText(7, "int64")]).toEqual(["0.1", "True", "False", "7"])
})

test("text nests as PyTorch does, JSON parses back, CSV has rows and columns", () => {
  const matrix = numbers([2, 2], [1, 2, 3, 4])
  expect(textOf("x", matrix, "text")).toBe("[[1, 2],\n [3, 4]]")
  expect(textOf("x", numbers([2, 1, 2], [1, 2, 3, 4]), "text")).toBe("[[[1, 2]],\n\n [[3, 4]]]")
  expect(JSON.parse(textOf("x", numbers([2], [NaN, 1]), "json"))).toEqual({ name: "x", dtype: "float32", shape: [2], values: ["nan", 1] })
  expect(JSON.parse(textOf("b", numbers([2], [0, 1], "bool"), "json"))).toMatchObject({ values: [false, true] })
  expect(JSON.parse(textOf("s", numbers([], [5]), "json"))).toMatchObject({ shape: [], values: 5 })
  expect(textOf("x", matrix, "csv")).toBe("1,2\n3,4\n")
  expect(textOf("x", numbers([2, 1, 2], [1, 2, 3, 4]), "csv")).toBe("dim0,dim1,0,1\n0,0,1,2\n1,0,3,4\n")
  expect(textOf("x", numbers([3], [1, 2, 3]), "csv")).toBe("1,2,3\n")
})

test("a large tensor is fetched in windows of bounded size, in the order of memory, and cut at the bound", async () => {
  const shape = [4, 5, 6]
  const asked: number[] = []
  const fetch = async (start: readonly number[], size: readonly number[]): Promise<ValueWindow> => {
    const values: number[] = []
    for (let a = 0; a < size[0]!; a += 1) for (let b = 0; b < size[1]!; b += 1) for (let c = 0; c < size[2]!; c += 1) values.push((start[0]! + a) * 30 + (start[1]! + b) * 6 + start[2]! + c)
    asked.push(values.length)
    return { shape: size, dtype: "int64", values }
  }
  const all = await fetchNumbers(fetch, shape, 1000, 7)
  expect([all.values, Math.max(...asked) <= 7, all.isCut]).toEqual([Array.from({ length: 120 }, (_, at) => at), true, false])
  const cut = await fetchNumbers(fetch, shape, 70, 1000)
  expect([cut.shape, cut.values.length, cut.isCut]).toEqual([[2, 5, 6], 60, true])
  expect((await fetchNumbers(fetch, shape, 20, 1000)).shape).toEqual([1, 3, 6])
  expect(textOf("x", { ...cut, shape: [60] }, "text").endsWith("\n…")).toBe(true)
})
