// Addresses: the tensor that a learner wrote at a place of a line, as a question to the engine names it. Pure, so that
// tests give it a line of text.

/** `x[0][1]`, `model.fc1.weight`; with the name that it starts from. */
export interface Address {
  readonly text: string
  readonly root: string
}

const pattern = /(?<![\p{L}\p{N}_$.])[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*|\[-?\d+(?:\s*,\s*-?\d+)*\])*/gu

/** The address at a column (from 1), up to the member that the column is on; what follows `.grad`, and a method's name, does not belong to it. */
export function addressAt(line: string, column: number): Address | null {
  for (const found of line.matchAll(pattern)) {
    const from = found.index + 1
    if (column < from || column > from + found[0].length) continue
    return cut(found[0], column - from, line[found.index + found[0].length] === "(")
  }
  return null
}

/** A parameter's path in a module as an address: `0.weight` of `model` is `model[0].weight`. */
export function memberAddress(module: string, path: string): string {
  return path.split(".").reduce((so, part) => (/^\d+$/.test(part) ? `${so}[${part}]` : `${so}.${part}`), module)
}

/** `x.grad[0][1]` asks about `x[0][1]`; `x.sum` of `x.sum()` asks about `x`; on the `x` of `x.y` the question is `x`. */
function cut(text: string, at: number, isCalled: boolean): Address | null {
  const parts = [...text.matchAll(/^[^.[]+|\.[^.[]+|\[[^\]]*\]/g)].map(([part], i, all) => ({ part, end: (all[i]?.index ?? 0) + part.length }))
  const [root] = parts
  if (root === undefined) return null
  const called = isCalled ? parts.findLastIndex(({ part }) => part.startsWith(".")) : -1
  const whole = called > 0 ? parts.slice(0, called) : parts
  // Up to the part that the column is in, and the indices right behind it.
  let last = Math.max(0, whole.findIndex(({ end }) => at < end))
  if (at >= (whole.at(-1)?.end ?? 0)) last = whole.length - 1
  while (whole[last + 1]?.part.startsWith("[") || whole[last + 1]?.part === ".grad") last += 1
  const kept = whole.slice(0, last + 1).map(({ part }) => part).filter((part) => part !== ".grad" && part !== ".data")
  return { text: kept.join(""), root: root.part }
}
