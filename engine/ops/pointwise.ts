// Functions of one number, element by element: exponentials, roots, circles, rounding.
import { elementwise, type ElementwiseEntry, type Names, type Namespace, type ResultKind, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Expr, Term } from "./expr.ts"
import type { Family } from "./family.ts"

const { add, sub, mul, div, neg, where } = e
const general: readonly Sample[] = [[[-1.3, -0.4, 0.3, 0.9, 2.1]], [[[0.5, -0.25], [1.5, -2]]]]
const positive: readonly Sample[] = [[[0.2, 0.7, 1.3, 2.5]]]
const uneven: readonly Sample[] = [[[-1.3, -0.4, 0.3, 0.9, 2.1]], [[[0.7, -0.2], [1.6, -2.4]]]]
const within: readonly Sample[] = [[[-0.9, -0.3, 0.2, 0.75]]]

const everywhere: readonly Namespace[] = ["torch", "Tensor", "functional"]

interface More {
  readonly result?: ResultKind
  readonly gradName?: string
  readonly samples?: readonly Sample[]
  readonly accepts?: ElementwiseEntry["accepts"]
  readonly in?: readonly Namespace[]
}

/** `formula(x)` with slope written in `x` (the input) and `y` (the result). */
function one(name: string, doc: string, formula: (x: Expr) => Term, slope: ((x: Expr, y: Expr) => Term) | null, more: More = {}): ElementwiseEntry {
  return elementwise(`${name}(self: Tensor)`, {
    doc,
    formula: ({ self }) => asExpr(formula(self!)),
    ...(slope ? { slope: { self: ({ self, result }: Names) => slope(self!, result!) } } : {}),
    result: more.result ?? "float",
    samples: more.samples ?? general,
    ...(more.gradName ? { gradName: more.gradName } : {}),
    ...(more.accepts ? { accepts: more.accepts } : {}),
    ...(more.in ? { in: more.in, inPlace: more.in.includes("Tensor") } : {}),
  })
}

const asExpr = (term: Term): Expr => (typeof term === "number" ? e.constant(term) : term)
const flat = (): Term => 0

export const pointwise: Family<
  | "exp" | "exp2" | "expm1" | "log" | "log2" | "log10" | "log1p" | "sqrt" | "rsqrt" | "reciprocal"
  | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh" | "atan2"
  | "arcsin" | "arccos" | "arctan" | "arcsinh" | "arccosh" | "arctanh" | "arctan2"
  | "erf" | "erfc" | "erfinv" | "lgamma" | "digamma" | "polygamma" | "i0" | "i1" | "sigmoid" | "logit"
  | "abs" | "absolute" | "sign" | "sgn" | "floor" | "ceil" | "trunc" | "fix" | "round" | "frac" | "deg2rad" | "rad2deg"
> = {
  exp: one("exp", "e to the power of each element.", e.exp, (_, y) => y),
  exp2: one("exp2", "2 to the power of each element.", e.exp2, (_, y) => mul(y, Math.LN2)),
  expm1: one("expm1", "exp(x) − 1, exact near 0.", e.expm1, (_, y) => add(y, 1)),
  log: one("log", "Natural logarithm.", e.log, (x) => div(1, x), { samples: positive }),
  log2: one("log2", "Logarithm to base 2.", e.log2, (x) => div(1, mul(x, Math.LN2)), { samples: positive }),
  log10: one("log10", "Logarithm to base 10.", e.log10, (x) => div(1, mul(x, Math.LN10)), { samples: positive }),
  log1p: one("log1p", "log(1 + x), exact near 0.", e.log1p, (x) => div(1, add(x, 1)), { samples: positive }),
  sqrt: one("sqrt", "Square root.", e.sqrt, (_, y) => div(1, mul(2, y)), { samples: positive }),
  rsqrt: one("rsqrt", "1 divided by the square root.", e.rsqrt, (_, y) => mul(-0.5, mul(y, mul(y, y))), { samples: positive }),
  reciprocal: one("reciprocal", "1 divided by each element.", e.reciprocal, (_, y) => neg(mul(y, y))),

  sin: one("sin", "Sine of an angle in radians.", e.sin, (x) => e.cos(x)),
  cos: one("cos", "Cosine of an angle in radians.", e.cos, (x) => neg(e.sin(x))),
  tan: one("tan", "Tangent of an angle in radians.", e.tan, (_, y) => add(1, mul(y, y))),
  ...inverse("asin", "arcsin", "Angle in radians whose sine this is.", e.asin, (x) => e.rsqrt(sub(1, mul(x, x))), within),
  ...inverse("acos", "arccos", "Angle in radians whose cosine this is.", e.acos, (x) => neg(e.rsqrt(sub(1, mul(x, x)))), within),
  ...inverse("atan", "arctan", "Angle in radians whose tangent this is.", e.atan, (x) => div(1, add(1, mul(x, x))), general),
  sinh: one("sinh", "Hyperbolic sine.", e.sinh, (x) => e.cosh(x)),
  cosh: one("cosh", "Hyperbolic cosine.", e.cosh, (x) => e.sinh(x)),
  tanh: one("tanh", "Squashes each element into (−1, 1).", e.tanh, (_, y) => sub(1, mul(y, y)), { in: everywhere }),
  ...inverse("asinh", "arcsinh", "Inverse of sinh.", e.asinh, (x) => e.rsqrt(add(mul(x, x), 1)), general),
  ...inverse("acosh", "arccosh", "Inverse of cosh.", e.acosh, (x) => e.rsqrt(sub(mul(x, x), 1)), [[[1.2, 2, 3.5]]]),
  ...inverse("atanh", "arctanh", "Inverse of tanh.", e.atanh, (x) => div(1, sub(1, mul(x, x))), within),
  atan2: quotientAngle("atan2"),
  arctan2: quotientAngle("arctan2"),

  erf: one("erf", "Error function.", e.erf, (x) => mul(2 / Math.sqrt(Math.PI), e.exp(neg(mul(x, x))))),
  erfc: one("erfc", "1 − erf(x).", e.erfc, (x) => mul(-2 / Math.sqrt(Math.PI), e.exp(neg(mul(x, x))))),
  erfinv: one("erfinv", "Inverse of erf.", e.erfinv, (_, y) => mul(Math.sqrt(Math.PI) / 2, e.exp(mul(y, y))), { samples: within }),
  lgamma: one("lgamma", "Logarithm of the gamma function.", e.lgamma, (x) => e.digamma(x), { samples: positive }),
  digamma: one("digamma", "Derivative of lgamma.", e.digamma, (x) => e.polygamma(1, x), { samples: positive }),
  polygamma: elementwise("polygamma(n: number, self: Tensor)", {
    doc: "The n-th derivative of digamma.",
    formula: ({ n, self }) => e.polygamma(n!, self!),
    slope: { self: ({ n, self }) => e.polygamma(add(n!, 1), self!) },
    result: "float",
    in: ["torch"],
    inPlace: false,
    samples: [[0, [0.7, 2.5]], [1, [0.7, -1.5]], [2, [0.7, 2.5]]],
  }),
  i0: one("i0", "Modified Bessel function of the first kind, order 0.", e.i0, (x) => e.i1(x)),
  i1: one("i1", "Modified Bessel function of the first kind, order 1.", e.i1, (x, y) => where(e.eq(x, 0), 0.5, sub(e.i0(x), div(y, x))), { in: [] }),
  sigmoid: one("sigmoid", "Squashes each element into (0, 1).", e.sigmoid, (_, y) => mul(y, sub(1, y)), { in: everywhere }),
  logit: elementwise("logit(self: Tensor, eps: number = null)", {
    doc: "log(x / (1 − x)), the inverse of sigmoid; eps keeps x within [eps, 1 − eps].",
    formula: ({ self, eps }) => {
      const x = eps ? e.minimum(e.maximum(self!, eps), sub(1, eps)) : self!
      return e.log(div(x, sub(1, x)))
    },
    slope: {
      self: ({ self, eps }) => {
        const slope = div(1, mul(self!, sub(1, self!)))
        const beyond = (least: Term, most: Term) => e.or(e.lt(self!, least), e.gt(self!, most))
        return eps ? where(beyond(eps, sub(1, eps)), 0, slope) : where(beyond(0, 1), NaN, where(e.eq(self!, 0), Infinity, slope))
      },
    },
    result: "float",
    samples: [[[0.2, 0.5, 0.9]], [[0.01, 0.5], 0.1]],
  }),

  ...twice("abs", "absolute", "Absolute value.", e.abs, (x) => e.sign(x), "AbsBackward0", [[[-1.5, 2, 0.5]]]),
  sign: one("sign", "−1, 0 or 1.", e.sign, flat, { result: "promote" }),
  sgn: one("sgn", "−1, 0 or 1.", e.sign, flat, { result: "promote" }),
  floor: one("floor", "Rounds down.", e.floor, flat, { result: "promote", accepts: "number", samples: uneven }),
  ceil: one("ceil", "Rounds up.", e.ceil, flat, { result: "promote", accepts: "number", samples: uneven }),
  ...twice("trunc", "fix", "Rounds towards zero.", e.trunc, flat, "TruncBackward0", uneven),
  round: elementwise("round(self: Tensor, *, decimals: number = null)", {
    doc: "Rounds to the nearest whole number (or decimal place), halves to even.",
    formula: ({ self, decimals }) => (decimals ? div(e.round(mul(self!, e.pow(10, decimals))), e.pow(10, decimals)) : e.round(self!)),
    slope: { self: flat },
    gradName: (_, given) => (given("decimals") ? "RoundBackward1" : "RoundBackward0"),
    accepts: "number",
    samples: uneven,
  }),
  frac: one("frac", "What remains after rounding towards zero.", (x) => sub(x, e.trunc(x)), () => 1, { result: "promote", accepts: "float", samples: uneven }),
  deg2rad: one("deg2rad", "Degrees to radians.", (x) => mul(x, Math.PI / 180), () => Math.PI / 180),
  rad2deg: one("rad2deg", "Radians to degrees.", (x) => mul(x, 180 / Math.PI), () => 180 / Math.PI),
}

function inverse<A extends string, B extends string>(name: A, alias: B, doc: string, formula: (x: Expr) => Term, slope: (x: Expr, y: Expr) => Term, samples: readonly Sample[]) {
  const gradName = `${name.charAt(0).toUpperCase()}${name.slice(1)}Backward0`
  const both = { [name]: one(name, doc, formula, slope, { samples, gradName }), [alias]: one(alias, doc, formula, slope, { samples, gradName }) }
  return both as { readonly [K in A | B]: ElementwiseEntry }
}

function twice<A extends string, B extends string>(name: A, alias: B, doc: string, formula: (x: Expr) => Term, slope: (x: Expr, y: Expr) => Term, gradName: string, samples: readonly Sample[]) {
  const both = { [name]: one(name, doc, formula, slope, { samples, gradName, result: "promote", accepts: "number" }), [alias]: one(alias, doc, formula, slope, { samples, gradName, result: "promote", accepts: "number" }) }
  return both as { readonly [K in A | B]: ElementwiseEntry }
}

function quotientAngle(name: string) {
  return elementwise(`${name}(self: Tensor, other: Tensor)`, {
    doc: "Angle in radians of the point (other, self), in all four quadrants.",
    formula: ({ self, other }) => e.atan2(self!, other!),
    slope: {
      self: ({ self, other }) => div(other!, add(mul(self!, self!), mul(other!, other!))),
      other: ({ self, other }) => neg(div(self!, add(mul(self!, self!), mul(other!, other!)))),
    },
    gradName: "Atan2Backward0",
    result: "float",
    samples: [[[1, -2, 0.5], [0.3, 1.5, -2]]],
    rejects: [{ args: [[1, 2], [1, 2, 3]], throws: "RuntimeError" }],
  })
}

