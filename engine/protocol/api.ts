// The contract between processes: interfaces and plain data, nothing else.
// Everything here survives structured clone, so that it can cross a pipe, a worker or a webview.

import type { GraphDifference } from "./difference.ts"

/** A stretch of the learner's source. Lines and columns count from 1; the end is exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  /** Set only when the place lies in a neighbouring file that the snippet imports (its path as imported from). */
  readonly file?: string
}

/** The learner's mistake (or a limit that was hit) as data: what was expected, what was found, one thing to try. */
export interface FaultData extends Span {
  /** PyTorch's class (`RuntimeError`, `IndexError`, `ValueError`, `TypeError`, `NotImplementedError`), JavaScript's own, `SyntaxError`, or `Stopped`, `TimeLimit`, `MemoryLimit`, `EngineCrash`. */
  readonly name: string
  readonly message: string
  readonly hint?: string
  /** Other places that explain the fault: where a value was saved, where it was changed. */
  readonly related?: readonly { readonly message: string; readonly span: Span }[]
  /** Changes of the source that cure it; the first is the likeliest. */
  readonly fixes?: readonly FixData[]
}

/** What a fix does, for its title in the user's language. `args` of the fix fill the title's gaps, as said here. */
export type FixId =
  /** Line. */
  | "keep-graph"
  /** Old and new expression. */
  | "new-tensor" | "write-instead"
  /** Variable. */
  | "clone-first" | "track" | "retain-grad" | "detach-last"
  /** Expression. */
  | "sum-first" | "ones-gradient" | "remove-cut" | "to-float" | "take-number" | "clear-grad" | "match-target" | "to-device"
  /** Nothing. */
  | "without-grad"
  /** How many features. */
  | "layer-inputs"

/** One cure as an edit of the source that ran. */
export interface FixData {
  readonly id: FixId
  readonly args: readonly string[]
  readonly edits: readonly TextEdit[]
}

/** Replaces a stretch of the source; an empty stretch inserts. */
export interface TextEdit {
  readonly span: Span
  readonly text: string
}

export type DeviceChoice = "auto" | "cpu" | "webgpu"

export interface RunRequest {
  /** Chosen by the caller; replies and events carry it. */
  readonly runId: number
  readonly source: string
  /** Absolute path or URI of the file, for messages and for resolving its neighbours. */
  readonly fileName: string
  /** Absolute path of the folder of this machine in which torch.save and torch.load may work; absent: nowhere. */
  readonly folder?: string
  /** The user's own neighbouring modules, by the path that `resolve` gives for them: text by normalised path. */
  readonly files?: Readonly<Record<string, string>>
  readonly device: DeviceChoice
  /** Seconds of wall time; 0 is no limit. */
  readonly timeLimit: number
  /** Megabytes that tensors and the heap may hold together. */
  readonly memoryLimit: number
  /** Off: nothing is recorded and the trace is empty. */
  readonly trace: boolean
  /** Statements above this line run silently: they print nothing and are not in the trace (a cell, a selection). */
  readonly showFrom?: number
  /**
   * Say why gradients are null, zero or not numbers, of the names whose `.grad` the snippet reads; as `trace` unless said
   * otherwise. `soon`: of every name, and what only another run can tell is left for `EngineApi.verdicts`.
   * `rest`: only that, of the last run; nothing runs or is shown again.
   */
  readonly verdicts?: boolean | "soon" | "rest"
  /** Explain one gradient element instead of showing the run: nothing is printed, and the last run's handles stay valid. */
  readonly explain?: ExplainQuestion
  /** What the run's random numbers start from, those of JavaScript's Math.random, too; by chance where it is absent. */
  readonly seed?: number
  /** Ends quietly when this turn of a loop has ended, unseen; the result is as it was then, and the last run's handles stay valid. */
  readonly until?: Iteration
  /** Follow one backward pass instead of showing the run; otherwise as `explain`. */
  readonly steps?: StepsQuestion
}

/** The end of one turn of a loop of the last run. */
export interface Iteration {
  /** `LoopTrace.id`. */
  readonly loop: number
  /** From 0, over all rounds of an inner loop. */
  readonly index: number
}

/** The backward pass that reached a tensor of the last run, or of its moment that was asked for last. */
export interface StepsQuestion {
  readonly tensorId: number
  /** Which of the passes that reached it, from 0 (of all, where none did); the newest unless said otherwise. */
  readonly pass?: number
  /** The turn that the tensor's summary is of, where that is not the end of the run. */
  readonly iteration?: Iteration
}

/** One backward pass, node by node in the order in which the engine took them. */
export interface BackwardPass {
  /** Which of the passes that reached the tensor, from 0; of all passes of the run where `reaches` is false. */
  readonly pass: number
  readonly passes: number
  /** False where no pass reached the tensor: then it is the newest of the run, and its nodes are not in the tensor's graph. */
  readonly reaches: boolean
  /** Where it was asked for. */
  readonly span?: Span
  readonly steps: readonly BackwardStep[]
  /** Steps left out past the bound, at the pass's end. */
  readonly omitted: number
}

export interface BackwardStep {
  /** Id of the graph's node; one that the graph of the tensor does not have lies beside the way to it. */
  readonly node: string
  readonly name: string
  readonly span?: Span
  /** By output of the node: the gradient that arrived, as bounded repr; null where none did. */
  readonly arrived: readonly (string | null)[]
  readonly formula?: string
  /** The local derivative by input, as mathematics. */
  readonly slopes?: readonly string[]
  /** What it gives on, by input that leads on. */
  readonly passed: readonly PassedOn[]
  /** `.grad` that grew here: the leaf's, or a result's that asked for it. */
  readonly gathered?: readonly Gathered[]
  /** The pass ends here: `autograd.grad` only collects what arrived. */
  readonly collected?: boolean
  /** The pass broke off here: the node's rule could not be applied, or gave what anomaly mode refuses. */
  readonly failed?: boolean
}

export interface PassedOn {
  /** Id of the node that it goes to. */
  readonly to: string
  readonly name: string
  /** Null where the slope cuts it off. */
  readonly grad: string | null
  /** ∂output/∂input at this run's numbers, element by element, where each output element has its own input element. */
  readonly slope?: string
}

/** One `+=` into a `.grad`. */
export interface Gathered {
  /** Id of the leaf or result in the graph. */
  readonly tensor: string
  readonly name?: string
  /** Null where there was no gradient yet. */
  readonly before: string | null
  readonly added: string
  readonly after: string
}

/** The derivative of the one-element tensor `of` with respect to the element `at` (`x[0][0]`, `model.weight[1][0]`). */
export interface ExplainQuestion {
  /** Absent: what the last backward pass that reached `at` started from, weighed as that pass did; without one, the last one-element result made of it. */
  readonly of?: string
  readonly at: string
  /** Where `at` means several elements, the first is taken. */
  readonly first?: boolean
  /** As it was at the end of this turn of a loop; at the end of the run unless said otherwise. */
  readonly iteration?: Iteration
}

/** How a gradient element came about: the sum of its paths. */
export interface Explanation {
  readonly value: number
  readonly paths: readonly GradientPath[]
  readonly check: {
    /** Central difference in float64 of the same snippet; null where it could not be measured. */
    readonly finiteDifference: number | null
    readonly relativeGap: number | null
    /** The slopes just before and just after differ. */
    readonly kink: boolean
    /** At a kink: the slope just before and just after. */
    readonly sides?: readonly [number, number]
  }
  /** Why there is no path, where that is known. */
  readonly verdicts?: readonly VerdictData[]
  /** What the question was taken to mean, and what else could be asked. */
  readonly about?: ExplanationSubject
  /** Where the pass started from several elements or with a gradient: v, J and vᵀJ. */
  readonly product?: VectorJacobian
}

export interface ExplanationSubject {
  /** The result: its name, else the expression that `backward` was called on. */
  readonly of: string
  readonly ofSpan?: Span
  /** True where the result's elements are weighed by the gradient that `backward` was given. */
  readonly weighed: boolean
  /** The element: `x[0][0]`. */
  readonly at: string
  /** Its tensor: `x`; with its shape, and where the element stands in it. */
  readonly name: string
  readonly shape: readonly number[]
  readonly indices: readonly number[]
  readonly atSpan?: Span
  readonly value: number
  /** The element of `.grad` at the end of the run; null where there is none. */
  readonly grad: number | null
  /** What backward passes added to it since it was last empty, in order; at most 16, the newest. */
  readonly added: readonly { readonly value: number; readonly line: number }[]
  /** How many passes added to it. */
  readonly passes: number
  /** Other names that `of` may be: one-element results that hang on something. */
  readonly results: readonly string[]
  /** Names of tensors that may be asked about. */
  readonly tensors: readonly string[]
}

/** A Jacobian, rows by element of the result and columns by element of the tensor, as far as it is shown. */
export interface VectorJacobian {
  /** Weight of each row that is shown. */
  readonly v: readonly number[]
  readonly jacobian: readonly (readonly number[])[]
  /** vᵀJ of all rows, for each column that is shown. */
  readonly product: readonly number[]
  /** `[0][1]`, by row and by column. */
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  readonly rowsLeftOut: number
  readonly columnsLeftOut: number
}

/** One way through single elements from the result to the element, or all that are not told one by one. */
export interface GradientPath {
  readonly value: number
  readonly count: number
  /** From the result down; left out of a grouped entry. */
  readonly factors?: readonly PathFactor[]
  /** What most of a group's paths have in common: `SumBackward0, line 7`. */
  readonly through?: string
}

export interface PathFactor {
  readonly node: string
  /** The node's id in this run's graphs. */
  readonly id?: string
  /** ∂output/∂input of these two elements, at this run's numbers. */
  readonly slope: number
  readonly line: number
  readonly span?: Span
  /** Which element of the node's output this is: `[0][1]`, empty for a tensor without dimensions. */
  readonly element?: string
  /** The learner's name of what the node made. */
  readonly variable?: string
  /** What the learner wrote there, where it is short and has no name. */
  readonly expression?: string
  /** The operator's slope as mathematics, where it has one: `∂y/∂a = b`. */
  readonly rule?: string
  /** What the letters of the rule stand for here. */
  readonly terms?: readonly FactorTerm[]
  readonly note?: FactorNote
  /** Module path that made the node, outermost first. */
  readonly scope?: readonly string[]
}

/** A letter of a rule: what the learner calls it, with the element's place, and its number at this run. */
export interface FactorTerm {
  readonly letter: string
  readonly name?: string
  readonly place?: string
  readonly value?: number
}

/** What cannot be read off a factor's slope. */
export type FactorNote =
  /** One of so many elements that are averaged, or summed. */
  | { readonly kind: "mean" | "sum"; readonly count: number }
  /** Row `row` of the first factor meets column `column` of the second; this is their place `meeting`. */
  | { readonly kind: "product"; readonly row: string; readonly column: string; readonly meeting: string }
  /** The input element stands in so many places of the output; this is one of them. */
  | { readonly kind: "copies"; readonly count: number }
  /** The element was only moved or copied, or it was the one that was chosen. */
  | { readonly kind: "moved" | "chosen" }
  /** The element lies in the window of this output element. */
  | { readonly kind: "window" }
  /** The weight that `backward` was given for this element. */
  | { readonly kind: "weight" }

export type VerdictId =
  | "not-yet" | "no-requires-grad" | "detached" | "no-grad" | "through-number" | "integer" | "non-leaf" | "reassigned" | "not-reached"
  | "relu-zero" | "saturated" | "times-zero" | "nan-born" | "infinite" | "accumulated" | "broadcast-sum" | "growing-graph"

/** Why a `.grad` is what it is, and the line to look at. */
export interface VerdictData {
  readonly id: VerdictId
  /** The variable. */
  readonly name: string
  readonly line: number
  readonly span?: Span
  /** The expression that is the cause, on one line and cut at the end. */
  readonly cause?: string
  /** False where the snippet does not read the gradient: then only who asks about the name is told. */
  readonly asked?: boolean
  /** Where the variable got its value. */
  readonly definition?: Span
  /** Of a growing graph: its nodes when it first hung on the turn before, at the end, and the turns between. */
  readonly growth?: { readonly first: number; readonly last: number; readonly turns: number }
  readonly fixes?: readonly FixData[]
}

export interface RunResult {
  readonly runId: number
  /** The exact text that print wrote. */
  readonly stdout: string
  readonly error?: FaultData
  /** Things worth saying that did not stop the run (PyTorch's warnings). */
  readonly warnings: readonly FaultData[]
  readonly trace: Trace
  /** What the random numbers started from; a run with this seed is the same run. */
  readonly seed?: number
  /** The answer to `RunRequest.steps`, as `explanation` is to `explain`. */
  readonly steps?: BackwardPass
  readonly verdicts?: readonly VerdictData[]
  /** Some verdicts need the snippet to run again, which has not been done: `EngineApi.verdicts` does. */
  readonly verdictsPending?: boolean
  /** The answer to `RunRequest.explain`; missing where the question could not be answered, which `error` then says. */
  readonly explanation?: Explanation
  readonly durationMs: number
  /** The device that tensors were made on, as PyTorch names it: `cpu`, `webgpu`. */
  readonly device: string
  /** Why the GPU did not compute, where it was asked for or looked at. */
  readonly deviceReason?: string
  /** True when nothing but ending the engine process could end the run: it is gone, and its owner starts another. */
  readonly engineEnded?: boolean
}

/** What a run produced, place by place, in source order. */
export interface Trace {
  readonly records: readonly TraceRecord[]
  /** Loops that turned more than once, in source order, with what they made of numbers; absent where there are none. */
  readonly loops?: readonly LoopTrace[]
  /** Where gradients stop, in source order. */
  readonly boundaries?: readonly Boundary[]
  /** Modules that the snippet gave a name, with what they hold at the end of the run; absent where there are none. */
  readonly modules?: readonly ModuleRecord[]
}


/** Why nothing is tracked: a region that ran with tracking off, or one value that was cut off or is no longer a leaf. */
export type BoundaryReason = "no-grad" | "inference" | "detached" | "through-number" | "integer" | "reassigned"

/** A stretch of the source behind which no gradient passes. `region`: whole statements; `value`: an expression. */
export interface Boundary {
  readonly kind: "region" | "value"
  readonly reason: BoundaryReason
  readonly span: Span
  /** The variable that was cut off, where it has a name. */
  readonly name?: string
}

/** A module, where it got its name, and its parameters and buffers. */
export interface ModuleRecord {
  readonly name: string
  readonly span: Span
  /** `Linear`, or the learner's class. */
  readonly typeName: string
  readonly members: readonly ModuleMember[]
  /** Members left out past the bound, 0 as a rule. */
  readonly omitted: number
}

export interface ModuleMember {
  /** As named_parameters gives it: `0.weight`. */
  readonly path: string
  readonly isBuffer: boolean
  readonly value: TensorSummary
}

/**
 * One place of the source and the values that it had.
 * `binding`: a name got a value (declaration, assignment, parameter, loop variable), `name` is set.
 * `result`: an expression statement's value. `print`: what a print call wrote.
 * `operation`: a call or an operator inside an expression, for hovers.
 */
export interface TraceRecord {
  readonly kind: "binding" | "result" | "print" | "operation"
  readonly span: Span
  /** The line at whose end the value is shown: the last line of the statement. */
  readonly showLine: number
  readonly name?: string
  /** How often this place was reached. */
  readonly count: number
  /** First, last, and an even sample between; in order of `index` (0-based time this place was reached). */
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly index: number
  readonly value: ValueSummary
}

export type ValueSummary = TensorSummary | PlainSummary

/** A value that is not a tensor: number, string, array, module, null. */
export interface PlainSummary {
  readonly kind: "plain"
  /** As print would write it, bounded. */
  readonly repr: string
  readonly typeName: string
}

export interface TensorSummary {
  readonly kind: "tensor"
  /** Handle for `graph` and `values`; valid until the next run. */
  readonly id: number
  /** PyTorch's repr, with line breaks, bounded to some thousand characters. */
  readonly repr: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly device: string
  readonly requires_grad: boolean
  readonly is_leaf: boolean
  /** The backward chain from this tensor down to a leaf, along first inputs; empty where nothing is tracked. `chain[0]` is its grad_fn. */
  readonly chain: readonly ChainStep[]
  /** `.grad` at the end of the run. */
  readonly grad: GradSummary | null
  /** Least and greatest element, null for an empty or boolean tensor. */
  readonly range: readonly [number, number] | null
  /** Value of `_version`. */
  readonly version: number
}

export interface ChainStep {
  /** `MulBackward0`, `AccumulateGrad` … */
  readonly name: string
  /** Line that made the node. */
  readonly line?: number
  /** The learner's name of the tensor that this node made, or of the leaf that it feeds. */
  readonly variable?: string
  /** How many other inputs lead on from here. */
  readonly branches: number
}

export interface GradSummary {
  readonly repr: string
  readonly shape: readonly number[]
}

/** The backward graph of one tensor, leaves to result. Edges point forward: from an input to what was made of it. */
export interface Graph {
  /** Id of the node of the tensor that was asked for. */
  readonly root: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** How many nodes were left out past the bound, 0 as a rule. */
  readonly omitted: number
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
}

/**
 * `leaf`: a tensor that gathers `.grad`. `tensor`: a named result, or an input that needs no gradient.
 * `grad_fn`: a node of the backward pass, AccumulateGrad included.
 */
export interface GraphNode {
  readonly id: string
  readonly kind: "leaf" | "tensor" | "grad_fn"
  /** The variable's name, or the grad_fn's. A tensor without a name is called after its shape. */
  readonly name: string
  readonly span?: Span
  readonly shape?: readonly number[]
  readonly dtype?: string
  /** PyTorch's repr of the value (of the result, for a grad_fn), bounded. */
  readonly value?: string
  /** `.grad` of a leaf or retained tensor; for a grad_fn the gradient that arrived at it in the last backward pass. Bounded repr. */
  readonly grad?: string
  /** The operator's mathematics as a line of text: `y = a · b`. */
  readonly formula?: string
  /** The local derivative by input, as text: `∂y/∂a = b`. */
  readonly slopes?: readonly string[]
  readonly saved?: readonly SavedTensor[]
  /** Module path that made the node, outermost first (`["layer1", "0", "conv1"]`), for folding. */
  readonly scope?: readonly string[]
}

export interface SavedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Null once the backward pass has freed it. */
  readonly value: string | null
  /** Version when it was saved, and now. */
  readonly savedVersion: number
  readonly version: number
}

/** A rectangle of values, fetched when something shows it. */
export interface ValueWindow {
  readonly shape: readonly number[]
  readonly dtype: string
  /** Row-major values of the window; non-finite ones as they are. */
  readonly values: readonly number[]
}

/** All values of a tensor in figures. What is not finite is counted and left out of the rest; null where nothing is left. */
export interface ValueStatistics {
  readonly shape: readonly number[]
  readonly count: number
  readonly least: number | null
  readonly greatest: number | null
  readonly mean: number | null
  /** As torch.std has it. */
  readonly deviation: number | null
  readonly zeros: number
  readonly negative: number
  readonly nan: number
  readonly infinite: number
  /** How many values lie in each of equally wide stretches from least to greatest. */
  readonly bins: readonly number[]
  /** `_version` now: differs from a summary's where the tensor was changed in place later. */
  readonly version: number
}

/** A loop and its curves. */
export interface LoopTrace {
  readonly id: number
  /** The whole loop. */
  readonly span: Span
  /** How often its body began. */
  readonly turns: number
  readonly curves: readonly Curve[]
}

/** One number as it went from turn to turn: a scalar that a name got, or the norm of a leaf's `.grad` after each backward pass. */
export interface Curve {
  readonly kind: "value" | "gradient"
  readonly name: string
  /** Where it got its value; of a gradient, the backward call. */
  readonly span?: Span
  /** How many values there were. */
  readonly count: number
  /** Turns from 0, rising, and the values then. Where there were many, the least and the greatest of each stretch of turns, the first and the last. */
  readonly turns: readonly number[]
  readonly values: readonly CurveValue[]
  /** Of a gradient: something is wrong with its size at the end of the run. */
  readonly flag?: GradientFlag
}

export type CurveValue = number | "nan" | "inf" | "-inf"

/**
 * `exploding`: at the end not finite, or above 1,000 and a hundred times the first. `vanishing`: its root mean square is
 * below a ten-thousandth of the largest one of the same turn, in the first turn, the last and more than half of all; one
 * that shrinks because its parameter has arrived is fine.
 */
export interface GradientFlag {
  readonly kind: "vanishing" | "exploding"
  /** The first turn, from 0, and in how many it was so. */
  readonly since: number
  readonly turns: number
}

/** What the engine answers. Ids are those of the last run's summaries. */
export interface EngineApi {
  /** Loads the compiler and warms it, so that the first run is quick. Resolves when it is ready. */
  prepare(): Promise<EngineInfo>
  /** Runs a snippet from a fresh state. Resolves also when it fails, is stopped or crashes: the fault is in the result. */
  run(request: RunRequest): Promise<RunResult>
  /** Ends the run in progress, within a second; harmless when there is none. */
  stop(): Promise<void>
  /** The backward graph of a tensor of the last run. Rejects when the id is not of the last run. */
  graph(tensorId: number): Promise<Graph>
  /** A window of a tensor's values (or of its `.grad`), `start` and `size` by dimension. */
  values(tensorId: number, of: "value" | "grad", start: readonly number[], size: readonly number[]): Promise<ValueWindow>
  /** All values of a tensor (or of its `.grad`) in figures; null where there is no `.grad`. */
  statistics?(tensorId: number, of: "value" | "grad"): Promise<ValueStatistics | null>
  /** Explains a gradient element of the last run, by running it again. Rejects when there was no run, or when the question has no answer. */
  explain?(question: ExplainQuestion): Promise<Explanation>
  /** The last run as it was at the end of a turn, by running it again; its tensors' ids are valid beside the run's own, until the next moment or run. Rejects as `explain` does. */
  moment?(iteration: Iteration): Promise<RunResult>
  /** A backward pass of the last run step by step, by running it again. Rejects as `explain` does, and where there was no pass. */
  steps?(question: StepsQuestion): Promise<BackwardPass>
  /** All verdicts of the last run, by running the snippet again where that is needed; those known at once where a newer run ends it. */
  verdicts?(runId: number): Promise<readonly VerdictData[]>
}

export interface EngineInfo {
  readonly device: string
  /** Why the device is not the GPU, when it is not. */
  readonly reason?: string
  readonly startupMs: number
}

/** What the engine tells whoever holds the other end. */
export interface HostApi {
  /** Text that print wrote, as it is written. */
  output(runId: number, text: string): void
  /** Something of ours went wrong; for the log. */
  log(message: string): void
  /** A download of the run goes on: what it is (a file's name, or empty where the snippet wants nothing shown) and how far it has come, from 0 to 1; null while that is unknown. */
  progress?(runId: number, text: string, fraction: number | null): void
}

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
