// A tensor and a plain number, as PyTorch's own compositions write them: their nodes are numbered 1 where a learner's
// operators, whose numbers count as tensors, are numbered 0.
import { elementwise, type Namespace } from "./entry.ts"
import { add, div, mul, sub } from "./expr.ts"
import type { Family } from "./family.ts"

const inside = { in: [] as readonly Namespace[], inPlace: false, samples: [[[1, -2, 3], 2]] }

export const scalars: Family<"_add_scalar" | "_sub_scalar" | "_mul_scalar" | "_div_scalar"> = {
  _add_scalar: elementwise("_add_scalar(self: Tensor, other: number)", { ...inside, doc: "Adds a number.", formula: ({ self, other }) => add(self!, other!), slope: { self: () => 1 }, gradName: "AddBackward1" }),
  _sub_scalar: elementwise("_sub_scalar(self: Tensor, other: number)", { ...inside, doc: "Subtracts a number.", formula: ({ self, other }) => sub(self!, other!), slope: { self: () => 1 }, gradName: "SubBackward1" }),
  _mul_scalar: elementwise("_mul_scalar(self: Tensor, other: number)", { ...inside, doc: "Multiplies by a number.", formula: ({ self, other }) => mul(self!, other!), slope: { self: ({ other }) => other! }, gradName: "MulBackward1" }),
  _div_scalar: elementwise("_div_scalar(self: Tensor, other: number)", { ...inside, doc: "Divides by a number.", formula: ({ self, other }) => div(self!, other!), slope: { self: ({ other }) => div(1, other!) }, gradName: "DivBackward1", result: "float" }),
}
