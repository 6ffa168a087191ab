// The other way to a slope: run the snippet again in doubles with one element nudged, and see how far the result moves.
// What detach, no_grad and item cut off keeps the values of an unnudged run, so that the same function is measured.
// Apart from the paths, which it is there to check.
import type { Gradient } from "../autograd/node.ts"
import { requiresGrad } from "../autograd/history.ts"
import { modes } from "../autograd/modes.ts"
import type { Exit, Watcher } from "../autograd/watching.ts"
import type { Storage } from "../backends/backend.ts"
import type { RunRequest } from "../protocol/api.ts"
import { fromNumbers, backend, numbersOf, viewOf } from "../tensor/make.ts"
import { position } from "../tensor/position.ts"
import { contiguousStrides } from "../tensor/size.ts"
import { elementAt, Tensor } from "../tensor/tensor.ts"
import { elementOf, tensorAt, type Address } from "./element.ts"
import { isLeaf, tensorsIn } from "./flow.ts"
import { Observer } from "./observer.ts"
import type { RunHost } from "./perform.ts"
import { rerun } from "./rerun.ts"
import { SiteTable } from "./sites.ts"

/** What is measured. */
export interface Question {
  /** A named element, or what a backward pass (counted from 0) started from, weighed. */
  readonly of: { readonly kind: "address"; readonly address: Address } | { readonly kind: "pass"; readonly number: number; readonly weights: readonly (readonly number[])[] }
  readonly at: Address
  /** Which element of the tensor at `at`. */
  readonly flat: number
  /** Which of the run's recorded values, counted from 0, is the first that shows the tensor at `at` as it was made. */
  readonly event: number
}

export interface Measured {
  readonly finiteDifference: number | null
  readonly kink: boolean
  /** At a kink, the slopes just before and just after. */
  readonly sides?: readonly [number, number]
}

/** Below this the slopes on both sides count as the same. */
const floor = 1e-6
const relative = 1e-3

/** Measures the slope by a central difference; `kink` where the two sides disagree however small the step. */
export async function measure(question: Question, request: RunRequest, host: RunHost, seed: number, began: number): Promise<Measured> {
  const log: Cut[] = []
  const still = await result(question, request, host, seed, began, new Freezer(log, false, question.of), 0)
  if (still === null) return { finiteDifference: null, kink: false }
  const sides = async (h: number): Promise<{ up: number; down: number } | null> => {
    const up = await result(question, request, host, seed, began, new Freezer(log, true, question.of), h)
    const down = await result(question, request, host, seed, began, new Freezer(log, true, question.of), -h)
    return up === null || down === null ? null : { up: (up.value - still.value) / h, down: (still.value - down.value) / h }
  }
  const h = 1e-6 * Math.max(1, Math.abs(still.at))
  const first = await sides(h)
  if (first === null) return { finiteDifference: null, kink: false }
  const finiteDifference = (first.up + first.down) / 2
  // A difference of rounding errors is no kink.
  const noise = (Math.abs(still.value) * 4e-15) / h
  const gap = (one: { up: number; down: number }): number => Math.abs(one.up - one.down)
  const isWide = (one: { up: number; down: number }): boolean => gap(one) > Math.max(floor + noise, relative * Math.max(Math.abs(one.up), Math.abs(one.down)))
  if (!isWide(first)) return { finiteDifference, kink: false }
  // Curvature closes the gap as the step shrinks, a kink does not.
  const second = await sides(h / 8)
  const kink = second !== null && isWide(second) && gap(second) > gap(first) / 2
  return { finiteDifference, kink, ...(kink ? { sides: [second.down, second.up] as const } : {}) }
}

/** The result of one run, and the value of the element; null where the run did not get that far. */
async function result({ of, at, flat, event }: Question, request: RunRequest, host: RunHost, seed: number, began: number, freezer: Freezer, by: number): Promise<{ value: number; at: number } | null> {
  const observer = new Observer(new SiteTable())
  let events = 0
  let seen = NaN
  observer.onEvent = () => {
    if (events++ === event) {
      const root = rootOf(observer, at.root)
      const found = root === undefined ? null : tensorAt(at, root)
      if (found === null) return
      seen = elementAt(found.tensor, flat)
      freezer.nudge(found.tensor, flat, by)
    } else freezer.keepNudged()
  }
  await rerun(request, host, { table: observer.table, recording: observer, watcher: freezer, seed, began, wide: true })
  const value = of.kind === "pass" ? freezer.weighed : named(of.address, observer)
  return value !== null && Number.isFinite(value) ? { value, at: Number.isNaN(seen) ? 0 : seen } : null
}

function named(address: Address, observer: Observer): number | null {
  const found = tensorAt(address, rootOf(observer, address.root))
  if (found === null) return null
  const { tensor, flat } = elementOf(address.text, found)
  return elementAt(tensor, flat)
}

/** What a name means: at the top of the file where it is declared there, else where it last got a value. */
export function rootOf(observer: Observer, name: string): unknown {
  const all = [...observer.names.values()].filter(({ variable }) => variable.name === name)
  return (all.find(({ variable }) => variable.isTop) ?? all.at(-1))?.value
}

/** A value that left the graph, by its place. */
interface Cut {
  readonly site: number
  readonly value: unknown
}

/** Notes what leaves the graph in one run, and gives the same back in others. */
class Freezer implements Watcher {
  private next = 0
  private isLost = false
  private nudged: { readonly tensor: Tensor; readonly flat: number; readonly by: number; storage: Storage } | null = null
  /** For memory that was parted from its tensor so that it can be frozen: where changes in place belong. */
  private readonly shared = new WeakMap<Storage, Tensor>()

  /** The weighed sum of what the asked pass started from; null before it. */
  weighed: number | null = null
  private passes = 0

  constructor(
    private readonly log: Cut[],
    private readonly replays: boolean,
    private readonly of: Question["of"],
  ) {}

  /** Adds to one element, for good where it is a leaf. */
  nudge(tensor: Tensor, flat: number, by: number): void {
    // A result that looks into another's memory gets its own, so that only it is nudged.
    if (tensor.node !== null && tensor.origin !== null) part(tensor)
    add(tensor, flat, by)
    this.nudged = { tensor, flat, by, storage: tensor.storage }
  }

  /** A leaf that took over other memory (`w.data = …`) is nudged there, too. */
  keepNudged(): void {
    const one = this.nudged
    if (one === null || !isLeaf(one.tensor) || one.tensor.storage === one.storage) return
    one.storage = one.tensor.storage
    add(one.tensor, one.flat, one.by)
  }

  operation(_name: string, _kind: "elementwise" | "structural" | "custom", args: readonly unknown[], made: unknown): void {
    const inputs = tensorsIn(args)
    for (const out of tensorsIn([made])) {
      const isInPlace = inputs.includes(out)
      if (!modes.grad) {
        if (!isInPlace && inputs.some((one) => one.storage === out.storage)) this.parted(out)
        else this.freeze(out)
      }
      if (isInPlace) this.spread(out)
    }
  }

  /** A change in place belongs to the original as well, and a nudged leaf stays nudged whatever it is set to. */
  private spread(out: Tensor): void {
    const original = this.shared.get(out.storage)
    if (original !== undefined && out.storage.length === original.numel()) backend.copy(viewOf(out, original.sizes, contiguousStrides(original.sizes), 0), original)
    const one = this.nudged
    if (one === null || !isLeaf(one.tensor)) return
    if (out.storage.isSame(one.tensor.storage) || original?.storage.isSame(one.tensor.storage)) add(one.tensor, one.flat, one.by)
  }

  left(how: Exit, _from: Tensor, made: unknown): unknown {
    if (how === "item" || how === "tolist") return this.same(made)
    if (made instanceof Tensor) {
      if (how === "detach_") this.freeze(made)
      else this.parted(made)
    }
    return made
  }

  backward(roots: readonly Tensor[]): void {
    const { of } = this
    if (of.kind !== "pass" || this.passes++ !== of.number) return
    this.weighed = roots.reduce((sum, root, i) => numbersOf(root).reduce((so, value, flat) => so + value * (of.weights[i]?.[flat] ?? 0), sum), 0)
  }

  captured(_inputs: readonly Tensor[], gradients: readonly Gradient[], createGraph: boolean): void {
    if (!createGraph) for (const one of gradients) if (one !== null) this.freeze(one)
  }

  gathering(): void {}

  gathered(tensor: Tensor): void {
    if (tensor.gathered !== null && !requiresGrad(tensor.gathered)) this.freeze(tensor.gathered)
  }

  /** A look at a tensor's memory becomes a copy with the values of the first run. */
  private parted(look: Tensor): void {
    const original = viewOf(look, look.sizes, look.strides, look.offset)
    part(look)
    this.shared.set(look.storage, original)
    this.freeze(look)
  }

  private freeze(tensor: Tensor): void {
    if (tensor.dtype.category !== "float") return
    const values = this.same(this.replays ? null : numbersOf(tensor)) as number[] | null
    if (this.replays && values !== null && values.length === tensor.numel()) backend.copy(fromNumbers(values, tensor.sizes, tensor.dtype), tensor)
  }

  /** The value that the first run had here. Once the runs part ways nothing is frozen any more. */
  private same(value: unknown): unknown {
    if (!this.replays) {
      this.log.push({ site: position.site, value })
      return value
    }
    const known = this.log[this.next++]
    if (known === undefined || known.site !== position.site) this.isLost = true
    return this.isLost ? value : known!.value
  }
}

/** Gives a tensor memory of its own. */
function part(tensor: Tensor): void {
  const own = fromNumbers(numbersOf(tensor), tensor.sizes, tensor.dtype)
  tensor.storage = own.storage
  tensor.strides = own.strides
  tensor.offset = own.offset
}

function add(tensor: Tensor, flat: number, by: number): void {
  if (by === 0) return
  let at = tensor.offset
  for (let d = tensor.sizes.length - 1, left = flat; d >= 0; d--) {
    const size = tensor.sizes[d]!
    at += (left % size) * tensor.strides[d]!
    left = Math.floor(left / size)
  }
  tensor.storage.array[at]! += by
}
