// Schedules that rise and fall, and move the momentum against the rate: CyclicLR and OneCycleLR.
import { faults } from "../tensor/faults.ts"
import type { Group, Optimizer } from "./optimizer.ts"
import { perGroup, schedulerClass, type Running, type SchedulerClass } from "./scheduler.ts"

interface Cyclic {
  readonly base_lr: unknown
  readonly max_lr: unknown
  readonly step_size_up: number
  readonly step_size_down: number | null
  readonly mode: string
  readonly gamma: number
  readonly scale_fn: ((x: number) => number) | null
  readonly scale_mode: string
  readonly cycle_momentum: boolean
  readonly base_momentum: unknown
  readonly max_momentum: unknown
}

/** The height of a cycle, by the cycle's number or by the step. */
function heightOf(self: Cyclic, cycle: number, step: number): number {
  if (self.scale_fn) return Number(self.scale_fn(self.scale_mode === "cycle" ? cycle : step))
  if (self.mode === "triangular2") return 1 / 2 ** (cycle - 1)
  return self.mode === "exp_range" ? self.gamma ** step : 1
}

function checkMomentum(optimizer: Optimizer, ...names: readonly string[]): void {
  if (!names.some((name) => name in optimizer.defaults)) throw faults.value(`${optimizer.constructor.name} has no momentum to cycle.`, "Pass cycle_momentum: false.")
}

const cyclic = schedulerClass<Cyclic>(
  'CyclicLR(base_lr: unknown, max_lr: unknown, step_size_up: number = 2000, step_size_down: number = null, mode: string = "triangular", gamma: number = 1, scale_fn: Function = null, scale_mode: string = "cycle", cycle_momentum: boolean = true, base_momentum: unknown = 0.8, max_momentum: unknown = 0.9)',
  {
    check({ mode, scale_fn, cycle_momentum }, optimizer) {
      if (!["triangular", "triangular2", "exp_range"].includes(mode) && !scale_fn) throw faults.value(`CyclicLR: the mode "${mode}" is not known.`, 'Use "triangular", "triangular2" or "exp_range".')
      if (cycle_momentum) checkMomentum(optimizer, "momentum")
    },
    prepare(self) {
      self.base_lrs = perGroup("base_lr", self.optimizer, self.base_lr)
      self.optimizer.param_groups.forEach((group, i) => {
        group.lr = self.base_lrs[i]!
        if (self.cycle_momentum) group["momentum"] = perGroup("base_momentum", self.optimizer, self.base_momentum)[i]
      })
    },
    // Smith 2017: a triangle from base to max and back.
    next(self, group, base, i) {
      const up = self.step_size_up
      const total = up + (self.step_size_down ?? up)
      const cycle = Math.floor(1 + self.last_epoch / total)
      const x = 1 + self.last_epoch / total - cycle
      const share = x <= up / total ? x / (up / total) : (x - 1) / (up / total - 1)
      const height = share * 1
      const scale = heightOf(self, cycle, self.last_epoch)
      if (self.cycle_momentum) {
        const [least, most] = [perGroup("base_momentum", self.optimizer, self.base_momentum)[i]!, perGroup("max_momentum", self.optimizer, self.max_momentum)[i]!]
        group["momentum"] = most - (most - least) * height * scale
      }
      return base + (perGroup("max_lr", self.optimizer, self.max_lr)[i]! - base) * height * scale
    },
  },
)

interface OneCycle {
  readonly max_lr: unknown
  total_steps: number | null
  readonly epochs: number | null
  readonly steps_per_epoch: number | null
  readonly pct_start: number
  readonly anneal_strategy: string
  readonly cycle_momentum: boolean
  readonly base_momentum: unknown
  readonly max_momentum: unknown
  readonly div_factor: number
  readonly final_div_factor: number
  readonly three_phase: boolean
}

interface Phase {
  readonly end: number
  readonly rates: readonly [string, string]
  readonly momentums: readonly [string, string]
}

function phasesOf({ three_phase, pct_start, total_steps }: OneCycle): Phase[] {
  const total = total_steps! // Set when the schedule was made.
  const rise: Phase = { end: pct_start * total - 1, rates: ["initial_lr", "max_lr"], momentums: ["max_momentum", "base_momentum"] }
  if (!three_phase) return [rise, { end: total - 1, rates: ["max_lr", "min_lr"], momentums: ["base_momentum", "max_momentum"] }]
  return [
    rise,
    { end: 2 * pct_start * total - 2, rates: ["max_lr", "initial_lr"], momentums: ["base_momentum", "max_momentum"] },
    { end: total - 1, rates: ["initial_lr", "min_lr"], momentums: ["max_momentum", "max_momentum"] },
  ]
}

function setMomentum(self: Running<OneCycle>, group: Group, momentum: number): void {
  if ("betas" in self.optimizer.defaults) group["betas"] = [momentum, ...(group["betas"] as number[]).slice(1)]
  else group["momentum"] = momentum
}

const oneCycle = schedulerClass<OneCycle>(
  'OneCycleLR(max_lr: unknown, total_steps: number = null, epochs: number = null, steps_per_epoch: number = null, pct_start: number = 0.3, anneal_strategy: string = "cos", cycle_momentum: boolean = true, base_momentum: unknown = 0.85, max_momentum: unknown = 0.95, div_factor: number = 25, final_div_factor: number = 10000, three_phase: boolean = false)',
  {
    check(options, optimizer) {
      const { total_steps: total, epochs, steps_per_epoch: each, pct_start: start, anneal_strategy: strategy } = options
      if (total === null && (epochs === null || each === null)) throw faults.value("OneCycleLR needs to know how long the training is.", "Give total_steps, or epochs and steps_per_epoch.")
      for (const count of [total, epochs, each]) if (count !== null && !(count > 0 && Number.isInteger(count))) throw faults.value(`OneCycleLR: expected whole numbers above 0 as counts of steps, found ${count}.`, "Give total_steps, or epochs and steps_per_epoch.")
      if (!(start >= 0 && start <= 1)) throw faults.value(`OneCycleLR: expected pct_start from 0 to 1, found ${start}.`, "It is the share of steps in which the rate rises.")
      if (strategy !== "cos" && strategy !== "linear") throw faults.value(`OneCycleLR: the strategy "${strategy}" is not known.`, 'Use "cos" or "linear".')
      if (options.cycle_momentum) checkMomentum(optimizer, "momentum", "betas")
    },
    prepare(self) {
      self.total_steps ??= self.epochs! * self.steps_per_epoch!
      const rates = perGroup("max_lr", self.optimizer, self.max_lr)
      self.optimizer.param_groups.forEach((group, i) => {
        const initial = rates[i]! / self.div_factor
        Object.assign(group, { initial_lr: initial, max_lr: rates[i], min_lr: initial / self.final_div_factor })
        if (!self.cycle_momentum) return
        const most = perGroup("max_momentum", self.optimizer, self.max_momentum)[i]!
        setMomentum(self, group, most)
        Object.assign(group, { max_momentum: most, base_momentum: perGroup("base_momentum", self.optimizer, self.base_momentum)[i] })
      })
    },
    // Smith & Topin 2018: one rise, one long fall.
    next(self, group) {
      const step = self.last_epoch
      if (step > self.total_steps!) throw faults.value(`OneCycleLR: step ${step + 1} lies after the ${self.total_steps} steps it was made for.`, "Make total_steps as large as the number of scheduler steps.")
      const phases = phasesOf(self)
      const at = Math.max(0, phases.findIndex((phase, i) => step <= phase.end || i === phases.length - 1))
      const start = at === 0 ? 0 : phases[at - 1]!.end
      const share = (step - start) / (phases[at]!.end - start)
      const between = ([from, to]: readonly [string, string]): number => {
        const [a, b] = [Number(group[from]), Number(group[to])]
        return self.anneal_strategy === "cos" ? b + ((a - b) / 2) * (Math.cos(Math.PI * share) + 1) : (b - a) * share + a
      }
      if (self.cycle_momentum) setMomentum(self, group, between(phases[at]!.momentums))
      return between(phases[at]!.rates)
    },
  },
)

export const cycles: Readonly<Record<string, SchedulerClass>> = { CyclicLR: cyclic, OneCycleLR: oneCycle }
