// The tensors of a run: shown in the panel, copied as text, JSON and CSV, and the graph as files.

import assert from "node:assert/strict"
import { commands, env, Uri } from "vscode"
import { api, cursorAt, eventually, lesson, newFolder, run, textAt } from "./desk.ts"
import { test } from "./harness.ts"

test("Show Tensor opens the numbers of the tensor at the cursor in the panel", async () => {
  const { document } = await run(lesson)
  await cursorAt(document, 5, "z")
  await commands.executeCommand("autograd.showTensor")
  await eventually("the panel's tensor view is seen", async () => (await (await api()).panelState())?.view === "tensor", 20_000)
}, 60_000)

test("a tensor is copied as PyTorch's text, as JSON and as CSV", async () => {
  const { document } = await run(`import torch from "torch"\nconst m = torch.tensor([[1.5, -2], [0.1, 4]])\nconst long = torch.arange(3000)\n`)
  await cursorAt(document, 2, "m")
  await commands.executeCommand("autograd.copyTensorText")
  assert.equal(await env.clipboard.readText(), "tensor([[ 1.5000, -2.0000],\n        [ 0.1000,  4.0000]])")
  await commands.executeCommand("autograd.copyTensorJson")
  assert.deepEqual(JSON.parse(await env.clipboard.readText()), { name: "m", dtype: "float32", shape: [2, 2], values: [[1.5, -2], [0.1, 4]] })
  await commands.executeCommand("autograd.copyTensorCsv")
  assert.equal(await env.clipboard.readText(), "1.5,-2\n0.1,4\n")
  // PyTorch's own text leaves most of these out; what is copied does not.
  await cursorAt(document, 3, "long")
  await commands.executeCommand("autograd.copyTensorText")
  assert.equal(await env.clipboard.readText(), `[${Array.from({ length: 3000 }, (_, at) => at).join(", ")}]`)
}, 60_000)

test("Export Graph writes the shown graph as a file, and as text for other programs", async () => {
  const { document } = await run(lesson)
  await cursorAt(document, 6, "out")
  await commands.executeCommand("autograd.showGraph")
  await eventually("the panel shows out", async () => ((await (await api()).panelState())?.title === "out" ? true : undefined), 20_000)
  const target = Uri.joinPath(newFolder(), "out.svg")
  await commands.executeCommand("autograd.exportGraph", { format: "svg", destination: target })
  const picture = await textAt(target)
  for (const part of ["<?xml", "<title", "Backward graph of out", "<desc", "x with the gradient [[4.5000, 4.5000], [4.5000, 4.5000]]", "MeanBackward0"]) assert.ok(picture.includes(part), part)
  await commands.executeCommand("autograd.exportGraph", { format: "mermaid", destination: "clipboard" })
  assert.match(await env.clipboard.readText(), /^flowchart TB\n {2}accTitle: Backward graph of out/)
}, 60_000)

