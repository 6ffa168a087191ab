// Questions: a line such as `//? d out / d x[0][0]` asks for a gradient before it is shown. Which lines ask, and what of a
// result may be seen while one is open. Pure; predict.ts is what a learner meets.

import type { Sample, TraceRecord } from "../engine/protocol/api.ts"
import type { DocumentResult } from "./results.ts"

/** A question of a document. Lines count from 1. */
export interface Question {
  readonly line: number
  readonly of: string
  readonly at: string
}

const form = /^\s*\/\/\?\s*d\s+(\S+)\s*\/\s*d\s+(\S+)\s*$/

/** The questions of a text, in order. */
export function questionsIn(text: string): readonly Question[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const [, of, at] = form.exec(line) ?? []
    return of !== undefined && at !== undefined ? [{ line: i + 1, of, at }] : []
  })
}

/** `∂out/∂x[0][0]`. */
export const named = ({ of, at }: Pick<Question, "of" | "at">): string => `∂${of}/∂${at}`

/** A result as it may be seen while a question is open: no gradient, and nothing of what stands below the question. `line` is one of now. */
export function veiled(held: DocumentResult, line: number): DocumentResult {
  const { result, lines } = held
  const isAbove = ({ showLine }: TraceRecord): boolean => (lines.now(showLine) ?? showLine) < line
  const records = result.trace.records.filter(isAbove).map((record) => ({ ...record, samples: record.samples.map(withoutGradient) }))
  const modules = result.trace.modules?.filter(({ span }) => (lines.now(span.line) ?? span.line) < line).map((module) => ({ ...module, members: module.members.map((member) => ({ ...member, value: { ...member.value, grad: null } })) }))
  // What the run before had would tell of both.
  return { ...held, previous: null, result: { ...result, trace: { ...result.trace, records, ...(modules ? { modules } : {}) } } }
}

function withoutGradient(sample: Sample): Sample {
  return sample.value.kind === "tensor" && sample.value.grad ? { ...sample, value: { ...sample.value, grad: null } } : sample
}
