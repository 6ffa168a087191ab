// A long loop keeps nothing of the turns that are over, with inline values and without, at the top of a snippet and in a
// function. What is alive is counted after a forced collection, so that the collector's own pace does not matter.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import type { RunRequest } from "../../engine/protocol/api.ts"
import { lines, run } from "./snippetRunning.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

const steps = 20_000
/** What may stay of one turn, in bytes: less than any tensor or node. The samples that are kept of a place, at most so many, are not always the same number. */
const least = 160

/** Training by hand: a tensor of more than sixteen elements, so that its memory lies outside the heap, too. */
const training = `
  const loss = ((x.matmul(w) - y) ** 2).mean()
  loss.backward()
  torch.no_grad(() => { w.sub_(w.grad.mul(0.01)) })
  w.grad = null
`

/** A name that is assigned anew, cut off from its past in each turn. */
const descending = `
  const loss = F.mse_loss(v, target)
  loss.backward()
  v = v - 0.1 * v.grad
  v.detach_()
  v.requires_grad_()
`

const setting = lines(`
  import torch from "torch"
  import F from "torch/nn/functional"
  torch.manual_seed(0)
  const x = torch.randn(8, 6)
  const y = torch.randn(8, 4)
  const w = torch.randn(6, 4, { requires_grad: true })
  const target = torch.tensor([0.25, 0.5, 0.75])
  let v = torch.zeros(3, { requires_grad: true })
`)

const loop = (body: string): string => `for (let step = 0; step < ${steps}; step++) {${body}}\n`
const places: readonly (readonly [string, (body: string) => string])[] = [
  ["at the top", (body) => setting + loop(body)],
  ["in a function", (body) => `${setting}function train() {\n${loop(body)}}\ntrain()\n`],
]
const bodies: readonly (readonly [string, string])[] = [
  ["training in place", training],
  ["assigning anew", descending],
]

/** Bytes that stay of one turn, of those between a quarter of the loop and its end. */
async function keptPerTurn(source: string, how: Partial<RunRequest>): Promise<number> {
  let turns = 0
  let before = 0
  let kept = NaN
  const alive = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const atSite = (): void => {
    turns++
    if (turns === steps / 4) before = alive()
    if (turns === steps - 1) kept = (alive() - before) / ((steps * 3) / 4)
  }
  const { result } = await run(source, how, { atSite })
  if (result.error) throw new Error(result.error.message)
  return kept
}

const ways: readonly (readonly [string, Partial<RunRequest>])[] = [
  ["with inline values and verdicts", { trace: true, verdicts: "soon" }],
  ["with inline values", { trace: true, verdicts: false }],
  ["without both", { trace: false, verdicts: false }],
]

for (const [where, placed] of places)
  for (const [what, body] of bodies)
    test.each(ways)(`${steps} steps of ${what} ${where}, %s, keep nothing of the steps before`, async (_, how) => {
      expect(await keptPerTurn(placed(body), how)).toBeLessThan(least)
    }, 120_000)
