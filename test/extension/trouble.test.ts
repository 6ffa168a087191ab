// Trouble: each mistake, limit and crash says its sentence at its place, and the next run works.

import assert from "node:assert/strict"
import { commands, DiagnosticSeverity, window } from "vscode"
import { api, edit, eventually, lesson, open, openFiles, ours, pause, problemsOf, run, shownIn, withSetting } from "./desk.ts"
import { onNode, test } from "./harness.ts"

const noProcess = "the engine is no process there, and nothing outside can end a worker"
const torch = `import torch from "torch"\n`

/** The next run works: asked after every trouble. */
async function nextRunWorks(): Promise<void> {
  const { shown } = await run(`${torch}const a = torch.ones(2) + 1\n`)
  assert.deepEqual(shown, { 2: "tensor([2., 2.])" })
}

test("Stop ends while (true) within a second, keeps what ran before, and says so there", async () => {
  const document = await open(`${torch}const a = torch.ones(2)\nwhile (true) {\n}\n`)
  const running = (await api()).run(document.uri)
  await pause(600)
  const pressed = Date.now()
  await commands.executeCommand("autograd.stop")
  const { error } = await running
  const took = Date.now() - pressed
  assert.equal(error?.name, "Stopped")
  assert.ok(took < 1000, `took ${took} ms`)
  assert.deepEqual(await shownIn(document), { 2: "tensor([1., 1.])" })
  const [problem] = ours(document.uri)
  assert.deepEqual([problem?.severity, problem?.range.start.line], [DiagnosticSeverity.Information, 2])
  await nextRunWorks()
}, 60_000)

test("the time limit ends a run with a sentence", async () => {
  await withSetting("timeLimit", 1, async () => {
    const { document } = await run(`${torch}for (let i = 0; ; i++) { torch.ones(2) }\n`)
    assert.match(problemsOf(document).join("\n"), /^2:\d+ TimeLimit The run was expected to finish within 1\.0 s/)
  })
  await nextRunWorks()
}, 60_000)

test("torch.zeros(1e12) is refused at its place with the sizes", async () => {
  const { document } = await run(`${torch}const a = torch.zeros(1e12)\n`)
  assert.match(problemsOf(document).join("\n"), /^2:17 MemoryLimit This needs 4 TB, and a run may use 2 GB/)
  await nextRunWorks()
}, 60_000)

test("a syntax error is marked at its place", async () => {
  const { document } = await run(`${torch}const a = (1 + \n`)
  assert.match(problemsOf(document).join("\n"), /^\d+:\d+ SyntaxError SyntaxError: /)
  await nextRunWorks()
})

test("a shape error is marked at the operation, with both shapes, and the lines above keep their values", async () => {
  const { document, shown } = await run(`${torch}const a = torch.ones(2, 3)\nconst b = torch.ones(4)\nconst c = a + b\n`)
  assert.match(problemsOf(document).join("\n"), /^4:11 RuntimeError RuntimeError: [^]*3[^]*4/)
  assert.equal(shown[3], "tensor([1., 1., 1., 1.])")
  await nextRunWorks()
})

test("a fault that is mended has no squiggle any more", async () => {
  const { document } = await run(`${torch}const c = torch.ones(2) + torch.ones(3)\n`)
  assert.equal(problemsOf(document).length, 1)
  await edit(document, "torch.ones(3)", "torch.ones(2)")
  await (await api()).run(document.uri)
  assert.deepEqual(problemsOf(document), [])
})

test("Clear Results takes the squiggles away too", async () => {
  const { document } = await run(`${torch}const c = torch.ones(2) + torch.ones(3)\n`)
  await commands.executeCommand("autograd.clear")
  assert.deepEqual(problemsOf(document), [])
})

onNode(noProcess, "an engine killed from outside while it runs is reported, and the next run works", async () => {
  const document = await open(`${torch}while (true) {\n}\n`)
  const running = (await api()).run(document.uri)
  await pause(600)
  assert.ok((await killEngines()) > 0, "an engine process was found")
  const { error } = await running
  assert.equal(error?.name, "EngineCrash")
  assert.match(problemsOf(document).join("\n"), /EngineCrash The engine was expected to finish this run, and it ended instead/)
  await nextRunWorks()
}, 60_000)

onNode(noProcess, "an engine killed from outside while nothing runs is not missed", async () => {
  await nextRunWorks()
  assert.ok((await killEngines()) > 0, "an engine process was found")
  await nextRunWorks()
}, 60_000)

test("what was stopped does not run again by itself in live mode until it is edited", async () => {
  await withSetting("runOn", "save", async () => {
    const document = await openFiles({ "endless.ts": `${torch}while (true) {\n}\n` })
    const running = (await api()).run(document.uri)
    await pause(500)
    await commands.executeCommand("autograd.stop")
    await running
    let runs = 0
    const listening = (await api()).onDidRun(() => (runs += 1))
    await commands.executeCommand("workbench.action.files.save")
    await pause(800)
    assert.equal(runs, 0)
    await edit(document, "while (true) {", "for (const i of [1]) {")
    await document.save()
    await eventually("it runs again after the edit", () => runs === 1)
    listening.dispose()
  })
}, 60_000)

test("Restart Engine gives a fresh engine", async () => {
  await commands.executeCommand("autograd.restart")
  await nextRunWorks()
}, 60_000)

test("a newer run replaces the one in progress", async () => {
  const endless = await open(`${torch}while (true) {\n}\n`)
  const first = (await api()).run(endless.uri)
  await pause(400)
  const { shown } = await run(lesson)
  assert.equal((await first).error?.name, "Stopped")
  assert.match(shown[6] ?? "", /tensor\(27\./)
  assert.deepEqual(problemsOf(endless), [])
  assert.equal(window.activeTextEditor?.document.getText(), lesson)
}, 60_000)

test("a snippet reaches no process, file or network", async () => {
  const { shown } = await run(`${torch}const found = [typeof process, typeof fetch, typeof XMLHttpRequest].join()\n`)
  assert.equal(shown[2], "'undefined,undefined,undefined'")
  const { document } = await run(`import fs from "node:fs"\n${torch}`)
  assert.match(problemsOf(document).join("\n"), /^1:\d+ ImportError/)
})

/** Ends every engine process that this extension host has started; gives how many. */
async function killEngines(): Promise<number> {
  const { execFileSync } = await import("node:child_process")
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n")
  const engines = rows.map((row) => row.trim().split(/\s+/)).filter(([, parent, ...args]) => Number(parent) === process.pid && args.join(" ").includes("engineProcess.mjs"))
  for (const [pid] of engines) process.kill(Number(pid), "SIGKILL")
  return engines.length
}
