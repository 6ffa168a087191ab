// Explanations of gradient elements, through the built command line: values are PyTorch's, paths a separate tracer's.

import { beforeAll, expect, test } from "vitest"
import { explainCases } from "./cases.ts"
import { countByGroup, fallen, missing, readFloor, scoreExplanations } from "./score.ts"
import type { Outcome } from "./score.ts"

let outcomes: Outcome[] = []
const cases = explainCases()

beforeAll(async () => {
  outcomes = await scoreExplanations(cases)
  console.log(`conformance explain: ${outcomes.filter(({ verdict }) => verdict.ok).length}/${outcomes.length}`)
}, 600_000)

test.each([...new Set(cases.map(({ kind }) => kind))])("every question of kind %s is explained as PyTorch's gradient and the paths say", kind => {
  expect(missing(outcomes, [kind], [])).toEqual([])
})

test("no kind of explanation falls below its floor", () => {
  expect(fallen(countByGroup(outcomes), readFloor().explain)).toEqual([])
})
