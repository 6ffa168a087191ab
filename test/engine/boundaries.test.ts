// Where gradients stop: the marked stretches of each source, and no others, with their reasons.
import { expect, test } from "vitest"
import { run } from "./snippetRunning.ts"

/** `«reason|…»` around each stretch. */
const cases: Readonly<Record<string, string>> = {
  "the body of no_grad is a region": "const w = torch.ones(2, { requires_grad: true })\ntorch.no_grad(() => {\n  «no-grad|const a = w * 2\n  w -= a»\n})\nconst y = w * 2",
  "what follows `using no_grad` in its block is a region": "const w = torch.ones(2, { requires_grad: true })\n{\n  using _ = torch.no_grad()\n  «no-grad|const a = w * 2\n  // a comment\n  print(a)\n  const b = a + 1»\n}\nconst y = w * 2",
  "an expression in no_grad is a region of its own": "const w = torch.ones(2, { requires_grad: true })\nconst a = torch.no_grad(() => «no-grad|w * 2»)",
  "inference mode says so": "const w = torch.ones(2, { requires_grad: true })\ntorch.inference_mode(() => {\n  «inference|const a = w * 2»\n})",
  "set_grad_enabled(false) reaches to where it is turned on": "const w = torch.ones(2, { requires_grad: true })\n«no-grad|torch.set_grad_enabled(false)\nconst a = w * 2\nconst b = a + 1»\ntorch.set_grad_enabled(true)\nconst c = w * 2",
  "a function that ran untracked only is a region": "const w = torch.ones(2, { requires_grad: true })\n«no-grad|function evaluate(x) {\n  const y = x * w\n  return y.mean()\n}»\nconst r = torch.no_grad(() => «no-grad|evaluate(torch.ones(2))»)",
  "a function that ran both ways is none": "const w = torch.ones(2, { requires_grad: true })\nfunction f(x) {\n  return x * w\n}\nconst y = f(torch.ones(2))\nconst r = torch.no_grad(() => «no-grad|f(torch.ones(2))»)",
  "a detached value": "const w = torch.ones(2, { requires_grad: true })\nconst y = «detached|(w * 2).detach()» + 1\nconst z = «detached|w.data» + 1",
  "a number": "const w = torch.ones(1, { requires_grad: true })\nconst n = «through-number|w.item()» * 2\nconst l = «through-number|w.tolist()»\nconst t = «through-number|torch.tensor(w)»",
  "whole numbers of a tracked tensor": "const w = torch.ones(1, { requires_grad: true })\nconst n = «integer|w.long()» * 2\nconst m = «integer|w.to(torch.int64)»",
  "a variable that stopped being a leaf": "let w = torch.ones(2, { requires_grad: true })\nw.sum().backward()\n«reassigned|w» = w - 0.1 * w.grad",
  "values that were not tracked are cut off from nothing": "const x = torch.ones(1)\nconst n = x.item() + x.detach()[0] + x.long()[0]",
  "an optimiser's own work is nobody's region": "const w = torch.ones(2, { requires_grad: true })\nconst opt = new torch.optim.SGD([w], { lr: 0.1 })\nw.sum().backward()\nopt.step()",
  "a function of the learner's own is no region": "class Double extends torch.autograd.Function {\n  static forward(ctx, x) {\n    const y = x * 2\n    return y\n  }\n  static backward(ctx, g) {\n    const h = g * 2\n    return h\n  }\n}\nconst w = torch.ones(2, { requires_grad: true })\nconst y = Double.apply(w)\ny.sum().backward()",
  "a comparison is no conversion": "const w = torch.ones(1, { requires_grad: true })\nif (w > 0) print(1)",
}

test.each(Object.entries(cases))("%s", async (_claim, marked) => {
  const source = marked.replace(/«[\w-]+\|/g, "").replaceAll("»", "")
  const { result } = await run(source)
  expect(result.error).toBe(undefined)
  const lines = source.split("\n")
  const offset = (line: number, column: number): number => lines.slice(0, line - 1).reduce((all, text) => all + text.length + 1, 0) + column - 1
  let text = source
  for (const { span, reason } of [...(result.trace.boundaries ?? [])].reverse()) {
    const from = offset(span.line, span.column)
    const to = offset(span.endLine, span.endColumn)
    text = `${text.slice(0, from)}«${reason}|${text.slice(from, to)}»${text.slice(to)}`
  }
  expect(text).toBe(marked)
})

test("a boundary names the variable", async () => {
  const { result } = await run("const w = torch.ones(2, { requires_grad: true })\nconst y = w.detach()")
  expect(result.trace.boundaries?.map(({ kind, name }) => [kind, name])).toEqual([["value", "w"]])
})
