// Explains one gradient element.
import type { ExplainQuestion, RunRequest, RunResult } from "../protocol/api.ts"
import type { RunHost } from "./perform.ts"

export async function explain(_request: RunRequest, _question: ExplainQuestion, _host: RunHost, _began: number): Promise<RunResult> {
  throw new Error("not yet")
}
