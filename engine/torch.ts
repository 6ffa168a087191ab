// The namespace that a learner imports, put together from the rooms below.
import { withModes, modes, resetModes } from "./autograd/modes.ts"
import { installAttributes } from "./autograd/attributes.ts"
import { backwardPass, startingGradients } from "./autograd/backward.ts"
import { Function, once_differentiable } from "./autograd/function.ts"
import { functional } from "./autograd/functional.ts"
import { gather } from "./autograd/gathering.ts"
import { functions } from "./autograd/functions.ts"
import { gradcheck, gradgradcheck } from "./autograd/gradcheck.ts"
import { transforms } from "./autograd/transforms.ts"
import { install } from "./autograd/methods.ts"
import { setTensorMaker, slice, truth } from "./autograd/operators.ts"
import { cpu } from "./backends/backend.ts"
import { terms, threadCount } from "./backends/wasm/crew.ts"
import { resetDevices } from "./backends/webgpu/device.ts"
import { dtypes, DType } from "./backends/dtype.ts"
import { functional_call } from "./nn/copying.ts"
import { data } from "./nn/loader.ts"
import { nn } from "./nn/namespace.ts"
import { files } from "./nn/saving.ts"
import { optim } from "./optim/namespace.ts"
import { models } from "./vision/resnet.ts"
import type { Entry } from "./ops/entry.ts"
import { parseSignature } from "./ops/signature.ts"
import { table } from "./ops/table.ts"
import { bind } from "./tensor/bind.ts"
import { broadcastShapes } from "./tensor/broadcast.ts"
import { placedOn } from "./tensor/deviceOf.ts"
import { devices } from "./tensor/devices.ts"
import { faults } from "./tensor/faults.ts"
import { fromData } from "./tensor/make.ts"
import { printText, resetPrintOptions, setPrintOptions } from "./tensor/printing.ts"
import { defaults } from "./tensor/promotion.ts"
import { tupled } from "./tensor/tuple.ts"
import { warnings } from "./tensor/warnings.ts"
import { typeQuestions } from "./tensor/typeQuestions.ts"
import { generator, Generator } from "./tensor/random.ts"
import { randomState } from "./tensor/randomState.ts"
import { Size } from "./tensor/size.ts"
import { Tensor } from "./tensor/tensor.ts"

install()
installAttributes()

const float32 = defaults.dtype
const tensorSignature = parseSignature("tensor(data: unknown, *, dtype: dtype = null, device: Device = null, requires_grad: boolean = false)")

function tensor(...args: readonly unknown[]): Tensor {
  const { data, dtype, device, requires_grad } = bind(tensorSignature, args)
  const made = placedOn(device, data, () => fromData(data, dtype as DType | null))
  if (requires_grad) made.requires_grad = true
  return made
}

setTensorMaker((data) => fromData(data))

/** `FloatTensor` and its kin: callable with and without `new`, from sizes or from data. */
function typed(dtype: DType): unknown {
  return function (...args: readonly unknown[]): Tensor {
    const sizes = args.length > 0 && args.every((one) => typeof one === "number" || typeof one === "bigint")
    return sizes ? functions.zeros(...args, { dtype }) : fromData(args[0] ?? [], dtype)
  }
}

const gradSignature = parseSignature("grad(outputs: Tensor[], inputs: Tensor[], grad_outputs: unknown = null, retain_graph: boolean = null, create_graph: boolean = false, only_inputs: boolean = true, allow_unused: boolean = null, is_grads_batched: boolean = false, materialize_grads: boolean = false)")

const backwardSignature = parseSignature("backward(tensors: unknown, grad_tensors: unknown = null, retain_graph: boolean = null, create_graph: boolean = false, grad_variables: unknown = null, inputs: unknown = null)")

const variableSignature = parseSignature("Variable(requires_grad: boolean = false, volatile: boolean = false)")

/** Gradients of outputs with respect to inputs, returned instead of added to `.grad`. */
function grad(...args: readonly unknown[]): (Tensor | null)[] {
  const list = (value: unknown): unknown => (value instanceof Tensor ? [value] : value)
  const bound = bind(gradSignature, [list(args[0]), list(args[1]), ...args.slice(2)])
  const outputs = bound["outputs"] as Tensor[]
  const inputs = bound["inputs"] as Tensor[]
  const given = (list(bound["grad_outputs"]) ?? []) as (Tensor | null)[]
  const createGraph = bound["create_graph"] as boolean
  inputs.forEach((one) => {
    if (!one.requires_grad) throw faults.runtime("grad: one of the inputs does not require grad.", "Make it with { requires_grad: true }.").as("nothing-tracked", one)
  })
  const found = backwardPass(outputs, startingGradients(outputs, given), { retainGraph: (bound["retain_graph"] as boolean | null) ?? createGraph, createGraph, inputs })
  return tupled(found.map((one, i) => {
    if (one) return one
    if (bound["materialize_grads"]) return functions.zeros_like(inputs[i])
    if (bound["allow_unused"]) return null
    throw faults.runtime("grad: one of the inputs was not used to compute the outputs.", "Pass { allow_unused: true } to get null for it.")
  }))
}

/** A mode that holds for a block (`using`) or for a function. */
const mode = (change: Partial<typeof modes>) => (body?: unknown) => withModes(change, body)

const inference_mode = (on: unknown = true, body?: unknown): unknown => (typeof on === "function" ? withModes({ grad: false, inference: true }, on) : withModes(on ? { grad: false, inference: true } : {}, body))

const dtypeNames = Object.fromEntries(dtypes.map((one) => [one.name, one]))

export const torch: Record<string, unknown> = {
  ...namespaceOf("torch"),
  ...dtypeNames,
  float: dtypeNames["float32"],
  double: dtypeNames["float64"],
  half: dtypeNames["float16"],
  long: dtypeNames["int64"],
  int: dtypeNames["int32"],
  short: dtypeNames["int16"],
  inf: Infinity,
  nan: NaN,
  pi: Math.PI,
  e: Math.E,
  Tensor,
  dtype: DType,
  Generator,
  tensor,
  as_tensor: (data: unknown, ...rest: readonly unknown[]) => (data instanceof Tensor ? data.to(...rest) : tensor(data, ...rest)),
  FloatTensor: typed(dtypeNames["float32"]!),
  DoubleTensor: typed(dtypeNames["float64"]!),
  LongTensor: typed(dtypeNames["int64"]!),
  IntTensor: typed(dtypeNames["int32"]!),
  BoolTensor: typed(dtypeNames["bool"]!),
  Size: function (sizes: readonly number[] = []) {
    return Size.from(sizes.map(Number))
  },
  ...devices,
  no_grad: mode({ grad: false }),
  enable_grad: mode({ grad: true }),
  set_grad_enabled: (on: boolean, body?: unknown) => {
    // Called for its effect as well as with `using`: the mode changes at once.
    return withModes({ grad: Boolean(on) }, body)
  },
  inference_mode,
  is_grad_enabled: () => modes.grad,
  is_inference_mode_enabled: () => modes.inference,
  ...randomState,
  ...files,
  ...typeQuestions,
  broadcast_shapes: (...shapes: readonly (readonly number[] | number)[]) => Size.from(broadcastShapes(shapes.map((one) => (typeof one === "number" ? [one] : one)), "broadcast_shapes")),
  is_tensor: (value: unknown) => value instanceof Tensor,
  is_nonzero: (value: Tensor) => truth(value),
  is_complex: (value: Tensor) => value.is_complex(),
  is_inference: (value: Tensor) => value.is_inference(),
  is_floating_point: (value: Tensor) => value.is_floating_point(),
  numel: (value: Tensor) => value.numel(),
  get_default_dtype: () => defaults.dtype,
  set_default_dtype: (dtype: DType) => {
    if (!(dtype instanceof DType) || dtype.category !== "float") throw faults.argument("set_default_dtype: expected a floating-point dtype.", "Use torch.float32 or torch.float64.")
    defaults.dtype = dtype
  },
  get_num_threads: () => terms.threads || threadCount(),
  set_num_threads: (threads: number) => {
    if (typeof threads !== "number" || !Number.isInteger(threads)) throw faults.runtime(`set_num_threads expects an int, but got ${typeof threads === "number" ? "float" : typeof threads === "string" ? "str" : typeof threads}.`, "Use a whole number such as 2.")
    if (threads < 1) throw faults.runtime("set_num_threads expects a positive integer.", "Use 1 for no thread beside the snippet's own.")
    terms.threads = threads
  },
  set_printoptions: setPrintOptions,
  autograd: {
    Function,
    function: { Function, once_differentiable },
    functional,
    gradcheck,
    gradgradcheck,
    // Of PyTorch before 0.4: today a tensor is its own variable.
    Variable: function (data: Tensor, ...rest: readonly unknown[]) {
      const { requires_grad } = bind(variableSignature, rest)
      return requires_grad ? data.detach().requires_grad_() : data
    },
    grad,
    backward: (...args: readonly unknown[]) => {
      const { tensors, grad_tensors: grads, retain_graph, create_graph, inputs } = bind(backwardSignature, args)
      const roots = (tensors instanceof Tensor ? [tensors] : tensors) as Tensor[]
      const starts = (grads instanceof Tensor ? [grads] : (grads ?? [])) as (Tensor | null)[]
      gather(roots, startingGradients(roots, starts), {
        retainGraph: (retain_graph as boolean | null) ?? (create_graph as boolean),
        createGraph: create_graph as boolean,
        leaves: inputs instanceof Tensor ? [inputs] : (inputs as readonly Tensor[] | null),
      })
    },
    detect_anomaly: mode({ anomaly: true }),
    set_detect_anomaly: (on: boolean, body?: unknown) => withModes({ anomaly: on }, body),
    set_grad_enabled: (on: boolean, body?: unknown) => withModes({ grad: on }, body),
    no_grad: mode({ grad: false }),
    enable_grad: mode({ grad: true }),
    inference_mode,
  },
  linalg: namespaceOf("linalg"),
  special: specialFunctions(),
  nn: { ...nn, functional: { ...namespaceOf("functional"), ...inPlaceActivations() } },
  optim,
  // What tutorials ask before they choose a device: there is none of these here.
  cuda: { is_available: () => false, device_count: () => 0, manual_seed: () => null, manual_seed_all: () => null },
  func: { ...transforms, functional_call },
  vmap: transforms["vmap"],
  utils: { data },
}

/** Functions of the operators that are offered in one namespace. */
function namespaceOf(name: "torch" | "functional" | "linalg" | "special"): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(table as Readonly<Record<string, Entry>>)) {
    const first = entry.kind === "overloaded" ? entry.choices[0]! : entry
    if (first.kind !== "overloaded" && first.namespaces.includes(name)) members[key.replace(/^(linalg|functional|special)_/, "")] = (functions as unknown as Record<string, unknown>)[key] // By name.
  }
  return members
}

/** `relu_` and its kin: the activation with `inplace`. */
function inPlaceActivations(): Record<string, unknown> {
  const all = namespaceOf("functional")
  const named = ["relu", "elu", "celu", "selu", "leaky_relu", "hardtanh", "threshold", "rrelu"].map((name) => {
    const run = all[name] as (...args: readonly unknown[]) => unknown
    return [`${name}_`, (...args: readonly unknown[]) => {
      const last = args[args.length - 1]
      const options = typeof last === "object" && !(last instanceof Tensor) && last !== null ? last : null
      return run(...(options ? args.slice(0, -1) : args), { ...options, inplace: true })
    }]
  })
  return Object.fromEntries(named) as Record<string, unknown>
}

/** `torch.special`: other names for what stands in the table, and a few compositions of it. */
function specialFunctions(): Record<string, unknown> {
  const { sigmoid, logit, exp2, expm1, erf, erfc, erfinv, digamma, polygamma, i0, i1, logsumexp, log1p, round, sinc, xlogy, xlog1py, softmax, log_softmax, lgamma } = functions
  return { ...namespaceOf("special"), expit: sigmoid, logit, exp2, expm1, erf, erfc, erfinv, digamma, psi: digamma, polygamma, gammaln: lgamma, i0, i1, logsumexp, log1p, round: (x: Tensor, options: object = {}) => round(x, { decimals: 0, ...options }), sinc, xlogy, xlog1py, softmax, log_softmax }
}

export const torchvision: Record<string, unknown> = { models }

/** Python's len: rows of a tensor, items of an array, characters of a text. */
export function len(value: unknown): number {
  if (value instanceof Tensor) {
    if (value.ndim === 0) throw faults.argument("len() of a tensor without dimensions.", "Use item() for its value.")
    return value.sizes[0]!
  }
  if (Array.isArray(value) || typeof value === "string") return value.length
  // Of whichever realm: a snippet's Map is not ours.
  const tag = Object.prototype.toString.call(value)
  if (tag === "[object Map]" || tag === "[object Set]") return (value as Map<unknown, unknown>).size
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const length = lengthOf(value)
    if (length !== undefined) return length
  }
  throw faults.argument("len(): expected a tensor, an array or a text.", "Check what is passed.")
}

/** The length of what says it itself: a list of modules, a data set, a state_dict. */
function lengthOf(value: object): number | undefined {
  const counts: unknown = Reflect.get(value, "__len__")
  if (typeof counts === "function") return Number(Reflect.apply(counts, value, []))
  // A plain function's own length means something else.
  const length: unknown = Reflect.get(value, "length")
  if (typeof length === "number" && !(typeof value === "function" && Object.hasOwn(value, "length"))) return length
  const keys: unknown = Reflect.get(value, "keys")
  return typeof keys === "function" ? [...(Reflect.apply(keys, value, []) as Iterable<unknown>)].length : undefined
}

/** The state that every snippet starts from. */
export function resetState(): void {
  resetModes()
  resetDevices()
  warnings.length = 0
  resetPrintOptions()
  defaults.dtype = float32
  generator.manual_seed(BigInt(Math.floor(Math.random() * 2 ** 52)))
}

export { cpu, generator, printText, slice, Tensor }
