// Order and running totals: sort, topk, cumsum and their kin, histograms, searching in sorted values.
import type { DType } from "../backends/dtype.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, overloaded, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"
import { putAlong } from "./reductions.ts"

const matrix = [[3, 1, 2], [0.5, 6, -5]] as const

interface Sorted {
  readonly self: Tensor
  readonly dim: number
  readonly descending: boolean
}

function sorted(kit: Kit, what: string, self: Tensor, dim: number, descending: boolean, count?: number): [Tensor, Tensor] {
  const d = kit.dim(what, dim, self.ndim)
  const most = self.ndim === 0 ? 1 : self.sizes[d]!
  const taken = count ?? most
  if (taken < 0 || taken > most) throw kit.fault("RuntimeError", `${what}: ${taken} elements were asked for, dimension ${d} has ${most}.`, `Ask for 0 to ${most}.`)
  const sizes = self.sizes.map((size, i) => (i === d ? taken : size))
  const values = kit.zeros(sizes, self.dtype)
  const indices = kit.zeros(sizes, kit.dtype.int64)
  kit.kernel("sort", [self], [values, indices], { dim: d, descending, count: taken })
  return [values, indices]
}

function running(name: "cumsum" | "cumprod" | "logcumsumexp", how: "sum" | "product" | "logsumexp", doc: string, saves: "self" | "nothing", backward: (g: Tensor, self: Tensor, result: Tensor, dim: number, t: Kit["t"]) => Tensor) {
  return structural<{ self: Tensor; dim: number; dtype: DType | null }>(`${name}(self: Tensor, dim: number, *, dtype: dtype = null)`, {
    doc,
    forward: (kit, { self, dim, dtype }) => {
      const d = kit.dim(name, dim, self.ndim)
      if (how === "logsumexp" && !self.is_floating_point()) throw kit.fault("RuntimeError", `${name}: expected floating-point numbers, found ${self.dtype.name}.`, "Convert first, for example with .float().")
      const out = kit.zeros(self.sizes, dtype ?? (self.dtype.category === "float" ? self.dtype : kit.dtype.int64))
      kit.kernel("running", [self], [out], { dim: d, how })
      return out
    },
    saves: saves === "self" ? ["self"] : [],
    savesResults: saves === "self" ? [0] : [],
    backward: ([g], { self, dim }, [result], t) => ({ self: self.ndim === 0 ? g! : backward(g!, self, result!, dim, t) }),
    inPlace: name !== "logcumsumexp",
    samples: [[matrix, 1], [matrix, 0]],
  })
}

/** Σ from each place to the end. */
const sumFromHere = (x: Tensor, dim: number): Tensor => x.flip([dim]).cumsum(dim).flip([dim])

function runningExtreme(name: "cummax" | "cummin", doc: string) {
  return structural<{ self: Tensor; dim: number }>(`${name}(self: Tensor, dim: number) -> ValuesIndices`, {
    doc,
    forward: (kit, { self, dim }) => {
      const values = kit.zeros(self.sizes, self.dtype)
      const indices = kit.zeros(self.sizes, kit.dtype.int64)
      kit.kernel("runningExtreme", [self], [values, indices], { dim: kit.dim(name, dim, self.ndim), largest: name === "cummax" })
      return [values, indices]
    },
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim }, [, indices], t) => ({ self: self.ndim === 0 ? g! : t.scatter_add(g!.new_zeros(self.sizes), dim, indices, g!) }),
    samples: [[matrix, 1]],
  })
}

/** Product of the elements up to each place but one, times the gradients there: exact with zeros too. */
function cumulativeProductSlope(g: Tensor, self: Tensor, result: Tensor, dim: number, t: Kit["t"]): Tensor {
  const hasZero = self.eq(0).any().item()
  if (!hasZero) return sumFromHere(g.mul(result), dim).div(self)
  const d = dim < 0 ? dim + self.ndim : dim
  const n = self.sizes[d]!
  const parts = Array.from({ length: n }, (_, i) => {
    const before = i === 0 ? self.narrow(d, 0, 1).mul(0).add(1) : self.narrow(d, 0, i).prod(d, true)
    const after = i === n - 1 ? null : self.narrow(d, i + 1, n - 1 - i).cumprod(d)
    const own = g.narrow(d, i, 1).mul(before)
    return after === null ? own : own.add(g.narrow(d, i + 1, n - 1 - i).mul(after).mul(before).sum(d, true))
  })
  return t.cat(parts, d)
}

export const ordering: Family<
  "cumsum" | "cumprod" | "logcumsumexp" | "argsort" | "msort" | "bincount" | "histc" | "searchsorted" | "bucketize" | "diff" | "trapezoid" | "trapz" | "isin",
  "sort" | "topk" | "cummax" | "cummin",
  "unique" | "unique_consecutive"
> = {
  sort: structural<Sorted>("sort(self: Tensor, dim: number = -1, descending: boolean = false, *, stable: boolean = false) -> ValuesIndices", {
    doc: "Elements in order along a dimension, and where they stood.",
    forward: (kit, { self, dim, descending }) => sorted(kit, "sort", self, dim, descending),
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim }, [, indices], t) => ({ self: putAlong(t, g!, self, dim, true, indices!) }),
    samples: [[matrix], [matrix, 0, true]],
    rejects: [{ args: [[1, 2], 1], throws: "IndexError" }],
  }),
  topk: structural<{ self: Tensor; k: number; dim: number; largest: boolean; sorted: boolean }>("topk(self: Tensor, k: number, dim: number = -1, largest: boolean = true, sorted: boolean = true) -> ValuesIndices", {
    doc: "The k largest (or smallest) elements along a dimension, and where they stood.",
    forward: (kit, { self, k, dim, largest }) => sorted(kit, "topk", self, dim, largest, k),
    outputs: ["values", "indices"],
    savesResults: [1],
    backward: ([g], { self, dim }, [, indices], t) => ({ self: putAlong(t, g!, self, dim, true, indices!) }),
    samples: [[matrix, 2]],
    rejects: [{ args: [[1, 2], 3], throws: "RuntimeError" }],
  }),
  argsort: composite<Sorted>("argsort(self: Tensor, dim: number = -1, descending: boolean = false, *, stable: boolean = false)", { doc: "Where the elements in order stood.", samples: [[[3, 1, 2]]], compose: (_, { self, dim, descending }) => self.detach().sort(dim, descending).indices }),
  msort: composite<{ self: Tensor }>("msort(self: Tensor)", { doc: "Sorted along the first dimension.", compose: (_, { self }) => self.sort(0).values, samples: [[matrix]] }),
  cumsum: running("cumsum", "sum", "Running sum along a dimension.", "nothing", (g, _, __, dim) => sumFromHere(g, dim)),
  cumprod: running("cumprod", "product", "Running product along a dimension.", "self", cumulativeProductSlope),
  logcumsumexp: running("logcumsumexp", "logsumexp", "Running log Σ eˣ along a dimension.", "self", (g, self, result, dim, t) => {
    // Split by sign, so that the sums of exponentials stay in range; the least number stands for log 0, whose slope is no number.
    const least = g.dtype.name === "float64" ? -Number.MAX_VALUE : -3.4028234663852886e38
    const logs = g.abs().log()
    const up = t.where(g.gt(0), logs, least)
    const down = t.where(g.lt(0), logs, least)
    const back = (part: Tensor) => part.sub(result).flip([dim]).logcumsumexp(dim).flip([dim]).add(self).exp()
    return back(up).sub(back(down))
  }),
  cummax: runningExtreme("cummax", "Running maximum along a dimension, and where it stood."),
  cummin: runningExtreme("cummin", "Running minimum along a dimension, and where it stood."),
  bincount: structural<{ self: Tensor; weights: Tensor | null; minlength: number }>("bincount(self: Tensor, weights: Tensor = null, minlength: number = 0)", {
    doc: "How often each whole number from 0 up occurs.",
    forward: (kit, { self, weights, minlength }) => {
      const values = kit.numbers(self)
      if (self.ndim !== 1 || self.dtype.category === "float" || values.some((one) => one < 0)) throw kit.fault("RuntimeError", "bincount: expected one dimension of whole numbers from 0 up.", "Convert with .long(), and flatten.")
      const counts = new Array<number>(Math.max(minlength, ...values.map((one) => one + 1), 0)).fill(0)
      const amounts = weights ? kit.numbers(weights) : null
      values.forEach((one, i) => (counts[one]! += amounts ? amounts[i]! : 1))
      return kit.fromNumbers(counts, [counts.length], weights ? (weights.dtype.name === "float32" ? weights.dtype : kit.dtype.float64) : kit.dtype.int64)
    },
  }),
  histc: structural<{ self: Tensor; bins: number; min: number; max: number }>("histc(self: Tensor, bins: number = 100, min: number = 0, max: number = 0)", {
    doc: "How many elements fall into each of bins equal intervals.",
    rejects: [{ args: [[1n, 2n]], throws: "RuntimeError" }],
    forward: (kit, { self, bins, min, max }) => {
      if (!self.is_floating_point()) throw kit.fault("RuntimeError", `histc: expected floating-point numbers, found ${self.dtype.name}.`, "Convert first, for example with .float(); bincount() counts whole numbers.")
      const values = kit.numbers(self)
      let low = min
      let high = max
      if (low === high && values.length) {
        low = values.reduce((a, b) => Math.min(a, b), Infinity)
        high = values.reduce((a, b) => Math.max(a, b), -Infinity)
      }
      if (low === high) {
        low -= 1
        high += 1
      }
      const counts = new Array<number>(bins).fill(0)
      for (const one of values) if (one >= low && one <= high) counts[Math.min(bins - 1, Math.floor(((one - low) / (high - low)) * bins))]!++
      return kit.fromNumbers(counts, [bins], self.dtype)
    },
  }),
  searchsorted: structural<{ sorted_sequence: Tensor; self: Tensor | number; right: boolean; side: string | null; out_int32: boolean }>("searchsorted(sorted_sequence: Tensor, self: Operand, *, out_int32: boolean = false, right: boolean = false, side: string = null)", {
    doc: "Where each value would be put into a sorted sequence to keep it sorted.",
    forward: (kit, { sorted_sequence, self, right, side, out_int32 }) => {
      const values = typeof self === "object" ? self : kit.full([], Number(self), sorted_sequence.dtype)
      const rows = kit.numbers(sorted_sequence)
      const length = sorted_sequence.sizes[sorted_sequence.ndim - 1]!
      const perRow = sorted_sequence.ndim === 1 ? Infinity : values.sizes[values.ndim - 1]!
      const after = right || side === "right"
      const found = kit.numbers(values).map((value, i) => {
        const base = perRow === Infinity ? 0 : Math.floor(i / perRow) * length
        let from = 0
        let to = length
        while (from < to) {
          const middle = (from + to) >> 1
          const here = rows[base + middle]!
          if (after ? here <= value : here < value) from = middle + 1
          else to = middle
        }
        return from
      })
      return kit.fromNumbers(found, values.sizes, out_int32 ? kit.dtype.int32 : kit.dtype.int64)
    },
    in: ["torch"],
  }),
  bucketize: composite<{ self: Tensor; boundaries: Tensor; right: boolean; out_int32: boolean }>("bucketize(self: Operand, boundaries: Tensor, *, out_int32: boolean = false, right: boolean = false)", {
    doc: "The number of the interval between boundaries in which each value lies.",
    samples: [[[0.5, 2.5], [1, 2, 3]]],
    compose: (t, { self, boundaries, right, out_int32 }) => t.searchsorted(boundaries, self, { right, out_int32 }),
    in: ["torch"],
  }),
  diff: composite<{ self: Tensor; n: number; dim: number; prepend: Tensor | null; append: Tensor | null }>("diff(self: Tensor, n: number = 1, dim: number = -1, prepend: Tensor = null, append: Tensor = null)", {
    doc: "Differences of neighbours along a dimension, n times.",
    compose: (t, { self, n, dim, prepend, append }, kit) => {
      const d = kit.dim("diff", dim, self.ndim)
      if (self.ndim === 0) throw kit.fault("RuntimeError", "diff: expected at least one dimension, found none.", "Use a vector.")
      let made = prepend || append ? t.cat([prepend, self, append].filter((one) => one !== null), d) : self
      for (let i = 0; i < n; i++) {
        const size = made.sizes[d]!
        if (size === 0) break
        const [later, earlier] = [made.narrow(d, 1, size - 1), made.narrow(d, 0, size - 1)]
        made = made.dtype.name === "bool" ? later.logical_xor(earlier) : later.sub(earlier)
      }
      return made
    },
    samples: [[matrix], [matrix, 2, 0]],
  }),
  trapezoid: integral("trapezoid"),
  trapz: integral("trapz"),
  isin: composite<{ elements: Tensor; test_elements: Tensor; invert: boolean }>("isin(elements: Tensor, test_elements: Tensor, *, assume_unique: boolean = false, invert: boolean = false)", {
    doc: "True where an element occurs in the other tensor.",
    samples: [[[1, 2, 3], [2, 5]]],
    compose: (_, { elements, test_elements, invert }) => {
      const found = elements.unsqueeze(-1).eq(test_elements.reshape([-1])).any(-1)
      return invert ? found.logical_not() : found
    },
    in: ["torch"],
  }),
  unique: distinct("unique", "The distinct elements, in order."),
  unique_consecutive: distinct("unique_consecutive", "The elements without those equal to the one before."),
}

function integral(name: string) {
  return composite<{ self: Tensor; x: Tensor | null; dx: number; dim: number }>(`${name}(self: Tensor, x: Tensor = null, *, dx: number = 1, dim: number = -1)`, {
    doc: "Area under a curve by the trapezoidal rule.",
    compose: (t, { self, x, dx, dim }, kit) => {
      const d = kit.dim(name, dim, self.ndim)
      const n = self.sizes[d]!
      const sides = self.narrow(d, 0, n - 1).add(self.narrow(d, 1, n - 1))
      if (!x) return t._scaled(sides.sum(d), dx / 2)
      const widths = x.ndim === 1 ? x.diff().reshape(self.sizes.map((_, i) => (i === d ? n - 1 : 1))) : x.diff(1, d)
      return widths.mul(sides).sum(d).div(2)
    },
    samples: [[[1, 2, 4]]],
  })
}

/** Distinct elements or rows, with the way back and the counts where asked for. */
function distinct(name: "unique" | "unique_consecutive", doc: string) {
  const extra = name === "unique" ? "sorted: boolean = true, " : ""
  return overloaded(
    composite<{ self: Tensor; return_inverse: boolean; return_counts: boolean; dim: number | null }>(`${name}(self: Tensor, ${extra}return_inverse: boolean = false, return_counts: boolean = false, dim: number = null)`, {
      doc,
      samples: [[[3, 3, 1, 3]]],
      compose: (_, { self, return_inverse, return_counts, dim }, kit) => {
        const d = dim === null ? 0 : kit.dim(name, dim, self.ndim)
        const source = dim === null ? self.detach().reshape([-1]) : self.detach()
        const rows = [...source.transpose(0, d).contiguous()].map((row) => kit.numbers(row))
        const places = rows.map((_, i) => i)
        const compare = (i: number, j: number): number => {
          const at = rows[i]!.findIndex((value, k) => value !== rows[j]![k])
          return at < 0 ? 0 : rows[i]![at]! - rows[j]![at]!
        }
        if (name === "unique") places.sort((i, j) => compare(i, j) || i - j)
        const firsts: number[] = []
        const counts: number[] = []
        const inverse = new Array<number>(rows.length)
        places.forEach((place, k) => {
          if (k === 0 || compare(place, places[k - 1]!) !== 0) {
            firsts.push(place)
            counts.push(0)
          }
          counts[counts.length - 1]!++
          inverse[place] = firsts.length - 1
        })
        const made = source.index_select(d, kit.fromNumbers(firsts, [firsts.length], kit.dtype.int64))
        const back = kit.fromNumbers(inverse, dim === null ? self.sizes : [rows.length], kit.dtype.int64)
        const asked = [made, ...(return_inverse ? [back] : []), ...(return_counts ? [kit.fromNumbers(counts, [counts.length], kit.dtype.int64)] : [])]
        return asked.length === 1 ? made : asked
      },
    }),
  )
}
