// The schedules: each is the rule by which a learning rate follows from the last, or from the epoch.
import { faults } from "../tensor/faults.ts"
import { schedulerClass, type SchedulerClass } from "./scheduler.ts"

type Factor = (epoch: number) => unknown
interface Lambdas {
  readonly lr_lambda: Factor | readonly Factor[]
}

/** A learner's factor for one group at an epoch. */
function factorOf({ lr_lambda: given }: Lambdas, index: number, epoch: number): number {
  return Number((typeof given === "function" ? given : given[index]!)(epoch))
}

const share = (options: Readonly<Record<string, number>>, ...names: readonly string[]): void => {
  for (const name of names) if (!(options[name]! >= 0 && options[name]! <= 1)) throw faults.value(`Expected ${name} from 0 to 1, found ${options[name]}.`, "It is the share of the learning rate.")
}

interface Cosine {
  readonly T_max: number
  readonly eta_min: number
}

interface Restarts {
  readonly T_0: number
  readonly T_mult: number
  readonly eta_min: number
  T_i: number
  T_cur: number
}

const { cos, PI } = Math

const warmRestarts = schedulerClass<Restarts>("CosineAnnealingWarmRestarts(T_0: number, T_mult: number = 1, eta_min: number = 0)", {
  check({ T_0, T_mult }) {
    if (!(T_0 > 0 && Number.isInteger(T_0))) throw faults.value(`Expected T_0 to be a whole number above 0, found ${T_0}.`, "It is the number of epochs until the first restart.")
    if (!(T_mult >= 1 && Number.isInteger(T_mult))) throw faults.value(`Expected T_mult to be a whole number of at least 1, found ${T_mult}.`, "Leave it out for 1.")
  },
  prepare(self) {
    self.T_i = self.T_0
    self.T_cur = self.last_epoch
  },
  next: (self, _, base) => self.eta_min + ((base - self.eta_min) * (1 + cos((PI * self.T_cur) / self.T_i))) / 2,
})

/** Restarts count within their period; a given epoch may lie between whole ones. */
class CosineAnnealingWarmRestarts extends warmRestarts {
  override step(epoch?: unknown): void {
    const self = this as unknown as Restarts & { last_epoch: number } // The options of the class above.
    const first = self.last_epoch < 0
    if (typeof epoch !== "number" && !first) {
      self.last_epoch++
      self.T_cur++
      if (self.T_cur >= self.T_i) {
        self.T_cur -= self.T_i
        self.T_i *= self.T_mult
      }
    } else {
      const at = typeof epoch === "number" ? epoch : 0
      if (at < 0) throw faults.value(`Expected an epoch of at least 0, found ${at}.`, "Leave it out to go on by one.")
      const n = at < self.T_0 || self.T_mult === 1 ? 0 : Math.floor(Math.log((at / self.T_0) * (self.T_mult - 1) + 1) / Math.log(self.T_mult))
      self.T_i = self.T_0 * self.T_mult ** n
      self.T_cur = self.T_mult === 1 ? at % self.T_0 : at - (self.T_0 * (self.T_mult ** n - 1)) / (self.T_mult - 1)
      self.last_epoch = Math.floor(at)
    }
    this.set(this.get_lr())
  }
}

interface Milestones {
  readonly milestones: readonly number[]
  readonly gamma: number
}

export const schedules: Readonly<Record<string, SchedulerClass>> = {
  StepLR: schedulerClass<{ step_size: number; gamma: number }>("StepLR(step_size: number, gamma: number = 0.1)", {
    next: (self, { lr }) => (self.last_epoch === 0 || self.last_epoch % self.step_size !== 0 ? lr : lr * self.gamma),
    closed: (self, base) => base * self.gamma ** Math.floor(self.last_epoch / self.step_size),
  }),
  MultiStepLR: schedulerClass<Milestones>("MultiStepLR(milestones: Dims, gamma: number = 0.1)", {
    next: (self, { lr }) => {
      const passed = self.milestones.filter((epoch) => epoch === self.last_epoch).length
      return passed === 0 ? lr : lr * self.gamma ** passed
    },
    closed: (self, base) => base * self.gamma ** self.milestones.filter((epoch) => epoch <= self.last_epoch).length,
  }),
  ConstantLR: schedulerClass<{ factor: number; total_iters: number }>("ConstantLR(factor: number = 0.3333333333333333, total_iters: number = 5)", {
    check: (options) => share({ ...options }, "factor"),
    next: (self, { lr }) => (self.last_epoch === 0 ? lr * self.factor : self.last_epoch === self.total_iters ? lr * (1 / self.factor) : lr),
    closed: (self, base) => base * (self.factor + (self.last_epoch >= self.total_iters ? 1 - self.factor : 0)),
  }),
  LinearLR: schedulerClass<{ start_factor: number; end_factor: number; total_iters: number }>("LinearLR(start_factor: number = 0.3333333333333333, end_factor: number = 1, total_iters: number = 5)", {
    check: (options) => share({ ...options }, "start_factor", "end_factor"),
    next(self, { lr }) {
      if (self.last_epoch === 0) return lr * self.start_factor
      if (self.last_epoch > self.total_iters) return lr
      const way = self.end_factor - self.start_factor
      return lr * (1 + way / (self.total_iters * self.start_factor + (self.last_epoch - 1) * way))
    },
    closed: (self, base) => base * (self.start_factor + ((self.end_factor - self.start_factor) * Math.min(self.total_iters, self.last_epoch)) / self.total_iters),
  }),
  ExponentialLR: schedulerClass<{ gamma: number }>("ExponentialLR(gamma: number)", {
    next: (self, { lr }) => (self.last_epoch === 0 ? lr : lr * self.gamma),
    closed: (self, base) => base * self.gamma ** self.last_epoch,
  }),
  PolynomialLR: schedulerClass<{ total_iters: number; power: number }>("PolynomialLR(total_iters: number = 5, power: number = 1)", {
    next(self, { lr }) {
      if (self.last_epoch === 0 || self.last_epoch > self.total_iters) return lr
      return lr * ((1 - self.last_epoch / self.total_iters) / (1 - (self.last_epoch - 1) / self.total_iters)) ** self.power
    },
    closed: (self, base) => base * (1 - Math.min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power,
  }),
  CosineAnnealingLR: schedulerClass<Cosine>("CosineAnnealingLR(T_max: number, eta_min: number = 0)", {
    next(self, { lr }, base) {
      const { last_epoch: epoch, T_max: half, eta_min: least } = self
      if (epoch === 0) return lr
      if (self._step_count === 1 && epoch > 0) return least + ((base - least) * (1 + cos((epoch * PI) / half))) / 2
      if ((epoch - 1 - half) % (2 * half) === 0) return lr + ((base - least) * (1 - cos(PI / half))) / 2
      return ((1 + cos((PI * epoch) / half)) / (1 + cos((PI * (epoch - 1)) / half))) * (lr - least) + least
    },
    closed: (self, base) => self.eta_min + ((base - self.eta_min) * (1 + cos((PI * self.last_epoch) / self.T_max))) / 2,
  }),
  CosineAnnealingWarmRestarts,
  LambdaLR: schedulerClass<Lambdas>("LambdaLR(lr_lambda: unknown)", {
    check: ({ lr_lambda }, optimizer) => checkLambdas(lr_lambda, optimizer.param_groups.length),
    next: (self, _, base, i) => base * factorOf(self, i, self.last_epoch),
  }),
  MultiplicativeLR: schedulerClass<Lambdas>("MultiplicativeLR(lr_lambda: unknown)", {
    check: ({ lr_lambda }, optimizer) => checkLambdas(lr_lambda, optimizer.param_groups.length),
    next: (self, { lr }, _, i) => (self.last_epoch > 0 ? lr * factorOf(self, i, self.last_epoch) : lr),
  }),
}

function checkLambdas(given: unknown, groups: number): void {
  const list = Array.isArray(given) ? (given as unknown[]) : [given]
  if (!list.every((one) => typeof one === "function")) throw faults.argument("lr_lambda: expected a function of the epoch.", "Write epoch => 0.95 ** epoch.")
  if (Array.isArray(given) && list.length !== groups) throw faults.value(`Expected ${groups} lr_lambdas, one for each parameter group, found ${list.length}.`, "Give one function, or one for each group.")
}

