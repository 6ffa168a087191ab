// Adam and its kin: running means of the gradient and of its square, with the start's bias taken out.
import { functions } from "../autograd/functions.ts"
import * as e from "../ops/expr.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { atLeastZero, checkBetas, counted, decayed, optimizerClass, remembered, type Memory, type OptimizerClass } from "./optimizer.ts"
import { rule, rules, update } from "./update.ts"

interface Moments {
  readonly mean: Tensor
  readonly square: Tensor
  readonly step: number
  /** 1 − β^step, the shares that are not the start's zeros. */
  readonly share1: number
  readonly share2: number
}

type Betas = readonly [number, number]
const betasOf = (group: Readonly<Record<string, unknown>>): Betas => group["betas"] as Betas // Checked when the optimizer was made.

/** m' = β₁m + (1 − β₁)g,  v' = β₂v + (1 − β₂)g² (Kingma & Ba 2015). */
function moments(memory: Memory, p: Tensor, grad: Tensor, [beta1, beta2]: Betas): Moments {
  const step = counted(memory)
  const mean = remembered(memory, "exp_avg", p).mul_(beta1).add_(grad, { alpha: 1 - beta1 })
  const square = remembered(memory, "exp_avg_sq", p).mul_(beta2).addcmul_(grad, grad, { value: 1 - beta2 })
  return { mean, square, step, share1: 1 - beta1 ** step, share2: 1 - beta2 ** step }
}

function check(options: Readonly<Record<string, unknown>>): void {
  atLeastZero("eps", Number(options["eps"]))
  checkBetas(options["betas"])
}

interface Kind extends Readonly<Record<string, boolean>> {
  /** The decay enters the gradient, or shrinks the weights themselves. */
  readonly decays: boolean
  readonly shrinks: boolean
  readonly amsgrad: boolean
}

const stepping = rules<Kind>(({ decays, shrinks, amsgrad }) =>
  rule(["p", "grad", "mean", "square", ...(amsgrad ? ["largest"] : [])], ["rate", "decay", "beta1", "rest1", "beta2", "rest2", "root", "eps"], ({ p, grad, mean, square, largest, rate, decay, beta1, rest1, beta2, rest2, root, eps }) => {
    const slope = decays ? e.add(grad!, e.mul(decay!, p!)) : grad!
    return [
      ["mean", e.add(e.mul(beta1!, mean!), e.mul(rest1!, slope))],
      ["square", e.add(e.mul(beta2!, square!), e.mul(rest2!, e.mul(slope, slope)))],
      ...(amsgrad ? [["largest", e.maximum(largest!, square!)] as const] : []),
      ["p", e.sub(shrinks ? e.mul(p!, decay!) : p!, e.mul(rate!, e.div(mean!, e.add(e.div(e.sqrt(amsgrad ? largest! : square!), root!), eps!))))],
    ]
  }),
)

/** The step of Adam and AdamW (Loshchilov & Hutter 2019), whose decay shrinks the weights instead of entering the gradient. */
function move(p: Tensor, grad: Tensor, group: Readonly<Record<string, number>>, memory: Memory, decoupled: boolean): void {
  const [beta1, beta2] = betasOf(group)
  const decay = group["weight_decay"]!
  const step = counted(memory)
  const amsgrad = Boolean(group["amsgrad"])
  const tensors = [p, grad, remembered(memory, "exp_avg", p), remembered(memory, "exp_avg_sq", p), ...(amsgrad ? [remembered(memory, "max_exp_avg_sq", p)] : [])]
  const kind = { decays: !decoupled && decay !== 0, shrinks: decoupled && decay !== 0, amsgrad }
  update(stepping(kind), tensors, [group["lr"]! / (1 - beta1 ** step), decoupled ? 1 - group["lr"]! * decay : decay, beta1, 1 - beta1, beta2, 1 - beta2, Math.sqrt(1 - beta2 ** step), group["eps"]!])
}

const betas = "betas: unknown = [0.9, 0.999], eps: number = 1e-8"

const adam = optimizerClass(
  `Adam(params: unknown, lr: number = 0.001, ${betas}, weight_decay: number = 0, amsgrad: boolean = false, *, maximize: boolean = false, foreach: boolean = null, capturable: boolean = false, differentiable: boolean = false, fused: boolean = false)`,
  { check, update: (p, grad, group, memory) => move(p, grad, group, memory, false) },
)

const adamw = optimizerClass(
  `AdamW(params: unknown, lr: number = 0.001, ${betas}, weight_decay: number = 0.01, amsgrad: boolean = false, *, maximize: boolean = false, foreach: boolean = null, capturable: boolean = false)`,
  {
    check,
    update: (p, grad, group, memory) => move(p, grad, group, memory, true),
  },
)

const adamax = optimizerClass(`Adamax(params: unknown, lr: number = 0.002, ${betas}, weight_decay: number = 0, foreach: boolean = null, *, maximize: boolean = false)`, {
  check,
  // The largest gradient of the past, fading, in the place of the root of squares.
  update(p, grad, group, memory) {
    const [beta1, beta2] = betasOf(group)
    const slope = decayed(grad, p, group["weight_decay"]!)
    const step = counted(memory)
    const mean = remembered(memory, "exp_avg", p).mul_(beta1).add_(slope, { alpha: 1 - beta1 })
    const largest = remembered(memory, "exp_inf", p)
    largest.copy_(functions.maximum(largest.mul_(beta2), slope.abs().add_(group["eps"])))
    p.addcdiv_(mean, largest, { value: -group.lr / (1 - beta1 ** step) })
  },
})

const nadam = optimizerClass(`NAdam(params: unknown, lr: number = 0.002, ${betas}, weight_decay: number = 0, momentum_decay: number = 0.004, foreach: boolean = null)`, {
  check,
  // Dozat 2016: Adam that looks ahead, as Nesterov's momentum does.
  update(p, grad, group, memory) {
    const pair = betasOf(group)
    const slope = decayed(grad, p, group["weight_decay"]!)
    const { mean, square, step, share2 } = moments(memory, p, slope, pair)
    const mu = (at: number): number => pair[0] * (1 - 0.5 * 0.96 ** (at * group["momentum_decay"]!))
    const product = Number(memory["mu_product"] ?? 1) * mu(step)
    memory["mu_product"] = product
    const scale = square.div(share2).sqrt_().add_(group["eps"])
    p.addcdiv_(slope, scale, { value: (-group.lr * (1 - mu(step))) / (1 - product) })
    // PyTorch 1.13, whose numbers are kept, multiplies this step's μ in twice.
    p.addcdiv_(mean, scale, { value: (-group.lr * mu(step + 1)) / (1 - product * mu(step) * mu(step + 1)) })
  },
})

const radam = optimizerClass(`RAdam(params: unknown, lr: number = 0.001, ${betas}, weight_decay: number = 0, foreach: boolean = null)`, {
  check,
  // Liu et al. 2020: plain momentum until the running square has seen enough steps.
  update(p, grad, group, memory) {
    const pair = betasOf(group)
    const { mean, square, step, share1, share2 } = moments(memory, p, decayed(grad, p, group["weight_decay"]!), pair)
    const most = 2 / (1 - pair[1]) - 1
    const now = most - (2 * step * pair[1] ** step) / share2
    const move = mean.div(share1).mul_(group.lr)
    if (now > 5) {
      const rectified = Math.sqrt(((now - 4) * (now - 2) * most) / ((most - 4) * (most - 2) * now))
      move.div_(square.sqrt().add_(group["eps"])).mul_(Math.sqrt(share2) * rectified)
    }
    p.sub_(move)
  },
})

export const adams: Readonly<Record<string, OptimizerClass>> = { Adam: adam, AdamW: adamw, Adamax: adamax, NAdam: nadam, RAdam: radam }
