// Chooses which element is explained: an address to type, and a grid of cells where the numbers are at hand.
import { textField } from "./controls.ts"
import { element } from "./dom.ts"
import { depthOf, gap, readRepr, type Cells } from "./repr.ts"
import type { ExplanationWords } from "./explanationWords.ts"

/** More cells than this are not worth looking through: the address is typed. */
const mostCells = 144

/** The field for an address such as `x[0][1]`; `choose` is called on Enter. */
export function addressField(words: ExplanationWords, at: string, choose: (at: string) => void): HTMLElement {
  const input = textField(words.at, words.atHint, () => undefined)
  input.set(at)
  input.field.classList.add("address")
  input.field.setAttribute("title", words.atHint)
  input.field.addEventListener("keydown", (event) => {
    const wanted = input.value().trim()
    if (event.key !== "Enter" || event.isComposing || wanted === "") return
    event.preventDefault()
    choose(wanted)
  })
  return input.field
}

/** A grid of the tensor's numbers in which the arrow keys walk and Enter chooses; null where it would be too large or has no cells. */
export function elementGrid(words: ExplanationWords, name: string, repr: string, chosen: string, choose: (at: string) => void): HTMLElement | null {
  const cells = readRepr(repr)?.cells
  if (cells === undefined || typeof cells === "string" || depthOf(cells) > 2 || JSON.stringify(cells).includes(`"${gap}"`)) return null
  const isMatrix = depthOf(cells) === 2
  const rows: readonly Cells[] = isMatrix ? cells : [cells]
  const buttons: HTMLButtonElement[][] = rows.map((row, i) => (typeof row === "string" ? [] : row).map((cell, j) => {
    const place = isMatrix ? `${name}[${i}][${j}]` : `${name}[${j}]`
    const button = element("button", { type: "button", class: "cell", tabindex: "-1", "data-element": place, "aria-label": `${place} ${String(cell)}` }, String(cell))
    button.addEventListener("click", () => choose(place))
    if (place === chosen) button.setAttribute("aria-pressed", "true")
    return button
  }))
  if (buttons.flat().length > mostCells) return null
  const first = buttons.flat().find((button) => button.dataset.element === chosen) ?? buttons[0]?.[0]
  first?.setAttribute("tabindex", "0")
  const grid = element("div", { class: "cells", role: "group", "aria-label": words.chooseHint(name) }, ...buttons.map((row) => element("div", { class: "cellRow" }, ...row)))
  grid.addEventListener("keydown", (event) => {
    const row = buttons.findIndex((each) => each.includes(document.activeElement as HTMLButtonElement))
    const column = buttons[row]?.indexOf(document.activeElement as HTMLButtonElement) ?? -1
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0]
    const next = down === 0 && right === 0 ? undefined : buttons[row + down]?.[column + right]
    if (next === undefined) return
    event.preventDefault()
    for (const button of buttons.flat()) button.setAttribute("tabindex", button === next ? "0" : "-1")
    next.focus()
  })
  return grid
}
