// Modules with other tensors in them: deep copies, and one call with other parameters.
import { untracked } from "../autograd/modes.ts"
import { faults } from "../tensor/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { isModule, stateOf } from "./calling.ts"
import { Module } from "./module.ts"
import { Parameter } from "./parameter.ts"

/** A module like the given one, with parameters, buffers and modules of its own. */
export function copyOf(module: Module, copies = new Map<unknown, unknown>()): Module {
  const known = copies.get(module)
  if (known) return known as Module // Only copies are kept there.
  const made = Reflect.construct(Module, [], module.constructor as new () => Module) as Module
  copies.set(module, made)
  const [from, to] = [stateOf(module), stateOf(made)]
  for (const name of from.slots) to.slots.add(name)
  for (const [name, persistent] of from.buffers) to.buffers.set(name, persistent)
  for (const [name, value] of Object.entries(module)) made[name] = copied(value, copies)
  return made
}

function copied(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (isModule(value)) return copyOf(value, copies)
  if (Array.isArray(value)) return value.map((one) => copied(one, copies))
  if (!(value instanceof Tensor)) return value
  const known = copies.get(value)
  if (known) return known
  const fresh = untracked(() => value.detach().clone())
  const made = value instanceof Parameter ? new Parameter(fresh, value.requires_grad) : fresh
  copies.set(value, made)
  return made
}

/** `torch.func.functional_call(module, { name: tensor }, args)`: one call with these tensors for its parameters. */
export function functional_call(module: unknown, values: unknown, args: unknown = [], options?: unknown): unknown {
  if (!isModule(module)) throw faults.argument("functional_call: expected a module first.", "Write functional_call(model, params, x).")
  const given = Object.entries(Array.isArray(values) ? Object.assign({}, ...(values as object[])) as object : (values ?? {}))
  const before: { readonly owner: Module; readonly name: string; readonly value: unknown }[] = []
  try {
    for (const [path, value] of given) {
      const at = path.lastIndexOf(".")
      const owner = module.get_submodule(at < 0 ? "" : path.slice(0, at))
      const name = path.slice(at + 1)
      if (!(name in owner)) throw faults.runtime(`functional_call: the module has no "${path}".`, "Use the names of named_parameters().")
      before.push({ owner, name, value: owner[name] })
      replace(owner, name, value)
    }
    const inputs = Array.isArray(args) ? (args as unknown[]) : [args]
    return (module as unknown as (...inputs: readonly unknown[]) => unknown)(...inputs, ...(options === undefined ? [] : [options])) // Modules are called.
  } finally {
    for (const { owner, name, value } of before.reverse()) replace(owner, name, value)
  }
}

function replace(owner: Module, name: string, value: unknown): void {
  const state = stateOf(owner)
  state.lenient = true
  try {
    owner[name] = value
  } finally {
    state.lenient = false
  }
}
