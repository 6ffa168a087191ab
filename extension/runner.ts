// Runner: from "run this" to a result in Results. Decides what text is sent, asks trust first, keeps what hung from
// running again by itself. The engine's life is the session's.

import { commands, EventEmitter, l10n, window, type Uri, type Disposable, type Range, type TextDocument } from "vscode"
import type { RunResult } from "../engine/protocol/api.ts"
import { tellNoGpu } from "./devices.ts"
import type { Documents } from "./documents.ts"
import { faultText } from "./faultText.ts"
import { inUsersWords } from "./faultWords.ts"
import type { Log } from "./log.ts"
import { neighboursOf, pathOf } from "./neighbours.ts"
import type { Results } from "./results.ts"
import type { Host } from "./seat.ts"
import type { Session } from "./session.ts"
import { settingsFor } from "./settings.ts"
import { programAt, sourceOf, type Program } from "./snippets.ts"
import { isTrusted, refuse } from "./trust.ts"

/** A run that ended, as `onDidRun` tells it. */
export interface DidRun {
  readonly uri: Uri
  readonly result: RunResult
}

/** What to run of a document: lines count from 1; without `through`, the whole program that `line` is in. */
export interface RunTarget {
  readonly document: TextDocument
  readonly line: number
  readonly through?: number
}

/** Faults after which a snippet runs again only when someone says so or edits it. */
const hangs = new Set(["Stopped", "TimeLimit", "MemoryLimit", "EngineCrash"])

export class Runner implements Disposable {
  readonly #session: Session
  readonly #documents: Documents
  readonly #results: Results
  readonly #log: Log
  readonly #folderOf: Host["folderOf"]
  readonly #ran = new EventEmitter<DidRun>()
  readonly onDidRun = this.#ran.event
  readonly #hung = new Map<string, number>()
  readonly #last = new Map<string, RunTarget>()
  #newest = 0
  #judging: Promise<RunResult> | null = null
  #isTellingRunning: boolean | undefined

  constructor(session: Session, documents: Documents, results: Results, log: Log, folderOf: Host["folderOf"]) {
    this.#session = session
    this.#documents = documents
    this.#results = results
    this.#log = log
    this.#folderOf = folderOf
  }

  /** Runs a program, or its part down to a line, and resolves with the result, shown by then. Refuses without trust. */
  async run(target: RunTarget): Promise<RunResult> {
    const { document, line, through } = target
    if (!isTrusted()) return refuse()
    const { uri, version } = document
    const text = document.getText()
    const program = programAt(this.#documents.programs(document), line) ?? wholeFile(document)
    const source = sourceOf(text, program, through)
    const { device, timeLimit, memoryLimit, threads } = settingsFor(uri)
    this.#newest += 1
    const turn = this.#newest
    this.#last.set(uri.toString(), target)
    this.#results.begin(document)
    this.#log.clear()
    this.#log.say(`— ${nameOf(uri)} · ${new Date().toLocaleTimeString()}`)
    const files = await neighboursOf(uri, source)
    const folder = this.#folderOf(uri)
    const result = await this.#session.run({ source, fileName: pathOf(uri), ...(folder === undefined ? {} : { folder }), files, device, timeLimit, memoryLimit, threads, trace: true, verdicts: "soon" })
    // An older run's end is nobody's business any more: the newer one shows its own.
    if (turn !== this.#newest) return result
    if (result.error && hangs.has(result.error.name)) this.#hung.set(uri.toString(), version)
    else this.#hung.delete(uri.toString())
    this.#results.set(document, version, result)
    this.#sayEnd(result)
    void tellNoGpu(device, result)
    this.#ran.fire({ uri, result })
    if (result.verdictsPending) this.#judging = this.#judge(uri, result)
    return result
  }

  /** A result with all its verdicts, some of which come after the values. */
  async judged(result: RunResult): Promise<RunResult> {
    const later = result.verdictsPending ? await this.#judging : null
    return later?.runId === result.runId ? later : result
  }

  async #judge(uri: Uri, { verdictsPending: _, ...result }: RunResult): Promise<RunResult> {
    try {
      const verdicts = await this.#session.verdicts(result.runId)
      this.#results.judge(uri, result.runId, verdicts)
      return { ...result, verdicts }
    } catch (error) {
      // A newer run, or the end of the engine: nobody asks about this one any more.
      this.#log.info(`Verdicts of run ${result.runId} were left: ${error instanceof Error ? error.message : String(error)}`)
      return result
    }
  }

  /** Runs what was run last of a document, else the program at its first line. */
  async again(document: TextDocument): Promise<RunResult> {
    return await this.run({ ...(this.#last.get(document.uri.toString()) ?? { line: 1 }), document })
  }

  /** Whether a document may run by itself: not when it hung or crashed and nobody has edited it since. */
  mayRepeat({ uri, version }: TextDocument): boolean {
    return this.#hung.get(uri.toString()) !== version
  }

  /** Runs down to the end of a range, from the program in which it begins. */
  async runRange(document: TextDocument, range: Range): Promise<RunResult> {
    const isOpenEnded = !range.isEmpty && range.end.character === 0
    return await this.run({ document, line: range.start.line + 1, through: range.end.line + (isOpenEnded ? 0 : 1) })
  }

  /** Tells menus and keys whether something runs. */
  tell(): void {
    const isRunning = this.#session.state === "running"
    if (isRunning === this.#isTellingRunning) return
    this.#isTellingRunning = isRunning
    void commands.executeCommand("setContext", "autograd.isRunning", isRunning)
  }

  dispose(): void {
    this.#ran.dispose()
  }

  #sayEnd({ error, warnings, durationMs, device }: RunResult): void {
    for (const warning of warnings) this.#log.say(`${l10n.t("line {0}", warning.line)}: ${faultText(warning, l10n)}`)
    if (!error) {
      this.#log.say(`— ${l10n.t("finished after {0} ms on {1}", Math.round(durationMs), device)}`)
      return
    }
    this.#log.say(`${l10n.t("line {0}", error.line)}: ${faultText(error, l10n)}`)
    if (error.name === "EngineCrash") void this.#tellCrash(error.message)
  }

  async #tellCrash(message: string): Promise<void> {
    const showOutput = l10n.t("Show Output")
    const chosen = await window.showErrorMessage(`${inUsersWords(message, l10n)} ${l10n.t("The next run starts a fresh one.")}`, showOutput)
    if (chosen === showOutput) this.#log.show()
  }
}

function wholeFile({ lineCount }: TextDocument): Program {
  return { kind: "file", headLine: 1, startLine: 1, endLine: lineCount, cells: [] }
}

function nameOf(uri: Uri): string {
  return uri.path.split("/").at(-1) ?? uri.toString()
}
