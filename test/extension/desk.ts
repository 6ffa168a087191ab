// Desk: what every test of the suite does in VS Code, in the words of the tests: open a text, run it, read what is shown.

import assert from "node:assert/strict"
import { CodeLens, commands, ConfigurationTarget, extensions, Hover, languages, MarkdownString, Position, Range, Selection, Uri, window, workspace, type Diagnostic, type TextDocument } from "vscode"
import type { AutogradApi } from "../../extension/main.ts"
import { isInBrowser } from "./harness.ts"
import { memoryFolder } from "./memoryFiles.ts"

/** Lesson 001 in short: the values of all lines are known to the character. */
export const lesson = `import torch from "torch"

const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const z = y * y * 3
const out = z.mean()
out.backward()
print(x.grad)
`

/** The extension's API, activated. */
export async function api(): Promise<AutogradApi> {
  const extension = extensions.getExtension<AutogradApi>("autograd-lab.autograd-lab")
  assert.ok(extension, "the extension is installed")
  return await extension.activate()
}

/** Opens a text in an editor, as a document that was never saved. */
export async function open(content: string, language = "typescript"): Promise<TextDocument> {
  const document = await workspace.openTextDocument({ language, content })
  await window.showTextDocument(document)
  return document
}

let folders = 0

/** A new folder: of the disk, or where there may be none, of no disk at all. */
export function newFolder(): Uri {
  folders += 1
  const [opened] = workspace.workspaceFolders ?? []
  assert.ok(opened, "the suite has a folder open")
  return isInBrowser ? memoryFolder(`suite-${folders}`) : Uri.joinPath(opened.uri, `suite-${folders}`)
}

/** Writes files into a folder of their own and opens the first. */
export async function openFiles(files: Readonly<Record<string, string>>): Promise<TextDocument> {
  const folder = newFolder()
  await workspace.fs.createDirectory(folder)
  for (const [name, text] of Object.entries(files)) await workspace.fs.writeFile(Uri.joinPath(folder, name), new TextEncoder().encode(text))
  const [first = ""] = Object.keys(files)
  const document = await workspace.openTextDocument(Uri.joinPath(folder, first))
  await window.showTextDocument(document)
  return document
}

/** The text of a file of the extension, by its path there. */
export async function shipped(path: string): Promise<string> {
  const { extensionUri } = extensions.getExtension("autograd-lab.autograd-lab")!
  return await textAt(Uri.joinPath(extensionUri, path))
}

/** The text of a file. */
export async function textAt(uri: Uri): Promise<string> {
  return new TextDecoder().decode(await workspace.fs.readFile(uri))
}

/** Opens a text, runs it and gives the document with what is shown, by line. */
export async function run(content: string): Promise<{ readonly document: TextDocument; readonly shown: Readonly<Record<number, string>> }> {
  const document = await open(content)
  await (await api()).run(document.uri)
  return { document, shown: await shownIn(document) }
}

/** What stands at the ends of a document's lines. */
export async function shownIn({ uri }: TextDocument): Promise<Readonly<Record<number, string>>> {
  return Object.fromEntries((await api()).values(uri).map(({ line, text }) => [line, text]))
}

/** The titles of the lenses, by line from 1. */
export async function lensesOf({ uri }: TextDocument): Promise<readonly string[]> {
  const lenses = await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", uri, 100)
  return lenses.filter(({ command }) => command?.command.startsWith("autograd.")).map(({ range, command }) => `${range.start.line + 1} ${command?.title ?? ""}`)
}

/** The text of our hover over the first place where `token` stands in the line (from 1); empty when there is none. */
export async function hoverOn(document: TextDocument, line: number, token: string): Promise<string> {
  const column = document.lineAt(line - 1).text.indexOf(token)
  assert.ok(column >= 0, `“${token}” stands in line ${line}`)
  const hovers = await commands.executeCommand<Hover[]>("vscode.executeHoverProvider", document.uri, new Position(line - 1, column))
  const texts = hovers.flatMap(({ contents }) => contents).map((content) => (content instanceof MarkdownString || typeof content === "object" ? content.value : content))
  return texts.filter((text) => text.includes("device `") || text.includes("command:autograd")).join("\n")
}

/** Our problems in a document, as `line:column name message`. */
export function problemsOf({ uri }: TextDocument): readonly string[] {
  return ours(uri).map(({ range, code, message }) => `${range.start.line + 1}:${range.start.character + 1} ${String(code)} ${message}`)
}

/** Our problems as VS Code holds them. */
export function ours(uri: Uri): readonly Diagnostic[] {
  return languages.getDiagnostics(uri).filter(({ source }) => source === "autograd")
}

/** Replaces the first `old` of a document by `text`, as typing does. */
export async function edit(document: TextDocument, old: string, text: string): Promise<void> {
  const at = document.getText().indexOf(old)
  assert.ok(at >= 0, `“${old}” stands in the document`)
  const editor = await window.showTextDocument(document)
  const range = new Range(document.positionAt(at), document.positionAt(at + old.length))
  assert.ok(await editor.edit((builder) => builder.replace(range, text)))
}

/** Puts the cursor at the first `token` of a line (from 1). */
export async function cursorAt(document: TextDocument, line: number, token: string): Promise<void> {
  const editor = await window.showTextDocument(document, { preserveFocus: false, viewColumn: window.visibleTextEditors.find((each) => each.document === document)?.viewColumn ?? 1 })
  const position = new Position(line - 1, document.lineAt(line - 1).text.indexOf(token))
  editor.selection = new Selection(position, position)
}

/** Runs `body` with a setting changed, and sets it back. */
export async function withSetting(name: string, value: unknown, body: () => Promise<void>): Promise<void> {
  const settings = workspace.getConfiguration("autograd")
  await settings.update(name, value, ConfigurationTarget.Global)
  try {
    await body()
  } finally {
    await settings.update(name, undefined, ConfigurationTarget.Global)
  }
}

/** Asks until the answer is there; the claim is what did not come true. */
export async function eventually<Answer>(claim: string, ask: () => Answer | undefined | Promise<Answer | undefined>, timeoutMs = 10_000): Promise<Answer> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    if (Date.now() > end) throw new Error(`this did not come true: ${claim}`)
    await pause(25)
  }
}

/** Lets time pass where something must not happen. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
