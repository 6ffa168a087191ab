// What WGSL lacks, or leaves to each machine: written in WGSL once, put into the shaders that use it.
// Machines may assume that nothing is infinite or missing, so those are told apart by their bits.

export type OwnFunction =
  | "powOf" | "logOf" | "expm1Of" | "log1pOf" | "squareOf" | "tanhOf" | "remainderOf" | "maximumOf" | "minimumOf" | "fmaxOf" | "fminOf" | "copysignOf"
  | "isnanOf" | "isinfOf" | "signbitOf" | "sineAt" | "sinOf" | "cosOf" | "tanOf"

interface Source {
  readonly needs: readonly OwnFunction[]
  readonly source: string
}

const source = (text: string, ...needs: readonly OwnFunction[]): Source => ({ source: text, needs })

export const ownFunctions: Readonly<Record<OwnFunction, Source>> = {
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
  log1pOf: source("fn log1pOf(x: f32) -> f32 { let u = 1.0 + x; if (u == 1.0 || isinfOf(x)) { return x; } return logOf(u) * (x / (u - 1.0)); }", "logOf", "isinfOf"),
  expm1Of: source(`fn expm1Of(x: f32) -> f32 {
  if (abs(x) < 0.35) { return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.001388889 + x * 0.0001984127)))))); }
  return exp(x) - 1.0;
}`),
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
