// Log: where what the extension has to say goes: printed text in one output channel, our own troubles in another.
// Apart so that every door guards its handlers in the same way.

import { commands, env, l10n, window, Uri, type Disposable, type LogOutputChannel, type OutputChannel } from "vscode"

const reportPage = "https://github.com/autograd-lab/autograd-lab/issues/new"

/** The two output channels, and the guard that keeps a bug of ours from leaving a handler. */
export class Log implements Disposable {
  readonly #output: OutputChannel = window.createOutputChannel("Autograd Lab")
  readonly #trouble: LogOutputChannel = window.createOutputChannel("Autograd Lab Log", { log: true })
  readonly #reported = new Set<string>()

  /** Writes what a snippet printed, as it is. */
  print(text: string): void {
    this.#output.append(text)
  }

  /** Writes a line of our own into the output: which file runs, how the run ended. */
  say(line: string): void {
    this.#output.appendLine(line)
  }

  /** Empties the output before a run. */
  clear(): void {
    this.#output.clear()
  }

  /** Brings the output into view without taking the focus. */
  show(): void {
    this.#output.show(true)
  }

  info(message: string): void {
    this.#trouble.info(message)
  }

  warn(message: string): void {
    this.#trouble.warn(message)
  }

  /** Writes a bug of ours whole; the first of each door is also shown, with a way to report it. */
  bug(door: string, error: unknown): void {
    this.#trouble.error(`${door}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    if (this.#reported.has(door)) return
    this.#reported.add(door)
    void this.#offerReport(door)
  }

  /** The handler with a guard around it: what it throws is logged, and the answer is then undefined. */
  guard<Args extends unknown[], Answer>(door: string, handler: (...args: Args) => Answer): (...args: Args) => Answer | undefined {
    return (...args) => {
      try {
        const answer = handler(...args)
        if (answer instanceof Promise) {
          // A promise of a guarded handler resolves to undefined where the handler fails; its type says Answer all the same.
          return answer.catch((error: unknown) => {
            this.bug(door, error)
            return undefined
          }) as Answer
        }
        return answer
      } catch (error) {
        this.bug(door, error)
        return undefined
      }
    }
  }

  /** Registers a command with the guard. */
  command(id: string, handler: (...args: unknown[]) => unknown): Disposable {
    return commands.registerCommand(id, this.guard(id, handler))
  }

  dispose(): void {
    this.#output.dispose()
    this.#trouble.dispose()
  }

  async #offerReport(door: string): Promise<void> {
    const showLog = l10n.t("Show Log")
    const report = l10n.t("Report")
    const chosen = await window.showErrorMessage(l10n.t("Autograd Lab hit a bug of its own in {0}. Your work is untouched.", door), showLog, report)
    if (chosen === showLog) this.#trouble.show()
    if (chosen === report) await env.openExternal(Uri.parse(reportPage))
  }
}
