// The operator table as the types need it: every signature of a name with its documentation.
import type { Entry } from "../ops/entry.ts"
import type { TypedOperator } from "./generate.ts"

/** Every operator of a table; a name with several signatures appears once for each. */
export function typedOperators(table: Readonly<Record<string, Entry>>): TypedOperator[] {
  return Object.entries(table).flatMap(([name, entry]) => typed(name, entry))
}

function typed(name: string, entry: Entry): TypedOperator[] {
  if (entry.kind === "overloaded") return entry.choices.flatMap((choice) => typed(name, choice))
  const { signature, doc, namespaces, inPlace } = entry
  return [{ name, signature: signature.text, doc, namespaces, inPlace }]
}
