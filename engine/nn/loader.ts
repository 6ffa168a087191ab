// torch.utils.data.DataLoader: walks a data set in batches.
import { functions } from "../autograd/functions.ts"
import { bool, float64, int64 } from "../backends/dtype.ts"
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { faults } from "../tensor/faults.ts"
import { fromNumbers } from "../tensor/make.ts"
import { generator as usual, type Generator as Stream } from "../tensor/random.ts"
import { Tensor } from "../tensor/tensor.ts"
import { ConcatDataset, Dataset, indexable, random_split, Subset, TensorDataset } from "./dataset.ts"
import { BatchSampler, drawSeed, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler } from "./sampling.ts"

const signature = parseSignature(
  "DataLoader(dataset: unknown, batch_size: number | null = 1, shuffle: boolean = null, sampler: unknown = null, batch_sampler: unknown = null, num_workers: number = 0, collate_fn: Function = null, pin_memory: boolean = false, drop_last: boolean = false, timeout: number = 0, worker_init_fn: Function = null, multiprocessing_context: unknown = null, generator: Generator = null, prefetch_factor: number = 2, persistent_workers: boolean = false)",
)

/** Walks a data set in batches: `for (const [x, y] of loader)`. Each walk draws its order anew. */
export class DataLoader {
  readonly dataset: unknown
  readonly batch_size: number | null
  readonly drop_last: boolean
  readonly sampler: Iterable<unknown> & { readonly length?: number }
  readonly batch_sampler: (Iterable<unknown> & { readonly length?: number }) | null
  readonly collate_fn: (items: unknown) => unknown
  readonly generator: Stream | null

  constructor(...args: readonly unknown[]) {
    const bound = bind(signature, args)
    const { dataset, shuffle, sampler, batch_sampler, drop_last } = bound
    const batched = bound["batch_size"] !== null || batch_sampler !== null
    if (sampler !== null && shuffle) throw faults.value("DataLoader: a sampler decides the order, so shuffle has no meaning.", "Leave one of the two out.")
    if (batch_sampler !== null && (bound["batch_size"] !== 1 || shuffle || sampler !== null || drop_last)) throw faults.value("DataLoader: a batch_sampler decides batches and order.", "Leave batch_size, shuffle, sampler and drop_last out.")
    this.dataset = dataset
    this.generator = bound["generator"] as Stream | null
    this.drop_last = drop_last as boolean
    this.batch_size = batch_sampler === null ? (bound["batch_size"] as number | null) : null
    const size = { length: indexable(dataset).length }
    this.sampler = (sampler as DataLoader["sampler"] | null) ?? (shuffle ? new RandomSampler(size.length, { generator: this.generator }) : new SequentialSampler(size))
    this.batch_sampler = (batch_sampler as DataLoader["batch_sampler"]) ?? (this.batch_size === null ? null : new BatchSampler(this.sampler, this.batch_size, this.drop_last))
    this.collate_fn = (bound["collate_fn"] as ((items: unknown) => unknown) | null) ?? (batched ? (items) => default_collate(items as unknown[]) : (item) => item)
  }

  /** How many batches there are. */
  get length(): number {
    return Number((this.batch_sampler ?? this.sampler).length)
  }
  __len__(): number {
    return this.length
  }

  *[Symbol.iterator](): Generator<unknown> {
    const set = indexable(this.dataset)
    // PyTorch draws a seed for its workers at each walk, also where there are none.
    drawSeed(this.generator ?? usual)
    if (this.batch_sampler) for (const batch of this.batch_sampler) yield this.collate_fn([...(batch as Iterable<unknown>)].map((at) => set.at(Number(at))))
    else for (const at of this.sampler) yield this.collate_fn(set.at(Number(at)))
  }
}

/** Items side by side: tensors stacked, numbers in a tensor, lists and objects item by item. */
export function default_collate(items: readonly unknown[]): unknown {
  const [first] = items
  if (first instanceof Tensor) return functions.stack(items)
  if (typeof first === "number" || typeof first === "bigint") {
    const numbers = items.map(Number)
    return fromNumbers(numbers, [items.length], numbers.every(Number.isInteger) ? int64 : float64)
  }
  if (typeof first === "boolean") return fromNumbers(items.map(Number), [items.length], bool)
  if (Array.isArray(first)) return first.map((_, i) => default_collate(items.map((one) => (one as unknown[])[i])))
  if (typeof first === "string") return [...items]
  if (typeof first === "object" && first !== null) return Object.fromEntries(Object.keys(first).map((name) => [name, default_collate(items.map((one) => (one as Record<string, unknown>)[name]))]))
  throw faults.argument(`A batch is made of tensors, numbers, texts, arrays and objects, found ${typeof first}.`, "Return these from __getitem__, or pass a collate_fn.")
}

export const data: Readonly<Record<string, unknown>> = {
  Dataset, TensorDataset, Subset, ConcatDataset, DataLoader, Sampler, SequentialSampler, RandomSampler, SubsetRandomSampler, WeightedRandomSampler, BatchSampler,
  random_split, default_collate,
}
