// The lessons as files: the two languages hold the same program, line for line, and the list knows every one of them.

import { readFileSync, readdirSync } from "node:fs"
import { expect, test } from "vitest"
import { questionsIn } from "../../extension/questions.ts"
import { openEditor } from "./typesService.ts"

interface Lesson {
  readonly id: string
  readonly order: number
  readonly title: Readonly<Record<"en" | "ko", string>>
  readonly summary: Readonly<Record<"en" | "ko", string>>
  readonly files: Readonly<Record<"en" | "ko", string>>
}

interface Manifest {
  readonly contributes: { readonly walkthroughs: readonly { readonly steps: readonly { readonly media: { readonly svg: string } }[] }[] }
}

const folder = new URL("../../media/lessons/", import.meta.url)
const lessons = JSON.parse(read("lessons.json")) as Lesson[]
const hangul = /\p{Script=Hangul}/u

test.each(lessons)("$id is the same program in both languages, line for line", ({ files }) => {
  expect(codeByLine(files.ko)).toEqual(codeByLine(files.en))
})

test.each(lessons)("$id is explained in each language's own words", ({ files, title, summary }) => {
  const texts = [read(files.en), title.en, summary.en, read(files.ko), title.ko, summary.ko]
  expect(texts.map(text => hangul.test(text))).toEqual([false, false, false, true, true, true])
})

test.each(lessons)("$id is a snippet of cells that ends with a classic mistake", ({ files }) => {
  const source = read(files.en)
  const cells = source.split("\n").filter(line => line.startsWith("// %% "))
  expect([/^import torch from "torch"$/m.test(source), cells.length >= 5, cells.at(-1)]).toEqual([true, true, "// %% A classic mistake"])
})

test.each([true, false])("no lesson has a diagnostic or a hint in the editor (with the plugin: %s)", plugin => {
  const names = lessons.flatMap(({ files }) => [files.en, files.ko])
  const editor = openEditor(Object.fromEntries(names.map(name => [`/lesson/${name}`, read(name)])), { plugin })
  expect(names.flatMap(name => editor.diagnostics(`/lesson/${name}`, true).map(line => `${name} ${line}`))).toEqual([])
})

test("every lesson file is in the list, in order", () => {
  const listed = lessons.flatMap(({ files }) => [files.en, files.ko]).sort()
  const present = ["en", "ko"].flatMap(language => readdirSync(new URL(`${language}/`, folder)).map(file => `${language}/${file}`)).sort()
  expect(listed).toEqual(present)
  expect(lessons.map(({ order }) => order)).toEqual(lessons.map((_lesson, index) => index + 1))
})

test("the first lesson holds the tutorial's own lines", () => {
  const lines = Object.values(codeByLine("en/001-autograd.ts"))
  expect(lines).toEqual(expect.arrayContaining([
    "const x = torch.ones(2, 2, { requires_grad: true })",
    "const y = x + 2",
    "const z = y * y * 3",
    "const out = z.mean()",
    "out.backward()",
    "print(x.grad)",
    "using _ = torch.no_grad()",
    "const y = x.detach()",
    "print(x.eq(y).all())",
  ]))
})

test("each walkthrough picture is drawn in the theme's colours and needs no style of its own", () => {
  const root = new URL("../../", import.meta.url)
  const { contributes } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Manifest
  const steps = contributes.walkthroughs.flatMap(({ steps: all }) => all)
  // VS Code puts the picture into a page whose policy drops style elements and attributes.
  const faulty = steps.map(({ media }) => media.svg).filter(path => {
    const text = readFileSync(new URL(path, root), "utf8")
    return !text.includes("var(--vscode-") || /<style|\sstyle=|<script|href=/.test(text)
  })
  expect(steps.length).toBe(6)
  expect(faulty).toEqual([])
})

test("at least fifteen lessons, and what a lesson asks is a gradient of its own names", () => {
  expect(lessons.length).toBeGreaterThanOrEqual(15)
  const asked = lessons.flatMap(({ files }) => questionsIn(read(files.en)).map(({ of, at }) => ({ file: files.en, of, at })))
  expect(asked.length).toBeGreaterThanOrEqual(5)
  const strange = asked.filter(({ file, of, at }) => ![of, at.replace(/\[.*$/, "")].every((name) => new RegExp(`(const|let) ${name} = `).test(read(file))))
  expect(strange).toEqual([])
  expect(lessons.map(({ files }) => questionsIn(read(files.ko)))).toEqual(lessons.map(({ files }) => questionsIn(read(files.en))))
})

function read(file: string): string {
  return readFileSync(new URL(file, folder), "utf8")
}

/** The code without its comments, by line number. Comments of lessons stand on lines of their own. */
function codeByLine(file: string): Record<number, string> {
  const lines = read(file).split("\n").map((line, index) => [index + 1, line.trim()] as const)
  return Object.fromEntries(lines.filter(([, line]) => line !== "" && !line.startsWith("//")))
}
