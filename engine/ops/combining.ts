// Functions of two or three numbers, element by element, and repairs of infinite or missing ones.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, elementwise, oneType, structural, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Family } from "./family.ts"

const { add, sub, mul, div, exp, where, eq, isnan, log, lt } = e
const pair: readonly Sample[] = [[[1, -2, 0.5], [0.3, 1.5, -2]]]
const positive: readonly Sample[] = [[[1, 2, 0.5], [0.3, 1.5, 2]]]

const repaired = where(isnan(e.input("self")), e.input("nan"), where(eq(e.input("self"), Infinity), e.input("posinf"), where(eq(e.input("self"), -Infinity), e.input("neginf"), e.input("self"))))

export const combining: Family<
  | "hypot" | "xlogy" | "xlog1py" | "logaddexp" | "logaddexp2" | "copysign" | "ldexp" | "heaviside" | "lerp" | "addcmul" | "addcdiv" | "gcd" | "lcm" | "float_power"
  | "nan_to_num" | "sinc" | "mvlgamma"
> = {
  hypot: elementwise("hypot(self: Tensor, other: Tensor)", {
    doc: "Length of the hypotenuse, √(self² + other²).",
    formula: ({ self, other }) => e.sqrt(add(mul(self!, self!), mul(other!, other!))),
    slope: { self: ({ self, result }) => div(self!, result!), other: ({ other, result }) => div(other!, result!) },
    accepts: "float",
    samples: pair,
  }),
  xlogy: elementwise("xlogy(self: Operand, other: Operand)", {
    doc: "self · log(other), 0 where self is 0.",
    formula: ({ self, other }) => where(isnan(other!), other!, where(eq(self!, 0), 0, mul(self!, log(other!)))),
    slope: { self: ({ self, other }) => where(e.and(eq(self!, 0), e.le(other!, 0)), 0, log(other!)), other: ({ self, other }) => div(self!, other!) },
    gradName: (isTensor) => (!isTensor("self") ? "XlogyBackward1" : isTensor("other") ? "XlogyBackward0" : "XlogyBackward2"),
    result: "float",
    samples: positive,
  }),
  xlog1py: elementwise("xlog1py(self: Operand, other: Operand)", {
    doc: "self · log(1 + other), 0 where self is 0.",
    formula: ({ self, other }) => where(isnan(other!), other!, where(eq(self!, 0), 0, mul(self!, e.log1p(other!)))),
    slope: { self: ({ self, other }) => where(e.and(eq(self!, 0), e.le(other!, -1)), 0, e.log1p(other!)), other: ({ self, other }) => div(self!, add(other!, 1)) },
    gradName: (isTensor) => (!isTensor("self") ? "SpecialXlog1PyBackward1" : isTensor("other") ? "SpecialXlog1PyBackward0" : "SpecialXlog1PyBackward2"),
    result: "float",
    in: [],
    inPlace: false,
    samples: positive,
  }),
  logaddexp: elementwise("logaddexp(self: Tensor, other: Tensor)", {
    doc: "log(eˣ + eʸ), computed stably.",
    formula: ({ self, other }) => where(eq(self!, other!), add(self!, Math.LN2), add(e.maximum(self!, other!), e.log1p(exp(e.neg(e.abs(sub(self!, other!))))))),
    slope: { self: ({ self, other }) => e.sigmoid(sub(self!, other!)), other: ({ self, other }) => e.sigmoid(sub(other!, self!)) },
    accepts: "float",
    inPlace: false,
    samples: pair,
  }),
  logaddexp2: elementwise("logaddexp2(self: Tensor, other: Tensor)", {
    doc: "log₂(2ˣ + 2ʸ), computed stably.",
    formula: ({ self, other }) => where(eq(self!, other!), add(self!, 1), add(e.maximum(self!, other!), div(e.log1p(e.exp2(e.neg(e.abs(sub(self!, other!))))), Math.LN2))),
    slope: { self: ({ self, other }) => div(1, add(1, e.exp2(sub(other!, self!)))), other: ({ self, other }) => div(1, add(1, e.exp2(sub(self!, other!)))) },
    accepts: "float",
    inPlace: false,
    samples: pair,
  }),
  copysign: elementwise("copysign(self: Tensor, other: Operand)", {
    doc: "The size of self with the sign of other.",
    formula: ({ self, other }) => e.copysign(self!, other!),
    slope: { self: ({ self, result }) => where(eq(self!, 0), 0, div(result!, self!)), other: () => 0 },
    gradName: (isTensor) => (isTensor("other") ? "CopysignBackward0" : "CopysignBackward1"),
    result: "float",
    samples: pair,
  }),
  ldexp: composite<{ self: Tensor; other: Tensor }>("ldexp(self: Tensor, other: Tensor)", { doc: "self · 2^other.", compose: (t, { self, other }, kit) => self.mul(t.pow(other.new_full([], 2, { dtype: self.is_floating_point() ? self.dtype : kit.defaultDtype }), other)), samples: pair }),
  heaviside: elementwise("heaviside(self: Tensor, values: Tensor)", {
    doc: "0 below zero, 1 above, values at zero.",
    formula: ({ self, values }) => where(isnan(self!), self!, where(eq(self!, 0), values!, where(lt(self!, 0), 0, 1))),
    refuses: oneType,
  }),
  lerp: elementwise("lerp(self: Tensor, end: Tensor, weight: Operand)", {
    doc: "Between self and end, at the share weight.",
    // As PyTorch: from the nearer end, so that weight 1 gives end exactly.
    formula: ({ self, end, weight }) => where(lt(e.abs(weight!), 0.5), add(self!, mul(weight!, sub(end!, self!))), sub(end!, mul(sub(end!, self!), sub(1, weight!)))),
    slope: { self: ({ weight }) => sub(1, weight!), end: ({ weight }) => weight!, weight: ({ self, end }) => sub(end!, self!) },
    gradName: (isTensor) => (isTensor("weight") ? "LerpBackward1" : "LerpBackward0"),
    accepts: "float",
    refuses: oneType,
    samples: [[[1, 2], [3, 5], 0.3]],
  }),
  addcmul: elementwise("addcmul(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: number = 1)", {
    doc: "self + value · tensor1 · tensor2.",
    formula: ({ self, tensor1, tensor2, value }) => add(self!, mul(value!, mul(tensor1!, tensor2!))),
    slope: { self: () => 1, tensor1: ({ tensor2, value }) => mul(tensor2!, value!), tensor2: ({ tensor1, value }) => mul(tensor1!, value!) },
    samples: [[[1, 2], [3, 5], [0.5, -1]]],
  }),
  addcdiv: elementwise("addcdiv(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: number = 1)", {
    doc: "self + value · tensor1 / tensor2.",
    formula: ({ self, tensor1, tensor2, value }) => add(self!, mul(value!, div(tensor1!, tensor2!))),
    slope: {
      self: () => 1,
      tensor1: ({ tensor2, value }) => div(value!, tensor2!),
      tensor2: ({ tensor1, tensor2, value }) => e.neg(mul(value!, div(tensor1!, mul(tensor2!, tensor2!)))),
    },
    samples: [[[1, 2], [3, 5], [0.5, -1]]],
  }),
  gcd: elementwise("gcd(self: Tensor, other: Tensor)", { doc: "Greatest common divisor.", formula: ({ self, other }) => e.gcd(self!, other!), accepts: "whole" }),
  lcm: elementwise("lcm(self: Tensor, other: Tensor)", { doc: "Least common multiple.", formula: ({ self, other }) => e.lcm(self!, other!), accepts: "whole" }),
  float_power: composite<{ self: Tensor | number; exponent: Tensor | number }>("float_power(self: Operand, exponent: Operand)", {
    doc: "A power computed in float64.",
    compose: (t, { self, exponent }, kit) => {
      const wide = (one: Tensor | number) => (typeof one === "object" ? one.to(kit.dtype.float64) : one)
      return typeof self === "object" ? t.pow(wide(self), wide(exponent)) : t.pow(self, wide(exponent))
    },
    samples: [[[1, 2], 1.5]],
  }),
  nan_to_num: structural<{ self: Tensor; nan: number | null; posinf: number | null; neginf: number | null }>("nan_to_num(self: Tensor, nan: number = null, posinf: number = null, neginf: number = null)", {
    doc: "Replaces nan (by 0) and infinite elements (by the largest finite number).",
    forward: (kit, { self, nan, posinf, neginf }) => {
      // The largest finite number depends on the element type; whole numbers have nothing to replace.
      const most = self.dtype === kit.dtype.float64 ? Number.MAX_VALUE : self.dtype === kit.dtype.float16 ? 65504 : 3.4028234663852886e38
      return kit.elementwise(repaired, ["self", "nan", "posinf", "neginf"], [self, nan ?? 0, posinf ?? most, neginf ?? -most], self.sizes, self.dtype)
    },
    backward: ([grad], { self }, _, t) => ({ self: grad!.masked_fill(t.isfinite(self).logical_not(), 0) }),
    saves: ["self"],
    inPlace: true,
    samples: [[[1, -2, 0.5]]],
  }),
  sinc: elementwise("sinc(self: Tensor)", {
    doc: "sin(πx) / (πx), 1 at 0.",
    formula: ({ self }) => where(eq(self!, 0), 1, div(e.sin(mul(Math.PI, self!)), mul(Math.PI, self!))),
    slope: { self: ({ self }) => where(eq(self!, 0), 0, div(sub(e.cos(mul(Math.PI, self!)), div(e.sin(mul(Math.PI, self!)), mul(Math.PI, self!))), self!)) },
    result: "float",
    samples: [[[0.3, -1.2, 2.4]]],
  }),
  mvlgamma: composite<{ self: Tensor; p: number }>("mvlgamma(self: Tensor, p: number)", {
    doc: "Logarithm of the multivariate gamma function of dimension p.",
    compose: (t, { self, p }) => {
      let total = t.lgamma(self).add((p * (p - 1) * Math.log(Math.PI)) / 4)
      for (let j = 1; j < p; j++) total = total.add(t.lgamma(self.sub(j / 2)))
      return total
    },
    samples: [[[2.5, 3.2], 2]],
  }),
}
