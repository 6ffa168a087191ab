// torch.autograd: gradients on request.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const tensors = "Tensor | Tensor[]"

export const autograd: readonly TypedOperator[] = inNamespace("autograd", [
  [`grad(outputs: ${tensors}, inputs: ${tensors}, grad_outputs: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, only_inputs: boolean = true, allow_unused: boolean = null, is_grads_batched: boolean = false, materialize_grads: boolean = false) -> Tensor[]`, "The gradients of the outputs with respect to the inputs, one for each input, without touching any `.grad`. With create_graph they can be differentiated again. Throws RuntimeError where an input is not reached."],
  [`backward(tensors: ${tensors}, grad_tensors: Tensor | (Tensor | null)[] = null, retain_graph: boolean = null, create_graph: boolean = false, grad_variables: any = null, inputs: ${tensors} = null) -> void`, "Adds the gradients of these tensors to the `.grad` of the leaves."],
  [["set_detect_anomaly(mode: boolean, check_nan: boolean = true) -> GradMode"], "Switches the search for NaN in backward passes on or off."],
])
