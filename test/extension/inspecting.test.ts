// Inspecting: hovers, the graph panel, the list of a line's values, and the types that are written into a folder.

import assert from "node:assert/strict"
import { commands, env, Uri, window, workspace } from "vscode"
import { api, cursorAt, edit, eventually, hoverOn, lesson, open, run, textAt, withSetting } from "./desk.ts"
import { test } from "./harness.ts"

const panelShows = async (title: string) => await eventually(`the panel shows ${title}`, async () => {
  const state = await (await api()).panelState()
  return state?.title === title && state.nodes.length > 0 ? state : undefined
}, 20_000)

test("the hover of z shows its value, its chain down to AccumulateGrad, and links", async () => {
  const { document } = await run(lesson)
  const text = await hoverOn(document, 5, "z")
  for (const part of [
    "**z**", "shape `[2, 2]`", "float32", "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)", "requires_grad `true`", "not a leaf",
    "MulBackward0 → MulBackward0 → AddBackward0 → AccumulateGrad", "command:autograd.showGraph", "command:autograd.explain", "command:autograd.copyValue",
  ]) assert.ok(text.includes(part), `${part}\nis in\n${text}`)
})

test("the hover of x shows that it is a leaf, and its gradient", async () => {
  const { document } = await run(lesson)
  const text = await hoverOn(document, 4, "x")
  for (const part of ["**x**", "· leaf", "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])"]) assert.ok(text.includes(part), `${part}\nis in\n${text}`)
})

test("the hover of an operator shows what that operation gave", async () => {
  const { document } = await run(lesson)
  assert.match(await hoverOn(document, 5, "* y"), /tensor\(\[\[9\., 9\.\]/)
  assert.match(await hoverOn(document, 6, "mean"), /tensor\(27\., grad_fn=<MeanBackward0>\)/)
})

test("there is no hover before a run, on an edited line, or when it is turned off", async () => {
  const before = await open(lesson)
  assert.equal(await hoverOn(before, 5, "z"), "")
  const { document } = await run(lesson)
  await withSetting("hover", false, async () => assert.equal(await hoverOn(document, 5, "z"), ""))
  await edit(document, "y * y * 3", "y * y * 4")
  assert.equal(await hoverOn(document, 5, "z"), "")
  assert.match(await hoverOn(document, 4, "y"), /From before your edit/)
})

test("the copy link copies the whole value", async () => {
  const { document } = await run(lesson)
  await env.clipboard.writeText("")
  await commands.executeCommand("autograd.copyValue", { uri: document.uri.toString(), line: 5, column: 7 })
  assert.equal(await env.clipboard.readText(), "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)")
})

test("Show Graph opens the graph of the tensor at the cursor beside the editor, which keeps the focus", async () => {
  const { document } = await run(lesson)
  await cursorAt(document, 6, "out")
  await commands.executeCommand("autograd.showGraph")
  const { nodes } = await panelShows("out")
  const named = (kind: string) => nodes.filter((node) => node.kind === kind).map(({ name }) => name).sort()
  assert.deepEqual(named("leaf"), ["x"])
  assert.deepEqual(named("grad_fn"), ["AccumulateGrad", "AddBackward0", "MeanBackward0", "MulBackward0", "MulBackward0"])
  assert.ok(named("tensor").includes("out") && named("tensor").includes("z") && named("tensor").includes("y"))
  assert.match(nodes.find(({ kind }) => kind === "leaf")?.grad ?? "", /4\.5000/)
  assert.equal(window.activeTextEditor?.document, document)
}, 60_000)

test("the cursor's line is selected in the graph, and an edit makes it stale until the next run", async () => {
  const { document } = await run(lesson)
  await cursorAt(document, 6, "out")
  await commands.executeCommand("autograd.showGraph")
  await panelShows("out")
  await cursorAt(document, 4, "y")
  await eventually("a node of line 4 is selected", async () => {
    const state = await (await api()).panelState()
    return state?.selected ? true : undefined
  })
  await edit(document, "x + 2", "x + 3")
  await eventually("the panel is stale", async () => (await (await api()).panelState())?.stale)
  await (await api()).run(document.uri)
  const fresh = await eventually("the panel is fresh", async () => {
    const state = await (await api()).panelState()
    return state && !state.stale ? state : undefined
  })
  assert.match(fresh.nodes.find(({ name, kind }) => name === "y" && kind === "tensor")?.value ?? "", /4\., 4\./)
}, 60_000)

test("Show Graph runs a snippet that has not run, and says so when nothing is tracked", async () => {
  const document = await open(`import torch from "torch"\nconst a = torch.ones(2)\n`)
  await cursorAt(document, 2, "a")
  await commands.executeCommand("autograd.showGraph")
  const state = await eventually("the panel says why it is empty", async () => {
    const now = await (await api()).panelState()
    return now?.empty ? now : undefined
  })
  assert.match(state.empty ?? "", /requires_grad: true/)
}, 60_000)

test("Explain Gradient derives the gradient of the tensor at the cursor, from the result that backward started at", async () => {
  const { document } = await run(lesson)
  await cursorAt(document, 3, "x")
  await commands.executeCommand("autograd.explain")
  const { explanation, view, nodes } = await explained("x[0][0]")
  assert.equal(view, "explanation")
  assert.equal(explanation.value, 4.5)
  assert.deepEqual(explanation.paths.map((path) => path.factors?.map(({ slope }) => slope)), [[0.25, 3, 3, 1], [0.25, 3, 3, 1]])
  assert.deepEqual([explanation.about?.of, explanation.about?.grad], ["out", 4.5])
  // Every factor is a node of the graph beside it, at its own line.
  const lines = new Set(nodes.map(({ name, line }) => `${name} ${line}`))
  for (const path of explanation.paths) for (const { node, line } of path.factors ?? []) assert.ok(lines.has(`${node} ${line}`), `${node} ${line}`)
}, 60_000)

test("an element that the learner wrote is the one that is explained", async () => {
  const { document } = await run(lesson.replace("print(x.grad)", "print(x.grad[1][0])"))
  await cursorAt(document, 8, "grad[1][0]")
  await commands.executeCommand("autograd.explain")
  assert.equal((await explained("x[1][0]")).explanation.value, 4.5)
}, 60_000)

test("the graph of a run that another has replaced is drawn again", async () => {
  const { document } = await run(lesson)
  await run(`import torch from "torch"\nconst other = torch.ones(1)\n`)
  await cursorAt(document, 4, "y")
  await commands.executeCommand("autograd.showGraph")
  const { nodes } = await panelShows("y")
  assert.ok(nodes.some(({ name }) => name === "AddBackward0"))
}, 60_000)

test("a picked time of a loop is shown at every line of the loop", async () => {
  const { document, shown } = await run(`import torch from "torch"\nfor (let i = 0; i < 1000; i++) {\n  const s = i * 2\n}\n`)
  assert.equal(shown[3], "× 1000 1998")
  await cursorAt(document, 3, "s")
  await commands.executeCommand("autograd.pickIteration")
  await commands.executeCommand("workbench.action.quickOpenNavigateNext")
  await commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem")
  await eventually("the first time is shown", async () => (await api()).values(document.uri).find(({ line }) => line === 3)?.text === "1 / 1000 0")
})

test("Add Types writes the types into the folder, and never over a file that says something else", async () => {
  const folder = workspace.workspaceFolders?.[0]?.uri
  assert.ok(folder, "the suite has a folder open")
  const target = Uri.joinPath(folder, "autograd-env.d.ts")
  await commands.executeCommand("autograd.addTypes")
  const types = await textAt(target)
  assert.match(types, /requires_grad/)
  await commands.executeCommand("autograd.addTypes")
  assert.equal(await textAt(target), types)
  await workspace.fs.writeFile(target, new TextEncoder().encode("// mine\n"))
  // VS Code answers a question for nobody while tests run: no is taken.
  await commands.executeCommand("autograd.addTypes")
  assert.equal(await textAt(target), "// mine\n")
  await workspace.fs.delete(target)
})

/** The panel's state once it explains this element. */
async function explained(at: string) {
  return await eventually(`${at} is explained`, async () => {
    const state = await (await api()).panelState()
    return state?.explanation?.about?.at === at ? { ...state, explanation: state.explanation } : undefined
  })
}
