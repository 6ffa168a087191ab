// Running: the values at the lines, cells, selections, fences, neighbours, settings, edits and live mode.

import assert from "node:assert/strict"
import { commands, Range, Selection, window, workspace } from "vscode"
import { api, edit, eventually, lesson, lensesOf, open, openFiles, pause, problemsOf, run, shownIn, withSetting } from "./desk.ts"
import { test } from "./harness.ts"

const expected = {
  3: "tensor([[1., 1.], [1., 1.]], requires_grad=True) grad: tensor([[4.5000, 4.5000], [4.5000, 4.5000]])",
  4: "tensor([[3., 3.], [3., 3.]], grad_fn=<AddBackward0>)",
  5: "tensor([[27., 27.], [27., 27.]], grad_fn=<MulBackward0>)",
  6: "tensor(27., grad_fn=<MeanBackward0>)",
  8: "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])",
}

test("the engine gets ready on a device by itself", async () => {
  await open(lesson)
  const { device } = await (await api()).ready()
  assert.match(device, /^(cpu|webgpu)$/)
}, 60_000)

test("lesson 001 shows every value at its line, and the gradient of x at x", async () => {
  const { shown } = await run(lesson)
  assert.deepEqual(shown, expected)
})

test("run resolves with what was printed, and onDidRun tells of it", async () => {
  const document = await open(lesson)
  const { run: runUri, onDidRun } = await api()
  const told: string[] = []
  const listening = onDidRun(({ uri, result }) => told.push(`${uri.toString()} ${result.runId}`))
  const result = await runUri(document.uri.toString())
  listening.dispose()
  assert.equal(result.stdout, "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])\n")
  assert.equal(result.error, undefined)
  assert.deepEqual(told, [`${document.uri.toString()} ${result.runId}`])
})

test("the command Run File runs the active editor, also from a lens's argument", async () => {
  const document = await open(lesson)
  await commands.executeCommand("autograd.run")
  assert.deepEqual(await shownIn(document), expected)
  await commands.executeCommand("autograd.clear")
  await commands.executeCommand("autograd.run", document.uri, 1)
  assert.deepEqual(await shownIn(document), expected)
})

const cells = `import torch from "torch"\n// %% one\nconst a = torch.ones(2)\n// %% two\nconst b = a * 2\n// %% three\nconst c = b * 2\n`

test("Run Cell runs from the top through the cell at the cursor, and nothing after it", async () => {
  const document = await open(cells)
  const editor = await window.showTextDocument(document)
  editor.selection = new Selection(4, 0, 4, 0)
  await commands.executeCommand("autograd.runCell")
  assert.deepEqual(await shownIn(document), { 3: "tensor([1., 1.])", 5: "tensor([2., 2.])" })
})

test("Run Selection runs from the top through the selection, and never half a loop", async () => {
  const document = await open(`import torch from "torch"\nlet s = 0\nfor (let i = 0; i < 4; i++) {\n  s = s + i\n}\nconst after = 1\n`)
  const editor = await window.showTextDocument(document)
  editor.selection = new Selection(2, 0, 3, 5)
  await commands.executeCommand("autograd.runSelection")
  const shown = await shownIn(document)
  assert.deepEqual([shown[4], shown[6], problemsOf(document)], ["× 4 6", undefined, []])
})

test("a range given to the API ends the run there", async () => {
  const document = await open(lesson)
  await (await api()).run(document.uri, new Range(3, 0, 3, 15))
  assert.deepEqual(Object.keys(await shownIn(document)), ["3", "4"])
})

test("a fence in Markdown runs at its own lines", async () => {
  const document = await open("# T\n\n```ts\nimport torch from \"torch\"\nconst a = torch.ones(2)\n```\n", "markdown")
  await commands.executeCommand("autograd.run", document.uri, 4)
  assert.deepEqual(await shownIn(document), { 5: "tensor([1., 1.])" })
})

test("a neighbouring file is imported, with its unsaved text", async () => {
  const document = await openFiles({ "main.ts": `import torch from "torch"\nimport { twice } from "./twice.ts"\nconst a = twice(torch.ones(2))\n`, "twice.ts": "export const twice = (x) => x * 2\n" })
  await (await api()).run(document.uri)
  assert.deepEqual((await shownIn(document))[3], "tensor([2., 2.])")
  const neighbour = await workspace.openTextDocument(document.uri.with({ path: document.uri.path.replace("main.ts", "twice.ts") }))
  await edit(neighbour, "x * 2", "x * 5")
  await (await api()).run(document.uri)
  assert.deepEqual((await shownIn(document))[3], "tensor([5., 5.])")
})

test("Clear Results takes the values away", async () => {
  const { document } = await run(lesson)
  await commands.executeCommand("autograd.clear")
  assert.deepEqual(await shownIn(document), {})
})

test("inline values can be turned off", async () => {
  const { document } = await run(lesson)
  await withSetting("inlineValues", false, async () => assert.deepEqual(await shownIn(document), {}))
  assert.deepEqual(await shownIn(document), expected)
})

test("after an edit the values are stale, and move with their lines", async () => {
  const { document } = await run(lesson)
  await edit(document, "const x", "\nconst x")
  const values = (await api()).values(document.uri)
  assert.deepEqual(values.map(({ line, stale }) => [line, stale]), [[4, true], [5, true], [6, true], [7, true], [9, true]])
  await (await api()).run(document.uri)
  assert.ok((await api()).values(document.uri).every(({ stale }) => !stale))
})

test("text that cannot be read leaves the old values standing, stale", async () => {
  const { document } = await run(lesson)
  await edit(document, "x + 2", "x + ")
  await (await api()).run(document.uri)
  assert.equal((await shownIn(document))[5], expected[5])
  assert.ok((await api()).values(document.uri).every(({ stale }) => stale))
})

test("in live mode an edit runs by itself after a pause", async () => {
  const { document } = await run(lesson)
  await withSetting("runOn", "type", async () => {
    await edit(document, "x + 2", "x + 3")
    await eventually("the new value of y is shown", async () => (await shownIn(document))[4]?.startsWith("tensor([[4., 4.]"))
  })
})

test("Toggle Live Run switches it for this window, without the setting", async () => {
  const { document } = await run(lesson)
  await commands.executeCommand("autograd.toggleLive")
  await edit(document, "x + 2", "x + 4")
  await eventually("the new value of y is shown", async () => (await shownIn(document))[4]?.startsWith("tensor([[5., 5.]"))
  await commands.executeCommand("autograd.toggleLive")
  await edit(document, "x + 4", "x + 5")
  await pause(900)
  assert.match((await shownIn(document))[4] ?? "", /^tensor\(\[\[5\., 5\.\]/)
})

test("with runOn save, saving runs", async () => {
  const document = await openFiles({ "saved.ts": lesson })
  await withSetting("runOn", "save", async () => {
    await edit(document, "x + 2", "x + 6")
    await pause(700)
    assert.deepEqual(await shownIn(document), {})
    await document.save()
    await eventually("the value of y is shown", async () => (await shownIn(document))[4]?.startsWith("tensor([[7., 7.]"))
  })
})

test("after a run the lens offers the graph, and to explain the gradient", async () => {
  const { document } = await run(lesson)
  assert.deepEqual(await lensesOf(document), ["1 ▷ Run", "1 Show Graph", "1 Explain x.grad"])
})

test("runs do not share state: a name of the last run is unknown in the next", async () => {
  await run(`import torch from "torch"\nglobalThis.leftBehind = 1\n`)
  const { document } = await run(`import torch from "torch"\nprint(leftBehind)\n`)
  assert.match(problemsOf(document).join("\n"), /^2:7 ReferenceError/)
})
