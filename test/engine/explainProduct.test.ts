// What an explanation tells beside the paths: what it starts from, v and J of a pass with a gradient, what passes
// added, what letters stand for; and that its written forms carry the same numbers in both languages.
import { expect, test } from "vitest"
import type { Explanation, ExplainQuestion } from "../../engine/protocol/api.ts"
import { explanationText, shortNumber } from "../../engine/protocol/explanation.ts"
import { lines, run } from "./snippetRunning.ts"

async function explained(source: string, question: ExplainQuestion): Promise<Explanation> {
  const { result } = await run(source, { trace: false, explain: question })
  if (result.explanation === undefined) throw new Error(result.error?.message)
  return result.explanation
}

const lesson = lines(`
  import torch from "torch"
  const x = torch.ones(2, 2, { requires_grad: true })
  const y = x + 2
  const z = y * y * 3
  const out = z.mean()
  out.backward()
`)

test.each([
  ["x - x.mean()", "[0.75, 0.75, 0.75]"],
  ["x * x.sum()", "[1, -2, 0.5]"],
  ["torch.softmax(x, 0)", "[1, 0, 0]"],
  ["torch.stack([x * x, torch.sin(x)])", "[[1, 2, 3], [4, 5, 6]]"],
  ["torch.cat([x, x.flip(0) * 2])", "[1, 1, 1, 1, 1, 2]"],
])("of (%s).backward(%s), J is functional.jacobian and vᵀJ is .grad", async (expression, gradient) => {
  const source = lines(`
    import torch from "torch"
    const x = torch.tensor([0.5, -1.25, 2], { requires_grad: true })
    const f = (x) => ${expression}
    const y = f(x)
    const v = torch.tensor(${gradient}, { dtype: torch.float32 })
    y.backward(v)
    print(JSON.stringify([torch.autograd.functional.jacobian(f, x.detach()).reshape(-1, 3).tolist(), v.flatten().tolist(), x.grad.tolist()]))
  `)
  const [jacobian, v, grad] = JSON.parse((await run(source, { trace: false })).result.stdout) as [number[][], number[], number[]]
  for (const i of [0, 1, 2]) {
    const { product, value, paths, check, about } = await explained(source, { at: `x[${i}]` })
    expect(product?.v).toEqual(v)
    expect(near(product!.jacobian.flat(), jacobian.flat())).toBe(true)
    expect(near(product!.product, grad)).toBe(true)
    expect(near([value, paths.reduce((sum, path) => sum + path.value, 0)], [grad[i]!, grad[i]!])).toBe(true)
    expect(Math.abs(check.finiteDifference! - value)).toBeLessThan(1e-4)
    expect([about?.of, about?.weighed, about?.grad]).toEqual(["y", true, grad[i]])
  }
})

test("a Jacobian too large to look at keeps the asked column and says what it left out", async () => {
  const source = 'import torch from "torch"\nconst x = torch.ones(40, { requires_grad: true })\nconst y = x * 3\ny.backward(torch.ones(40))\n'
  const { product } = await explained(source, { at: "x[30]" })
  expect([product?.columns.includes("[30]"), product?.rowsLeftOut, product?.columnsLeftOut, product?.product.every((value) => value === 3)]).toEqual([true, 28, 28, true])
})

test("without a result named, what the last backward started from is explained, named or not", async () => {
  const named = await explained(lesson, { at: "x", first: true })
  expect([named.about?.of, named.about?.at, named.value]).toEqual(["out", "x[0][0]", 4.5])
  const bare = await explained(lesson.replace("const out = z.mean()\nout.backward()", ";(z * 2).sum().backward()"), { at: "x[1][1]" })
  expect([bare.about?.of, bare.value, Math.abs(bare.check.finiteDifference! - 36) < 1e-4]).toEqual(["(z * 2).sum()", 36, true])
})

test("what several passes added is told in order, until .grad is emptied", async () => {
  const source = lines(`
    import torch from "torch"
    const w = torch.tensor([2], { requires_grad: true })
    ;(w * 5).sum().backward()
    w.grad = null
    ;(w * w).sum().backward()
    ;(w * 3).sum().backward()
  `)
  const { about, value } = await explained(source, { at: "w[0]" })
  expect([value, about?.grad, about?.passes, about?.added]).toEqual([3, 7, 2, [{ value: 4, line: 5 }, { value: 3, line: 6 }]])
})

test("an explanation draws the numbers of the run that it explains", async () => {
  const source = 'import torch from "torch"\nconst x = torch.randn(3, { requires_grad: true })\nconst out = (x * x).sum()\nout.backward()\nprint(x.grad[0].item())\n'
  const { result } = await run(source, { trace: false, seed: 7 })
  const again = await run(source, { trace: false, seed: 7, explain: { at: "x[0]" } })
  expect(Math.abs(again.result.explanation!.value - Number(result.stdout))).toBeLessThan(1e-6)
})

test("the letters of a slope stand for the learner's names and this run's numbers", async () => {
  const source = lines(`
    import torch from "torch"
    const a = torch.tensor([[1, 2], [3, 4]], { requires_grad: true })
    const b = torch.tensor([[5, 6], [7, 8]])
    const out = (a.mm(b) * a).mean()
    out.backward()
  `)
  const { paths } = await explained(source, { at: "a[1][0]" })
  const factors = paths.flatMap((path) => path.factors ?? [])
  const meant = factors.find(({ node }) => node === "MeanBackward0")
  expect([meant?.rule, meant?.note, meant?.terms]).toEqual(["∂y/∂x = 1 / n", { kind: "mean", count: 4 }, [{ letter: "x", name: "a.mm(b) * a", place: "[1][1]" }, { letter: "n", value: 4 }]].map((part, i) => (i === 2 ? expect.arrayContaining([{ letter: "n", value: 4 }]) : part)))
  const met = factors.filter(({ node }) => node === "MmBackward0").map(({ slope, terms, note }) => [slope, terms?.find(({ letter }) => letter === "B"), note])
  expect(met).toContainEqual([6, { letter: "B", name: "b", place: "[0][1]", value: 6 }, { kind: "product", row: "1", column: "1", meeting: "0" }])
})

test.each(["en", "ko"])("text, Markdown and LaTeX carry the same slopes and the same derivative (%s)", async (language) => {
  const question = { at: "x[0][1]" }
  const explanation = await explained(lesson, question)
  const slopes = explanation.paths.flatMap((path) => (path.factors ?? []).map(({ slope }) => shortNumber(slope)))
  const text = explanationText(explanation, question, "text", lesson, language)
  const markdown = explanationText(explanation, question, "markdown", lesson, language)
  const latex = explanationText(explanation, question, "latex", lesson, language)
  expect([...text.matchAll(/^ {2}(\S+) +\w+Backward0/gm)].map(([, slope]) => slope)).toEqual(slopes)
  expect([...markdown.matchAll(/^ +\| (\S+) \| \w+Backward0/gm)].map(([, slope]) => slope)).toEqual(slopes)
  expect([...latex.matchAll(/underbrace\{([^}]+)\}/g)].map(([, slope]) => slope)).toEqual(slopes)
  for (const form of [text, markdown, latex]) expect(form).toContain("4.5")
  expect(/[가-힣]/.test(text + markdown + latex)).toBe(language === "ko")
})

function near(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, i) => Math.abs(one - b[i]!) <= 1e-6 + 1e-5 * Math.abs(b[i]!))
}
