// How a gradient came about as data: its factors, the steps of a backward pass, and why it is what it is.
import type { FixData, Iteration, Span } from "./places.ts"

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
