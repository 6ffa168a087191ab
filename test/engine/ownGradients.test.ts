// A backward pass writes into gradients that only it knows: what anyone else has seen stays as it was, and nothing
// differs from a pass that keeps a graph of the gradient, which never writes into one.
import { expect, test } from "vitest"
import { functions as F } from "../../engine/autograd/functions.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { numbersFrom } from "./kernelViews.ts"

const tensor = torch["tensor"] as (data: unknown, options?: object) => Tensor

type Step = (one: Tensor, other: Tensor) => Tensor

/** Operators whose gradients pass on as they are, as a look at others, in new memory, or to two inputs at once. */
const steps: readonly Step[] = [
  (a, b) => F.add(a, b),
  (a, b) => F.sub(a, b),
  (a, b) => F.mul(a, b),
  (a) => F.mul(a, a),
  (a, b) => F.mul(a, F.sum(b)),
  (a, b) => F.add(F.mean(a), b),
  (a) => F.tanh(a),
  (a) => F.neg(a),
  (a, b) => F.maximum(a, b),
  (a, b) => F.cat([F.chunk(a, 2)[1], F.chunk(b, 2)[0]]),
  (a) => F.reshape(F.mul(F.reshape(a, [-1]), 0.5), [4, 3]),
  (a, b) => F.add(F.t(F.mul(F.t(a), 1.5)), b),
  (a, b) => F.sub(F.select(a, 0, 1), b),
  (a, b) => F.addcmul(a, b, b),
]

/** A graph drawn from a seed, and every gradient that can be asked for after two passes: of the leaves, and of what asked for its own. */
function outcome(seed: number, createGraph: boolean): number[] {
  const draw = numbersFrom(seed)
  const drawn = (): Tensor => tensor(Array.from({ length: 4 }, () => Array.from({ length: 3 }, () => draw(2001) / 1000 - 1)), { requires_grad: true })
  const leaves = [drawn(), drawn()]
  const made = [...leaves]
  const retained: Tensor[] = []
  for (let i = 0; i < 12; i++) {
    const one = steps[draw(steps.length)]!(made[draw(made.length)]!, made[draw(made.length)]!)
    if (draw(3) === 0) {
      one.retain_grad()
      retained.push(one)
    }
    made.push(one)
  }
  const results = made.slice(-4).map((one) => F.mean(F.mul(one, one)))
  const loss = results.reduce((sum, one) => F.add(sum, one))
  loss.backward({ retain_graph: true, create_graph: createGraph })
  loss.backward({ create_graph: createGraph })
  return [...leaves, ...retained].flatMap((one) => (one.grad ? (one.grad.detach().reshape(-1).tolist() as number[]) : [NaN]))
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))("a pass in its own memory gives what a pass with a graph gives (random graph %i)", (seed) => {
  const expected = outcome(seed, true)
  // Two kernels may round apart.
  const largest = Math.max(...expected.filter(Number.isFinite).map(Math.abs))
  expect(outcome(seed, false).map((one, i) => (Math.abs(one - expected[i]!) <= 1e-5 * largest ? expected[i]! : one))).toEqual(expected)
})

test("a gradient that a hook has seen stays as it was", () => {
  const x = tensor([1, 2], { requires_grad: true })
  const y = x.mul(3)
  const seen: Tensor[] = []
  y.register_hook((grad) => void seen.push(grad))
  y.mul(y).sum().backward()
  expect(seen[0]!.tolist()).toEqual([6, 12])
})

test("what a hook gives in a gradient's place stays the learner's own", () => {
  const x = tensor([1, 2], { requires_grad: true })
  const given: Tensor[] = []
  x.register_hook((grad) => {
    given.push(grad.mul(2))
    return given.at(-1)
  })
  const y = x.mul(3)
  let inner = tensor([0])
  y.register_hook((grad) => (inner = grad.add(1)))
  y.sum().backward()
  x.mul(5).sum().backward()
  expect([inner.tolist(), given.map((one) => one.tolist()), x.grad!.tolist()]).toEqual([[2, 2], [[12, 12], [10, 10]], [22, 22]])
})

test("the gradient that a pass starts with stays the learner's own", () => {
  const x = tensor([1, 2], { requires_grad: true })
  const start = tensor([1, 10])
  x.mul(3).mul(x).backward(start)
  expect(start.tolist()).toEqual([1, 10])
})

test("a gradient that goes to two places is whole at the second when it was added to another at the first", () => {
  const x = tensor([1], { requires_grad: true })
  const a = tensor([1], { requires_grad: true })
  const p = a.mul(2)
  const q = a.mul(3)
  // In the order of the pass: 5 goes to x and q, then 7 to x, where it meets the 5 that q still holds, and to p.
  x.add(p).mul(7).add(x.add(q).mul(5)).sum().backward()
  expect([x.grad!.tolist(), a.grad!.tolist()]).toEqual([[12], [29]])
})

test("gradients of two leaves never share memory", () => {
  const [a, b] = [tensor([1, 2], { requires_grad: true }), tensor([3, 4], { requires_grad: true })]
  a.add(b).sum().backward()
  a.grad!.mul_(10)
  expect([a.grad!.tolist(), b.grad!.tolist()]).toEqual([[10, 10], [1, 1]])
})
