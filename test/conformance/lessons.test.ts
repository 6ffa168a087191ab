// Each lesson run whole through the command line: it prints what PyTorch printed for its tutorial's cells.

import { readFileSync } from "node:fs"
import { beforeAll, expect, test } from "vitest"
import { programCases } from "./cases.ts"
import { runAll } from "./commandLine.ts"
import type { Answer } from "./commandLine.ts"
import { comparePrinted } from "./compare.ts"

const recorded = new Map(programCases().map(({ id, expect: text }) => [id, text]))

/** What PyTorch printed for a recorded program. */
function cell(name: string): string {
  const text = recorded.get(`p-seed-${name}`)
  if (text === undefined) throw new Error(`no recorded program ${name}`)
  return text.trimEnd()
}

/** What PyTorch printed for the lessons that follow no tutorial, run as Python line by line; faults are in our own words. */
const own = JSON.parse(readFileSync(new URL("lessonsPrinted.json", import.meta.url), "utf8")) as Readonly<Record<string, readonly string[]>>

const wanted: Readonly<Record<string, readonly string[]>> = {
  ...own,
  "000-linear": [
    cell("000-cells-1-2"),
    cell("000-cell-3-linear"),
    cell("000-cell-4-mse"),
    cell("000-cell-5-descent").replace("최종결과:", "final:"),
  ],
  "001-autograd": [cell("001-whole")],
  "002-logits": [
    "tensor(0.2520, grad_fn=<BinaryCrossEntropyWithLogitsBackward0>)",
    cell("002-cell-2-requires-grad").split("\n").at(-1)!,
    cell("002-cell-3-backward"),
    cell("002-cell-4-no-grad"),
    cell("002-cell-5-detach"),
    "tensor(0.2520, grad_fn=<BinaryCrossEntropyWithLogitsBackward0>)",
  ],
  "003-descent": [
    cell("003-cell-1"),
    cell("003-cell-4-rand-like"),
    "tensor(0.0984, grad_fn=<MseLossBackward0>)",
    cell("003-cell-6-descent-seeded"),
    cell("003-cells-10-16"),
  ],
  "004-grad": [
    cell("004-grad-one-element"),
    cell("004-grad-one-element-off"),
    "null",
    "tensor(8.)",
    cell("004-grad-many-elements"),
    "tensor([[ 2.,  4.,  6.],\n        [ 8., 10., 12.]])",
    "tensor(4.)",
    "tensor(8.)",
  ],
  "004b-resnet18": [
    "torch.Size([1, 3, 64, 64])",
    "torch.Size([1, 1000])",
    "torch.Size([1, 1000])",
    "tensor(-478.2640, grad_fn=<SumBackward0>)",
    "tensor(1.) tensor(1.)",
    "torch.Size([64, 3, 7, 7])",
    "tensor(-0.0100)",
    "tensor(1)",
    "tensor(2)",
    "tensor(2)",
  ],
}

test("every lesson is among those that are run here", () => {
  const lessons = JSON.parse(readFileSync(new URL("../../media/lessons/lessons.json", import.meta.url), "utf8")) as { readonly id: string }[]
  expect(Object.keys(wanted).sort()).toEqual(lessons.map(({ id }) => id).sort())
})

const files = Object.keys(wanted).flatMap(id => ["en", "ko"].map(language => ({ id, language })))
let answers = new Map<string, Answer>()

beforeAll(async () => {
  answers = await runAll(files.map(({ id, language }) => ({
    id: `${language}/${id}`,
    source: readFileSync(new URL(`../../media/lessons/${language}/${id}.ts`, import.meta.url), "utf8"),
  })))
}, 120_000)

test.each(files)("lesson $id ($language) prints what PyTorch printed for the same lines", ({ id, language }) => {
  const { stdout, error } = answers.get(`${language}/${id}`)!
  const text = wanted[id]!.join("\n")
  expect(error).toBeNull()
  expect(comparePrinted(stdout, { expect: text, match: "numeric", rtol: 1e-3, atol: 2e-4 })).toEqual({ ok: true })
})
