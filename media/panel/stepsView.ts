// A backward pass, one node at a time: the picture with the order in which the engine takes its nodes, and beside it what
// happens there. What is seen is a function of the pass and the position alone, so a step back restores it exactly.
import type { BackwardPass, IterationsShown, PanelModel, StepsAnswer } from "../../engine/protocol/api.ts"
import type { Look } from "./camera.ts"
import { dropdown, iconButton, textButton } from "./controls.ts"
import { element } from "./dom.ts"
import { Picture } from "./draw.ts"
import { members } from "./fold.ts"
import { listenToHands } from "./hands.ts"
import type { Action } from "./keys.ts"
import { stepCard, short } from "./stepCard.ts"
import { positionOf, standingAt, type Standing } from "./stepsModel.ts"
import { stepsWordsFor } from "./stepsWords.ts"
import type { PanelView, ViewContext } from "./view.ts"

/** Milliseconds between two steps at speed 1. */
const pace = 1400
const speeds = [0.5, 1, 2, 4]
const icons = {
  play: "M4 2.5 L13 8 L4 13.5 Z",
  pause: "M5 3 V13 M11 3 V13",
  forward: "M3 2.5 L10 8 L3 13.5 Z M13 3 V13",
  back: "M13 2.5 L6 8 L13 13.5 Z M3 3 V13",
  toStart: "M14 3 L9 8 L14 13 M8 3 L3 8 L8 13",
  toEnd: "M2 3 L7 8 L2 13 M8 3 L13 8 L8 13",
}

export function stepsView(context: ViewContext): PanelView {
  const { host, state, strings } = context
  const words = stepsWordsFor(context.language)
  const picture = new Picture(strings, () => undefined)
  const { camera } = picture
  let pass: BackwardPass | null = null
  let position = 0
  let model: PanelModel | null = null
  /** What the pass is of, and a count of what was asked for, so that a late answer is dropped. */
  let key = ""
  let asked = 0
  let isFresh = true
  let speed = 1
  let timer = 0

  const note = element("p", { class: "note stepsNote", hidden: "" })
  const card = element("section", { class: "stepCard", "aria-label": words.title, tabindex: "0" })
  const stage = element("div", { class: "stepsStage" }, picture.stage, element("p", { class: "hint stepsLegend" }, words.legend))
  const main = element("div", { class: "stepsMain" }, stage, card)
  const message = element("div", { class: "stepsMessage", role: "status", hidden: "" })
  const slider = element("input", { type: "range", min: "0", max: "0", value: "0", class: "stepsSlider", "aria-label": words.position })
  const reading = element("output", { class: "stepsReading" })
  const playing = iconButton(words.play, icons.play, () => toggle())
  const passText = element("span", {})
  const passes = element("span", { class: "stepsPasses", hidden: "" },
    iconButton(words.passBefore, "M10.5 3 L5.5 8 L10.5 13", () => otherPass(-1)), passText, iconButton(words.passAfter, "M5.5 3 L10.5 8 L5.5 13", () => otherPass(1)))
  const bar = element("div", { class: "stepsBar", role: "toolbar", "aria-label": words.controls },
    iconButton(words.toStart, icons.toStart, () => go(0)),
    iconButton(words.back, icons.back, () => go(position - 1)),
    playing,
    iconButton(words.forward, icons.forward, () => go(position + 1)),
    iconButton(words.toEnd, icons.toEnd, () => go(pass?.steps.length ?? 0)),
    slider, reading,
    dropdown(words.speed, speeds.map((times) => `${times}×`), speeds.indexOf(1), (at) => {
      speed = speeds[at] ?? 1
      if (timer !== 0) play()
    }),
    passes)
  const page = element("div", { class: "stepsView" }, bar, note, message, main)

  const isSeen = (): boolean => page.clientWidth > 0

  // Getting the pass.

  const keyOf = ({ uri, runId, graph, iterations }: PanelModel): string => JSON.stringify([uri, runId, graph?.root, graph?.nodes.length, iterations?.at ?? null])
  const catchUp = (): void => {
    if (model === null || !isSeen()) return
    if (isTurnAwaited(model.iterations)) return say(words.awaited)
    if (keyOf(model) !== key) return void load()
    if (pass !== null) {
      message.hidden = true
      main.hidden = false
    }
  }
  const load = async (wanted?: number): Promise<void> => {
    if (model === null) return
    asked += 1
    const turn = asked
    key = keyOf(model)
    stop()
    // A quick answer shows no word of waiting.
    const waiting = window.setTimeout(() => {
      if (turn === asked) say(words.loading)
    }, 150)
    const answer = await Promise.resolve(host.steps?.(wanted)).catch(() => null)
    window.clearTimeout(waiting)
    if (turn !== asked) return
    take(answer ?? null)
  }
  const take = (answer: StepsAnswer | null): void => {
    if (answer?.kind !== "stepped") {
      pass = null
      const why = answer?.kind === "refused" ? [element("p", {}, answer.why), ...(answer.advice === undefined ? [] : [element("p", { class: "hint" }, answer.advice)])] : [element("p", {}, words.ended)]
      message.replaceChildren(...why, textButton(words.again, () => void load()))
      message.hidden = false
      main.hidden = true
      bar.hidden = true
      note.hidden = true
      return
    }
    pass = answer.pass
    // After another run of the same code one stays where one was.
    position = isFresh ? 0 : Math.min(position, pass.steps.length)
    isFresh = false
    message.hidden = true
    main.hidden = false
    bar.hidden = false
    note.hidden = pass.reaches
    note.textContent = pass.reaches ? "" : words.elsewhere(pass.span?.line ?? null)
    slider.max = String(pass.steps.length)
    passes.hidden = pass.passes < 2
    passText.textContent = words.passOf(pass.pass + 1, pass.passes)
    draw()
    paint()
    settle()
  }
  const say = (text: string): void => {
    message.replaceChildren(element("p", { class: "hint" }, text))
    message.hidden = false
    main.hidden = true
  }
  const otherPass = (by: number): void => {
    if (pass === null) return
    const wanted = pass.pass + by
    if (wanted < 0 || wanted >= pass.passes) return
    position = 0
    void load(wanted)
  }

  // Moving in it.

  /** Goes to a position, and tells of it in the editor and to those who listen. */
  const go = (wanted: number, isPlaying = false): void => {
    if (pass === null) return
    if (!isPlaying) stop()
    const next = Math.max(0, Math.min(pass.steps.length, wanted))
    if (next === position) return
    // Each position keeps how one looked at it, so that going back shows the very same.
    looks.set(position, camera.current)
    position = next
    paint()
    const step = pass.steps[position - 1]
    if (step === undefined) {
      context.say(words.saidStart)
      context.save()
      return
    }
    if (pass.reaches) context.selectNode(step.node, "show")
    if (step.span !== undefined && model !== null) host.mark?.(model.uri, step.span)
    context.say(spoken())
    context.save()
  }
  const spoken = (): string => {
    const step = pass?.steps[position - 1]
    if (pass === null || step === undefined) return words.saidStart
    const parts = [words.said(position, pass.steps.length, step.name, step.span?.line ?? null), ...step.arrived.flatMap((one) => (one === null ? [] : [words.saidArrived(short(one, words))]))]
    for (const { to, name, grad } of step.passed) if (grad !== null) parts.push(words.saidPasses(short(grad, words), state.node(to)?.name ?? name))
    for (const { name = "", before, added, after } of step.gathered ?? []) parts.push(words.sum(name, before === null ? null : short(before, words), short(added, words), short(after, words)))
    return parts.join(" ")
  }
  const play = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (pass === null || !isSeen()) return stop()
      go(position + 1, true)
      if (position >= pass.steps.length) stop()
      else play()
    }, pace / speed)
    tellPlaying()
  }
  const stop = (): void => {
    window.clearTimeout(timer)
    timer = 0
    tellPlaying()
  }
  const toggle = (): void => {
    if (timer !== 0) return stop()
    if (pass === null) return
    if (position >= pass.steps.length) go(0)
    // The first step comes at once: a press is answered.
    go(position + 1, true)
    if (position < pass.steps.length) play()
  }
  const tellPlaying = (): void => {
    const isPlaying = timer !== 0
    playing.setAttribute("aria-label", isPlaying ? words.pause : words.play)
    playing.title = isPlaying ? words.pause : words.play
    playing.querySelector("path")?.setAttribute("d", isPlaying ? icons.pause : icons.play)
  }

  // Drawing.

  let awaitsLook = true
  const looks = new Map<number, Look>()
  const draw = (): void => {
    looks.clear()
    if (state.drawn !== null) picture.draw(state.drawn.index, state.drawn.view, (fold) => context.close(fold))
  }
  const settle = (): void => {
    if (!awaitsLook || pass === null || picture.stage.clientWidth === 0 || state.drawn === null) return
    awaitsLook = false
    camera.open()
  }
  const paint = (): void => {
    if (pass === null) return
    const standing = standingAt(pass, position)
    const isEnd = position === pass.steps.length
    slider.value = String(position)
    const text = position === 0 ? words.start : words.at(position, pass.steps.length)
    slider.setAttribute("aria-valuetext", text)
    reading.textContent = text
    card.replaceChildren(...stepCard(pass, position, standing, words, strings, { nameOf: (node) => state.node(node)?.name, reveal: (span) => context.reveal(span) }))
    card.scrollTop = 0
    page.dataset.position = String(position)
    page.dataset.node = standing.step?.node ?? ""
    page.classList.toggle("atEnd", isEnd)
    const now = standing.step === null ? null : state.homeOf(standing.step.node)
    picture.follow(metBy(standing), now, flowsFrom(now))
    const gathered = standing.step?.gathered?.at(-1)
    const shown = gathered === undefined ? now : (state.homeOf(gathered.tensor) ?? now)
    picture.select(now, () => false)
    const look = looks.get(position)
    if (look !== undefined) camera.set(look)
    else for (const id of [shown, now]) if (id !== null) picture.bringIn(id)
  }
  /** The marks on the cards: the step's number, of a fold those of the first and the last in it; `+=` where a `.grad` grew. */
  const metBy = ({ order, gradients }: Standing): Map<string, string> => {
    const spans = new Map<string, [number, number]>()
    for (const [node, number] of order) {
      const home = state.homeOf(node)
      if (home === null) continue
      const [first, last] = spans.get(home) ?? [number, number]
      spans.set(home, [Math.min(first, number), Math.max(last, number)])
    }
    const marks = new Map([...spans].map(([id, [first, last]]) => [id, first === last ? String(first) : `${first}–${last}`]))
    for (const { tensor, isGrown } of gradients) {
      const home = state.homeOf(tensor)
      if (isGrown && home !== null && !marks.has(home)) marks.set(home, "+=")
    }
    return marks
  }
  /** Gradients flow from a node to its inputs, through the names between them. */
  const flowsFrom = (now: string | null): ((from: string, to: string) => boolean) => {
    const edges = state.drawn?.view.edges ?? []
    const names = new Set(edges.flatMap(({ from, to }) => (to === now && state.node(from)?.kind === "tensor" ? [from] : [])))
    return (from, to) => now !== null && (to === now || names.has(to)) && from !== now
  }

  // Hands and keys.

  slider.addEventListener("input", () => go(Number(slider.value)))
  const press = (id: string): void => {
    const item = state.itemOf(id)
    if (item?.kind === "fold") return context.open(item, "quiet")
    const inside = new Set(item === null ? [] : members(item))
    const at = pass === null ? null : positionOf(pass, (node) => inside.has(node))
    if (at === null) context.select(id, "show")
    else go(at)
  }
  const act = (action: Action): void => {
    if (action.kind === "pan") {
      const [x, y] = { up: [0, 60], down: [0, -60], left: [60, 0], right: [-60, 0] }[action.to]
      camera.panBy(x, y)
    } else if (action.kind === "zoom") camera.zoomBy(action.by)
    else if (action.kind === "fit") camera.fit()
    else if (action.kind === "leave") context.leave()
    else if (action.kind === "activate") {
      const id = picture.itemAt(document.activeElement)
      if (id !== null) press(id)
    }
  }
  listenToHands(picture, { act, press })
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.target instanceof Element)) return
    // A control keeps its own keys.
    if (event.target.closest("vscode-dropdown, input") !== null) return
    if (event.key === " " && event.target.closest("vscode-button, button") !== null) return
    const wanted = { ArrowRight: position + 1, ArrowDown: position + 1, ArrowLeft: position - 1, ArrowUp: position - 1, Home: 0, End: pass?.steps.length ?? 0 }[event.key]
    if (event.key === " ") toggle()
    else if (event.key === "Escape") context.leave()
    else if (wanted !== undefined) go(wanted)
    else return
    event.preventDefault()
    event.stopPropagation()
  }, { capture: true })
  // What came while the tab was not seen is asked for when it is.
  new ResizeObserver(() => {
    catchUp()
    settle()
  }).observe(page)

  return {
    id: "steps",
    title: words.title,
    element: page,
    room: "whole",
    fits: ({ graph }) => graph !== null,
    show: (next, isSame) => {
      model = next
      if (!isSame) {
        isFresh = true
        awaitsLook = true
      }
      if (pass !== null && keyOf(next) === key) {
        draw()
        paint()
      } else pass = null
      catchUp()
    },
    refolded: () => {
      if (pass === null) return
      draw()
      paint()
    },
    select: () => undefined,
    seen: catchUp,
    unseen: () => stop(),
    focus: () => card.focus(),
    memory: () => position,
    restore: (kept) => {
      if (typeof kept !== "number" || !Number.isSafeInteger(kept) || kept < 0) return
      position = kept
      isFresh = false
    },
  }
}

function isTurnAwaited(iterations: IterationsShown | undefined): boolean {
  return iterations?.isAwaited === true
}
