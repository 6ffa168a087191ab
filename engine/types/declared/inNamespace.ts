// The short form in which declared functions are listed: signature and documentation, the name read off the signature.
import type { TypedOperator } from "../generate.ts"

/** Functions of one namespace from signature (or several, where PyTorch has several forms), documentation and type parameters. */
export function inNamespace(namespace: string, list: readonly (readonly [string | readonly string[], string, string?])[]): TypedOperator[] {
  return list.map(([signature, doc, generic]) => ({ name: nameOf(signature), signature, doc, namespaces: [namespace], ...(generic ? { generic } : {}) }))
}

/** The name before the first bracket. */
export function nameOf(signature: string | readonly string[]): string {
  const text = typeof signature === "string" ? signature : signature[0]!
  return text.slice(0, text.indexOf("("))
}
