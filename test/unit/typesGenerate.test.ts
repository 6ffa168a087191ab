// From signatures to declarations: the generator on a few literal entries.
import { expect, test } from "vitest"
import { generateTypes, type TypedOperator } from "../../engine/types/generate.ts"
import { overloads } from "../../engine/types/overloads.ts"

const header = "// Autograd Lab: torch and torchvision for TypeScript. Generated; a change is lost with the next version."
const mean = "mean(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null) -> Tensor"

test("every prefix of the positional parameters may be followed by options with the rest", () => {
  expect(overloads({ signature: mean, doc: "" }, { name: "mean", self: "drop" })).toEqual([
    "mean(options?: { dim?: Dims; keepdim?: boolean; dtype?: dtype | null }): Tensor",
    "mean(dim: Dims, options?: { keepdim?: boolean; dtype?: dtype | null }): Tensor",
    "mean(dim: Dims, keepdim: boolean, options?: { dtype?: dtype | null }): Tensor",
  ])
})

test("a function of torch takes the tensor first, under PyTorch's name input", () => {
  expect(overloads({ signature: mean, doc: "" }, { name: "mean", self: "input" })[1]).toBe("mean(input: AnyTensor, dim: Dims, options?: { keepdim?: boolean; dtype?: dtype | null }): Tensor")
})

test("a required parameter may be given by name, and options are required then", () => {
  const signature = "softmax(self: Tensor, dim: number, *, dtype: dtype = null) -> Tensor"
  expect(overloads({ signature, doc: "" }, { name: "softmax", self: "input" })).toEqual([
    "softmax(input: AnyTensor, options: { dim: Int; dtype?: dtype | null }): Tensor",
    "softmax(input: AnyTensor, dim: Int, options?: { dtype?: dtype | null }): Tensor",
  ])
})

test("a method's first argument may be given by name", () => {
  expect(overloads({ signature: "logsumexp(self: Tensor, dim: Dims, keepdim: boolean = false)", doc: "" }, { name: "logsumexp", self: "drop" })[0]).toBe("logsumexp(options: { dim: Dims; keepdim?: boolean }): Tensor")
})

test("tensors that are required are given by position", () => {
  const signature = "lerp(self: Tensor, end: Tensor, weight: Operand) -> Tensor"
  expect(overloads({ signature, doc: "" }, { name: "lerp", self: "input" })).toEqual(["lerp(input: AnyTensor, end: AnyTensor, weight: Operand): Tensor"])
})

test("sizes may be written one by one or as an array, with options behind", () => {
  expect(overloads({ signature: "ones(...size: Shape, *, dtype: dtype = null) -> Tensor", doc: "" }, { name: "ones", self: "input" })).toEqual([
    "ones(...size: Int[]): Tensor",
    "ones(...size: [...size: Int[], options: { dtype?: dtype | null }]): Tensor",
    "ones(size: readonly Int[], options?: { dtype?: dtype | null }): Tensor",
  ])
})

test("several signatures of one name become overloads in their order", () => {
  const signature = ["size() -> Size", "size(dim: number) -> number"]
  expect(overloads({ signature, doc: "" }, { name: "size", self: "drop" })).toEqual(["size(): Size", "size(options: { dim: Int }): number", "size(dim: Int): number"])
})

test("lists of tensors are read-only, may hold comparisons, and keep their kind in results", () => {
  const signature = "split(self: Tensor, tensors: Tensor[], weight: Tensor = null) -> Tensor[]"
  expect(overloads({ signature, doc: "" }, { name: "split", self: "drop" })).toEqual([
    "split(tensors: readonly AnyTensor[], options?: { weight?: AnyTensor | null }): Tensor[]",
    "split(tensors: readonly AnyTensor[], weight: AnyTensor | null): Tensor[]",
  ])
})

test("an operator appears in each of its namespaces, and its twin in place on tensors only", () => {
  const operator: TypedOperator = { name: "relu", signature: "relu(self: Tensor) -> Tensor", doc: "max(0, x).", namespaces: ["torch", "Tensor", "functional"], inPlace: true }
  expect(generateTypes(["// About the source.\n\n/// <reference lib=\"esnext\" />\n"], { operators: [operator], classes: [], values: [] })).toBe(`${header}

/// <reference lib="esnext" />

declare namespace torch {
  /** max(0, x). */
  function relu(input: AnyTensor): Tensor
}

declare namespace torch {
  interface TensorMembers {
    /** max(0, x). */
    relu(): Tensor
    /** max(0, x). In place: changes the tensor itself and gives it back. */
    relu_(): Tensor
  }
}

declare namespace torch.nn {
  interface functional {
    /** max(0, x). */
    relu(input: AnyTensor): Tensor
  }
}
`)
})

test("a class is made with new, refines its parent and documents what stands on it", () => {
  const linear = { name: "Linear", signature: "Linear(in_features: number, bias: boolean = true)", doc: "x @ w.T + b.", namespace: "nn", parent: "Module", members: [{ text: "weight: Parameter", doc: "The factors." }] }
  expect(generateTypes([], { operators: [], classes: [linear], values: [] })).toBe(`${header}

declare namespace torch.nn {
  /** x @ w.T + b. */
  interface Linear extends Module {
    /** The factors. */
    weight: Parameter
  }
}

declare namespace torch {
  interface nn {
    /** x @ w.T + b. */
    readonly Linear: {
      /** x @ w.T + b. */
      new (in_features: Int, options?: { bias?: boolean }): torch.nn.Linear
      /** x @ w.T + b. */
      new (in_features: Int, bias: boolean): torch.nn.Linear
      /** x @ w.T + b. */
      new (options: { in_features: Int; bias?: boolean }): torch.nn.Linear
    }
  }
}
`)
})

test("a function whose name is a reserved word becomes a static method of the class that torch merges with", () => {
  const operator: TypedOperator = { name: "var", signature: "var(self: Tensor, dim: Dims = null, *, dtype: dtype = null) -> Tensor", doc: "Variance.", namespaces: ["torch"] }
  expect(generateTypes([], { operators: [operator], classes: [], values: [] })).toContain("  static var(input: torch.AnyTensor, dim: torch.Dims, options?: { dtype?: torch.dtype | null }): torch.Tensor\n")
})

test("documentation cannot end its own comment", () => {
  const operator: TypedOperator = { name: "f", signature: "f(self: Tensor) -> Tensor", doc: "a */ b", namespaces: ["torch"] }
  expect(generateTypes([], { operators: [operator], classes: [], values: [] })).toContain("/** a * / b */")
})
