// What a wrong answer is told, in English and in Korean: of the lessons' own questions, and never the answer itself.

import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { shortNumber } from "../../engine/protocol/explanation.ts"
import { judge, type Feedback, type LinkRule } from "../../engine/protocol/prediction.ts"
import { feedbackText } from "../../extension/feedbackText.ts"
import { questionsIn } from "../../extension/questions.ts"
import { run } from "../engine/snippetRunning.ts"

const bundle = JSON.parse(readFileSync(new URL("../../l10n/bundle.l10n.ko.json", import.meta.url), "utf8")) as Record<string, string>
const filled = (message: string, args: (string | number | boolean)[]): string => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]))
const english = { t: (message: string, ...args: (string | number | boolean)[]) => filled(message, args) }
const korean = { t: (message: string, ...args: (string | number | boolean)[]) => filled(bundle[message] ?? message, args) }

const hint = (rules: readonly LinkRule[], parts = [2]): Feedback => ({ kind: "rule", link: { of: "y", at: "x", value: 6, parts, line: 8, rules } })

test("the rule of a power is said in words and letters, at the line of now", () => {
  const feedback = hint([{ node: "PowBackward0", rule: "∂y/∂x = 2 · x" }])
  expect([feedbackText(feedback, english, (line) => line + 1), feedbackText(feedback, korean)]).toEqual([
    "Not that. Look at ∂y/∂x, made on line 9. The exponent of a power comes to the front and goes down by one: ∂xⁿ/∂x = n · xⁿ⁻¹.",
    "그 값이 아닙니다. 8번째 줄에서 생긴 ∂y/∂x을(를) 살펴보세요. 거듭제곱을 미분하면 지수가 앞으로 나오고 지수는 1 줄어듭니다: ∂xⁿ/∂x = n · xⁿ⁻¹.",
  ])
})

test("several ways are said to add up, and two rules are enough", () => {
  const said = feedbackText(hint([{ node: "MmBackward0" }, { node: "MulBackward0" }, { node: "SumBackward0" }], [6, 5]), english)
  expect([said.includes("x gets there in 2 ways, and their slopes add up."), said.includes("matrix product"), said.includes("slope of a product"), said.includes("In a sum")]).toEqual([true, true, true, false])
})

test("an operation that has no sentence is told by its own rule, but not where that is a number", () => {
  expect(feedbackText(hint([{ node: "ErfBackward0", rule: "∂y/∂x = (2 / √π) · e^(−x²)" }]), english)).toContain("The slope of ErfBackward0: ∂y/∂x = (2 / √π) · e^(−x²).")
  expect(feedbackText(hint([{ node: "ErfBackward0", rule: "∂y/∂x = 6" }]), english)).toContain("The operation is ErfBackward0.")
})

const folder = new URL("../../media/lessons/en/", import.meta.url)
const asked = readdirSync(folder).flatMap((file) => {
  const source = readFileSync(new URL(file, folder), "utf8")
  return questionsIn(source).map(({ of, at }) => ({ file, of, at, source }))
})

test.each(asked)("no wrong answer to $file's ∂$of/∂$at is told the right one", async ({ source, of, at }) => {
  const { result } = await run(source, { trace: false, explain: { of, at } })
  const { explanation } = result
  if (explanation === undefined) throw new Error("no explanation")
  const right = shortNumber(explanation.value)
  const wrong = [explanation.value + 1, explanation.value / 2 + 0.3, 1, 0, 1.7, -2.3].filter((answer) => judge(answer, explanation, { of, at }).kind !== "right")
  for (const answer of wrong) {
    for (const words of [english, korean]) {
      const said = feedbackText(judge(answer, explanation, { of, at }), words)
      // Lines and counts of ways are numbers, too.
      const numbers = said.replace(/line \d+|\d+ ways|\d+번째|\d+개|\d+갈래|\[\d+\]/g, "").match(/[\d.]*\d/g) ?? []
      expect(numbers, said).not.toContain(right)
    }
  }
})
