// Explanations of random graphs: the factors that are shown multiply and sum to the gradient that backward() gives.
import { expect, test } from "vitest"
import { lines, run } from "./snippetRunning.ts"

const graphs = 200

test.each(Array.from({ length: 10 }, (_, i) => i))("the paths of twenty random graphs (seed %i) sum to the engine's gradients within 1e-5", async (seed) => {
  const wrong: string[] = []
  for (let i = 0; i < graphs / 10; i++) {
    const { source, at } = randomSnippet(seed * 1000 + i)
    const { result } = await run(source, { trace: false })
    const gradient = Number(result.stdout)
    const explained = await run(source, { trace: false, explain: { of: "out", at } })
    const { value = NaN, paths = [], check } = explained.result.explanation ?? {}
    const sum = paths.reduce((so, path) => so + path.value, 0)
    const products = paths.every((path) => path.factors === undefined || near(path.factors.reduce((so, { slope }) => so * slope, 1), path.value))
    // A difference crosses no kink by accident: relu and abs are smooth where these numbers lie.
    const measured = check?.finiteDifference ?? NaN
    if (!near(value, gradient) || !near(sum, value) || !products || Math.abs(measured - value) > 1e-4 + 1e-3 * Math.abs(value)) {
      wrong.push(`${at}: value ${value}, gradient ${gradient}, sum ${sum}, difference ${measured}\n${source}${explained.result.error?.message ?? ""}`)
    }
  }
  expect(wrong).toEqual([])
})

test("an explanation prints nothing and leaves the last run's values readable", async () => {
  const source = lines(`
    import torch from "torch"
    const x = torch.tensor([1, 2], { requires_grad: true })
    const out = (x * x).sum()
    print(out)
  `)
  const written: string[] = []
  const { result } = await run(source, { explain: { of: "out", at: "x[1]" } }, { output: (text) => void written.push(text) })
  expect({ written, stdout: result.stdout, value: result.explanation?.value }).toEqual({ written: [], stdout: "", value: 4 })
})

test.each([
  ["out", "z[0]", "NameError"],
  ["out", "x", "ValueError"],
  ["out", "x[7]", "IndexError"],
  ["out", "x[", "SyntaxError"],
  ["x", "x[0]", "ValueError"],
])("a question that has no answer (∂%s/∂%s) is a %s", async (of, at, name) => {
  const source = 'import torch from "torch"\nconst x = torch.ones(2, { requires_grad: true })\nconst out = x.sum()\n'
  const { result } = await run(source, { explain: { of, at } })
  expect([result.explanation, result.error?.name]).toEqual([undefined, name])
})

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 + 1e-5 * Math.abs(b)
}

/** A snippet that computes `out` from leaves `a`, `b`, `m` by a dozen random steps and prints one gradient element. */
function randomSnippet(seed: number): { source: string; at: string } {
  let state = (seed * 2654435761 + 12345) % 2 ** 31
  const chance = (): number => (state = (state * 48271 + 11) % 2147483647) / 2147483647
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!
  const number = (): string => ((chance() < 0.5 ? -1 : 1) * (0.2 + 1.3 * chance())).toFixed(3)
  const size = 2 + Math.floor(chance() * 2)
  const vector = (): string => `[${Array.from({ length: size }, number).join(", ")}]`
  const all = [
    'import torch from "torch"',
    `const a = torch.tensor(${vector()}, { requires_grad: true })`,
    `const b = torch.tensor(${vector()}, { requires_grad: true })`,
    `const m = torch.tensor([${Array.from({ length: size }, vector).join(", ")}], { requires_grad: true })`,
  ]
  const vectors = ["a", "b"]
  for (let i = 0; i < 4 + Math.floor(chance() * 6); i++) {
    const [x, y] = [pick(vectors), pick(vectors)]
    const step = pick([
      `${x} * ${y}`, `${x} + ${y} * ${number()}`, `${x} - ${y}.mean()`, `${x} / (2 + ${y} ** 2)`, `torch.tanh(${x})`, `torch.sigmoid(${x}) * ${y}`, `torch.matmul(m, ${x})`, `torch.softmax(${x}, 0)`,
      `torch.relu(${x}) + ${y}`, `torch.cumsum(${x}, 0)`, `${x}.flip(0)`, `torch.cat([${x}[slice(0, 1)], ${y}[slice(1, ${size})]])`, `torch.maximum(${x}, ${y} + 0.377)`, `(m * ${x}).sum(1) * 0.5`, `torch.exp(-(${x} ** 2))`, `${x}[torch.tensor([1n, 0n, 1n])].sum() * ${y}`,
      `torch.abs(${x} + 0.0371)`, `m[0] * ${x}`, `torch.stack([${x}, ${y}]).mean(0)`,
    ])
    all.push(`const v${i} = ${step}`)
    vectors.push(`v${i}`)
  }
  const last = vectors.slice(-2)
  all.push(`const out = (${last[0]} * ${number()}).sum() + (${last[1]} ** 2).mean()`)
  const leaf = pick(["a", "b", "m"])
  const index = (): string => `[${Math.floor(chance() * size)}]`
  const at = leaf === "m" ? `m${index()}${index()}` : `${leaf}${index()}`
  all.push("out.backward()", `print((${leaf}.grad ?? torch.zeros_like(${leaf}))${at.slice(1)}.item())`)
  return { source: `${all.join("\n")}\n`, at }
}
