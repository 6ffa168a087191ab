// torch.nn.init: filling weights before training, with PyTorch's draws in PyTorch's order.
import { functions } from "../autograd/functions.ts"
import { kit } from "../autograd/kit.ts"
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { faults } from "../tensor/faults.ts"
import type { Generator } from "../tensor/random.ts"
import type { Tensor } from "../tensor/tensor.ts"

interface Given {
  readonly tensor: Tensor
  readonly generator: Generator | null
}

type Initialiser = (...args: readonly unknown[]) => Tensor

/** An initialiser: fills the tensor without recording it and gives it back. */
function initialiser<A>(parameters: string, fill: (tensor: Tensor, args: A & Given) => unknown): Initialiser {
  const signature = parseSignature(parameters)
  return (...args) => {
    const bound = bind(signature, args) as unknown as A & Given // The signature names what A does.
    untracked(() => fill(bound.tensor, bound))
    return bound.tensor
  }
}

const generated = "generator: Generator = null"

/** How many inputs and outputs each unit of a weight sees. Throws ValueError below two dimensions. */
export function fans(tensor: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  if (tensor.ndim < 2) throw faults.value(`The fan of a weight needs at least 2 dimensions, found shape [${tensor.sizes.join(", ")}].`, "Use uniform_ or normal_ for a bias.")
  const [out = 0, into = 0, ...kernel] = tensor.sizes
  const field = kernel.reduce((product, size) => product * size, 1)
  return { fanIn: into * field, fanOut: out * field }
}

/** The factor that an activation needs to keep the size of what passes. Throws ValueError for an unknown one. */
function gainOf(nonlinearity: string, param: number | null = null): number {
  if (/^(linear|sigmoid|conv(_transpose)?[123]d)$/.test(nonlinearity)) return 1
  if (nonlinearity === "tanh") return 5 / 3
  if (nonlinearity === "relu") return Math.SQRT2
  if (nonlinearity === "leaky_relu") return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2))
  if (nonlinearity === "selu") return 0.75
  throw faults.value(`calculate_gain: "${nonlinearity}" is not known.`, "Known are linear, conv2d, sigmoid, tanh, relu, leaky_relu and selu.")
}

const gainSignature = parseSignature("calculate_gain(nonlinearity: string, param: number = null)")

function calculate_gain(...args: readonly unknown[]): number {
  const { nonlinearity, param } = bind(gainSignature, args)
  return gainOf(nonlinearity as string, param as number | null)
}

interface Kaiming {
  readonly a: number
  readonly mode: string
  readonly nonlinearity: string
}

/** He et al. 2015: the standard deviation that keeps the variance through a layer. */
function kaimingStd(tensor: Tensor, { a, mode, nonlinearity }: Kaiming): number {
  if (mode !== "fan_in" && mode !== "fan_out") throw faults.value(`kaiming: mode "${mode}" is not known.`, 'Use "fan_in" or "fan_out".')
  const { fanIn, fanOut } = fans(tensor)
  return gainOf(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut)
}

/** Glorot & Bengio 2010. */
function xavierStd(tensor: Tensor, gain: number): number {
  const { fanIn, fanOut } = fans(tensor)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

/** Rounded to the type's own precision, as PyTorch's in-place steps are. */
function truncatedNormal(tensor: Tensor, mean: number, std: number, a: number, b: number, generator: Generator | null): void {
  const below = (x: number): number => 0.5 * (1 + numberOf(functions.erf(kit.full([], x / Math.SQRT2, kit.dtype.float64))))
  const [low, high] = [below((a - mean) / std), below((b - mean) / std)]
  tensor.uniform_(2 * low - 1, 2 * high - 1, { generator })
  tensor.erfinv_()
  tensor.mul_(std * Math.SQRT2).add_(mean)
  tensor.clamp_(a, b)
}

const numberOf = (tensor: Tensor): number => Number(tensor.item())

/** The orthogonal factor of a tall matrix, its signs as R's diagonal has them (Householder reflections). */
function orthogonalFactor(values: readonly number[], rows: number, columns: number): number[] {
  const r = [...values]
  const q = Array.from({ length: rows * columns }, (_, at) => (Math.floor(at / columns) === at % columns ? 1 : 0))
  const reflections: { readonly v: readonly number[]; readonly from: number }[] = []
  for (let k = 0; k < columns; k++) {
    const column = Array.from({ length: rows - k }, (_, i) => r[(k + i) * columns + k]!)
    const length = Math.hypot(...column)
    if (length === 0) continue
    const v = [...column]
    v[0]! += column[0]! >= 0 ? length : -length
    const square = v.reduce((sum, x) => sum + x * x, 0)
    const scaled = v.map((x) => x / Math.sqrt(square))
    reflections.push({ v: scaled, from: k })
    reflect(r, columns, scaled, k)
  }
  for (const { v, from } of reflections.reverse()) reflect(q, columns, v, from)
  for (let c = 0; c < columns; c++) if (r[c * columns + c]! < 0) for (let i = 0; i < rows; i++) q[i * columns + c]! *= -1
  return q
}

/** matrix −= 2 v (vᵀ matrix), from a row on. */
function reflect(matrix: number[], columns: number, v: readonly number[], from: number): void {
  for (let c = 0; c < columns; c++) {
    let dot = 0
    for (let i = 0; i < v.length; i++) dot += v[i]! * matrix[(from + i) * columns + c]!
    for (let i = 0; i < v.length; i++) matrix[(from + i) * columns + c]! -= 2 * dot * v[i]!
  }
}

function mustBeMatrix(what: string, tensor: Tensor): void {
  if (tensor.ndim !== 2) throw faults.value(`${what}: expected 2 dimensions, found ${tensor.ndim}.`, "Pass a weight such as that of nn.Linear.")
}

export const init: Readonly<Record<string, unknown>> = {
  calculate_gain,
  uniform_: initialiser<{ a: number; b: number }>(`uniform_(tensor: Tensor, a: number = 0, b: number = 1, ${generated})`, (tensor, { a, b, generator }) => tensor.uniform_(a, b, { generator })),
  normal_: initialiser<{ mean: number; std: number }>(`normal_(tensor: Tensor, mean: number = 0, std: number = 1, ${generated})`, (tensor, { mean, std, generator }) => tensor.normal_(mean, std, { generator })),
  trunc_normal_: initialiser<{ mean: number; std: number; a: number; b: number }>(`trunc_normal_(tensor: Tensor, mean: number = 0, std: number = 1, a: number = -2, b: number = 2, ${generated})`, (tensor, { mean, std, a, b, generator }) =>
    truncatedNormal(tensor, mean, std, a, b, generator),
  ),
  constant_: initialiser<{ val: number }>("constant_(tensor: Tensor, val: number)", (tensor, { val }) => tensor.fill_(val)),
  ones_: initialiser("ones_(tensor: Tensor)", (tensor) => tensor.fill_(1)),
  zeros_: initialiser("zeros_(tensor: Tensor)", (tensor) => tensor.zero_()),
  eye_: initialiser("eye_(tensor: Tensor)", (tensor) => {
    mustBeMatrix("eye_", tensor)
    tensor.copy_(functions.eye(tensor.sizes[0], tensor.sizes[1]))
  }),
  dirac_: initialiser<{ groups: number }>("dirac_(tensor: Tensor, groups: number = 1)", (tensor, { groups }) => {
    const [out = 0, into = 0, ...kernel] = tensor.sizes
    if (tensor.ndim < 3 || tensor.ndim > 5) throw faults.value(`dirac_: expected 3, 4 or 5 dimensions, found ${tensor.ndim}.`, "Pass the weight of a convolution.")
    if (out % groups !== 0) throw faults.value(`dirac_: ${out} output channels cannot be divided into ${groups} groups.`, "Choose a number of groups that divides them.")
    const each = out / groups
    const field = kernel.reduce((product, size) => product * size, 1)
    const centre = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0)
    const values = new Array<number>(tensor.numel()).fill(0)
    for (let g = 0; g < groups; g++) for (let d = 0; d < Math.min(each, into); d++) values[((g * each + d) * into + d) * field + centre] = 1
    tensor.copy_(kit.fromNumbers(values, tensor.sizes, tensor.dtype))
  }),
  xavier_uniform_: initialiser<{ gain: number }>(`xavier_uniform_(tensor: Tensor, gain: number = 1, ${generated})`, (tensor, { gain, generator }) => {
    const bound = Math.sqrt(3) * xavierStd(tensor, gain)
    tensor.uniform_(-bound, bound, { generator })
  }),
  xavier_normal_: initialiser<{ gain: number }>(`xavier_normal_(tensor: Tensor, gain: number = 1, ${generated})`, (tensor, { gain, generator }) => tensor.normal_(0, xavierStd(tensor, gain), { generator })),
  kaiming_uniform_: initialiser<Kaiming>(`kaiming_uniform_(tensor: Tensor, a: number = 0, mode: string = "fan_in", nonlinearity: string = "leaky_relu", ${generated})`, (tensor, args) => {
    const bound = Math.sqrt(3) * kaimingStd(tensor, args)
    tensor.uniform_(-bound, bound, { generator: args.generator })
  }),
  kaiming_normal_: initialiser<Kaiming>(`kaiming_normal_(tensor: Tensor, a: number = 0, mode: string = "fan_in", nonlinearity: string = "leaky_relu", ${generated})`, (tensor, args) =>
    tensor.normal_(0, kaimingStd(tensor, args), { generator: args.generator }),
  ),
  orthogonal_: initialiser<{ gain: number }>(`orthogonal_(tensor: Tensor, gain: number = 1, ${generated})`, (tensor, { gain, generator }) => {
    if (tensor.ndim < 2) throw faults.value(`orthogonal_: expected at least 2 dimensions, found ${tensor.ndim}.`, "Use normal_ for a bias.")
    const rows = tensor.sizes[0]!
    const columns = tensor.numel() / rows
    const drawn = kit.zeros([rows, columns], tensor.dtype).normal_(0, 1, { generator })
    const wide = rows < columns
    const tall = wide ? drawn.t() : drawn
    const q = kit.fromNumbers(orthogonalFactor(kit.numbers(tall), tall.sizes[0]!, tall.sizes[1]!), tall.sizes, tensor.dtype)
    tensor.copy_((wide ? q.t() : q).reshape(tensor.sizes)).mul_(gain)
  }),
  sparse_: initialiser<{ sparsity: number; std: number }>(`sparse_(tensor: Tensor, sparsity: number, std: number = 0.01, ${generated})`, (tensor, { sparsity, std, generator }) => {
    mustBeMatrix("sparse_", tensor)
    const [rows = 0, columns = 0] = tensor.sizes
    const zeroed = Math.ceil(sparsity * rows)
    tensor.normal_(0, std, { generator })
    for (let c = 0; c < columns; c++) tensor.select(1, c).index_fill_(0, functions.randperm(rows).slice(0, 0, zeroed), 0)
  }),
}

/** What Linear and convolutions start from: uniform weights by the fan, and a bias within the same bound. */
export function usualInit(weight: Tensor, bias: Tensor | null): void {
  const { fanIn } = fans(weight)
  if (fanIn === 0) return
  // kaiming_uniform_ with a = √5 is the bound 1/√fan.
  const bound = Math.sqrt(3) * (gainOf("leaky_relu", Math.sqrt(5)) / Math.sqrt(fanIn))
  untracked(() => {
    weight.uniform_(-bound, bound)
    bias?.uniform_(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn))
  })
}
