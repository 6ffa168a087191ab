// The names under which classes are offered, kept through bundling: a module prints its class's name.

/** Gives each class of a namespace the name it has there, and the namespace back. */
export function withNames(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const [name, member] of Object.entries(members)) {
    if (typeof member === "function" && member.prototype !== undefined) Object.defineProperty(member, "name", { value: name, configurable: true })
  }
  return members
}
