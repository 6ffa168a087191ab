// Learning rate schedules: the base that counts epochs and sets the rates, and how one schedule is written.
import { dictionary } from "../tensor/dictionary.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import { Optimizer, type Group } from "./optimizer.ts"

/** The base of all schedules: write `get_lr()`, which gives a rate for each parameter group. */
export class LRScheduler {
  [name: string]: unknown
  readonly optimizer: Optimizer
  base_lrs: number[]
  last_epoch: number
  _step_count = 0
  _last_lr: number[] = []

  constructor(optimizer: unknown, last_epoch: unknown = -1, options: Readonly<Record<string, unknown>> = {}) {
    this.optimizer = checkOptimizer(optimizer)
    Object.assign(this, options)
    const { param_groups: groups } = this.optimizer
    this.last_epoch = typeof last_epoch === "number" ? last_epoch : -1
    groups.forEach((group, i) => {
      if (this.last_epoch === -1) group["initial_lr"] ??= group.lr
      else if (group["initial_lr"] === undefined) throw faults.value(`Resuming a schedule needs initial_lr in parameter group ${i}.`, "Load the optimizer's state first, or leave last_epoch out.")
    })
    this.base_lrs = groups.map((group) => Number(group["initial_lr"]))
    this.prepare()
    this.initialStep()
  }

  /** What a schedule arranges before its first rates are set. */
  protected prepare(): void {}

  initialStep(): void {
    this._step_count = 0
    this.step()
  }

  get_lr(): number[] {
    throw faults.notImplemented("This schedule has no get_lr.", "Write get_lr() { … } in the class.")
  }
  /** The rates of an epoch by themselves, where a formula gives them. */
  protected closedForm(): number[] | null {
    return null
  }
  get_last_lr(): number[] {
    return [...this._last_lr]
  }

  /** Goes on by one epoch, or to the one given, and sets the rates. */
  step(epoch?: unknown): void {
    this._step_count++
    if (typeof epoch === "number") this.last_epoch = epoch
    else this.last_epoch++
    this.set((typeof epoch === "number" ? this.closedForm() : null) ?? this.get_lr())
  }

  protected set(rates: readonly number[]): void {
    this.optimizer.param_groups.forEach((group, i) => {
      group.lr = rates[i]!
    })
    this._last_lr = this.optimizer.param_groups.map((group) => group.lr)
  }

  state_dict(): Record<string, unknown> {
    return dictionary(Object.fromEntries(Object.entries(this).filter(([name, value]) => name !== "optimizer" && typeof value !== "function")))
  }
  load_state_dict(state: Readonly<Record<string, unknown>>): void {
    Object.assign(this, state)
  }
  toString(): string {
    return `<torch.optim.lr_scheduler.${this.constructor.name} object>`
  }
}

export function checkOptimizer(optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer
  throw faults.argument("A schedule needs an optimizer.", "Write new torch.optim.lr_scheduler.StepLR(optimizer, …).")
}

export type SchedulerClass = new (...args: readonly unknown[]) => LRScheduler

/** A schedule as it stands when a rate is asked for. */
export type Running<A> = LRScheduler & A

export interface Rule<A> {
  readonly check?: (options: A, optimizer: Optimizer) => void
  readonly prepare?: (self: Running<A>) => void
  /** The next rate of a group from the one it has. */
  readonly next: (self: Running<A>, group: Group, base: number, index: number) => number
  /** The rate of an epoch by itself. */
  readonly closed?: (self: Running<A>, base: number) => number
}

/** A schedule that treats the groups alike. The signature names what follows the optimizer. */
export function schedulerClass<A extends object>(signature: string, { check, prepare, next, closed }: Rule<A>): SchedulerClass {
  const match = /^(\w+)\((.*)\)$/.exec(signature)
  const parsed = parseSignature(`${match![1]}(optimizer: unknown, ${match![2]}, last_epoch: number = -1, verbose: boolean = false)`)
  const made = class extends LRScheduler {
    constructor(...args: readonly unknown[]) {
      const { optimizer, last_epoch, verbose: _, ...options } = bind(parsed, args)
      check?.(options as A, checkOptimizer(optimizer))
      super(optimizer, last_epoch, options)
    }
    protected override prepare(): void {
      prepare?.(this as unknown as Running<A>) // The binder put A's options onto it.
    }
    override get_lr(): number[] {
      return this.optimizer.param_groups.map((group, i) => next(this as unknown as Running<A>, group, this.base_lrs[i]!, i))
    }
    protected override closedForm(): number[] | null {
      return closed ? this.base_lrs.map((base) => closed(this as unknown as Running<A>, base)) : null
    }
  }
  Object.defineProperty(made, "name", { value: parsed.name })
  return made
}

/** One value for each group: a list of as many, or the same for all. Throws ValueError for another count. */
export function perGroup(name: string, optimizer: Optimizer, given: unknown): number[] {
  const { length } = optimizer.param_groups
  if (!Array.isArray(given)) return new Array<number>(length).fill(Number(given))
  if (given.length !== length) throw faults.value(`Expected ${length} values for ${name}, one for each parameter group, found ${given.length}.`, "Give one number for all, or one for each group.")
  return given.map(Number)
}
