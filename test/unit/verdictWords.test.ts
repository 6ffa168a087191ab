// What verdicts, cures and boundaries say, in English and in Korean, and to which variable a verdict belongs.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { BoundaryReason, Span, VerdictData, VerdictId } from "../../engine/protocol/api.ts"
import { boundaryText } from "../../extension/boundaryWords.ts"
import { fixTitle } from "../../extension/fixTitles.ts"
import { hoverText } from "../../extension/hoverText.ts"
import { valueAt } from "../../extension/finding.ts"
import { growthNote, panelVerdicts, verdictsOn, verdictText } from "../../extension/verdictWords.ts"
import { lesson, on } from "./traces.ts"

const bundle = JSON.parse(readFileSync(new URL("../../l10n/bundle.l10n.ko.json", import.meta.url), "utf8")) as Record<string, string>
const filled = (message: string, args: (string | number | boolean)[]): string => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]))
const english = { t: (message: string, ...args: (string | number | boolean)[]) => filled(message, args) }
const korean = { t: (message: string, ...args: (string | number | boolean)[]) => filled(bundle[message] ?? message, args) }

const ids: Readonly<Record<VerdictId, true>> = {
  "not-yet": true, "no-requires-grad": true, detached: true, "no-grad": true, "through-number": true, integer: true, "non-leaf": true, reassigned: true, "not-reached": true,
  "relu-zero": true, saturated: true, "times-zero": true, "nan-born": true, infinite: true, accumulated: true, "broadcast-sum": true, "growing-graph": true,
}
const all = Object.keys(ids) as VerdictId[]
const verdict = (id: VerdictId, more: Partial<VerdictData> = {}): VerdictData => ({ id, name: "w", line: 7, span: on(7, 1, 5), cause: "w.detach()", ...more })

test("each of the seventeen verdicts names the variable, leaves no gap, and is Korean in Korean", () => {
  const said = all.map((id) => [verdictText(verdict(id), english), verdictText(verdict(id), korean)] as const)
  expect(said.length).toBe(17)
  expect(said.filter(([one, other]) => !/`w(\.grad)?`/.test(one) || !/`w(\.grad)?`/.test(other) || !/[가-힣]/.test(other) || /\{\d\}|undefined/.test(one + other))).toEqual([])
})

test("a verdict with a cause elsewhere names its line as it is now", () => {
  const own: VerdictId[] = ["not-yet", "non-leaf", "not-reached"]
  expect(all.filter((id) => !verdictText(verdict(id), english, 9).includes("line 9"))).toEqual(own)
  expect(verdictText(verdict("detached"), english, 9)).toBe("`w.grad` is null because `w.detach()` on line 9 cut it off from the result. Use the tensor itself there, without detach() or .data.")
})

test("a growing graph says its nodes, in the sentence and at the line", () => {
  const growing = verdict("growing-graph", { growth: { first: 7, last: 151, turns: 49 } })
  expect([verdictText(growing, english).endsWith("It hung on 7 nodes at first and hangs on 151 after 50 turns."), growthNote(growing, english), growthNote(growing, korean)]).toEqual([true, "⚠ the graph grows: 7 → 151 nodes", "⚠ 그래프가 커집니다: 노드 7 → 151개"])
})

test("of variables that share a name each has its own verdicts; a variable that got several values has them everywhere", () => {
  const first = verdict("detached", { definition: on(2, 7, 8) })
  const second = verdict("not-reached", { definition: on(5, 7, 8) })
  expect(verdictsOn([first, second], "w", on(5, 7, 8))).toEqual([second])
  expect(verdictsOn([first, second], "w", on(9, 7, 8))).toEqual([])
  expect(verdictsOn([first], "w", on(9, 7, 8))).toEqual([first])
  expect(verdictsOn([first], "v", on(2, 7, 8))).toEqual([])
})

test("the panel is told a verdict with its place, by the lines of now", () => {
  expect(panelVerdicts([verdict("detached"), verdict("growing-graph")], english, (line) => line + 1).map(({ name, span, isWarning, text }) => [name, span.line, isWarning, text.includes("line 8")])).toEqual([["w", 7, false, true], ["w", 7, true, true]])
})

test("the hover says the verdict in place of the general sentence", () => {
  const found = valueAt(lesson.trace, { line: 5, column: 7, word: { text: "z", column: 7, isMember: false } })
  const text = found && hoverText(found, { isStale: false, links: [], verdicts: ["$(lightbulb) because"] }, english)
  expect([text?.includes("$(lightbulb) because"), text?.includes("retain_grad() is called")]).toEqual([true, false])
})

test("a cure has a title in both languages that says what it does", () => {
  const fix = { id: "write-instead", args: ["b", "b.T"], edits: [] } as const
  expect([fixTitle(fix, english), fixTitle(fix, korean)]).toEqual(["Write b.T instead of b", "b 대신 b.T 쓰기"])
})

test("each boundary gives its reason, with the variable where it has a name", () => {
  const span: Span = on(1, 1, 2)
  const reasons: readonly BoundaryReason[] = ["no-grad", "inference", "detached", "through-number", "integer", "reassigned"]
  expect(reasons.filter((reason) => !/[가-힣]/.test(boundaryText({ kind: "value", reason, span, name: "w" }, korean)))).toEqual([])
  expect(boundaryText({ kind: "value", reason: "detached", span, name: "w" }, english)).toBe("`w` is cut off from its history here: no gradient comes back through it.")
})
