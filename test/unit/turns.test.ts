// The pure parts behind a picked turn and a stepped pass: which trace is shown, how a curve lies, what has arrived.
import { expect, test } from "vitest"
import type { BackwardPass, LoopTrace, Span, Trace, TraceRecord } from "../../engine/protocol/api.ts"
import { inlineTexts } from "../../extension/inlineTexts.ts"
import { loopOf, momentOf, pickOf, turnOf } from "../../extension/turns.ts"
import { nearest, numberText, plotOf, spansPowers } from "../../media/panel/curve.ts"
import { positionOf, standingAt } from "../../media/panel/stepsModel.ts"

function span(line: number, endLine = line): Span {
  return { line, column: 1, endLine, endColumn: 9 }
}

function binding(name: string, line: number, count: number, ...values: readonly (readonly [number, string])[]): TraceRecord {
  return { kind: "binding", name, span: span(line), showLine: line, count, samples: values.map(([index, repr]) => ({ index, value: { kind: "plain", repr, typeName: "number" } })) }
}

const loops: readonly LoopTrace[] = [
  { id: 4, span: span(2, 6), turns: 10, curves: [] },
  { id: 7, span: span(3, 5), turns: 50, curves: [] },
]

test("a picked turn shows what each place had by then, with the count of the whole run, and nothing that came later", () => {
  const run: Trace = { records: [binding("a", 1, 1, [0, "1"]), binding("b", 3, 50, [0, "2"], [49, "3"]), binding("c", 8, 1, [0, "4"])], loops }
  const then: Trace = { records: [binding("a", 1, 1, [0, "1"]), binding("b", 3, 8, [0, "2"], [7, "9"])] }
  const trace = momentOf(run, then)
  expect(inlineTexts({ runId: 1, stdout: "", warnings: [], trace, durationMs: 0, device: "cpu" })).toEqual([{ line: 1, text: "1" }, { line: 3, text: "8 / 50 9" }])
  expect(trace.loops).toBe(loops)
})

test("the last turn is the end of the run, and a turn that there is none of is not picked", () => {
  expect([3, 48, 49, 50, -1, 1.5].map((index) => turnOf(pickOf(loops, { loop: 7, index })))).toEqual([{ loop: 7, index: 3 }, { loop: 7, index: 48 }, null, null, null, null])
  expect([pickOf(loops, { loop: 5, index: 0 }), pickOf(loops, null)]).toEqual([null, null])
})

test("a place's times are the turns of the innermost loop that turned as often", () => {
  const of = (line: number, count: number) => loopOf({ records: [], loops }, binding("v", line, count, [0, "0"]))?.id
  // The third lies in a function: only the count tells.
  expect([of(4, 50), of(6, 10), of(20, 50), of(4, 3)]).toEqual([7, 4, 7, undefined])
})

test("a curve's line goes from the first turn to the last and breaks where a value is not finite", () => {
  const plot = plotOf({ turns: [0, 1, 2, 3], values: [0, 10, "nan", 5] }, { width: 112, height: 52, turns: 4, isLogarithmic: false })
  expect(plot.path).toBe("M6 46 L39.3 6 M106 26")
  expect(plot.odd.map(({ value }) => value)).toEqual(["nan"])
  expect(plot.range).toEqual([0, 10])
})

test("on a scale of powers of ten equal factors are equal steps, and a zero lies on the floor", () => {
  const plot = plotOf({ turns: [0, 1, 2, 3], values: [1, 10, 100, 0] }, { width: 100, height: 52, turns: 4, isLogarithmic: true })
  expect([1, 10, 100, 0].map((value) => plot.y(value))).toEqual([46, 26, 6, 46])
  expect([spansPowers([1e-6, 1]), spansPowers([0.1, 1]), spansPowers([-1, 5000]), spansPowers(["nan"])]).toEqual([true, false, false, false])
})

test("a curve that never changes lies in the middle", () => {
  expect(plotOf({ turns: [0, 1], values: [3, 3] }, { width: 100, height: 40, turns: 2, isLogarithmic: false }).y(3)).toBe(20)
})

test("the nearest drawn turn is found among few and many", () => {
  expect([0, 4, 6, 11, 99].map((turn) => nearest([0, 5, 10, 20], turn))).toEqual([0, 1, 1, 2, 3])
})

test("numbers are written with four digits that count", () => {
  expect([0, 12, 0.123456, 1234567, 1e-9, "inf" as const].map(numberText)).toEqual(["0", "12", "0.1235", "1.235e+6", "1.000e-9", "inf"])
})

const pass: BackwardPass = {
  pass: 0, passes: 1, reaches: true, omitted: 0,
  steps: [
    { node: "n2", name: "MulBackward0", arrived: ["tensor(1.)"], passed: [{ to: "n1", name: "AccumulateGrad", grad: "tensor(2.)" }] },
    { node: "n1", name: "AccumulateGrad", arrived: ["tensor(2.)"], passed: [], gathered: [{ tensor: "t1", name: "x", before: "tensor(3.)", added: "tensor(2.)", after: "tensor(5.)" }] },
  ],
}

test("before its step a leaf has the .grad that it brought along, after it the sum", () => {
  expect([0, 1, 2].map((position) => standingAt(pass, position).gradients)).toEqual([
    [{ tensor: "t1", name: "x", grad: "tensor(3.)", isGrown: false, isNew: false }],
    [{ tensor: "t1", name: "x", grad: "tensor(3.)", isGrown: false, isNew: false }],
    [{ tensor: "t1", name: "x", grad: "tensor(5.)", isGrown: true, isNew: true }],
  ])
})

test("a position is a function of itself: coming back to it finds what was there", () => {
  const first = JSON.stringify([0, 1, 2].map((position) => [...standingAt(pass, position).order]))
  const again = JSON.stringify([2, 1, 0].map((position) => [...standingAt(pass, position).order]).reverse())
  expect(again).toBe(first)
  expect([positionOf(pass, (node) => node === "n1"), positionOf(pass, () => false)]).toEqual([2, null])
})
