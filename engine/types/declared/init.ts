// torch.nn.init: filling weights before training.
import type { TypedOperator } from "../generate.ts"
import { inNamespace } from "./inNamespace.ts"

const fan = `mode: string = "fan_in", nonlinearity: string = "leaky_relu"`

export const init: readonly TypedOperator[] = inNamespace("nn.init", [
  ["uniform_(tensor: Tensor, a: number = 0, b: number = 1) -> Tensor", "Fills the tensor with numbers drawn evenly from a to b."],
  ["normal_(tensor: Tensor, mean: number = 0, std: number = 1) -> Tensor", "Fills the tensor with numbers of a normal distribution."],
  ["trunc_normal_(tensor: Tensor, mean: number = 0, std: number = 1, a: number = -2, b: number = 2) -> Tensor", "Fills the tensor with numbers of a normal distribution between two bounds."],
  ["constant_(tensor: Tensor, val: number) -> Tensor", "Fills the tensor with one value."],
  ["ones_(tensor: Tensor) -> Tensor", "Fills the tensor with 1."],
  ["zeros_(tensor: Tensor) -> Tensor", "Fills the tensor with 0."],
  ["eye_(tensor: Tensor) -> Tensor", "Makes the matrix an identity: 1 on the diagonal, 0 elsewhere."],
  ["dirac_(tensor: Tensor, groups: number = 1) -> Tensor", "Fills convolution weights so that channels pass unchanged."],
  ["xavier_uniform_(tensor: Tensor, gain: number = 1) -> Tensor", "Even random numbers scaled by the sizes of both sides (Glorot)."],
  ["xavier_normal_(tensor: Tensor, gain: number = 1) -> Tensor", "Normal random numbers scaled by the sizes of both sides (Glorot)."],
  [`kaiming_uniform_(tensor: Tensor, a: number = 0, ${fan}) -> Tensor`, "Even random numbers scaled for ReLU-like activations (He)."],
  [`kaiming_normal_(tensor: Tensor, a: number = 0, ${fan}) -> Tensor`, "Normal random numbers scaled for ReLU-like activations (He)."],
  ["orthogonal_(tensor: Tensor, gain: number = 1) -> Tensor", "Fills the matrix with an orthogonal one."],
  ["sparse_(tensor: Tensor, sparsity: number, std: number = 0.01) -> Tensor", "Fills the matrix with mostly zeros."],
  ["calculate_gain(nonlinearity: string, param: number = null) -> number", "The factor recommended for an activation."],
])
