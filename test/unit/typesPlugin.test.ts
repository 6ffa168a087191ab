// What a learner's editor says about a snippet with the TypeScript server plugin, and that it leaves other files alone.
import { expect, test } from "vitest"
import { openEditor } from "./typesService.ts"

const file = "/lesson/lesson.ts"
const head = `import torch, { nn } from "torch"\nconst x = torch.ones(2, 2, { requires_grad: true })\n`

/** A snippet in the editor, with the plugin. */
const open = (body: string, others: Readonly<Record<string, string>> = {}) => openEditor({ [file]: head + body, ...others }, { plugin: true })

test.each([
  ["several indices", "x[0, 1]; x[slice(1), -1]; x[\"...\", 0]"],
  ["a mask, a tensor, null or a list as index", "x[x > 0]; x[torch.tensor([0n])]; x[null]; x[[0, 1]]"],
  ["assignment to an index", "x[0] = 5; x[0, 1] = x[1, 1] * 2; x[x > 1] = 0"],
  ["& | ^ ~ on comparisons", "const m = (x > 1) & (x < 2); const n = ~m | (x == 3); n.any()"],
  ["bigints among tensors", "const r = x % 2n == 0; const s = 2n * x - 1n; s.mean(); r.all()"],
  ["a comparison compared", "print((x > 1) == 1, (x > 1) != (x < 2))"],
  ["a variable that holds a comparison and then a combination", "let m = x > 1\nm = m & (x < 2)\nlet t = x\nt = x > 0"],
  ["a comparison passed where a tensor is expected", "function total(t: torch.Tensor) { return t.sum() }\ntotal(x > 1)"],
  ["parameters without a type", "function f(a, b = 2) { return a * b }\nclass Net extends nn.Module { forward(x) { return (x > 0) & (x < 1) } }"],
  ["fields set in a constructor", "class Net extends nn.Module { constructor() { super(); this.fc = new nn.Linear(2, 3) } forward(x: torch.Tensor) { return this.fc(x) } }\nnew Net().fc.weight.grad"],
  ["a custom function", "class Twice extends torch.autograd.Function { static forward(ctx, a) { ctx.save_for_backward(a); return a * 2 } static backward(ctx, g) { return g * 2 } }\nTwice.apply(x).sum().backward()"],
  ["the name of a caught error", "try { x.sum() } catch (e) { print(e.name, e.message) }"],
  ["using a grad mode", "{ using _ = torch.no_grad(); x.sum() }"],
  ["a gradient set to null", "x.grad = null; if (x.grad === null) print(\"none\")"],
  ["a constant tensor that is changed in place", "const w = x * 2\nw -= 1; w *= x; w **= 2; (w) /= 3; w++; --w\nfor (const p of [x]) p -= 1"],
  ["a variable without a value at first", "let y\n{ using _ = torch.no_grad(); y = x * 2 }\nprint(y.sum())"],
])("no diagnostic for %s", (_name, body) => {
  expect(open(body).diagnostics(file)).toEqual([])
})

test.each([
  ["a comma outside of an index", "print((1, x))", 2695],
  ["an index that is no tensor's", "const list = [1, 2]; print(list[0, 1], list[null as never])", 2695],
  ["booleans that are no comparisons of tensors", "const yes = true; print(yes & false)", 2447],
  ["numbers and bigints that are no tensors", "const n = 1; print(n + 2n)", 2365],
  ["a text where a tensor is expected", "torch.matmul(\"x\", x)", 2345],
  ["a member that no tensor has", "x.gradient", 2339],
  ["a constant number that is changed", "const n = 2; n -= 1", 2588],
  ["a constant number that is stepped", "const n = 2; n++", 2588],
  ["a constant list that is added to", "const list = [x]; list += x", 2588],
  ["a constant tensor that gets a new value", "x = x * 2", 2588],
  ["a constant tensor that gets a new value where it has none", "x ??= torch.ones(2)", 2588],
  ["an unknown name", "print(nowhere)", 2304],
  ["a number given for a text", "const s: string = x", 2322],
])("still flagged: %s", (_name, body, code) => {
  expect(open(body).diagnostics(file).join("\n")).toContain(`(${code})`)
})

test("a grad mode that is never read is not shown as unused", () => {
  expect(open("{ using _ = torch.no_grad(); print(x.sum(), nn) }").diagnostics(file, true)).toEqual([])
})

test.each([
  ["const y = x + 2", "y", "const y: Tensor"],
  ["const y = x * x * 3 > 1", "y", "const y: Tensor"],
  ["const y = (x > 1) & (x < 2)", "y", "const y: Tensor"],
  ["const y = x[x > 0]", "y", "const y: Tensor"],
  ["const y = x[0, 1]", "y", "const y: Tensor"],
  ["const y = x[null].mean()", "y", "const y: Tensor"],
  ["const y = 2n * x", "y", "const y: Tensor"],
  ["const y = x.grad", "y", "const y: Tensor"],
  ["let y; y = x * 2", "y", "let y: Tensor"],
  ["const y = x.sum().item()", "y", "const y: number"],
  ["const y = 0.01 * 2", "y", "const y: number"],
  ["const y = new nn.Linear(2, 3)(x)", "y", "const y: Tensor"],
  ["function y(a: torch.Tensor) { return a * 2 }", "y", "function y(a: Tensor): Tensor"],
  ["class Net { w = x * 2 }", "w =", "(property) Net.w: Tensor"],
])("quick info on %s", (body, at, expected) => {
  const editor = open(body)
  const position = (head + body).indexOf(at, head.length + (at === "y" ? body.indexOf("y") : 0))
  const parts = editor.service.getQuickInfoAtPosition(file, position)?.displayParts ?? []
  expect(parts.map(({ text }) => text).join("")).toBe(expected)
})

test("quick info names a member as PyTorch does", () => {
  expect(open("x.backward()").quickInfo(file, "backward")).toMatch(/^\(method\) Tensor\.backward\(/)
  expect(open("torch.manual_seed(0)").quickInfo(file, "manual_seed")).toMatch(/^function torch\.manual_seed\(/)
})

test("signatures and the import of torch are shown in a learner's words", () => {
  const editor = open("torch.matmul(x, x)")
  const help = editor.service.getSignatureHelpItems(file, (head + "torch.matmul(").length, undefined)
  const shown = help?.items.map((item) => item.parameters.map(({ displayParts }) => displayParts.map(({ text }) => text).join("")).join(", "))
  expect([shown, editor.quickInfo(file, "torch"), open("torch.").completions(file, "\ntorch.").includes("prototype")]).toEqual([
    ["input: Tensor, other: Tensor"],
    "(alias) namespace torch\nimport torch",
    false,
  ])
})

test.each(["x.", ";(x + 1).", "x[x > 0].", "x[0, 1]."])("completions after %s are a tensor's", (at) => {
  const names = open(at).completions(file, `\n${at}`)
  expect({ mean: names.includes("mean"), grad: names.includes("grad"), toFixed: names.includes("toFixed") }).toEqual({ mean: true, grad: true, toFixed: false })
})

test("completions after a plain number are a number's", () => {
  const names = open("const n = x.sum().item()\nn.").completions(file, "\nn.")
  expect({ mean: names.includes("mean"), toFixed: names.includes("toFixed") }).toEqual({ mean: false, toFixed: true })
})

test.each(["x.", "x[x > 0]."])("a completion after %s comes with its documentation", (at) => {
  const editor = open(at)
  const details = editor.service.getCompletionEntryDetails(file, head.length + at.length, "backward", {}, undefined, undefined, undefined)
  expect(details?.documentation?.map(({ text }) => text).join("")).toContain("`.grad`")
})

test("a loose file that imports nothing finds the global names", () => {
  const editor = openEditor({ [file]: "const x = torch.ones(2)\nprint(x[0, 0], len(x))" }, { plugin: true })
  expect(editor.diagnostics(file)).toEqual([])
})

test("two loose snippets without imports may use the same names", () => {
  const text = "const x = torch.ones(2)\nprint(x)"
  const editor = openEditor({ [file]: text, "/lesson/other.ts": text }, { plugin: true })
  expect([editor.diagnostics(file), editor.diagnostics("/lesson/other.ts")]).toEqual([[], []])
})

test("every module of torch resolves, and a module that does not exist is flagged", () => {
  const modules = ["torch", "torch/nn", "torch/nn/functional", "torch/nn/init", "torch/optim", "torch/optim/lr_scheduler", "torch/autograd", "torchvision", "torchvision/models"]
  const editor = openEditor({ [file]: modules.map((name, i) => `import * as m${i} from "${name}"\nprint(m${i})`).join("\n"), "/lesson/wrong.ts": "import x from \"torch/xyz\"\nprint(x)" }, { plugin: true })
  expect([editor.diagnostics(file), editor.diagnostics("/lesson/wrong.ts")]).toEqual([[], [expect.stringContaining("(2307)")]])
})

test("imports in every form of the tutorials resolve", () => {
  const text = `import torch, { nn, optim } from "torch"
import * as F from "torch/nn/functional"
import torchvision, { models } from "torchvision"
import type { Tensor } from "torch"
const t: Tensor = torch.ones(2)
const layer: nn.Linear = new nn.Linear(2, 1)
F.mse_loss(layer(t), t)
new optim.SGD(layer.parameters(), { lr: 0.1 }).step()
torchvision.models.resnet18(); models.resnet18()`
  expect(openEditor({ [file]: text }, { plugin: true }).diagnostics(file)).toEqual([])
})

const untouched = "/lesson/plain.ts"
const plainText = `function print(text: string) { return text.length }
function slice(a: number) { return a }
const len = 3
const flag = true
const n = 1
n.toFixed(2)
const m = flag & false
const k = n + 2n
export function untyped(a) { return a }
const list = [1, 2]
list[0, 1]
print("a"); slice(len)
n.
`

test("a file that does not import torch has the same diagnostics, quick info and completions with and without a snippet beside it", () => {
  const alone = openEditor({ [untouched]: plainText }, { plugin: false })
  const beside = open("print(x)", { [untouched]: plainText })
  const view = (editor: typeof alone) => ({
    diagnostics: editor.diagnostics(untouched, true),
    quickInfo: ["flag =", "m =", "n ="].map((at) => editor.quickInfo(untouched, at)),
    mean: editor.completions(untouched, "\nn.").includes("mean"),
    toFixed: editor.completions(untouched, "\nn.").includes("toFixed"),
  })
  expect(view(beside)).toEqual({ ...view(alone), mean: false })
})

test("a loose script with its own print, slice and len is not told that they exist already", () => {
  const script = "function print(text: string) { return text.length }\nlet slice = 1\nconst len = 2\nprint(String(slice + len))"
  const beside = open("print(x)", { "/lesson/script.ts": script })
  expect(beside.diagnostics("/lesson/script.ts").filter((line) => /redeclare|Duplicate|Overload/.test(line))).toEqual([])
})

test("types that the workspace brings itself are not declared a second time", () => {
  const editor = openEditor({ [file]: head + "print(x[0, 1])" }, { plugin: true })
  const names = editor.service.getProgram()!.getSourceFiles().filter(({ fileName }) => /torch\.d\.ts$|autograd-env/.test(fileName))
  expect(names.map(({ fileName }) => fileName)).toEqual(["/extension/dist/types/torch.d.ts"])
})
