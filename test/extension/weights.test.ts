// Weights: lesson 004b as a person opens it, and files beside a snippet, inside a real VS Code.

import assert from "node:assert/strict"
import { commands, Uri } from "vscode"
import { api, cursorAt, eventually, open, openFiles, problemsOf, shipped, shownIn, textAt } from "./desk.ts"
import { test } from "./harness.ts"

test("lesson 004b shows its values at the lines, and the graph of its loss in the panel", async () => {
  const source = await shipped("media/lessons/en/004b-resnet18.ts")
  const document = await open(source)
  const { error } = await (await api()).run(document.uri)
  assert.deepEqual(error, undefined)
  const line = (start: string): number => source.split("\n").findIndex((text) => text.startsWith(start)) + 1
  const shown = await shownIn(document)
  assert.equal(shown[line("const loss")], "tensor(-478.2640, grad_fn=<SumBackward0>)")
  assert.equal(shown[line("print(model.conv1.weight.grad.shape)")], "torch.Size([64, 3, 7, 7])")
  assert.match(shown[line("const model")] ?? "", /^ResNet\( \(conv1\): Conv2d\(3, 64/)
  await cursorAt(document, line("const loss"), "loss")
  await commands.executeCommand("autograd.showGraph")
  const state = await eventually("the panel shows loss", async () => {
    const now = await (await api()).panelState()
    return now?.title === "loss" && now.nodes.length > 0 ? now : undefined
  }, 30_000)
  const names = state.nodes.map(({ name }) => name)
  // How it is folded is tested where the picture is made (test/engine/weightsLesson.test.ts): the state tells of all nodes.
  assert.deepEqual(["conv1.weight", "layer4.1.bn2.bias", "MeanBackward1", "prediction", "loss"].filter((name) => !names.includes(name)), [])
}, 120_000)

test("a saved snippet saves and loads beside itself; one that is saved nowhere is told to be saved", async () => {
  const source = 'import torch from "torch"\ntorch.save({ w: torch.ones(2) }, "w.pth")\nconst back = torch.load("w.pth").w\n'
  const saved = await openFiles({ "main.ts": source })
  assert.deepEqual((await (await api()).run(saved.uri)).error, undefined)
  assert.equal((await shownIn(saved))[3], "tensor([1., 1.])")
  assert.equal((await textAt(Uri.joinPath(saved.uri, "..", "w.pth"))).slice(0, 2), "PK")
  const untitled = await open(source)
  await (await api()).run(untitled.uri)
  assert.deepEqual(problemsOf(untitled).map((text) => text.split("\n")[0]), ["2:7 RuntimeError RuntimeError: torch.save: expected the snippet to be a file of this machine, in whose folder “w.pth” lies, and it is saved in none."])
}, 60_000)
