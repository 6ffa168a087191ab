// Questions with a yes or no for each element, logic, choices between two values, and bits.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, elementwise, oneType, overloaded, type ElementwiseEntry } from "./entry.ts"
import * as e from "./expr.ts"
import type { Expr } from "./expr.ts"
import type { Family } from "./family.ts"

const { where, lt, gt, eq, ge, le, or, isnan } = e
const pair = [[[1, 2, 3], [3, 2, 1]]] as const

function comparing(name: string, doc: string, formula: (a: Expr, b: Expr) => Expr): ElementwiseEntry {
  return elementwise(`${name}(self: Operand, other: Operand)`, { doc, formula: ({ self, other }) => formula(self!, other!), result: "bool", samples: pair, rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }] })
}

function asking(name: string, doc: string, formula: (x: Expr) => Expr): ElementwiseEntry {
  return elementwise(`${name}(self: Tensor)`, { doc, formula: ({ self }) => formula(self!), result: "bool", inPlace: false, samples: [[[1, 0, -2]]] })
}

function bits(name: string, doc: string, formula: (a: Expr, b: Expr) => Expr): ElementwiseEntry {
  return elementwise(`${name}(self: Operand, other: Operand)`, { doc, formula: ({ self, other }) => formula(self!, other!), accepts: "whole", rejects: [{ args: [[1.5], [1.5]], throws: "RuntimeError" }] })
}

/** The larger or smaller of two: the loser gets nothing, equal ones half each. */
function extreme(name: string, gradName: string, doc: string, formula: (a: Expr, b: Expr) => Expr, loses: (a: Expr, b: Expr) => Expr): ElementwiseEntry {
  const slope = (own: Expr, other: Expr) => where(loses(own, other), 0, where(eq(own, other), 0.5, 1))
  return elementwise(`${name}(self: Tensor, other: Tensor)`, {
    doc,
    formula: ({ self, other }) => formula(self!, other!),
    slope: { self: ({ self, other }) => slope(self!, other!), other: ({ self, other }) => slope(other!, self!) },
    gradName,
    inPlace: false,
    samples: [[[1, 2.5, 3], [3, 2, 1]]],
  })
}

/** The larger or smaller of two, nan aside: one of both gets the whole gradient, self of equal ones. */
function numberExtreme(name: string, doc: string, formula: (a: Expr, b: Expr) => Expr, wins: (a: Expr, b: Expr) => Expr): ElementwiseEntry {
  const taken = (self: Expr, other: Expr) => or(wins(self, other), isnan(other))
  return elementwise(`${name}(self: Tensor, other: Tensor)`, {
    doc,
    formula: ({ self, other }) => formula(self!, other!),
    slope: { self: ({ self, other }) => where(taken(self!, other!), 1, 0), other: ({ self, other }) => where(taken(self!, other!), 0, 1) },
    inPlace: false,
    samples: [[[1, 2.5, 3], [3, 2, 1]]],
  })
}

export const comparison: Family<
  | "lt" | "less" | "le" | "less_equal" | "gt" | "greater" | "ge" | "greater_equal" | "eq" | "ne" | "not_equal"
  | "logical_and" | "logical_or" | "logical_xor" | "logical_not" | "isnan" | "isinf" | "isfinite" | "isposinf" | "isneginf" | "isreal" | "signbit"
  | "maximum" | "minimum" | "fmax" | "fmin" | "where" | "masked_fill" | "clamp" | "clip" | "clamp_min" | "clamp_max"
  | "bitwise_and" | "bitwise_or" | "bitwise_xor" | "bitwise_not" | "bitwise_left_shift" | "bitwise_right_shift" | "isclose"
> = {
  lt: comparing("lt", "True where self < other.", lt),
  less: comparing("less", "True where self < other.", lt),
  le: comparing("le", "True where self ≤ other.", le),
  less_equal: comparing("less_equal", "True where self ≤ other.", le),
  gt: comparing("gt", "True where self > other.", gt),
  greater: comparing("greater", "True where self > other.", gt),
  ge: comparing("ge", "True where self ≥ other.", ge),
  greater_equal: comparing("greater_equal", "True where self ≥ other.", ge),
  eq: comparing("eq", "True where both are equal.", eq),
  ne: comparing("ne", "True where they differ.", e.ne),
  not_equal: comparing("not_equal", "True where they differ.", e.ne),
  isclose: elementwise("isclose(self: Tensor, other: Tensor, rtol: number = 1e-5, atol: number = 1e-8, equal_nan: boolean = false)", {
    doc: "True where both differ by at most atol + rtol · |other|.",
    formula: ({ self, other, rtol, atol }, { equal_nan }) => {
      const near = or(eq(self!, other!), e.and(le(e.abs(e.sub(self!, other!)), e.add(atol!, e.abs(e.mul(rtol!, other!)))), e.not(e.isinf(other!))))
      return equal_nan ? or(near, e.and(isnan(self!), isnan(other!))) : near
    },
    refuses: oneType,
    result: "bool",
    inPlace: false,
    samples: [[[1, 2], [1.000001, 2.1]]],
  }),

  logical_and: comparing("logical_and", "True where both are nonzero.", e.and),
  logical_or: comparing("logical_or", "True where one is nonzero.", or),
  logical_xor: comparing("logical_xor", "True where exactly one is nonzero.", (a, b) => e.ne(e.ne(a, 0), e.ne(b, 0))),
  logical_not: elementwise("logical_not(self: Tensor)", { doc: "True where self is zero.", formula: ({ self }) => e.not(self!), result: "bool" }),
  isnan: asking("isnan", "True where an element is not a number.", isnan),
  isinf: asking("isinf", "True where an element is infinite.", e.isinf),
  isfinite: asking("isfinite", "True where an element is neither infinite nor nan.", (x) => e.not(or(e.isinf(x), isnan(x)))),
  isposinf: asking("isposinf", "True where an element is +infinity.", (x) => eq(x, Infinity)),
  isneginf: asking("isneginf", "True where an element is −infinity.", (x) => eq(x, -Infinity)),
  isreal: asking("isreal", "True: all numbers here are real.", (x) => or(eq(x, x), isnan(x))),
  signbit: asking("signbit", "True where the sign is negative, −0 included.", e.signbit),

  maximum: extreme("maximum", "MaximumBackward0", "The larger of two, element by element.", e.maximum, lt),
  minimum: extreme("minimum", "MinimumBackward0", "The smaller of two, element by element.", e.minimum, gt),
  fmax: numberExtreme("fmax", "The larger of two; a number beats nan.", e.fmax, ge),
  fmin: numberExtreme("fmin", "The smaller of two; a number beats nan.", e.fmin, le),

  where: overloaded(
    elementwise("where(condition: Mask, self: Operand, other: Operand)", {
      doc: "self where the condition holds, other elsewhere.",
      samples: [[[true, false, true], [1, 2, 3], [0.5, -1, 2]], [[[true], [false]], [1, 2, 3], 4]],
      formula: ({ condition, self, other }) => where(condition!, self!, other!),
      slope: { self: ({ condition }) => where(condition!, 1, 0), other: ({ condition }) => where(condition!, 0, 1) },
      gradName: "WhereBackward0",
      inPlace: false,
    }),
    // As a method. What has come this far as torch.where has a condition that is no mask.
    composite<{ self: Tensor; condition: Tensor | number; other: Tensor | number }>("where(self: Tensor, condition: Operand, other: Operand)", {
      doc: "self where the condition holds, other elsewhere.",
      samples: [[[1, 2, 3], [true, false, true], [0.5, -1, 2]]],
      compose: (t, { self, condition, other }, kit) => {
        if (typeof condition !== "object" || (condition.dtype !== kit.dtype.bool && condition.dtype !== kit.dtype.uint8))
          throw kit.fault("RuntimeError", "where: expected a tensor of booleans as the condition.", "Compare first, for example x > 0, or call .bool().")
        return t.where(condition, self, other)
      },
    }),
    composite<{ condition: Tensor }>("where(condition: Tensor)", { doc: "Indices of the nonzero elements, one tensor a dimension.", samples: [[[[1, 0, 2], [0, 0, 3]]]], compose: (t, { condition }) => t.nonzero(condition, { as_tuple: true }) }),
  ),
  masked_fill: elementwise("masked_fill(self: Tensor, mask: Mask, value: Filler)", {
    doc: "Puts a value wherever the mask is true.",
    samples: [[[1, 2, 3], [true, false, true], 0.5], [[[1, 2], [3, 4]], [true, false], 0.5]],
    formula: ({ self, mask, value }) => where(mask!, value!, self!),
    slope: { self: ({ mask }) => where(mask!, 0, 1), value: ({ mask }) => where(mask!, 1, 0) },
    result: "first",
    gradName: (isTensor) => (isTensor("value") ? "MaskedFillBackward1" : "MaskedFillBackward0"),
  }),
  clamp: clamping("clamp"),
  clip: clamping("clip"),
  clamp_min: elementwise("clamp_min(self: Tensor, min: Operand)", {
    doc: "Raises elements below min to min.",
    formula: ({ self, min }) => e.maximum(self!, min!),
    slope: { self: ({ self, min }) => where(ge(self!, min!), 1, 0), min: ({ self, min }) => where(lt(self!, min!), 1, 0) },
    gradName: (isTensor) => (isTensor("min") ? "ClampMinBackward1" : "ClampMinBackward0"),
    samples: [[[-1, 0.5, 2], 0]],
  }),
  clamp_max: elementwise("clamp_max(self: Tensor, max: Operand)", {
    doc: "Lowers elements above max to max.",
    formula: ({ self, max }) => e.minimum(self!, max!),
    slope: { self: ({ self, max }) => where(le(self!, max!), 1, 0), max: ({ self, max }) => where(gt(self!, max!), 1, 0) },
    gradName: (isTensor) => (isTensor("max") ? "ClampMaxBackward1" : "ClampMaxBackward0"),
    samples: [[[-1, 0.5, 2], 1]],
  }),

  bitwise_and: bits("bitwise_and", "Bits that both have; logical and for booleans.", e.bitAnd),
  bitwise_or: bits("bitwise_or", "Bits that one has; logical or for booleans.", e.bitOr),
  bitwise_xor: bits("bitwise_xor", "Bits that exactly one has.", e.bitXor),
  bitwise_left_shift: bits("bitwise_left_shift", "Bits moved up.", e.shiftLeft),
  bitwise_right_shift: bits("bitwise_right_shift", "Bits moved down, keeping the sign.", e.shiftRight),
  bitwise_not: overloaded(
    elementwise("bitwise_not(self: Mask)", { doc: "The opposite truth of each element.", formula: ({ self }) => e.not(self!), result: "bool" }),
    elementwise("bitwise_not(self: Tensor)", { doc: "All bits flipped.", formula: ({ self }) => e.bitNot(self!), accepts: "whole", rejects: [{ args: [[1.5]], throws: "RuntimeError" }] }),
  ),
}

/** Limits to [min, max]; either may be left out. The gradient passes where the element lay within. */
function clamping(name: string): ElementwiseEntry {
  return elementwise(`${name}(self: Tensor, min: Operand = null, max: Operand = null)`, {
    doc: "Limits each element to the range from min to max.",
    formula: ({ self, min, max }, _, fault) => {
      if (!min && !max) throw fault("RuntimeError", `${name}: expected min, max or both, found neither.`, `Write for example ${name}({ min: 0 }).`)
      const low = min ? e.maximum(self!, min) : self!
      return max ? e.minimum(low, max) : low
    },
    slope: {
      self: ({ self, min, max }) => {
        const inside = min && max ? e.and(ge(self!, min), le(self!, max)) : min ? ge(self!, min) : max ? le(self!, max) : 1
        return where(inside, 1, 0)
      },
      min: ({ self, min, max }) => where(max ? e.and(lt(self!, min!), lt(min!, max)) : lt(self!, min!), 1, 0),
      max: ({ self, min, max }) => where(min ? or(gt(self!, max!), gt(min, max!)) : gt(self!, max!), 1, 0),
    },
    gradName: (isTensor) => (isTensor("min") || isTensor("max") ? "ClampBackward0" : "ClampBackward1"),
    samples: [[[-1, 0.5, 2], 0, 1]],
  })
}
