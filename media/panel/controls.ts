// The only file that knows the webview UI toolkit: registers the parts in use and makes them.
// The toolkit is finished and archived; its successor's tags are nearly the same, and this file is what would change.
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit"
import { element } from "./dom.ts"

/** Registers the toolkit's parts; once, before any is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodePanels(), vsCodePanelTab(), vsCodePanelView(), vsCodeTextField())
}

/** A button with words on it. */
export function textButton(text: string, press: () => void): HTMLElement {
  const button = element("vscode-button", { appearance: "secondary" }, text)
  button.addEventListener("click", press)
  return button
}

/** A button with a picture on it; `name` is read aloud and shown as a tooltip. */
export function iconButton(name: string, path: string, press: () => void): HTMLElement {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  icon.setAttribute("viewBox", "0 0 16 16")
  icon.setAttribute("width", "16")
  icon.setAttribute("height", "16")
  icon.setAttribute("aria-hidden", "true")
  icon.setAttribute("class", "icon")
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path")
  line.setAttribute("d", path)
  icon.append(line)
  const button = element("vscode-button", { appearance: "icon", "aria-label": name, title: name }, icon)
  button.addEventListener("click", press)
  return button
}

export interface TextField {
  readonly field: HTMLElement
  value(): string
  set(text: string): void
}

/** A field for one line of text; `change` is told of every key. */
export function textField(name: string, placeholder: string, change: (text: string) => void): TextField {
  const field = element("vscode-text-field", { "aria-label": name, placeholder }) as HTMLElement & { value: string }
  field.addEventListener("input", () => change(field.value))
  return { field, value: () => field.value, set: (text) => { field.value = text } }
}

/** A list to choose one of; `choose` gets the place of the choice. */
export function dropdown(name: string, choices: readonly string[], chosen: number, choose: (at: number) => void): HTMLElement {
  const list = element("vscode-dropdown", { "aria-label": name }) as HTMLElement & { selectedIndex: number }
  choices.forEach((choice, at) => list.append(element("vscode-option", at === chosen ? { selected: "" } : {}, choice)))
  list.addEventListener("change", () => choose(list.selectedIndex))
  return list
}

export interface Tabs {
  readonly panels: HTMLElement
  show(at: number): void
}

/** Tabs with a view each; `change` gets the place of the tab that was chosen. */
export function tabs(name: string, views: readonly { readonly title: string; readonly content: HTMLElement }[], change: (at: number) => void): Tabs {
  const panels = element("vscode-panels", { "aria-label": name, role: "group" }) as HTMLElement & { activeid: string; activeindicator: boolean }
  // The toolkit moves its indicator by an inline style, which the content security policy forbids; panel.css underlines the tab.
  panels.activeindicator = false
  views.forEach(({ title }, at) => panels.append(element("vscode-panel-tab", { id: `tab-${at}` }, title)))
  views.forEach(({ content }, at) => panels.append(element("vscode-panel-view", { id: `view-${at}` }, content)))
  panels.addEventListener("change", (event) => {
    if (event.target === panels) change(Number(panels.activeid.slice("tab-".length)))
  })
  return { panels, show: (at) => { panels.activeid = `tab-${at}` } }
}
