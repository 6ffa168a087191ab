// Exponential, logarithm and hyperbolic tangent on four float32 lanes. Polynomials fitted by us (least relative error
// on the reduced range, coefficients rounded to float32); errors below are against float64, in units of 1e-7.
import type { LaneCode, Lanes } from "./lanes.ts"

/** (eʳ − 1 − r) / r² on |r| ≤ ½ ln 2. */
const expRest = [0.5, 0.166665122, 0.0416661873, 0.00836959947, 0.00139517116]

/** ln 2 in two parts: the first has few bits, so that n · high is exact. */
const ln2High = 0.693359375
const ln2Low = -2.12194440e-4

/** Added to a number below 2²², it leaves the nearest whole number in the lowest bits. */
const rounding = 12582912
/** Below the first eˣ is no normal number and becomes 0, above the second Infinity. */
const expLeast = -87.3365402
const expMost = 88.7228317

/** eˣ, error below 2: 2ⁿ · e^r, where n goes straight into the exponent's bits. */
export function exp(l: LaneCode, x: Lanes): Lanes {
  const bounded = l.apply("f32x4.pmin", [l.apply("f32x4.pmax", [x, l.constant(expLeast)]), l.constant(expMost)])
  const shifted = l.madd(bounded, l.constant(Math.LOG2E), l.constant(rounding))
  const n = l.sub(shifted, l.constant(rounding))
  const r = l.madd(n, l.constant(-ln2Low), l.madd(n, l.constant(-ln2High), bounded))
  const value = l.add(l.constant(1), l.madd(l.mul(r, r), l.polynomial(r, expRest), r))
  const scaled = l.apply("i32x4.add", [value, l.shift("i32x4.shl", shifted, 23)])
  // A truth that holds, read as a number, is nan: added where x is nan, it brings that back.
  const kept = l.apply("v128.and", [scaled, l.compare("ge", x, l.constant(expLeast))])
  return l.add(l.add(kept, l.apply("v128.and", [l.compare("gt", x, l.constant(expMost)), l.constant(Infinity)])), l.compare("ne", x, x))
}

/** (ln(1 + f) − f + f² / 2) / f³ on √½ − 1 … √2 − 1. */
const logRest = [0.333333105, -0.249999866, 0.200022265, -0.166692495, 0.142186552, -0.123843662, 0.118730091, -0.11789716, 0.0691518709]

/** ln x, error below 1 of the result; −Infinity at 0, NaN below. */
export function log(l: LaneCode, x: Lanes): Lanes {
  const smallest = 1.17549435e-38
  const tiny = l.compare("lt", x, l.constant(smallest))
  const normal = l.select(tiny, l.mul(x, l.constant(8388608)), x)
  // The mantissa between √½ and √2: half of the range is counted to the next power of two.
  const shifted = l.apply("i32x4.sub", [normal, l.whole(0x3f3504f3)])
  const exponent = l.apply("f32x4.convert_i32x4_s", [l.shift("i32x4.shr_s", shifted, 23)])
  const mantissa = l.apply("i32x4.add", [l.apply("v128.and", [shifted, l.whole(0x7fffff)]), l.whole(0x3f3504f3)])
  const e = l.sub(exponent, l.apply("v128.and", [tiny, l.constant(23)]))
  const f = l.sub(mantissa, l.constant(1))
  const square = l.mul(f, f)
  const rest = l.madd(l.mul(square, f), l.polynomial(f, logRest), l.mul(square, l.constant(-0.5)))
  const value = l.madd(e, l.constant(ln2High), l.add(f, l.madd(e, l.constant(ln2Low), rest)))
  const zero = l.constant(0)
  const infinite = l.select(l.compare("eq", x, l.constant(Infinity)), x, value)
  const atZero = l.select(l.compare("eq", x, zero), l.constant(-Infinity), infinite)
  return l.select(l.compare("ge", x, zero), atZero, l.constant(NaN))
}

/** (tanh x − x) / x³ in x², for |x| < 0.625. */
const tanhRest = [-0.333332837, 0.133314908, -0.0537434854, 0.0206505544, -0.00571701163]

/** tanh x, error below 2: a polynomial near 0, where 1 − 2 / (e²ˣ + 1) would cancel. */
export function tanh(l: LaneCode, x: Lanes): Lanes {
  const size = l.apply("f32x4.abs", [x])
  const square = l.mul(x, x)
  const near = l.madd(l.mul(square, x), l.polynomial(square, tanhRest), x)
  const far = l.sub(l.constant(1), l.div(l.constant(2), l.add(exp(l, l.add(size, size)), l.constant(1))))
  return l.select(l.compare("lt", size, l.constant(0.625)), near, l.select(l.whole(-0x80000000), x, far))
}
