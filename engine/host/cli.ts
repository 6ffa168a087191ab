#!/usr/bin/env node
// The command line (dist/cli.mjs): runs snippets in an engine process of its own, as the editor does, and turns results
// into text and exit codes.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { ExplainQuestion, FaultData, RunRequest, RunResult } from "../protocol/api.ts"
import { explanationText } from "../protocol/explanation.ts"
import { commandOf, helpText, UsageError, type Command, type Limits } from "./cliArguments.ts"
import { ForkedEngine } from "./forkedEngine.ts"
import { explainLines, jsonLines } from "./jsonLines.ts"
import { neighboursOf } from "./neighbours.ts"
import { NothingToRun, programsOf, type Program } from "./programs.ts"

const here = dirname(fileURLToPath(import.meta.url))
let lastRun = 0
let interrupted = false

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  // Whoever reads us may close the pipe early (`| head`): that is no mistake of ours.
  process.stdout.on("error", () => process.exit(0))
  let command: Command
  try {
    command = commandOf(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`autograd-lab: ${error.message}\nTry autograd-lab --help.\n`)
    return 2
  }
  switch (command.kind) {
    case "help":
      process.stdout.write(helpText(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || ""))
      return 0
    case "version":
      process.stdout.write(`${version()}\n`)
      return 0
    case "run":
      return runFile(command.file, command.json, command.limits)
    case "jsonLines":
      return runLines(command.limits)
    case "explain":
      return explainFile(command)
    case "explainLines":
      return explainAll(command.limits)
  }
}

async function runFile(file: string, json: boolean, limits: Limits): Promise<number> {
  let programs: Program[]
  try {
    programs = programsOf(file, readFileSync(file, "utf8"))
  } catch (error) {
    const reason = error instanceof NothingToRun ? error.message : `The file could not be read: ${error instanceof Error ? error.message : String(error)}`
    process.stderr.write(`${file}: ${reason}\n`)
    return error instanceof NothingToRun ? 1 : 2
  }
  const engine = startEngine(json ? () => undefined : (text) => void process.stdout.write(text), false)
  let failed = false
  for (const program of programs) {
    if (interrupted) break
    const fileName = resolve(file).replaceAll("\\", "/")
    const files = await neighboursOf(fileName, program.source)
    const result = await engine.run(request(program.source, fileName, limits, { folder: dirname(fileName), files, trace: json }))
    if (json) await write(`${JSON.stringify(result)}\n`)
    for (const warning of result.warnings) process.stderr.write(told(file, program, warning))
    if (result.error) {
      failed = true
      process.stderr.write(told(file, program, result.error))
    }
  }
  engine.dispose()
  return interrupted ? 130 : failed ? 1 : 0
}

async function runLines(limits: Limits): Promise<number> {
  const engine = startEngine(() => undefined, true)
  const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  // Snippets from a pipe lie in no folder: what each saves is its own, and gone at the end.
  const folders = mkdtempSync(join(tmpdir(), "autograd-lab-"))
  process.on("exit", () => rmSync(folders, { recursive: true, force: true }))
  const run = (source: string): Promise<RunResult> => {
    const folder = mkdtempSync(join(folders, "snippet-"))
    return engine.run(request(source, "snippet.ts", limits, { folder, trace: false, verdicts: true }))
  }
  for await (const line of jsonLines(input, run)) {
    await write(`${JSON.stringify(line)}\n`)
    if (interrupted) break
  }
  input.close()
  engine.dispose()
  return interrupted ? 130 : 0
}

async function explainFile({ file, question, form, limits }: Extract<Command, { kind: "explain" }>): Promise<number> {
  let source: string
  try {
    // The cells of a document are one program here: a question is about the whole.
    source = programsOf(file, readFileSync(file, "utf8")).map((program) => program.source).join("\n")
  } catch (error) {
    const reason = error instanceof NothingToRun ? error.message : `The file could not be read: ${error instanceof Error ? error.message : String(error)}`
    process.stderr.write(`${file}: ${reason}\n`)
    return error instanceof NothingToRun ? 1 : 2
  }
  const engine = startEngine(() => undefined, false)
  const fileName = resolve(file).replaceAll("\\", "/")
  const { explanation, error } = await engine.run(request(source, fileName, limits, { folder: dirname(fileName), files: await neighboursOf(fileName, source), trace: false, explain: question }))
  engine.dispose()
  if (explanation === undefined) {
    if (error !== undefined) process.stderr.write(`${file}:${error.line}:${error.column}: ${error.name}: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`)
    return interrupted ? 130 : 1
  }
  await write(form === "json" ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, question, form, source))
  return 0
}

async function explainAll(limits: Limits): Promise<number> {
  const engine = startEngine(() => undefined, true)
  const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  const run = (source: string, explain: ExplainQuestion): Promise<RunResult> => engine.run(request(source, "snippet.ts", limits, { trace: false, explain }))
  for await (const line of explainLines(input, run)) {
    await write(`${JSON.stringify(line)}\n`)
    if (interrupted) break
  }
  input.close()
  engine.dispose()
  return interrupted ? 130 : 0
}

function startEngine(output: (text: string) => void, spare: boolean): ForkedEngine {
  const engine = new ForkedEngine({
    processUrl: new URL("./engineProcess.mjs", import.meta.url),
    output,
    progress: tellProgress,
    // What goes on inside is for whoever looks for a bug.
    log: (message) => void (process.env.AUTOGRAD_LAB_LOG && process.stderr.write(`${message}\n`)),
    spare,
  })
  process.on("SIGINT", () => {
    if (interrupted) process.exit(130)
    interrupted = true
    engine.stop()
  })
  return engine
}

function request(source: string, fileName: string, limits: Limits, more: Pick<RunRequest, "trace" | "files" | "folder" | "verdicts" | "explain">): RunRequest {
  lastRun += 1
  return { runId: lastRun, source, fileName, ...limits, ...more }
}

/** How far a download has come, on one line of a terminal that is written over; a file or a pipe gets none of it. */
function tellProgress(text: string, fraction: number | null): void {
  if (!process.stderr.isTTY || text === "") return
  process.stderr.write(`\r${text} ${fraction === null ? "…" : `${Math.floor(fraction * 100)} %`}${fraction === 1 ? "\n" : ""}`)
}

/** `file:line:column: Name: message`, with the hint on a line of its own. */
function told(file: string, program: Program, { name, message, hint, line, column, file: neighbour }: FaultData): string {
  const place = neighbour === undefined ? `${file}:${program.place(line, column)}` : `${neighbour}:${line}:${column}`
  return `${place}: ${name}: ${message}\n${hint === undefined ? "" : `  ${hint}\n`}`
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain")
}

/** The version of the package that this file belongs to. */
function version(): string {
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json")
    if (!existsSync(manifest)) continue
    const { name, version: found } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string }
    if (name === "autograd-lab" && found !== undefined) return found
  }
  return "unknown"
}
