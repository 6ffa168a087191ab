// What WGSL lacks, or leaves to each machine: written in WGSL once, put into the shaders that use it.
// Machines may assume that nothing is infinite or missing, so those are told apart by their bits.

import { gammaFunctions, type GammaFunction } from "./gammaFunctions.ts"

export type OwnFunction =
  | "powOf" | "logOf" | "expm1Of" | "log1pOf" | "squareOf" | "tanhOf" | "remainderOf" | "maximumOf" | "minimumOf" | "fmaxOf" | "fminOf" | "copysignOf"
  | "isnanOf" | "isinfOf" | "signbitOf" | "sineAt" | "sinOf" | "cosOf" | "tanOf" | "expOf" | "asinOf" | "acosOf" | "atanOf" | "atan2Of" | "sinhOf" | "asinhOf" | "acoshOf" | "atanhOf"
  | "erfTail" | "erfOf" | "erfcOf" | GammaFunction

export interface Source {
  readonly needs: readonly OwnFunction[]
  readonly source: string
}

const source = (text: string, ...needs: readonly OwnFunction[]): Source => ({ source: text, needs })

export const ownFunctions: Readonly<Record<OwnFunction, Source>> = {
  ...gammaFunctions,
  isnanOf: source("fn isnanOf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }"),
  isinfOf: source("fn isinfOf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }"),
  signbitOf: source("fn signbitOf(x: f32) -> bool { return (bitcast<u32>(x) >> 31u) == 1u; }"),
  copysignOf: source("fn copysignOf(x: f32, y: f32) -> f32 { return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u)); }"),
  squareOf: source("fn squareOf(x: f32) -> f32 { return x * x; }"),
  // A number that is not there wins in maximum and minimum, and loses in fmax and fmin.
  maximumOf: source("fn maximumOf(x: f32, y: f32) -> f32 { if (isnanOf(x)) { return x; } if (isnanOf(y)) { return y; } return max(x, y); }", "isnanOf"),
  minimumOf: source("fn minimumOf(x: f32, y: f32) -> f32 { if (isnanOf(x)) { return x; } if (isnanOf(y)) { return y; } return min(x, y); }", "isnanOf"),
  fmaxOf: source("fn fmaxOf(x: f32, y: f32) -> f32 { if (isnanOf(x)) { return y; } if (isnanOf(y)) { return x; } return max(x, y); }", "isnanOf"),
  fminOf: source("fn fminOf(x: f32, y: f32) -> f32 { if (isnanOf(x)) { return y; } if (isnanOf(y)) { return x; } return min(x, y); }", "isnanOf"),
  remainderOf: source("fn remainderOf(x: f32, y: f32) -> f32 { let rest = x % y; return select(rest, rest + y, rest != 0.0 && (rest < 0.0) != (y < 0.0)); }"),
  // The logarithm of 0 and of what is negative is left open by WGSL.
  logOf: source(`fn logOf(x: f32) -> f32 {
  if (isnanOf(x) || x < 0.0) { return bitcast<f32>(plan[3] | 1u); }
  if (x == 0.0) { return -bitcast<f32>(plan[3]); }
  if (isinfOf(x)) { return x; }
  return log(x);
}`, "isnanOf", "isinfOf"),
  // Kahan: the error of 1 + x is divided out again.
  log1pOf: source("fn log1pOf(x: f32) -> f32 { let u = 1.0 + x; if (u == 1.0 || (isinfOf(x) && x > 0.0)) { return x; } return logOf(u) * (x / (u - 1.0)); }", "logOf", "isinfOf"),
  // Some machines take a number that is not there for a small one.
  expOf: source("fn expOf(x: f32) -> f32 { if (isnanOf(x)) { return x; } return exp(x); }", "isnanOf"),
  expm1Of: source(`fn expm1Of(x: f32) -> f32 {
  if (abs(x) < 0.35) { return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.001388889 + x * 0.0001984127)))))); }
  return expOf(x) - 1.0;
}`, "expOf", "isnanOf"),
  sinhOf: source(`fn sinhOf(x: f32) -> f32 {
  let size = abs(x);
  if (size > 80.0) { return copysignOf(exp(size - 0.6931472), x); }
  let e = expm1Of(size);
  return copysignOf(0.5 * (e + e / (e + 1.0)), x);
}`, "expm1Of", "expOf", "isnanOf", "copysignOf"),
  asinhOf: source("fn asinhOf(x: f32) -> f32 { let size = abs(x); if (size > 1e10) { return copysignOf(logOf(size) + 0.6931472, x); } return copysignOf(log1pOf(size + size * size / (1.0 + sqrt(1.0 + size * size))), x); }", "logOf", "log1pOf", "copysignOf", "isnanOf", "isinfOf"),
  acoshOf: source("fn acoshOf(x: f32) -> f32 { if (x < 1.0) { return bitcast<f32>(plan[3] | 1u); } if (x > 1e10) { return logOf(x) + 0.6931472; } let t = x - 1.0; return log1pOf(t + sqrt(2.0 * t + t * t)); }", "logOf", "log1pOf", "isnanOf", "isinfOf"),
  atanhOf: source("fn atanhOf(x: f32) -> f32 { let size = abs(x); return copysignOf(0.5 * log1pOf(2.0 * size / (1.0 - size)), x); }", "log1pOf", "logOf", "copysignOf", "isnanOf", "isinfOf"),
  // Polynomials fitted by us, error below 1e-8 of the result; WGSL promises three digits of its own.
  asinOf: source(`fn asinOf(x: f32) -> f32 {
  let size = abs(x);
  if (size > 1.0) { return bitcast<f32>(plan[3] | 1u); }
  let far = size > 0.5;
  let z = select(size * size, 0.5 * (1.0 - size), far);
  let r = select(size, sqrt(z), far);
  let near = r + r * z * (0.166667536 + z * (0.0749524161 + z * (0.045477096 + z * (0.0241476111 + z * 0.0422185473))));
  return copysignOf(select(near, 1.57079637 - 2.0 * near, far), x);
}`, "copysignOf"),
  acosOf: source(`fn acosOf(x: f32) -> f32 {
  if (x > 0.5) { return 2.0 * asinOf(sqrt(0.5 * (1.0 - x))); }
  if (x < -0.5) { return 3.14159274 - 2.0 * asinOf(sqrt(0.5 * (1.0 + x))); }
  return 1.57079637 - asinOf(x);
}`, "asinOf", "copysignOf"),
  atanOf: source(`fn atanOf(x: f32) -> f32 {
  if (isnanOf(x)) { return x; }
  let size = abs(x);
  var r = size;
  var base = 0.0;
  if (size > 2.41421366) { r = -1.0 / size; base = 1.57079637; }
  else if (size > 0.414213568) { r = (size - 1.0) / (size + 1.0); base = 0.785398185; }
  let z = r * r;
  return copysignOf(base + (r + r * z * (-0.333333164 + z * (0.199984893 + z * (-0.142438486 + z * (0.105959982 - z * 0.0608344562))))), x);
}`, "isnanOf", "copysignOf"),
  atan2Of: source(`fn atan2Of(y: f32, x: f32) -> f32 {
  if (isnanOf(x)) { return x; }
  if (isnanOf(y)) { return y; }
  let up = abs(y);
  let along = abs(x);
  var angle = 0.0;
  if (isinfOf(x) && isinfOf(y)) { angle = 0.785398185; }
  else if (up > along) { angle = 1.57079637 - atanOf(along / up); }
  else if (along > 0.0) { angle = atanOf(up / along); }
  return copysignOf(select(angle, 3.14159274 - angle, signbitOf(x)), y);
}`, "atanOf", "isnanOf", "isinfOf", "signbitOf", "copysignOf"),
  erfTail: source(`fn erfTail(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * x);
  let q = 2.6073194e-6 + t * (0.282011688 + t * (0.2832537 + t * (0.23753947 + t * (0.223626137 + t * (-0.0750822946 + t * (0.34662348 + t * (-0.543543577 + t * (0.308092475 - t * 0.0624569207))))))));
  return q * exp(-min(x * x, 104.0));
}`),
  erfOf: source(`fn erfOf(x: f32) -> f32 {
  if (isnanOf(x)) { return x; }
  let size = abs(x);
  if (size < 1.0) { let z = x * x; return x * (1.12837911 + z * (-0.37612626 + z * (0.112836003 + z * (-0.0268544443 + z * (0.00518953521 + z * (-0.000802084105 + z * 7.8891193e-5)))))); }
  return copysignOf(1.0 - erfTail(min(size, 10.0)), x);
}`, "isnanOf", "copysignOf", "erfTail"),
  erfcOf: source("fn erfcOf(x: f32) -> f32 { if (x < 1.0) { return 1.0 - erfOf(x); } if (isnanOf(x)) { return x; } return select(erfTail(min(x, 10.2)), 0.0, x > 10.2); }", "erfOf", "erfTail", "isnanOf", "copysignOf"),
  // A polynomial near 0, where the quotient would cancel; the quotient written so that nothing becomes infinite.
  tanhOf: source(`fn tanhOf(x: f32) -> f32 {
  let size = abs(x);
  if (size < 0.625) { let z = x * x; return x + x * z * (-0.333332837 + z * (0.133314908 + z * (-0.0537434854 + z * (0.0206505544 - z * 0.00571701163)))); }
  if (isnanOf(x)) { return x; }
  return copysignOf(1.0 - 2.0 / (exp(2.0 * min(size, 20.0)) + 1.0), x);
}`, "isnanOf", "copysignOf"),
  // The sine of x plus so many right angles. WGSL promises only three digits of its own sin and cos, so: the nearest
  // multiple of π / 2 is taken off in three parts, and polynomials serve the rest.
  sineAt: source(`fn sineAt(x: f32, turns: i32) -> f32 {
  let k = round(x * 0.63661977);
  let r = ((x - k * 1.5703125) - k * 0.0004825592041015625) - k * 1.2675908e-6;
  let z = r * r;
  let sine = r + r * z * (-0.166666672 + z * (0.00833332911 + z * (-0.000198392561 + z * 2.71756403e-6)));
  let cosine = 1.0 - 0.5 * z + z * z * (0.0416666679 + z * (-0.00138888834 + z * (2.47994358e-5 - z * 2.72033049e-7)));
  let quarter = (i32(k) + turns) & 3;
  let size = select(sine, cosine, (quarter & 1) == 1);
  return select(size, -size, quarter >= 2);
}`),
  sinOf: source("fn sinOf(x: f32) -> f32 { return sineAt(x, 0); }", "sineAt"),
  cosOf: source("fn cosOf(x: f32) -> f32 { return sineAt(x, 1); }", "sineAt"),
  tanOf: source("fn tanOf(x: f32) -> f32 { return sineAt(x, 0) / sineAt(x, 1); }", "sineAt"),
  // Small whole powers by multiplication, exact as far as it goes; WGSL's pow knows no negative base.
  powOf: source(`fn powOf(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (isnanOf(x) || isnanOf(y)) { return bitcast<f32>(plan[3] | 1u); }
  if (y == 0.5) { return sqrt(x); }
  if (y == -0.5) { return 1.0 / sqrt(x); }
  if (y == floor(y) && abs(y) <= 8.0) {
    var value = 1.0;
    for (var k = 0.0; k < abs(y); k += 1.0) { value *= x; }
    return select(value, 1.0 / value, y < 0.0);
  }
  if (x == 0.0) { return select(0.0, bitcast<f32>(plan[3]), y < 0.0); }
  let size = pow(abs(x), y);
  if (x > 0.0) { return size; }
  if (y != floor(y)) { return bitcast<f32>(plan[3] | 1u); }
  return select(size, -size, fract(y * 0.5) != 0.0);
}`, "isnanOf"),
}
