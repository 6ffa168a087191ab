// Rows of a table looked up by number: embeddings, bags of them, and one-hot rows.
import type { Functions } from "../autograd/methods.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { composite, structural, type Kit } from "./entry.ts"
import type { Family } from "./family.ts"

interface Lookup {
  readonly self: Tensor
  readonly weight: Tensor
  readonly padding_idx: number | null
  readonly max_norm: number | null
  readonly norm_type: number
  readonly scale_grad_by_freq: boolean
}

interface Bags extends Lookup {
  readonly offsets: Tensor | null
  readonly mode: string
  readonly per_sample_weights: Tensor | null
  readonly include_last_offset: boolean
}

interface Bagged {
  readonly weight: Tensor
  readonly indices: Tensor
  /** The bag of each index. */
  readonly bags: Tensor
  readonly per_sample_weights: Tensor | null
  readonly mode: string
  readonly count: number
}

const shapeText = (one: Tensor): string => `[${one.sizes.join(", ")}]`

/** Checks what is looked up, and brings rows that are too long to max_norm, in place as PyTorch does. */
function checkLookup(kit: Kit, what: string, { self, weight, max_norm, norm_type }: Lookup): void {
  if (self.dtype.name !== "int64" && self.dtype.name !== "int32") throw kit.fault("RuntimeError", `${what}: expected indices of type int64 or int32, found ${self.dtype.name}.`, "Write bigints (torch.tensor([0n, 2n])), or convert with .long().")
  if (weight.ndim !== 2) throw kit.fault("RuntimeError", `${what}: expected a weight of 2 dimensions [rows, elements], found shape ${shapeText(weight)}.`, "The indices come first, the weight second.")
  const rows = weight.sizes[0]!
  const numbers = kit.numbers(self)
  const wrong = numbers.find((one) => !(one >= 0 && one < rows))
  if (wrong !== undefined) throw kit.fault("IndexError", `${what}: the index ${wrong} is out of range: the weight has ${rows} rows.`, `Use indices from 0 to ${rows - 1}, or a table with more rows.`)
  if (max_norm === null) return
  for (const index of new Set(numbers)) {
    const row = weight.detach().select(0, index)
    const length = row.norm(norm_type).item() as unknown as number
    if (length > max_norm) row.mul_(max_norm / (length + 1e-7))
  }
}

/** The row that passes no gradient, counted from 0; −1 for none. */
function paddingOf(kit: Kit, what: string, padding: number | null, weight: Tensor): number {
  if (padding === null) return -1
  const rows = weight.sizes[0]!
  if (padding < -rows || padding >= rows) throw kit.fault("AssertionError", `${what}: padding_idx ${padding} is out of range: the weight has ${rows} rows.`, "Leave padding_idx out, or choose a row.")
  return padding < 0 ? padding + rows : padding
}

const table = [[1, 2], [3, 4], [5, 6]] as const

export const embedding: Family<"embedding" | "_embedding" | "embedding_bag" | "one_hot", "_embedding_bag"> = {
  embedding: composite<Lookup>("embedding(self: Tensor, weight: Tensor, padding_idx: number = null, max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false, sparse: boolean = false)", {
    doc: "The rows of weight that the indices name; gradients flow to these rows.",
    compose: (t, args, kit) => {
      checkLookup(kit, "embedding", args)
      return t._embedding(args.self, args.weight, paddingOf(kit, "embedding", args.padding_idx, args.weight), args.scale_grad_by_freq)
    },
    in: ["functional"],
    samples: [[[[0n, 2n]], table]],
    rejects: [{ args: [[3n], table], throws: "IndexError" }, { args: [[0, 1], table], throws: "RuntimeError" }],
  }),
  _embedding: structural<{ self: Tensor; weight: Tensor; padding: number; byFrequency: boolean }>("embedding(self: Tensor, weight: Tensor, padding: number, byFrequency: boolean)", {
    doc: "The rows of weight that the indices name.",
    forward: (_, { self, weight }) => weight.index_select(0, self.reshape([-1]).long()).reshape([...self.sizes, weight.sizes[1]!]),
    saves: ["self"],
    backward: ([g], { self, weight, padding, byFrequency }, _, t) => {
      const flat = self.reshape([-1]).long()
      const rows = g!.reshape([-1, weight.sizes[1]!])
      const counted = padding < 0 ? rows : rows.masked_fill(flat.eq(padding).unsqueeze(1), 0)
      const shared = byFrequency ? counted.div(t.bincount(flat).index_select(0, flat).unsqueeze(1)) : counted
      return { weight: g!.new_zeros(weight.sizes).index_add(0, flat, shared) }
    },
    in: [],
    samples: [[[[0n, 2n, 0n]], table, -1, false]],
    formulaText: "y[i] = weight[index[i]]",
  }),
  embedding_bag: composite<Bags>('embedding_bag(self: Tensor, weight: Tensor, offsets: Tensor = null, max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false, mode: string = "mean", sparse: boolean = false, per_sample_weights: Tensor = null, include_last_offset: boolean = false, padding_idx: number = null)', {
    doc: "Sum, mean or maximum of the rows that each bag of indices names.",
    compose: (t, args, kit) => bagged(t, kit, args),
    in: ["functional"],
    samples: [[[[0n, 2n], [1n, 1n]], table], [[0n, 2n, 1n], table, [0n, 1n], { mode: "sum" }], [[[0n, 2n], [1n, 1n]], table, { mode: "max" }]],
    rejects: [{ args: [[[0, 1]], table], throws: "RuntimeError" }, { args: [[0n, 1n], table], throws: "ValueError" }],
  }),
  _embedding_bag: structural<Bagged>("embedding_bag(weight: Tensor, indices: Tensor, bags: Tensor, per_sample_weights: Tensor | null, mode: string, count: number) -> ValuesIndices", {
    doc: "Sum, mean or maximum of the rows of each bag.",
    forward: (kit, args) => {
      const { weight, indices, count, mode } = args
      const sizes = [count, weight.sizes[1]!]
      const rows = weight.index_select(0, indices)
      if (mode !== "max") return [kit.zeros(sizes, weight.dtype).index_add(0, args.bags, shares(kit.t, args, rows)), kit.zeros(sizes, kit.dtype.int64)]
      const values = kit.zeros(sizes, weight.dtype)
      const places = kit.full(sizes, -1, kit.dtype.int64)
      kit.kernel("bagMaximum", [rows, indices, args.bags], [values, places], {})
      return [values, places]
    },
    outputs: ["values", "indices"],
    saves: ["weight", "indices", "bags", "per_sample_weights"],
    savesResults: [1],
    backward: ([g], args, [, places], t, needs) => {
      const { weight, indices, bags, mode } = args
      const zero = g!.new_zeros(weight.sizes)
      if (mode === "max") return { weight: zero.scatter_add(0, places!.clamp_min(0), g!.masked_fill(places!.lt(0), 0)) }
      const rows = g!.index_select(0, bags)
      return {
        weight: zero.index_add(0, indices, shares(t, args, rows)),
        per_sample_weights: needs("per_sample_weights") ? rows.mul(weight.index_select(0, indices)).sum(1) : null,
      }
    },
    in: [],
    samples: [[table, [0n, 2n, 1n], [0n, 0n, 1n], [0.5, 2, -1], "sum", 2], [table, [0n, 2n, 1n], [0n, 0n, 1n], null, "mean", 2]],
  }),
  one_hot: composite<{ self: Tensor; num_classes: number }>("one_hot(self: Tensor, num_classes: number = -1)", {
    doc: "For each class number a row of zeros with a 1 at the class.",
    compose: (_, { self, num_classes }, kit) => {
      if (self.dtype.name !== "int64") throw kit.fault("RuntimeError", `one_hot: expected class numbers of type int64, found ${self.dtype.name}.`, "Write bigints (torch.tensor([0n, 2n])), or convert with .long().")
      const numbers = kit.numbers(self)
      if (numbers.length === 0 && num_classes <= 0) throw kit.fault("RuntimeError", "one_hot: the number of classes cannot be seen from an empty tensor.", "Give num_classes.")
      if (numbers.some((one) => one < 0)) throw kit.fault("RuntimeError", `one_hot: expected class numbers from 0, found ${numbers.find((one) => one < 0)}.`, "Shift the numbers.")
      const classes = num_classes === -1 ? numbers.reduce((most, one) => Math.max(most, one), -1) + 1 : num_classes
      if (num_classes !== -1 && num_classes < 1) throw kit.fault("RuntimeError", `one_hot: expected at least 1 class, found ${num_classes}.`, "Leave num_classes out.")
      const wrong = numbers.find((one) => one >= classes)
      if (wrong !== undefined) throw kit.fault("RuntimeError", `one_hot: the class ${wrong} is out of range for ${classes} classes.`, `Give num_classes of at least ${wrong + 1}.`)
      return kit.zeros([...self.sizes, classes], kit.dtype.int64).scatter_(-1, self.unsqueeze(-1), 1)
    },
    in: ["functional"],
    samples: [[[0n, 2n]], [[[0n], [1n]], 3]],
    rejects: [{ args: [[0.5, 1]], throws: "RuntimeError" }, { args: [[0n, 3n], 2], throws: "RuntimeError" }],
  }),
}

/** What each index adds to its bag (or takes of its bag's gradient): weighted for a sum, divided by the bag's size for a mean. */
function shares(t: Functions, { bags, per_sample_weights, mode, count }: Bagged, rows: Tensor): Tensor {
  if (mode === "mean") return rows.div(t.bincount(bags, { minlength: count }).clamp_min(1).index_select(0, bags).unsqueeze(1).to(rows.dtype))
  return per_sample_weights ? rows.mul(per_sample_weights.reshape([-1, 1])) : rows
}

function bagged(t: Functions, kit: Kit, args: Bags): Tensor {
  const { self, weight, offsets, mode, per_sample_weights, include_last_offset } = args
  if (per_sample_weights && per_sample_weights.sizes.join() !== self.sizes.join()) throw kit.fault("ValueError", `embedding_bag: expected per_sample_weights of shape ${shapeText(self)} like the indices, found ${shapeText(per_sample_weights)}.`, "Give one weight an index.")
  if (self.ndim !== 1 && self.ndim !== 2) throw kit.fault("ValueError", `embedding_bag: expected indices with 1 or 2 dimensions, found shape ${shapeText(self)}.`, "Each row is a bag; or give offsets for a flat list.")
  if (self.ndim === 2 && offsets) throw kit.fault("ValueError", "embedding_bag: rows of indices are bags already, found offsets as well.", "Leave offsets out.")
  if (self.ndim === 1 && !offsets) throw kit.fault("ValueError", "embedding_bag: a flat list of indices needs offsets, where each bag begins.", "Pass offsets, or give the indices as rows.")
  if (self.ndim === 1 && offsets!.ndim !== 1) throw kit.fault("ValueError", `embedding_bag: expected offsets with 1 dimension, found shape ${shapeText(offsets!)}.`, "Give where each bag begins.")
  if (!["sum", "mean", "max"].includes(mode)) throw kit.fault("ValueError", `embedding_bag: "${mode}" is not a mode.`, 'Use "sum", "mean" or "max".')
  if (mode === "max" && args.scale_grad_by_freq) throw kit.fault("ValueError", "embedding_bag: a maximum cannot be scaled by frequency.", "Leave scale_grad_by_freq out.")
  if (mode !== "sum" && per_sample_weights) throw kit.fault("NotImplementedError", `embedding_bag: per_sample_weights belong to mode "sum", found "${mode}".`, 'Use mode "sum".')
  checkLookup(kit, "embedding_bag", args)
  const padding = paddingOf(kit, "embedding_bag", args.padding_idx, weight)
  const begins = self.ndim === 2 ? Array.from({ length: self.sizes[0]! }, (_, row) => row * self.sizes[1]!) : kit.numbers(offsets!)
  if (self.ndim === 1 && include_last_offset) begins.pop()
  const all = kit.numbers(self)
  if (begins.length && (begins[0] !== 0 || begins.some((one, i) => one > (begins[i + 1] ?? all.length)))) throw kit.fault("RuntimeError", `embedding_bag: expected offsets that begin at 0 and rise up to ${all.length}, found [${begins.join(", ")}].`, "Give where each bag begins.")
  const bagOf: number[] = []
  begins.forEach((from, bag) => {
    for (let i = from; i < (begins[bag + 1] ?? all.length); i++) bagOf.push(bag)
  })
  const used = all.map((_, i) => i).filter((i) => all[i] !== padding)
  const whole = (list: readonly number[]): Tensor => kit.fromNumbers(list, [list.length], kit.dtype.int64)
  const weights = per_sample_weights && (used.length === all.length ? per_sample_weights.reshape([-1]) : per_sample_weights.reshape([-1]).index_select(0, whole(used)))
  return t._embedding_bag(weight, whole(used.map((i) => all[i]!)), whole(used.map((i) => bagOf[i]!)), weights, mode, begins.length)[0]
}
