// torch.nn.utils: what is done to all gradients or parameters together, and to sequences of different lengths.
import { functions } from "../autograd/functions.ts"
import { untracked } from "../autograd/modes.ts"
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"

const clipNorm = parseSignature("clip_grad_norm_(parameters: unknown, max_norm: number, norm_type: number = 2, error_if_nonfinite: boolean = false, foreach: boolean = null)")
const clipValue = parseSignature("clip_grad_value_(parameters: unknown, clip_value: number, foreach: boolean = null)")
const totalNorm = parseSignature("get_total_norm(tensors: unknown, norm_type: number = 2, error_if_nonfinite: boolean = false, foreach: boolean = null)")
const padding = parseSignature('pad_sequence(sequences: unknown, batch_first: boolean = false, padding_value: number = 0, padding_side: string = "right")')

function tensorsOf(what: string, value: unknown): Tensor[] {
  const list = value instanceof Tensor ? [value] : typeof value === "object" && value !== null && Symbol.iterator in value ? [...(value as Iterable<unknown>)] : [value]
  if (!list.every((one) => one instanceof Tensor)) throw faults.argument(`${what}: expected parameters.`, "Pass model.parameters().")
  return list as Tensor[]
}

const gradientsOf = (what: string, value: unknown): Tensor[] => tensorsOf(what, value).flatMap((one) => (one.grad ? [one.grad.detach()] : []))

/** The norm of all elements of all tensors together. */
function together(tensors: readonly Tensor[], type: number, strict: unknown): Tensor {
  if (tensors.length === 0) return functions.zeros([])
  const one = (tensor: Tensor): Tensor => (type === Infinity ? tensor.abs().amax() : tensor.norm(type))
  const total = type === Infinity ? functions.stack(tensors.map(one)).amax() : functions.stack(tensors.map(one)).norm(type)
  if (strict && !Number.isFinite(Number(total.item()))) throw faults.runtime(`The total norm of the gradients is ${String(total.item())}, so they cannot be clipped.`, "Look for the nan or infinity, or leave error_if_nonfinite out.")
  return total
}

/** Shortens all gradients together to a total norm, in place. Gives the norm before. */
function clip_grad_norm_(...args: readonly unknown[]): Tensor {
  const { parameters, max_norm, norm_type, error_if_nonfinite } = bind(clipNorm, args)
  return untracked(() => {
    const grads = gradientsOf("clip_grad_norm_", parameters)
    const total = together(grads, norm_type as number, error_if_nonfinite)
    const factor = functions.clamp(functions.reciprocal(total.add(1e-6)).mul(max_norm), { max: 1 })
    for (const one of grads) one.mul_(factor)
    return total
  })
}

/** Keeps each gradient's elements between −clip_value and clip_value, in place. */
function clip_grad_value_(...args: readonly unknown[]): void {
  const { parameters, clip_value } = bind(clipValue, args)
  untracked(() => {
    for (const one of gradientsOf("clip_grad_value_", parameters)) one.clamp_(-(clip_value as number), clip_value)
  })
}

function get_total_norm(...args: readonly unknown[]): Tensor {
  const { tensors, norm_type, error_if_nonfinite } = bind(totalNorm, args)
  return untracked(() => together(tensorsOf("get_total_norm", tensors), norm_type as number, error_if_nonfinite))
}

/** All parameters one after the other in one vector. */
function parameters_to_vector(parameters: unknown): Tensor {
  return functions.cat(tensorsOf("parameters_to_vector", parameters).map((one) => one.view(-1)))
}

/** Gives each parameter its part of a vector: they look into it from then on. */
function vector_to_parameters(vec: unknown, parameters: unknown): void {
  if (!(vec instanceof Tensor)) throw faults.argument("vector_to_parameters: expected a tensor first.", "Pass a vector as parameters_to_vector gives it.")
  let offset = 0
  for (const one of tensorsOf("vector_to_parameters", parameters)) {
    one.data = vec.detach().narrow(0, offset, one.numel()).view(one.sizes)
    offset += one.numel()
  }
}

/** Sequences of different lengths in one tensor, the shorter ones filled up. */
function pad_sequence(...args: readonly unknown[]): Tensor {
  const { sequences, batch_first, padding_value, padding_side } = bind(padding, args)
  const list = tensorsOf("pad_sequence", sequences)
  const most = Math.max(...list.map((one) => one.sizes[0] ?? 0))
  const filled = list.map((one) => {
    const missing = one.new_full([most - one.sizes[0]!, ...one.sizes.slice(1)], padding_value)
    return functions.cat(padding_side === "left" ? [missing, one] : [one, missing])
  })
  return functions.stack(filled, batch_first ? 0 : 1)
}

export const utils: Readonly<Record<string, unknown>> = {
  clip_grad_norm_,
  clip_grad_value_,
  get_total_norm,
  parameters_to_vector,
  vector_to_parameters,
  rnn: { pad_sequence },
}
