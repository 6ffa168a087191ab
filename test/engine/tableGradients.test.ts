// Every gradient of the operators' table against finite differences, first and second order, at the entries' own samples.
import { describe, expect, test } from "vitest"
import { functions } from "../../engine/autograd/functions.ts"
import { kit } from "../../engine/autograd/kit.ts"
import { table } from "../../engine/ops/table.ts"
import { Tensor, torch } from "../../engine/torch.ts"
import { argumentsOf, families, hasGradient, mapTensors, outputsOf, sampleText, tensorsIn, weights, type Operator } from "./tableCalls.ts"

const grad = (torch["autograd"] as { grad: (outputs: Tensor, inputs: Tensor[], options: object) => (Tensor | null)[] }).grad

/** Only symmetric matrices have these results: a difference must be taken in both halves at once. */
const symmetric: readonly string[] = ["linalg_cholesky", "cholesky", "linalg_eigh", "linalg_eigvalsh"]

/** Arguments that are only data to the operator, as in PyTorch. */
const data: Readonly<Record<string, string>> = { rrelu_with_noise: "noise", _nll_loss: "weight", multi_margin_loss: "weight", soft_margin_loss: "target", affine_grid_generator: "base" }

/**
 * Results that jump or round by their nature, and pass on a gradient (or none) by agreement: no difference can be taken.
 * The gradient of ctc_loss is PyTorch's, which is that of log_softmax's input.
 */
const agreed: readonly string[] = ["float", "half", "bfloat16", "unique", "unique_consecutive", "ctc_loss", "_ctc_loss"]

/** Composed without a tensor to differentiate, or with arguments that a sample cannot write. */
const unsampled = ({ name, entry }: Operator): boolean => entry.signature.returns === "boolean" || name.endsWith("_") || name === "_to_copy" || name === "_resample"

interface Problem {
  readonly inputs: readonly Tensor[]
  /** The weighted total of the outputs, as a function of its inputs. */
  total(inputs: readonly Tensor[]): Tensor | null
}

/** A sample as a function of its floating-point tensors. */
function problemOf(operator: Operator, args: readonly unknown[]): Problem {
  const isInput = (tensor: Tensor): boolean => tensor.dtype.category === "float" && takesSlope(operator, args, tensor)
  const shaped = (tensor: Tensor): Tensor => (symmetric.includes(operator.name) ? functions.mul(functions.add(tensor, tensor.mT), 0.5) : tensor)
  const inputs = tensorsIn(args).filter(isInput)
  return {
    inputs,
    total(given) {
      let next = 0
      const outputs = outputsOf(operator, mapTensors(args, (tensor) => (isInput(tensor) ? shaped(given[next++]!) : tensor)))
      const terms = outputs
        .filter((one) => one.dtype.category === "float")
        .map((one, i) => functions.sum(functions.mul(one, kit.fromNumbers(weights(one.numel(), i + 1), one.sizes, one.dtype))))
      return terms.length ? terms.reduce((a, b) => functions.add(a, b)) : null
    },
  }
}

/** An elementwise operator's input without a slope takes no gradient by its own word. */
function takesSlope({ name, entry }: Operator, args: readonly unknown[], tensor: Tensor): boolean {
  const parameter = entry.signature.parameters[args.indexOf(tensor)]
  if (!parameter) return true
  return entry.kind === "elementwise" ? parameter.name in entry.slope : data[name] !== parameter.name
}

/** Fresh leaves with the same values. */
const leaves = (inputs: readonly Tensor[]): Tensor[] => inputs.map((one) => kit.copied(one).requires_grad_())

/** Gradients by the backward pass; zeros where none arrives. */
function gradients(total: Tensor | null, inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  if (!total?.requires_grad) return inputs.map((one) => kit.zeros(one.sizes, one.dtype))
  return grad(total, [...inputs], { allow_unused: true, create_graph: createGraph }).map((one, i) => one ?? kit.zeros(inputs[i]!.sizes, inputs[i]!.dtype))
}

const step = 1e-5

/** Central differences of `value` in every element of every input. */
function differences(inputs: readonly Tensor[], value: (inputs: readonly Tensor[]) => number): number[] {
  return inputs.flatMap((one, i) =>
    kit.numbers(one).map((_, at) => {
      const moved = (by: number): number => {
        const copies = inputs.map((each) => kit.copied(each))
        const { array } = copies[i]!.storage
        array[at]! += by
        return value(copies)
      }
      return (moved(step) - moved(-step)) / (2 * step)
    }),
  )
}

const numbersOf = (tensors: readonly Tensor[]): number[] => tensors.flatMap((one) => kit.numbers(one))

function close(got: readonly number[], want: readonly number[]): boolean {
  return got.every((one, i) => Math.abs(one - want[i]!) <= 2e-6 + 2e-5 * Math.abs(want[i]!))
}

const text = (values: readonly number[]): string => `[${values.map((one) => Number(one.toPrecision(6))).join(", ")}]`

function firstOrder({ inputs, total }: Problem): string | null {
  const at = leaves(inputs)
  const got = numbersOf(gradients(total(at), at, false))
  const want = differences(inputs, (moved) => Number(total(moved)?.item() ?? 0))
  return close(got, want) ? null : `got ${text(got)}, want ${text(want)}`
}

/** The gradient's own total, with weights, differentiated once more: by the backward pass and by differences. */
function secondOrder({ inputs, total }: Problem): string | null {
  const weighted = (given: readonly Tensor[]): Tensor =>
    gradients(total(given), given, true)
      .map((one, i) => functions.sum(functions.mul(one, kit.fromNumbers(weights(one.numel(), 11 + i), one.sizes, one.dtype))))
      .reduce((a, b) => functions.add(a, b))
  const at = leaves(inputs)
  const got = numbersOf(gradients(weighted(at), at, false))
  const want = differences(inputs, (moved) => Number(weighted(leaves(moved)).item()))
  return close(got, want) ? null : `got ${text(got)}, want ${text(want)}`
}

/** One line for each sample at which `check` finds a difference, or that throws. */
function failures(operators: readonly Operator[], check: (problem: Problem) => string | null): string[] {
  const list: string[] = []
  for (const operator of operators) {
    if (!hasGradient(operator.entry) || agreed.includes(operator.name)) continue
    for (const sample of operator.entry.samples) {
      let problem: string | null
      try {
        const one = problemOf(operator, argumentsOf(operator.entry, sample))
        problem = one.inputs.length ? check(one) : null
      } catch (error) {
        problem = error instanceof Error ? `threw ${error.name}: ${error.message}` : String(error)
      }
      if (problem) list.push(`${operator.title} ${sampleText(sample)}: ${problem}`)
    }
  }
  return list
}

const all = await families()

test("every operator of the table belongs to a family that is walked", () => {
  expect(all.flatMap(([, operators]) => operators.map(({ name }) => name)).sort()).toEqual(expect.arrayContaining(Object.keys(table).sort()))
})

describe.each(all)("gradients of the family %s", (_, operators) => {
  test("first order agrees with finite differences at every sample", () => {
    expect(failures(operators, firstOrder)).toEqual([])
  })
  test("second order agrees with finite differences of the first", () => {
    expect(failures(operators, (problem) => (firstOrder(problem) === null ? secondOrder(problem) : null))).toEqual([])
  })
})

test("every operator that passes gradients has a sample at which they are checked", () => {
  const without = all.flatMap(([, operators]) => operators.filter((one) => hasGradient(one.entry) && one.entry.samples.length === 0 && !unsampled(one)).map(({ title }) => title))
  expect(without).toEqual([])
})
