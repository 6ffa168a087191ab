// The faults that the runtime finds by itself, one factory each: what is called is no function, what is used is nothing.
// Apart from the runtime, whose methods stay a few lines each.
import { Fault } from "../protocol/faults.ts"
import { Tensor } from "../tensor/tensor.ts"
import { closest } from "./advice.ts"
import type { Site, SiteTable } from "./sites.ts"

type Callee = NonNullable<Site["callee"]>

/** `x += 1` where x is a constant and the result another object. */
export function constantChanged(table: SiteTable, site: number): Fault {
  const name = table.get(site)?.callee?.text ?? "This name"
  return placed(site, new Fault("TypeError", `\`${name}\` was declared with const, so it cannot be given another value.`, "Declare it with let."))
}

/** `using` with something that has no end. */
export function notScoped(site: number): Fault {
  return placed(site, new Fault("TypeError", "What `using` is given must end something with its block, such as torch.no_grad().", "Write `using _ = torch.no_grad()`, with the parentheses."))
}

/** A method or a property of nothing. */
export function noOwner(table: SiteTable, site: number, owner: unknown): Fault {
  const callee = table.get(site)?.callee
  const text = callee?.text ?? "this"
  const object = callee !== undefined && text.endsWith(`.${callee.name}`) ? text.slice(0, -callee.name.length - 1).replace(/[?!]$/, "") : text
  const hint = object.endsWith(".grad")
    ? "A leaf's .grad is null until backward() has run."
    : owner === null
      ? `Check that \`${object}\` has a value here before using it.`
      : `Check the spelling of \`${object}\`, or give it a value first.`
  return placed(site, new Fault("TypeError", `\`${object}\` is ${owner === null ? "null" : "undefined"} here, so it has no \`${callee?.name ?? "member"}\`.`, hint))
}

/** A call of what is no function; the name alone is underlined, and a near one is offered. */
export function notCallable(table: SiteTable, site: number, found: unknown, owner: unknown): Fault {
  const callee = table.get(site)?.callee
  const name = callee?.name ?? "this"
  const what = found === undefined ? "is not defined" : found instanceof Tensor ? "is a tensor, not a function" : `is ${found === null ? "null" : `a ${typeof found}`}, not a function`
  const message = owner !== null && found === undefined ? `${kindOf(owner, callee)} has no \`${name}\`.` : `\`${callee?.text ?? name}\` ${what}.`
  const near = owner !== null && found === undefined ? closest(name, functionNames(owner)) : null
  const hint = near !== null ? `Did you mean \`${near}\`?` : found instanceof Tensor ? "Leave the parentheses out, or check the name." : "Check the name; completions list what there is."
  const fault = placed(site, new Fault("TypeError", message, hint))
  const at = table.get(site)
  if (at !== null && callee !== undefined) fault.site = nameSite(table, at, callee)
  return fault
}

/** Sites of the names alone, made when the first mistake is found there: a loop may make it again and again. */
const nameSites = new WeakMap<Site, number>()

/** The name itself is wrong, so the name alone is underlined. */
function nameSite(table: SiteTable, site: Site, callee: Callee): number {
  const known = nameSites.get(site) ?? table.add({ ...site, span: callee.span })
  nameSites.set(site, known)
  return known
}

function kindOf(owner: unknown, callee: Callee | undefined): string {
  if (owner instanceof Tensor) return "A tensor"
  const text = callee?.text.endsWith(`.${callee.name}`) === true ? callee.text.slice(0, -callee.name.length - 1) : ""
  return /^[\w$.]+$/.test(text) ? `\`${text}\`` : "This object"
}

function functionNames(owner: unknown): Set<string> {
  const names = new Set<string>()
  for (let at: unknown = owner; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    for (const key of Object.getOwnPropertyNames(at)) if (!key.startsWith("__") && key !== "constructor") names.add(key)
  }
  return names
}

function placed(site: number, fault: Fault): Fault {
  fault.site = site
  return fault
}
