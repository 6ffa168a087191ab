// Optimizers that scale each element by the size of its past gradients: Adagrad, Adadelta, RMSprop.
import * as e from "../ops/expr.ts"
import { atLeastZero, counted, decayed, optimizerClass, remembered, type OptimizerClass } from "./optimizer.ts"
import { rule, rules, update } from "./update.ts"

const adagrad = optimizerClass(
  "Adagrad(params: unknown, lr: number = 0.01, lr_decay: number = 0, weight_decay: number = 0, initial_accumulator_value: number = 0, eps: number = 1e-10, foreach: boolean = null, *, maximize: boolean = false)",
  {
    check({ lr_decay, initial_accumulator_value, eps }) {
      atLeastZero("lr_decay", lr_decay!)
      atLeastZero("initial_accumulator_value", initial_accumulator_value!)
      atLeastZero("eps", eps!)
    },
    // Duchi et al. 2011: p' = p − lr · g / √(Σ g²).
    update(p, grad, { lr, lr_decay, weight_decay, initial_accumulator_value, eps }, memory) {
      const sum = remembered(memory, "sum", p, initial_accumulator_value)
      const step = counted(memory)
      update(summing({ decays: weight_decay !== 0 }), [p, grad, sum], [lr / (1 + (step - 1) * lr_decay!), weight_decay!, eps!])
    },
  },
)

const summing = rules<{ decays: boolean }>(({ decays }) =>
  rule(["p", "grad", "sum"], ["rate", "decay", "eps"], ({ p, grad, sum, rate, decay, eps }) => {
    const slope = decays ? e.add(grad!, e.mul(decay!, p!)) : grad!
    return [
      ["sum", e.add(sum!, e.mul(slope, slope))],
      ["p", e.sub(p!, e.mul(rate!, e.div(slope, e.add(e.sqrt(sum!), eps!))))],
    ]
  }),
)

const adadelta = optimizerClass("Adadelta(params: unknown, lr: number = 1, rho: number = 0.9, eps: number = 0.000001, weight_decay: number = 0, foreach: boolean = null, *, maximize: boolean = false)", {
  check({ rho, eps }) {
    atLeastZero("rho", rho! <= 1 ? rho! : -rho!)
    atLeastZero("eps", eps!)
  },
  // Zeiler 2012: steps in the unit of the parameter, from a running average of past steps.
  update(p, grad, { lr, rho, eps, weight_decay }, memory) {
    counted(memory)
    const squares = remembered(memory, "square_avg", p)
    const deltas = remembered(memory, "acc_delta", p)
    const slope = decayed(grad, p, weight_decay!)
    squares.mul_(rho).addcmul_(slope, slope, { value: 1 - rho! })
    const delta = deltas.add(eps).sqrt_().div_(squares.add(eps).sqrt_()).mul_(slope)
    deltas.mul_(rho).addcmul_(delta, delta, { value: 1 - rho! })
    p.add_(delta, { alpha: -lr })
  },
})

const rmsprop = optimizerClass(
  "RMSprop(params: unknown, lr: number = 0.01, alpha: number = 0.99, eps: number = 1e-8, weight_decay: number = 0, momentum: number = 0, centered: boolean = false, foreach: boolean = null, maximize: boolean = false, differentiable: boolean = false)",
  {
    check({ alpha, eps, momentum }) {
      atLeastZero("alpha", alpha!)
      atLeastZero("eps", eps!)
      atLeastZero("momentum", momentum!)
    },
    // Hinton's lecture: p' = p − lr · g / √(running mean of g²).
    update(p, grad, { lr, alpha, eps, weight_decay, momentum, centered }, memory) {
      counted(memory)
      const asked = { decays: weight_decay !== 0, centered: Boolean(centered), swings: momentum! > 0 }
      const more = [...(asked.centered ? [remembered(memory, "grad_avg", p)] : []), ...(asked.swings ? [remembered(memory, "momentum_buffer", p)] : [])]
      update(rooted(asked), [p, grad, remembered(memory, "square_avg", p), ...more], [lr, weight_decay!, alpha!, 1 - alpha!, eps!, momentum!])
    },
  },
)

const rooted = rules<{ decays: boolean; centered: boolean; swings: boolean }>(({ decays, centered, swings }) =>
  rule(["p", "grad", "squares", ...(centered ? ["mean"] : []), ...(swings ? ["buffer"] : [])], ["lr", "decay", "alpha", "rest", "eps", "momentum"], ({ p, grad, squares, mean, buffer, lr, decay, alpha, rest, eps, momentum }) => {
    const slope = decays ? e.add(grad!, e.mul(decay!, p!)) : grad!
    const move = e.div(slope, e.add(e.sqrt(centered ? e.sub(squares!, e.mul(mean!, mean!)) : squares!), eps!))
    return [
      ["squares", e.add(e.mul(alpha!, squares!), e.mul(rest!, e.mul(slope, slope)))],
      ...(centered ? [["mean", e.add(e.mul(alpha!, mean!), e.mul(rest!, slope))] as const] : []),
      ...(swings ? [["buffer", e.add(e.mul(momentum!, buffer!), move)] as const] : []),
      ["p", e.sub(p!, e.mul(lr!, swings ? buffer! : move))],
    ]
  }),
)

export const adaptive: Readonly<Record<string, OptimizerClass>> = { Adagrad: adagrad, Adadelta: adadelta, RMSprop: rmsprop }
