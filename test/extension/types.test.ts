// The editor's own TypeScript in a snippet: nothing is red, quick info and completions know tensors, other files are as ever.

import assert from "node:assert/strict"
import { commands, extensions, languages, Position, Uri, workspace, type CompletionList, type Hover, type MarkdownString, type TextDocument } from "vscode"
import { eventually, lesson, open, openFiles, textAt } from "./desk.ts"
import { onNode } from "./harness.ts"

const elsewhere = "VS Code's server runs TypeScript in its own extension host, which does not see an extension under development in the browser's"

/** What TypeScript says about a document, as `line message`. */
const typescriptSays = ({ uri }: TextDocument): readonly string[] =>
  languages.getDiagnostics(uri).filter(({ source }) => source === "ts").map(({ range, message }) => `${range.start.line + 1} ${message}`)

/** Quick info at the first `token` of a document; asked until TypeScript has loaded. */
async function quickInfo(document: TextDocument, token: string): Promise<string> {
  const at = document.positionAt(document.getText().indexOf(token))
  return await eventually(`quick info on ${token}`, async () => {
    const hovers = await commands.executeCommand<Hover[]>("vscode.executeHoverProvider", document.uri, at)
    return hovers.flatMap(({ contents }) => contents).map((content) => (content as MarkdownString).value).find((text) => text.includes("```typescript") || text.includes("```ts")) || undefined
  }, 30_000)
}

onNode(elsewhere, "no lesson has a diagnostic of the built-in TypeScript", async () => {
  const { extensionUri } = extensions.getExtension("autograd-lab.autograd-lab")!
  const folder = Uri.joinPath(extensionUri, "media", "lessons", "en")
  const names = (await workspace.fs.readDirectory(folder)).map(([name]) => name).filter((name) => name.endsWith(".ts")).sort()
  assert.ok(names.length >= 5, "the lessons are there")
  for (const name of names) {
    // The mistake at the end says when TypeScript has looked at the whole file.
    const document = await openFiles({ [name]: `${await textAt(Uri.joinPath(folder, name))}\nnowhere\n` })
    const said = await eventually(`the mistake at the end of ${name}`, () => (typescriptSays(document).length > 0 ? typescriptSays(document) : undefined), 30_000)
    assert.deepEqual(said.map((line) => line.replace(/^\d+ /, "")), ["Cannot find name 'nowhere'."], name)
  }
}, 120_000)

onNode(elsewhere, "quick info of the built-in TypeScript says Tensor", async () => {
  const document = await openFiles({ "lesson.ts": lesson })
  assert.match(await quickInfo(document, "z ="), /const z: Tensor/)
})

onNode(elsewhere, "completions after a tensor offer mean, with its documentation", async () => {
  const document = await openFiles({ "completing.ts": `${lesson}const more = (x + 1).\n` })
  const line = document.lineCount - 2
  const at = new Position(line, document.lineAt(line).text.length)
  const mean = await eventually("mean is offered", async () => {
    const list = await commands.executeCommand<CompletionList>("vscode.executeCompletionItemProvider", document.uri, at, ".", 400)
    return list.items.find(({ label }) => (typeof label === "string" ? label : label.label) === "mean")
  }, 30_000)
  const documentation = typeof mean.documentation === "string" ? mean.documentation : (mean.documentation?.value ?? "")
  assert.match(documentation, /[Mm]ean/)
}, 60_000)

onNode(elsewhere, "TypeScript still flags what is wrong in a snippet, and everything in a file that is none", async () => {
  const snippet = await openFiles({ "wrong.ts": `import torch from "torch"\nconst x: string = torch.ones(2)\nprint(x)\n` })
  await eventually("the snippet's mistake", () => typescriptSays(snippet).length > 0)
  const plain = await open("const yes = true\nexport const n = yes & false\n")
  const said = await eventually("the other file's mistake", () => (typescriptSays(plain).length > 0 ? typescriptSays(plain) : undefined))
  assert.match(said.join("\n"), /'&' operator is not allowed for boolean/)
})
