// Runs many snippets through the built command line in one process, the way a grader would: a line of JSON in, one out.

import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** What the command line answered for one snippet. */
export interface Answer {
  readonly id: string
  readonly stdout: string
  readonly error: AnswerError | null
  readonly verdicts: readonly { readonly id: string; readonly name: string; readonly line: number }[]
}

export interface AnswerError {
  readonly name: string
  readonly message: string
  readonly line?: number
  readonly column?: number
}

/** What it explained; the explanation's own fields are missing where there is an error. */
export interface ExplainAnswer {
  readonly id: string
  readonly error: AnswerError | null
  readonly value?: number | null
  readonly paths?: readonly { readonly value: number; readonly count: number; readonly factors?: readonly { readonly slope: number; readonly line: number }[] }[]
  readonly check?: { readonly finiteDifference: number | null; readonly kink: boolean }
}

const root = fileURLToPath(new URL("../../", import.meta.url))
const cli = `${root}dist/cli.mjs`

/** The Node of the dev dependencies: the engine needs Node 24, whatever started the tests. */
export function nodePath(): string {
  const own = `${root}node_modules/node/bin/node`
  return existsSync(own) ? own : process.execPath
}

/** Runs the sources and resolves with the answers by id; each may take so many seconds, the usual 30 where that is left out. Rejects when the command line itself fails. */
export function runAll(snippets: readonly { readonly id: string; readonly source: string }[], seconds?: number): Promise<Map<string, Answer>> {
  return ask("run", snippets.map(({ id, source }) => ({ id, source })), seconds === undefined ? [] : ["--timeout", String(seconds)])
}

/** The same for questions about gradient elements. */
export function explainAll(questions: readonly { readonly id: string; readonly source: string; readonly of: string; readonly at: string }[]): Promise<Map<string, ExplainAnswer>> {
  return ask("explain", questions.map(({ id, source, of, at }) => ({ id, source, of, at })))
}

async function ask<A extends { readonly id: string }>(command: "run" | "explain", snippets: readonly object[], options: readonly string[] = []): Promise<Map<string, A>> {
  if (!existsSync(cli)) throw new Error("dist/cli.mjs is missing: run `npm run build` first")
  const input = snippets.map(snippet => JSON.stringify(snippet) + "\n").join("")
  const { stdout, stderr, code } = await run(nodePath(), [cli, command, "--jsonl", ...options], input)
  const answers = new Map<string, A>()
  for (const line of stdout.split("\n").filter(text => text !== "")) {
    // The command line is our own; a line that is no answer throws here and names itself.
    const answer = JSON.parse(line) as A
    answers.set(answer.id, answer)
  }
  if (answers.size < snippets.length) {
    throw new Error(`the command line answered ${answers.size} of ${snippets.length} snippets (exit code ${code})\n${stderr.slice(-2000)}`)
  }
  return answers
}

function run(command: string, args: readonly string[], input: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text })
    child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text })
    child.on("error", reject)
    child.on("close", code => resolve({ stdout, stderr, code }))
    // A process that dies early closes its end; what it wrote tells more than the broken pipe.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
  })
}
