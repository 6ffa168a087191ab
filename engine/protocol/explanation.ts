// An explanation as text, Markdown or LaTeX: how a person would write the derivation down. Apart from the data, and in
// the protocol, because the command line, the hover and the panel's "copy as" say the same.
import type { Explanation, ExplainQuestion, GradientPath, PathFactor } from "./api.ts"

export type ExplanationForm = "text" | "latex" | "markdown"

const english = {
  path: (at: number, of: string): string => `path ${at} of ${of}`,
  more: (count: string, through: string): string => `${count} more paths through ${through}`,
  sum: "sum",
  noPath: (of: string, at: string): string => `No path leads from ${of} to ${at}.`,
  line: (line: number): string => `line ${line}`,
  slope: "slope",
  operation: "operation",
  where: "line",
  check: (slope: string): string => `a finite difference in float64 gives ${slope}`,
  checked: "check",
  kink: "and the slopes on both sides differ: this is a kink",
}

type Words = typeof english

const korean: Words = {
  path: (at, of) => `경로 ${at}/${of}`,
  more: (count, through) => `${through}를 지나는 나머지 경로 ${count}개`,
  sum: "합",
  noPath: (of, at) => `${of}에서 ${at}까지 가는 경로가 없습니다.`,
  line: (line) => `${line}번째 줄`,
  slope: "기울기",
  operation: "연산",
  where: "줄",
  check: (slope) => `float64 유한 차분으로 재면 ${slope}입니다`,
  checked: "확인",
  kink: "양쪽의 기울기가 다릅니다: 꺾이는 점입니다",
}

/** The derivation, with this run's numbers and the lines of `source`, in the language that a BCP 47 tag names (English where it is not known). */
export function explanationText(explanation: Explanation, question: ExplainQuestion, form: ExplanationForm, source = "", language = "en"): string {
  const lines = source.split(/\r?\n/)
  const asked: Asked = { of: explanation.about?.of ?? question.of ?? "result", at: explanation.about?.at ?? question.at }
  const words = /^ko\b/i.test(language) ? korean : english
  return { text: asText, latex: asLatex, markdown: asMarkdown }[form](explanation, asked, { words, lineOf: (line) => lines[line - 1]?.trim() ?? "" })
}

type Asked = Required<Pick<ExplainQuestion, "of" | "at">>

interface Saying {
  readonly words: Words
  readonly lineOf: (line: number) => string
}

/** The value, where a sum that cancels left no more than float32's rounding: 0. */
export function tinyIsZero({ value, paths }: Explanation): number {
  const largest = paths.reduce((most, path) => Math.max(most, Math.abs(path.value)), 0)
  return paths.length > 1 && Math.abs(value) < 1e-6 * largest ? 0 : value
}

/** At most six digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
}

function asText(explanation: Explanation, { of, at }: Asked, { words, lineOf }: Saying): string {
  const { paths, check, verdicts } = explanation
  const value = shortNumber(tinyIsZero(explanation))
  const parts = [`∂${of}/∂${at} = ${value}`, ""]
  paths.forEach((path, i) => {
    parts.push(path.count > 1 ? `${words.more(counted(path.count), path.through ?? "…")}: ${shortNumber(path.value)}` : `${words.path(i + 1, total(paths))}: ${product(path)}`)
    for (const factor of path.factors ?? []) parts.push(`  ${shortNumber(factor.slope).padEnd(10)} ${placeOf(factor)}, ${words.line(factor.line)}: ${lineOf(factor.line)}`)
  })
  if (paths.length > 1) parts.push("", `${words.sum}: ${paths.map((path) => signed(path.value)).join(" + ")} = ${value}`)
  if (paths.length === 0) parts.push(words.noPath(of, at))
  for (const { id, line } of verdicts ?? []) parts.push(`${id}, ${words.line(line)}: ${lineOf(line)}`)
  if (check.finiteDifference !== null) parts.push(`${words.checked}: ${words.check(shortNumber(check.finiteDifference))}${check.kink ? `, ${words.kink}` : ""}`)
  return `${parts.join("\n")}\n`
}

function asMarkdown(explanation: Explanation, { of, at }: Asked, { words, lineOf }: Saying): string {
  const { paths, check, verdicts } = explanation
  const parts = [`**∂${of}/∂${at} = ${shortNumber(tinyIsZero(explanation))}**`, ""]
  paths.forEach((path, i) => {
    if (path.count > 1) {
      parts.push(`${i + 1}. ${words.more(counted(path.count), path.through ?? "…")}: ${shortNumber(path.value)}`)
      return
    }
    parts.push(`${i + 1}. ${product(path)}`, "")
    if (path.factors?.length) parts.push(`   | ${words.slope} | ${words.operation} | ${words.where} |`, "   | --- | --- | --- |", ...path.factors.map((factor) => `   | ${shortNumber(factor.slope)} | ${placeOf(factor)} | ${factor.line}: \`${lineOf(factor.line).replaceAll("|", "\\|")}\` |`), "")
  })
  if (paths.length === 0) parts.push(words.noPath(`\`${of}\``, `\`${at}\``))
  for (const { id, line } of verdicts ?? []) parts.push("", `${id}, ${words.line(line)}: \`${lineOf(line)}\``)
  if (check.finiteDifference !== null) parts.push("", `${words.checked}: ${words.check(shortNumber(check.finiteDifference))}${check.kink ? `, ${words.kink}` : ""}.`)
  return `${parts.join("\n")}\n`
}

function asLatex(explanation: Explanation, { of, at }: Asked, { words }: Saying): string {
  const { paths } = explanation
  const terms = paths.map((path) =>
    path.count > 1
      ? `\\underbrace{${latexNumber(path.value)}}_{\\text{${escaped(words.more(counted(path.count), path.through ?? ""))}}}`
      : (path.factors ?? []).map(({ slope, node, line }) => `\\underbrace{${slope < 0 ? `(${latexNumber(slope)})` : latexNumber(slope)}}_{\\text{${escaped(node)}, ${words.line(line)}}}`).join(" \\cdot ") || latexNumber(path.value),
  )
  const sum = terms.length === 0 ? "0" : terms.join("\n  + ")
  return `\\begin{aligned}\n\\frac{\\partial\\,\\text{${escaped(of)}}}{\\partial\\,\\text{${escaped(at)}}}\n  &= ${sum} \\\\\n  &= ${latexNumber(tinyIsZero(explanation))}\n\\end{aligned}\n`
}

function product({ value, factors = [] }: GradientPath): string {
  return factors.length < 2 ? shortNumber(value) : `${factors.map(({ slope }) => signed(slope)).join(" · ")} = ${shortNumber(value)}`
}

function placeOf({ node, variable, element, rule }: PathFactor): string {
  const made = variable === undefined ? "" : ` (${variable}${element ?? ""})`
  return `${node}${made}${rule === undefined ? "" : `, ${rule}`}`
}

function signed(value: number): string {
  return value < 0 ? `(${shortNumber(value)})` : shortNumber(value)
}

function total(paths: readonly GradientPath[]): string {
  return counted(paths.reduce((sum, { count }) => sum + count, 0))
}

function counted(count: number): string {
  return count.toLocaleString("en")
}

function latexNumber(value: number): string {
  const text = shortNumber(value)
  return text.replace(/^(-?[\d.]+)e([+-]?)(\d+)$/, (_, digits: string, sign: string, power: string) => `${digits} \\cdot 10^{${sign === "-" ? "-" : ""}${power}}`).replace("inf", "\\infty").replace("nan", "\\mathrm{nan}")
}

function escaped(text: string): string {
  return text.replace(/[\\{}$&#^_%~]/g, (character) => (character === "\\" ? "\\textbackslash{}" : character === "^" || character === "~" ? `\\${character}{}` : `\\${character}`))
}
