// What Python returns as a tuple is an array here; this mark lets print write it as Python does.

const mark = Symbol("tuple")

export interface TupleMark {
  /** `torch.return_types.max`, for a result whose parts have names. */
  readonly title?: string
  readonly names?: readonly string[]
}

/** Marks an array that operators return, and gives its parts their names as own properties. */
export function tupled<T>(items: T[], title?: string, names?: readonly string[]): T[] {
  names?.forEach((name, i) => Object.defineProperty(items, name, { value: items[i], enumerable: false, writable: true, configurable: true }))
  Object.defineProperty(items, mark, { value: { ...(title ? { title } : {}), ...(names ? { names } : {}) } satisfies TupleMark, enumerable: false })
  return items
}

/** The mark of an array that stands for a tuple. */
export function tupleMark(items: readonly unknown[]): TupleMark | undefined {
  return (items as { readonly [mark]?: TupleMark })[mark]
}
