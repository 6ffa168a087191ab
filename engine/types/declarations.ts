// Everything that the types declare in signature form: the operator table first, the declared lists for what is no operator.
import type { Declarations, TypedOperator } from "./generate.ts"
import { activations, losses } from "./declared/activations.ts"
import { attention } from "./declared/attention.ts"
import { autograd } from "./declared/autograd.ts"
import { constructors, creation, dtypes } from "./declared/creation.ts"
import { init } from "./declared/init.ts"
import { lazies } from "./declared/lazy.ts"
import { members } from "./declared/members.ts"
import { layers } from "./declared/modules.ts"
import { optimizers, schedules } from "./declared/optim.ts"
import { transforms } from "./declared/transforms.ts"

/** The declarations for an operator table. A declared function gives way to an operator of its name and namespace. */
export function declarations(table: readonly TypedOperator[]): Declarations {
  const inTable = new Set(table.flatMap(({ name, namespaces }) => namespaces.map((place) => `${place}.${name}`)))
  const declared = [...creation, ...members, ...autograd, ...transforms, ...init]
    .map((one) => ({ ...one, namespaces: one.namespaces.filter((place) => !inTable.has(`${place}.${one.name}`)) }))
    .filter(({ namespaces }) => namespaces.length > 0)
  return {
    operators: [...table, ...declared],
    classes: [...layers, ...attention, ...lazies, ...activations, ...losses, ...optimizers, ...schedules],
    values: [...dtypes, ...constructors],
  }
}
