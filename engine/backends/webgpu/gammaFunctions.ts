// The gamma function's family and the inverse error function in WGSL, from their series; apart from functions.ts, which
// holds what nearly every shader uses. Accurate to a few units of float32's last place, away from their poles.
import type { OwnFunction, Source } from "./functions.ts"

export type GammaFunction = "sinPi" | "lgammaNear" | "lgammaAbove" | "lgammaOf" | "digammaAbove" | "digammaOf" | "zetaAbove" | "polygammaOf" | "erfinvOf"

const source = (text: string, ...needs: readonly OwnFunction[]): Source => ({ source: text, needs })

/** Of ln Γ(2 + t): 1 − γ, then (−1)ᵏ (ζ(k) − 1) / k. */
const nearTwo = [0.422784335, 0.322467033, -0.0673523011, 0.0205808084, -0.00738555103, 0.00289051033, -0.00119275391, 0.000509669525, -0.000223154758, 9.94575128e-5, -4.49262367e-5, 2.05072128e-5]
const horner = (coefficients: readonly number[], x: string): string => coefficients.reduceRight((inner, one) => (inner === "" ? String(one) : `${one} + ${x} * (${inner})`), "")

export const gammaFunctions: Readonly<Record<GammaFunction, Source>> = {
  // Exact zeros at whole numbers: the distance to the nearest is taken first.
  sinPi: source("fn sinPi(x: f32) -> f32 { let near = round(x); let sine = sineAt(3.14159274 * (x - near), 0); return select(sine, -sine, fract(near * 0.5) != 0.0); }", "sineAt"),
  lgammaNear: source(`fn lgammaNear(t: f32) -> f32 { return t * (${horner(nearTwo, "t")}); }`),
  // From 0.5 on: the series around 2, reached by Γ(x + 1) = x Γ(x), and Stirling's beyond 8.
  lgammaAbove: source(`fn lgammaAbove(x: f32) -> f32 {
  if (isinfOf(x)) { return x; }
  if (x < 1.5) { return lgammaNear(x - 1.0) - log1pOf(x - 1.0); }
  if (x < 8.0) {
    var z = x;
    var factor = 1.0;
    while (z > 2.5) { z -= 1.0; factor *= z; }
    return lgammaNear(z - 2.0) + log(factor);
  }
  let q = 1.0 / (x * x);
  let size = log(x);
  return x * (size - 1.0) - 0.5 * size + 0.918938533 + (0.0833333333 - q * (0.00277777778 - q * 0.000793650794)) / x;
}`, "lgammaNear", "log1pOf", "logOf", "isnanOf", "isinfOf"),
  lgammaOf: source(`fn lgammaOf(x: f32) -> f32 {
  if (isnanOf(x)) { return x; }
  if (isinfOf(x) || (x <= 0.0 && x == floor(x))) { return bitcast<f32>(plan[3]); }
  if (x >= 0.5) { return lgammaAbove(x); }
  return log(3.14159274 / abs(sinPi(x))) - lgammaAbove(1.0 - x);
}`, "lgammaAbove", "lgammaNear", "log1pOf", "logOf", "sinPi", "sineAt", "isnanOf", "isinfOf"),
  digammaAbove: source(`fn digammaAbove(x: f32) -> f32 {
  var z = x;
  var shift = 0.0;
  while (z < 8.0) { shift += 1.0 / z; z += 1.0; }
  let q = 1.0 / (z * z);
  return log(z) - 0.5 / z - q * (0.0833333333 - q * (0.00833333333 - q * 0.00396825397)) - shift;
}`),
  digammaOf: source(`fn digammaOf(x: f32) -> f32 {
  if (isnanOf(x)) { return x; }
  if (x == 0.0) { return select(-bitcast<f32>(plan[3]), bitcast<f32>(plan[3]), signbitOf(x)); }
  if (isinfOf(x)) { return select(x, bitcast<f32>(plan[3] | 1u), x < 0.0); }
  if (x > 0.0) { return digammaAbove(x); }
  if (x == floor(x)) { return bitcast<f32>(plan[3] | 1u); }
  let near = 3.14159274 * (x - round(x));
  return digammaAbove(1.0 - x) - 3.14159274 * sineAt(near, 1) / sineAt(near, 0);
}`, "digammaAbove", "sineAt", "isnanOf", "isinfOf", "signbitOf"),
  // Hurwitz' zeta: terms up to 8, Euler and Maclaurin's formula beyond.
  zetaAbove: source(`fn zetaAbove(s: f32, x: f32) -> f32 {
  var z = x;
  var total = 0.0;
  for (var k = 0; k < 4096 && z < 8.0; k++) { total += 1.0 / powOf(z, s); z += 1.0; }
  if (isinfOf(z)) { return 0.0; }
  let last = 1.0 / powOf(z, s);
  let q = 1.0 / (z * z);
  let first = s / z;
  let third = first * (s + 1.0) * (s + 2.0) * q;
  return total + last * (z / (s - 1.0) + 0.5 + first / 12.0 - third / 720.0 + third * (s + 3.0) * (s + 4.0) * q / 30240.0);
}`, "powOf", "isnanOf", "isinfOf"),
  polygammaOf: source(`fn polygammaOf(n: f32, x: f32) -> f32 {
  if (n == 0.0) { return digammaOf(x); }
  if (isnanOf(x)) { return x; }
  // At a pole below 0 the sine is that of a float32, as PyTorch's is.
  if (n == 1.0 && x < 0.5) { let sine = select(sinPi(x), sineAt(3.14159274 * x, 0), x < 0.0 && x == floor(x)) / 3.14159274; return 1.0 / (sine * sine) - zetaAbove(2.0, 1.0 - x); }
  if (x <= 0.0 && x == floor(x)) { return bitcast<f32>(plan[3]) * select(-1.0, 1.0, fract(n * 0.5) != 0.0); }
  if (x < -4000.0) { return bitcast<f32>(plan[3] | 1u); }
  var factorial = 1.0;
  for (var k = 2.0; k <= n; k += 1.0) { factorial *= k; }
  return select(-1.0, 1.0, fract(n * 0.5) != 0.0) * factorial * zetaAbove(n + 1.0, x);
}`, "digammaOf", "digammaAbove", "zetaAbove", "powOf", "sinPi", "sineAt", "isnanOf", "isinfOf", "signbitOf"),
  // Winitzki's estimate, then Halley's step twice; beyond one half with the distance to 1, which loses nothing.
  erfinvOf: source(`fn erfinvOf(x: f32) -> f32 {
  let size = abs(x);
  if (isnanOf(x) || size > 1.0) { return bitcast<f32>(plan[3] | 1u); }
  if (size == 1.0) { return copysignOf(bitcast<f32>(plan[3]), x); }
  if (size < 1e-3) { return x * (0.886226925 + 0.232013666 * x * x); }
  let logs = log((1.0 - size) * (1.0 + size));
  let middle = 4.33074675 + 0.5 * logs;
  var w = sqrt(sqrt(middle * middle - logs / 0.147) - middle);
  for (var k = 0; k < 2; k++) {
    let gap = select(erfOf(w) - size, (1.0 - size) - erfcOf(w), size > 0.5);
    let slope = gap / (1.12837917 * exp(-w * w));
    w -= slope / (1.0 + w * slope);
  }
  return copysignOf(w, x);
}`, "erfOf", "erfcOf", "erfTail", "isnanOf", "copysignOf"),
}
