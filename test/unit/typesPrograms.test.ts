// The conformance programs as a learner would open them: nothing is red.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { expect, test } from "vitest"
import { openEditor, typesText } from "./typesService.ts"

interface Program {
  readonly id: string
  readonly topic: string
  readonly ts: string
}

const read = (name: string): unknown[] =>
  readFileSync(fileURLToPath(new URL(`../conformance/${name}`, import.meta.url)), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown)
const programs = read("programs.jsonl") as Program[]
const files = (chosen: readonly Program[]) => Object.fromEntries(chosen.map(({ id, ts }) => [`/lesson/${id}.ts`, ts]))

/** Every diagnostic of the programs, with the program's name. */
function diagnosticsOf(chosen: readonly Program[], plugin: boolean): string[] {
  const editor = openEditor(files(chosen), { plugin, modules: true })
  return chosen.flatMap(({ id }) => editor.diagnostics(`/lesson/${id}.ts`).map((line) => `${id} ${line}`))
}

const seeds = programs.filter(({ topic }) => topic.startsWith("seed-"))
/** The spelling that TypeScript flags by itself, see snippets.md: `x[0, 1]`. Of the seeds, only resnet18's have it. */
const commaInIndex = /resnet18.*Left side of comma operator is unused and has no side effects. \(2695\)$/

test("the seed programs have no diagnostic by the types alone, commas in an index aside", () => {
  expect(seeds.length).toBeGreaterThan(30)
  expect(diagnosticsOf(seeds, false).filter((line) => !commaInIndex.test(line))).toEqual([])
})

/** What the engine does not have yet is not declared (typesEngine.test.ts compares the names), and so is flagged. */
const lacking = /: Property '(?:one_hot|unfold|embedding|embedding_bag|bilinear)' does not exist on type 'functional'/

test("every conformance program has no diagnostic with the plugin, names that the engine lacks aside", () => {
  expect(programs.length).toBeGreaterThan(250)
  expect(diagnosticsOf(programs, true).filter((line) => !lacking.test(line))).toEqual([])
})

test("every conformance expression has no diagnostic with the plugin, names that the engine lacks aside", () => {
  const expressions = read("ops.jsonl") as { readonly id: string; readonly ts: string }[]
  expect(expressions.length).toBeGreaterThan(800)
  const head = ["import torch, { nn } from \"torch\"", "const F = torch.nn.functional", "declare const x0: torch.Tensor, x1: torch.Tensor, x2: torch.Tensor", "print(nn)"]
  const text = [...head, ...expressions.map(({ ts }) => `print((${ts}) * 1)`)].join("\n")
  const wrong = openEditor({ "/lesson/expressions.ts": text }, { plugin: true }).diagnostics("/lesson/expressions.ts")
  expect(wrong.filter((line) => !lacking.test(line)).map((line) => `${expressions[Number.parseInt(line) - head.length - 1]?.id} ${line}`)).toEqual([])
})

test("a seed program that imports nothing has no diagnostic as a loose script", () => {
  const loose = seeds.filter((program) => !/^import/m.test(program.ts)).slice(0, 6)
  const editor = openEditor(files(loose), { plugin: true })
  expect(loose.flatMap(({ id }) => editor.diagnostics(`/lesson/${id}.ts`).map((line) => `${id} ${line}`))).toEqual([])
})

test("the types have no error of their own", () => {
  const editor = openEditor({ "/lesson/empty.ts": "" }, { plugin: false })
  expect(editor.diagnostics("/lesson/autograd-env.d.ts")).toEqual([])
})

test("every name of the types is documented", () => {
  const file = ts.createSourceFile("torch.d.ts", typesText, ts.ScriptTarget.ES2022, true)
  const bare: string[] = []
  // Several signatures of one name: documentation on one of them serves for all.
  const documented = new Set<string>()
  const named: [string, ts.Node][] = []
  const visit = (node: ts.Node, path: string): void => {
    const name = (ts.isInterfaceDeclaration(node) || ts.isTypeElement(node) || ts.isVariableStatement(node) || ts.isFunctionDeclaration(node)) && (node as { name?: ts.Node }).name?.getText(file)
    const here = name ? `${path}.${name}` : path
    if (name && /^[A-Za-z_]/.test(name)) {
      named.push([here, node])
      if (ts.getJSDocCommentsAndTags(node).length > 0) documented.add(here)
    }
    // What stands in a type literal or in an options object explains itself by its name.
    if (ts.isModuleDeclaration(node) || ts.isModuleBlock(node) || ts.isInterfaceDeclaration(node)) {
      ts.forEachChild(node, (child) => visit(child, ts.isModuleDeclaration(node) ? `${path}.${node.name.text}` : here))
    }
  }
  ts.forEachChild(file, (node) => visit(node, ""))
  for (const [path] of named) if (!documented.has(path) && !/^\.(?:Number|Boolean|BigInt)$/.test(path)) bare.push(path)
  expect([...new Set(bare)]).toEqual([])
})
