// The view that answers “why 4.5?”: asks the engine for the derivation of one gradient element, shows it, and keeps its
// factors, the graph and the source on one selection.
import type { ExplainAnswer, ExplainQuestion, Explanation, PanelModel, PanelVerdict, PathFactor } from "../../engine/protocol/api.ts"
import { explanationText, tinyIsZero, type ExplanationForm } from "../../engine/protocol/explanation.ts"
import { dropdown, textButton } from "./controls.ts"
import { element } from "./dom.ts"
import { addressField, elementGrid } from "./elementPicker.ts"
import { explanationPage, number } from "./explanationPage.ts"
import { explanationWords } from "./explanationWords.ts"
import { jacobianTable } from "./jacobianTable.ts"
import type { PanelView, ViewContext } from "./view.ts"

/** What is shown: an answer, and the run, or the turn of it, that it is of. */
interface Shown {
  readonly question: ExplainQuestion
  readonly answer: Exclude<ExplainAnswer, { readonly kind: "ended" }>
  readonly of: string | null
}

/** What an explanation of this model is of; null before a run, and while a picked turn is on its way. */
function timeOf(model: PanelModel | null): string | null {
  if (model?.runId === undefined || model.iterations?.isAwaited === true) return null
  return JSON.stringify([model.runId, model.iterations?.at ?? null])
}

/** A question that takes no longer than this shows no progress: it would only flicker. Milliseconds. */
const patience = 200
/** An answer of more text than this is not kept for a reload. */
const mostKept = 200_000

export function explanationView(context: ViewContext): PanelView {
  const { state, host } = context
  const words = explanationWords(context.language)
  const page = element("div", { class: "explanation", tabindex: "-1" })
  const busy = element("div", { class: "busy", hidden: "" }, element("p", {}, words.asking))
  const box = element("div", { class: "explaining" }, busy, page)
  let question: ExplainQuestion | null = null
  let shown: Shown | null = null
  let rows: readonly { readonly factor: PathFactor; readonly row: HTMLElement }[] = []
  let chosen: PathFactor | null = null
  let isSeen = false
  let turn = 0
  busy.append(textButton(words.cancel, () => {
    void host.stopExplaining?.()
  }))

  const ask = async (wanted: ExplainQuestion, focuses: boolean): Promise<void> => {
    question = wanted
    turn += 1
    const mine = turn
    const late = setTimeout(() => {
      busy.hidden = false
      page.setAttribute("aria-busy", "true")
      context.say(words.asking)
    }, patience)
    const of = timeOf(context.model())
    const answer = await asked(wanted)
    clearTimeout(late)
    if (mine !== turn) return
    busy.hidden = true
    page.removeAttribute("aria-busy")
    if (answer.kind === "ended") {
      if (shown === null) page.replaceChildren(element("p", {}, words.ended), again(wanted))
      return
    }
    shown = { question: wanted, answer, of }
    draw()
    if (focuses) page.focus({ preventScroll: true })
    context.save()
  }

  const asked = async (wanted: ExplainQuestion): Promise<ExplainAnswer> => {
    try {
      return (await host.explain?.(wanted)) ?? { kind: "ended" }
    } catch (error) {
      return { kind: "refused", why: error instanceof Error ? error.message : String(error) }
    }
  }

  const again = (wanted: ExplainQuestion): HTMLElement => textButton(words.again, () => void ask(wanted, true))

  const draw = (): void => {
    rows = []
    chosen = null
    if (shown === null) return page.replaceChildren(element("p", { class: "hint" }, words.none))
    const { answer, question: of } = shown
    if (answer.kind === "refused") {
      page.replaceChildren(picker(of.at, null), element("h2", {}, words.refused), element("p", {}, answer.why), element("p", { class: "hint" }, answer.advice ?? ""), again(of))
      context.say(`${words.refused}: ${answer.why}`)
      return
    }
    const { explanation, source } = answer
    const names = { of: explanation.about?.of ?? of.of ?? "", at: explanation.about?.at ?? of.at }
    const made = explanationPage(explanation, names, { words, lines: source.split(/\r?\n/), choose, reasons: reasonsFor(explanation), reveal: (span) => context.reveal(span) })
    rows = made.rows
    const [head, ...rest] = made.parts
    page.replaceChildren(picker(names.at, explanation), head, ...vjp(explanation, names), ...rest, copies(explanation, of, source))
    context.say(words.told(number(tinyIsZero(explanation)), explanation.paths.reduce((sum, { count }) => sum + count, 0)))
    mark()
  }

  /** The run's verdicts on the tensor, while it is that run which is shown. */
  const reasonsFor = ({ about }: Explanation): readonly PanelVerdict[] => (context.model()?.verdicts ?? []).filter(({ name, isWarning }) => name === about?.name && !isWarning)

  const vjp = ({ product, about }: Explanation, { of }: { readonly of: string }): HTMLElement[] =>
    product === undefined || about === undefined ? [] : [jacobianTable(product, of, about.name, about.at.slice(about.name.length), words)]

  /** What is asked: the result, where there are several, and the element. */
  const picker = (at: string, explanation: Explanation | null): HTMLElement => {
    const about = explanation?.about
    const bar = element("div", { class: "asked" }, element("label", { class: "hint" }, words.at), addressField(words, at, (wanted) => void ask({ ...keptResult(), at: wanted }, false)))
    const results = about === undefined ? [] : [...new Set([about.of, ...about.results])]
    if (about !== undefined && results.length > 1) {
      bar.append(element("span", { class: "hint" }, words.of), dropdown(words.of, results, 0, (place) => void ask({ at: about.at, of: results[place] }, false)))
    }
    const part = element("div", { class: "picker" }, bar)
    const node = about === undefined ? undefined : [...(state.drawn?.index.nodes.values() ?? [])].find(({ kind, name }) => kind !== "grad_fn" && name === about.name)
    const numbers = node?.grad ?? node?.value
    const grid = about === undefined || numbers === undefined ? null : elementGrid(words, about.name, numbers, about.at, (wanted) => void ask({ ...keptResult(), at: wanted }, false))
    if (grid !== null && about !== undefined) part.append(element("div", { class: "gridPlace" }, element("span", { class: "hint" }, node?.grad === undefined ? about.name : `${about.name}.grad`), grid))
    return part
  }

  /** The result that was chosen by hand stays chosen for other elements. */
  const keptResult = (): { readonly of?: string } => (question?.of === undefined ? {} : { of: question.of })

  const copies = (explanation: Explanation, of: ExplainQuestion, source: string): HTMLElement => {
    const line = element("p", { class: "copies" }, element("span", { class: "hint" }, `${words.copy} `))
    for (const form of ["text", "markdown", "latex"] as const satisfies readonly ExplanationForm[]) {
      const button = element("button", { type: "button", class: "link", "data-copy": form }, words[form])
      button.addEventListener("click", () => {
        host.copy(explanationText(explanation, of, form, source, context.language))
        context.say(words.copied)
      })
      line.append(button)
    }
    return line
  }

  const choose = (factor: PathFactor): void => {
    chosen = factor
    if (factor.id !== undefined && state.node(factor.id) !== null) context.selectNode(factor.id, "show", true)
    else mark()
    if (factor.span !== undefined) context.reveal(factor.span)
  }

  /** Marks the factors that the selected node stands for; the one that was clicked alone, while it is one of them. */
  const mark = (): void => {
    const { selected } = state
    const isOf = ({ id }: PathFactor): boolean => id !== undefined && selected !== null && (id === selected || id.slice(1) === selected.slice(1) || state.homeOf(id) === selected)
    const only = chosen !== null && (isOf(chosen) || chosen.id === undefined || state.node(chosen.id) === null) ? chosen : null
    for (const { factor, row } of rows) {
      const isHere = only === null ? isOf(factor) : factor === only
      row.classList.toggle("selected", isHere)
      const button = row.querySelector("button.what")
      if (isHere) button?.setAttribute("aria-current", "true")
      else button?.removeAttribute("aria-current")
    }
  }

  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      context.leave()
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const buttons = [...page.querySelectorAll<HTMLButtonElement>(".factor:not([hidden]) button.what")].filter((button) => button.offsetParent !== null)
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
      const next = at < 0 ? undefined : buttons[at + (event.key === "ArrowDown" ? 1 : -1)]
      if (next === undefined) return
      next.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  })
  draw()

  return {
    id: "explanation",
    title: words.title,
    element: box,
    room: "whole",
    fits: ({ graph }) => graph !== null || question !== null,
    show: (model) => {
      const of = timeOf(model)
      const isNewRun = of !== null && shown !== null && shown.of !== of
      if (isNewRun && isSeen && question !== null && !model.stale) void ask(question, false)
    },
    select: () => {
      if (chosen !== null && state.selected === null) chosen = null
      mark()
      if (isSeen) page.querySelector(".factor.selected")?.scrollIntoView({ block: "nearest" })
    },
    seen: () => {
      isSeen = true
      const of = timeOf(context.model())
      if (question !== null && shown !== null && of !== null && shown.of !== of) void ask(question, false)
    },
    unseen: () => {
      isSeen = false
    },
    focus: () => page.focus(),
    ask: (what) => {
      const wanted = questionFrom(what)
      if (wanted !== null) void ask(wanted, false)
    },
    told: () => (shown?.answer.kind === "explained" ? { explanation: shown.answer.explanation } : {}),
    memory: () => (shown !== null && JSON.stringify(shown.answer).length <= mostKept ? { question: shown.question, answer: shown.answer } : question === null ? null : { question, answer: null }),
    restore: (memory) => {
      if (typeof memory !== "object" || memory === null || !("question" in memory) || !("answer" in memory)) return
      question = questionFrom(memory.question)
      // Written by this very view; one of another version lacks what it is looked at for.
      const answer = memory.answer as Shown["answer"] | null
      if (question === null || answer === null || answer.kind !== "explained" || !Array.isArray(answer.explanation?.paths)) return
      shown = { question, answer, of: null }
      draw()
    },
  }
}

function questionFrom(what: unknown): ExplainQuestion | null {
  if (typeof what !== "object" || what === null) return null
  const { at, of } = what as { readonly at?: unknown; readonly of?: unknown }
  if (typeof at !== "string") return null
  return typeof of === "string" ? { at, of } : { at }
}
