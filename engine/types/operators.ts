// The operator table as the types need it: every signature of a name with its documentation.
import type { Entry, OverloadedEntry } from "../ops/entry.ts"
import type { TypedOperator } from "./generate.ts"

/** Every operator of a table; a name with several signatures appears once for each. */
export function typedOperators(table: Readonly<Record<string, Entry>>): TypedOperator[] {
  return Object.entries(table).flatMap(([name, entry]) => typed(name, entry))
}

function typed(name: string, entry: Entry): TypedOperator[] {
  if (entry.kind === "overloaded") return inTheirPlaces(entry.choices.filter(isPlain).flatMap((choice) => typed(name, choice)))
  const { signature, doc, namespaces, inPlace } = entry
  return [{ name, signature: signature.text, doc, namespaces, inPlace }]
}

const isPlain = (entry: Entry): entry is Exclude<Entry, OverloadedEntry> => entry.kind !== "overloaded"

/**
 * `where(condition, self, other)` is the function and `where(self, condition, other)` the method: of two forms with the
 * same parameters in another order, the one that begins with self is for tensors and the other for namespaces.
 */
function inTheirPlaces(forms: readonly TypedOperator[]): TypedOperator[] {
  return forms.map((form) => {
    const twin = forms.find((other) => other !== form && parametersOf(other).toSorted().join() === parametersOf(form).toSorted().join())
    if (!twin || parametersOf(form)[0] === parametersOf(twin)[0]) return form
    const method = parametersOf(form)[0] === "self"
    return { ...form, namespaces: form.namespaces.filter((place) => (place === "Tensor") === method) }
  })
}

const parametersOf = ({ signature }: TypedOperator): string[] => [...String(signature).matchAll(/(\w+):/g)].map((match) => match[1]!)
