// Losses as modules: each keeps the options of the function of the same name.
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { F, moduleClass, type Made, type ModuleClass } from "./define.ts"

type Kept = Readonly<Record<string, unknown>> & { reduction: unknown }

const old = "size_average: boolean = null, reduce: boolean = null"

/** The reduction that PyTorch's older arguments mean. */
function makeReduction(self: Made<Kept>): void {
  const { size_average: average, reduce } = self
  Reflect.deleteProperty(self, "size_average")
  Reflect.deleteProperty(self, "reduce")
  if (average !== null && average !== undefined) self.reduction = average ? "mean" : "sum"
  if (reduce === false) self.reduction = "none"
  for (const name of ["weight", "pos_weight"]) {
    const value = self[name]
    if (value !== null && !(value instanceof Tensor)) continue
    Reflect.deleteProperty(self, name)
    self.register_buffer(name, value)
  }
}

/**
 * A loss `operator(…inputs, { options })`. `before` and `after` are the options in the order of PyTorch's constructor,
 * around the two older arguments that stand between them.
 */
function loss(name: string, operator: string, before = "", after = "", check?: (self: Made<Kept>) => void): ModuleClass {
  const options = [before, after].flatMap((part) => [...part.matchAll(/(\w+):/g)].map((found) => found[1]!))
  const parameters = [before, old, after, 'reduction: string = "mean"'].filter(Boolean).join(", ")
  return moduleClass<Kept>(`${name}(${parameters})`, {
    make(self) {
      makeReduction(self)
      check?.(self)
    },
    forward: (self, ...inputs) => F[operator]!(...inputs, { ...Object.fromEntries(options.map((key) => [key, self[key]])), reduction: self.reduction }),
  })
}

const weight = "weight: Tensor = null"

export const losses: Readonly<Record<string, ModuleClass>> = {
  L1Loss: loss("L1Loss", "l1_loss"),
  MSELoss: loss("MSELoss", "mse_loss"),
  // The options that follow reduction are placed by hand.
  CrossEntropyLoss: moduleClass<Kept>(`CrossEntropyLoss(${weight}, size_average: boolean = null, ignore_index: number = -100, reduce: boolean = null, reduction: string = "mean", label_smoothing: number = 0)`, {
    make: makeReduction,
    forward: (self, input, target) => F["cross_entropy"]!(input, target, { weight: self["weight"], ignore_index: self["ignore_index"], reduction: self.reduction, label_smoothing: self["label_smoothing"] }),
  }),
  NLLLoss: moduleClass<Kept>(`NLLLoss(${weight}, size_average: boolean = null, ignore_index: number = -100, reduce: boolean = null, reduction: string = "mean")`, {
    make: makeReduction,
    forward: (self, input, target) => F["nll_loss"]!(input, target, { weight: self["weight"], ignore_index: self["ignore_index"], reduction: self.reduction }),
  }),
  BCELoss: loss("BCELoss", "binary_cross_entropy", weight),
  BCEWithLogitsLoss: moduleClass<Kept>(`BCEWithLogitsLoss(${weight}, ${old}, reduction: string = "mean", pos_weight: Tensor = null)`, {
    make: makeReduction,
    forward: (self, input, target) => F["binary_cross_entropy_with_logits"]!(input, target, self["weight"], { pos_weight: self["pos_weight"], reduction: self.reduction }),
  }),
  KLDivLoss: moduleClass<Kept>(`KLDivLoss(${old}, reduction: string = "mean", log_target: boolean = false)`, {
    make: makeReduction,
    forward: (self, input, target) => F["kl_div"]!(input, target, { reduction: self.reduction, log_target: self["log_target"] }),
  }),
  PoissonNLLLoss: moduleClass<Kept>('PoissonNLLLoss(log_input: boolean = true, full: boolean = false, size_average: boolean = null, eps: number = 1e-8, reduce: boolean = null, reduction: string = "mean")', {
    make: makeReduction,
    forward: (self, input, target) => F["poisson_nll_loss"]!(input, target, { log_input: self["log_input"], full: self["full"], eps: self["eps"], reduction: self.reduction }),
  }),
  GaussianNLLLoss: moduleClass<Kept>('GaussianNLLLoss(*, full: boolean = false, eps: number = 0.000001, reduction: string = "mean")', {
    forward: (self, input, target, variance) => F["gaussian_nll_loss"]!(input, target, variance, { full: self["full"], eps: self["eps"], reduction: self.reduction }),
  }),
  SmoothL1Loss: moduleClass<Kept>(`SmoothL1Loss(${old}, reduction: string = "mean", beta: number = 1)`, {
    make: makeReduction,
    forward: (self, input, target) => F["smooth_l1_loss"]!(input, target, { reduction: self.reduction, beta: self["beta"] }),
  }),
  HuberLoss: moduleClass<Kept>('HuberLoss(reduction: string = "mean", delta: number = 1)', {
    forward: (self, input, target) => F["huber_loss"]!(input, target, { reduction: self.reduction, delta: self["delta"] }),
  }),
  SoftMarginLoss: loss("SoftMarginLoss", "soft_margin_loss"),
  HingeEmbeddingLoss: loss("HingeEmbeddingLoss", "hinge_embedding_loss", "margin: number = 1"),
  CosineEmbeddingLoss: loss("CosineEmbeddingLoss", "cosine_embedding_loss", "margin: number = 0"),
  MarginRankingLoss: loss("MarginRankingLoss", "margin_ranking_loss", "margin: number = 0"),
  MultiLabelMarginLoss: loss("MultiLabelMarginLoss", "multilabel_margin_loss"),
  MultiLabelSoftMarginLoss: loss("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", weight),
  MultiMarginLoss: loss("MultiMarginLoss", "multi_margin_loss", `p: number = 1, margin: number = 1, ${weight}`, "", (self) => {
    if (self["p"] !== 1 && self["p"] !== 2) throw faults.value(`MultiMarginLoss: expected p to be 1 or 2, found ${String(self["p"])}.`, "Leave p out for 1.")
  }),
  TripletMarginLoss: loss("TripletMarginLoss", "triplet_margin_loss", "margin: number = 1, p: number = 2, eps: number = 0.000001, swap: boolean = false"),
  TripletMarginWithDistanceLoss: moduleClass<Kept>('TripletMarginWithDistanceLoss(*, distance_function: Function = null, margin: number = 1, swap: boolean = false, reduction: string = "mean")', {
    forward: (self, anchor, positive, negative) =>
      F["triplet_margin_with_distance_loss"]!(anchor, positive, negative, { distance_function: self["distance_function"], margin: self["margin"], swap: self["swap"], reduction: self.reduction }),
  }),
  CTCLoss: moduleClass<Kept>('CTCLoss(blank: number = 0, reduction: string = "mean", zero_infinity: boolean = false)', {
    forward: (self, logProbs, targets, inputLengths, targetLengths) => F["ctc_loss"]!(logProbs, targets, inputLengths, targetLengths, { blank: self["blank"], reduction: self.reduction, zero_infinity: self["zero_infinity"] }),
  }),
}
