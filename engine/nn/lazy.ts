// Lazy modules: made without the size of their input, which they take from the first one that comes. They then are
// what they stand for, with the same parameter objects, so that an optimizer made before keeps its hold.
import { untracked } from "../autograd/modes.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { convolutions } from "./convolution.ts"
import type { ModuleClass } from "./define.ts"
import { linear } from "./linear.ts"
import { buffersOf, parametersOf, type Module } from "./module.ts"
import { normalization } from "./normalization.ts"

/** The lazy form of a class whose first argument is a size of the input: dimension `dim`, or the one before `rank` others. */
function lazy(base: ModuleClass, sizeOf: (x: Tensor) => number | undefined): ModuleClass {
  const given = new WeakMap<Module, readonly unknown[]>()
  return class extends base {
    constructor(...args: readonly unknown[]) {
      super(0, ...args)
      given.set(this, args)
    }
    override forward(...inputs: readonly unknown[]): unknown {
      const [x] = inputs
      const size = x instanceof Tensor ? sizeOf(x) : undefined
      if (size === undefined) throw faults.argument(`${this._get_name()}: expected a tensor to take the size from.`, "Call it with an input first.")
      become(this, new base(size, ...(given.get(this) ?? [])))
      Object.setPrototypeOf(this, base.prototype as object)
      return this.forward(...inputs)
    }
  }
}

/** Takes over the values and attributes of the finished module, keeping its own parameter objects. */
function become(self: Module, finished: Module): void {
  untracked(() => {
    for (const [name, one] of [...parametersOf(finished), ...buffersOf(finished)]) (self[name] as Tensor).adopt(one)
  })
  for (const [name, value] of Object.entries(finished)) if (!(value instanceof Tensor) && name !== "training") self[name] = value
}

const channels = (rank: number) => (x: Tensor): number | undefined => x.sizes[x.ndim - rank - 1]
const second = (x: Tensor): number | undefined => x.sizes[1]

function byRank(name: string, classes: Readonly<Record<string, ModuleClass>>, sizeOf: (rank: number) => (x: Tensor) => number | undefined): Record<string, ModuleClass> {
  return Object.fromEntries([1, 2, 3].map((rank) => [`Lazy${name}${rank}d`, lazy(classes[`${name}${rank}d`]!, sizeOf(rank))]))
}

export const lazies: Readonly<Record<string, ModuleClass>> = {
  LazyLinear: lazy(linear["Linear"]!, (x) => x.sizes[x.ndim - 1]),
  ...byRank("Conv", convolutions, channels),
  ...byRank("ConvTranspose", convolutions, channels),
  ...byRank("BatchNorm", normalization, () => second),
  ...byRank("InstanceNorm", normalization, channels),
}
