// Where and when: stretches of the learner's source, turns of a loop, and faults with what mends them.

/** A stretch of the learner's source. Lines and columns count from 1; the end is exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  /** Set only when the place lies in a neighbouring file that the snippet imports (its path as imported from). */
  readonly file?: string
}

/** The learner's mistake (or a limit that was hit) as data: what was expected, what was found, one thing to try. */
export interface FaultData extends Span {
  /** PyTorch's class (`RuntimeError`, `IndexError`, `ValueError`, `TypeError`, `NotImplementedError`), JavaScript's own, `SyntaxError`, or `Stopped`, `TimeLimit`, `MemoryLimit`, `EngineCrash`. */
  readonly name: string
  readonly message: string
  readonly hint?: string
  /** Other places that explain the fault: where a value was saved, where it was changed. */
  readonly related?: readonly { readonly message: string; readonly span: Span }[]
  /** Changes of the source that cure it; the first is the likeliest. */
  readonly fixes?: readonly FixData[]
}

/** What a fix does, for its title in the user's language. `args` of the fix fill the title's gaps, as said here. */
export type FixId =
  /** Line. */
  | "keep-graph"
  /** Old and new expression. */
  | "new-tensor" | "write-instead"
  /** Variable. */
  | "clone-first" | "track" | "retain-grad" | "detach-last"
  /** Expression. */
  | "sum-first" | "ones-gradient" | "remove-cut" | "to-float" | "take-number" | "clear-grad" | "match-target" | "to-device"
  /** Nothing. */
  | "without-grad"
  /** How many features. */
  | "layer-inputs"

/** One cure as an edit of the source that ran. */
export interface FixData {
  readonly id: FixId
  readonly args: readonly string[]
  readonly edits: readonly TextEdit[]
}

/** Replaces a stretch of the source; an empty stretch inserts. */
export interface TextEdit {
  readonly span: Span
  readonly text: string
}

/** The end of one turn of a loop of the last run. */
export interface Iteration {
  /** `LoopTrace.id`. */
  readonly loop: number
  /** From 0, over all rounds of an inner loop. */
  readonly index: number
}
