// Losses of predictions that are classes: chances and scores against the class that was right.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"
import { checkReduction, concluded, ending, floating, meant, perElement, reduced, type Ending } from "./lossTotals.ts"

interface Compared extends Ending {
  readonly self: Tensor
  readonly target: Tensor
}

interface Weighted extends Compared {
  readonly weight: Tensor | null
}

interface Classes extends Weighted {
  readonly ignore_index: number
}

const [x, y, w] = [e.input("x"), e.input("y"), e.input("w")]
const scores = [[1, 2, 0.5], [0, -1, 3]] as const
const chances = [[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]] as const
const shapeText = (one: Tensor): string => `[${one.sizes.join(", ")}]`

// −(y · log x + (1 − y) · log(1 − x)), the logarithms limited to −100 as in PyTorch.
const logLoss = e.sub(e.mul(e.sub(y, 1), e.maximum(e.log(e.sub(1, x)), -100)), e.mul(y, e.maximum(e.log(x), -100)))
// max(x, 0) − x·y + log(1 + e^−|x|): the stable form of −(y log σ(x) + (1 − y) log(1 − σ(x))).
const logitLoss = e.add(e.sub(e.maximum(x, 0), e.mul(x, y)), e.log1p(e.exp(e.neg(e.abs(x)))))
// With pos_weight w: (1 − y)·x + (1 + (w − 1)·y)·(log(1 + e^−|x|) + max(−x, 0)).
const weightedLogitLoss = e.add(e.mul(e.sub(1, y), x), e.mul(e.add(1, e.mul(e.sub(w, 1), y)), e.add(e.log1p(e.exp(e.neg(e.abs(x)))), e.maximum(e.neg(x), 0))))
// log(1 + e^(−y·x)).
const softMargin = e.log1p(e.exp(e.neg(e.mul(y, x))))

function sameShape(kit: Kit, what: string, { self, target }: Compared): void {
  if (self.sizes.join() !== target.sizes.join()) throw kit.fault("ValueError", `${what}: expected a target of shape ${shapeText(self)} like the input, found ${shapeText(target)}.`, "Reshape the target to the input's shape, for example with unsqueeze(1).")
}

export const classification: Family<
  "binary_cross_entropy" | "binary_cross_entropy_with_logits" | "_nll_loss" | "_nll_loss2d" | "nll_loss" | "cross_entropy" | "soft_margin_loss" | "multi_margin_loss" | "multilabel_margin_loss" | "multilabel_soft_margin_loss"
> = {
  binary_cross_entropy: structural<Weighted>(`binary_cross_entropy(self: Tensor, target: Tensor, weight: Tensor = null, ${ending})`, {
    doc: "How unlikely yes-or-no targets are under predicted chances: −(t log x + (1 − t) log(1 − x)).",
    forward: (kit, args) => {
      const { self, target, weight } = args
      sameShape(kit, "binary_cross_entropy", args)
      floating(kit, "binary_cross_entropy", self, target)
      if (self.dtype !== target.dtype) throw kit.fault("RuntimeError", `binary_cross_entropy: expected a target of type ${self.dtype.name} like the input, found ${target.dtype.name}.`, "Convert the target, for example with .float().")
      if (kit.numbers(self).some((one) => !(one >= 0 && one <= 1))) throw kit.fault("RuntimeError", "binary_cross_entropy: expected chances from 0 to 1.", "Apply sigmoid first, or use binary_cross_entropy_with_logits.")
      const each = kit.elementwise(logLoss, ["x", "y"], [self, target], self.sizes, self.dtype)
      return reduced(kit, "binary_cross_entropy", weight ? each.mul_(weight) : each, args)
    },
    saves: ["self", "target", "weight"],
    backward: ([g], args, _, __, needs) => {
      const { self, target, weight } = args
      const one = perElement(g!, self.numel(), args)
      const incoming = weight ? one.mul(weight) : one
      return {
        self: needs("self") ? self.sub(target).div(self.neg().add(1).mul(self).clamp_min(1e-12)).mul(incoming) : null,
        target: needs("target") ? self.neg().log1p().sub(self.log()).mul(incoming) : null,
      }
    },
    in: ["functional"],
    samples: [[chances, [[0, 1, 0], [1, 0, 1]]], [chances, [[0, 1, 0], [1, 0, 1]], { reduction: "none" }]],
    rejects: [{ args: [[0.5], [0.5, 1]], throws: "ValueError" }, { args: [[1.5], [1]], throws: "RuntimeError" }],
    formulaText: "y = −(1/n) Σ (t log x + (1 − t) log(1 − x))",
  }),
  binary_cross_entropy_with_logits: structural<Weighted & { pos_weight: Tensor | null }>(`binary_cross_entropy_with_logits(self: Tensor, target: Tensor, weight: Tensor = null, ${ending}, pos_weight: Tensor = null)`, {
    doc: "Binary cross entropy of sigmoid(self) against the target, computed stably.",
    forward: (kit, args) => {
      const { self, target, weight, pos_weight } = args
      sameShape(kit, "binary_cross_entropy_with_logits", args)
      floating(kit, "binary_cross_entropy_with_logits", self, target)
      const each = pos_weight
        ? kit.elementwise(weightedLogitLoss, ["x", "y", "w"], [self, target, pos_weight], self.sizes, self.dtype)
        : kit.elementwise(logitLoss, ["x", "y"], [self, target], self.sizes, self.dtype)
      return reduced(kit, "binary_cross_entropy_with_logits", weight ? each.mul_(weight) : each, args)
    },
    saves: ["self", "target", "weight", "pos_weight"],
    backward: ([g], args, _, __, needs) => {
      const { self, target, weight, pos_weight } = args
      const s = self.sigmoid()
      const one = perElement(g!, self.numel(), args)
      const incoming = weight ? one.mul(weight) : one
      const slope = pos_weight ? target.mul(pos_weight).add(1).sub(target).mul(s).sub(pos_weight.mul(target)) : s.sub(target)
      const forTarget = needs("target") ? (pos_weight ? s.neg().add(1).log().sub(pos_weight.mul(s.log())) : self.neg()).mul(incoming) : null
      return { self: slope.mul(incoming), target: forTarget }
    },
    in: ["functional"],
    samples: [[[1, -2, 0.5], [1, 0, 1]], [[1, -2, 0.5], [1, 0, 1], { reduction: "sum" }]],
    rejects: [{ args: [[1, 2], [1, 0, 1]], throws: "ValueError" }],
    formulaText: "y = −(1/n) Σ (t log σ(x) + (1 − t) log(1 − σ(x)))",
  }),
  _nll_loss: nll("_nll_loss", "NllLossBackward0"),
  _nll_loss2d: nll("_nll_loss2d", "NllLoss2DBackward0"),
  nll_loss: composite<Classes>('nll_loss(self: Tensor, target: Tensor, weight: Tensor = null, size_average: boolean = null, ignore_index: number = -100, reduce: boolean = null, reduction: string = "mean")', {
    doc: "Minus the logarithm of the chance that the right class was given: self holds logarithms (log_softmax), target class numbers.",
    compose: (t, args, kit) => negativeLikelihood(t, kit, args),
    in: ["functional"],
    samples: [[scores, [1n, 2n]], [[[[-1, -2], [-0.5, -0.25]]], [[1n, 0n]], { reduction: "sum" }]],
    rejects: [{ args: [scores, [0, 1]], throws: "RuntimeError" }],
  }),
  cross_entropy: composite<Classes & { label_smoothing: number }>('cross_entropy(self: Tensor, target: Tensor, weight: Tensor = null, size_average: boolean = null, ignore_index: number = -100, reduce: boolean = null, reduction: string = "mean", label_smoothing: number = 0)', {
    doc: "log_softmax and nll_loss in one: scores against class numbers (int64), or against chances of every class.",
    compose: (t, args, kit) => {
      const { self, target, label_smoothing } = args
      checkReduction(kit, "cross_entropy", args)
      if (!(label_smoothing >= 0 && label_smoothing <= 1)) throw kit.fault("RuntimeError", `cross_entropy: expected label_smoothing from 0 to 1, found ${label_smoothing}.`, "0.1 is usual.")
      if (self.ndim === 0) throw kit.fault("IndexError", "cross_entropy: expected scores with at least 1 dimension, found none.", "Give one score a class.")
      const classes = self.ndim === 1 ? 0 : 1
      if (self.sizes.join() === target.sizes.join()) return againstChances(t, kit, args, classes)
      const likely = t.log_softmax(self, classes)
      const plain = t.nll_loss(likely, target, args.weight, { ignore_index: args.ignore_index, reduction: meant(args) })
      return label_smoothing > 0 ? smoothed(t, likely, plain, args, classes) : plain
    },
    in: ["functional"],
    samples: [[scores, [1n, 2n]], [scores, [1n, 2n], { label_smoothing: 0.1 }], [scores, chances], [scores, chances, { label_smoothing: 0.1, reduction: "sum" }]],
    rejects: [{ args: [scores, [0, 1]], throws: "RuntimeError" }],
  }),
  soft_margin_loss: structural<Compared>(`soft_margin_loss(self: Tensor, target: Tensor, ${ending})`, {
    constants: ["target"],
    doc: "log(1 + e^(−t·x)) for targets of 1 and −1.",
    forward: (kit, args) => reduced(kit, "soft_margin_loss", kit.elementwise(softMargin, ["x", "y"], [args.self, args.target], kit.broadcast("soft_margin_loss", args.self.sizes, args.target.sizes), args.self.dtype), args),
    saves: ["self", "target"],
    backward: ([g], args) => {
      const { self, target } = args
      const slope = target.neg().mul(self.mul(target).neg().sigmoid())
      return { self: slope.mul(perElement(g!, slope.numel(), args)) }
    },
    in: ["functional"],
    samples: [[[1, -2, 0.5], [1, 1, -1]]],
    rejects: [{ args: [[1, 2], [1, 1, 1]], throws: "RuntimeError" }],
    formulaText: "y = (1/n) Σ log(1 + e^(−t·x))",
  }),
  multi_margin_loss: structural<Weighted & { p: number; margin: number }>(`multi_margin_loss(self: Tensor, target: Tensor, p: number = 1, margin: number = 1, weight: Tensor = null, ${ending})`, {
    constants: ["weight"],
    doc: "How far other classes come within a margin of the right class's score.",
    forward: (kit, args) => {
      const { self, target, weight, p } = args
      if (p !== 1 && p !== 2) throw kit.fault("ValueError", `multi_margin_loss: expected p of 1 or 2, found ${p}.`, "Leave it out for 1.")
      if (weight && weight.ndim !== 1) throw kit.fault("ValueError", `multi_margin_loss: expected a weight with 1 dimension, found shape ${shapeText(weight)}.`, "Give one weight a class.")
      const rows = self.ndim < 2 ? 1 : self.sizes[0]!
      if (self.ndim > 2 || self.numel() === 0 || target.ndim > 1 || target.numel() !== rows) throw kit.fault("RuntimeError", `multi_margin_loss: expected scores [rows, classes] and one class number a row, found shapes ${shapeText(self)} and ${shapeText(target)}.`, "Check the shapes.")
      checkClasses(kit, "multi_margin_loss", target, self.sizes[self.ndim - 1]!, null, "RuntimeError")
      const each = margins(args).clamp_min(0).pow(p).mul(marginShare(args)).sum(-1)
      return reduced(kit, "multi_margin_loss", self.ndim < 2 ? each.reshape([]) : each, args)
    },
    saves: ["self", "target", "weight"],
    backward: ([g], args, _, t) => {
      const { self, target, p } = args
      const m = margins(args)
      const slope = (p === 1 ? m.gt(0).to(self.dtype) : m.clamp_min(0).mul(2)).mul(marginShare(args))
      const each = slope.mul((g!.ndim ? perElement(g!, m.sizes[0]!, args).unsqueeze(-1) : perElement(g!, m.sizes[0]!, args)).expand(slope.sizes))
      return { self: t.scatter_add(each, 1, columnOf(target), each.sum(1, true).neg()).reshape(self.sizes) }
    },
    in: ["functional"],
    samples: [[scores, [0n, 2n]], [scores, [0n, 2n], 2, 1.25, [1, 2, 0.5], { reduction: "none" }]],
    rejects: [{ args: [scores, [1n, 3n]], throws: "RuntimeError" }, { args: [scores, [1n, 2n], 3], throws: "ValueError" }],
  }),
  multilabel_margin_loss: structural<Compared>(`multilabel_margin_loss(self: Tensor, target: Tensor, ${ending})`, {
    doc: "How far wrong classes come within 1 of each right class's score; a row of target lists its classes and ends with −1.",
    forward: (kit, args) => {
      const { self, target } = args
      if (self.sizes.join() !== target.sizes.join() || self.ndim > 2) throw kit.fault("RuntimeError", `multilabel_margin_loss: expected a target of shape ${shapeText(self)} like the scores, found ${shapeText(target)}.`, "Fill each row of class numbers up with -1.")
      checkClasses(kit, "multilabel_margin_loss", target, self.sizes[self.ndim - 1] ?? 1, -1, "RuntimeError")
      const each = listed(kit.t, args).gaps.clamp_min(0).mul(listed(kit.t, args).counts).sum([1, 2]).div(self.sizes[self.ndim - 1] ?? 1)
      return reduced(kit, "multilabel_margin_loss", self.ndim < 2 ? each.reshape([]) : each, args)
    },
    saves: ["self", "target"],
    backward: ([g], args, _, t) => {
      const { self } = args
      const { gaps, counts, places } = listed(t, args)
      const slope = gaps.gt(0).to(self.dtype).mul(counts).div(self.sizes[self.ndim - 1] ?? 1)
      const one = perElement(g!, slope.sizes[0]!, args)
      const each = slope.mul(one.ndim ? one.reshape([-1, 1, 1]) : one)
      return { self: t.scatter_add(each.sum(1), 1, places, each.sum(2).neg()).reshape(self.sizes) }
    },
    in: ["functional"],
    samples: [[[[0.25, 2, 0.5], [0.25, -1, 0.75]], [[0n, -1n, 0n], [2n, 0n, -1n]]]],
    rejects: [{ args: [scores, [1n, 2n]], throws: "RuntimeError" }],
  }),
  multilabel_soft_margin_loss: composite<Weighted>(`multilabel_soft_margin_loss(self: Tensor, target: Tensor, weight: Tensor = null, ${ending})`, {
    doc: "Binary cross entropy of each class's score, the mean over the classes.",
    compose: (t, args, kit) => {
      const { self, target, weight } = args
      checkReduction(kit, "multilabel_soft_margin_loss", args)
      const all = t.mul(target, t.logsigmoid(self)).add(target.neg().add(1).mul(t.logsigmoid(self.neg()))).neg()
      const scaled = weight ? all.mul(weight) : all
      return concluded(kit, "multilabel_soft_margin_loss", scaled.sum(-1).div(self.sizes[self.ndim - 1] ?? 1), args)
    },
    in: ["functional"],
    samples: [[scores, [[1, 0, 1], [0, 0, 1]]]],
    rejects: [{ args: [[[1, 2]], [[1, 0]], { reduction: "most" }], throws: "ValueError" }],
  }),
}

function checkClasses(kit: Kit, what: string, target: Tensor, classes: number, ignored: number | null, name = "IndexError"): void {
  if (target.dtype.name !== "int64") throw kit.fault("RuntimeError", `${what}: expected class numbers of type int64, found ${target.dtype.name}.`, "Write bigints (torch.tensor([0n, 2n])), or convert with .long().")
  const wrong = kit.numbers(target).find((one) => one !== ignored && !(one >= 0 && one < classes))
  if (wrong !== undefined) throw kit.fault(name, `${what}: the class ${wrong} is out of range: there are ${classes} classes.`, `Use class numbers from 0 to ${classes - 1}.`)
}

/** Class numbers without the ignored ones, which become 0, and the weight of each: its class's, 0 where ignored. */
function chosen(t: Functions, { self, target, weight, ignore_index }: Classes): { places: Tensor; weights: Tensor } {
  const counted = target.ne(ignore_index)
  const places = target.masked_fill(counted.logical_not(), 0)
  const shares = weight ? t.index_select(weight, 0, places.reshape([-1])).reshape(places.sizes) : t.ones_like(places, { dtype: self.dtype })
  return { places, weights: shares.masked_fill(counted.logical_not(), 0) }
}

function likelihoodOf(args: Classes): { classes: number; inner: number; ignored: number; reduction: "none" | "mean" | "sum" } {
  const { sizes, ndim } = args.self
  return { classes: sizes[ndim === 1 ? 0 : 1]!, inner: sizes.slice(2).reduce((n, size) => n * size, 1), ignored: args.ignore_index, reduction: meant(args) }
}

/** The negative logarithms at the right classes, in dimension 1 (0 for a single row). */
function nll(name: string, gradName: string) {
  return structural<Classes>(`${name}(self: Tensor, target: Tensor, weight: Tensor | null, ignore_index: number, reduction: string)`, {
    constants: ["weight"],
    doc: "Minus the logarithm of the chance that the right class was given.",
    forward: (kit, args) => {
      const { self, target, weight } = args
      const dim = self.ndim === 1 ? 0 : 1
      const classes = self.sizes[dim]!
      floating(kit, "nll_loss", self)
      checkClasses(kit, "nll_loss", target, classes, args.ignore_index)
      if (weight && (weight.ndim !== 1 || weight.sizes[0] !== classes)) throw kit.fault("RuntimeError", `nll_loss: expected a weight of shape [${classes}], found ${shapeText(weight)}.`, "Give one weight a class.")
      if (weight && weight.dtype !== self.dtype) throw kit.fault("RuntimeError", `nll_loss: expected a weight of type ${self.dtype.name}, found ${weight.dtype.name}.`, "Convert the weight.")
      const made = kit.zeros(meant(args) === "none" ? target.sizes : [], self.dtype)
      kit.kernel("likelihood", [self, target, ...(weight ? [weight] : [])], [made], likelihoodOf(args))
      return self.dtype.itemsize < 4 ? kit.copied(made) : made
    },
    saves: ["self", "target", "weight"],
    backward: ([g], args, _, t) => {
      const { self } = args
      const dim = self.ndim === 1 ? 0 : 1
      const { places, weights } = chosen(t, args)
      // Where every row is ignored the mean divides 0 by 0; still nothing passes.
      const each = weights.mul(meant(args) === "mean" ? g!.div(weights.sum()) : g!).neg().masked_fill(args.target.eq(args.ignore_index), 0)
      return { self: t.scatter(g!.new_zeros(self.sizes), dim, places.unsqueeze(dim), each.unsqueeze(dim)) }
    },
    fused: (kit, [g], args) => {
      const { self, target, weight } = args
      if (g!.dtype.itemsize < 4) return null
      const made = kit.zeros(self.sizes, g!.dtype)
      kit.kernel("likelihoodBack", [g!, target, ...(weight ? [weight] : [])], [made], likelihoodOf(args))
      return { self: made }
    },
    gradName,
    in: [],
    samples: name === "_nll_loss2d" ? [[[[[-1, -2]], [[-0.5, -0.25]]], [[[1n, 0n]]], null, -100, "mean"]].map(([x, ...rest]) => [[x], ...rest]) : [[scores, [1n, 2n], null, -100, "mean"], [scores, [1n, 2n], [1, 2, 0.5], 2, "none"]],
    formulaText: "y = −(1/Σ w) Σ w[t] · x[t]",
  })
}

/** nll_loss for any number of dimensions: images have an operator of their own, other shapes are made into images. */
function negativeLikelihood(t: Functions, kit: Kit, args: Classes): Tensor {
  const { self, target, weight, ignore_index } = args
  checkReduction(kit, "nll_loss", args)
  const reduction = meant(args)
  const rank = self.ndim
  if (rank === 0) throw kit.fault("ValueError", "nll_loss: expected scores with at least 1 dimension, found none.", "Give one score a class.")
  if (rank === 1 ? target.ndim > 0 && target.numel() !== 1 : target.ndim > 0 && self.sizes[0] !== target.sizes[0])
    throw kit.fault("ValueError", `nll_loss: the scores of shape ${shapeText(self)} hold ${rank === 1 ? 1 : self.sizes[0]} rows, the target of shape ${shapeText(target)} holds ${target.sizes[0]}.`, "Give one class number a row.")
  if (rank <= 2 && target.ndim !== rank - 1) throw kit.fault("RuntimeError", `nll_loss: expected a target with ${rank - 1} dimension${rank === 2 ? "" : "s"} for scores of shape ${shapeText(self)}, found shape ${shapeText(target)}.`, "Give one class number a row; flatten or squeeze(1) the target.")
  if (rank <= 2) return t._nll_loss(self, target, weight, ignore_index, reduction)
  const wanted = [self.sizes[0]!, ...self.sizes.slice(2)]
  if (target.sizes.join() !== wanted.join()) throw kit.fault("RuntimeError", `nll_loss: scores of shape ${shapeText(self)} expect a target of shape [${wanted.join(", ")}], found ${shapeText(target)}.`, "Classes stand in dimension 1 of the scores.")
  if (rank === 4) return t._nll_loss2d(self, target, weight, ignore_index, reduction)
  const [n, c] = self.sizes as [number, number]
  const made = t._nll_loss2d(self.contiguous().view([n, c, 1, -1]), target.contiguous().view([n, 1, -1]), weight, ignore_index, reduction)
  return reduction === "none" ? made.view(wanted) : made
}

/** Cross entropy against chances of every class. */
function againstChances(t: Functions, kit: Kit, args: Classes & { label_smoothing: number }, classes: number): Tensor {
  const { self, weight, label_smoothing, ignore_index } = args
  if (args.target.dtype.category !== "float") throw kit.fault("RuntimeError", `cross_entropy: a target of the scores' shape ${shapeText(self)} holds chances, which are floating-point numbers; found ${args.target.dtype.name}.`, "For class numbers give one a row: target.argmax(1), or target.squeeze(1).")
  if (ignore_index >= 0) throw kit.fault("RuntimeError", "cross_entropy: ignore_index belongs to class numbers; the target holds chances.", "Leave ignore_index out.")
  const count = self.sizes[classes]!
  const target = label_smoothing > 0 ? args.target.mul(1 - label_smoothing).add(label_smoothing / count) : args.target
  const likely = t.log_softmax(self, classes).mul(target)
  const weighted = weight ? likely.mul(classWeights(weight, self, classes)) : likely
  const reduction = meant(args)
  if (reduction === "none") return weighted.sum(classes).neg()
  const total = weighted.sum().neg()
  return reduction === "sum" ? total : t._div_scalar(total, self.numel() / count)
}

const classWeights = (weight: Tensor, self: Tensor, classes: number): Tensor => weight.view(self.sizes.map((_, d) => (d === classes ? weight.numel() : 1)))

/** A share of the loss is spread over all classes (Szegedy et al. 2016). */
function smoothed(t: Functions, likely: Tensor, plain: Tensor, args: Classes & { label_smoothing: number }, classes: number): Tensor {
  const { target, weight, ignore_index, label_smoothing } = args
  const ignored = target.eq(ignore_index)
  const spread = (weight ? likely.mul(classWeights(weight, likely, classes)) : likely).sum(classes).neg()
  const counted = spread.ndim ? t.index_put(spread, [ignored], spread.new_zeros([])) : spread.masked_fill(ignored, 0)
  const reduction = meant(args)
  const kept = ignored.logical_not()
  const total =
    reduction === "none" ? counted
    : reduction === "sum" ? counted.sum()
    : weight ? counted.sum().div(weight.gather(0, target.masked_select(kept)).sum())
    : counted.masked_select(kept).mean()
  return t._mul_scalar(plain, 1 - label_smoothing).add(t._mul_scalar(total, label_smoothing / likely.sizes[classes]!))
}

const columnOf = (target: Tensor): Tensor => target.reshape([-1, 1])
const rowsOf = (self: Tensor): Tensor => self.reshape([-1, self.sizes[self.ndim - 1] ?? 1])

/** margin − right score + each score, one row a sample. */
function margins({ self, target, margin }: { self: Tensor; target: Tensor; margin: number }): Tensor {
  const rows = rowsOf(self)
  return rows.sub(rows.gather(1, columnOf(target))).add(margin)
}

/** What each margin counts: the right class's weight over the number of classes, 0 for the right class itself. */
function marginShare({ self, target, weight }: Weighted): Tensor {
  const rows = rowsOf(self)
  const share = weight ? weight.index_select(0, target.reshape([-1])).unsqueeze(1).expand(rows.sizes) : rows.new_ones(rows.sizes)
  return share.div(rows.sizes[1]!).scatter(1, columnOf(target), 0)
}

/** For each right class of a row and each class: 1 − right score + score, and whether it counts. */
function listed(t: Functions, { self, target }: Compared): { gaps: Tensor; counts: Tensor; places: Tensor } {
  const rows = rowsOf(self)
  const names = target.reshape(rows.sizes)
  const used = names.lt(0).long().cumsum(1).eq(0)
  const places = names.masked_fill(used.logical_not(), 0)
  const isRight = t.scatter_add(rows.new_zeros(rows.sizes), 1, places, used.to(self.dtype)).gt(0)
  const gaps = rows.unsqueeze(1).sub(rows.gather(1, places).unsqueeze(2)).add(1)
  return { gaps, counts: used.unsqueeze(2).logical_and(isRight.logical_not().unsqueeze(1)).to(self.dtype), places }
}
