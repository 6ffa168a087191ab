// Predict: asks for a gradient before it is shown. The lens at a question opens a box; a wrong answer is told which
// factor it went wrong at, and what the question hides is shown once it is answered or given up.

import { CodeLens, EventEmitter, InputBoxValidationSeverity, l10n, Range, ThemeIcon, window, workspace, type CodeLensProvider, type Disposable, type InputBox, type QuickInputButton, type TextDocument, type Uri } from "vscode"
import type { Explanation } from "../engine/protocol/api.ts"
import { shortNumber } from "../engine/protocol/explanation.ts"
import { chainOf, judge, readAnswer, type Feedback } from "../engine/protocol/prediction.ts"
import type { Parts } from "./commands.ts"
import type { Documents } from "./documents.ts"
import { inUsersWords } from "./faultWords.ts"
import { feedbackText } from "./feedbackText.ts"
import { named, questionsIn, veiled, type Question } from "./questions.ts"
import type { DocumentResult, Results } from "./results.ts"
import type { Runner } from "./runner.ts"
import type { Session } from "./session.ts"
import { targetOf } from "./targets.ts"
import { isTrusted } from "./trust.ts"

/** How a question ended: found, or shown. */
interface Ended {
  readonly value: number
  readonly isFound: boolean
}

/** Registers the commands of questions, each behind the guard. */
export function registerPredictions({ log }: Parts, predictions: Predictions): readonly Disposable[] {
  return [
    log.command("autograd.predict", async (...args) => {
      const target = await targetOf(args)
      const [, , given] = args
      return target && (await predictions.ask(target.document, target.position.line + 1, typeof given === "string" ? given : undefined))
    }),
    log.command("autograd.reveal", async (...args) => {
      const target = await targetOf(args)
      if (target) await predictions.reveal(target.document, target.position.line + 1)
    }),
  ]
}

export class Predictions implements CodeLensProvider, Disposable {
  readonly #documents: Documents
  readonly #session: Session
  readonly #results: Results
  readonly #runner: Runner
  /** The question that is being asked; its box, once that is open. */
  #talking: { readonly key: string; readonly answer: Promise<Feedback | undefined>; box: InputBox | null } | null = null
  readonly #ended = new Map<string, Map<string, Ended>>()
  readonly #changed = new EventEmitter<Uri>()
  readonly #lenses = new EventEmitter<void>()
  /** Fires for a document of which more may be shown now. */
  readonly onDidReveal = this.#changed.event
  readonly onDidChangeCodeLenses = this.#lenses.event

  constructor(documents: Documents, session: Session, results: Results, runner: Runner) {
    this.#documents = documents
    this.#session = session
    this.#results = results
    this.#runner = runner
  }

  /** What may be seen of a document's last run: all of it where no question is open. */
  seen(uri: Uri): DocumentResult | undefined {
    const held = this.#results.get(uri)
    const document = workspace.textDocuments.find((each) => each.uri.toString() === uri.toString())
    const open = document && this.#open(document)
    return held && open ? veiled(held, open.line) : held
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    if (!isTrusted() || !this.#documents.isSnippet(document)) return []
    const { uri } = document
    return questionsIn(document.getText()).flatMap((question) => {
      const at = new Range(question.line - 1, 0, question.line - 1, 0)
      const ended = this.#endOf(uri, question)
      if (ended) {
        const title = `${ended.isFound ? "$(check)" : "$(eye)"}\u00a0${named(question)} = ${shortNumber(ended.value)}`
        return [new CodeLens(at, { title, tooltip: l10n.t("Show how this number came about"), command: "autograd.explain", arguments: [{ uri: uri.toString(), line: question.line, column: 1 }, question.at] })]
      }
      return [
        new CodeLens(at, { title: `$(question)\u00a0${l10n.t("What is {0}?", named(question))}`, tooltip: l10n.t("Work it out, then answer: what follows is shown after that"), command: "autograd.predict", arguments: [uri, question.line] }),
        new CodeLens(at, { title: l10n.t("Show the answer"), command: "autograd.reveal", arguments: [uri, question.line] }),
      ]
    })
  }

  /** Asks the question at a line (the first open one elsewhere). With `given` nobody is asked; gives what was said of it. */
  async ask(document: TextDocument, line: number, given?: string): Promise<Feedback | undefined> {
    const all = questionsIn(document.getText())
    const question = all.find((one) => one.line === line) ?? this.#open(document) ?? all[0]
    if (!question) return void window.showInformationMessage(l10n.t("Nothing is asked here. A line such as //? d out / d x[0] asks for a gradient."))
    if (given === undefined) return await this.#talk(document, question)
    const explanation = await this.#explained(document, question)
    return explanation ? (this.#answer(document, question, explanation, given) ?? undefined) : undefined
  }

  /** Opens the box of a question, or comes back to it where it is open or on its way. */
  async #talk(document: TextDocument, question: Question): Promise<Feedback | undefined> {
    const key = `${document.uri.toString()} ${named(question)}`
    if (this.#talking?.key === key) {
      this.#talking.box?.show()
      return await this.#talking.answer
    }
    const answer = this.#explained(document, question).then((explanation) => (explanation ? this.#converse(document, question, explanation) : undefined))
    const talking = { key, answer, box: null }
    this.#talking = talking
    try {
      return await answer
    } finally {
      if (this.#talking === talking) this.#talking = null
    }
  }

  /** Shows what a question hides. */
  async reveal(document: TextDocument, line: number): Promise<void> {
    const question = questionsIn(document.getText()).find((one) => one.line === line) ?? this.#open(document)
    const explanation = question && (await this.#explained(document, question))
    if (question && explanation) this.#end(document, question, { value: explanation.value, isFound: false })
  }

  dispose(): void {
    this.#changed.dispose()
    this.#lenses.dispose()
  }

  /** The first question of a document that is neither answered nor given up. */
  #open(document: TextDocument): Question | undefined {
    if (!this.#documents.isSnippet(document)) return undefined
    return questionsIn(document.getText()).find((question) => !this.#endOf(document.uri, question))
  }

  #endOf(uri: Uri, question: Question): Ended | undefined {
    return this.#ended.get(uri.toString())?.get(named(question))
  }

  #end(document: TextDocument, question: Question, ended: Ended): void {
    const key = document.uri.toString()
    const all = this.#ended.get(key) ?? new Map<string, Ended>()
    this.#ended.set(key, all.set(named(question), ended))
    this.#lenses.fire()
    this.#changed.fire(document.uri)
  }

  /** The gradient that a question asks for, explained; runs the snippet first where it has not run. Says why where there is none. */
  async #explained(document: TextDocument, question: Question): Promise<Explanation | null> {
    try {
      const held = this.#results.get(document.uri)
      if (!held || held.isStale || !this.#session.holds(held.result.runId)) await this.#runner.again(document)
      const now = this.#results.get(document.uri)
      return now ? await this.#session.explainBeside(now.result.runId, { of: question.of, at: question.at }) : null
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      void window.showWarningMessage(l10n.t("{0} could not be worked out: {1}", named(question), inUsersWords(message, l10n)))
      return null
    }
  }

  /** Judges what was written; null where it is no number. */
  #answer(document: TextDocument, question: Question, explanation: Explanation, text: string): Feedback | null {
    const answer = readAnswer(text)
    if (answer === null) return null
    const feedback = judge(answer, explanation, question)
    if (feedback.kind === "right") this.#end(document, question, { value: explanation.value, isFound: true })
    return feedback
  }

  /** A box that stays until the answer is right, given up or left. */
  #converse(document: TextDocument, question: Question, explanation: Explanation): Promise<Feedback | undefined> {
    return new Promise((resolve) => {
      const box = window.createInputBox()
      if (this.#talking) this.#talking.box = box
      const eye: QuickInputButton = { iconPath: new ThemeIcon("eye"), tooltip: l10n.t("Show the answer") }
      let last: Feedback | undefined
      box.title = `${named(question)} = ?`
      box.prompt = l10n.t("A number, or a product such as 1/4 * 18")
      box.ignoreFocusOut = true
      box.buttons = [eye]
      box.onDidTriggerButton(() => {
        this.#end(document, question, { value: explanation.value, isFound: false })
        box.hide()
      })
      box.onDidChangeValue(() => (box.validationMessage = undefined))
      box.onDidAccept(() => {
        const feedback = this.#answer(document, question, explanation, box.value)
        if (feedback) last = feedback
        if (feedback?.kind !== "right") {
          box.validationMessage = { message: feedback ? feedbackText(feedback, l10n, (line) => this.#results.get(document.uri)?.lines.now(line) ?? line) : l10n.t("Write a number, such as 4.5, 9/2 or 1/4 * 18."), severity: feedback ? InputBoxValidationSeverity.Warning : InputBoxValidationSeverity.Error }
          return
        }
        box.hide()
        const links = chainOf(explanation, question)
        const product = links.length > 1 ? ` = ${links.map(({ value }) => shortNumber(value)).join(" · ")}` : ""
        void window.showInformationMessage(l10n.t("Right: {0} = {1}.", named(question), `${shortNumber(explanation.value)}${product}`))
      })
      box.onDidHide(() => {
        box.dispose()
        resolve(last)
      })
      box.show()
    })
  }
}
