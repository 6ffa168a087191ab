// The comparing rules of the conformance cases (README.md beside this file), pure: text or numbers in, a verdict out.
// Apart from the runner, so that the judge itself can be tested without an engine.

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string }

const pass: Verdict = { ok: true }

function fail(why: string): Verdict {
  return { ok: false, why }
}

/** What a program was expected to print, and how strictly that is meant. */
export interface PrintedExpectation {
  readonly expect: string
  readonly match: "exact" | "numeric"
  readonly rtol?: number
  readonly atol?: number
}

/** Judges printed text: equal but for trailing blanks, or (`numeric`) equal text around numbers that are near. */
export function comparePrinted(got: string, wanted: PrintedExpectation): Verdict {
  if (trimmed(got) === trimmed(wanted.expect)) return pass
  if (wanted.match === "exact") return fail(firstDifference(trimmed(got), trimmed(wanted.expect)))
  const mine = split(got)
  const theirs = split(wanted.expect)
  if (mine.text !== theirs.text) return fail(firstDifference(mine.text, theirs.text))
  return compareNumbers(mine.numbers, theirs.numbers, wanted.rtol ?? 0, wanted.atol ?? 0)
}

/** True where `|got - want| <= atol + rtol * |want|`; nan is near nan, an infinity only itself. */
export function isNear(got: number, want: number, rtol: number, atol: number): boolean {
  if (Number.isNaN(want)) return Number.isNaN(got)
  if (!Number.isFinite(want)) return got === want
  return Math.abs(got - want) <= atol + rtol * Math.abs(want)
}

/** Judges two flat lists of numbers, pair by pair. */
export function compareNumbers(got: readonly number[], want: readonly number[], rtol: number, atol: number): Verdict {
  if (got.length !== want.length) return fail(`${got.length} numbers, wanted ${want.length}`)
  const at = want.findIndex((number, index) => !isNear(got[index] ?? Number.NaN, number, rtol, atol))
  if (at < 0) return pass
  return fail(`number ${at + 1} of ${want.length}: got ${got[at]}, wanted ${want[at]}`)
}

/** A number as the case files spell it: special ones are strings, booleans stay booleans. */
export type CaseNumber = number | boolean | "NaN" | "Infinity" | "-Infinity"

/** The JavaScript number that a case means; `float32` rounds nine digits to the exact value. */
export function caseNumber(value: CaseNumber, dtype: string): number {
  const number = Number(value)
  return dtype === "float32" ? Math.fround(number) : number
}

/** What an op case expects (the field `expect` of ops.jsonl). */
export interface OpExpectation {
  readonly out: readonly CaseNumber[]
  readonly out_dtype: string
  readonly out_shape: readonly number[]
  readonly w: readonly CaseNumber[] | null
  readonly grads: Readonly<Record<string, readonly CaseNumber[] | null>> | null
  readonly grad_fn: string | null
}

/** What the generated snippet of an op case printed, as data. */
export interface OpAnswer {
  readonly out: readonly CaseNumber[]
  readonly dtype: string
  readonly shape: readonly number[]
  readonly grad_fn: string | null
  readonly grads: Readonly<Record<string, readonly CaseNumber[] | null>> | null
}

/** The tolerances of an op case; `exact_out` asks for an equal result, the gradients stay near. */
export interface OpTolerance {
  readonly rtol: number
  readonly atol: number
  readonly exact_out?: boolean
}

/** Judges an operation: dtype and shape equal, the result near or equal, the grad_fn's name, each gradient near. */
export function compareOp(got: OpAnswer, want: OpExpectation, tolerance: OpTolerance): Verdict {
  if (got.dtype !== want.out_dtype) return fail(`dtype ${got.dtype}, wanted ${want.out_dtype}`)
  if (got.shape.join() !== want.out_shape.join()) return fail(`shape [${got.shape.join(", ")}], wanted [${want.out_shape.join(", ")}]`)
  const { rtol, atol } = tolerance
  const result = compareNumbers(
    got.out.map(value => caseNumber(value, got.dtype)),
    want.out.map(value => caseNumber(value, tolerance.exact_out ? want.out_dtype : "")),
    tolerance.exact_out ? 0 : rtol,
    tolerance.exact_out ? 0 : atol,
  )
  if (!result.ok) return fail(`result: ${result.why}`)
  if (want.grad_fn !== null && got.grad_fn !== want.grad_fn) return fail(`grad_fn ${got.grad_fn}, wanted ${want.grad_fn}`)
  return compareGrads(got.grads, want.grads, rtol, atol)
}

function compareGrads(got: OpAnswer["grads"], want: OpExpectation["grads"], rtol: number, atol: number): Verdict {
  if (want === null) return got === null ? pass : fail("the result requires grad, wanted one that does not")
  if (got === null) return fail("the result does not require grad, wanted one that does")
  for (const [name, wanted] of Object.entries(want)) {
    const mine = got[name] ?? null
    if (wanted === null && mine === null) continue
    if (wanted === null) return fail(`gradient of ${name}: got one, wanted none`)
    if (mine === null) return fail(`gradient of ${name}: none, wanted one`)
    const verdict = compareNumbers(mine.map(Number), wanted.map(Number), rtol, atol)
    if (!verdict.ok) return fail(`gradient of ${name}: ${verdict.why}`)
  }
  return pass
}

// A number stands alone: the digits of AddBackward0 and float64 belong to their words.
const numberPattern = /(?<![\w.])[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)(?!\w)/gi

function split(text: string): { text: string; numbers: number[] } {
  const numbers: number[] = []
  const marked = text.replace(numberPattern, found => {
    numbers.push(parse(found))
    return "#"
  })
  return { text: marked.replace(/\s+/g, " ").replace(/ ?([[\](),]) ?/g, "$1").trim(), numbers }
}

function parse(text: string): number {
  const lower = text.toLowerCase()
  if (lower.endsWith("nan")) return Number.NaN
  if (lower.includes("inf")) return lower.startsWith("-") ? -Infinity : Infinity
  return Number(text)
}

function trimmed(text: string): string {
  return text.replace(/[ \t\r]+$/gm, "").trimEnd()
}

function firstDifference(got: string, want: string): string {
  let at = 0
  while (at < got.length && at < want.length && got[at] === want[at]) at += 1
  const from = Math.max(0, at - 20)
  return `texts differ at ${at}: got ${JSON.stringify(got.slice(from, at + 40))}, wanted ${JSON.stringify(want.slice(from, at + 40))}`
}
