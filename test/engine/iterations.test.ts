// Loops: the curves of their numbers, bounded however often they turn, and the run as it was at the end of one turn.
import { expect, test } from "vitest"
import type { Curve, LoopTrace } from "../../engine/protocol/api.ts"
import { Series } from "../../engine/snippet/series.ts"
import { askAbout, lines, run, tensorNamed, type Ran } from "./snippetRunning.ts"

function loopsOf({ result }: Ran): readonly LoopTrace[] {
  if (result.error) throw new Error(`${result.error.message} (line ${result.error.line})`)
  return result.trace.loops ?? []
}

function curve(loop: LoopTrace | undefined, name: string): Curve {
  const found = loop?.curves.find((one) => one.name === name)
  if (!found) throw new Error(`No curve of ${name}, only of ${loop?.curves.map((one) => one.name).join(", ")}`)
  return found
}

const training = lines(`
  import torch from "torch"
  const target = torch.tensor([0.5, -1, 2])
  let w = torch.randn(3, { requires_grad: true })
  const log = []
  let total = 0
  for (let i = 0; i < 20; i++) {
    const loss = ((w - target) ** 2).sum()
    w.grad = null
    loss.backward()
    total += loss.item()
    log.push([i, loss.item(), w.tolist(), w.grad.tolist(), total])
    w.data.sub_(w.grad * 0.1)
  }
  print(JSON.stringify(log))
`)

test("scalars of a loop are curves without asking, tensors and plain numbers, with the norm of each leaf's gradient", async () => {
  const ran = await run(training)
  const log = JSON.parse(ran.result.stdout) as [number, number, number[], number[], number][]
  const [loop] = loopsOf(ran)
  expect([loop?.turns, loop?.span.line, loop?.curves.map(({ kind, name }) => `${kind} ${name}`)]).toEqual([20, 6, ["value loss", "value total", "gradient w"]])
  expect(curve(loop, "loss").values).toEqual(log.map(([, loss]) => loss))
  expect(curve(loop, "total").values).toEqual(log.map((row) => row[4]))
  const norms = log.map(([, , , grad]) => Math.hypot(...grad))
  curve(loop, "w").values.forEach((value, i) => expect(value).toBeCloseTo(norms[i]!, 5))
})

test("at k = 7 every shown value and gradient is what the snippet itself logged at 7, without a seed of its own", async () => {
  const ran = await run(training)
  const log = JSON.parse(ran.result.stdout) as [number, number, number[], number[], number][]
  const [, loss, , grad, total] = log[7]!
  const [loop] = loopsOf(ran)
  const at = await askAbout({ source: training, ran, until: { loop: loop!.id, index: 7 } })
  expect(at.result.error).toBeUndefined()
  const last = (name: string): string | undefined => at.result.trace.records.findLast((record) => record.name === name)?.samples.at(-1)?.value.repr
  expect([Number(last("i")), Number(last("total"))]).toEqual([7, total])
  expect(Number(/[\d.]+/.exec(last("loss") ?? "")?.[0])).toBeCloseTo(loss, 3)
  const w = tensorNamed(at, "w")
  const shown = (w.grad?.repr.match(/-?\d+\.\d+/g) ?? []).map(Number)
  shown.forEach((value, i) => expect(value).toBeCloseTo(grad[i]!, 3))
  expect(shown.length).toBe(3)
})

test("graph and steps at a turn are those of that turn", async () => {
  const source = lines(`
    import torch from "torch"
    const w = torch.tensor([4.0], { requires_grad: true })
    for (let i = 0; i < 12; i++) {
      const loss = w * w * (i + 1)
      loss.backward()
    }
  `)
  const ran = await run(source)
  const loop = loopsOf(ran)[0]!
  const until = { loop: loop.id, index: 7 }
  const at = await askAbout({ source, ran, until })
  const loss = tensorNamed(at, "loss")
  const graph = at.session.graph(loss.id)
  expect(graph.nodes.filter(({ kind }) => kind !== "grad_fn").map(({ name, value, grad }) => [name, value, grad])).toEqual([
    ["w", "tensor([4.], requires_grad=True)", "tensor([288.])"],
    ["loss", "tensor([128.], grad_fn=<MulBackward0>)", undefined],
  ])
  const { result } = await askAbout({ source, ran: { ...at, result: { ...at.result, seed: ran.result.seed! } }, until, steps: { tensorId: loss.id } })
  const ids = new Set(graph.nodes.map(({ id }) => id))
  expect(result.steps?.steps.map(({ node, name }) => [name, ids.has(node)])).toEqual([["MulBackward0", true], ["MulBackward0", true], ["AccumulateGrad", true]])
  expect(result.steps?.steps.at(-1)?.gathered?.[0]).toMatchObject({ before: "tensor([224.])", added: "tensor([64.])", after: "tensor([288.])" })
})

test("an inner loop is taken back over all of its rounds; finally blocks run and a caught error does not hold it up", async () => {
  const source = lines(`
    let seen = ""
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let step = 0; step < 4; step++) {
        try {
          seen = epoch + "." + step
        } catch (error) {
          seen = "caught"
        } finally {
          seen += "!"
        }
      }
    }
    seen = "over"
  `)
  const ran = await run(source)
  const inner = loopsOf(ran)[1]!
  const at = async (index: number): Promise<string | undefined> => {
    const { result } = await askAbout({ source, ran, until: { loop: inner.id, index } })
    return result.trace.records.filter(({ name }) => name === "seen").map(({ samples }) => samples.at(-1)?.value.repr).at(-1)
  }
  expect([await at(0), await at(5), await at(10)]).toEqual(["'0.0!'", "'1.1!'", "'2.2!'"])
})

test("a loop of 10,000 turns keeps at most some hundred points, with its first, last, least and greatest", async () => {
  const ran = await run(lines(`
    import torch from "torch"
    const w = torch.tensor(1, { dtype: torch.float32, requires_grad: true })
    for (let i = 0; i < 10000; i++) {
      let y = i === 6543 ? 99 : i === 1234 ? -99 : Math.sin(i)
      const loss = w * y
      loss.backward()
      w.grad = null
    }
  `))
  const [loop] = loopsOf(ran)
  const { turns, values, count } = curve(loop, "y")
  expect([loop?.turns, count, turns[0], turns.at(-1), values[turns.indexOf(6543)], values[turns.indexOf(1234)]]).toEqual([10_000, 10_000, 0, 9999, 99, -99])
  for (const one of loop?.curves ?? []) expect(one.turns.length).toBeLessThan(520)
  for (const { samples } of ran.result.trace.records) expect(samples.length).toBeLessThan(70)
  expect(JSON.stringify(ran.result.trace).length).toBeLessThan(400_000)
}, 30_000)

test("a series keeps what is not finite, and its points come in order of turns", () => {
  const series = new Series()
  for (let turn = 0; turn < 3000; turn++) series.add(turn, turn === 1000 ? Infinity : turn === 2000 ? NaN : turn % 7)
  const { turns, values } = series.points()
  expect([values[turns.indexOf(1000)], values[turns.indexOf(2000)]]).toEqual(["inf", "nan"])
  expect([...turns].sort((a, b) => a - b)).toEqual(turns)
})

test("each loop has its own curves; a number that only counts turns has none", async () => {
  const ran = await run(lines(`
    let seen = 0
    for (let epoch = 0; epoch < 3; epoch++) {
      let sum = 0
      for (let step = 0; step < 4; step++) {
        seen += 1
        sum += step * epoch
      }
      const mean = sum / 4
    }
  `))
  const [outer, inner] = loopsOf(ran)
  expect([outer?.turns, outer?.curves.map(({ name }) => name), inner?.turns, inner?.curves.map(({ name }) => name)]).toEqual([3, ["sum", "mean"], 12, ["step", "sum"]])
  expect(curve(inner, "sum").values).toEqual([0, 0, 0, 0, 0, 1, 3, 6, 0, 2, 6, 12])
})

test("a vanishing gradient is flagged beside a larger one, an exploding one by its growth, a fit that converges by neither", async () => {
  const flags = async (body: string): Promise<unknown> => {
    const ran = await run(`import torch from "torch"\n${lines(body)}`)
    return loopsOf(ran)[0]?.curves.filter(({ kind }) => kind === "gradient").map(({ name, flag }) => [name, flag?.kind, flag?.turns])
  }
  expect(await flags(`
    const early = torch.tensor([2.0], { requires_grad: true })
    const late = torch.tensor([2.0], { requires_grad: true })
    for (let i = 0; i < 10; i++) {
      let h = early * 1
      for (let layer = 0; layer < 12; layer++) h = torch.sigmoid(h)
      const loss = (h * late).sum()
      loss.backward()
    }
  `)).toEqual([["late", undefined, undefined], ["early", "vanishing", 10]])
  expect(await flags(`
    let w = torch.tensor([1.0], { requires_grad: true })
    for (let i = 0; i < 12; i++) {
      w.grad = null
      const loss = (w ** 2).sum()
      loss.backward()
      w.data.sub_(w.grad * 3)
    }
  `)).toEqual([["w", "exploding", 8]])
  expect(await flags(`
    let w = torch.tensor([1.0, 2], { requires_grad: true })
    let b = torch.tensor([0.5], { requires_grad: true })
    for (let i = 0; i < 60; i++) {
      w.grad = null
      b.grad = null
      const loss = ((w + b) ** 2).sum()
      loss.backward()
      w.data.sub_(w.grad * 0.2)
      b.data.sub_(b.grad * 0.2)
    }
  `)).toEqual([["b", undefined, undefined], ["w", undefined, undefined]])
})
