// The names that are the contract: commands, settings, the API; and that snippets are recognised where they should be.

import assert from "node:assert/strict"
import { commands, extensions, window } from "vscode"
import { api, eventually, lensesOf, lesson, open, withSetting } from "./desk.ts"
import { test } from "./harness.ts"

const names = ["run", "runCell", "runSelection", "stop", "restart", "clear", "toggleLive", "showGraph", "explain", "selectDevice", "newSnippet", "openLesson", "addTypes", "showOutput"]

test("every command of the contract is there", async () => {
  await api()
  const all = await commands.getCommands(true)
  assert.deepEqual(names.filter((name) => !all.includes(`autograd.${name}`)), [])
})

test("activation gives run, onDidRun, values, boundaries, panelState and ready", async () => {
  const given = await api()
  assert.deepEqual(Object.entries(given).map(([name, value]) => [name, typeof value]).sort(), [
    ["boundaries", "function"], ["onDidRun", "function"], ["panelState", "function"], ["ready", "function"], ["run", "function"], ["values", "function"],
  ])
})

test("the extension wakes for TypeScript, Markdown and its own panel, and not for everything", () => {
  const { activationEvents } = extensions.getExtension("autograd-lab.autograd-lab")?.packageJSON as { readonly activationEvents: readonly string[] }
  assert.deepEqual(activationEvents, ["onLanguage:typescript", "onLanguage:markdown", "onWebviewPanel:autograd.graph"])
})

test("▷ Run stands on the first line of a snippet and ▷ Run Cell on each cell", async () => {
  const document = await open(`${lesson}// %% more\nprint(1)\n`)
  await eventually("the lenses are there", async () => (await lensesOf(document)).length === 2)
  assert.deepEqual(await lensesOf(document), ["1 ▷ Run", "9 ▷ Run Cell"])
})

test("other TypeScript has no lens, and gets one when it imports torch", async () => {
  const document = await open("const a = 1\n")
  assert.deepEqual(await lensesOf(document), [])
  await (await window.showTextDocument(document)).edit((builder) => builder.insert(document.positionAt(0), `import torch from "torch"\n`))
  assert.deepEqual(await lensesOf(document), ["1 ▷ Run"])
})

test("a fence with torch in Markdown has its own lens", async () => {
  const document = await open("# T\n\n```ts\nconst a = 1\n```\n\n```ts\nimport torch from \"torch\"\nprint(torch.ones(2))\n```\n", "markdown")
  assert.deepEqual(await lensesOf(document), ["7 ▷ Run"])
})

test("the lens can be turned off", async () => {
  const document = await open(lesson)
  await withSetting("codeLens", false, async () => assert.deepEqual(await lensesOf(document), []))
})

test("New Snippet opens a TypeScript document that is a snippet at once", async () => {
  await commands.executeCommand("autograd.newSnippet")
  const document = window.activeTextEditor?.document
  assert.equal(document?.languageId, "typescript")
  assert.equal(document.isUntitled, true)
  assert.deepEqual(await lensesOf(document), ["1 ▷ Run"])
})

test("Open Lesson opens the lesson's text as a document of one's own", async () => {
  await commands.executeCommand("autograd.openLesson", "001-autograd")
  const document = window.activeTextEditor?.document
  assert.equal(document?.isUntitled, true)
  assert.match(document.getText(), /requires_grad: true/)
})
