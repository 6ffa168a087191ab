// The operator table as the types need it: every signature of a name with its documentation.
import type { Entry, OverloadedEntry } from "../ops/entry.ts"
import type { TypedOperator } from "./generate.ts"

/** What torch.special offers: names of the table, and some under another name there. */
const special: Readonly<Record<string, string>> = {
  expit: "sigmoid", logit: "logit", exp2: "exp2", expm1: "expm1", log1p: "log1p", xlogy: "xlogy", xlog1py: "xlog1py", erf: "erf", erfc: "erfc", erfinv: "erfinv",
  gammaln: "lgamma", digamma: "digamma", psi: "digamma", polygamma: "polygamma", i0: "i0", i1: "i1", sinc: "sinc", round: "round",
  logsumexp: "logsumexp", softmax: "softmax", log_softmax: "log_softmax",
}

/** Every operator of a table; a name with several signatures appears once for each. */
export function typedOperators(table: Readonly<Record<string, Entry>>): TypedOperator[] {
  const operators = Object.entries(table).flatMap(([name, entry]) => typed(name, entry))
  const specials = Object.entries(special).flatMap(([name, from]) => operators.filter((one) => one.name === from).map((one) => ({ ...one, name, namespaces: ["special"], inPlace: false })))
  return [...operators.flatMap(withoutPrefix), ...specials]
}

/** `linalg_norm` of the table is `norm` in torch.linalg, `functional_unfold` is `unfold` in torch.nn.functional. */
function withoutPrefix(operator: TypedOperator): TypedOperator[] {
  const [, prefix, short] = /^(linalg|functional|special)_(.+)$/.exec(operator.name) ?? []
  if (!prefix || !short || !operator.namespaces.includes(prefix)) return [operator]
  const others = operator.namespaces.filter((place) => place !== prefix)
  return [{ ...operator, name: short, namespaces: [prefix] }, ...(others.length > 0 ? [{ ...operator, namespaces: others }] : [])]
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
