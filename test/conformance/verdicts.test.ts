// Verdicts on broken snippets, through the built command line; the clean snippets must have none.

import { beforeAll, expect, test } from "vitest"
import { verdictCases } from "./cases.ts"
import { countByGroup, fallen, missing, readFloor, scoreVerdicts } from "./score.ts"
import type { Outcome } from "./score.ts"

let outcomes: Outcome[] = []
const cases = verdictCases()

beforeAll(async () => {
  outcomes = await scoreVerdicts(cases)
  console.log(`conformance verdicts: ${outcomes.filter(({ verdict }) => verdict.ok).length}/${outcomes.length}`)
}, 600_000)

test.each([...new Set(cases.map(({ kind }) => kind))])("every snippet of kind %s gets its verdict and line, and no other", kind => {
  expect(missing(outcomes, [kind], [])).toEqual([])
})

test("no kind of verdict falls below its floor", () => {
  expect(fallen(countByGroup(outcomes), readFloor().verdicts)).toEqual([])
})
