// Tables of vectors: a row for each index, or the sum, mean or maximum of several rows.
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { empty, F, moduleClass, type Made, type ModuleClass, type Placed } from "./define.ts"
import { Module } from "./module.ts"
import { Parameter } from "./parameter.ts"
import { float, python } from "./pythonText.ts"

interface Table {
  readonly num_embeddings: number
  readonly embedding_dim: number
  padding_idx: number | null
  readonly max_norm: number | null
  readonly norm_type: number
  readonly scale_grad_by_freq: boolean
  readonly sparse: boolean
  readonly mode: string
  readonly include_last_offset: boolean
  readonly weight: Tensor
  readonly _weight: Tensor | null
}

function makeTable(self: Made<Table>, args: Table & Placed): void {
  const { num_embeddings: count, padding_idx: padding } = args
  if (padding !== null) {
    if (padding >= count || padding < -count) throw faults.value(`padding_idx ${padding} does not lie in a table of ${count} rows.`, `Use a number from 0 to ${count - 1}.`)
    self.padding_idx = padding < 0 ? padding + count : padding
  }
  Reflect.deleteProperty(self, "_weight")
  if (args._weight) self.register_parameter("weight", new Parameter(args._weight))
  else {
    self.register_parameter("weight", empty([count, args.embedding_dim], args))
    reset(self)
  }
}

function reset(self: Made<Table>): void {
  const { padding_idx: padding } = self
  untracked(() => {
    self.weight.normal_()
    if (padding !== null) self.weight.select(0, padding).zero_()
  })
}

function text(self: Made<Table>): string {
  const parts = [`${self.num_embeddings}, ${self.embedding_dim}`]
  const padding = self.padding_idx === null ? [] : [`padding_idx=${self.padding_idx}`]
  if (!self.mode) parts.push(...padding)
  if (self.max_norm !== null) parts.push(`max_norm=${float(self.max_norm)}`)
  if (self.norm_type !== 2) parts.push(`norm_type=${python(self.norm_type)}`)
  if (self.scale_grad_by_freq) parts.push("scale_grad_by_freq=True")
  if (self.sparse) parts.push("sparse=True")
  if (self.mode) parts.push(`mode=${self.mode}`, ...padding)
  return parts.join(", ")
}

const rows = "num_embeddings: number, embedding_dim: number"
const norms = "max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false"

const Embedding = moduleClass<Table>(`Embedding(${rows}, padding_idx: number = null, ${norms}, sparse: boolean = false, _weight: Tensor = null, device: Device = null, dtype: dtype = null)`, {
  make: makeTable,
  reset,
  forward: (self, indices) => F["embedding"]!(indices, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse),
  text,
})

const EmbeddingBag = moduleClass<Table>(
  `EmbeddingBag(${rows}, ${norms}, mode: string = "mean", sparse: boolean = false, _weight: Tensor = null, include_last_offset: boolean = false, padding_idx: number = null, device: Device = null, dtype: dtype = null)`,
  {
    make: makeTable,
    reset,
    forward: (self, indices, offsets, weights) =>
      F["embedding_bag"]!(indices, self.weight, {
        offsets: offsets ?? null,
        max_norm: self.max_norm,
        norm_type: self.norm_type,
        scale_grad_by_freq: self.scale_grad_by_freq,
        mode: self.mode,
        sparse: self.sparse,
        per_sample_weights: weights ?? null,
        include_last_offset: self.include_last_offset,
        padding_idx: self.padding_idx,
      }),
    text,
  },
)

const pretrained = parseSignature("from_pretrained(embeddings: Tensor, freeze: boolean = true, padding_idx: number = null, max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false, sparse: boolean = false)")

/** A table from given rows, frozen unless said otherwise. */
function from_pretrained(...args: readonly unknown[]): Module {
  const { embeddings, freeze, ...options } = bind(pretrained, args)
  const weight = embeddings as Tensor
  if (weight.ndim !== 2) throw faults.value(`from_pretrained: expected a matrix, found shape [${weight.sizes.join(", ")}].`, "Pass one row for each index.")
  const made = new Embedding(weight.sizes[0], weight.sizes[1], { ...options, _weight: weight })
  return made.requires_grad_(!freeze)
}

export const embeddings: Readonly<Record<string, ModuleClass>> = { Embedding: Object.assign(Embedding, { from_pretrained }), EmbeddingBag }
