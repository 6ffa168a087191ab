// torch.func and torch.vmap where a signature says it, torch.nn.utils and torch.cuda: functions that came after the operators.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const F = "<F extends Differentiable>"
const which = "argnums: number | number[] = 0, has_aux: boolean = false"

/** With one gradient, by the first argument, its type is known; else anything may come. */
const transform = (name: string, of: string, rest = ""): readonly string[] => [`${name}(func: F, argnums: 0 = 0${rest}) -> ${of}`, `${name}(func: F, ${which}${rest}) -> Transformed<F>`]

const parameters = "parameters: Iterable<Tensor> | Tensor"
const strictness = "error_if_nonfinite: boolean = false, foreach: boolean = null"

const mapped: readonly [string, string, string] = [
  'vmap(func: F, in_dims: any = 0, out_dims: any = 0, randomness: string = "error", *, chunk_size: number = null) -> F',
  "The function over a batch: it is called for each slice along in_dims (the first dimension unless given; null keeps an argument whole), and the results are stacked along out_dims. Throws ValueError where the mapped sizes differ.",
  F,
]

export const transforms: readonly TypedOperator[] = [
  ...inNamespace("func", [
    [transform("grad", "Gradient<F>"), "A function that gives the gradient of `func` at its arguments: by the first one, or by those of argnums. Throws RuntimeError where func does not give one number.", F],
    ["grad_and_value(func: F, argnums: number | number[] = 0, has_aux: boolean = false) -> Transformed<F>", "A function that gives the gradient of `func` and its value: `const [grad, value] = torch.func.grad_and_value(f)(x)`.", F],
    [transform("jacrev", "Gradient<F>", ", *, chunk_size: number = null"), "A function that gives the Jacobian of `func`, of shape (…output, …input), by one backward pass for each output element.", F],
    [transform("jacfwd", "Gradient<F>", ', *, randomness: string = "error"'), "A function that gives the Jacobian of `func`, of shape (…output, …input), column by column.", F],
    [["hessian(func: F, argnums: 0 = 0) -> Gradient<F>", "hessian(func: F, argnums: number | number[]) -> Transformed<F>"], "A function that gives all second derivatives of `func`, of shape (…output, …input, …input).", F],
    mapped,
  ]),
  ...inNamespace("torch", [mapped]),
  ...inNamespace("cuda", [
    ["is_available() -> boolean", "False: tensors are computed on the CPU here."],
    ["device_count() -> number", "0: tensors are computed on the CPU here."],
    ["manual_seed(seed: Int) -> void", "Kept for programs that call it; it does nothing."],
    ["manual_seed_all(seed: Int) -> void", "Kept for programs that call it; it does nothing."],
  ]),
  ...inNamespace("torch", [
    ["set_default_device(device: device | string | null) -> void", "Where new tensors are made from now on; null is the CPU."],
    ["get_default_device() -> device", "Where new tensors are made."],
  ]),
  ...inNamespace("webgpu", [
    ["is_available() -> boolean", "Whether there is a GPU that the setting autograd.device allows: one with a driver of its own, or any where the setting is webgpu."],
    ["device_count() -> number", "1 where there is a GPU, else 0."],
    ["current_device() -> number", "The number of the GPU, which is 0. Throws RuntimeError where there is none."],
    ["get_device_name(device: device | string | number | null = null) -> string", "What the GPU is called. Throws RuntimeError where there is none."],
    ["synchronize(device: device | string | number | null = null) -> void", "Waits until everything that was asked of the GPU is done: for measuring times."],
  ]),
  ...inNamespace("nn.utils", [
    [`clip_grad_norm_(${parameters}, max_norm: number, norm_type: number = 2, ${strictness}) -> Tensor`, "Shortens all gradients together, in place, so that their norm is at most max_norm; gives the norm before. Throws RuntimeError on nan and infinity if error_if_nonfinite is true."],
    [`clip_grad_value_(${parameters}, clip_value: number, foreach: boolean = null) -> void`, "Brings each element of the gradients between −clip_value and clip_value, in place."],
    [`get_total_norm(tensors: Iterable<Tensor> | Tensor, norm_type: number = 2, ${strictness}) -> Tensor`, "The norm of all elements of all tensors together."],
    ["parameters_to_vector(parameters: Iterable<Tensor>) -> Tensor", "All parameters one after the other in one vector."],
    ["vector_to_parameters(vec: Tensor, parameters: Iterable<Tensor>) -> void", "Gives each parameter its part of a vector; they share its elements from then on."],
  ]),
  ...inNamespace("nn.utils.rnn", [
    ['pad_sequence(sequences: Iterable<Tensor>, batch_first: boolean = false, padding_value: number = 0, padding_side: string = "right") -> Tensor', "Sequences of different lengths in one tensor of shape (longest, batch, …), or (batch, longest, …) with batch_first; the shorter ones are filled up with padding_value."],
  ]),
]
