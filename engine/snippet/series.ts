// A series: one number as it goes from turn to turn, in bounded memory however long it gets. Apart from the curves, which
// say whose number it is. It keeps the least and the greatest of each stretch, so that no spike is lost.
import type { CurveValue } from "../protocol/api.ts"

/** Stretches that are kept; past them two neighbours become one. A curve has at most about twice as many points. */
const stretchLimit = 256

interface Point {
  readonly turn: number
  readonly value: number
}

interface Stretch {
  number: number
  leastAt: number
  least: number
  mostAt: number
  most: number
  /** The first of its values that is not finite. */
  odd: Point | null
}

export class Series {
  count = 0
  /** The newest value and its turn. */
  lastTurn = 0
  last = NaN
  private firstTurn = 0
  private first = NaN
  /** Turns of one stretch: a power of two, by which a turn is shifted. */
  private shift = 0
  private stretches: Stretch[] = []
  private newest: Stretch | null = null

  add(turn: number, value: number): void {
    if (this.count++ === 0) {
      this.firstTurn = turn
      this.first = value
    }
    this.lastTurn = turn
    this.last = value
    const number = turn >> this.shift
    const { newest } = this
    if (newest !== null && newest.number === number) return into(newest, turn, value)
    const stretch: Stretch = { number, leastAt: turn, least: Infinity, mostAt: turn, most: -Infinity, odd: null }
    into(stretch, turn, value)
    this.newest = stretch
    this.stretches.push(stretch)
    if (this.stretches.length > stretchLimit) this.halve()
  }

  /** The points that are left, in order of turns. */
  points(): { turns: number[]; values: CurveValue[] } {
    const found: Point[] = []
    for (const { leastAt, least, mostAt, most, odd } of this.stretches) {
      if (least <= most) found.push({ turn: leastAt, value: least })
      if (least < most) found.push({ turn: mostAt, value: most })
      if (odd !== null) found.push(odd)
    }
    const ends = [{ turn: this.firstTurn, value: this.first }, { turn: this.lastTurn, value: this.last }].filter((end) => !found.some(({ turn, value }) => turn === end.turn && Object.is(value, end.value)))
    // The sort is stable: several values of one turn keep least before greatest.
    const points = [...found, ...ends].sort((a, b) => a.turn - b.turn)
    return { turns: points.map(({ turn }) => turn), values: points.map(({ value }) => told(value)) }
  }

  private halve(): void {
    this.shift += 1
    const halves: Stretch[] = []
    for (const one of this.stretches) {
      const number = one.number >> 1
      const before = halves.at(-1)
      if (before?.number !== number) {
        halves.push({ ...one, number })
        continue
      }
      if (one.least < before.least) Object.assign(before, { least: one.least, leastAt: one.leastAt })
      if (one.most > before.most) Object.assign(before, { most: one.most, mostAt: one.mostAt })
      before.odd ??= one.odd
    }
    this.stretches = halves
    this.newest = halves.at(-1) ?? null
  }
}

function into(stretch: Stretch, turn: number, value: number): void {
  if (!Number.isFinite(value)) {
    stretch.odd ??= { turn, value }
    return
  }
  if (value < stretch.least) {
    stretch.least = value
    stretch.leastAt = turn
  }
  if (value > stretch.most) {
    stretch.most = value
    stretch.mostAt = turn
  }
}

/** Numbers that JSON does not know travel by name. */
function told(value: number): CurveValue {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
}
