// `run --jsonl`: a stream of snippets in, a stream of results out, in the same order. Apart from cli.ts because it knows
// neither files nor options: lines, and a function that runs one snippet.

import type { FaultData, RunResult } from "../protocol/api.ts"

/** One line of the answer. */
export interface JsonLine {
  readonly id: unknown
  readonly stdout: string
  readonly error: JsonError | null
}

export type JsonError = Pick<FaultData, "name" | "message" | "line" | "column" | "hint">

/** Answers each line of input with one line; a line that is no snippet is answered with an error, too. */
export async function* jsonLines(input: AsyncIterable<string>, run: (source: string) => Promise<RunResult>): AsyncGenerator<JsonLine> {
  let number = 0
  for await (const line of input) {
    number += 1
    if (line.trim() === "") continue
    const request = requestOf(line)
    if (typeof request === "string") {
      yield { id: null, stdout: "", error: { name: "ValueError", message: `Line ${number} of the input ${request}.`, line: 1, column: 1 } }
      continue
    }
    const { stdout, error } = await run(request.source)
    yield { id: request.id, stdout, error: error ? jsonError(error) : null }
  }
}

export function jsonError({ name, message, line, column, hint }: FaultData): JsonError {
  return { name, message, line, column, ...(hint === undefined ? {} : { hint }) }
}

/** The snippet of a line, or what is wrong with the line. */
function requestOf(line: string): { readonly id: unknown; readonly source: string } | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return "was expected to be JSON"
  }
  if (typeof value !== "object" || value === null || !("source" in value) || typeof value.source !== "string") {
    return 'was expected to be {"id", "source"} with a text as source'
  }
  return { id: "id" in value ? value.id : null, source: value.source }
}
