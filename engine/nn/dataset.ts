// torch.utils.data, the sets: what has a length and items by position. Apart from the loader, which walks them.
import { getItem } from "../autograd/operators.ts"
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { faults } from "../tensor/faults.ts"
import { generator as usual, type Generator } from "../tensor/random.ts"
import { Tensor } from "../tensor/tensor.ts"
import { tupled } from "../tensor/tuple.ts"
import { shuffled } from "./sampling.ts"

/** What a loader walks: a data set, an array, a tensor. */
export interface Indexable {
  readonly length: number
  at(index: number): unknown
}

/** The base of data sets: write `__len__()` and `__getitem__(index)`. `set[0]` asks the latter. */
export class Dataset {
  [name: string]: unknown
  constructor() {
    return new Proxy(this, {
      get(target, key, receiver): unknown {
        const index = typeof key === "string" && /^-?\d+$/.test(key) && !Object.hasOwn(target, key) ? Number(key) : null
        return index === null ? Reflect.get(target, key, receiver) : (receiver as Dataset).__getitem__(index)
      },
    })
  }
  __getitem__(_index: number): unknown {
    throw faults.notImplemented(`${this.constructor.name} has no __getitem__.`, "Write __getitem__(index) { … } in the class.")
  }
  *[Symbol.iterator](): IterableIterator<unknown> {
    const set = indexable(this)
    for (let i = 0; i < set.length; i++) yield set.at(i)
  }
}

/** A data set in the form that loaders use. Throws TypeError for what has no items. */
export function indexable(source: unknown): Indexable {
  if (source instanceof Tensor) return { length: source.sizes[0] ?? 0, at: (index) => getItem(source, [index]) }
  if (Array.isArray(source)) return { length: source.length, at: (index) => (source as unknown[])[index] }
  if (typeof source === "object" && source !== null) {
    const item: unknown = Reflect.get(source, "__getitem__")
    const count: unknown = Reflect.get(source, "__len__")
    if (typeof item === "function") {
      const length: unknown = typeof count === "function" ? Reflect.apply(count, source, []) : Reflect.get(source, "length")
      if (typeof length !== "number" && typeof length !== "bigint") throw faults.argument("A data set needs a length.", "Write __len__() { return … } in the class.")
      return { length: Number(length), at: (index) => Reflect.apply(item, source, [index]) as unknown }
    }
  }
  throw faults.argument("Expected a data set: something with items by position.", "Extend torch.utils.data.Dataset, or pass a TensorDataset or an array.")
}

/** Tensors side by side: item i is the i-th row of each. */
export class TensorDataset extends Dataset {
  readonly tensors: readonly Tensor[]
  constructor(...tensors: readonly unknown[]) {
    super()
    if (tensors.length === 0 || !tensors.every((one) => one instanceof Tensor)) throw faults.argument("TensorDataset: expected tensors.", "Write new TensorDataset(x, y).")
    this.tensors = tensors as readonly Tensor[]
    if (new Set(this.tensors.map((one) => one.sizes[0])).size > 1) throw faults.value(`TensorDataset: expected as many rows in each tensor, found ${this.tensors.map((one) => one.sizes[0]).join(" and ")}.`, "Give the tensors the same first dimension.")
  }
  __len__(): number {
    return this.tensors[0]!.sizes[0] ?? 0
  }
  override __getitem__(index: number): unknown {
    return tupled(this.tensors.map((one) => getItem(one, [index])))
  }
}

/** Some of the items of another set. */
export class Subset extends Dataset {
  readonly dataset: unknown
  readonly indices: readonly number[]
  constructor(dataset: unknown, indices: Iterable<number>) {
    super()
    this.dataset = dataset
    this.indices = [...indices].map(Number)
  }
  __len__(): number {
    return this.indices.length
  }
  override __getitem__(index: number): unknown {
    return indexable(this.dataset).at(this.indices.at(index)!)
  }
}

/** Several sets, one after the other. */
export class ConcatDataset extends Dataset {
  readonly datasets: readonly unknown[]
  constructor(datasets: Iterable<unknown>) {
    super()
    this.datasets = [...datasets]
  }
  __len__(): number {
    return this.datasets.reduce<number>((sum, one) => sum + indexable(one).length, 0)
  }
  override __getitem__(index: number): unknown {
    let at = index < 0 ? index + this.__len__() : index
    for (const one of this.datasets.map(indexable)) {
      if (at < one.length) return one.at(at)
      at -= one.length
    }
    throw faults.index(`ConcatDataset: index ${index} is out of range.`, `It has ${this.__len__()} items.`)
  }
}

const splitting = parseSignature("random_split(dataset: unknown, lengths: unknown, generator: Generator = null)")

/** Subsets of the given lengths, or shares that sum to 1, drawn at random. */
export function random_split(...args: readonly unknown[]): Subset[] {
  const { dataset, lengths, generator } = bind(splitting, args)
  const count = indexable(dataset).length
  let sizes = (lengths as unknown[]).map(Number)
  const sum = sizes.reduce((total, one) => total + one, 0)
  if (Math.abs(sum - 1) < 1e-9 && sizes.every((one) => one <= 1) && count !== 1) {
    sizes = sizes.map((share) => Math.floor(count * share))
    const left = count - sizes.reduce((total, one) => total + one, 0)
    for (let i = 0; i < left; i++) sizes[i % sizes.length]!++
  } else if (sum !== count) throw faults.value(`random_split: the lengths sum to ${sum}, the set has ${count} items.`, "Give lengths that sum to the set's length, or shares that sum to 1.")
  const order = shuffled(count, (generator as Generator | null) ?? usual)
  let from = 0
  return tupled(sizes.map((size) => new Subset(dataset, order.slice(from, (from += size))))) as Subset[]
}
