// Values as Python writes them: a module prints itself as PyTorch does, with True, None, 1e-05 and tuples.

/** A float's repr: `1.0`, `0.1`, `1e-05`. */
export function float(value: number): string {
  if (value === Infinity) return "inf"
  if (value === -Infinity) return "-inf"
  if (Number.isNaN(value)) return "nan"
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2")
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** `(3, 3)`, `(3,)`. */
export function tuple(values: readonly unknown[]): string {
  return values.length === 1 ? `(${python(values[0])},)` : `(${values.map(python).join(", ")})`
}

/** Any value; whole numbers as integers, arrays as tuples. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : float(value)
  if (typeof value === "string") return `'${value}'`
  if (Array.isArray(value)) return tuple(value)
  return String(value)
}

/** `p=0.5, inplace=False`: attributes by name. */
export function attributes(of: Readonly<Record<string, unknown>>, ...names: readonly string[]): string {
  return names.map((name) => `${name}=${python(of[name])}`).join(", ")
}
