// torch.optim: optimizers and learning rate schedules.
import type { Member, TypedClass } from "../generate.ts"
import { nameOf } from "./inNamespace.ts"

const params = "params: Iterable<Tensor | optim.ParamGroup>"

const optimizer = (signature: string, doc: string): TypedClass => ({ name: nameOf(signature), signature, doc, namespace: "optim", parent: "Optimizer" })
const schedule = (signature: string, doc: string, members: readonly Member[] = []): TypedClass => ({ name: nameOf(signature), signature, doc, namespace: "optim.lr_scheduler", parent: "LRScheduler", members })

export const optimizers: readonly TypedClass[] = [
  {
    name: "Optimizer",
    namespace: "optim",
    signature: `Optimizer(${params}, defaults: Options)`,
    doc: "What all optimizers share: they hold parameters and change them in place by their `.grad`.",
    members: [
      { text: "step(): void", doc: "Changes every parameter once, by its `.grad`. Parameters whose `.grad` is null stay." },
      { text: "step(closure: () => any): any", doc: "Calls the closure, which computes the loss anew, changes every parameter once and gives the loss." },
      { text: "zero_grad(set_to_none?: boolean | { set_to_none?: boolean }): void", doc: "Clears the `.grad` of every parameter: to null, or to zeros with `set_to_none: false`." },
      { text: "readonly param_groups: ParamGroup[]", doc: "The parameters in groups, each with its own options such as `lr`." },
      { text: "readonly defaults: Record<string, any>", doc: "The options that a group has unless it says otherwise." },
      { text: "readonly state: Map<Tensor, Record<string, any>>", doc: "What the optimizer remembers of each parameter, such as momentum." },
      { text: "state_dict(): any", doc: "Options and memory as plain data, for load_state_dict." },
      { text: "load_state_dict(state_dict: any): void", doc: "Goes on from what state_dict gave." },
      { text: "add_param_group(param_group: ParamGroup): void", doc: "Takes more parameters in, with options of their own." },
    ],
  },
  optimizer(`SGD(${params}, lr: number = 0.001, momentum: number = 0, dampening: number = 0, weight_decay: number = 0, nesterov: boolean = false, *, maximize: boolean = false)`, "Gradient descent: each parameter goes `lr` times its gradient downhill; momentum keeps a part of the step before."),
  optimizer(`Adam(${params}, lr: number = 0.001, betas: [number, number] = [0.9, 0.999], eps: number = 1e-8, weight_decay: number = 0, amsgrad: boolean = false, *, maximize: boolean = false)`, "Steps scaled by running averages of the gradient and of its square."),
  optimizer(`AdamW(${params}, lr: number = 0.001, betas: [number, number] = [0.9, 0.999], eps: number = 1e-8, weight_decay: number = 0.01, amsgrad: boolean = false, *, maximize: boolean = false)`, "Adam whose weight decay shrinks the parameters directly."),
  optimizer(`Adamax(${params}, lr: number = 0.002, betas: [number, number] = [0.9, 0.999], eps: number = 1e-8, weight_decay: number = 0, *, maximize: boolean = false)`, "Adam with the largest gradient so far in place of the average square."),
  optimizer(`NAdam(${params}, lr: number = 0.002, betas: [number, number] = [0.9, 0.999], eps: number = 1e-8, weight_decay: number = 0, momentum_decay: number = 0.004)`, "Adam with Nesterov momentum."),
  optimizer(`RAdam(${params}, lr: number = 0.001, betas: [number, number] = [0.9, 0.999], eps: number = 1e-8, weight_decay: number = 0)`, "Adam that waits with scaling until its averages can be trusted."),
  optimizer(`RMSprop(${params}, lr: number = 0.01, alpha: number = 0.99, eps: number = 1e-8, weight_decay: number = 0, momentum: number = 0, centered: boolean = false, *, maximize: boolean = false)`, "Steps divided by a running average of the gradient's size."),
  optimizer(`Adagrad(${params}, lr: number = 0.01, lr_decay: number = 0, weight_decay: number = 0, initial_accumulator_value: number = 0, eps: number = 1e-10, *, maximize: boolean = false)`, "Steps that shrink for parameters that had large gradients."),
  optimizer(`Adadelta(${params}, lr: number = 1, rho: number = 0.9, eps: number = 0.000001, weight_decay: number = 0, *, maximize: boolean = false)`, "Steps in the parameters' own unit, from running averages of steps and gradients."),
  optimizer(`ASGD(${params}, lr: number = 0.01, lambd: number = 0.0001, alpha: number = 0.75, t0: number = 1000000, weight_decay: number = 0, *, maximize: boolean = false)`, "Gradient descent that averages its parameters."),
  optimizer(`Rprop(${params}, lr: number = 0.01, etas: [number, number] = [0.5, 1.2], step_sizes: [number, number] = [0.000001, 50], *, maximize: boolean = false)`, "Steps that grow while the gradient keeps its sign."),
  optimizer(`LBFGS(${params}, lr: number = 1, max_iter: number = 20, max_eval: number = null, tolerance_grad: number = 1e-7, tolerance_change: number = 1e-9, history_size: number = 100, line_search_fn: string = null)`, "A quasi-Newton method; `step` needs a closure that computes the loss anew."),
]

export const schedules: readonly TypedClass[] = [
  {
    name: "LRScheduler",
    namespace: "optim.lr_scheduler",
    signature: "LRScheduler(optimizer: Optimizer, last_epoch: number = -1)",
    doc: "What all schedules share: each `step` sets the learning rate of every group anew.",
    members: [
      { text: "step(epoch?: Int): void", doc: "One epoch is over: sets the next learning rate. Call it after the optimizer's step." },
      { text: "get_last_lr(): number[]", doc: "The learning rate of each group now." },
      { text: "get_lr(): number[]", doc: "The learning rate of each group as the schedule computes it." },
      { text: "readonly base_lrs: number[]", doc: "The learning rates at the start." },
      { text: "last_epoch: number", doc: "How many steps were made, counted from 0." },
      { text: "readonly optimizer: Optimizer", doc: "The optimizer whose learning rate is set." },
      { text: "state_dict(): any", doc: "The schedule's state as plain data." },
      { text: "load_state_dict(state_dict: any): void", doc: "Goes on from what state_dict gave." },
    ],
  },
  schedule("StepLR(optimizer: Optimizer, step_size: number, gamma: number = 0.1, last_epoch: number = -1)", "Multiplies the learning rate by gamma every step_size epochs."),
  schedule("MultiStepLR(optimizer: Optimizer, milestones: number[], gamma: number = 0.1, last_epoch: number = -1)", "Multiplies the learning rate by gamma at each milestone."),
  schedule("ConstantLR(optimizer: Optimizer, factor: number = 0.3333333333333333, total_iters: number = 5, last_epoch: number = -1)", "A fraction of the learning rate for the first epochs."),
  schedule("LinearLR(optimizer: Optimizer, start_factor: number = 0.3333333333333333, end_factor: number = 1, total_iters: number = 5, last_epoch: number = -1)", "Goes in equal steps from one factor to another."),
  schedule("ExponentialLR(optimizer: Optimizer, gamma: number, last_epoch: number = -1)", "Multiplies the learning rate by gamma every epoch."),
  schedule("CosineAnnealingLR(optimizer: Optimizer, T_max: number, eta_min: number = 0, last_epoch: number = -1)", "Lets the learning rate fall along half a cosine."),
  schedule("CosineAnnealingWarmRestarts(optimizer: Optimizer, T_0: number, T_mult: number = 1, eta_min: number = 0, last_epoch: number = -1)", "Falls along half a cosine, and starts over."),
  schedule("PolynomialLR(optimizer: Optimizer, total_iters: number = 5, power: number = 1, last_epoch: number = -1)", "Falls to 0 along a power of the time left."),
  schedule("LambdaLR(optimizer: Optimizer, lr_lambda: NumberFunction | NumberFunction[], last_epoch: number = -1)", "The first learning rate times what your function gives for the epoch."),
  schedule("MultiplicativeLR(optimizer: Optimizer, lr_lambda: NumberFunction | NumberFunction[], last_epoch: number = -1)", "The last learning rate times what your function gives for the epoch."),
  schedule("OneCycleLR(optimizer: Optimizer, max_lr: number | number[], total_steps: number = null, epochs: number = null, steps_per_epoch: number = null, pct_start: number = 0.3, anneal_strategy: string = \"cos\", cycle_momentum: boolean = true, base_momentum: number = 0.85, max_momentum: number = 0.95, div_factor: number = 25, final_div_factor: number = 10000, three_phase: boolean = false, last_epoch: number = -1)", "One rise and one fall over the whole training."),
  schedule("CyclicLR(optimizer: Optimizer, base_lr: number, max_lr: number, step_size_up: number = 2000, step_size_down: number = null, mode: string = \"triangular\", gamma: number = 1, *, cycle_momentum: boolean = true, base_momentum: number = 0.8, max_momentum: number = 0.9, last_epoch: number = -1)", "Rises and falls between two learning rates."),
  schedule("SequentialLR(optimizer: Optimizer, schedulers: lr_scheduler.LRScheduler[], milestones: number[], last_epoch: number = -1)", "One schedule after the other, changing at the milestones."),
  schedule("ChainedScheduler(schedulers: lr_scheduler.LRScheduler[], optimizer: Optimizer = null)", "Several schedules at once: their factors multiply."),
  schedule("ReduceLROnPlateau(optimizer: Optimizer, mode: string = \"min\", factor: number = 0.1, patience: number = 10, threshold: number = 0.0001, threshold_mode: string = \"rel\", cooldown: number = 0, min_lr: number | number[] = 0, eps: number = 1e-8)", "Lowers the learning rate where the watched number no longer improves: `step(loss)`.", [
    { text: "step(metrics: any, epoch?: Int): void", doc: "Looks at the watched number and lowers the learning rate if it no longer improves." },
  ]),
]
