// gradcheck and gradgradcheck: a function's gradients beside finite differences.
import { parseSignature } from "../ops/signature.ts"
import { bind } from "../tensor/bind.ts"
import { fault, faults } from "../tensor/faults.ts"
import { Generator } from "../tensor/random.ts"
import { Tensor } from "../tensor/tensor.ts"
import { freshInputs, gradientsOf, listOf, materialized, recorded, unitTensors, type Differentiable } from "./gradients.ts"
import { requiresGrad } from "./history.ts"
import { kit } from "./kit.ts"
import { untracked } from "./modes.ts"

const tolerances = "eps: number = 0.000001, atol: number = 0.00001, rtol: number = 0.001"
const rest = "nondet_tol: number = 0, check_undefined_grad: boolean = true, check_grad_dtypes: boolean = false, check_batched_grad: boolean = false, fast_mode: boolean = false"
const signatures = {
  gradcheck: parseSignature(`gradcheck(func: Function, inputs: unknown, ${tolerances}, raise_exception: boolean = true, ${rest})`),
  gradgradcheck: parseSignature(`gradgradcheck(func: Function, inputs: unknown, grad_outputs: unknown = null, ${tolerances}, gen_non_contig_grad_outputs: boolean = false, raise_exception: boolean = true, ${rest})`),
}

interface Tolerance {
  readonly eps: number
  readonly atol: number
  readonly rtol: number
}

/** Inputs in order; what is no tensor is handed through. */
function inputsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as unknown[])] : [value]
}

const watched = (inputs: readonly unknown[]): Tensor[] => inputs.filter((one): one is Tensor => one instanceof Tensor && requiresGrad(one))

/** The tensors among a function's results that take gradients. */
function outputsOf(func: Differentiable, inputs: readonly unknown[]): Tensor[] {
  return listOf("gradcheck: the function's result", func(...inputs)).list.filter((one) => one.dtype.category === "float")
}

/** ∂output/∂element by central differences: one row of output values for each element of one input. */
function numeric(func: Differentiable, inputs: readonly unknown[], input: Tensor, eps: number): number[][][] {
  return untracked(() => {
    // A copy of its own is nudged, in memory that nothing else sees.
    const moved = input.detach().clone().contiguous()
    const at = inputs.map((one) => (one === input ? moved : one))
    const values = (): number[][] => outputsOf(func, at).map((one) => kit.numbers(one))
    const { array } = moved.storage
    return Array.from({ length: moved.numel() }, (_, i) => {
      const kept = array[i]!
      array[i] = kept + eps
      const above = values()
      array[i] = kept - eps
      const below = values()
      array[i] = kept
      return above.map((row, o) => row.map((value, j) => (value - below[o]![j]!) / (2 * eps)))
    })
  })
}

/** Compares; returns what differs, null where nothing does. */
function mismatch(func: Differentiable, inputs: readonly unknown[], { eps, atol, rtol }: Tolerance): string | null {
  const leaves = watched(inputs)
  const outputs = recorded(() => outputsOf(func, inputs))
  for (const [k, input] of leaves.entries()) {
    const expected = numeric(func, inputs, input, eps)
    for (const [o, output] of outputs.entries()) {
      let j = 0
      for (const unit of unitTensors(output)) {
        const grad = recorded(() => gradientsOf([output], [input], [unit], false))[0]
        const found = grad ? kit.numbers(grad) : expected.map(() => 0)
        for (const [i, value] of found.entries()) {
          const want = expected[i]![o]![j]!
          if (!(Math.abs(value - want) <= atol + rtol * Math.abs(want))) return `output ${o} (element ${j}) with respect to input ${k} (element ${i}): the backward pass gives ${value}, finite differences give ${want}`
        }
        j++
      }
    }
  }
  return null
}

function checked(what: string, func: Differentiable, inputs: readonly unknown[], bound: Readonly<Record<string, unknown>>): boolean {
  if (watched(inputs).length === 0) throw faults.value(`${what}: expected at least one input that requires grad.`, "Make it with { dtype: torch.float64, requires_grad: true }.")
  const found = mismatch(func, inputs, bound as unknown as Tolerance) // Bound by the signature above.
  if (found === null) return true
  if (!bound["raise_exception"]) return false
  throw fault("GradcheckError", `${what}: the gradients do not agree for ${found}.`, "Use float64 inputs away from kinks, and check the function's backward.")
}

function gradcheck(...args: readonly unknown[]): boolean {
  const bound = bind(signatures.gradcheck, args)
  return checked("gradcheck", bound["func"] as Differentiable, inputsOf(bound["inputs"]), bound)
}

function gradgradcheck(...args: readonly unknown[]): boolean {
  const bound = bind(signatures.gradgradcheck, args)
  const func = bound["func"] as Differentiable
  const inputs = inputsOf(bound["inputs"])
  const outputs = recorded(() => outputsOf(func, inputs))
  const given = bound["grad_outputs"]
  // Weights of the outputs: the learner's, or drawn beside the stream that seeds set.
  const weights = given === null ? outputs.map((one) => kit.drawn("normal", one.sizes, one.dtype, new Generator(0)).requires_grad_()) : freshInputs(listOf("gradgradcheck: grad_outputs", given).list, false)
  const first: Differentiable = (...all) => {
    const own = all.slice(0, inputs.length)
    const wanted = own.filter((one, i): one is Tensor => one instanceof Tensor && watched([inputs[i]]).length > 0)
    return recorded(() => {
      const tied = wanted.map((one) => (requiresGrad(one) ? one : one.detach().requires_grad_()))
      let next = 0
      const passed = own.map((one, i) => (watched([inputs[i]]).length > 0 ? tied[next++] : one))
      return materialized(outputsOf(func, passed), tied, all.slice(inputs.length) as Tensor[], true)
    })
  }
  return checked("gradgradcheck", first, [...inputs, ...weights], bound)
}

export { gradcheck, gradgradcheck }
