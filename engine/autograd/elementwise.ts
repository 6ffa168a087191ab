// Running an elementwise operator: element type, broadcasting, the kernel, and the node that takes gradients back.
import { placing } from "../backends/devices.ts"
import * as d from "../backends/dtype.ts"
import type { DType } from "../backends/dtype.ts"
import { broadcastTwo } from "../tensor/broadcast.ts"
import { deviceOf } from "../tensor/deviceOf.ts"
import { faults } from "../tensor/faults.ts"
import { backend, numbersOf, unfilled, zeros } from "../tensor/make.ts"
import { defaults, resultType, scalarCategory, type Participant } from "../tensor/promotion.ts"
import { sameShape, scalarShape } from "../tensor/size.ts"
import { changedInPlace, Tensor } from "../tensor/tensor.ts"
import { ElementwiseNode } from "./elementwiseNode.ts"
import { checkInPlace, requiresGrad, setHistory } from "./history.ts"
import { modes } from "./modes.ts"
import type { Scalar, Variant } from "./variant.ts"

/** Element types of the result and of the computation. */
interface Types {
  readonly result: DType
  readonly compute: DType
}

/** Those of the usual case, by the rank of the one type that all operands have. */
const alike: readonly Types[] = byRank((dtype) => ({ result: dtype, compute: dtype }))
const compared: readonly Types[] = byRank((dtype) => ({ result: d.bool, compute: dtype }))

function byRank(typesOf: (dtype: DType) => Types): Types[] {
  const made: Types[] = []
  for (const dtype of d.dtypes) made[dtype.rank] = typesOf(dtype)
  return made
}

function typesOf(variant: Variant, operands: readonly (Tensor | Scalar)[]): Types {
  const common = oneFloat(variant, operands)
  if (common === null) return promoted(variant, operands)
  return (variant.entry.result === "bool" ? compared : alike)[common.rank]!
}

/** The floating type that all tensors share, beside plain numbers at most: the usual case, in which nothing is promoted. Else null. */
function oneFloat({ entry, deciding }: Variant, operands: readonly (Tensor | Scalar)[]): DType | null {
  if (entry.accepts === "whole") return null
  let common: DType | null = null
  for (let i = 0; i < operands.length; i++) {
    if (!deciding[i]) continue
    const operand = operands[i]!
    if (operand instanceof Tensor) {
      if (common === null) common = operand.dtype
      else if (common !== operand.dtype) return null
    } else if (typeof operand !== "number") return null
  }
  return common !== null && common.category === "float" ? common : null
}

function promoted(variant: Variant, operands: readonly (Tensor | Scalar)[]): Types {
  const participants: Participant[] = []
  let whole: d.DType | null = null
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]!
    if (!variant.deciding[i]) continue
    if (operand instanceof Tensor) participants.push({ dtype: operand.dtype, rank: operand.sizes.length })
    else {
      const category = scalarCategory(operand)
      const dtype = category === "bool" ? d.bool : category === "int" ? d.int64 : defaults.dtype
      // A whole JavaScript number alone is a float; beside an integer tensor it counts as an integer.
      if (typeof operand === "number" && category === "int") whole = dtype
      else participants.push({ dtype, rank: -1 })
    }
  }
  if (whole) participants.push({ dtype: participants.length ? whole : defaults.dtype, rank: -1 })
  const common = resultType(participants)
  const { entry } = variant
  if (entry.accepts === "whole" && common.category === "float")
    throw faults.runtime(`${entry.signature.name}: expected whole numbers or booleans, found ${common.name}.`, "Convert first, for example with .long() or .bool().")
  if (entry.accepts === "number" && participants.some((one) => one.dtype === d.bool))
    throw faults.runtime(`${entry.signature.name}: expected numbers, found bool.`, "Convert first, for example with .float(); `~` and logical_not turn a mask around.")
  if (entry.refuses) {
    const refused = entry.refuses(Object.fromEntries(variant.names.map((name, i) => [name, operands[i]!])), common, numbersOf)
    if (refused) throw faults.runtime(`${entry.signature.name}: ${refused[0]}`, refused[1])
  }
  if (entry.accepts === "float" && common.category !== "float")
    throw faults.runtime(`${entry.signature.name}: expected floating-point numbers, found ${common.name}.`, "Convert first, for example with .float().")
  const compute = entry.result === "float" && common.category !== "float" ? defaults.dtype : common
  if (entry.result === "bool") return { result: d.bool, compute }
  if (entry.result === "first") {
    const first = operands[0]!
    return { result: first instanceof Tensor ? first.dtype : compute, compute }
  }
  return { result: compute, compute }
}

/** A plain value as the kernel sees it: rounded as the computation's type holds it. */
function scalarOperand(value: Scalar, compute: DType): number {
  const number = Number(value)
  return compute.array === Float64Array || compute.category !== "float" ? number : Math.fround(number)
}

/** Computes a new tensor, recorded where a gradient may be asked for. Keeps `operands` and changes it. */
export function applyElementwise(variant: Variant, operands: (Tensor | Scalar)[]): Tensor {
  const { entry, passes } = variant
  const { result: dtype, compute } = typesOf(variant, operands)
  let sizes: readonly number[] | null = null
  let tracked = false
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]!
    if (operand instanceof Tensor) {
      sizes = sizes === null ? operand.sizes : broadcastTwo(sizes, operand.sizes, entry.signature.name)
      if (modes.grad && passes[i] && requiresGrad(operand)) tracked = true
    } else operands[i] = scalarOperand(operand, compute)
  }
  const inputs = operands as (Tensor | number)[] // All scalars are numbers now.
  const out = unfilled(sizes ?? scalarShape, dtype, placing.several ? deviceOf(entry.signature.name, inputs) : placing.device)
  backend.elementwise(variant.expr, variant.names, inputs, out)
  if (modes.inference) out.inference = true
  if (tracked && dtype.category === "float") {
    out.node = new ElementwiseNode(variant, inputs, out)
    out.wantsGrad = true
  }
  return out
}

/** Computes into `self`, the first operand. */
export function applyElementwiseInPlace(variant: Variant, operands: readonly (Tensor | Scalar)[]): Tensor {
  const self = operands[0] as Tensor
  const name = `${variant.entry.signature.name}_`
  const { result: dtype, compute } = typesOf(variant, operands)
  checkInPlace(name, self)
  checkCast(name, dtype, self.dtype)
  if (placing.several) deviceOf(name, operands)
  let tracked = false
  let overlap = false
  const inputs = operands.map((operand, i) => {
    if (!(operand instanceof Tensor)) return scalarOperand(operand, compute)
    if (!sameShape(broadcastTwo(self.sizes, operand.sizes, name), self.sizes))
      throw faults.runtime(`${name}: a tensor of shape [${operand.sizes.join(", ")}] does not fit into shape [${self.sizes.join(", ")}] in place.`, "Use the operation without the underscore, which makes a new tensor.")
    if (modes.grad && variant.passes[i] && requiresGrad(operand)) tracked = true
    if (i > 0 && operand.storage === self.storage) overlap = true
    return operand
  })
  const node = tracked ? new ElementwiseNode(variant, inputs.slice(), self, true) : null
  if (overlap) {
    const temporary = zeros(self.sizes, self.dtype, self.storage.device)
    backend.elementwise(variant.expr, variant.names, inputs, temporary)
    backend.copy(temporary, self)
  } else backend.elementwise(variant.expr, variant.names, inputs, self)
  changedInPlace(self.storage)
  if (node) {
    node.saveResult(self)
    setHistory(self, node)
  }
  return self
}

export function checkCast(name: string, from: DType, to: DType): void {
  const rank = { bool: 0, int: 1, float: 2 }
  if (rank[from.category] > rank[to.category])
    throw faults.runtime(`${name}: the result has type ${from.name}, which does not fit into a tensor of type ${to.name} in place.`, "Use the operation without the underscore, or convert the tensor first.")
}
