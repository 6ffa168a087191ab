// Scalar functions that JavaScript's Math lacks, or where it differs from C and PyTorch.
// Sources: Abramowitz & Stegun 7.1 and 9.8, the continued fraction of erfc (A&S 7.1.14), Lanczos' gamma approximation
// (g = 7), the asymptotic series of the polygamma functions (A&S 6.3.18, 6.4.11), Giles 2010 for erfinv.

/** C's pow: 1 to any power and any base to 0 are 1; −1 to an infinite power is 1. A power of ±½ is a root, as in PyTorch. */
export function pow(x: number, y: number): number {
  if (y === 0.5) return Math.sqrt(x)
  if (y === -0.5) return 1 / Math.sqrt(x)
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1
  return Math.pow(x, y)
}

/** −1, 0 or 1; 0 for NaN, as PyTorch has it. */
export function sign(x: number): number {
  return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0)
}

/** Rounds half to even. */
export function round(x: number): number {
  if (!(Math.abs(x) < 4503599627370496)) return x
  const down = Math.floor(x)
  const rest = x - down
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0)
  const value = up ? down + 1 : down
  return value === 0 && (x < 0 || Object.is(x, -0)) ? -0 : value
}

/** Python's modulo: the result has the divisor's sign. */
export function remainder(x: number, y: number): number {
  const rest = x % y
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest
}

/** Floor of the quotient, exact also where x / y would round up to the next whole number. */
export function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y
  const rest = x % y
  let quotient = (x - rest) / y
  if (rest !== 0 && rest < 0 !== y < 0) quotient -= 1
  if (quotient === 0) return Object.is(x / y, -0) ? -0 : 0
  const floored = Math.floor(quotient)
  return quotient - floored > 0.5 ? floored + 1 : floored
}

export function fmax(x: number, y: number): number {
  return x !== x ? y : y !== y ? x : Math.max(x, y)
}

export function fmin(x: number, y: number): number {
  return x !== x ? y : y !== y ? x : Math.min(x, y)
}

/** True where the sign bit is set, that is also for −0. */
export function signbit(x: number): boolean {
  return x < 0 || Object.is(x, -0)
}

export function copysign(x: number, y: number): number {
  return signbit(x) === signbit(y) ? x : -x
}

export function gcd(x: number, y: number): number {
  let a = Math.abs(x)
  let b = Math.abs(y)
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

export function lcm(x: number, y: number): number {
  const divisor = gcd(x, y)
  return divisor === 0 ? 0 : Math.abs((x / divisor) * y)
}

const small = (x: number): boolean => x >= -2147483648 && x <= 2147483647
const wide = (x: bigint): number => Number(BigInt.asIntN(64, x))

export function bitAnd(x: number, y: number): number {
  return small(x) && small(y) ? x & y : wide(BigInt(x) & BigInt(y))
}

export function bitOr(x: number, y: number): number {
  return small(x) && small(y) ? x | y : wide(BigInt(x) | BigInt(y))
}

export function bitXor(x: number, y: number): number {
  return small(x) && small(y) ? x ^ y : wide(BigInt(x) ^ BigInt(y))
}

export function shiftLeft(x: number, y: number): number {
  return wide(BigInt(x) << BigInt(y))
}

export function shiftRight(x: number, y: number): number {
  return Math.floor(x / 2 ** y)
}

/** Error function: its power series near 0, one minus `erfc` beyond. */
export function erf(x: number): number {
  if (x !== x) return x
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a > 2) return Math.sign(x) * (1 - erfcTail(a))
  // A&S 7.1.6: 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), all terms positive.
  let term = x
  let total = x
  for (let n = 1; n < 100 && Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

export function erfc(x: number): number {
  if (x > 2) return erfcTail(x)
  return 1 - erf(x)
}

/** A&S 7.1.14, evaluated from the inside; x > 2. */
function erfcTail(x: number): number {
  if (x > 27.3) return 0
  let fraction = x
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction)
}

const giles = {
  centre: [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941],
  tail: [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682],
}

/** Inverse of erf: Giles' starting value, then two steps of Newton's method. */
export function erfinv(y: number): number {
  const a = Math.abs(y)
  if (a === 1) return y * Infinity
  if (!(a < 1)) return NaN
  const w = -Math.log((1 - a) * (1 + a))
  const near = w < 5
  const v = near ? w - 2.5 : Math.sqrt(w) - 3
  let x = (near ? giles.centre : giles.tail).reduce((p, c) => p * v + c, 0) * a
  for (let i = 0; i < 2; i++) x -= (1 - a - erfc(x)) * (Math.sqrt(Math.PI) / 2) * Math.exp(x * x)
  return y < 0 ? -x : x
}

const lanczos = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7]

/** Logarithm of the absolute value of the gamma function. */
export function lgamma(x: number): number {
  if (x === Infinity || x === -Infinity) return Infinity
  if (x <= 0 && Number.isInteger(x)) return Infinity
  if (x === 1 || x === 2) return 0
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x)
  const z = x - 1
  let total = lanczos[0]!
  for (let i = 1; i < 9; i++) total += lanczos[i]! / (z + i)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(total)
}

/** Derivative of lgamma. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity
  if (x < 0) return Number.isInteger(x) ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * x)
  let shift = 0
  let z = x
  for (; z < 10; z++) shift -= 1 / z
  const q = 1 / (z * z)
  return shift + Math.log(z) - 0.5 / z - q * (1 / 12 - q * (1 / 120 - q * (1 / 252 - q * (1 / 240 - q / 132))))
}

/** The n-th derivative of digamma: (−1)ⁿ⁺¹ n! ζ(n + 1, x). */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x)
  if (n === 1 && x < 0.5) return reflectedTrigamma(x)
  if (!(x > -1e6)) return NaN
  let factorial = 1
  for (let k = 2; k <= n; k++) factorial *= k
  return (n % 2 === 1 ? 1 : -1) * factorial * zeta(n + 1, x)
}

/** A&S 6.4.7. At a pole below 0 the sine is that of a float32, so that the value is as large as PyTorch's and not infinite. */
function reflectedTrigamma(x: number): number {
  const sine = Number.isInteger(x) && x < 0 ? Math.sin(Math.fround(Math.fround(Math.PI) * x)) : Math.sin(Math.PI * x)
  return (Math.PI / sine) ** 2 - zeta(2, 1 - x)
}

/** B₂ₖ / (2k)! for k from 1: the weights of the Euler–Maclaurin formula. */
const eulerMaclaurin = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600]

/** Hurwitz' Σ 1 / (x + k)ˢ over k from 0, for a whole s above 1: terms up to 10, Euler and Maclaurin's formula beyond. */
function zeta(s: number, x: number): number {
  if (x <= 0 && Number.isInteger(x)) return Infinity
  let total = 0
  let z = x
  for (; z < 10; z++) total += z ** -s
  total += z ** (1 - s) / (s - 1) + z ** -s / 2
  let power = z ** (-s - 1) * s
  eulerMaclaurin.forEach((weight, k) => {
    total += weight * power
    power *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / (z * z)
  })
  return total
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
export function i0(x: number): number {
  return besselSeries(x, 0)
}

/** The same of order 1, the derivative of i0. */
export function i1(x: number): number {
  return besselSeries(x, 1) * (x / 2)
}

function besselSeries(x: number, order: number): number {
  // PyTorch's asymptotic form is ∞ / ∞ there.
  if (!Number.isFinite(x)) return NaN
  const quarter = (x * x) / 4
  let term = 1
  let total = 1
  for (let k = 1; k < 500 && term > 1e-17 * total; k++) {
    term *= quarter / (k * (k + order))
    total += term
  }
  return total
}
