// Predict, then reveal: how an answer to "what is ∂out/∂x[0][0]?" compares with the explanation of that gradient. A wrong
// answer is met at the factor that it went wrong at. Pure, so that the lens, a test and the panel judge alike.
import type { Explanation, ExplainQuestion, GradientPath, PathFactor, Span } from "./api.ts"
import { tinyIsZero } from "./explanation.ts"

/** One step of the chain as a person would write it: from one named value to the next. */
export interface ChainLink {
  /** `out`, `z[0][0]`. */
  readonly of: string
  readonly at: string
  /** ∂of/∂at at this run's numbers: the sum of the parts. */
  readonly value: number
  /** One for each way between the two, the largest first: `y * y * 3` has 9 and 9. */
  readonly parts: readonly number[]
  readonly line: number
  readonly span?: Span
  /** The operations on the way, each once, those that change a number first. */
  readonly rules: readonly LinkRule[]
}

/** An operation and its slope in letters: `PowBackward0`, `∂y/∂x = 2 · x`. */
export interface LinkRule {
  readonly node: string
  readonly rule?: string
}

/**
 * What is to be said of an answer. `link` is the first factor that it can be wrong at.
 * `sign`: right but for the sign. `left-out`: as if the link's factor were 1. `one-way`: as if the link had this one part
 * alone. `upside-down`: as if the link's factor were its reciprocal. `factor`: if all other factors are right, the
 * answer has `given` there. `rule`: the same, where the factor's number would give the answer away. `unknown`: there is
 * no chain to compare with, or one in which some slope is 0.
 */
export type Feedback =
  | { readonly kind: "right" | "sign" | "unknown" }
  | { readonly kind: "left-out" | "upside-down" | "rule"; readonly link: ChainLink }
  | { readonly kind: "one-way"; readonly link: ChainLink; readonly part: number }
  | { readonly kind: "factor"; readonly link: ChainLink; readonly given: number }

/** Equal to the digits that people write. */
const same = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b)) || Math.abs(a - b) < 1e-7

/**
 * The chain between the named values that every path passes, from the result down. One link for the whole where the
 * paths share no named value between, or where not every path is told one by one.
 */
export function chainOf({ value, paths }: Explanation, { of = "", at }: ExplainQuestion): readonly ChainLink[] {
  const [first] = paths
  if (first?.factors === undefined || first.factors.length === 0) return []
  const { line, span } = first.factors[0]!
  const rules = rulesOf(paths.flatMap(({ factors = [] }) => factors))
  const whole: ChainLink = { of, at, value, parts: paths.map((path) => path.value), line, ...(span ? { span } : {}), rules }
  if (paths.some((path) => path.count !== 1 || path.factors === undefined)) return [whole]
  const shared = namesOf(first).filter((name) => paths.every((path) => namesOf(path).includes(name)))
  const links = shared.map((name, i) => linkBetween(paths, name, shared[i + 1] ?? null, at))
  const product = links.reduce((total, link) => total * link.value, 1)
  // Ways that part and meet at different places do not multiply out.
  return links.length > 0 && same(product, value) ? links : [whole]
}

/** Judges an answer. */
export function judge(answer: number, explanation: Explanation, question: ExplainQuestion): Feedback {
  const value = tinyIsZero(explanation)
  if (same(answer, value)) return { kind: "right" }
  if (value !== 0 && same(answer, -value)) return { kind: "sign" }
  const links = chainOf(explanation, question)
  if (links.length === 0 || !Number.isFinite(value)) return { kind: "unknown" }
  const rest = (link: ChainLink): number => links.reduce((product, one) => (one === link ? product : product * one.value), 1)
  const asIf = (link: ChainLink, factor: number): boolean => same(answer, rest(link) * factor)
  for (const link of links) {
    const part = link.parts.length > 1 ? link.parts.find((one) => asIf(link, one)) : undefined
    if (part !== undefined) return { kind: "one-way", link, part }
    if (links.length > 1 && !same(link.value, 1) && asIf(link, 1)) return { kind: "left-out", link }
  }
  if (links.length > 1 && value === 0) return { kind: "unknown" }
  const turned = links.find((link) => link.value !== 0 && !same(Math.abs(link.value), 1) && asIf(link, 1 / link.value))
  if (turned) return { kind: "upside-down", link: turned }
  // The factor with the most to get wrong: of several ways, else the one that is farthest from 1.
  const link = links.reduce((hardest, one) => (effort(one) > effort(hardest) ? one : hardest))
  return same(Math.abs(rest(link)), 1) ? { kind: "rule", link } : { kind: "factor", link, given: answer / rest(link) }
}

/** The number that a person wrote: `4.5`, `9/2`, `1/4 * 18`, `-2`, `1e-3`; null where it is none. */
export function readAnswer(text: string): number | null {
  const parts = text.replaceAll("−", "-").replaceAll("·", "*").replaceAll("×", "*").replaceAll(",", ".").split(/([*/])/).map((part) => part.trim())
  if (parts.some((part, i) => (i % 2 === 0) !== /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part))) return null
  let value = Number(parts[0])
  for (let i = 1; i < parts.length; i += 2) value = parts[i] === "*" ? value * Number(parts[i + 1]) : value / Number(parts[i + 1])
  return Number.isFinite(value) ? value : null
}

const effort = ({ parts, value }: ChainLink): number => parts.length * 1000 + Math.abs(Math.log(Math.abs(value) || 1e-9))

const nameOf = ({ variable, element = "" }: PathFactor): string | null => (variable === undefined ? null : `${variable}${element}`)

function namesOf({ factors = [] }: GradientPath): string[] {
  return factors.flatMap((factor) => nameOf(factor) ?? [])
}

/** The operations of factors, each once, those whose slopes are neither 1 nor −1 first. */
function rulesOf(factors: readonly PathFactor[]): readonly LinkRule[] {
  const byNode = new Map<string, PathFactor>()
  for (const factor of [...factors].sort((a, b) => Number(same(Math.abs(a.slope), 1)) - Number(same(Math.abs(b.slope), 1)))) if (!byNode.has(factor.node)) byNode.set(factor.node, factor)
  return [...byNode.values()].map(({ node, rule }) => ({ node, ...(rule === undefined ? {} : { rule }) }))
}

/** The link from one named value to the next, or to the element itself, over all distinct ways between them. */
function linkBetween(paths: readonly GradientPath[], from: string, to: string | null, at: string): ChainLink {
  const ways = new Map<string, number>()
  let place: PathFactor | null = null
  const passed: PathFactor[] = []
  for (const { factors = [] } of paths) {
    const start = factors.findIndex((factor) => nameOf(factor) === from)
    const end = to === null ? factors.length : factors.findIndex((factor) => nameOf(factor) === to)
    const part = factors.slice(start, end)
    place ??= part[0] ?? null
    passed.push(...part)
    // Two ways through the same nodes differ in their slopes' rule: y * y is a way by each of its sides.
    ways.set(part.map(({ id, node, element, rule, slope }) => [id ?? node, element, rule, slope].join()).join(" "), part.reduce((total, { slope }) => total * slope, 1))
  }
  const parts = [...ways.values()].sort((a, b) => Math.abs(b) - Math.abs(a))
  const { line, span } = place! // The name was found in the first path.
  return { of: from, at: to ?? at, value: parts.reduce((sum, one) => sum + one, 0), parts, line, ...(span ? { span } : {}), rules: rulesOf(passed) }
}
