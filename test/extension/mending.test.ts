// Mending: a fault's or a verdict's cure is applied from the light bulb, and the snippet then runs without it. Verdicts
// and boundaries as a person meets them: in the hover, in Problems, in the tint.

import assert from "node:assert/strict"
import { commands, DiagnosticSeverity, workspace, type CodeAction, type TextDocument } from "vscode"
import { api, edit, hoverOn, open, ours, problemsOf, run, withSetting } from "./desk.ts"
import { test } from "./harness.ts"

const torch = `import torch from "torch"\n`
const w = "const w = torch.ones(2, { requires_grad: true })\n"

/** The light bulb's menu at a problem (the one that has this code). */
async function cures(document: TextDocument, code: string): Promise<readonly CodeAction[]> {
  const problem = ours(document.uri).find((one) => one.code === code)
  assert.ok(problem, `a problem ${code} stands among ${problemsOf(document).join("\n")}`)
  const actions = await commands.executeCommand<CodeAction[]>("vscode.executeCodeActionProvider", document.uri, problem.range)
  // TypeScript offers its own at the same place.
  return actions.filter(({ edit: made, title }) => made?.has(document.uri) === true && !title.startsWith("Convert '"))
}

/** A mistake, the code of its problem, the cures that are offered, and the line that the first one leaves. */
const mistakes: readonly (readonly [claim: string, source: string, code: string, titles: readonly string[], line: number, text: string])[] = [
  ["a value that backward needs and that was changed in place", `${torch}${w}const y = w.exp()\ny += 1\ny.sum().backward()\n`, "RuntimeError", ["Make a new tensor instead: y = y + 1"], 4, "y = y + 1"],
  ["a second backward", `${torch}${w}const y = (w * w).sum()\ny.backward()\ny.backward()\n`, "RuntimeError", ["Keep the graph: pass { retain_graph: true } on line 4"], 4, "y.backward({ retain_graph: true })"],
  ["a leaf changed in place", `${torch}${w}w -= 0.1\n`, "RuntimeError", ["Change it in place, inside torch.no_grad()"], 4, "  w -= 0.1"],
  ["a backward pass from several elements", `${torch}${w}const y = w * 2\ny.backward()\n`, "RuntimeError", ["Sum it first: y.sum()", "Pass a gradient: torch.ones_like(y)"], 4, "y.sum().backward()"],
  ["a result that nothing tracks", `${torch}const a = torch.ones(2)\na.sum().backward()\n`, "RuntimeError", ["Track a: requires_grad"], 2, "const a = torch.ones(2, { requires_grad: true })"],
  ["matrices that do not fit", `${torch}const a = torch.ones(4, 3)\nconst b = torch.ones(2, 3)\nconst c = a.matmul(b)\n`, "RuntimeError", ["Write b.T instead of b"], 4, "const c = a.matmul(b.T)"],
  ["shapes that do not broadcast", `${torch}const a = torch.ones(3, 2)\nconst b = torch.ones(3)\nconst c = a + b\n`, "RuntimeError", ["Write b.unsqueeze(1) instead of b"], 4, "const c = a + b.unsqueeze(1)"],
  ["a loss between shapes that only broadcast", `${torch}const p = torch.ones(3, 1)\nconst t = torch.ones(3)\nconst l = torch.nn.functional.mse_loss(p, t)\n`, "UserWarning", ["Give t the shape of the prediction: .view_as()"], 4, "const l = torch.nn.functional.mse_loss(p, t.view_as(p))"],
  ["whole numbers that should be tracked", `${torch}const n = torch.arange(3n)\nn.requires_grad_()\n`, "RuntimeError", ["Make n floating-point: .float()"], 2, "const n = torch.arange(3n).float()"],
  ["a result whose gradient is read", `${torch}${w}const y = w * 2\ny.sum().backward()\nprint(y.grad)\n`, "non-leaf", ["Keep the gradient of y: retain_grad()"], 4, "y.retain_grad()"],
  ["a variable that was never tracked", `${torch}${w}const x = torch.ones(2)\n;(w * x).sum().backward()\nprint(x.grad)\n`, "no-requires-grad", ["Track x: requires_grad"], 3, "const x = torch.ones(2, { requires_grad: true })"],
  ["a detach on the way", `${torch}${w}const v = torch.ones(2, { requires_grad: true })\n;(w.detach() * v).sum().backward()\nprint(w.grad)\n`, "detached", ["Remove .detach() on line 4"], 4, ";(w * v).sum().backward()"],
  ["gradients that add up", `${torch}${w}for (let i = 0; i < 2; i++) {\n  (w * w).sum().backward()\n}\nprint(w.grad)\n`, "accumulated", ["Clear the gradient first: w.grad = null"], 4, "  w.grad = null;"],
  ["a graph that grows", `${torch}${w}let total = 0\nfor (let i = 0; i < 5; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  w.grad = null\n  total += loss\n}\n`, "growing-graph", ["Add only the number: loss.item()", "Cut loss off from the turns before: .detach()"], 8, "  total += loss.item()"],
]

for (const [claim, source, code, titles, line, text] of mistakes) {
  test(`${claim}: the light bulb mends it, and the next run has no problem`, async () => {
    const { document } = await run(source)
    const found = await cures(document, code)
    assert.deepEqual(found.map(({ title }) => title), titles)
    assert.ok(found[0]?.edit)
    await workspace.applyEdit(found[0].edit)
    assert.equal(document.lineAt(line - 1).text, text)
    await (await api()).run(document.uri)
    assert.deepEqual(problemsOf(document), [])
  })
}

test("a fault of a backward pass leads to where the value was saved and where it was changed", async () => {
  const { document } = await run(`${torch}${w}const y = w.exp()\ny += 1\ny.sum().backward()\n`)
  const [problem] = ours(document.uri)
  assert.deepEqual(problem?.relatedInformation?.map(({ message, location }) => `${location.range.start.line + 1}: ${message}`), ["3: ExpBackward0 saved it here.", "4: It was changed in place here."])
})

test("a cure is not offered for a line that was edited since the run", async () => {
  const { document } = await run(`${torch}${w}const y = (w * w).sum()\ny.backward()\ny.backward()\n`)
  await edit(document, "y.backward()", "y.backward( )")
  assert.deepEqual(await cures(document, "RuntimeError"), [])
})

test("a verdict stands in Problems at its cause, leads to the variable, and is said in the variable's hover", async () => {
  const { document } = await run(`${torch}${w}const v = torch.ones(2, { requires_grad: true })\nconst h = w.detach() * 2\n;(h * v).sum().backward()\nprint(w.grad)\n`)
  const problem = ours(document.uri).find(({ code }) => code === "detached")
  assert.equal(problem?.message, "`w.grad` is null because `w.detach()` on line 4 cut it off from the result. Use the tensor itself there, without detach() or .data.")
  assert.deepEqual([problem.severity, problem.range.start.line, problem.relatedInformation?.[0]?.location.range.start.line], [DiagnosticSeverity.Information, 3, 1])
  assert.match(await hoverOn(document, 2, "w"), /`w\.grad` is null because `w\.detach\(\)` on line 4 cut it off/)
})

test("a verdict that takes another run comes after the values, in Problems and in the hover", async () => {
  const document = await open(`${torch}const w = torch.tensor([-1, -2], { requires_grad: true })\nconst y = torch.relu(w)\ny.sum().backward()\nprint(w.grad)\n`)
  const { verdicts } = await (await api()).run(document.uri)
  assert.deepEqual(verdicts?.filter(({ asked }) => asked !== false).map(({ id, name, line }) => [id, name, line]), [["relu-zero", "w", 3]])
  assert.match(problemsOf(document).join("\n"), /^3:\d+ relu-zero `w\.grad` is zero because `torch\.relu\(w\)` on line 3 passes nothing on/)
  assert.match(await hoverOn(document, 2, "w"), /`w\.grad` is zero because `torch\.relu\(w\)`/)
})

test("a name whose gradient is not read has its reason in the hover and no problem", async () => {
  const { document } = await run(`${torch}${w}const x = torch.ones(2)\nconst y = w * x\ny.sum().backward()\n`)
  assert.deepEqual(problemsOf(document), [])
  assert.match(await hoverOn(document, 3, "x"), /`x\.grad` is null because `x` was made on line 3 without requires_grad/)
  assert.match(await hoverOn(document, 4, "y"), /`y\.grad` is null because `y` is a result, not a leaf/)
  assert.match(await hoverOn(document, 5, "y"), /retain_grad\(\) before backward/)
})

test("a growing graph is a warning with its growth in nodes, and the version with item() is not", async () => {
  const { document } = await run(`${torch}${w}let total = 0\nfor (let i = 0; i < 20; i++) {\n  const loss = (w * w).sum()\n  loss.backward()\n  w.grad = null\n  total = total + loss\n}\n`)
  const problem = ours(document.uri).find(({ code }) => code === "growing-graph")
  assert.deepEqual([problem?.severity, problem?.range.start.line], [DiagnosticSeverity.Warning, 7])
  assert.match(problem?.message ?? "", /It hung on 7 nodes at first and hangs on \d+ after 20 turns\./)
  await edit(document, "+ loss\n", "+ loss.item()\n")
  await (await api()).run(document.uri)
  assert.deepEqual(problemsOf(document), [])
})

test("code behind which no gradient passes is tinted with the reason, until an edit, and not where inline values are off", async () => {
  const { document } = await run(`${torch}${w}torch.no_grad(() => {\n  const a = w * 2\n  const b = a + 1\n})\nconst n = w[0].item() * 2\n`)
  const { boundaries } = await api()
  const shown = boundaries(document.uri).map(({ kind, span, text }) => `${kind} ${span.line}:${span.column}-${span.endLine}:${span.endColumn} ${text}`)
  assert.deepEqual(shown, [
    "region 4:3-5:18 Tracking is off here (no_grad): nothing is recorded, and no gradient comes back through it.",
    "value 7:11-7:22 The tensor becomes plain numbers here, which have no history: no gradient comes back through them.",
  ])
  await withSetting("inlineValues", false, async () => assert.deepEqual(boundaries(document.uri), []))
  await edit(document, "a + 1", "a + 2")
  assert.deepEqual(boundaries(document.uri), [])
})
