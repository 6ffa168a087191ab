// Reads every import line of the source and fails on an arrow that the house does not have. The table below is the
// one that ARCHITECTURE.md shows; a test compares them, so that the page cannot drift from the code.

import { readFileSync, readdirSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** What each room may import at run time. Imports of types alone are free: they are gone when the code runs. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "engine/protocol": [],
  "engine/ops": [],
  "engine/backends": ["engine/protocol", "engine/ops"],
  "engine/tensor": ["engine/protocol", "engine/ops", "engine/backends"],
  "engine/autograd": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor"],
  "engine/nn": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd"],
  "engine/optim": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd"],
  "engine/vision": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd", "engine/nn"],
  "engine/torch.ts": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd", "engine/nn", "engine/optim", "engine/vision"],
  "engine/snippet": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd", "engine/nn", "engine/optim", "engine/vision", "engine/torch.ts"],
  "engine/host": ["engine/protocol", "engine/ops", "engine/backends", "engine/tensor", "engine/autograd", "engine/nn", "engine/optim", "engine/vision", "engine/torch.ts", "engine/snippet"],
  "engine/types": ["engine/ops"],
  "extension": ["engine/protocol"],
  "media": ["engine/protocol"],
}

/** Rooms that may use a thing from outside; no other room may. */
const outside: readonly { readonly what: RegExp; readonly rooms: readonly string[] }[] = [
  { what: /^vscode$/, rooms: ["extension"] },
  { what: /^node:/, rooms: ["engine/host", "extension"] },
  { what: /^webgpu$/, rooms: ["engine/backends", "engine/host"] },
  { what: /^typescript$/, rooms: ["engine/snippet", "engine/types"] },
]

interface Import {
  readonly file: string
  readonly target: string
}

const sources = ["engine", "extension", "media"].flatMap(folder => filesUnder(join(root, folder)))
const imports = sources.flatMap(importsOf)

test("no import goes against the arrows of the house", () => {
  const wrong = imports.flatMap(({ file, target }) => {
    if (!target.startsWith(".")) return []
    const from = roomOf(file)
    const to = roomOf(join(dirname(file), target))
    return from === to || arrows[from]?.includes(to) ? [] : [`${file} imports ${target}: ${from} may not see ${to}`]
  })
  expect(wrong).toEqual([])
})

test("every source file lies in a room of the table", () => {
  expect(sources.filter(file => !(roomOf(file) in arrows))).toEqual([])
})

test("vscode, Node, the GPU and the TypeScript compiler are each used by their rooms alone", () => {
  const wrong = imports.flatMap(({ file, target }) => {
    const rule = outside.find(({ what }) => what.test(target))
    return rule === undefined || rule.rooms.includes(roomOf(file)) ? [] : [`${file} imports ${target}`]
  })
  expect(wrong).toEqual([])
})

test("the table itself has no circle", () => {
  const placed = new Set<string>()
  const rooms = Object.keys(arrows)
  // A room can be placed once everything that it sees is; a circle never can.
  for (const _round of rooms) for (const room of rooms) if (arrows[room]!.every(seen => placed.has(seen))) placed.add(room)
  expect(rooms.filter(room => !placed.has(room))).toEqual([])
})

test("ARCHITECTURE.md shows this table", () => {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8")
  const shown = page.split("<!-- arrows -->")[1]?.split("<!-- /arrows -->")[0]?.trim()
  expect(shown).toBe(table())
})

function table(): string {
  const rows = Object.entries(arrows).map(([room, seen]) => {
    const names = seen.map(name => `\`${name.replace(/^engine\//, "")}\``)
    return `| \`${room}\` | ${names.length === 0 ? "nothing" : names.join(", ")} |`
  })
  return ["| room | may import |", "| --- | --- |", ...rows].join("\n")
}

function roomOf(file: string): string {
  const [first = "", second = ""] = file.split(sep)
  return first === "engine" ? `engine/${second}` : first
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map(path => relative(root, join(folder, path)))
    .filter(path => /\.[cm]?[jt]s$/.test(path) && !path.endsWith(".d.ts"))
    // Lessons are the learner's programs: their `torch` is not ours to import.
    .filter(path => !path.startsWith(join("media", "lessons")) && !path.split(sep).includes("node_modules"))
}

function importsOf(file: string): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const target = targetOf(node)
    if (target !== undefined) found.push({ file, target })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest))
  return found
}

/** What a node imports at run time: an import or export declaration that is not of types alone, `import()`, `require()`. */
function targetOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && !isTypeOnly(node.importClause)) return textOf(node.moduleSpecifier)
  if (ts.isExportDeclaration(node) && !node.isTypeOnly && node.moduleSpecifier) return textOf(node.moduleSpecifier)
  if (!ts.isCallExpression(node)) return undefined
  const callee = node.expression
  const imports = callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require")
  return imports && node.arguments[0] ? textOf(node.arguments[0]) : undefined
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const named = clause.namedBindings
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.length > 0
    && named.elements.every(element => element.isTypeOnly)
}

function textOf(node: ts.Expression): string | undefined {
  return ts.isStringLiteralLike(node) ? node.text : undefined
}
