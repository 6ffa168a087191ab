// In which order a loader takes the items of a data set, drawn as PyTorch draws it.
import { distributions } from "../tensor/distributions.ts"
import { faults } from "../tensor/faults.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { functions } from "../autograd/functions.ts"
import { numbersOf } from "../tensor/make.ts"
import { Generator as Stream, generator as usual } from "../tensor/random.ts"

/** 0 to count − 1 in a random order. */
export function shuffled(count: number, from: Stream): number[] {
  const values = new Float64Array(count)
  distributions.permutation(values, from)
  return [...values]
}

/** A whole number of 63 random bits, as `torch.empty((), dtype=torch.int64).random_()` draws it. */
export const drawSeed = (from: Stream): bigint => from.random64() % (1n << 63n)

type Counted = { readonly length: number } | number

const lengthOf = (source: unknown): number => {
  if (typeof source === "number") return source
  const counts: unknown = typeof source === "object" && source !== null ? Reflect.get(source, "__len__") : undefined
  return Number(typeof counts === "function" ? Reflect.apply(counts, source as object, []) : (source as { readonly length: number }).length)
}

/** An order of positions. */
export abstract class Sampler {
  abstract get length(): number
  abstract [Symbol.iterator](): Generator<unknown>
}

/** From first to last. */
export class SequentialSampler extends Sampler {
  constructor(private readonly data_source: Counted) {
    super()
  }
  get length(): number {
    return lengthOf(this.data_source)
  }
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.length; i++) yield i
  }
}

const randomSignature = parseSignature("RandomSampler(data_source: unknown, replacement: boolean = false, num_samples: number = null, generator: Generator = null)")

/** In a random order, or drawn with replacement. Without a generator each pass has one of its own, seeded by the usual one. */
export class RandomSampler extends Sampler {
  private readonly count: number
  private readonly replacement: boolean
  private readonly samples: number
  private readonly generator: Stream | null
  constructor(...args: readonly unknown[]) {
    super()
    const { data_source, replacement, num_samples, generator } = bind(randomSignature, args)
    this.count = lengthOf(data_source)
    this.replacement = replacement as boolean
    this.samples = (num_samples as number | null) ?? this.count
    this.generator = generator as Stream | null
    if (this.samples <= 0) throw faults.value(`RandomSampler: expected at least one sample, found ${this.samples}.`, "The data set is empty.")
  }
  get length(): number {
    return this.samples
  }
  *[Symbol.iterator](): Generator<number> {
    const from = this.generator ?? new Stream(drawSeed(usual))
    if (this.replacement) {
      for (let left = this.samples; left > 0; left -= 32) {
        const drawn = Array.from({ length: Math.min(32, left) }, () => from.integer(0, this.count))
        yield* drawn
      }
      return
    }
    for (let left = this.samples; left > 0; left -= this.count) yield* shuffled(this.count, from).slice(0, left)
  }
}

/** Given positions in a random order. */
export class SubsetRandomSampler extends Sampler {
  private readonly indices: readonly unknown[]
  constructor(
    indices: Iterable<unknown>,
    private readonly generator: Stream | null = null,
  ) {
    super()
    this.indices = [...indices]
  }
  get length(): number {
    return this.indices.length
  }
  *[Symbol.iterator](): Generator<unknown> {
    for (const at of shuffled(this.indices.length, this.generator ?? usual)) yield this.indices[at]
  }
}

/** Positions drawn by weights. */
export class WeightedRandomSampler extends Sampler {
  private readonly weights: readonly number[]
  constructor(
    weights: Iterable<unknown>,
    private readonly num_samples: number,
    private readonly replacement = true,
    private readonly generator: Stream | null = null,
  ) {
    super()
    this.weights = [...weights].map(Number)
  }
  get length(): number {
    return this.num_samples
  }
  *[Symbol.iterator](): Generator<number> {
    const weights = functions.zeros([this.weights.length], { dtype: null }).double()
    this.weights.forEach((weight, i) => {
      weights.storage.array[i] = weight
    })
    yield* numbersOf(functions.multinomial(weights, this.num_samples, this.replacement, { generator: this.generator }))
  }
}

/** Batches of another order's positions. */
export class BatchSampler extends Sampler {
  constructor(
    private readonly sampler: Iterable<unknown>,
    private readonly batch_size: number,
    private readonly drop_last: boolean,
  ) {
    super()
    if (!(Number.isInteger(batch_size) && batch_size > 0)) throw faults.value(`Expected a batch_size above 0, found ${batch_size}.`, "It is how many items come together.")
  }
  get length(): number {
    const count = lengthOf(this.sampler) / this.batch_size
    return this.drop_last ? Math.floor(count) : Math.ceil(count)
  }
  *[Symbol.iterator](): Generator<unknown[]> {
    let batch: unknown[] = []
    for (const at of this.sampler) {
      batch.push(at)
      if (batch.length < this.batch_size) continue
      yield batch
      batch = []
    }
    if (batch.length > 0 && !this.drop_last) yield batch
  }
}
