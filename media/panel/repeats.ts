// Finds what repeats in a sequence: the same stretch, three times or more in a row. Pure; folding stands on it.

export interface Repeat {
  readonly start: number
  /** Length of the stretch that repeats. */
  readonly period: number
  readonly count: number
}

const longestPeriod = 256
const leastCount = 3

/**
 * The repeats of a sequence of signatures, in order, not overlapping; the one that covers most is taken first.
 * `startsBody` says how well a place suits as the first of a turn: less is better.
 */
export function findRepeats(signatures: readonly string[], startsBody: (at: number) => number): Repeat[] {
  const found: Repeat[] = []
  const search = (from: number, to: number): void => {
    const best = largestRepeat(signatures, from, to, startsBody)
    if (best === null) return
    search(from, best.start)
    found.push(best)
    search(best.start + best.period * best.count, to)
  }
  search(0, signatures.length)
  return found
}

function largestRepeat(signatures: readonly string[], from: number, to: number, startsBody: (at: number) => number): Repeat | null {
  let best: Repeat | null = null
  let bestCover = 0
  for (let period = 1; period <= Math.min(longestPeriod, (to - from) / leastCount); period += 1) {
    let run = 0
    for (let at = to - period - 1; at >= from; at -= 1) {
      run = signatures[at] === signatures[at + period] ? run + 1 : 0
      const count = Math.floor(run / period) + 1
      const cover = count * period
      if (count < leastCount || cover < bestCover || (cover === bestCover && best !== null && period > best.period)) continue
      best = { start: at, period, count }
      bestCover = cover
    }
  }
  return best === null ? null : aligned(best, signatures, to, startsBody)
}

/** Slides the repeat, inside what still repeats, to where a turn's body begins. */
function aligned(repeat: Repeat, signatures: readonly string[], to: number, startsBody: (at: number) => number): Repeat {
  let { start } = repeat
  for (let at = repeat.start + 1; at < repeat.start + repeat.period; at += 1) {
    const end = at + repeat.period * repeat.count
    if (end > to || signatures[end - 1] !== signatures[end - 1 - repeat.period]) break
    if (startsBody(at) < startsBody(start)) start = at
  }
  return { ...repeat, start }
}
