// torch.special's own functions: entropy, the normal distribution, scaled Bessel and error functions. What it only calls
// by another name stands in pointwise.ts.
import { composite, elementwise, type ElementwiseEntry, type Namespace, type Sample } from "./entry.ts"
import * as e from "./expr.ts"
import type { Expr, Term } from "./expr.ts"
import type { Family } from "./family.ts"
import type { Tensor } from "../tensor/tensor.ts"

const { add, sub, mul, div, neg, where, exp, log } = e
const special: readonly Namespace[] = ["special"]
const general: readonly Sample[] = [[[-1.3, -0.4, 0.3, 0.9, 2.1]]]
const rootTau = Math.sqrt(2 * Math.PI)

/** `formula(x)` with its slope in `x` and the result `y`. */
function one(name: string, gradName: string, doc: string, formula: (x: Expr) => Expr, slope: (x: Expr, y: Expr) => Term, samples = general): ElementwiseEntry {
  return elementwise(`special_${name}(self: Tensor)`, { doc, formula: ({ self }) => formula(self!), slope: { self: ({ self, result }) => slope(self!, result!) }, result: "float", gradName: `Special${gradName}Backward0`, in: special, inPlace: false, samples })
}

const scaledBessel = (order: (x: Term) => Expr) => (x: Expr): Expr => mul(exp(neg(e.abs(x))), order(x))
/** Above 25 the product of e^(x²) and erfc(x) leaves the range of numbers; its series is exact there. */
const scaledErfc = (x: Expr): Expr => where(e.gt(x, 25), div(sub(1, div(0.5, mul(x, x))), mul(Math.sqrt(Math.PI), x)), mul(exp(mul(x, x)), e.erfc(x)))

export const specialFunctions: Family<"special_entr" | "special_i0e" | "special_i1e" | "special_erfcx" | "special_log_ndtr" | "special_ndtri" | "special_ndtr" | "special_multigammaln"> = {
  special_entr: one("entr", "Entr", "−x · log x: what each share adds to an entropy; 0 at 0, −inf below.", (x) => where(e.gt(x, 0), neg(mul(x, log(x))), where(e.eq(x, 0), 0, where(e.lt(x, 0), -Infinity, x))), (x) => neg(add(1, log(x))), [[[0.2, 0.7, 1.3]]]),
  special_i0e: one("i0e", "I0E", "e^−|x| times the Bessel function i0.", scaledBessel(e.i0), (x, y) => sub(scaledBessel(e.i1)(x), mul(e.sign(x), y))),
  special_i1e: one("i1e", "I1E", "e^−|x| times the Bessel function i1.", scaledBessel(e.i1), (x, y) => where(e.eq(x, 0), 0.5, sub(scaledBessel(e.i0)(x), mul(y, add(e.sign(x), div(1, x)))))),
  special_erfcx: one("erfcx", "Erfcx", "e^(x²) · erfc(x).", scaledErfc, (x, y) => sub(mul(mul(2, x), y), 2 / Math.sqrt(Math.PI))),
  special_log_ndtr: one("log_ndtr", "LogNdtr", "Logarithm of the share of a normal distribution that lies below x.", (x) => where(e.lt(x, -1), sub(log(mul(0.5, scaledErfc(mul(x, -Math.SQRT1_2)))), mul(0.5, mul(x, x))), e.log1p(mul(-0.5, e.erfc(mul(x, Math.SQRT1_2))))), (x, y) => div(exp(sub(mul(-0.5, mul(x, x)), y)), rootTau)),
  special_ndtri: one("ndtri", "Ndtri", "The x below which a share p of a normal distribution lies.", (x) => mul(Math.SQRT2, e.erfinv(sub(mul(2, x), 1))), (_, y) => mul(rootTau, exp(mul(0.5, mul(y, y)))), [[[0.2, 0.5, 0.9]]]),
  special_ndtr: composite<{ self: Tensor }>("special_ndtr(self: Tensor)", {
    doc: "The share of a normal distribution that lies below x.",
    samples: general,
    compose: (t, { self }) => t._mul_scalar(t._add_scalar(t.erf(t._mul_scalar(self.is_floating_point() ? self : self.float(), Math.SQRT1_2)), 1), 0.5),
    in: special,
  }),
  special_multigammaln: composite<{ self: Tensor; p: number }>("special_multigammaln(self: Tensor, p: number)", { doc: "Logarithm of the gamma function of p dimensions.", samples: [[[3.5, 4.2], 2]], compose: (t, { self, p }) => t.mvlgamma(self, p), in: special }),
}
