// Random tensors and draws into a tensor. How numbers are drawn stands in tensor/distributions.ts; these entries say
// what is drawn, in PyTorch's order, so that a seed gives PyTorch's numbers.
import type { DType } from "../backends/dtype.ts"
import type { Generator } from "../tensor/random.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { checkSizes, leaf, type Asked } from "./creation.ts"
import { composite, overloaded, structural, type Entry, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

const generated = "generator: Generator = null"
const asked = `dtype: dtype = null, layout: Layout = null, device: Device = null, requires_grad: boolean = false, pin_memory: boolean = false, ${generated}`

interface Drawn extends Asked {
  readonly generator: Generator | null
}
interface Sized extends Drawn {
  readonly size: readonly number[]
}
interface Into {
  readonly self: Tensor
  readonly generator: Generator | null
}

type Draws = Parameters<Kit["drawn"]>[0]

/** New random numbers in a given size. */
const sized = (name: string, what: Draws, doc: string): Entry =>
  structural<Sized>(`${name}(...size: Shape, *, ${asked})`, {
    doc,
    forward: (kit, args) => {
      checkSizes(kit, name, args.size)
      return leaf(kit, kit.drawn(what, args.size, args.dtype ?? kit.defaultDtype, args.generator), args)
    },
    in: ["torch"],
  })

/** New random numbers in the shape and type of another tensor. */
const like = (name: string, what: Draws, doc: string): Entry =>
  structural<Drawn & { self: Tensor }>(`${name}(self: Tensor, *, ${asked})`, {
    doc,
    forward: (kit, args) => leaf(kit, kit.drawn(what, args.self.sizes, args.dtype ?? args.self.dtype, args.generator), args),
    in: ["torch"],
  })

interface Ranged {
  readonly low: number
  readonly high: number
}

const wholeIn = (kit: Kit, name: string, sizes: readonly number[], dtype: DType, { low, high, generator }: Ranged & { generator: Generator | null }): Tensor => {
  if (!(low < high)) throw kit.fault("RuntimeError", `${name}: expected a lowest number below the end, found ${low} and ${high}.`, "The end is not included: randint(0, 2, …) draws 0 and 1.")
  return kit.drawn("integers", sizes, dtype, generator, low, high)
}

const randint = (parameters: string): Entry =>
  structural<Sized & Ranged>(`randint(${parameters}, size: Shape, *, ${asked})`, {
    doc: "Whole random numbers from low (0) up to high, not included.",
    forward: (kit, args) => {
      checkSizes(kit, "randint", args.size)
      return leaf(kit, wholeIn(kit, "randint", args.size, args.dtype ?? kit.dtype.int64, { ...args, low: args.low ?? 0 }), args)
    },
    in: ["torch"],
  })

const randintLike = (parameters: string): Entry =>
  structural<Drawn & Ranged & { self: Tensor }>(`randint_like(self: Tensor, ${parameters}, *, ${asked})`, {
    doc: "Whole random numbers in the shape and type of another tensor.",
    forward: (kit, args) => leaf(kit, wholeIn(kit, "randint_like", args.self.sizes, args.dtype ?? args.self.dtype, { ...args, low: args.low ?? 0 }), args),
    in: ["torch"],
  })

/** What is drawn for: the tensor's shape in the order in which its memory lies, and its type. */
interface Place {
  readonly sizes: readonly number[]
  readonly dtype: DType
  readonly dense: boolean
}

/** Fills the tensor itself: a method with an underscore. Throws for parameters that make no distribution. */
function into<A>(signature: string, doc: string, draw: (kit: Kit, place: Place, args: A & Into) => Tensor): Entry {
  return composite<A & Into>(signature, {
    doc,
    compose(_, args, kit) {
      const { self } = args
      if (kit.dense(self) === self) return self.copy_(draw(kit, { sizes: self.sizes, dtype: self.dtype, dense: true }, args))
      // PyTorch walks a transposed tensor as its memory lies.
      const order = self.sizes.map((_size, d) => d).sort((a, b) => self.strides[b]! - self.strides[a]! || a - b)
      const drawn = draw(kit, { sizes: order.map((d) => self.sizes[d]!), dtype: self.dtype, dense: false }, args)
      return self.copy_(drawn.permute(self.sizes.map((_size, d) => order.indexOf(d))))
    },
    in: ["Tensor"],
  })
}

function must(kit: Kit, name: string, holds: boolean, expected: string, found: number): void {
  if (!holds) throw kit.fault("RuntimeError", `${name}: expected ${expected}, found ${found}.`, "Check the numbers of the distribution.")
}

const isChance = (p: number): boolean => p >= 0 && p <= 1

/** 0 or 1 for each element of a tensor of chances, as bits of its type. */
function chances(kit: Kit, p: Tensor, sizes: readonly number[], dtype: DType, given: Generator | null): Tensor {
  const from = kit.generator(given)
  const wide = p.dtype.name === "float64"
  const values = kit.numbers(kit.t.expand(p, sizes)).map((chance) => {
    must(kit, "bernoulli", isChance(chance), "chances from 0 to 1", chance)
    return (wide ? from.uniform64() : from.uniform32()) < chance ? 1 : 0
  })
  return kit.fromNumbers(values, sizes, dtype)
}

/** One row of weights: positions drawn by their weights, with replacement. */
function withReplacement(from: Generator, weights: readonly number[], count: number): number[] {
  let total = 0
  const upTo = weights.map((weight) => (total += weight))
  return Array.from({ length: count }, () => {
    const u = from.uniform64()
    const at = upTo.findIndex((sum) => sum / total >= u)
    return at < 0 ? weights.length - 1 : at
  })
}

/** Without replacement: the largest of weight / exponential number, which is how PyTorch draws since 1.7. */
function withoutReplacement(from: Generator, weights: readonly number[], count: number): number[] {
  const rank = weights.map((weight) => Math.fround(weight / Math.fround(-Math.log1p(-from.uniform64()))))
  return rank.map((_, i) => i).sort((a, b) => rank[b]! - rank[a]!).slice(0, count)
}

export const random: Family<
  | "rand" | "randn" | "rand_like" | "randn_like" | "randint" | "randint_like" | "randperm" | "bernoulli" | "multinomial" | "normal" | "poisson"
  | "uniform_" | "normal_" | "random_" | "bernoulli_" | "exponential_" | "geometric_" | "cauchy_" | "log_normal_"
> = {
  rand: sized("rand", "uniform", "Uniform random numbers from 0 to 1, 1 not included."),
  randn: sized("randn", "normal", "Random numbers of the standard normal distribution."),
  rand_like: like("rand_like", "uniform", "Uniform random numbers in the shape and type of another tensor."),
  randn_like: like("randn_like", "normal", "Standard normal random numbers in the shape and type of another tensor."),
  randint: overloaded(randint("low: number, high: number"), randint("high: number")),
  randint_like: overloaded(randintLike("low: number, high: number"), randintLike("high: number")),
  randperm: structural<Drawn & { n: number }>(`randperm(n: number, *, ${asked})`, {
    doc: "The numbers 0 to n − 1 in a random order.",
    forward: (kit, args) => {
      must(kit, "randperm", args.n >= 0, "a number of at least 0", args.n)
      return leaf(kit, kit.drawn("permutation", [args.n], args.dtype ?? kit.dtype.int64, args.generator), args)
    },
    in: ["torch"],
    rejects: [{ args: [-1], throws: "RuntimeError" }],
  }),
  bernoulli: structural<Into & { p: number | null }>(`bernoulli(self: Tensor, p: number = null, *, ${generated})`, {
    doc: "1 with the chance that each element names, else 0.",
    forward: (kit, { self, p, generator }) => (p === null ? chances(kit, self, self.sizes, self.dtype, generator) : kit.drawn("bernoulli", self.sizes, self.dtype, generator, p)),
    backward: ([g], _, __, t) => ({ self: t.zeros_like(g!) }),
    samples: [[[0.3, 0.6, 0.9]]],
    rejects: [{ args: [[2, 3]], throws: "RuntimeError" }],
  }),
  multinomial: structural<Into & { num_samples: number; replacement: boolean }>(`multinomial(self: Tensor, num_samples: number, replacement: boolean = false, *, ${generated})`, {
    doc: "Positions drawn by their weights, from each row.",
    forward: (kit, { self, num_samples: count, replacement, generator }) => {
      const choices = self.sizes[self.ndim - 1] ?? 0
      must(kit, "multinomial", self.ndim === 1 || self.ndim === 2, "weights with 1 or 2 dimensions", self.ndim)
      must(kit, "multinomial", count > 0 && (replacement || count <= choices), replacement ? "at least one draw" : `from 1 to ${choices} draws without replacement`, count)
      const from = kit.generator(generator)
      const weights = kit.numbers(self)
      weights.forEach((weight) => must(kit, "multinomial", weight >= 0 && weight < Infinity, "finite weights of at least 0", weight))
      const rows = self.ndim === 1 ? 1 : self.sizes[0]!
      for (let r = 0; r < rows; r++) {
        const total = weights.slice(r * choices, (r + 1) * choices).reduce((sum, weight) => sum + weight, 0)
        must(kit, "multinomial", total > 0, "weights of which one is above 0", total)
      }
      const drawn = Array.from({ length: rows }, (_, r) => (replacement && count > 1 ? withReplacement : withoutReplacement)(from, weights.slice(r * choices, (r + 1) * choices), count))
      return kit.fromNumbers(drawn.flat(), self.ndim === 1 ? [count] : [rows, count], kit.dtype.int64)
    },
    rejects: [{ args: [[0.5, 0.5], 3], throws: "RuntimeError" }],
  }),
  normal: overloaded(
    structural<Sized & { mean: number; std: number }>(`normal(mean: number, std: number, size: Shape, *, ${asked})`, {
      doc: "Random numbers of a normal distribution with this mean and standard deviation.",
      forward: (kit, args) => {
        must(kit, "normal", args.std >= 0, "a standard deviation of at least 0", args.std)
        return leaf(kit, kit.drawn("normal", args.size, args.dtype ?? kit.defaultDtype, args.generator, args.mean, args.std), args)
      },
      in: ["torch"],
    }),
    structural<{ mean: Tensor | number; std: Tensor | number; generator: Generator | null }>(`normal(mean: Operand, std: Operand = 1, *, ${generated})`, {
      doc: "Random numbers of normal distributions, one for each mean and standard deviation.",
      forward: (kit, { mean, std, generator }) => {
        const given = [mean, std].filter((one) => typeof one === "object")
        const sizes = kit.broadcast("normal", ...given.map((one) => one.sizes))
        return kit.drawn("normal", sizes, given[0]?.dtype ?? kit.defaultDtype, generator).mul_(std).add_(mean)
      },
      in: ["torch"],
    }),
  ),
  poisson: structural<Into>(`poisson(self: Tensor, ${generated})`, {
    doc: "How often something happens that happens on average as often as each element says.",
    forward: (kit, { self, generator }) => {
      const from = kit.generator(generator)
      const counts = kit.numbers(self).map((rate) => {
        must(kit, "poisson", rate >= 0, "rates of at least 0", rate)
        return kit.poisson(from, rate)
      })
      return kit.fromNumbers(counts, self.sizes, self.dtype)
    },
    backward: ([g], _, __, t) => ({ self: t.zeros_like(g!) }),
    samples: [[[0.5, 2, 4]]],
    in: ["torch"],
  }),
  uniform_: into<{ from: number; to: number }>(`uniform_(self: Tensor, from: number = 0, to: number = 1, *, ${generated})`, "Fills the tensor with uniform random numbers.", (kit, self, { from, to, generator }) => {
    must(kit, "uniform_", from <= to, `an end of at least ${from}`, to)
    return kit.drawn("uniform", self.sizes, self.dtype, generator, from, to)
  }),
  normal_: into<{ mean: number; std: number }>(`normal_(self: Tensor, mean: number = 0, std: number = 1, *, ${generated})`, "Fills the tensor with numbers of a normal distribution.", (kit, self, { mean, std, generator }) => {
    must(kit, "normal_", std >= 0, "a standard deviation of at least 0", std)
    return kit.drawn(self.dense ? "normal" : "singleNormal", self.sizes, self.dtype, generator, mean, std)
  }),
  random_: overloaded(
    into<Record<never, never>>(`random_(self: Tensor, *, ${generated})`, "Fills the tensor with whole random numbers, as large as its type holds exactly.", (kit, self, { generator }) => kit.drawn("wholes", self.sizes, self.dtype, generator)),
    into<{ to: number }>(`random_(self: Tensor, to: number, *, ${generated})`, "Fills the tensor with whole random numbers from 0 up to an end.", (kit, self, { to, generator }) => wholeIn(kit, "random_", self.sizes, self.dtype, { low: 0, high: to, generator })),
    into<{ from: number; to: number }>(`random_(self: Tensor, from: number, to: number, *, ${generated})`, "Fills the tensor with whole random numbers of a range.", (kit, self, { from, to, generator }) => wholeIn(kit, "random_", self.sizes, self.dtype, { low: from, high: to, generator })),
  ),
  bernoulli_: into<{ p: number | Tensor }>(`bernoulli_(self: Tensor, p: Operand = 0.5, *, ${generated})`, "Fills the tensor with 1 at a chance, else 0.", (kit, self, { p, generator }) => {
    if (typeof p === "object") return chances(kit, p, self.sizes, self.dtype, generator)
    must(kit, "bernoulli_", isChance(p), "a chance from 0 to 1", p)
    return kit.drawn("bernoulli", self.sizes, self.dtype, generator, p)
  }),
  exponential_: into<{ lambd: number }>(`exponential_(self: Tensor, lambd: number = 1, *, ${generated})`, "Fills the tensor with numbers of an exponential distribution.", (kit, self, { lambd, generator }) => {
    must(kit, "exponential_", lambd > 0, "a rate above 0", lambd)
    return kit.drawn("exponential", self.sizes, self.dtype, generator, lambd)
  }),
  geometric_: into<{ p: number }>(`geometric_(self: Tensor, p: number, *, ${generated})`, "Fills the tensor with how many tries a success took.", (kit, self, { p, generator }) => {
    must(kit, "geometric_", p > 0 && p < 1, "a chance between 0 and 1", p)
    return kit.drawn("geometric", self.sizes, self.dtype, generator, p)
  }),
  cauchy_: into<{ median: number; sigma: number }>(`cauchy_(self: Tensor, median: number = 0, sigma: number = 1, *, ${generated})`, "Fills the tensor with numbers of a Cauchy distribution.", (kit, self, { median, sigma, generator }) => {
    must(kit, "cauchy_", sigma > 0, "a sigma above 0", sigma)
    return kit.drawn("cauchy", self.sizes, self.dtype, generator, median, sigma)
  }),
  log_normal_: into<{ mean: number; std: number }>(`log_normal_(self: Tensor, mean: number = 1, std: number = 2, *, ${generated})`, "Fills the tensor with numbers whose logarithms are normal.", (kit, self, { mean, std, generator }) => {
    must(kit, "log_normal_", std > 0, "a standard deviation above 0", std)
    return kit.drawn("logNormal", self.sizes, self.dtype, generator, mean, std)
  }),
}
