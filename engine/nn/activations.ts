// Activations as modules: each is the function of the same name with its options kept.
import { untracked } from "../autograd/modes.ts"
import { faults } from "../tensor/faults.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { empty, F, moduleClass, type Made, type ModuleClass } from "./define.ts"
import { attributes, float, python } from "./pythonText.ts"

type Options = Readonly<Record<string, unknown>>
interface InPlace {
  readonly inplace?: boolean
}

/** `f(x)`, or `x.f_()` where the module was made with `inplace: true`. */
export function applied(name: string, self: InPlace, x: Tensor, ...args: readonly unknown[]): unknown {
  if (!self.inplace) return F[name]!(x, ...args)
  const changing: unknown = Reflect.get(x, `${name}_`)
  return typeof changing === "function" ? Reflect.apply(changing, x, args) : F[name]!(x, ...args, { inplace: true })
}

interface More {
  /** The operator, where the class's name does not say it. */
  readonly as?: string
  /** Attributes that the operator takes, in its order. */
  readonly takes?: readonly string[]
  readonly text?: (self: Made<Options & InPlace>) => string
}

const ifInPlace = (self: InPlace): string => (self.inplace ? "inplace=True" : "")
const andInPlace = (self: InPlace): string => (self.inplace ? ", inplace=True" : "")
/** `alpha=1.0` and, where so, `, inplace=True`. */
const floats = (...names: readonly string[]) => (self: Made<Options & InPlace>) => names.map((name) => `${name}=${float(self[name] as number)}`).join(", ") + andInPlace(self)

function activation(signature: string, { as, takes = [], text }: More = {}): ModuleClass {
  const operator = as ?? /^\w+/.exec(signature)![0].toLowerCase()
  return moduleClass<Options & InPlace>(signature, {
    forward: (self, x) => applied(operator, self, x, ...takes.map((name) => self[name])),
    ...(text ? { text } : {}),
  })
}

/** A softmax along a dimension; without one, along the one that PyTorch guesses. */
function along(name: string, operator: string): ModuleClass {
  return moduleClass<{ dim: number | null }>(`${name}(dim: number = null)`, {
    forward: (self, x) => F[operator]!(x, self.dim ?? (x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1)),
    text: (self) => `dim=${python(self.dim)}`,
  })
}

const place = "inplace: boolean = false"

export const activations: Readonly<Record<string, ModuleClass>> = {
  ReLU: activation(`ReLU(${place})`, { text: ifInPlace }),
  ReLU6: activation(`ReLU6(${place})`, { text: ifInPlace }),
  RReLU: moduleClass<{ lower: number; upper: number; inplace: boolean }>(`RReLU(lower: number = 0.125, upper: number = 0.3333333333333333, ${place})`, {
    forward: (self, x) => F["rrelu"]!(x, self.lower, self.upper, self.training, self.inplace),
    text: (self) => attributes(self, "lower", "upper") + andInPlace(self),
  }),
  LeakyReLU: activation(`LeakyReLU(negative_slope: number = 0.01, ${place})`, { as: "leaky_relu", takes: ["negative_slope"], text: floats("negative_slope") }),
  PReLU: moduleClass<{ num_parameters: number; init: number; weight: Tensor }>("PReLU(num_parameters: number = 1, init: number = 0.25, *, device: Device = null, dtype: dtype = null)", {
    make(self, args) {
      self.register_parameter("weight", empty([args.num_parameters], args))
      untracked(() => self.weight.fill_(self.init))
    },
    forward: (self, x) => F["prelu"]!(x, self.weight),
    text: (self) => attributes(self, "num_parameters"),
  }),
  ELU: activation(`ELU(alpha: number = 1, ${place})`, { takes: ["alpha"], text: floats("alpha") }),
  CELU: activation(`CELU(alpha: number = 1, ${place})`, { takes: ["alpha"], text: floats("alpha") }),
  SELU: activation(`SELU(${place})`, { text: ifInPlace }),
  GELU: moduleClass<{ approximate: string }>('GELU(approximate: string = "none")', {
    forward: (self, x) => F["gelu"]!(x, { approximate: self.approximate }),
    text: (self) => attributes(self, "approximate"),
  }),
  SiLU: activation(`SiLU(${place})`, { text: ifInPlace }),
  Mish: activation(`Mish(${place})`, { text: ifInPlace }),
  Sigmoid: activation("Sigmoid()"),
  Tanh: activation("Tanh()"),
  LogSigmoid: activation("LogSigmoid()"),
  Softsign: activation("Softsign()"),
  Tanhshrink: activation("Tanhshrink()"),
  Hardsigmoid: activation(`Hardsigmoid(${place})`),
  Hardswish: activation(`Hardswish(${place})`),
  Hardtanh: activation(`Hardtanh(min_val: number = -1, max_val: number = 1, ${place})`, {
    takes: ["min_val", "max_val"],
    // The defaults are floats in Python; what is given as a whole number usually is one.
    text: (self) => (self["min_val"] === -1 && self["max_val"] === 1 ? "min_val=-1.0, max_val=1.0" : attributes(self, "min_val", "max_val")) + andInPlace(self),
  }),
  Hardshrink: activation("Hardshrink(lambd: number = 0.5)", { takes: ["lambd"], text: (self) => python(self["lambd"]) }),
  Softshrink: activation("Softshrink(lambd: number = 0.5)", { takes: ["lambd"], text: (self) => python(self["lambd"]) }),
  Softplus: activation("Softplus(beta: number = 1, threshold: number = 20)", { takes: ["beta", "threshold"], text: (self) => attributes(self, "beta", "threshold") }),
  Threshold: activation(`Threshold(threshold: number, value: number, ${place})`, { takes: ["threshold", "value"], text: (self) => attributes(self, "threshold", "value") + andInPlace(self) }),
  GLU: activation("GLU(dim: number = -1)", { takes: ["dim"], text: (self) => attributes(self, "dim") }),
  Softmax: along("Softmax", "softmax"),
  LogSoftmax: along("LogSoftmax", "log_softmax"),
  Softmin: along("Softmin", "softmin"),
  Softmax2d: moduleClass("Softmax2d()", {
    forward: (_, x) => {
      if (x.ndim !== 3 && x.ndim !== 4) throw faults.runtime(`Softmax2d: expected 3 or 4 dimensions, found ${x.ndim}.`, "Give (batch, channels, height, width).")
      return F["softmax"]!(x, -3)
    },
  }),
}
