// Which documents are snippets, and what of them is sent to the engine.

import { expect, test } from "vitest"
import { cellAt, importsTorch, programAt, programsIn, relativeImports, sourceOf } from "../../extension/snippets.ts"

const file = (text: string) => programsIn({ languageId: "typescript", text })

test.each([
  [`import torch from "torch"`, true],
  [`import { nn, optim } from 'torch'`, true],
  [`import torchvision, { models } from "torchvision"`, true],
  [`import * as F from "torch/nn/functional"`, true],
  [`import {\n  nn,\n  optim,\n} from "torch"`, true],
  [`import "torch"`, true],
  [`// import torch from "torch"`, false],
  [`import torch from "torch-tools"`, false],
  [`import fs from "node:fs"\nconst s = "torch"`, false],
])("importsTorch(%j) is %j", (text, expected) => {
  expect(importsTorch(text)).toBe(expected)
})

test("a TypeScript file that imports torch is one program, any other none, a new snippet always", () => {
  expect(file("const a = 1")).toEqual([])
  expect(programsIn({ languageId: "javascript", text: `import torch from "torch"` })).toEqual([])
  expect(file(`import torch from "torch"\n`)).toEqual([{ kind: "file", headLine: 1, startLine: 1, endLine: 2, cells: [] }])
  expect(programsIn({ languageId: "typescript", text: "", isScratch: true })).toHaveLength(1)
})

test("cells reach from one mark to the next, and the lines above the first mark are a cell without a lens", () => {
  const [program] = file(`import torch from "torch"\n// %% one\nconst a = 1\n// %%\nconst b = 2`)
  expect(program?.cells).toEqual([
    { startLine: 1, endLine: 1, isMarked: false },
    { startLine: 2, endLine: 3, isMarked: true },
    { startLine: 4, endLine: 5, isMarked: true },
  ])
  expect(program && cellAt(program, 3)?.endLine).toBe(3)
})

const page = ["# Page", "```ts", `import torch from "torch"`, "print(1)", "```", "text", "```ts", "const other = 1", "```", "~~~~typescript", `import torch from "torch"`, "```", "~~~~"].join("\n")

test("in Markdown every ts fence that imports torch is a program of its own", () => {
  const programs = programsIn({ languageId: "markdown", text: page })
  expect(programs.map(({ headLine, startLine, endLine }) => [headLine, startLine, endLine])).toEqual([[2, 3, 4], [10, 11, 12]])
  expect(programAt(programs, 12)).toBe(programs[1])
  expect(programAt(programs, 6)).toBe(programs[0])
})

test("a fence is sent at its own lines, with everything else blank", () => {
  const [program] = programsIn({ languageId: "markdown", text: page })
  expect(program && sourceOf(page, program).split("\n")).toEqual(["", "", `import torch from "torch"`, "print(1)", "", "", "", "", "", "", "", "", ""])
})

test("a part runs with what stands above it, and never ends in the middle of a block, a call or a template", () => {
  const text = [`import torch from "torch"`, "for (const i of [1, 2]) { // (", "  print(i)", "}", "const s = `{", "`", "print(s, ')')", "print(2)"].join("\n")
  const [program] = file(text)
  const linesThrough = (line: number) => program && sourceOf(text, program, line).split("\n").filter((each) => each !== "").length
  expect([1, 2, 3, 4, 5, 7, 8].map(linesThrough)).toEqual([1, 4, 4, 4, 6, 7, 8])
  expect(program && sourceOf(text, program)).toBe(text)
})

test("the neighbours of a snippet are its relative imports", () => {
  expect(relativeImports(`import torch from "torch"\nimport { f } from "./model.ts"\nexport * from '../data'\nconst m = await import("./late")`)).toEqual(["./model.ts", "../data", "./late"])
})
