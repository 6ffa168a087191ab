// Rounding to the half precisions, which lie in Float32Arrays.

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** Nearest IEEE binary16 value, ties to even; beyond 65504 infinite. */
export function roundFloat16(x: number): number {
  const value = Math.fround(x)
  const a = Math.abs(value)
  if (!(a > 0) || a === Infinity) return value
  if (a >= 65520) return value > 0 ? Infinity : -Infinity
  // Below 2^-14 the spacing is constant, above it follows the exponent (10 bits of fraction).
  const exponent = Math.max(Math.floor(Math.log2(a)), -14)
  const spacing = 2 ** (exponent - 10)
  const scaled = a / spacing
  const down = Math.floor(scaled)
  const rest = scaled - down
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down
  return Math.sign(value) * rounded * spacing
}

/** Nearest bfloat16 value: the upper half of a float32, ties to even. */
export function roundBfloat16(x: number): number {
  float[0] = x
  if (float[0] !== float[0]) return NaN
  const b = bits[0]!
  bits[0] = ((b + 0x7fff + ((b >>> 16) & 1)) & 0xffff0000) >>> 0
  return float[0]!
}
