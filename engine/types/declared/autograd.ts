// torch.autograd: gradients on request, checks, Jacobians.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const tensors = "Tensor | Tensor[]"

const tolerances = "eps: number = 0.000001, atol: number = 0.00001, rtol: number = 0.001"
const checks = "nondet_tol: number = 0, check_undefined_grad: boolean = true, check_grad_dtypes: boolean = false, check_batched_grad: boolean = false, fast_mode: boolean = false"
const flags = "create_graph: boolean = false, strict: boolean = false"

/** One input gives the first result, several the second. */
const product = (name: string, rest: string, one: string, several: string): readonly string[] => [`${name}(func: Differentiable, inputs: Tensor, ${rest}) -> ${one}`, `${name}(func: Differentiable, inputs: Tensor[], ${rest}) -> ${several}`]

const gradients: readonly TypedOperator[] = inNamespace("autograd", [
  [`grad(outputs: ${tensors}, inputs: ${tensors}, grad_outputs: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, only_inputs: boolean = true, allow_unused: boolean = null, is_grads_batched: boolean = false, materialize_grads: boolean = false) -> Tensor[]`, "The gradients of the outputs with respect to the inputs, one for each input, without touching any `.grad`. With create_graph they can be differentiated again. Throws RuntimeError where an input is not reached."],
  [`backward(tensors: ${tensors}, grad_tensors: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, grad_variables: any = null, inputs: ${tensors} = null) -> void`, "Adds the gradients of these tensors to the `.grad` of the leaves."],
  [["set_detect_anomaly(mode: boolean, check_nan: boolean = true) -> GradMode"], "Switches the search for NaN in backward passes on or off."],
  [`gradcheck(func: Differentiable, inputs: Tensor | any[], *, ${tolerances}, raise_exception: boolean = true, ${checks}) -> boolean`, "Compares the gradients of a function with finite differences. Inputs should be float64 and require gradients. Throws GradcheckError where they differ, or gives false if raise_exception is false."],
  [`gradgradcheck(func: Differentiable, inputs: Tensor | any[], grad_outputs: ${tensors} = null, *, ${tolerances}, gen_non_contig_grad_outputs: boolean = false, raise_exception: boolean = true, ${checks}) -> boolean`, "The same check one order higher: gradients of gradients."],
])

const functional: readonly TypedOperator[] = inNamespace("autograd.functional", [
  [product("jacobian", `${flags}, vectorize: boolean = false, strategy: string = "reverse-mode"`, "Tensor", "any"), "All first derivatives of a function: for one input and one output a tensor of shape (…output, …input), for several a block for each pair."],
  [product("hessian", `${flags}, vectorize: boolean = false, outer_jacobian_strategy: string = "reverse-mode"`, "Tensor", "Tensor[][]"), "All second derivatives of a function that gives one element: a tensor of shape (…input, …input), or a block for each pair of inputs. Throws RuntimeError where func gives more than one element."],
  [product("vjp", `v: ${tensors} = null, ${flags}`, "[any, Tensor]", "[any, Tensor[]]"), "The function's value, and v times its Jacobian. v has the shape of the value and may be left out where that is one element."],
  [product("jvp", `v: ${tensors} = null, ${flags}`, "[any, any]", "[any, any]"), "The function's value, and its Jacobian times v. v has the shape of the inputs and may be left out where these are one element."],
  [product("vhp", `v: ${tensors} = null, ${flags}`, "[Tensor, Tensor]", "[Tensor, Tensor[]]"), "The function's value, which is one element, and v times its Hessian."],
  [product("hvp", `v: ${tensors} = null, ${flags}`, "[Tensor, Tensor]", "[Tensor, Tensor[]]"), "The function's value, which is one element, and its Hessian times v."],
])

const inPlace: readonly TypedOperator[] = inNamespace("functional", [
  ["relu_(input: Tensor) -> Tensor", "relu, into the tensor itself."],
  ["elu_(input: Tensor, alpha: number = 1) -> Tensor", "elu, into the tensor itself."],
  ["celu_(input: Tensor, alpha: number = 1) -> Tensor", "celu, into the tensor itself."],
  ["selu_(input: Tensor) -> Tensor", "selu, into the tensor itself."],
  ["leaky_relu_(input: Tensor, negative_slope: number = 0.01) -> Tensor", "leaky_relu, into the tensor itself."],
  ["hardtanh_(input: Tensor, min_val: number = -1, max_val: number = 1) -> Tensor", "hardtanh, into the tensor itself."],
  ["threshold_(input: Tensor, threshold: number, value: number) -> Tensor", "threshold, into the tensor itself."],
  ["rrelu_(input: Tensor, lower: number = 0.125, upper: number = 0.3333333333333333, training: boolean = false) -> Tensor", "rrelu, into the tensor itself."],
])

export const autograd: readonly TypedOperator[] = [...gradients, ...functional, ...inPlace]
