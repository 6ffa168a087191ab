// Runs a snippet in this thread for the compiler's tests: plain evaluation, no realm of its own, no limits.
import { runInThisContext } from "node:vm"
import type { RunRequest, RunResult, TensorSummary } from "../../engine/protocol/api.ts"
import { runHere, type RunHost, type Session } from "../../engine/snippet/run.ts"
import type { Judgement } from "../../engine/snippet/verdicts.ts"

export interface Ran {
  readonly result: RunResult
  readonly session: Session
  readonly judgement?: Judgement
}

/** Runs `source` and resolves with everything it left. */
export function run(source: string, more: Partial<RunRequest> = {}, host: Partial<RunHost> = {}): Promise<Ran> {
  return runHere({ ...request(source), ...more }, { ...here, ...host })
}

const here: RunHost = { output: () => undefined, stopRequested: () => false, evaluate: (code, fileName) => runInThisContext(code, { filename: fileName }) as unknown }

function request(source: string): RunRequest {
  return { runId: 1, source, fileName: "/lesson/main.ts", device: "cpu", timeLimit: 0, memoryLimit: 0, trace: true }
}

/** Asks about a snippet that ran, as the engine's thread would: it runs again, unseen. */
export async function askAbout({ source, ran, ...question }: { source: string; ran: Ran } & Partial<RunRequest>, host: Partial<RunHost> = {}): Promise<Ran> {
  return runHere(
    { ...request(source), ...(ran.result.seed === undefined ? {} : { seed: ran.result.seed }), ...question },
    { ...here, ...host },
    { sessionOf: (id) => (ran.session.has(id) ? ran.session : null), firstHandle: 1000, judgement: ran.judgement },
  )
}

/** The last value of a name, as a tensor. */
export function tensorNamed({ result }: Ran, name: string): TensorSummary {
  const value = result.trace.records.findLast((record) => record.name === name)?.samples.at(-1)?.value
  if (value?.kind !== "tensor") throw new Error(`${name} is no tensor: ${result.error?.message ?? "it has no such value"}`)
  return value
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
