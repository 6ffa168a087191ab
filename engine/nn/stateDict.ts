// state_dict: parameters and buffers by name, and taking them back. Apart from the module because saved files and
// optimizers speak of them as well.
import { untracked } from "../autograd/modes.ts"
import { bind } from "../tensor/bind.ts"
import { parseSignature } from "../ops/signature.ts"
import { pairs, shownAs } from "../tensor/dictionary.ts"
import { faults } from "../tensor/faults.ts"
import { shownText } from "../tensor/printing.ts"
import { sameShape } from "../tensor/size.ts"
import { Tensor } from "../tensor/tensor.ts"
import { buffersOf, parametersOf, type Module } from "./module.ts"

/** Tensors by name, in order, as own properties. */
export class StateDict {
  [name: string]: unknown

  /** The names, in order. */
  keys(): IterableIterator<string> {
    return shownAs("odict_keys", Object.keys(this))
  }
  values(): IterableIterator<unknown> {
    return shownAs("odict_values", Object.values(this))
  }
  items(): IterableIterator<[string, unknown]> {
    return shownAs("odict_items", pairs(this))
  }
  *[Symbol.iterator](): Generator<string> {
    yield* Object.keys(this)
  }
  toString(): string {
    const { length } = Object.keys(this)
    return length === 0 ? "OrderedDict()" : `OrderedDict([${Object.entries(this).map(([name, value]) => `('${name}', ${shownText(value)})`).join(", ")}])`
  }
}

/** Names that a state_dict lacked or had too many. */
export class Incompatible {
  constructor(
    readonly missing_keys: readonly string[],
    readonly unexpected_keys: readonly string[],
  ) {}
  toString(): string {
    if (this.missing_keys.length + this.unexpected_keys.length === 0) return "<All keys matched successfully>"
    return `_IncompatibleKeys(missing_keys=${shownText([...this.missing_keys])}, unexpected_keys=${shownText([...this.unexpected_keys])})`
  }
}

/** Every persistent tensor of a module with its name. */
function places(module: Module, prefix: string): Map<string, { readonly owner: Module; readonly name: string; readonly tensor: Tensor }> {
  const found = new Map<string, { owner: Module; name: string; tensor: Tensor }>()
  for (const [path, owner] of module.named_modules(null, "", false)) {
    const start = prefix + (path === "" ? "" : `${path}.`)
    for (const [name, tensor] of [...parametersOf(owner), ...buffersOf(owner, true)]) found.set(start + name, { owner, name, tensor })
  }
  return found
}

/** Parameters and buffers by name. They share memory with the module; `keepVars` keeps their gradients' links as well. */
export function collectState(module: Module, prefix: string, keepVars: boolean): StateDict {
  const state = new StateDict()
  for (const [name, { tensor }] of places(module, prefix)) state[name] = keepVars ? tensor : tensor.detach()
  return state
}

const loading = parseSignature("load_state_dict(strict: boolean = true, assign: boolean = false)")

/** Copies tensors into the module by name. Throws RuntimeError where names (if strict) or shapes do not fit. */
export function loadState(module: Module, state: unknown, rest: readonly unknown[]): Incompatible {
  const { strict, assign } = bind(loading, rest)
  const given = entriesOf(state)
  const known = places(module, "")
  const missing = [...known.keys()].filter((name) => !given.has(name) && !isLateBuffer(name, state))
  const unexpected = [...given.keys()].filter((name) => !known.has(name))
  const errors: string[] = []
  if (strict) {
    if (unexpected.length > 0) errors.push(`Unexpected key(s) in state_dict: ${quoted(unexpected)}. `)
    if (missing.length > 0) errors.unshift(`Missing key(s) in state_dict: ${quoted(missing)}. `)
  }
  untracked(() => {
    for (const [name, { owner, name: own, tensor }] of known) {
      const value = given.get(name)
      if (value === undefined) continue
      if (!(value instanceof Tensor)) errors.push(`While copying the parameter named "${name}", expected a tensor, found ${typeof value}.`)
      else if (!sameShape(value.sizes, tensor.sizes))
        errors.push(`size mismatch for ${name}: copying a param with shape ${String(value.shape)} from checkpoint, the shape in current model is ${String(tensor.shape)}.`)
      else if (!assign) tensor.copy_(value)
      else if (own in owner && tensor.requires_grad) tensor.adopt(value)
      else owner[own] = value
    }
  })
  if (errors.length > 0)
    throw faults.runtime(`Error(s) in loading state_dict for ${module._get_name()}:\n\t${errors.join("\n\t")}`, "Make the model as it was when its state was saved, or pass { strict: false } to take what fits.")
  return new Incompatible(missing, unexpected)
}

/** Files older than the counter of batch norm do not hold it: they note an older version of the layer, or none. */
function isLateBuffer(name: string, state: unknown): boolean {
  const own = "num_batches_tracked"
  if (name !== own && !name.endsWith(`.${own}`)) return false
  const metadata = state instanceof StateDict ? (Reflect.get(state, "_metadata") as Readonly<Record<string, { readonly version?: unknown }>> | undefined) : {} // Set by the reader of files.
  return metadata !== undefined && !(Number(metadata[name.slice(0, -own.length - 1)]?.version) >= 2)
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ")

/** The tensors of a state_dict, a plain object or a Map. */
function entriesOf(state: unknown): Map<string, unknown> {
  if (typeof state !== "object" || state === null || state instanceof Tensor) throw faults.argument("load_state_dict: expected a state_dict, that is tensors by name.", "Pass what state_dict() gave, or { name: tensor }.")
  const isMap = Object.prototype.toString.call(state) === "[object Map]" // A Map of the snippet's own realm is no instance of ours.
  return new Map(isMap ? (state as ReadonlyMap<string, unknown>) : Object.entries(state))
}
