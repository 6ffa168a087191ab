// Runs a snippet in this thread for the compiler's tests: plain evaluation, no realm of its own, no limits.
import { runInThisContext } from "node:vm"
import type { RunRequest, RunResult } from "../../engine/protocol/api.ts"
import { runHere, type RunHost, type Session } from "../../engine/snippet/run.ts"

export interface Ran {
  readonly result: RunResult
  readonly session: Session
}

/** Runs `source` and resolves with everything it left. */
export function run(source: string, request: Partial<RunRequest> = {}, host: Partial<RunHost> = {}): Promise<Ran> {
  return runHere(
    { runId: 1, source, fileName: "/lesson/main.ts", device: "cpu", timeLimit: 0, memoryLimit: 0, trace: true, ...request },
    { output: () => undefined, stopRequested: () => false, evaluate: (code, fileName) => runInThisContext(code, { filename: fileName }) as unknown, ...host },
  )
}

/** What a snippet prints, then its error if it has one: one text to compare. */
export async function printed(source: string, request: Partial<RunRequest> = {}): Promise<string> {
  const { result } = await run(source, request)
  return result.stdout + (result.error === undefined ? "" : `${result.error.name} ${result.error.line}:${result.error.column}: ${result.error.message}\n`)
}

/** A template's lines without the first line break and the common indentation. */
export function lines(text: string): string {
  const all = text.replace(/^\n/, "").replace(/\n[ \t]*$/, "\n").split("\n")
  const indent = Math.min(...all.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length))
  return all.map((line) => line.slice(indent)).join("\n")
}
