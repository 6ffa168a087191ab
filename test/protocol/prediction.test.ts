// Answers to "what is this gradient?": the right one in whatever spelling, and what each wrong one is told.
import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { run } from "../engine/snippetRunning.ts"
import type { Explanation, ExplainQuestion } from "../../engine/protocol/api.ts"
import { questionsIn } from "../../extension/questions.ts"
import { chainOf, judge, readAnswer } from "../../engine/protocol/prediction.ts"

async function explained(source: string, explain: ExplainQuestion): Promise<Explanation> {
  const { result } = await run(source, { trace: false, explain })
  if (result.explanation === undefined) throw new Error(result.error?.message ?? "no explanation")
  return result.explanation
}

const first = `import torch from "torch"
const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const z = y * y * 3
const out = z.mean()
out.backward()`
const question = { of: "out", at: "x[0][0]" }

test("the chain of the first lesson is 1/4, then 18 in two ways, then 1", async () => {
  const links = chainOf(await explained(first, question), question)
  expect(links.map(({ of, at, value, parts, line }) => ({ of, at, value, parts, line }))).toEqual([
    { of: "out", at: "z[0][0]", value: 0.25, parts: [0.25], line: 5 },
    { of: "z[0][0]", at: "y[0][0]", value: 18, parts: [9, 9], line: 4 },
    { of: "y[0][0]", at: "x[0][0]", value: 1, parts: [1], line: 3 },
  ])
})

test.each([
  ["4.5", "right", null], ["9/2", "right", null], ["1/4 * 18", "right", null], ["4,5", "right", null],
  ["-4.5", "sign", null],
  ["18", "left-out", "out"],
  ["1/4", "left-out", "z[0][0]"],
  ["2.25", "one-way", "z[0][0]"],
  ["72", "upside-down", "out"],
  ["9/8", "factor", "z[0][0]"],
])("%s is told: %s at %s", async (text, kind, of) => {
  const feedback = judge(readAnswer(text) ?? Number.NaN, await explained(first, question), question)
  expect([feedback.kind, "link" in feedback ? feedback.link.of : null]).toEqual([kind, of])
})

test("9/8 is met at dz/dy: it has 9/2 there, where 18 belongs", async () => {
  const feedback = judge(9 / 8, await explained(first, question), question)
  expect(feedback.kind === "factor" && [feedback.given, feedback.link.value]).toEqual([4.5, 18])
})

test("ways that meet in no named value between are one link, with a part for each", async () => {
  const asked = { of: "d", at: "a" }
  const links = chainOf(await explained(`import torch from "torch"
const a = torch.tensor(2, { dtype: torch.float32, requires_grad: true })
const b = a * 3
const c = a * a
const d = b + c
d.backward()`, asked), asked)
  expect(links.map(({ of, at, value, parts }) => ({ of, at, value, parts }))).toEqual([{ of: "d", at: "a", value: 7, parts: [3, 2, 2] }])
})

test("in a chain with a slope of 0 it is met where the 0 was taken for a 1, else nowhere", async () => {
  const asked = { of: "out", at: "x[0]" }
  const explanation = await explained(`import torch from "torch"
const x = torch.tensor([-1, 2], { requires_grad: true })
const y = torch.relu(x)
const out = (y * 3).sum()
out.backward()`, asked)
  const left = judge(3, explanation, asked)
  expect([left.kind === "left-out" && [left.link.of, left.link.at], judge(7, explanation, asked).kind, judge(0, explanation, asked).kind]).toEqual([["y[0]", "x[0]"], "unknown", "right"])
})

test("where one link is all there is, its rule is told and not its number", async () => {
  const asked = { of: "y", at: "x" }
  const explanation = await explained(`import torch from "torch"
const x = torch.tensor(3.0, { requires_grad: true })
const y = x ** 2
y.backward()`, asked)
  const feedback = judge(9, explanation, asked)
  expect(feedback.kind === "rule" && feedback.link.rules).toEqual([{ node: "PowBackward0", rule: "∂y/∂x = 2 · x" }])
  expect([judge(1 / 6, explanation, asked).kind, judge(1, explanation, asked).kind, judge(-6, explanation, asked).kind]).toEqual(["upside-down", "rule", "sign"])
})

test("so is where all other factors are 1, and of several operations those that change a number come first", async () => {
  const asked = { of: "out", at: "x[1]" }
  const explanation = await explained(`import torch from "torch"
const x = torch.tensor([1, 2], { requires_grad: true })
const y = x.exp() + 1
const out = y.sum()
out.backward()`, asked)
  const feedback = judge(2, explanation, asked)
  expect(feedback.kind === "rule" && feedback.link.rules.map(({ node }) => node)).toEqual(["ExpBackward0", "AddBackward0"])
})

test.each(["", "four", "1/", "1//2", "2 3", "1/0"])("“%s” is no number", (text) => {
  expect(readAnswer(text)).toBe(null)
})

const folder = new URL("../../media/lessons/en/", import.meta.url)
const asked = readdirSync(folder).flatMap((file) => {
  const source = readFileSync(new URL(file, folder), "utf8")
  return questionsIn(source).map(({ of, at }) => ({ file, of, at, source }))
})

test.each(asked)("$file asks ∂$of/∂$at, and there is an answer", async ({ source, of, at }) => {
  const explanation = await explained(source, { of, at })
  expect(judge(explanation.value, explanation, { of, at }).kind).toBe("right")
  expect(judge(explanation.value + 1, explanation, { of, at }).kind).not.toBe("right")
})
