// Which value a place means, and what the hover says about it.

import { expect, test } from "vitest"
import { lastResult, sameAgain, tensorAt, valueAt, valuesOfLine, type Place } from "../../extension/finding.ts"
import { chainText, hoverText, whyText } from "../../extension/hoverText.ts"
import { lesson, on, record, resultOf, tensor } from "./traces.ts"

const l10n = { t: (message: string, ...args: (string | number | boolean)[]) => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) }
const word = (line: number, column: number, text: string, isMember = false): Place => ({ line, column, word: { text, column, isMember } })
const idAt = (place: Place): number | null => {
  const value = valueAt(lesson.trace, place)?.sample.value
  return value?.kind === "tensor" ? value.id : null
}

test("a name means its own binding, a use of it the binding above, an operator the innermost operation around it", () => {
  expect(idAt(word(5, 7, "z"))).toBe(3)
  expect(idAt(word(5, 11, "y"))).toBe(2)
  expect(idAt({ line: 5, column: 13 })).toBe(4)
  expect(idAt({ line: 5, column: 17 })).toBe(3)
  expect(idAt(word(7, 7, "x"))).toBe(1)
  expect(idAt(word(2, 1, "nothing"))).toBe(null)
})

test("the name on the right of its own assignment means the value before it", () => {
  const before = tensor(1, "tensor(1.)")
  const after = tensor(2, "tensor(2.)")
  const trace = { records: [record("binding", on(1, 5, 6), before, { name: "W" }), record("binding", on(3, 1, 10), after, { name: "W" })] }
  const at = (place: Place) => valueAt(trace, place)?.sample.value
  expect([at(word(3, 5, "W")), at(word(3, 1, "W")), at(word(4, 1, "W")), at(word(2, 1, "W"))]).toEqual([before, after, after, before])
})

test("a member is what the call around it gave, not a variable of the same name", () => {
  const trace = { records: [record("binding", on(1, 7, 11), tensor(1, "a"), { name: "mean" }), record("operation", on(2, 1, 9), tensor(2, "b"))] }
  expect(valueAt(trace, word(2, 3, "mean", true))?.record.kind).toBe("operation")
})

test("the hover of z tells value, shape, dtype, requires_grad, leaf or not, the chain with arrows, .grad and why", () => {
  const found = valueAt(lesson.trace, word(5, 7, "z"))
  expect(found && hoverText(found, { isStale: false, links: ["[Show in graph](command:a)", "[Copy](command:b)"] }, l10n)).toBe(
    [
      "**z** · shape `[2, 2]` · dtype `float32` · device `cpu`",
      "````text\ntensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)\n````",
      "requires_grad `true` · not a leaf · .grad `null`  \ngrad_fn `MulBackward0 → MulBackward0 → AddBackward0 → AccumulateGrad`  \nends at the leaf `x` · lines 5, 4 · 1 more input beside it",
      "*A result, made by MulBackward0: the gradient passes through it and is not kept, unless retain_grad() is called.*",
      "[Show in graph](command:a) · [Copy](command:b)",
    ].join("\n\n"),
  )
})

test("the hover of a leaf shows the gradient that was added up there", () => {
  const found = valueAt(lesson.trace, word(3, 7, "x"))
  expect(found && hoverText(found, { isStale: true, links: [] }, l10n)).toContain(".grad\n````text\ntensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])\n````")
  expect(found && hoverText(found, { isStale: true, links: [] }, l10n)).toContain("From before your edit.")
})

test("no value can end the block it is quoted in, and a long one is cut", () => {
  const found = valuesOfLine(resultOf([record("result", on(1, 1, 2), tensor(1, ["````", ...Array<string>(50).fill("row")].join("\n")))]).trace, 1)[0]
  const text = found ? hoverText(found, { isStale: false, links: [] }, l10n) : ""
  expect([text.split("````").length - 1, text.split("\n").length < 25]).toEqual([2, true])
})

test("each kind of tensor has its own reason", () => {
  const why = (more: Parameters<typeof tensor>[2]) => whyText(tensor(1, "t", more), l10n)
  const grad = { repr: "g", shape: [2] }
  const chain = [{ name: "SumBackward0", branches: 0 }]
  expect([
    why({}),
    why({ requires_grad: true }),
    why({ requires_grad: true, grad }),
    why({ requires_grad: true, is_leaf: false, chain }),
    why({ requires_grad: true, is_leaf: false, chain, grad }),
  ]).toEqual([
    "Nothing is tracked here: requires_grad is false, so backward brings no gradient to it.",
    "A leaf: its .grad is null until a backward pass reaches it.",
    "A leaf: backward adds up in .grad what arrives here, [2].",
    "A result, made by SumBackward0: the gradient passes through it and is not kept, unless retain_grad() is called.",
    "A result, made by SumBackward0; its .grad was kept because of retain_grad().",
  ])
})

test("the graph is of the tensor at the cursor, else of the line's last tracked one, else of the last result", () => {
  expect(tensorAt(lesson.trace, word(5, 7, "z"))?.record.name).toBe("z")
  expect(tensorAt(lesson.trace, { line: 5, column: 1 })?.record.name).toBe("z")
  expect(tensorAt(lesson.trace, { line: 1, column: 1 })).toBe(null)
  expect(lastResult(lesson.trace)?.record.name).toBe("z")
})

test("after another run the panel finds the same variable again, on whatever line it stands", () => {
  const was = valueAt(lesson.trace, word(5, 7, "z"))?.record
  const later = [record("binding", on(9, 7, 8), tensor(77, "t"), { name: "z" })]
  expect(was && sameAgain({ records: later }, was)?.record.span.line).toBe(9)
  expect(was && sameAgain({ records: [] }, was)).toBe(null)
})

test("the chain is joined by arrows", () => {
  const value = valueAt(lesson.trace, word(4, 7, "y"))?.sample.value
  expect(value?.kind === "tensor" && chainText(value)).toBe("AddBackward0 → AccumulateGrad")
})
