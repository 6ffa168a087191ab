// What the modules that a snippet named hold when it ends: parameters and buffers by path. Apart from the recorder,
// because a module's tensors are bound to no place of the source.
import type { ModuleMember, ModuleRecord, Span } from "../protocol/api.ts"
import { Tensor } from "../tensor/tensor.ts"
import { momentOf } from "./moment.ts"
import { brief } from "./summary.ts"

/** Tensors told of all modules together; a large model has hundreds. */
const mostMembers = 1000

/** A module and the name and place that the snippet gave it. */
export interface NamedModule {
  readonly module: object
  readonly name: string
  readonly span: Span
}

/** The modules with what they hold, in source order; one whose tensors all belong to a larger one is left out. */
export function moduleRecords(modules: readonly NamedModule[], idOf: (tensor: Tensor) => number): ModuleRecord[] {
  const held = modules.map((named) => ({ ...named, members: [...membersOf(named.module)] })).filter(({ members }) => members.length > 0)
  const seen = new Set<Tensor>()
  const shown = new Set<NamedModule>()
  // Of two with the same tensors the later one: a module gets its name after those that it is made of.
  for (const named of [...held].reverse().sort((a, b) => b.members.length - a.members.length)) {
    if (named.members.every(({ tensor }) => seen.has(tensor))) continue
    for (const { tensor } of named.members) seen.add(tensor)
    shown.add(named)
  }
  let left = mostMembers
  return held.filter((named) => shown.has(named)).map(({ module, name, span, members }) => {
    const told = members.slice(0, left)
    left -= told.length
    const value = (tensor: Tensor): ModuleMember["value"] => momentOf(0, tensor).summary(idOf(tensor), brief) as ModuleMember["value"]
    return { name, span, typeName: classOf(module), members: told.map(({ path, isBuffer, tensor }) => ({ path, isBuffer, value: value(tensor) })), omitted: members.length - told.length }
  })
}

function* membersOf(module: object): Generator<{ readonly path: string; readonly isBuffer: boolean; readonly tensor: Tensor }> {
  for (const isBuffer of [false, true]) {
    const walk: unknown = Reflect.get(module, isBuffer ? "named_buffers" : "named_parameters")
    if (typeof walk !== "function") continue
    for (const [path, tensor] of Reflect.apply(walk as () => Iterable<[string, unknown]>, module, [])) {
      if (tensor instanceof Tensor) yield { path, isBuffer, tensor }
    }
  }
}

/** The name of the class as a learner writes it; a bundle may have shortened the constructor's own. */
function classOf(module: object): string {
  const name: unknown = Reflect.get(module, "_get_name")
  return typeof name === "function" ? String(Reflect.apply(name, module, [])) : module.constructor.name
}
