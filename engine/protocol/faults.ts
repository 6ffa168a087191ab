// Faults: what went wrong for the learner, as data. Apart from the rest because the core, the compiler, the host and
// the editor all make or show them; it knows no position, whoever throws knows it.

import type { FaultData, Span } from "./api.ts"

/** Another place that explains a fault, by the site number of the compiled snippet. */
export interface RelatedSite {
  readonly message: string
  readonly site: number
}

/** Which of the faults that have a cure of their own. */
export type FaultId =
  | "changed-in-place" | "second-backward" | "leaf-in-place" | "not-one-element" | "nothing-tracked" | "integer-grad"
  | "broadcast" | "matrix-shapes" | "linear-features" | "loss-shapes" | "devices"

/** A learner's mistake or a limit that was hit. `name` is PyTorch's class, JavaScript's, or one of the limits below. */
export class Fault extends Error {
  override name: string
  readonly hint: string | undefined
  /** Where it happened, as the compiled snippet counts places; 0 is unknown. */
  site = 0
  related: readonly RelatedSite[] = []
  id: FaultId | undefined
  /** What it is about (tensors, places), for whoever looks for a cure in the source; it never leaves the thread. */
  about: readonly unknown[] = []

  constructor(name: string, message: string, hint?: string) {
    super(message)
    this.name = name
    this.hint = hint
  }

  /** Says which fault it is, so that a cure can be looked for, and with what it has to do. */
  as(id: FaultId, ...about: readonly unknown[]): this {
    this.id = id
    this.about = about
    return this
  }

  /** Adds a place that explains it; one that is not known is left out. */
  beside(message: string, site: number): this {
    if (site > 0) this.related = [...this.related, { message, site }]
    return this
  }
}

/** The place that stands for "somewhere in this file": its very start. */
export const nowhere: Span = { line: 1, column: 1, endLine: 1, endColumn: 1 }

/** The fault as it crosses a process, at a place of the learner's source. */
export function faultData(fault: Fault, span: Span = nowhere): FaultData {
  const { name, message, hint } = fault
  const { line, column, endLine, endColumn, file } = span
  return { name, message, ...(hint === undefined ? {} : { hint }), line, column, endLine, endColumn, ...(file === undefined ? {} : { file }) }
}

/** The learner (or the editor) ended the run. `line` is where it was, undefined when that is not known. */
export function stopped(seconds: number, line?: number): Fault {
  return new Fault(
    "Stopped",
    `Stopped${atLine(line)} after ${secondsText(seconds)}.`,
    "Run it again when you are ready. If it was stuck, look at what should end the loop.",
  )
}

/** The run took longer than it may. `limit` in seconds. */
export function timeLimit(limit: number, line?: number): Fault {
  return new Fault(
    "TimeLimit",
    `The run was expected to finish within ${secondsText(limit)} and was still going${atLine(line)}.`,
    "Check that the loop can end, make it smaller, or raise the setting autograd.timeLimit.",
  )
}

/** A tensor, or all memory together, would pass the limit. Sizes in bytes. */
export function memoryLimit(asked: number, inUse: number, limit: number): Fault {
  const message =
    asked > limit
      ? `This needs ${sizeText(asked)}, and a run may use ${sizeText(limit)}.`
      : asked > 0
        ? `This needs ${sizeText(asked)} more, ${sizeText(inUse)} are in use already, and a run may use ${sizeText(limit)}.`
        : `The run may use ${sizeText(limit)} and was using ${sizeText(inUse)}.`
  return new Fault("MemoryLimit", message, "Check the sizes, use smaller tensors, or raise the setting autograd.memoryLimit.")
}

/** The JavaScript heap of the run is full: V8 ended it, so that only the limit is known. Bytes. */
export function heapLimit(limit: number, line?: number): Fault {
  return new Fault(
    "MemoryLimit",
    `The run may use ${sizeText(limit)} and its arrays and objects filled that${atLine(line)}.`,
    "Look for an array that keeps growing, or raise the setting autograd.memoryLimit.",
  )
}

/** The engine process or its thread ended by itself. `reason` says how, as the system tells it. */
export function engineCrash(reason: string): Fault {
  return new Fault(
    "EngineCrash",
    `The engine was expected to finish this run, and it ended instead (${reason}).`,
    "Run again: a fresh engine starts by itself. If it happens each time, please report it with this snippet.",
  )
}

/** The editor asked about a tensor of a run that has been replaced. */
export function staleHandle(id: number): Fault {
  return new Fault(
    "StaleHandle",
    `Tensor ${id} was expected to be of the last run, and the last run has no such tensor.`,
    "Run the snippet again: its values are kept until the next run.",
  )
}

/** `1.5 MB`, `400 GB`: decimal units, as the settings count. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
  let amount = bytes
  let unit = 0
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  const text = unit === 0 || amount >= 99.95 ? amount.toFixed(0) : amount.toFixed(1).replace(/\.0$/, "")
  return `${text} ${units[unit]}`
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}

function atLine(line: number | undefined): string {
  return line === undefined ? "" : ` at line ${line}`
}
