// What passes between the panel and the extension.
import type { GraphDifference } from "./difference.ts"
import type { BackwardPass, ExplainQuestion, Explanation } from "./explaining.ts"
import type { Graph, GraphNode } from "./graphs.ts"
import type { Iteration, Span } from "./places.ts"
import type { Curve, CurveValue, LoopTrace, TensorSummary, ValueStatistics, ValueWindow } from "./runs.ts"

/** A verdict in the user's words, for the tensor that has this name. */
export interface PanelVerdict {
  readonly name: string
  readonly text: string
  /** The cause. */
  readonly span: Span
  readonly definition?: Span
  readonly isWarning: boolean
}

/** What the panel shows, sent by the extension. Saved by the panel, so that a reload redraws it. */
export interface PanelModel {
  readonly title: string
  readonly uri: string
  /** The run that is shown; absent before one, and in what was saved. */
  readonly runId?: number
  readonly graph: Graph | null
  /** Set when there is no graph: what to do to get one. */
  readonly empty?: string
  /** True after an edit, until the next run. */
  readonly stale: boolean
  /** The tensor whose numbers are shown: the graph's own until another is asked for. */
  readonly tensor?: TensorShown
  /** Why gradients of this run are as they are. */
  readonly verdicts?: readonly PanelVerdict[]
  /** What the graph's picture shows, in words: its alternative text. */
  readonly description?: string
  /** What changed since the run before; absent where that run's graph is not known. */
  readonly difference?: GraphDifference
  /** The run's loops and which turn is shown; absent where nothing looped. */
  readonly iterations?: IterationsShown
}

export interface IterationsShown {
  readonly loops: readonly LoopTrace[]
  /** The turn at whose end everything is shown; null: the end of the run. */
  readonly at: Iteration | null
  /** The run is being repeated to that turn: what is shown is not yet all of it. */
  readonly isAwaited: boolean
  /** What the curves had last by the end of that turn, once it is known. */
  readonly now?: readonly CurveNow[]
  /** Why it could not be repeated, in the user's language; then only what was sampled is of that turn. */
  readonly failure?: string
}

/** The newest value of a curve. */
export interface CurveNow extends Pick<Curve, "kind" | "name"> {
  readonly line?: number
  /** The turn that it is of, from 0. */
  readonly turn: number
  readonly value: CurveValue
}

/** A tensor whose numbers the panel shows; it fetches them by `PanelHostApi.values`. */
export interface TensorShown {
  readonly name: string
  /** Which run's it is: the extension knows whether the engine still has it. */
  readonly runId: number
  readonly value: TensorSummary
  readonly span?: Span
  /** Which time of how many, where its place was reached more than once. */
  readonly time?: { readonly index: number; readonly count: number }
}

/** What the webview answers. */
export interface PanelApi {
  show(model: PanelModel): void
  /** Selects the node made at this line (the cursor's), without moving focus. Null clears. */
  selectLine(line: number | null): void
  /** Shows the view with this id (`graph`, `tree`, `explanation` …) and gives it what is asked of it. */
  open?(view: string, ask?: unknown): void
  /** The graph as it is drawn, as the text of an SVG file that stands by itself, with this title and description; null while none is drawn. */
  picture?(title: string, description: string): Promise<string | null>
  /** What is shown, as data, for tests and assistive tools. */
  state(): Promise<PanelState>
}

export interface PanelState {
  readonly title: string
  readonly nodes: readonly { readonly kind: GraphNode["kind"]; readonly name: string; readonly line: number | null; readonly value: string | null; readonly grad: string | null }[]
  readonly selected: string | null
  readonly empty: string | null
  readonly stale: boolean
  /** The view that is seen. */
  readonly view?: string
  /** What the explanation shows; absent while it shows none. */
  readonly explanation?: Explanation
}

/** What the webview asks of the extension. */
export interface PanelHostApi {
  /** The webview can draw; the extension answers with `show`. */
  ready(): void
  /** Select this place in the editor. */
  reveal(uri: string, span: Span): void
  /** Copy text to the clipboard. */
  copy(text: string): void
  /** Escape was pressed: give the keyboard back to the editor. */
  focusEditor?(): void
  /** Explains a gradient element of what is shown; a later question ends an earlier one. */
  explain?(question: ExplainQuestion): Promise<ExplainAnswer>
  /** Ends the explanation under way. */
  stopExplaining?(): void
  /** The backward pass that reached the tensor whose graph is shown; `pass` as in `StepsQuestion`. */
  steps?(pass?: number): Promise<StepsAnswer>
  /** Shows everything as it was at the end of this turn; null: at the end of the run. */
  pickTurn?(turn: Iteration | null): void
  /** Selects this place in the editor, which does not get the keyboard. */
  mark?(uri: string, span: Span): void
  /** A window of a shown tensor's numbers. Rejects where the engine no longer has them. */
  values?(runId: number, tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow>
  /** The figures of all its numbers; rejects as `values` does. */
  statistics?(runId: number, tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null>
  /** The tensor of the shown run that a graph node stands for, by name and line; null where it has no numbers to show. */
  tensor?(name: string, line: number | null): Promise<TensorShown | null>
}

/** A backward pass step by step, or why there is none, in the user's language. */
export type StepsAnswer =
  | { readonly kind: "stepped"; readonly pass: BackwardPass }
  | { readonly kind: "refused"; readonly why: string; readonly advice?: string }
  /** Stop or a run of the snippet ended it. */
  | { readonly kind: "ended" }

/** An explanation, or why there is none, in the user's language. */
export type ExplainAnswer =
  | { readonly kind: "explained"; readonly explanation: Explanation; readonly source: string }
  | { readonly kind: "refused"; readonly why: string; readonly advice?: string }
  /** A newer question, Stop or a run of the snippet ended it. */
  | { readonly kind: "ended" }
