// Predicting: a question hides what follows and every gradient until it is answered or given up.

import assert from "node:assert/strict"
import { commands } from "vscode"
import type { Feedback } from "../../engine/protocol/prediction.ts"
import { hoverOn, lesson, lensesOf, run, shownIn } from "./desk.ts"
import { test } from "./harness.ts"

const asking = lesson.replace("out.backward()\n", "out.backward()\n//? d out / d x[0][0]\n")
const answer = async (uri: unknown, text: string): Promise<Feedback | undefined> => await commands.executeCommand<Feedback | undefined>("autograd.predict", uri, 8, text)

test("while a question is open no gradient is shown, nor what stands below it", async () => {
  const { document, shown } = await run(asking)
  assert.equal(shown[4], "tensor([[3., 3.], [3., 3.]], grad_fn=<AddBackward0>)")
  assert.equal(shown[9], undefined)
  assert.doesNotMatch(JSON.stringify(shown), /4\.5/)
  assert.doesNotMatch(await hoverOn(document, 3, "x"), /4\.5/)
  const lenses = await lensesOf(document)
  assert.ok(lenses.some((title) => title.includes("What is ∂out/∂x[0][0]?")))
  assert.ok(!lenses.includes("1 Explain x.grad"))
})

test("a wrong answer is told where it went wrong, and hides on; the right one shows everything", async () => {
  const { document } = await run(asking)
  const wrong = await answer(document.uri, "9/8")
  assert.ok(wrong?.kind === "factor")
  assert.deepEqual([wrong.given, wrong.link.value, wrong.link.line], [4.5, 18, 5])
  assert.equal((await shownIn(document))[9], undefined)
  assert.equal((await answer(document.uri, "1/4 * 18"))?.kind, "right")
  assert.equal((await shownIn(document))[9], "tensor([[4.5000, 4.5000], [4.5000, 4.5000]])")
  const lenses = await lensesOf(document)
  assert.ok(lenses.some((title) => title.includes("∂out/∂x[0][0] = 4.5")))
  assert.ok(lenses.includes("1 Explain x.grad"))
})

test("Show the answer gives the question up", async () => {
  const { document } = await run(asking)
  await commands.executeCommand("autograd.reveal", document.uri, 8)
  assert.match((await shownIn(document))[3] ?? "", /grad: tensor\(\[\[4\.5000/)
})
