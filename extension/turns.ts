// turns: from a run's trace and that of the same run up to a turn of a loop, the one that every surface shows. Apart
// because it is pure; who repeats the run is moments.ts.

import type { Iteration, LoopTrace, Trace, TraceRecord } from "../engine/protocol/api.ts"
import type { IterationPick } from "./inlineTexts.ts"

/** The trace as it was at the end of a turn: each place with the value that it had last by then, and the count of the whole run. */
export function momentOf(run: Trace, then: Trace): Trace {
  const counts = new Map(run.records.map((record) => [keyOf(record), record.count]))
  const records = then.records.map((record): TraceRecord => {
    const last = record.samples.at(-1)
    return { ...record, count: Math.max(record.count, counts.get(keyOf(record)) ?? 0), samples: last ? [last] : [] }
  })
  return { ...run, records, ...(then.modules ? { modules: then.modules } : {}) }
}

/** The pick of a turn; null for the last one, which is the end of the run. */
export function pickOf(loops: readonly LoopTrace[], turn: Iteration | null): IterationPick | null {
  const loop = turn && loops.find(({ id }) => id === turn.loop)
  if (!turn || !loop || !Number.isSafeInteger(turn.index) || turn.index < 0 || turn.index >= loop.turns - 1) return null
  return { count: loop.turns, index: turn.index, loop: loop.id }
}

/** The loop whose turns are the times of a place: the innermost around it that turned as often, else any that did. */
export function loopOf({ loops = [] }: Trace, { span, count }: TraceRecord): LoopTrace | null {
  const same = loops.filter(({ turns }) => turns === count)
  const around = same.filter((loop) => loop.span.file === span.file && loop.span.line <= span.line && loop.span.endLine >= span.endLine)
  return around.at(-1) ?? same.at(-1) ?? null
}

/** The turn that is shown; null for the end of the run. */
export function turnOf(pick: IterationPick | null): Iteration | null {
  return pick?.loop === undefined ? null : { loop: pick.loop, index: pick.index }
}

function keyOf({ kind, name, span }: TraceRecord): string {
  return [kind, name ?? "", span.file ?? "", span.line, span.column, span.endLine, span.endColumn].join(" ")
}
