// LineMap: where the lines of a run's source stand now, after the edits since. Apart because inline values, hovers,
// the panel and the API all ask it, and because it is pure.

/** One replaced stretch of a document: lines count from 1, `endLine` is the line of its last position. */
export interface LineChange {
  readonly startLine: number
  /** True when the change begins at the very start of `startLine`, so that the line itself only moves down. */
  readonly fromStart: boolean
  readonly endLine: number
  /** How many line breaks the new text has. */
  readonly breaks: number
}

/** Follows each line of the source that ran through later edits. */
export class LineMap {
  readonly #now: (number | null)[]
  readonly #touched = new Set<number>()

  /** Starts with every line where it was. */
  constructor(lineCount: number) {
    this.#now = Array.from({ length: lineCount + 1 }, (_, line) => line)
  }

  /** Takes one edit into account; several of one event come bottom-most first, as VS Code sends them. */
  apply({ startLine, fromStart, endLine, breaks }: LineChange): void {
    const shift = breaks - (endLine - startLine)
    this.#now.forEach((line, then) => {
      if (line === null) return
      const movesWhole = fromStart && endLine === startLine && breaks > 0
      if (line > endLine || (line === startLine && movesWhole)) this.#now[then] = line + shift
      else if (line > startLine) this.#now[then] = null
      else if (line === startLine) this.#touched.add(then)
    })
  }

  /** Where a line of the run stands now; null when it was deleted. */
  now(line: number): number | null {
    return this.#now[line] ?? null
  }

  /** `now` as it answers at this moment, whatever is edited later. */
  frozen(): (line: number) => number | null {
    const then = [...this.#now]
    return (line) => then[line] ?? null
  }

  /** Which line of the run stands here now; null when it is new. */
  then(line: number): number | null {
    const then = this.#now.indexOf(line, 1)
    return then < 1 ? null : then
  }

  /** Whether the text of a line of the run has been edited: its columns no longer hold. */
  isTouched(line: number): boolean {
    return this.#touched.has(line)
  }
}
