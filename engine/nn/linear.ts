// Modules that are one linear map, or only change the shape of what passes.
import { untracked } from "../autograd/modes.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { empty, F, moduleClass, type ModuleClass } from "./define.ts"
import { usualInit } from "./init.ts"
import { Module } from "./module.ts"
import { python, attributes, tuple } from "./pythonText.ts"

/** What modules with a weight and perhaps a bias have in common. */
export interface Weighted {
  readonly weight: Tensor
  readonly bias: Tensor | null
}

interface LinearArguments extends Weighted {
  readonly in_features: number
  readonly out_features: number
}

/** A linear layer under some name; attention calls its own by another. */
export const linearClass = (name: string): ModuleClass =>
  moduleClass<LinearArguments>(`${name}(in_features: number, out_features: number, bias: boolean = true, *, device: Device = null, dtype: dtype = null)`, {
    make(self, args) {
      self.register_parameter("weight", empty([args.out_features, args.in_features], args))
      register(self, "bias", args.bias ? empty([args.out_features], args) : null)
      usualInit(self.weight, self.bias)
    },
    reset: (self) => usualInit(self.weight, self.bias),
    forward: (self, x) => F["linear"]!(x, self.weight, self.bias),
    text: (self) => `${attributes(self, "in_features", "out_features")}, bias=${python(self.bias !== null)}`,
  })

/** Makes a parameter of a name that stood for an argument until now. */
export function register(module: Module, name: string, parameter: ReturnType<typeof empty> | null): void {
  Reflect.deleteProperty(module, name)
  module.register_parameter(name, parameter)
}

interface Pairing extends Weighted {
  readonly in1_features: number
  readonly in2_features: number
  readonly out_features: number
}

function initPairing({ weight, bias }: Weighted): void {
  const bound = 1 / Math.sqrt(weight.sizes[1]!)
  untracked(() => {
    weight.uniform_(-bound, bound)
    bias?.uniform_(-bound, bound)
  })
}

/** Gives what it gets, whatever it was made with. */
class Identity extends Module {
  constructor(..._args: readonly unknown[]) {
    super()
  }
  override forward(input: unknown): unknown {
    return input
  }
}

export const linear: Readonly<Record<string, ModuleClass>> = {
  Identity,
  Linear: linearClass("Linear"),
  Bilinear: moduleClass<Pairing>("Bilinear(in1_features: number, in2_features: number, out_features: number, bias: boolean = true, *, device: Device = null, dtype: dtype = null)", {
    make(self, args) {
      self.register_parameter("weight", empty([args.out_features, args.in1_features, args.in2_features], args))
      register(self, "bias", args.bias ? empty([args.out_features], args) : null)
      initPairing(self)
    },
    reset: initPairing,
    forward: (self, a, b) => F["bilinear"]!(a, b, self.weight, self.bias),
    text: (self) => `${attributes(self, "in1_features", "in2_features", "out_features")}, bias=${python(self.bias !== null)}`,
  }),
  Flatten: moduleClass<{ start_dim: number; end_dim: number }>("Flatten(start_dim: number = 1, end_dim: number = -1)", {
    forward: (self, x) => x.flatten(self.start_dim, self.end_dim),
    text: (self) => attributes(self, "start_dim", "end_dim"),
  }),
  Unflatten: moduleClass<{ dim: number; unflattened_size: readonly number[] }>("Unflatten(dim: number, unflattened_size: Shape)", {
    forward: (self, x) => x.unflatten(self.dim, self.unflattened_size),
    text: (self) => `dim=${self.dim}, unflattened_size=${tuple(self.unflattened_size)}`,
  }),
}
