// Finding: which recorded value a place of the source means. Apart from the hover, the graph command and the value list
// that ask it, and pure. Lines and columns count from 1, as in the protocol.

import type { Sample, Span, TensorSummary, Trace, TraceRecord } from "../engine/protocol/api.ts"
import { sampleOf, type IterationPick } from "./inlineTexts.ts"

/** A recorded place and the value of it that is shown now. */
export interface Found {
  readonly record: TraceRecord
  readonly sample: Sample
}

/** A place in the learner's source; `word` is the name that stands there, if one does. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly word?: { readonly text: string; readonly column: number; readonly isMember: boolean }
}

/** The value of the variable, call or operator at a place; null where nothing was recorded. */
export function valueAt(trace: Trace, place: Place, pick: IterationPick | null = null): Found | null {
  const { word } = place
  const named = word && !word.isMember ? bindingOf(trace, word.text, place) : undefined
  const record = named ?? innermost(trace, place)
  return record ? foundOf(record, pick) : null
}

/** Everything shown at the end of a line, first to last. */
export function valuesOfLine(trace: Trace, line: number, pick: IterationPick | null = null): readonly Found[] {
  return trace.records
    .filter(({ showLine, kind }) => showLine === line && kind !== "operation")
    .flatMap((record) => foundOf(record, pick) ?? [])
}

/** The tensor that a command at this place is about: the one there, else the line's last tracked one. */
export function tensorAt(trace: Trace, place: Place, pick: IterationPick | null = null): Found | null {
  const here = valueAt(trace, place, pick)
  if (here && isTensor(here)) return here
  const ofLine = trace.records
    .filter(({ showLine, span }) => showLine === place.line || span.line === place.line)
    .flatMap((record) => foundOf(record, pick) ?? [])
    .filter(isTensor)
  return ofLine.findLast(isTracked) ?? ofLine.at(-1) ?? null
}

/** The last result that has a chain behind it, named ones first: what a graph is shown of when nothing is pointed at. */
export function lastResult(trace: Trace, pick: IterationPick | null = null): Found | null {
  const all = trace.records.flatMap((record) => foundOf(record, pick) ?? []).filter(isTensor)
  const hasChain = (found: Found): boolean => isTracked(found) && tensorOf(found)?.is_leaf === false
  const named = all.filter(({ record }) => record.kind === "binding")
  return named.findLast(hasChain) ?? all.findLast(hasChain) ?? named.findLast(isTracked) ?? null
}

/** The name of the last leaf that has a gradient: what there is to explain when nothing is pointed at. */
export function lastGradient(trace: Trace): string | undefined {
  return trace.records.findLast(({ kind, name, samples }) => {
    const value = samples.at(-1)?.value
    return kind === "binding" && name !== undefined && value?.kind === "tensor" && value.is_leaf && value.grad !== null
  })?.name
}

/** The same thing in a later run: by name and line, else by name, else by line. */
export function sameAgain(trace: Trace, was: TraceRecord, pick: IterationPick | null = null): Found | null {
  const tensors = trace.records.flatMap((record) => foundOf(record, pick) ?? []).filter(isTensor)
  const named = tensors.filter(({ record }) => record.kind === was.kind && record.name === was.name && was.name !== undefined)
  return (
    named.find(({ record }) => record.showLine === was.showLine) ??
    named.at(-1) ??
    tensors.find(({ record }) => record.kind === was.kind && sameSpan(record.span, was.span)) ??
    null
  )
}

/** The tensor of what was found; null for a plain value. */
export function tensorOf({ sample }: Found): TensorSummary | null {
  return sample.value.kind === "tensor" ? sample.value : null
}

function isTensor(found: Found): boolean {
  return tensorOf(found) !== null
}

function isTracked(found: Found): boolean {
  return tensorOf(found)?.requires_grad === true
}

function foundOf(record: TraceRecord, pick: IterationPick | null): Found | null {
  const sample = sampleOf(record, pick)
  return sample ? { record, sample } : null
}

/** The binding of a name that is in force at a place: at it, else the last one above, else the first one below. */
function bindingOf(trace: Trace, name: string, { line, column, word }: Place): TraceRecord | undefined {
  const bindings = trace.records.filter((record) => record.kind === "binding" && record.name === name && !record.span.file)
  const at = bindings.find(({ span }) => span.line === line && span.column <= (word?.column ?? column) && (word?.column ?? column) < span.column + name.length)
  if (at) return at
  const own = innermost({ records: bindings }, { line, column })
  // The name on the right of its own assignment still means the value before it.
  const above = bindings.filter(({ span, showLine }) => span.line < line && (showLine < line || !own))
  return above.at(-1) ?? bindings.find((binding) => binding !== own) ?? own
}

function innermost(trace: Trace, place: Pick<Place, "line" | "column">): TraceRecord | undefined {
  let best: TraceRecord | undefined
  for (const record of trace.records) {
    if (record.kind === "print" || record.span.file || !contains(record.span, place)) continue
    if (!best || contains(best.span, { line: record.span.line, column: record.span.column }) && sizeIsLess(record.span, best.span)) best = record
  }
  return best
}

function contains(span: Span, { line, column }: { readonly line: number; readonly column: number }): boolean {
  if (line < span.line || line > span.endLine) return false
  if (line === span.line && column < span.column) return false
  return line !== span.endLine || column < span.endColumn || (span.line === span.endLine && span.column === span.endColumn)
}

function sizeIsLess(a: Span, b: Span): boolean {
  const lines = a.endLine - a.line - (b.endLine - b.line)
  if (lines !== 0) return lines < 0
  return a.endLine === a.line && a.endColumn - a.column <= b.endColumn - b.column
}

function sameSpan(a: Span, b: Span): boolean {
  return a.line === b.line && a.column === b.column && a.endLine === b.endLine && a.endColumn === b.endColumn
}
