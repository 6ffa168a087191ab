// What a view of the panel is, and what the panel does for it. A new view is one file and one line in views.ts.
import type { PanelHostApi, PanelModel, PanelState, Span } from "../../engine/protocol/api.ts"
import type { Fold, Item } from "./fold.ts"
import type { GraphState } from "./graphState.ts"
import type { Strings } from "./strings.ts"

/** `focus` moves the keyboard there as well, `show` brings it into sight, `quiet` only marks it. */
export type How = "focus" | "show" | "quiet"

/** One tab of the panel. Its methods are called by the panel alone. */
export interface PanelView {
  /** Stable: tests, what is remembered and the extension name the tab by it. */
  readonly id: string
  readonly title: string
  readonly element: HTMLElement
  /** `beside`: the details of the selected node stand beside it, and search finds nodes in it. `whole`: it has all the room. */
  readonly room: "beside" | "whole"
  /** Buttons that stand in the bar while the view is seen. */
  readonly tools?: HTMLElement
  /** What stands under the view while it is seen. */
  readonly foot?: HTMLElement
  /** Tells whether there is something to show of this model; the panel says what to do where no view has anything. */
  fits(model: PanelModel): boolean
  /** A model came that it fits; `isSame` when it is another run of what was shown. The graph is in the context's state. */
  show(model: PanelModel, isSame: boolean): void
  /** Folds were opened or closed, or a node's facts spread out. */
  refolded?(): void
  /** This item (a node or a fold) is selected now; another view, the cursor or this very view did it. Null: none. */
  select(id: string | null, how: How): void
  /** Its tab was chosen: it is seen from now on. */
  seen?(): void
  /** Another tab was chosen. */
  unseen?(): void
  /** Puts the keyboard on what is selected in it. */
  focus(): void
  /** The extension asks something of this view, as `PanelApi.open` carries it; not to be trusted further than checked. */
  ask?(what: unknown): void
  /** What it draws as the text of an SVG file; null while it draws nothing. */
  picture?(title: string, description: string): string | null
  /** What it adds to the panel's state, for tests and other extensions. */
  told?(): Partial<PanelState>
  /** What a reload needs, as plain data; asked for a moment after `save`. */
  memory?(): unknown
  /** Takes what `memory` gave, once the model is shown again; data of another version is dropped. */
  restore?(memory: unknown): void
}

/** What a view may ask of the panel. */
export interface ViewContext {
  readonly strings: Strings
  /** BCP 47; a view with texts of its own chooses by it. */
  readonly language: string
  readonly host: PanelHostApi
  /** The graph, its folds and what is selected in it. */
  readonly state: GraphState
  /** The model that is shown; null before the first. */
  model(): PanelModel | null
  /** Selects a node or a fold in every view. */
  select(id: string | null, how: How): void
  /** Selects a graph node wherever it is folded in: its fold, or the node itself after `unfold`. */
  selectNode(node: string, how: How, unfold?: boolean): void
  /** A click or Enter on an item: a node is selected and its line shown, a fold opens. */
  press(id: string): void
  open(fold: Fold, how?: How): void
  close(fold: Fold, how?: How): void
  /** Opens or closes a fold, or a node's facts in the tree. */
  toggle(item: Item, open: boolean): void
  /** Shows a place of the source in the editor. */
  reveal(span: Span): void
  /** Shows a view's tab; `ask` is given to it. */
  show(view: string, ask?: unknown): void
  search(): void
  /** Gives the keyboard back to the editor. */
  leave(): void
  /** Tells those who listen instead of look. */
  say(text: string): void
  /** What the view remembers changed. */
  save(): void
}

export type MakeView = (context: ViewContext) => PanelView
