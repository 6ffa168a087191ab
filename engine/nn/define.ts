// How a module of torch.nn is written: its constructor as a signature, its parameters, its forward. Apart because a
// hundred modules differ in nothing else.
import { bind } from "../tensor/bind.ts"
import { placedOn } from "../tensor/deviceOf.ts"
import { parseSignature } from "../ops/signature.ts"
import { functions } from "../autograd/functions.ts"
import type { DType } from "../backends/dtype.ts"
import { defaults } from "../tensor/promotion.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { zeros } from "../tensor/make.ts"
import { Module } from "./module.ts"
import { Parameter } from "./parameter.ts"

export type ModuleClass = new (...args: readonly unknown[]) => Module

/** A module whose constructor's arguments stand on it as attributes. */
export type Made<A> = Module & A

export interface Written<A> {
  /** Makes parameters, buffers and derived attributes. The arguments stand on the module already, as they were given. */
  readonly make?: (self: Made<A>, args: A & Placed) => void
  readonly forward: (self: Made<A>, ...inputs: Tensor[]) => unknown
  /** What stands in the brackets when it prints. */
  readonly text?: (self: Made<A>) => string
  /** Draws the parameters anew. */
  readonly reset?: (self: Made<A>) => void
  /** Further methods and accessors, by name. */
  readonly methods?: Readonly<Record<string, (self: Made<A>, ...args: readonly unknown[]) => unknown>>
}

export interface Placed {
  readonly dtype?: DType | null
}

/** Arguments that say how parameters are made and do not become attributes. */
const placing: readonly string[] = ["device", "dtype"]

/** The class of a module: `Linear(in_features: number, out_features: number, bias: boolean = true)` and how it works. */
export function moduleClass<A extends object>(signature: string, { make, forward, text, reset, methods = {} }: Written<A>): ModuleClass {
  const parsed = parseSignature(signature)
  const made = class extends Module {
    constructor(...args: readonly unknown[]) {
      super()
      const bound = bind(parsed, args)
      for (const name in bound) if (!placing.includes(name)) this[name] = bound[name]
      // The binder made what the signature names, and A says the same in types.
      if (make) placedOn(bound["device"], null, () => make(this as unknown as Made<A>, bound as unknown as A & Placed))
    }
    override forward(...inputs: readonly unknown[]): unknown {
      return forward(this as unknown as Made<A>, ...(inputs as Tensor[])) // Operators check what they are given.
    }
    override extra_repr(): string {
      return text?.(this as unknown as Made<A>) ?? ""
    }
  }
  const add = (name: string, method: (self: Made<A>, ...args: readonly unknown[]) => unknown): void =>
    void Object.defineProperty(made.prototype, name, {
      value(this: Made<A>, ...args: readonly unknown[]) {
        return method(this, ...args)
      },
      writable: true,
      configurable: true,
    })
  if (reset) add("reset_parameters", reset)
  for (const [name, method] of Object.entries(methods)) add(name, method)
  Object.defineProperty(made, "name", { value: parsed.name })
  return made
}

/** A parameter whose values are still to be drawn. */
export function empty(sizes: readonly number[], { dtype }: Placed): Parameter {
  return new Parameter(zeros(sizes, dtype ?? defaults.dtype))
}

type Callable = (...args: readonly unknown[]) => Tensor

/** Functions of the operators by name. Modules name them as PyTorch does; the table types only what it holds. */
export const F = functions as unknown as Readonly<Record<string, Callable>>
