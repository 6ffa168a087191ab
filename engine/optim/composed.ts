// Schedules made of others, and the one that watches the loss.
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import type { Optimizer } from "./optimizer.ts"
import { checkOptimizer, LRScheduler, perGroup } from "./scheduler.ts"

const rates = (optimizer: Optimizer): number[] => optimizer.param_groups.map((group) => group.lr)

/** What schedules of schedules have in common. */
abstract class Composed {
  last_epoch = 0
  protected last: number[]
  constructor(
    protected readonly schedulers: readonly LRScheduler[],
    readonly optimizer: Optimizer,
  ) {
    if (schedulers.some((one) => one.optimizer !== optimizer)) throw faults.value("The schedules must belong to the same optimizer.", "Make them all with the same optimizer.")
    this.last = rates(optimizer)
  }
  abstract step(): void
  get_last_lr(): number[] {
    return [...this.last]
  }
  state_dict(): Record<string, unknown> {
    return { last_epoch: this.last_epoch, _last_lr: this.last, _schedulers: this.schedulers.map((one) => one.state_dict()) }
  }
  load_state_dict(state: Readonly<Record<string, unknown>>): void {
    this.last_epoch = Number(state["last_epoch"])
    this.last = state["_last_lr"] as number[]
    const saved = state["_schedulers"] as Record<string, unknown>[]
    this.schedulers.forEach((one, i) => one.load_state_dict(saved[i]!))
  }
}

const sequentialSignature = parseSignature("SequentialLR(optimizer: unknown, schedulers: unknown, milestones: Dims, last_epoch: number = -1, verbose: boolean = false)")

/** One schedule after the other, changing at the milestones. */
export class SequentialLR extends Composed {
  private readonly milestones: readonly number[]
  constructor(...args: readonly unknown[]) {
    const { optimizer, schedulers, milestones, last_epoch } = bind(sequentialSignature, args)
    const list = schedulers as LRScheduler[]
    super(list, checkOptimizer(optimizer))
    this.milestones = milestones as number[]
    if (this.milestones.length !== list.length - 1) throw faults.value(`SequentialLR: expected one milestone less than schedules, found ${this.milestones.length} for ${list.length}.`, "A milestone is the epoch at which the next schedule begins.")
    this.last_epoch = Number(last_epoch) + 1
    for (const group of this.optimizer.param_groups) group.lr = Number(group["initial_lr"])
    for (const one of list) one.last_epoch--
    list[0]!.initialStep()
    this.last = list[0]!.get_last_lr()
  }
  step(): void {
    this.last_epoch++
    const at = this.milestones.filter((epoch) => epoch <= this.last_epoch).length
    const scheduler = this.schedulers[at]!
    if (at > 0 && this.milestones[at - 1] === this.last_epoch) scheduler.step(0)
    else scheduler.step()
    this.last = scheduler.get_last_lr()
  }
}

/** Several schedules at once: their factors multiply. */
export class ChainedScheduler extends Composed {
  constructor(schedulers: readonly LRScheduler[], optimizer?: unknown) {
    super([...schedulers], optimizer ? checkOptimizer(optimizer) : checkOptimizer(schedulers[0]?.optimizer))
  }
  step(): void {
    for (const one of this.schedulers) one.step()
    this.last = rates(this.optimizer)
  }
}

const plateauSignature = parseSignature(
  'ReduceLROnPlateau(optimizer: unknown, mode: string = "min", factor: number = 0.1, patience: number = 10, threshold: number = 0.0001, threshold_mode: string = "rel", cooldown: number = 0, min_lr: unknown = 0, eps: number = 1e-8, verbose: boolean = false)',
)

/** Lowers the rate where the watched number no longer improves. */
export class ReduceLROnPlateau {
  [name: string]: unknown
  readonly optimizer: Optimizer
  readonly factor: number = 0.1
  readonly patience: number = 10
  readonly threshold: number = 0.0001
  readonly threshold_mode: string = "rel"
  readonly cooldown: number = 0
  readonly eps: number = 1e-8
  readonly mode: string = "min"
  readonly min_lrs: readonly number[]
  best: number
  num_bad_epochs = 0
  cooldown_counter = 0
  last_epoch = 0
  _last_lr: number[]

  constructor(...args: readonly unknown[]) {
    const { optimizer, min_lr, verbose: _, ...options } = bind(plateauSignature, args)
    this.optimizer = checkOptimizer(optimizer)
    Object.assign(this, options)
    if (this.factor >= 1) throw faults.value(`ReduceLROnPlateau: expected a factor below 1, found ${this.factor}.`, "0.1 makes the rate ten times smaller.")
    if (this.mode !== "min" && this.mode !== "max") throw faults.value(`ReduceLROnPlateau: the mode "${this.mode}" is not known.`, 'Use "min" or "max".')
    if (this.threshold_mode !== "rel" && this.threshold_mode !== "abs") throw faults.value(`ReduceLROnPlateau: the threshold mode "${this.threshold_mode}" is not known.`, 'Use "rel" or "abs".')
    this.min_lrs = perGroup("min_lr", this.optimizer, min_lr)
    this.best = this.mode === "min" ? Infinity : -Infinity
    this._last_lr = rates(this.optimizer)
  }

  /** Looks at the watched number, a tensor or a number. */
  step(metrics: unknown, epoch?: unknown): void {
    const current = metrics instanceof Tensor ? Number(metrics.item()) : Number(metrics)
    this.last_epoch = typeof epoch === "number" ? epoch : this.last_epoch + 1
    if (this.isBetter(current)) {
      this.best = current
      this.num_bad_epochs = 0
    } else this.num_bad_epochs++
    if (this.in_cooldown) {
      this.cooldown_counter--
      this.num_bad_epochs = 0
    }
    if (this.num_bad_epochs > this.patience) {
      this.optimizer.param_groups.forEach((group, i) => {
        const lower = Math.max(group.lr * this.factor, this.min_lrs[i]!)
        if (group.lr - lower > this.eps) group.lr = lower
      })
      this.cooldown_counter = this.cooldown
      this.num_bad_epochs = 0
    }
    this._last_lr = rates(this.optimizer)
  }
  get in_cooldown(): boolean {
    return this.cooldown_counter > 0
  }
  private isBetter(value: number): boolean {
    const { best, threshold } = this
    if (this.threshold_mode === "rel") return this.mode === "min" ? value < best * (1 - threshold) : value > best * (threshold + 1)
    return this.mode === "min" ? value < best - threshold : value > best + threshold
  }
  get_last_lr(): number[] {
    return [...this._last_lr]
  }
  state_dict(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).filter(([name]) => name !== "optimizer"))
  }
  load_state_dict(state: Readonly<Record<string, unknown>>): void {
    Object.assign(this, state)
  }
}
