// The search field and its count: typing goes to the first match, Enter on to the next, Escape back to the view.
import { textField, type TextField } from "./controls.ts"
import { element } from "./dom.ts"
import type { Strings } from "./strings.ts"

export interface SearchActions {
  /** Ids of what a text means. */
  matches(text: string): readonly string[]
  /** True when a match is folded away. */
  isFolded(id: string): boolean
  /** Shows a match; `unfold` opens what it is folded into. */
  show(id: string, unfold: boolean): void
  leave(): void
}

export class SearchBox {
  readonly field: HTMLElement
  readonly found = element("span", { class: "found", role: "status" })
  private readonly input: TextField
  private readonly strings: Strings
  private readonly actions: SearchActions
  private matches: readonly string[] = []
  private at = 0

  constructor(strings: Strings, actions: SearchActions) {
    this.strings = strings
    this.actions = actions
    this.input = textField(strings.search, strings.searchHint, () => this.go(0, false))
    this.field = this.input.field
    this.field.addEventListener("keydown", (event) => this.press(event))
  }

  focus(): void {
    this.field.focus()
  }

  private go(step: number, unfold: boolean): void {
    const text = this.input.value()
    this.matches = this.actions.matches(text)
    const { length } = this.matches
    this.at = step === 0 || length === 0 ? 0 : (this.at + step + length) % length
    this.found.textContent = text.trim() === "" ? "" : this.strings.found(this.at + 1, length)
    const id = this.matches[this.at]
    if (id !== undefined) this.actions.show(id, unfold)
  }

  private press(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.isComposing) {
      const here = this.matches[this.at]
      // What is found but folded away is opened first; the next Enter goes on.
      if (here !== undefined && this.actions.isFolded(here)) this.actions.show(here, true)
      else this.go(event.shiftKey ? -1 : 1, true)
    } else if (event.key === "Escape") {
      this.input.set("")
      this.found.textContent = ""
      this.actions.leave()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
}
