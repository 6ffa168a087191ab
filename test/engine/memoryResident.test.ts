// The resident memory of the built engine's process stays flat in a long loop that frees nothing itself: what the
// system sees, collector and C library included, where memoryFlat.test.ts counts what is alive. On Linux, which says it.
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ForkedEngine } from "../../engine/host/forkedEngine.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

/** What a loop does in each of its steps, and how many megabytes it may grow by. */
interface Work {
  readonly setting: string
  readonly body: string
  readonly steps: number
  readonly most: number
}

/** Forward, backward, an update in place. One tensor kept a step would add more than twice `most` between the stretches compared. */
const one: Work = {
  setting: "const v = torch.tensor(1, { requires_grad: true })\n",
  body: "const loss = (v - 3) ** 2\nloss.backward()\ntorch.no_grad(() => { v.sub_(v.grad * 0.01) })\nv.grad.zero_()",
  // A quick loop: more steps, so that there is time to look.
  steps: 300_000,
  most: 24,
}
const thousand: Work = {
  setting: "const x = torch.randn(1000)\nconst w = torch.zeros(1000, { requires_grad: true })\n",
  body: "const loss = F.mse_loss(w, x)\nloss.backward()\ntorch.no_grad(() => { w.sub_(w.grad) })\nw.grad = null",
  steps: 100_000,
  most: 120,
}

let built: BuiltHost
beforeAll(async () => {
  built = await buildHost()
}, 60_000)
afterAll(() => built.remove())

/** The snippet, which prints now and then, so that its owner looks at the process. */
function source({ setting, body, steps }: Work, isInFunction: boolean): string {
  const loop = `for (let step = 0; step < ${steps}; step++) {\nif (step % ${steps / 100} === 0) print(step)\n${body}\n}\n`
  const head = 'import torch from "torch"\nimport F from "torch/nn/functional"\ntorch.manual_seed(0)\n'
  return head + setting + (isInFunction ? `function train() {\n${loop}}\ntrain()\n` : loop)
}

/** Megabytes of a process that lie in memory. */
function resident(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024
}

/** By how much the least that lay in memory in the last fifth of the loop is above the least in the second fifth. */
async function growth(work: Work, isInFunction: boolean, trace: boolean): Promise<number> {
  // Texts that come together are one look: on a busy machine a stretch may pass without any, then the loop runs once more.
  for (let attempt = 0; attempt < 10; attempt++) {
    const early: number[] = []
    const late: number[] = []
    const look = (text: string): void => {
      const done = Number(text.trim().split("\n").at(-1)) / work.steps
      if (done >= 0.8) late.push(resident(engine.pid!))
      else if (done >= 0.2 && done < 0.4) early.push(resident(engine.pid!))
    }
    // A process of its own: one that was larger before has room to grow unseen.
    const engine = new ForkedEngine({ processUrl: new URL("./engineProcess.mjs", built.workerUrl), output: look, log: () => undefined, spare: false })
    try {
      const { error } = await engine.run({ runId: 1, source: source(work, isInFunction), fileName: "/a.ts", device: "cpu", timeLimit: 0, memoryLimit: 2048, trace, verdicts: false })
      if (error) throw new Error(error.message)
    } finally {
      engine.dispose()
    }
    if (early.length > 0 && late.length > 0) return Math.min(...late) - Math.min(...early)
  }
  throw new Error("The process was never seen in both stretches of the loop.")
}

const cases: readonly (readonly [string, Work, boolean, boolean])[] = [
  ["one number, at the top, recorded", one, false, true],
  ["one number, at the top, not recorded", one, false, false],
  ["one number, in a function, recorded", one, true, true],
  ["one number, in a function, not recorded", one, true, false],
  ["a thousand numbers, at the top, recorded", thousand, false, true],
  ["a thousand numbers, in a function, not recorded", thousand, true, false],
]

test.runIf(process.platform === "linux").each(cases)("a hundred thousand steps and more leave the process as large as it was: %s", async (_, work, isInFunction, trace) => {
  expect(await growth(work, isInFunction, trace)).toBeLessThan(work.most)
}, 300_000)
