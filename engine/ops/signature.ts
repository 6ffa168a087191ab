// An operator's signature: written once as text in PyTorch's order, read here into parameters.
// It serves the argument binder, the types that the editor shows and the messages of a bad call.

export interface Parameter {
  readonly name: string
  /** Type name as in torch.d.ts: `Tensor`, `Operand`, `number`, `Dims`, … */
  readonly type: string
  /** Set where the parameter may be left out. */
  readonly fallback?: { readonly value: unknown }
  readonly keywordOnly: boolean
  readonly variadic: boolean
}

export interface Signature {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly returns: string
  readonly text: string
}

/**
 * Reads `mean(self: Tensor, dim: Dims = null, keepdim: boolean = false, *, dtype: dtype = null) -> Tensor`.
 * `*` starts the keyword-only parameters, `...size: Shape` takes the rest. Throws SyntaxError on text that is not of this form.
 */
export function parseSignature(text: string): Signature {
  const match = /^(\w+)\((.*)\)(?:\s*->\s*(.+))?$/.exec(text)
  if (!match) throw new SyntaxError(`Expected a signature like "name(self: Tensor) -> Tensor", found "${text}".`)
  const parameters: Parameter[] = []
  let keywordOnly = false
  for (const part of splitTop(match[2]!)) {
    if (part === "*") {
      keywordOnly = true
      continue
    }
    const found = /^(\.\.\.)?(\w+)\??(?:\s*:\s*([^=]+?))?(?:\s*=\s*(.+))?$/.exec(part)
    if (!found) throw new SyntaxError(`Expected "name: type = value" in the signature "${text}", found "${part}".`)
    const fallback = found[4] === undefined ? undefined : { value: JSON.parse(found[4]) as unknown }
    parameters.push({
      name: found[2]!,
      type: found[3] ?? "Tensor",
      ...(fallback ? { fallback } : {}),
      keywordOnly,
      variadic: found[1] !== undefined,
    })
  }
  return { name: match[1]!, parameters, returns: match[3] ?? "Tensor", text }
}

/** Splits at commas that stand outside brackets. */
function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    const c = text[i]
    if (c === "[" || c === "(" || c === "{") depth++
    else if (c === "]" || c === ")" || c === "}") depth--
    else if (i === text.length || (c === "," && depth === 0)) {
      const part = text.slice(start, i).trim()
      if (part) parts.push(part)
      start = i + 1
    }
  }
  return parts
}
