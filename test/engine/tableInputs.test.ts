// Every sample of the operators' table in other guises: transposed, strided, repeated and whole-number inputs,
// the twin that changes its tensor, and the inputs that must be refused.
import { describe, expect, test } from "vitest"
import { functions } from "../../engine/autograd/functions.ts"
import { kit } from "../../engine/autograd/kit.ts"
import type { Sample } from "../../engine/ops/entry.ts"
import { Fault } from "../../engine/protocol/faults.ts"
import { generator, Tensor } from "../../engine/torch.ts"
import { argumentsOf, families, mapTensors, outputsOf, sampleText, type Operator } from "./tableCalls.ts"

/** The same elements, in memory that is walked the other way round. */
function transposed(tensor: Tensor): Tensor {
  const turned = [...tensor.sizes.keys()].reverse()
  return kit.dense(functions.permute(tensor, turned).clone()).permute(turned)
}

/** The same elements with a gap after each, starting away from 0. */
function strided(tensor: Tensor): Tensor {
  const wide = kit.zeros([2 * tensor.numel() + 3], tensor.dtype)
  const view = kit.view(wide, tensor.sizes, functions.empty(tensor.sizes).strides.map((step) => 2 * step), 3)
  view.copy_(tensor)
  return view
}

/** The first element along each dimension, repeated without memory of its own: every stride is 0. */
function repeated(tensor: Tensor): Tensor {
  return tensor.numel() === 0 ? tensor : kit.view(tensor, tensor.sizes, tensor.sizes.map(() => 0))
}

/** What a call gives, as text: values with shapes and types, or the class of its fault. A bug of ours is thrown. */
function outcome(operator: Operator, args: readonly unknown[]): string {
  try {
    return outputsOf(operator, args).map(shown).join("; ")
  } catch (error) {
    if (error instanceof Fault) return error.name
    throw error
  }
}

const shown = (one: Tensor): string => `${one.dtype.name}[${one.sizes.join()}] ${kit.numbers(one).map((value) => Number(value.toPrecision(12)) + 0).join(" ")}`

/** One line for each sample at which `check` finds something. */
function findings(operators: readonly Operator[], check: (operator: Operator, args: readonly unknown[], sample: Sample) => string | null): string[] {
  return operators.flatMap((operator) =>
    operator.entry.samples.flatMap((sample) => {
      let found: string | null
      try {
        found = check(operator, argumentsOf(operator.entry, sample), sample)
      } catch (error) {
        found = error instanceof Error ? `threw ${error.name}: ${error.message}` : String(error)
      }
      return found ? [`${operator.title} ${sampleText(sample)}: ${found}`] : []
    }),
  )
}

/** What is told apart by memory and not by values: as_strided asks where elements lie, view whether they lie in order. */
const byMemory: readonly string[] = ["as_strided", "as_strided_scatter", "view", "view_as"]

function sameAs(change: (tensor: Tensor) => Tensor, reference: (tensor: Tensor) => Tensor) {
  return (operator: Operator, args: readonly unknown[]): string | null => {
    if (byMemory.includes(operator.name)) return null
    const got = outcome(operator, mapTensors(args, change))
    const want = outcome(operator, mapTensors(args, reference))
    return got === want ? null : `got ${got}, want ${want}`
  }
}

/** New memory without random draws: what was never written is not compared. */
const unset: readonly string[] = ["empty", "empty_like", "new_empty"]

const all = await families()

describe.each(all)("inputs of the family %s", (_, operators) => {
  test("every sample gives values", () => {
    expect(findings(operators, (operator, args) => (outputsOf(operator, args), null))).toEqual([])
  })
  test("transposed, strided and repeated inputs give the same values as dense ones", () => {
    const walked = operators.filter(({ name }) => !unset.includes(name))
    expect([
      ...findings(walked, sameAs(transposed, (one) => one)),
      ...findings(walked, sameAs(strided, (one) => one)),
      ...findings(walked, sameAs(repeated, (one) => kit.copied(repeated(one)))),
    ]).toEqual([])
  })
  test("whole numbers and booleans give a result or PyTorch's fault", () => {
    const elementwise = operators.filter(({ entry }) => entry.kind === "elementwise")
    const types = [kit.dtype.int64, kit.dtype.int32, kit.dtype.uint8, kit.dtype.bool]
    // `outcome` throws what is no fault of the learner's.
    expect(types.flatMap((dtype) => findings(elementwise, (operator, args) => (outcome(operator, mapTensors(args, (one) => kit.copied(one, dtype))), null)))).toEqual([])
  })
  test("the twin that changes its tensor gives the same values", () => {
    const twins = operators.filter(({ name, entry }) => entry.kind !== "composite" && entry.inPlace && `${name}_` in Tensor.prototype)
    expect(findings(twins, inPlaceDiffers)).toEqual([])
  })
  test("what must be refused is refused with PyTorch's class and a hint", () => {
    expect(operators.flatMap(notRefused)).toEqual([])
  })
})

/** The twin is compared where the result has the tensor's own shape and type, as it must to fit. */
function inPlaceDiffers(operator: Operator, args: readonly unknown[]): string | null {
  const [result] = outputsOf(operator, args)
  const self = args[0]
  if (!result || !(self instanceof Tensor) || shapeOf(result) !== shapeOf(self)) return null
  const own = kit.copied(self)
  generator.manual_seed(7n)
  const twin = (own as unknown as Record<string, (...rest: readonly unknown[]) => unknown>)[`${operator.name}_`]! // By name.
  twin.call(own, ...args.slice(1))
  return shown(own) === shown(result) ? null : `got ${shown(own)}, want ${shown(result)}`
}

const shapeOf = (one: Tensor): string => `${one.dtype.name}[${one.sizes.join()}]`

function notRefused(operator: Operator): string[] {
  return operator.entry.rejects.flatMap(({ args, throws }) => {
    const title = `${operator.title} ${sampleText(args)}`
    try {
      outputsOf(operator, argumentsOf(operator.entry, args))
    } catch (error) {
      if (!(error instanceof Fault)) return [`${title}: threw ${String(error)}`]
      if (error.name !== throws) return [`${title}: got ${error.name} (${error.message}), want ${throws}`]
      return error.hint ? [] : [`${title}: no hint beside "${error.message}"`]
    }
    return [`${title}: nothing was thrown, want ${throws}`]
  })
}
