// Why a gradient is null: which cut lies between the result and the variable. Apart from the other verdicts because it
// walks the data flow, where they look at values.
import { requiresGrad } from "../autograd/history.ts"
import { flowOf, isLeaf, type Cut, type Flow } from "./flow.ts"
import type { Observer } from "./observer.ts"
import type { Reason, Subject } from "./verdicts.ts"

/** What the flow says about the ways from a value to the results. */
export interface Ways {
  /** The results depend on it at all. */
  readonly reaches: boolean
  /** A gradient passes. */
  readonly isOpen: boolean
  /** The cuts that are met first, oldest first. */
  readonly cuts: readonly Flow[]
}

/** Why `.grad` is null; `numbers` where it may have left as a number, which only another run can tell; null for silence. */
export function whyNull(subject: Subject, observer: Observer): Reason | "numbers" | null {
  const { tensor, site, lostAt } = subject
  const { flows } = observer
  const passes = flows.passes.filter(({ gathers }) => gathers)
  if (passes.length === 0) return { id: "not-yet", site }
  // It had one, and was cleared.
  if ((flows.gatheringOf(tensor)?.total ?? 0) > 0) return null
  if (lostAt !== 0 && !isLeaf(tensor)) return { id: "reassigned", site: lostAt }
  const roots = passes.flatMap((pass) => pass.roots)
  const own = flowOf(tensor)
  if (!requiresGrad(tensor)) {
    const made = own === null ? null : reasonOf(own)
    if (made !== null) return made
    if (own !== null && waysTo(roots, own).reaches) return { id: "no-requires-grad", site }
    return flows.isFull || own === null ? null : unreached(own, observer) === null ? { id: "not-reached", site } : "numbers"
  }
  if (!isLeaf(tensor) && tensor.extras?.retains !== true) return { id: "non-leaf", site }
  if (own === null) return null
  const ways = waysTo(roots, own)
  if (ways.isOpen) return isLeaf(tensor) ? null : { id: "non-leaf", site }
  if (ways.reaches) return ways.cuts.map(reasonOf).find((reason) => reason !== null) ?? null
  if (flows.isFull) return null
  return unreached(own, observer) === null ? { id: "not-reached", site } : "numbers"
}

/** Why no gradient of these results passes to a tensor, whatever `.grad` says. */
export function whyNoWay({ tensor, site, lostAt }: Omit<Subject, "isAsked">, roots: readonly Flow[], observer: Observer): Reason | null {
  if (lostAt !== 0 && !isLeaf(tensor)) return { id: "reassigned", site: lostAt }
  const own = flowOf(tensor)
  if (own === null) return null
  if (!requiresGrad(tensor)) return reasonOf(own) ?? { id: waysTo(roots, own).reaches ? "no-requires-grad" : "not-reached", site }
  const ways = waysTo(roots, own)
  if (ways.reaches) return ways.cuts.map(reasonOf).find((reason) => reason !== null) ?? null
  return observer.flows.isFull ? null : (unreached(own, observer)?.reason ?? { id: "not-reached", site })
}

/** The number that was taken out of what was made of `own`, and the cut that came before it. */
export function unreached(own: Flow, { flows }: Observer): { readonly sites: readonly number[]; readonly reason: Reason } | null {
  const taken = [...flows.taken.values()].flat().filter(({ flow }) => flow === own || waysTo([flow], own).reaches)
  const [first] = taken
  if (first === undefined) return null
  const before = first.flow === own ? null : waysTo([first.flow], own)
  const cut = before !== null && !before.isOpen ? before.cuts.map(reasonOf).find((reason) => reason !== null) : undefined
  return { sites: [...new Set(taken.map((one) => one.site))], reason: cut ?? { id: "through-number", site: first.site } }
}

function reasonOf({ cut, site }: Flow): Reason | null {
  return cut === null || cut === "opaque" ? null : { id: cut satisfies Exclude<Cut, "opaque">, site }
}

/** Follows a value to the results. */
export function waysTo(roots: readonly Flow[], own: Flow): Ways {
  const behind = new Set<Flow>(roots)
  // What is older than the value was not made of it.
  for (const one of behind) if (one.id > own.id) for (const input of one.inputs) behind.add(input)
  if (!behind.has(own)) return { reaches: false, isOpen: false, cuts: [] }
  const open = new Set<Flow>([own])
  const cuts: Flow[] = []
  for (const one of [...behind].sort((a, b) => a.id - b.id)) {
    if (one === own || !one.inputs.some((input) => open.has(input))) continue
    if (one.cut === null) open.add(one)
    else cuts.push(one)
  }
  return { reaches: true, isOpen: roots.some((root) => open.has(root)), cuts }
}
