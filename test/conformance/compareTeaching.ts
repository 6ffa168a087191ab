// The rules for explanations and verdicts (README.md beside this file), pure: an answer in, a judgement out.

import type { Answer, ExplainAnswer } from "./commandLine.ts"
import { isNear } from "./compare.ts"
import type { Verdict } from "./compare.ts"

/** What an explanation must say; null is not checked. */
export interface ExplainExpectation {
  readonly expect: { readonly value: number | null; readonly paths: number | null; readonly lines: readonly number[]; readonly kink: boolean | null }
  readonly rtol: number
  readonly atol: number
}

export interface VerdictExpectation {
  readonly expect: readonly { readonly id: string; readonly name: string; readonly line: number }[]
  /** Neither wanted nor wrong. */
  readonly allow?: readonly { readonly id: string; readonly name: string }[] | null
}

/** Value, number of paths, lines and kink as expected; and whatever the case says, sums and products must hold. */
export function compareExplanation({ error, value, paths, check }: ExplainAnswer, { expect, rtol, atol }: ExplainExpectation): Verdict {
  if (error !== null) return { ok: false, why: `${error.name}: ${error.message}` }
  if (typeof value !== "number" || paths === undefined || check === undefined) return { ok: false, why: "an explanation with value, paths and check was expected" }
  const wrong: string[] = []
  if (expect.value !== null && !isNear(value, expect.value, rtol, atol)) wrong.push(`value ${value}, wanted ${expect.value}`)
  const count = paths.reduce((sum, path) => sum + path.count, 0)
  if (expect.paths !== null && count !== expect.paths) wrong.push(`${count} paths, wanted ${expect.paths}`)
  const shown = new Set(paths.flatMap(path => path.factors ?? []).map(({ line }) => line))
  const missing = expect.lines.filter(line => !shown.has(line))
  if (missing.length > 0) wrong.push(`no factor of line ${missing.join(", ")}`)
  if (expect.kink !== null && check.kink !== expect.kink) wrong.push(`kink ${check.kink}, wanted ${expect.kink}`)
  const sum = paths.reduce((so, path) => so + path.value, 0)
  if (!isNear(sum, value, 1e-5, 1e-6)) wrong.push(`the paths sum to ${sum}, not to ${value}`)
  const single = paths.filter(path => path.count === 1)
  if (single.length > 64) wrong.push(`${single.length} single paths, at most 64 are allowed`)
  for (const path of single) {
    const product = (path.factors ?? []).reduce((so, { slope }) => so * slope, 1)
    if (!isNear(product, path.value, 1e-5, 1e-6)) wrong.push(`slopes multiply to ${product}, not to ${path.value}`)
  }
  // Where the function is smooth both ways to the slope must agree; a constant has a difference and no path.
  const { finiteDifference, kink } = check
  if (!kink && count > 0 && (finiteDifference === null || !isNear(finiteDifference, value, 1e-3, 1e-4))) wrong.push(`the difference is ${finiteDifference}, the value ${value}`)
  return wrong.length === 0 ? { ok: true } : { ok: false, why: wrong.join("; ") }
}

/** Every expected verdict and no other about its name; none at all where none is expected. */
export function compareVerdicts({ verdicts }: Pick<Answer, "verdicts">, { expect, allow }: VerdictExpectation): Verdict {
  const text = (one: { readonly id: string; readonly name: string; readonly line: number }): string => `${one.id} ${one.name} line ${one.line}`
  const got = verdicts.map(text)
  const want = expect.map(text)
  const names = new Set(expect.map(({ name }) => name))
  const missing = want.filter(one => !got.includes(one))
  const extra = verdicts.filter(one => !want.includes(text(one)) && (want.length === 0 || names.has(one.name)) && !(allow ?? []).some(({ id, name }) => id === one.id && name === one.name))
  if (missing.length + extra.length === 0) return { ok: true }
  return { ok: false, why: [...missing.map(one => `missing: ${one}`), ...extra.map(one => `not wanted: ${text(one)}`)].join("; ") }
}
