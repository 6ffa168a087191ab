// Optimizers that follow the gradient itself: SGD, with an average of its path, and by the gradient's sign alone.
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { add, mul, sub, type Expr } from "../ops/expr.ts"
import { atLeastZero, counted, decayed, optimizerClass, remembered, type OptimizerClass } from "./optimizer.ts"
import { rule, rules, update } from "./update.ts"

const sgd = optimizerClass(
  "SGD(params: unknown, lr: number = 0.001, momentum: number = 0, dampening: number = 0, weight_decay: number = 0, nesterov: boolean = false, *, maximize: boolean = false, foreach: boolean = null, differentiable: boolean = false)",
  {
    check({ momentum, dampening, nesterov }) {
      atLeastZero("momentum", momentum!)
      if (nesterov && (momentum! <= 0 || dampening !== 0)) throw faults.value("Nesterov momentum needs a momentum above 0 and no dampening.", "Write { momentum: 0.9, nesterov: true }.")
    },
    // b' = μ·b + (1 − dampening)·g,  p' = p − lr·b'  (Nesterov: p − lr·(g + μ·b')).
    update(p, grad, { lr, momentum, dampening, weight_decay, nesterov }, memory) {
      const known = memory["momentum_buffer"]
      const decays = weight_decay !== 0
      if (momentum === 0) {
        memory["momentum_buffer"] ??= null
        return update(plainly({ decays }), [p, grad], [lr, weight_decay!])
      }
      if (known instanceof Tensor) return update(swinging({ decays, nesterov: Boolean(nesterov) }), [p, grad, known], [lr, weight_decay!, momentum!, 1 - dampening!])
      const step = decayed(grad, p, weight_decay!)
      const buffer = (memory["momentum_buffer"] = step.detach().clone())
      p.add_(nesterov ? step.add(buffer, { alpha: momentum }) : buffer, { alpha: -lr })
    },
  },
)

const stepOf = (p: Expr, grad: Expr, decay: Expr, decays: boolean): Expr => (decays ? add(grad, mul(decay, p)) : grad)
const plainly = rules<{ decays: boolean }>(({ decays }) => rule(["p", "grad"], ["lr", "decay"], ({ p, grad, lr, decay }) => [["p", sub(p!, mul(lr!, stepOf(p!, grad!, decay!, decays)))]]))
const swinging = rules<{ decays: boolean; nesterov: boolean }>(({ decays, nesterov }) =>
  rule(["p", "grad", "buffer"], ["lr", "decay", "momentum", "share"], ({ p, grad, buffer, lr, decay, momentum, share }) => {
    const step = stepOf(p!, grad!, decay!, decays)
    return [
      ["buffer", add(mul(momentum!, buffer!), mul(share!, step))],
      ["p", sub(p!, mul(lr!, nesterov ? add(step, mul(momentum!, buffer!)) : buffer!))],
    ]
  }),
)

const asgd = optimizerClass(
  "ASGD(params: unknown, lr: number = 0.01, lambd: number = 0.0001, alpha: number = 0.75, t0: number = 1000000, weight_decay: number = 0, foreach: boolean = null, maximize: boolean = false)",
  {
    // Polyak & Juditsky 1992: a decaying rate, and the average of where it was in `ax`.
    update(p, grad, { lr, lambd, alpha, t0, weight_decay }, memory) {
      const average = remembered(memory, "ax", p)
      const step = counted(memory)
      const eta = Number(memory["eta"] ?? lr)
      const mu = Number(memory["mu"] ?? 1)
      const slope = decayed(grad, p, weight_decay!)
      p.mul_(1 - lambd! * eta).add_(slope, { alpha: -eta })
      if (mu === 1) average.copy_(p)
      else average.add_(p.sub(average).mul(mu))
      memory["eta"] = Math.fround(lr / (1 + lambd! * lr * step) ** alpha!)
      memory["mu"] = Math.fround(1 / Math.max(1, step - t0!))
    },
  },
)

const rprop = optimizerClass("Rprop(params: unknown, lr: number = 0.01, etas: unknown = [0.5, 1.2], step_sizes: unknown = [0.000001, 50], foreach: boolean = null, maximize: boolean = false)", {
  check({ etas }) {
    const [less, more] = etas as unknown as [number, number]
    if (!(less > 0 && less < 1 && more > 1)) throw faults.value(`Expected etas on both sides of 1, found ${less} and ${more}.`, "Write etas: [0.5, 1.2].")
  },
  // Riedmiller & Braun 1993: each element's own step grows while its slope keeps its sign, and shrinks when it turns.
  update(p, grad, group, memory) {
    const [less, more] = group["etas"] as unknown as [number, number]
    const [least, most] = group["step_sizes"] as unknown as [number, number]
    const before = remembered(memory, "prev", p)
    const size = remembered(memory, "step_size", p, group.lr)
    counted(memory)
    const turn = grad.mul(before).sign()
    const turned = turn.lt(0)
    size.mul_(turn.mul(0).add(1).masked_fill(turn.gt(0), more).masked_fill(turned, less)).clamp_(least, most)
    const kept = grad.masked_fill(turned, 0)
    p.addcmul_(kept.sign(), size, { value: -1 })
    before.copy_(kept)
  },
})

export const descent: Readonly<Record<string, OptimizerClass>> = { SGD: sgd, ASGD: asgd, Rprop: rprop }
