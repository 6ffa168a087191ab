// Where lines go when a document is edited.

import { expect, test } from "vitest"
import { LineMap } from "../../extension/lineMap.ts"

const moved = (change: Parameters<LineMap["apply"]>[0]) => {
  const map = new LineMap(5)
  map.apply(change)
  return [1, 2, 3, 4, 5].map((line) => map.now(line))
}

test("an edit inside a line moves nothing and touches that line alone", () => {
  const map = new LineMap(3)
  map.apply({ startLine: 2, fromStart: false, endLine: 2, breaks: 0 })
  expect([1, 2, 3].map((line) => [map.now(line), map.isTouched(line)])).toEqual([[1, false], [2, true], [3, false]])
})

test("a line inserted at the start of line 2 moves line 2 and all below", () => {
  expect(moved({ startLine: 2, fromStart: true, endLine: 2, breaks: 1 })).toEqual([1, 3, 4, 5, 6])
})

test("a line break at the end of line 2 moves what is below it", () => {
  expect(moved({ startLine: 2, fromStart: false, endLine: 2, breaks: 2 })).toEqual([1, 2, 5, 6, 7])
})

test("deleted lines are gone, and the lines below come up", () => {
  expect(moved({ startLine: 2, fromStart: true, endLine: 4, breaks: 0 })).toEqual([1, 2, null, null, 3])
})

test("a line of now is found back among the lines that ran", () => {
  const map = new LineMap(3)
  map.apply({ startLine: 1, fromStart: true, endLine: 1, breaks: 1 })
  expect([1, 2, 3, 4].map((line) => map.then(line))).toEqual([null, 1, 2, 3])
})
