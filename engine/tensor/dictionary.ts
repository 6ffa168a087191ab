// A plain object with the views that Python's dictionaries have: keys(), values(), items(), printed as Python prints them.
import { shownText } from "./printing.ts"
import { tupled } from "./tuple.ts"

/** An iterator over a list that prints itself as Python's view of that name does. */
export function shownAs<T>(title: string, list: readonly T[]): IterableIterator<T> {
  return Object.defineProperty(list.values(), "toString", { value: () => `${title}(${shownText([...list])})` })
}

/** Names and values, each pair printed as a tuple. */
export function pairs(of: object): [string, unknown][] {
  return Object.entries(of).map((pair) => tupled<unknown>(pair) as [string, unknown])
}

/** Gives an object Python's views. They are no keys of its own. */
export function dictionary<T extends object>(of: T): T {
  const views = { keys: () => shownAs("dict_keys", Object.keys(of)), values: () => shownAs("dict_values", Object.values(of)), items: () => shownAs("dict_items", pairs(of)) }
  for (const [name, view] of Object.entries(views)) if (!Object.hasOwn(of, name)) Object.defineProperty(of, name, { value: view, configurable: true, writable: true })
  return of
}
