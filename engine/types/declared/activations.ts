// torch.nn: activations and losses as modules.
import type { TypedClass } from "../generate.ts"
import { module } from "./modules.ts"

const loss = (signature: string, doc: string): TypedClass => module(signature, doc, [], "(input: AnyTensor, target: AnyTensor): Tensor")
const triple = (signature: string, doc: string, call: string): TypedClass => module(signature, doc, [], call)
const reduced = `reduction: string = "mean"`
const mean = "By default the mean over all elements."

export const activations: readonly TypedClass[] = [
  module("ReLU(inplace: boolean = false)", "max(0, x) for each element."),
  module("ReLU6(inplace: boolean = false)", "min(max(0, x), 6) for each element."),
  module("LeakyReLU(negative_slope: number = 0.01, inplace: boolean = false)", "x above 0, a fraction of x below."),
  module("PReLU(num_parameters: number = 1, init: number = 0.25)", "x above 0, a learned fraction of x below.", [{ text: "weight: Parameter", doc: "What is learned: the fraction." }]),
  module("RReLU(lower: number = 0.125, upper: number = 0.3333333333333333, inplace: boolean = false)", "x above 0, a random fraction of x below in training."),
  module("ELU(alpha: number = 1, inplace: boolean = false)", "x above 0, alpha (exp(x) − 1) below."),
  module("SELU(inplace: boolean = false)", "ELU scaled so that mean and variance stay."),
  module("CELU(alpha: number = 1, inplace: boolean = false)", "ELU with a smooth slope at 0."),
  module(`GELU(approximate: string = "none")`, "x times the normal distribution's probability of less than x."),
  module("Sigmoid()", "1 / (1 + exp(−x)) for each element: between 0 and 1."),
  module("Tanh()", "The hyperbolic tangent of each element: between −1 and 1."),
  module("SiLU(inplace: boolean = false)", "x times its sigmoid."),
  module("Mish(inplace: boolean = false)", "x times tanh(softplus(x))."),
  module("Softplus(beta: number = 1, threshold: number = 20)", "log(1 + exp(x)): a smooth ReLU."),
  module("Softsign()", "x / (1 + |x|)."),
  module("LogSigmoid()", "The logarithm of the sigmoid."),
  module("Tanhshrink()", "x − tanh(x)."),
  module("Hardtanh(min_val: number = -1, max_val: number = 1, inplace: boolean = false)", "x kept between two bounds."),
  module("Hardsigmoid(inplace: boolean = false)", "The sigmoid in straight pieces."),
  module("Hardswish(inplace: boolean = false)", "x times the sigmoid in straight pieces."),
  module("Hardshrink(lambd: number = 0.5)", "x, but 0 near 0."),
  module("Softshrink(lambd: number = 0.5)", "x moved towards 0 by lambd."),
  module("Threshold(threshold: number, value: number, inplace: boolean = false)", "x above the threshold, a value below."),
  module("GLU(dim: number = -1)", "One half times the sigmoid of the other half."),
  module("Softmax(dim: number = null)", "Positive numbers that sum to 1 along a dimension, by exp."),
  module("LogSoftmax(dim: number = null)", "The logarithm of softmax."),
  module("Softmin(dim: number = null)", "Softmax of −x."),
  module("Softmax2d()", "Softmax over the channels of an image."),
]

export const losses: readonly TypedClass[] = [
  loss(`MSELoss(${reduced})`, `The squared difference. ${mean}`),
  loss(`L1Loss(${reduced})`, `The absolute difference. ${mean}`),
  loss(`SmoothL1Loss(${reduced}, beta: number = 1)`, `Squared where small, absolute where large. ${mean}`),
  loss(`HuberLoss(${reduced}, delta: number = 1)`, `Squared where small, absolute where large. ${mean}`),
  loss(`BCELoss(weight: Tensor = null, ${reduced})`, `The cross entropy of probabilities and targets between 0 and 1. ${mean}`),
  loss(`BCEWithLogitsLoss(weight: Tensor = null, ${reduced}, pos_weight: Tensor = null)`, `Sigmoid and BCELoss in one, safe for large numbers. ${mean}`),
  loss(`CrossEntropyLoss(weight: Tensor = null, ignore_index: number = -100, ${reduced}, label_smoothing: number = 0)`, `Softmax and the negative logarithm of the right class: input (batch, classes), target class indices or probabilities. ${mean}`),
  loss(`NLLLoss(weight: Tensor = null, ignore_index: number = -100, ${reduced})`, `The negative log probability of the right class. ${mean}`),
  loss(`KLDivLoss(${reduced}, log_target: boolean = false)`, "How far log probabilities are from a target distribution."),
  loss(`PoissonNLLLoss(log_input: boolean = true, full: boolean = false, eps: number = 1e-8, ${reduced})`, "The negative log likelihood of counts."),
  triple(`GaussianNLLLoss(full: boolean = false, eps: number = 0.000001, ${reduced})`, "The negative log likelihood of normal distributions.", "(input: AnyTensor, target: AnyTensor, variance: Operand): Tensor"),
  loss(`HingeEmbeddingLoss(margin: number = 1, ${reduced})`, "x where the target is 1, max(0, margin − x) where it is −1."),
  triple(`CosineEmbeddingLoss(margin: number = 0, ${reduced})`, "Pulls pairs with target 1 together and pushes pairs with target −1 apart, by angle.", "(input1: AnyTensor, input2: AnyTensor, target: AnyTensor): Tensor"),
  triple(`MarginRankingLoss(margin: number = 0, ${reduced})`, "Wants the first input above the second where the target is 1.", "(input1: AnyTensor, input2: AnyTensor, target: AnyTensor): Tensor"),
  triple(`TripletMarginLoss(margin: number = 1, p: number = 2, eps: number = 0.000001, swap: boolean = false, ${reduced})`, "Wants the anchor nearer to the positive than to the negative.", "(anchor: AnyTensor, positive: AnyTensor, negative: AnyTensor): Tensor"),
  triple(`TripletMarginWithDistanceLoss(*, distance_function: Function = null, margin: number = 1, swap: boolean = false, ${reduced})`, "TripletMarginLoss with a distance of your own.", "(anchor: AnyTensor, positive: AnyTensor, negative: AnyTensor): Tensor"),
  loss(`SoftMarginLoss(${reduced})`, "log(1 + exp(−target · x))."),
  loss(`MultiMarginLoss(p: number = 1, margin: number = 1, weight: Tensor = null, ${reduced})`, "Wants the right class above the others by a margin."),
  loss(`MultiLabelMarginLoss(${reduced})`, "Wants all right classes above the others by a margin."),
  loss(`MultiLabelSoftMarginLoss(weight: Tensor = null, ${reduced})`, "The cross entropy of several yes-or-no questions."),
  triple(`CTCLoss(blank: number = 0, ${reduced}, zero_infinity: boolean = false)`, "The likelihood of a label sequence under all alignments.", "(log_probs: AnyTensor, targets: AnyTensor, input_lengths: Shape | AnyTensor, target_lengths: Shape | AnyTensor): Tensor"),
]
