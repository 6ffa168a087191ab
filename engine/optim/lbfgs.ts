// L-BFGS: steps along the inverse Hessian as guessed from the last gradients (Nocedal & Wright 2006, algorithm 7.4).
// Apart from the other optimizers because it looks at all parameters as one vector and calls the closure many times.
import { functions } from "../autograd/functions.ts"
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { evaluate, Optimizer } from "./optimizer.ts"
import { wolfeSearch, type Point } from "./wolfe.ts"

const signature = parseSignature(
  "LBFGS(params: unknown, lr: number = 1, max_iter: number = 20, max_eval: number = null, tolerance_grad: number = 1e-7, tolerance_change: number = 1e-9, history_size: number = 100, line_search_fn: string = null)",
)

const number = (value: unknown): number => (value instanceof Tensor ? Number(value.item()) : Number(value))
const dot = (a: Tensor, b: Tensor): number => number(a.dot(b))
const largest = (a: Tensor): number => number(a.abs().max())

/** One remembered pair: how the gradient changed (`y`) over a step (`s`), and 1 / yᵀs. */
interface Pair {
  readonly y: Tensor
  readonly s: Tensor
  readonly rho: number
}

export class LBFGS extends Optimizer {
  private iterations = 0
  private pairs: Pair[] = []
  private scale = 1
  private direction: Tensor | null = null
  private length = 0
  private before: { readonly gradient: Tensor; readonly loss: number } | null = null

  constructor(...args: readonly unknown[]) {
    const { params, ...options } = bind(signature, args)
    options["max_eval"] ??= Math.floor((Number(options["max_iter"]) * 5) / 4)
    super(params, options)
    if (this.param_groups.length !== 1) throw faults.value("LBFGS has no options for single parameters: it takes one group.", "Pass one array of parameters.")
  }

  override step(closure?: unknown): unknown {
    if (typeof closure !== "function") throw faults.argument("LBFGS.step: expected a closure that computes the loss and its gradients.", "Write opt.step(() => { opt.zero_grad(); const loss = …; loss.backward(); return loss })")
    return untracked(() => this.minimize(closure))
  }

  private minimize(closure: unknown): unknown {
    const options = this.param_groups[0]! as unknown as Readonly<Record<string, number>> // What the constructor bound.
    const { lr, max_iter, max_eval, tolerance_grad, tolerance_change } = options
    const first = evaluate(closure)
    let loss = number(first)
    let gradient = this.flatGradient()
    let calls = 1
    if (largest(gradient) <= tolerance_grad!) return first
    for (let i = 1; i <= max_iter!; i++) {
      this.iterations++
      const direction = this.nextDirection(gradient, options["history_size"]!)
      const { loss: lossBefore } = (this.before = { gradient: gradient.clone(), loss })
      this.length = (this.iterations === 1 ? Math.min(1, 1 / number(gradient.abs().sum())) : 1) * lr!
      const slope = dot(gradient, direction)
      if (slope > -tolerance_change!) break
      if (options["line_search_fn"] !== null) {
        const found = this.search(closure, direction, { loss, gradient, slope })
        ;({ loss, gradient } = found)
        this.length = found.at
        calls += found.calls
        this.move(direction, this.length)
      } else {
        this.move(direction, this.length)
        if (i !== max_iter) {
          loss = number(evaluate(closure))
          gradient = this.flatGradient()
          calls++
        }
      }
      if (calls >= max_eval! || largest(gradient) <= tolerance_grad! || largest(direction.mul(this.length)) <= tolerance_change! || Math.abs(loss - lossBefore) < tolerance_change!) break
    }
    return first
  }

  /** −H·g by the two loops over the remembered pairs. */
  private nextDirection(gradient: Tensor, most: number): Tensor {
    if (!this.direction || !this.before) return (this.direction = gradient.neg())
    const y = gradient.sub(this.before.gradient)
    const s = this.direction.mul(this.length)
    const ys = dot(y, s)
    if (ys > 1e-10) {
      if (this.pairs.length === most) this.pairs.shift()
      this.pairs.push({ y, s, rho: 1 / ys })
      this.scale = ys / dot(y, y)
    }
    const q = gradient.neg()
    const shares = this.pairs.map(() => 0)
    for (let i = this.pairs.length; i-- > 0; ) {
      const pair = this.pairs[i]!
      shares[i] = dot(pair.s, q) * pair.rho
      q.add_(pair.y, { alpha: -shares[i]! })
    }
    const r = q.mul(this.scale)
    this.pairs.forEach(({ y: change, s: step, rho }, i) => r.add_(step, { alpha: shares[i]! - dot(change, r) * rho }))
    return (this.direction = r)
  }

  private search(closure: unknown, direction: Tensor, start: Omit<Point, "at">): Point & { readonly calls: number } {
    if (this.param_groups[0]!["line_search_fn"] !== "strong_wolfe") throw faults.runtime("LBFGS: the only line search is strong_wolfe.", 'Write line_search_fn: "strong_wolfe", or leave it out.')
    const { params } = this.param_groups[0]!
    const kept = params.map((one) => one.clone())
    return wolfeSearch((at) => {
      this.move(direction, at)
      const loss = number(evaluate(closure))
      const gradient = this.flatGradient()
      params.forEach((one, i) => one.copy_(kept[i]))
      return { at, loss, gradient, slope: dot(gradient, direction) }
    }, { ...start, at: 0 }, this.length, largest(direction))
  }

  private flatGradient(): Tensor {
    return functions.cat(this.param_groups[0]!.params.map((one) => (one.grad ?? functions.zeros_like(one)).reshape(-1)))
  }

  private move(direction: Tensor, by: number): void {
    let offset = 0
    for (const one of this.param_groups[0]!.params) {
      const size = one.numel()
      one.add_(direction.narrow(0, offset, size).reshape(one.sizes), { alpha: by })
      offset += size
    }
  }
}
