// Running a structural operator: its forward, the node that takes gradients back by its own formula, and views.
import { placing } from "../backends/devices.ts"
import { tupled } from "../tensor/tuple.ts"
import { sameShape } from "../tensor/size.ts"
import { faults } from "../tensor/faults.ts"
import { backend } from "../tensor/make.ts"
import type { Bound } from "../tensor/bind.ts"
import { changedInPlace, Tensor } from "../tensor/tensor.ts"
import { checkInPlace, requiresGrad, setHistory } from "./history.ts"
import { checkCast } from "./elementwise.ts"
import { kit } from "./kit.ts"
import { modes } from "./modes.ts"
import type { Node } from "./node.ts"
import { placedForward } from "./placed.ts"
import { StructuralNode, type Operator } from "./structuralNode.ts"

/** Runs the operator on arguments in the order of its parameters; several outputs come as an array, named where the entry names them. */
export function applyStructural(operator: Operator, values: unknown[]): Tensor | Tensor[] {
  const { entry } = operator
  const args = operator.named(values)
  const made = forward(operator, args)
  const results = made instanceof Tensor ? [made] : [...made]
  if (modes.inference) for (const one of results) one.inference = true
  if (entry.view) {
    const base = values[operator.places[0]!] as Tensor
    for (const view of results) if (view.storage === base.storage) linkView(view, base)
  }
  if (modes.grad && entry.backward && operator.some(values, asksForGradient) && someFloat(results)) {
    const node = new StructuralNode(operator, values, args, results)
    attach(node, results)
    node.saveResults(results)
  }
  if (made instanceof Tensor) return made
  return tupled(results, entry.signature.name, entry.outputs)
}

/** Written out rather than `untracked`, which would want a function made for each call. */
function forward(operator: Operator, args: Bound): Tensor | readonly Tensor[] {
  const before = modes.grad
  modes.grad = false
  try {
    return placing.several || operator.isPlaced ? elsewhere(operator, args) : operator.entry.forward(kit, args)
  } finally {
    modes.grad = before
  }
}

/** Apart, so that a call on the CPU makes no function. */
function elsewhere(operator: Operator, args: Bound): Tensor | readonly Tensor[] {
  return placedForward(operator, args, () => operator.entry.forward(kit, args))
}

const isFloat = (one: Tensor): boolean => one.dtype.category === "float"
const asksForGradient = (one: Tensor): boolean => isFloat(one) && requiresGrad(one)

function someFloat(results: readonly Tensor[]): boolean {
  for (let i = 0; i < results.length; i++) if (isFloat(results[i]!)) return true
  return false
}

function attach(node: Node, results: readonly Tensor[]): void {
  for (let nr = 0; nr < results.length; nr++) {
    const result = results[nr]!
    if (!isFloat(result)) continue
    result.node = node
    result.outputNr = nr
    result.wantsGrad = true
  }
}

/** Remembers that `view` looks into `base`, so that changes through either are seen by both. */
export function linkView(view: Tensor, base: Tensor): void {
  const root = base.origin?.base ?? base
  view.origin = { base: root, history: root.extras?.history ?? 0 }
  if (base.inference) view.inference = true
}

/** Runs the operator and puts its result into `self`, the first argument. */
export function applyStructuralInPlace(operator: Operator, values: unknown[]): Tensor {
  const { entry } = operator
  const self = values[0] as Tensor
  if (entry.view) return reshapeInPlace(self, applyStructural(operator, values) as Tensor)
  const name = `${entry.signature.name}_`
  checkInPlace(name, self)
  const args = operator.named(values)
  const made = forward(operator, args)
  const result = made instanceof Tensor ? made : made[0]!
  const tracked = modes.grad && entry.backward !== undefined && isFloat(self) && operator.some(values, requiresGrad)
  let node: StructuralNode | null = null
  if (tracked) {
    if (operator.saves[0]) values[0] = aliasOf(kit.copied(self), self)
    node = new StructuralNode(operator, values, args, [self])
  }
  if (!sameShape(result.sizes, self.sizes))
    throw faults.runtime(`${name}: the result has shape [${result.sizes.join(", ")}], which does not fit into shape [${self.sizes.join(", ")}] in place.`, "Use the operation without the underscore, which makes a new tensor.")
  checkCast(name, result.dtype, self.dtype)
  backend.copy(result, self)
  changedInPlace(self.storage)
  if (node) {
    setHistory(self, node)
    node.saveResults([self])
  }
  return self
}

/** `t_`, `squeeze_` and their kin: the tensor itself looks at its memory as the view does. */
function reshapeInPlace(self: Tensor, view: Tensor): Tensor {
  checkInPlace("The operation", self)
  self.adopt(view)
  changedInPlace(self.storage)
  if (view.node) {
    self.node = view.node
    self.outputNr = view.outputNr
    self.wantsGrad = true
  }
  return self
}

function aliasOf(copy: Tensor, original: Tensor): Tensor {
  copy.node = original.node
  copy.outputNr = original.outputNr
  copy.wantsGrad = original.wantsGrad
  return copy
}
