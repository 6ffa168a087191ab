// Functions of functions: torch.autograd.functional, torch.func, the gradient checks; and torch.nn.utils.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const tensors = "Tensor | Tensor[]"
const flags = "create_graph: boolean = false, strict: boolean = false"
const check = "eps: number = 0.000001, atol: number = 0.00001, rtol: number = 0.001, raise_exception: boolean = true"

export const transforms: readonly TypedOperator[] = [
  ...inNamespace("autograd", [
    [`gradcheck(func: Differentiable, inputs: ${tensors}, *, ${check}) -> boolean`, "Compares the gradients of a function with finite differences. Inputs should be float64. Throws GradcheckError where they differ, or gives false if raise_exception is false."],
    [`gradgradcheck(func: Differentiable, inputs: ${tensors}, grad_outputs: ${tensors} = null, *, ${check}) -> boolean`, "The same check one order higher: gradients of gradients."],
  ]),
  ...inNamespace("autograd.functional", [
    [`jacobian(func: Differentiable, inputs: ${tensors}, ${flags}, vectorize: boolean = false) -> any`, "All first derivatives: one row for each output element, one column for each input element."],
    [`hessian(func: Differentiable, inputs: ${tensors}, ${flags}, vectorize: boolean = false) -> any`, "All second derivatives of a function that gives one element."],
    [`vjp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, ${flags}) -> any`, "The function's value, and v times its Jacobian."],
    [`jvp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, ${flags}) -> any`, "The function's value, and its Jacobian times v."],
    [`vhp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, ${flags}) -> any`, "The function's value, and v times its Hessian."],
    [`hvp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, ${flags}) -> any`, "The function's value, and its Hessian times v."],
  ]),
  ...inNamespace("nn.utils", [
    ["clip_grad_norm_(parameters: Tensor | Iterable<Tensor>, max_norm: number, norm_type: number = 2, error_if_nonfinite: boolean = false) -> Tensor", "Shortens all gradients together to a total norm, in place, and gives the norm before."],
    ["clip_grad_value_(parameters: Tensor | Iterable<Tensor>, clip_value: number) -> void", "Keeps each gradient's elements between two bounds, in place."],
    ["get_total_norm(tensors: Tensor | Iterable<Tensor>, norm_type: number = 2, error_if_nonfinite: boolean = false) -> Tensor", "The norm of all elements of all tensors together."],
    ["parameters_to_vector(parameters: Iterable<Tensor>) -> Tensor", "All parameters one after the other in one vector."],
    ["vector_to_parameters(vec: Tensor, parameters: Iterable<Tensor>) -> void", "Gives each parameter its part of a vector."],
  ]),
  ...inNamespace("nn.utils.rnn", [["pad_sequence(sequences: Iterable<Tensor>, batch_first: boolean = false, padding_value: number = 0, padding_side: string = \"right\") -> Tensor", "Sequences of different lengths in one tensor, the shorter ones filled up."]]),
]
