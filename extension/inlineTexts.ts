// inlineTexts: what stands at the end of each line after a run. Apart from inline.ts, which paints it, because it is
// pure: the API's `values` and the unit tests read the same text that the editor shows.

import type { RunResult, Sample, TraceRecord } from "../engine/protocol/api.ts"

/** The text at the end of one line. Lines count from 1. */
export interface InlineText {
  readonly line: number
  readonly text: string
}

/** Which time of a loop to show: the samples with this 0-based index, in places reached `count` times. */
export interface IterationPick {
  readonly count: number
  readonly index: number
  /** The loop, as `LoopTrace` has it: then everything else is shown as it was at the end of that turn, too. */
  readonly loop?: number
}

/** A value or a gradient alone may take this many characters; past it the middle is cut. */
export const bound = 110

/** The text of every line that produced something, in order of lines. */
export function inlineTexts(result: RunResult, pick: IterationPick | null = null): readonly InlineText[] {
  const leafShown = new Set<number>()
  const lines = new Map<number, TraceRecord[]>()
  for (const record of result.trace.records) {
    if (!isShown(record)) continue
    const records = lines.get(record.showLine)
    if (records) records.push(record)
    else lines.set(record.showLine, [record])
  }
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([line, records]) => ({ line, text: lineText(records, pick, leafShown) }))
    .filter(({ text }) => text !== "")
}

/** The sample to show: the picked one where this place has it, else the last. */
export function sampleOf(record: TraceRecord, pick: IterationPick | null = null): Sample | undefined {
  const picked = pick && pick.count === record.count ? record.samples.find(({ index }) => index === pick.index) : undefined
  return picked ?? record.samples.at(-1)
}

/** A text on one line: every run of white space is one space, the middle is cut past the bound. */
export function oneLine(text: string, most = bound): string {
  const line = text.replace(/\s+/g, " ").trim()
  if (line.length <= most) return line
  const head = Math.ceil((most - 3) * 0.6)
  const left = line.slice(0, head)
  const right = line.slice(line.length - (most - 3 - head))
  // Between two elements where there is such a place near, so that no number is cut in two.
  const leftEnd = left.lastIndexOf(", ") + 1
  const rightStart = right.indexOf(", ") + 2
  return `${leftEnd > head - 16 ? left.slice(0, leftEnd) : left} … ${rightStart > 1 && rightStart < 16 ? right.slice(rightStart) : right}`
}

function isShown({ kind, samples }: TraceRecord): boolean {
  const value = samples.at(-1)?.value
  if (!value || kind === "operation") return false
  if (value.kind === "tensor" || kind === "print") return true
  // A function or a class says nothing at the end of its line; a statement without a value neither.
  if (value.typeName === "function" || value.typeName === "class") return false
  return kind !== "result" || !["null", "undefined", "None"].includes(value.repr)
}

function lineText(records: readonly TraceRecord[], pick: IterationPick | null, leafShown: Set<number>): string {
  const isNamed = new Set(records.flatMap(({ kind, name }) => (kind === "binding" && name ? [name] : []))).size > 1
  const parts: string[] = []
  let lastCount = 1
  for (const record of records) {
    const sample = sampleOf(record, pick)
    if (!sample) continue
    const { value } = sample
    const pieces: string[] = []
    if (record.count > 1 && record.count !== lastCount) {
      const isPicked = sample.index !== record.count - 1
      pieces.push(isPicked ? `${sample.index + 1} / ${record.count}` : `× ${record.count}`)
    }
    lastCount = record.count
    const text = oneLine(value.repr)
    if (isNamed && record.name) pieces.push(`${record.name} = ${text}`)
    else if (text !== "") pieces.push(text)
    if (value.kind === "tensor" && value.grad && record.kind !== "print" && !leafShown.has(value.id)) {
      leafShown.add(value.id)
      pieces.push(`grad: ${oneLine(value.grad.repr)}`)
    }
    parts.push(pieces.join(" "))
  }
  return parts.join(" · ")
}
