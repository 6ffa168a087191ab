// A run as data: what is asked of it, and what it left at each place of the source.
import type { BackwardPass, ExplainQuestion, Explanation, StepsQuestion, VerdictData } from "./explaining.ts"
import type { FaultData, Iteration, Span } from "./places.ts"

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
  /** Threads that compute one large operator on the processor; 0 is as many as it has, absent is what the engine was started with. */
  readonly threads?: number
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

/** Large operators of tensors that live on the CPU, computed on the GPU. */
export interface GpuHelp {
  /** The GPU, as a person names it. */
  readonly adapter: string
  readonly operators: number
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
  /** What the GPU computed of the CPU's tensors, unasked; absent where that is nothing. */
  readonly gpuHelp?: GpuHelp
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
