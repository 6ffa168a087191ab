// Every mistake has its place: what the learner wrote wrong is underlined, exactly and in the learner's own source.
import { expect, test } from "vitest"
import { run } from "./snippetRunning.ts"

/** The source with `«…»` around what must be underlined, the fault's class, and a word of its message or hint. */
type Case = readonly [claim: string, marked: string, name: string, words: RegExp]

const cases: readonly Case[] = [
  ["an operator's shapes underline the whole operation", "const a = torch.ones(2), b = torch.ones(3)\nconst c = 1 + («a + b») * 2", "RuntimeError", /\[2\] and \[3\]/],
  ["in several lines the operator's own line is underlined", "const a = torch.ones(2), b = torch.ones(3)\nconst c = a\n  «+ b»", "RuntimeError", /shapes/],
  ["a method's fault underlines the method and its arguments", "const a = torch.ones(2, 3)\nconst y = a.sum().add(a.«reshape(4)»)", "RuntimeError", /./],
  ["in a chain over lines the failing call's own line", "const y = torch.ones(2, 3)\n  .mul(2)\n  .«reshape(5)»\n  .sum()", "RuntimeError", /./],
  ["an index out of range underlines the indexing", "const x = torch.zeros(3)\nprint(«x[3]»)", "IndexError", /3/],
  ["an assignment to an element underlines the assignment", "const x = torch.zeros(3)\n«x[5] = 1»", "IndexError", /5/],
  ["an element changed in place underlines its place", "const x = torch.zeros(3)\n«x[5]» += 1", "IndexError", /5/],
  ["a property's fault underlines the assignment", "const x = torch.ones(2, { requires_grad: true })\n«x.grad = torch.ones(3)»", "RuntimeError", /./],
  ["an in-place change of a leaf", "const w = torch.ones(2, { requires_grad: true })\n«w += 1»", "RuntimeError", /in place/],
  ["a condition with several elements", "const x = torch.ones(2)\nif («x > 0») print(1)", "RuntimeError", /one element/],
  ["a negation with several elements", "const x = torch.ones(2)\nprint(!«x»)", "RuntimeError", /one element/],
  ["a loop over a number of dimensions 0", "for (const v of «torch.tensor(1)») print(v)", "TypeError", /./],
  ["a second backward", "const x = torch.ones(1, { requires_grad: true })\nconst y = (x * x).sum()\ny.backward()\ny.«backward()»", "RuntimeError", /retain_graph/],
  ["a fault inside a function has that function's line", "function f(x) {\n  return «x + torch.ones(3)»\n}\nf(torch.ones(2))", "RuntimeError", /./],
  ["a fault inside a callback", "[1].map(() => «torch.ones(2) + torch.ones(3)»)", "RuntimeError", /./],
  ["a misspelled method underlines its name and guesses", "const x = torch.ones(2)\nx.«summ»()", "TypeError", /Did you mean `sum`/],
  ["a misspelled function of torch", "torch.«onse»(2)", "TypeError", /Did you mean `ones`/],
  ["a method of null says what is null", "const x = torch.ones(2, { requires_grad: true })\nx.grad.«zero_()»", "TypeError", /`x.grad` is null.*backward/],
  ["a method of undefined", "let model\nmodel.«forward(1)»", "TypeError", /`model` is undefined/],
  ["a tensor that is called", "const x = torch.ones(2)\n«x»(1)", "TypeError", /tensor, not a function/],
  ["a name that does not exist", "const a = 1\nprint(a, «bb»)", "ReferenceError", /`bb` is not defined/],
  ["a misspelled name is guessed", "const weights = 1\nprint(«weigths»)", "ReferenceError", /Did you mean `weights`/],
  ["a Python constant", "const x = torch.ones(2, { requires_grad: «True» })", "ReferenceError", /`true`/],
  ["a keyword argument", "const x = torch.ones(2, «requires_grad» = true)", "ReferenceError", /\{ requires_grad: … \}/],
  ["a namespace that was not imported", "const l = new «nn».Linear(1, 1)", "ReferenceError", /import \{ nn \} from "torch"/],
  ["a name used before its declaration", "print(«x»)\nconst x = 1", "ReferenceError", /before the line/],
  ["a property of undefined", "const o = {}\nprint(o.a.«b»)", "TypeError", /`o\.a` is undefined/],
  ["a property of undefined is set", "const o = {}\n«o.a.b = 1»", "TypeError", /undefined/],
  ["a constant is assigned", "const x = 1\n«x» = 2", "TypeError", /let/],
  ["a constant number is added to", "const n = 1\n«n» += 2", "TypeError", /let/],
  ["a learner's own error", 'const f = () => {\n  «throw new RangeError("too big")»\n}\nf()', "RangeError", /too big/],
  ["a learner's error from a called constructor", 'const e = «new Error("made here")»\nthrow e', "Error", /made here/],
  ["a thrown text", '«throw "text"»', "Error", /text/],
  ["a rejected promise", "const f = async () => { await null; throw «new TypeError('late')» }\nawait f()".replace("throw «", "«throw ").replace("')» }", "')» }"), "TypeError", /late/],
  ["a rejected promise that nobody awaits", "async function main() { await null; «throw new Error('lost')» }\nmain()\nprint(1)", "Error", /lost/],
  ["a class called without new", "class A {}\n«A()»", "TypeError", /new A/],
  ["endless recursion", "const f = (x) => «f(x)» + 1\nf(1)", "RecursionError", /deep/],
  ["JavaScript's own faults inside built-in functions", "«[].reduce((a, b) => a)»".replace("«[].", "[].«"), "TypeError", /Reduce/],
  ["a JSON text that does not parse", 'const o = JSON.«parse("{")»', "SyntaxError", /./],
  ["a name declared twice", "const x = 1\nprint(x)\nconst «x» = 2", "SyntaxError", /redeclare/],
  ["const without a value", "const «x»\nprint(1)", "SyntaxError", /initialized/],
  ["break outside a loop", "print(1)\n«break»", "SyntaxError", /./],
  ["a bracket that is not closed", "const x = torch.tensor([1, 2«;»", "SyntaxError", /expected/],
  ["a text that is not closed", 'print(1)\nconst x = "abc«»', "SyntaxError", /Unterminated/],
  ["Python's slice", "const x = torch.ones(3)\nx[1«:»2]", "SyntaxError", /slice\(1, 3\)/],
  ["Python's import", "import torch.nn as nn".replace("torch.nn", "torch«.»nn"), "SyntaxError", /import/],
  ["an unknown module", 'import np from «"numpy"»', "ImportError", /cannot import "numpy"/],
  ["an unknown part of torch", 'import x from «"torch/nnn"»\nprint(x)', "ImportError", /torch/],
  ["an unknown name of torch", 'import { nn, «arang» } from "torch"\nprint(nn, arang)', "ImportError", /Did you mean `arange`/],
  ["a missing neighbour", 'import { a } from «"./nothing"»\nprint(a)', "ImportError", /no file/],
  ["require", "const fs = «require»('fs')", "ImportError", /import/],
  ["import()", "const fs = await «import('fs')»", "ImportError", /while it runs/],
  ["an unknown base class", "class Net extends torch.«Modul» { }", "TypeError", /`torch\.Modul` is undefined/],
  ["a context manager that was not called", "{ using _ = «torch.no_grad»\n }", "TypeError", /torch\.no_grad\(\)/],
  ["a property of a gradient that is null", "const x = torch.ones(2, { requires_grad: true })\nprint(«x.grad.data»)", "TypeError", /`x\.grad` is null.*backward/],
  ["a bigint and a number together", "const n = 2n\nprint(«n * 2»)", "TypeError", /Write both with n/],
  ["a misspelled method in a loop with catch", "for (let i = 0; i < 3; i++) { try { torch.foo() } catch (e) { if (i == 2) «throw e»\n } }".replace("torch.foo", "torch.«foo»").replace("«throw e»", "throw e"), "TypeError", /no `foo`/],
  ["arguments at the top", "print(«arguments».length)", "SyntaxError", /outside a function/],
  ["import.meta", "print(«import.meta».url)", "SyntaxError", /import\.meta/],
]

test.each(cases)("%s", async (_claim, marked, name, words) => {
  const source = marked.replace(/[«»]/g, "")
  const { error } = (await run(source)).result
  expect({ name: error?.name, marked: error && mark(source, error), said: words.test(`${error?.message} ${error?.hint}`) ? true : `${error?.message} ${error?.hint}` }).toEqual({
    name,
    marked,
    said: true,
  })
})

test("every fault has one thing to try", async () => {
  const errors = await Promise.all(["x.foo()", "torch.onse()", "1 +", "a.b.c", "const x = 1\nx = 2", "new Foo()"].map(async (source) => (await run(source)).result.error))
  expect(errors.map((error) => (error?.hint ?? "").length > 0)).toEqual(errors.map(() => true))
})

test("a fault that is caught has PyTorch's name, and the run goes on", async () => {
  const { result } = await run("try { torch.ones(2)[5] } catch (e) { print(e.name, e instanceof Error) }\nprint('on')")
  expect([result.stdout, result.error]).toEqual(["IndexError true\non\n", undefined])
})

test("type errors never stop a run", async () => {
  const { result } = await run('const x: number = "text"\nconst y: string = torch.ones(1)\nprint(x, y)')
  expect(result.stdout).toBe("text tensor([1.])\n")
})

test("the saved value that was changed in place is named with both places", async () => {
  const { error } = (await run("const x = torch.ones(1, { requires_grad: true })\nconst y = x * 2\nconst z = (y * y).sum()\ny.add_(1)\nz.backward()")).result
  expect([error?.name, error?.line, /"y"/.test(error?.message ?? "")]).toEqual(["RuntimeError", 5, true])
})

/** Puts `«»` around a span, as the cases are written. */
function mark(source: string, span: { line: number; column: number; endLine: number; endColumn: number }): string {
  const starts = source.split("\n").reduce<number[]>((all, line) => [...all, all[all.length - 1]! + line.length + 1], [0])
  const from = starts[span.line - 1]! + span.column - 1
  const to = starts[span.endLine - 1]! + span.endColumn - 1
  return `${source.slice(0, from)}«${source.slice(from, to)}»${source.slice(to)}`
}
