// The short form in which declared functions are listed: signature and documentation, the name read off the signature.
import type { TypedOperator } from "../generate.ts"

/** Functions of one namespace from pairs of signature (or several, where PyTorch has several forms) and documentation. */
export function inNamespace(namespace: string, list: readonly (readonly [string | readonly string[], string])[]): TypedOperator[] {
  return list.map(([signature, doc]) => ({ name: nameOf(signature), signature, doc, namespaces: [namespace] }))
}

/** The name before the first bracket. */
export function nameOf(signature: string | readonly string[]): string {
  const text = typeof signature === "string" ? signature : signature[0]!
  return text.slice(0, text.indexOf("("))
}
