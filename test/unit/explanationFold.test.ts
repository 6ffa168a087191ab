// How a long path of an explanation is made short, and where two paths part.
import { expect, test } from "vitest"
import type { PathFactor } from "../../engine/protocol/api.ts"
import { foldFactors, partingOf } from "../../media/panel/explanationFold.ts"

function factor(id: string, more: Partial<PathFactor> = {}): PathFactor {
  return { id, node: "MulBackward0", slope: 2, line: 1, element: "", ...more }
}

function seen(factors: readonly PathFactor[]): string[] {
  return foldFactors(factors).map((item) => (item.kind === "factor" ? (item.factor.id ?? "") : `${item.name || "…"} × ${item.factors.length} = ${item.product}`))
}

test("a short path is shown whole", () => {
  expect(seen(["a", "b", "c"].map((id) => factor(id)))).toEqual(["a", "b", "c"])
})

test("steps of one module become one line with their product", () => {
  const path = [factor("loss"), ...Array.from({ length: 8 }, (_, i) => factor(`h${i}`, { scope: ["head"] })), ...Array.from({ length: 10 }, (_, i) => factor(`b${i}`, { scope: ["body", String(i)] }))]
  expect(seen(path)).toEqual(["loss", "head × 8 = 256", "body × 10 = 1024"])
})

test("a long stretch without modules keeps its ends", () => {
  const path = Array.from({ length: 20 }, (_, i) => factor(String(i)))
  expect(seen(path)).toEqual(["0", "1", "2", "3", "… × 12 = 4096", "16", "17", "18", "19"])
})

test("paths part at the last node that they share, or where one node is entered by another input", () => {
  const [out, left, right] = [factor("out"), factor("left"), factor("right")]
  expect(partingOf([out, left], [out, right])).toBe(0)
  expect(partingOf([out, factor("m", { rule: "∂y/∂a = b" })], [out, factor("m", { rule: "∂y/∂b = a" })])).toBe(1)
  expect(partingOf([out, left], [out, left])).toBe(-1)
})
