// Small graphs in our engine, where overhead is everything; large arrays are in kernels.ts. The same names and numbers
// stand in overhead.py. Prints JSON: median and best time of many, and a value to compare.
import { binary } from "../../engine/autograd/operators.ts"
import { functions as F } from "../../engine/autograd/functions.ts"
import { generator, Tensor, torch } from "../../engine/torch.ts"

const make = torch["tensor"] as (data: unknown, options?: object) => Tensor
const plus = binary["+"]!
const minus = binary["-"]!
const times = binary["*"]!

interface Workload {
  readonly unit: "µs" | "ms"
  /** Runs one round starts with; grows until a round is long enough to measure. */
  readonly run: () => Tensor
  /** What one run is divided by: operators in a chain. */
  readonly parts?: number
}

const chainLength = 1000
const target = make(Array.from({ length: 9 }, (_, i) => (i + 1) / 10))
const start = [0.667, 0.4168, 0.7871, 0.0563, 0.0195, 0.4457, 0.2058, 0.4862, 0.3601]

const workloads: Readonly<Record<string, Workload>> = {
  "seed 001: graph, forward and backward": {
    unit: "µs",
    run() {
      const x = F.ones([2, 2], { requires_grad: true })
      const y = plus(x, 2)
      const z = times(times(y, y), 3)
      z.mean().backward()
      return x.grad!
    },
  },
  "seed 003: descent until the loss is small": {
    unit: "ms",
    run() {
      let x = make(start, { requires_grad: true })
      let loss = F.mse_loss(x, target)
      while (Number(loss.item()) > 1e-5) {
        loss.backward()
        x = minus(x, times(1, x.grad!))
        x.detach_()
        x.requires_grad_()
        loss = F.mse_loss(x, target)
      }
      return x
    },
  },
  "chain of 1,000 scalar operators, each": {
    unit: "µs",
    parts: chainLength,
    run() {
      const x = make(0.5, { requires_grad: true })
      let y = x
      for (let i = 0; i < chainLength / 4; i++) y = F.tanh(plus(times(y, 1.01), 0.1)).mul(x)
      y.backward()
      return x.grad!
    },
  },
}

const wanted = process.argv[2] ?? ""
const found: Record<string, { unit: string; time: number; best: number; check: number }> = {}
generator.manual_seed(0n)
for (const [name, workload] of Object.entries(workloads)) if (name.includes(wanted)) found[name] = measured(workload)
console.log(JSON.stringify(found))

/** Median and best of rounds of at least 10 ms, after half a second of warming up. */
function measured({ unit, run, parts = 1 }: Workload): { unit: string; time: number; best: number; check: number } {
  const round = (count: number): number => {
    const from = performance.now()
    for (let i = 0; i < count; i++) run()
    return performance.now() - from
  }
  const warm = performance.now() + 500
  let count = 1
  while (performance.now() < warm) if (round(count) < 10) count *= 2
  const rounds = Array.from({ length: 40 }, () => round(count) / count / parts).sort((a, b) => a - b)
  const scale = unit === "µs" ? 1000 : 1
  return { unit, time: rounds[20]! * scale, best: rounds[0]! * scale, check: Number(run().mean().item()) }
}
