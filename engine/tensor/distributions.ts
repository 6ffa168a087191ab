// How PyTorch's CPU kernels turn the generator's stream into numbers of a distribution. Apart from the generator
// because operators choose among these by name, and each says which draws it takes.
import type { DTypeName, TypedArray } from "../backends/dtype.ts"
import { fillNormal, type Generator } from "./random.ts"

/** Fills `values`, which belong to a tensor of type `dtype`, from the generator. */
type Distribution = (values: TypedArray, from: Generator, dtype: DTypeName, ...parameters: readonly number[]) => void

const { fround } = Math

/** A distribution whose numbers are computed in double precision and then stored, whatever the type. */
const each = (draw: (from: Generator, ...parameters: readonly number[]) => number): Distribution => (values, from, _, ...parameters) => {
  for (let i = 0; i < values.length; i++) values[i] = draw(from, ...parameters)
}

/** Uniform in [0, 1) with as many bits as the type's fraction has. */
function unit(from: Generator, dtype: DTypeName): () => number {
  if (dtype === "float64") return () => from.uniform64()
  if (dtype === "float16") return () => (from.random() & 0x7ff) / 0x800
  if (dtype === "bfloat16") return () => (from.random() & 0xff) / 0x100
  return () => from.uniform32()
}

/** The numbers that `random_()` without bounds chooses from: all whole numbers that the type holds exactly. */
const wholeLimits: Readonly<Record<DTypeName, number>> = {
  bool: 2, uint8: 0x100, int8: 0x80, int16: 0x8000, int32: 0x80000000, int64: 2 ** 63, float16: 0x801, bfloat16: 0x101, float32: 2 ** 24 + 1, float64: 2 ** 53 + 1,
}

export const distributions = {
  /** Uniform in [low, high). */
  uniform: (values, from, dtype, low = 0, high = 1) => {
    const next = unit(from, dtype)
    const plain = low === 0 && high === 1
    const range = dtype === "float64" ? high - low : fround(fround(high) - fround(low))
    // Rounded at each step, as float32 arithmetic does.
    if (plain) for (let i = 0; i < values.length; i++) values[i] = next()
    else if (dtype === "float64") for (let i = 0; i < values.length; i++) values[i] = next() * range + low
    else for (let i = 0; i < values.length; i++) values[i] = fround(next() * range) + fround(low)
  },
  /** Normal with a mean and a standard deviation. */
  normal: (values, from, dtype, mean = 0, std = 1) => fillNormal(values, dtype === "float64", mean, std, from),
  /** The same, one after the other also where there are many: what PyTorch does for a tensor with gaps. */
  singleNormal: each((from, mean = 0, std = 1) => from.normal() * std + mean),
  /** Whole numbers in [low, high). */
  integers: each((from, low = 0, high = 1) => from.integer(low, high)),
  /** Whole numbers from 0 up to the largest that the type holds exactly. */
  wholes: (values, from, dtype) => {
    const limit = wholeLimits[dtype]
    const big = BigInt(limit)
    const wide = dtype === "int64" || dtype === "float64"
    for (let i = 0; i < values.length; i++) values[i] = wide ? Number(from.random64() % big) : from.random() % limit
  },
  /** 1 with a chance, else 0. */
  bernoulli: each((from, chance = 0.5) => (from.uniform64() < chance ? 1 : 0)),
  exponential: each((from, rate = 1) => (-1 / rate) * Math.log1p(-from.uniform64())),
  geometric: each((from, chance = 0.5) => Math.ceil(Math.log(from.uniform64()) / Math.log1p(-chance))),
  cauchy: each((from, median = 0, sigma = 1) => median + sigma * Math.tan(Math.PI * (from.uniform64() - 0.5))),
  logNormal: each((from, mean = 1, std = 2) => Math.exp(from.normal() * std + mean)),
  /** 0, 1, … in a random order (Fisher & Yates). */
  permutation: (values, from) => {
    const count = values.length
    for (let i = 0; i < count; i++) values[i] = i
    for (let i = 0; i < count - 1; i++) {
      const other = i + (from.random() % (count - i))
      const kept = values[i]!
      values[i] = values[other]!
      values[other] = kept
    }
  },
} satisfies Readonly<Record<string, Distribution>>

/** How often something happens that happens `rate` times on average. */
export function poisson(from: Generator, rate: number, lgamma: (x: number) => number): number {
  if (rate === 0) return 0
  return rate < 10 ? fewEvents(from, rate) : manyEvents(from, rate, lgamma)
}

/** Knuth's product of uniform numbers. */
function fewEvents(from: Generator, rate: number): number {
  const end = Math.exp(-rate)
  let count = 0
  for (let product = from.uniform64(); product > end; product *= from.uniform64()) count++
  return count
}

/** Transformed rejection (Hörmann 1993, "The transformed rejection method for generating Poisson random variables"). */
function manyEvents(from: Generator, rate: number, lgamma: (x: number) => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const accepted = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = from.uniform64() - 0.5
    const v = from.uniform64()
    const s = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / s + b) * u + rate + 0.43)
    if (s >= 0.07 && v <= accepted) return k
    if (k < 0 || (s < 0.013 && v > s)) continue
    if (Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (s * s) + b) <= -rate + k * Math.log(rate) - lgamma(k + 1)) return k
  }
}
