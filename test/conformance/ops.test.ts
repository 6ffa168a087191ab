// The recorded operations, each as a snippet through the built command line: result, dtype, shape, grad_fn, gradients.

import { beforeAll, expect, test } from "vitest"
import { opCases } from "./cases.ts"
import { countByGroup, fallen, missing, readFloor, readRequired, scoreOps } from "./score.ts"
import type { Outcome } from "./score.ts"

let outcomes: Outcome[] = []

beforeAll(async () => {
  outcomes = await scoreOps(opCases())
  const counts = [...countByGroup(outcomes).values()]
  const passed = outcomes.filter(({ verdict }) => verdict.ok).length
  const complete = counts.filter(({ passed: good, total }) => good === total).length
  console.log(`conformance ops: ${passed}/${outcomes.length} cases, ${complete}/${counts.length} operations complete`)
}, 600_000)

test("every required operation agrees with PyTorch", () => {
  const { ops, except } = readRequired()
  expect(missing(outcomes, ops, except)).toEqual([])
})

test("no operation falls below its floor", () => {
  expect(fallen(countByGroup(outcomes), readFloor().ops)).toEqual([])
})
