// The recorded programs, through the built command line: whole tutorials must agree with PyTorch, the rest may only get better.

import { beforeAll, expect, test } from "vitest"
import { programCases } from "./cases.ts"
import { countByGroup, fallen, missing, readFloor, readRequired, scorePrograms } from "./score.ts"
import type { Outcome } from "./score.ts"

let outcomes: Outcome[] = []

beforeAll(async () => {
  outcomes = await scorePrograms(programCases())
  const counts = countByGroup(outcomes)
  const passed = outcomes.filter(({ verdict }) => verdict.ok).length
  const topics = [...counts].map(([topic, { passed: good, total }]) => `${topic} ${good}/${total}`)
  console.log(`conformance programs: ${passed}/${outcomes.length}\n  ${topics.join(", ")}`)
}, 600_000)

const { topics, except } = readRequired()

test.each(topics)("every program of %s prints what PyTorch printed", topic => {
  expect(missing(outcomes, [topic], except)).toEqual([])
})

test("no topic falls below its floor", () => {
  expect(fallen(countByGroup(outcomes), readFloor().programs)).toEqual([])
})
