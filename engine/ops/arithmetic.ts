// Sums, products and powers: the operators that TypeScript spells + − * / % **.
import type { Tensor } from "../tensor/tensor.ts"
import { composite, elementwise, overloaded, wholeAlpha, wholeZero } from "./entry.ts"
import { add, and, constant, div, eq, floorDivide, fmod, ge, log, mul, neg, pow, remainder, sub, trunc, where } from "./expr.ts"
import type { Family } from "./family.ts"

const pairs = [
  [[1, 2, 3], [4, -5, 0.5]],
  [[[1, 2], [3, 4]], [10, 20]],
] as const

export const arithmetic: Family<
  "add" | "sub" | "subtract" | "rsub" | "mul" | "multiply" | "_scaled" | "div" | "divide" | "true_divide" | "neg" | "negative" | "pow" | "remainder" | "fmod" | "floor_divide" | "square" | "positive"
> = {
  add: elementwise("add(self: Operand, other: Operand, *, alpha: number = null)", {
    doc: "Adds other, times alpha, element by element.",
    formula: ({ self, other, alpha }) => add(self!, alpha ? mul(alpha, other!) : other!),
    slope: { self: () => 1, other: ({ alpha }) => alpha ?? 1 },
    refuses: wholeAlpha,
    samples: pairs,
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  }),
  sub: subtraction("sub"),
  subtract: subtraction("subtract"),
  rsub: elementwise("rsub(self: Operand, other: Operand, *, alpha: number = null)", {
    doc: "Subtracts self, times alpha, from other.",
    formula: ({ self, other, alpha }) => sub(other!, alpha ? mul(alpha, self!) : self!),
    slope: { self: ({ alpha }) => (alpha ? neg(alpha) : -1), other: () => 1 },
    gradName: (isTensor) => (isTensor("other") ? "RsubBackward0" : "RsubBackward1"),
    accepts: "number",
    inPlace: false,
    samples: pairs,
  }),
  mul: multiplication("mul"),
  multiply: multiplication("multiply"),
  // What PyTorch's own C++ calls for a product with a plain number, inside other operators.
  _scaled: elementwise("_scaled(self: Tensor, factor: number)", { doc: "Times a number.", formula: ({ self, factor }) => mul(self!, factor!), slope: { self: ({ factor }) => factor! }, gradName: "MulBackward1", in: [], inPlace: false, samples: [[[1, 2], 3]] }),
  div: division("div"),
  divide: division("divide"),
  true_divide: trueDivision("true_divide"),
  neg: negation("neg"),
  negative: negation("negative"),
  pow: elementwise("pow(self: Operand, exponent: Operand)", {
    doc: "Raises each element to a power.",
    formula: ({ self, exponent }) => pow(self!, exponent!),
    slope: {
      self: ({ self, exponent }) => where(eq(exponent!, 0), 0, mul(exponent!, pow(self!, sub(exponent!, 1)))),
      exponent: ({ self, exponent, result }) => where(and(eq(self!, 0), ge(exponent!, 0)), 0, mul(result!, log(self!))),
    },
    gradName: (isTensor) => (isTensor("exponent") ? (isTensor("self") ? "PowBackward1" : "PowBackward2") : "PowBackward0"),
    refuses: ({ exponent }, common) => (common.category === "int" && typeof exponent !== "object" && Number(exponent) < 0 ? ["whole numbers have no whole negative powers.", "Convert first, for example with .float()."] : null),
    samples: [[[1, 2, 3], 2], [[0.5, 2, 3], -1.5], [[1.5, 2], [2, 0.5]]],
  }),
  remainder: elementwise("remainder(self: Operand, other: Operand)", {
    doc: "Rest of the division, with the divisor's sign (Python's %).",
    formula: ({ self, other }) => remainder(self!, other!),
    slope: { self: () => 1, other: ({ self, other }) => neg(floorDivide(self!, other!)) },
    gradName: (isTensor) => (isTensor("other") ? "RemainderBackward1" : "RemainderBackward0"),
    refuses: wholeZero,
    samples: [[[5.5, -5.5, 3.2], 2], [[5.5, -5.5], [1.7, 2.3]]],
  }),
  fmod: elementwise("fmod(self: Operand, other: Operand)", {
    doc: "Rest of the division, with the dividend's sign (C's fmod).",
    formula: ({ self, other }) => fmod(self!, other!),
    slope: { self: () => 1, other: ({ self, other }) => neg(trunc(div(self!, other!))) },
    gradName: (isTensor) => (isTensor("other") ? "FmodBackward1" : "FmodBackward0"),
    refuses: wholeZero,
    samples: [[[5.5, -5.5, 3.2], 2], [[5.5, -5.5], [1.7, 2.3]]],
  }),
  floor_divide: elementwise("floor_divide(self: Operand, other: Operand)", {
    doc: "Quotient rounded down.",
    formula: ({ self, other }) => floorDivide(self!, other!),
    refuses: wholeZero,
    samples: [[[7, -7, 8], 2]],
  }),
  square: elementwise("square(self: Tensor)", {
    doc: "Each element times itself.",
    formula: ({ self }) => mul(self!, self!),
    slope: { self: ({ self }) => mul(2, self!) },
    gradName: "PowBackward0",
    samples: [[[1, -2, 0.5]]],
  }),
  positive: composite<{ self: Tensor }>("positive(self: Tensor)", {
    doc: "The tensor itself.",
    compose: (_, { self }, kit) => {
      if (self.dtype === kit.dtype.bool) throw kit.fault("RuntimeError", "positive: expected numbers, found bool.", "Convert first, for example with .float().")
      return self
    },
    samples: [[[1, -2]]],
  }),
}

function subtraction(name: string) {
  return elementwise(`${name}(self: Operand, other: Operand, *, alpha: number = null)`, {
    doc: "Subtracts other, times alpha, element by element.",
    formula: ({ self, other, alpha }) => sub(self!, alpha ? mul(alpha, other!) : other!),
    slope: { self: () => 1, other: ({ alpha }) => (alpha ? neg(alpha) : -1) },
    gradName: "SubBackward0",
    accepts: "number",
    refuses: wholeAlpha,
    samples: pairs,
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  })
}

function multiplication(name: string) {
  return elementwise(`${name}(self: Operand, other: Operand)`, {
    doc: "Multiplies element by element.",
    formula: ({ self, other }) => mul(self!, other!),
    slope: { self: ({ other }) => other!, other: ({ self }) => self! },
    gradName: "MulBackward0",
    samples: pairs,
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  })
}

function trueDivision(name: string) {
  return elementwise(`${name}(self: Operand, other: Operand)`, {
    doc: "Divides element by element; whole numbers give fractions.",
    formula: ({ self, other }) => div(self!, other!),
    slope: { self: ({ other }) => div(1, other!), other: ({ self, other }) => neg(div(div(self!, other!), other!)) },
    gradName: "DivBackward0",
    result: "float",
    samples: pairs.map(([a, b]) => [a, b.map((x) => x || 1)]),
    rejects: [{ args: [[1, 2, 3], [1, 2]], throws: "RuntimeError" }],
  })
}

/** True division, or with rounding_mode a quotient rounded towards 0 (trunc) or down (floor), which passes no gradient. */
function division(name: string) {
  return overloaded(
    trueDivision(name),
    elementwise(`${name}(self: Operand, other: Operand, *, rounding_mode: string)`, {
      doc: "Divides element by element and rounds towards zero (trunc) or down (floor).",
      formula: ({ self, other }, { rounding_mode }, fault) => {
        if (rounding_mode === "floor") return floorDivide(self!, other!)
        if (rounding_mode === "trunc") return trunc(div(self!, other!))
        throw fault("RuntimeError", `${name}: expected "trunc" or "floor" for rounding_mode, found "${String(rounding_mode)}".`, "Leave it out for a quotient that is not rounded.")
      },
      slope: { self: () => constant(0), other: () => constant(0) },
      gradName: "DivBackward2",
      refuses: wholeZero,
      samples: [[[7.5, -7.5], 2, { rounding_mode: "floor" }], [[7.5, -7.5], [2, 2.2], { rounding_mode: "trunc" }]],
    }),
    composite<{ self: Tensor; other: Tensor }>(`${name}(self: Operand, other: Operand, *, rounding_mode: string = null)`, { doc: "Divides element by element.", compose: (t, { self, other }) => t.true_divide(self, other), samples: [[[7, 5], 2]] }),
  )
}

function negation(name: string) {
  return elementwise(`${name}(self: Tensor)`, { doc: "Changes the sign.", formula: ({ self }) => neg(self!), slope: { self: () => -1 }, gradName: "NegBackward0", accepts: "number", samples: [[[1, -2, 0]]] })
}

