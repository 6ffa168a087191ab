// Reads the recorded cases. Their files stay as they were generated; this is the one place that knows their fields.

import { readFileSync } from "node:fs"
import type { ExplainExpectation, VerdictExpectation } from "./compareTeaching.ts"
import type { CaseNumber, OpExpectation, OpTolerance, PrintedExpectation } from "./compare.ts"

/** A whole program and what real PyTorch printed for it. */
export interface ProgramCase extends PrintedExpectation {
  readonly id: string
  readonly topic: string
  readonly py: string
  readonly ts: string
  readonly tags?: readonly string[]
}

/** An input tensor of an op case. */
export interface OpInput {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: readonly CaseNumber[]
  readonly requires_grad: boolean
  readonly layout: "contiguous" | "transposed"
}

/** One expression with its inputs and what real PyTorch answered. */
export interface OpCase extends OpTolerance {
  readonly id: string
  readonly op: string
  readonly ts: string
  readonly py: string
  readonly inputs: Readonly<Record<string, OpInput>>
  readonly expect: OpExpectation
  readonly tags?: readonly string[]
}

/** A question about one gradient element, and what PyTorch and a separate tracer answered. */
export interface ExplainCase extends ExplainExpectation {
  readonly id: string
  readonly kind: string
  readonly source: string
  readonly of: string
  readonly at: string
}

/** A snippet and the verdicts that it deserves. */
export interface VerdictCase extends VerdictExpectation {
  readonly id: string
  readonly kind: string
  readonly source: string
}

/** The recorded questions, and those that were added here (`own…`). */
export function explainCases(): ExplainCase[] {
  return [...lines<ExplainCase>("explain.jsonl"), ...lines<ExplainCase>("ownExplain.jsonl")]
}

/** The recorded snippets, and those that were added here. */
export function verdictCases(): VerdictCase[] {
  return [...lines<VerdictCase>("verdicts.jsonl"), ...lines<VerdictCase>("ownVerdicts.jsonl")]
}

/** Every program case that counts: those tagged `non-mkl-rng` depend on PyTorch's build and are left out. */
export function programCases(): ProgramCase[] {
  return lines<ProgramCase>("programs.jsonl").filter(isCounted)
}

/** Every op case that counts. */
export function opCases(): OpCase[] {
  return lines<OpCase>("ops.jsonl").filter(isCounted)
}

function isCounted(one: { readonly tags?: readonly string[] }): boolean {
  return !(one.tags ?? []).includes("non-mkl-rng")
}

function lines<Case>(file: string): Case[] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8")
  // The files are generated and checked in; their shape is described in README.md beside this file.
  return text.split("\n").filter(line => line !== "").map(line => JSON.parse(line) as Case)
}
