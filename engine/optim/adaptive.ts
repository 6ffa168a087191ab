// Optimizers that scale each element by the size of its past gradients: Adagrad, Adadelta, RMSprop.
import { atLeastZero, counted, decayed, optimizerClass, remembered, type OptimizerClass } from "./optimizer.ts"

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
      const slope = decayed(grad, p, weight_decay!)
      sum.addcmul_(slope, slope, { value: 1 })
      p.addcdiv_(slope, sum.sqrt().add_(eps), { value: -lr / (1 + (step - 1) * lr_decay!) })
    },
  },
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
      const squares = remembered(memory, "square_avg", p)
      const slope = decayed(grad, p, weight_decay!)
      squares.mul_(alpha).addcmul_(slope, slope, { value: 1 - alpha! })
      let size = squares
      if (centered) {
        const mean = remembered(memory, "grad_avg", p).mul_(alpha).add_(slope, { alpha: 1 - alpha! })
        size = squares.addcmul(mean, mean, { value: -1 })
      }
      const scale = size.sqrt().add_(eps)
      if (momentum! > 0) {
        const buffer = remembered(memory, "momentum_buffer", p).mul_(momentum).addcdiv_(slope, scale)
        p.add_(buffer, { alpha: -lr })
      } else p.addcdiv_(slope, scale, { value: -lr })
    },
  },
)

export const adaptive: Readonly<Record<string, OptimizerClass>> = { Adagrad: adagrad, Adadelta: adadelta, RMSprop: rmsprop }
