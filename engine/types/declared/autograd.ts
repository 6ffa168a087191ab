// torch.autograd: gradients on request, modes, checks, Jacobians.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const tensors = "Tensor | Tensor[]"

export const autograd: readonly TypedOperator[] = [
  ...inNamespace("autograd", [
    [`grad(outputs: ${tensors}, inputs: ${tensors}, grad_outputs: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, only_inputs: boolean = true, allow_unused: boolean = null, is_grads_batched: boolean = false, materialize_grads: boolean = false) -> Tensor[]`, "The gradients of the outputs with respect to the inputs, one for each input, without touching any `.grad`. With create_graph they can be differentiated again. Throws RuntimeError where an input is not reached."],
    [`backward(tensors: ${tensors}, grad_tensors: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, grad_variables: any = null, inputs: ${tensors} = null) -> void`, "Adds the gradients of these tensors to the `.grad` of the leaves."],
    [["set_detect_anomaly(mode: boolean, check_nan: boolean = true) -> GradMode"], "Switches the search for NaN in backward passes on or off."],
    [`gradcheck(func: Differentiable, inputs: ${tensors}, *, eps: number = 0.000001, atol: number = 0.00001, rtol: number = 0.001, raise_exception: boolean = true, nondet_tol: number = 0, check_undefined_grad: boolean = true, check_grad_dtypes: boolean = false, fast_mode: boolean = false) -> boolean`, "Compares the gradients of a function with finite differences. Inputs should be float64. Throws RuntimeError where they differ, or gives false if raise_exception is false."],
    [`gradgradcheck(func: Differentiable, inputs: ${tensors}, grad_outputs: ${tensors} = null, *, eps: number = 0.000001, atol: number = 0.00001, rtol: number = 0.001, raise_exception: boolean = true) -> boolean`, "The same check one order higher: gradients of gradients."],
  ]),
  ...inNamespace("autograd.functional", [
    [`jacobian(func: Differentiable, inputs: ${tensors}, create_graph: boolean = false, strict: boolean = false, vectorize: boolean = false) -> any`, "All first derivatives: one row for each output element, one column for each input element."],
    [`hessian(func: Differentiable, inputs: ${tensors}, create_graph: boolean = false, strict: boolean = false, vectorize: boolean = false) -> any`, "All second derivatives of a function that gives one element."],
    [`vjp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, create_graph: boolean = false, strict: boolean = false) -> any`, "The function's value, and v times its Jacobian."],
    [`jvp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, create_graph: boolean = false, strict: boolean = false) -> any`, "The function's value, and its Jacobian times v."],
    [`vhp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, create_graph: boolean = false, strict: boolean = false) -> any`, "The function's value, and v times its Hessian."],
    [`hvp(func: Differentiable, inputs: ${tensors}, v: ${tensors} = null, create_graph: boolean = false, strict: boolean = false) -> any`, "The function's value, and its Hessian times v."],
  ]),
]
