// `run --jsonl`: a stream of snippets in, a stream of results out, in the same order. Apart from cli.ts because it knows
// neither files nor options: lines, and a function that runs one snippet.

import type { ExplainQuestion, Explanation, FaultData, RunResult, VerdictData } from "../protocol/api.ts"

/** One line of the answer. */
export interface JsonLine {
  readonly id: unknown
  readonly stdout: string
  readonly error: JsonError | null
  /** Why the gradients that the snippet read are null, zero or of an unexpected size. */
  readonly verdicts: readonly JsonVerdict[]
}

/** One line of an explanation's answer. */
export interface ExplainLine extends Partial<Explanation> {
  readonly id: unknown
  readonly error: JsonError | null
}

export type JsonVerdict = Pick<VerdictData, "id" | "name" | "line">

export type JsonError = Pick<FaultData, "name" | "message" | "line" | "column" | "hint">

/** Answers each line of input with one line; a line that is no snippet is answered with an error, too. */
export async function* jsonLines(input: AsyncIterable<string>, run: (source: string) => Promise<RunResult>): AsyncGenerator<JsonLine> {
  for await (const request of requestsOf(input, requestOf)) {
    if ("wrong" in request) {
      yield { id: null, stdout: "", error: request.wrong, verdicts: [] }
      continue
    }
    const { stdout, error, verdicts = [] } = await run(request.source)
    yield { id: request.id, stdout, error: error ? jsonError(error) : null, verdicts: verdicts.map(({ id, name, line }) => ({ id, name, line })) }
  }
}

/** The same for explanations. */
export async function* explainLines(input: AsyncIterable<string>, run: (source: string, question: ExplainQuestion) => Promise<RunResult>): AsyncGenerator<ExplainLine> {
  for await (const request of requestsOf(input, questionOf)) {
    if ("wrong" in request) {
      yield { id: null, error: request.wrong }
      continue
    }
    const { explanation, error } = await run(request.source, request.question)
    yield { id: request.id, ...explanation, error: error && explanation === undefined ? jsonError(error) : null }
  }
}

/** What each line asks, or what is wrong with it. */
async function* requestsOf<R extends object>(input: AsyncIterable<string>, read: (line: string) => R | string): AsyncGenerator<R | { readonly wrong: JsonError }> {
  let number = 0
  for await (const line of input) {
    number += 1
    if (line.trim() === "") continue
    const request = read(line)
    yield typeof request === "string" ? { wrong: { name: "ValueError", message: `Line ${number} of the input ${request}.`, line: 1, column: 1 } } : request
  }
}

export function jsonError({ name, message, line, column, hint }: FaultData): JsonError {
  return { name, message, line, column, ...(hint === undefined ? {} : { hint }) }
}

/** The snippet of a line, or what is wrong with the line. */
function requestOf(line: string): { readonly id: unknown; readonly source: string } | string {
  const value = objectOf(line)
  if (value === undefined) return "was expected to be JSON"
  if (typeof value?.source !== "string") return 'was expected to be {"id", "source"} with a text as source'
  return { id: value.id ?? null, source: value.source }
}

/** The question of a line, or what is wrong with the line. */
function questionOf(line: string): { readonly id: unknown; readonly source: string; readonly question: ExplainQuestion } | string {
  const value = objectOf(line)
  if (value === undefined) return "was expected to be JSON"
  if (typeof value?.source !== "string" || typeof value.of !== "string" || typeof value.at !== "string") return 'was expected to be {"id", "source", "of", "at"} with texts'
  return { id: value.id ?? null, source: value.source, question: { of: value.of, at: value.at } }
}

/** A line's object; null where it is something else, undefined where it is no JSON. */
function objectOf(line: string): Partial<Record<"id" | "source" | "of" | "at", unknown>> | null | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === "object" ? value : null
  } catch {
    return undefined
  }
}
