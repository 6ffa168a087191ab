// An explanation as text, Markdown or LaTeX: how a person would write the derivation down. Apart from the data, and in
// the protocol, because the command line, the hover and the panel's "copy as" say the same.
import type { Explanation, ExplainQuestion, GradientPath, PathFactor } from "./api.ts"

export type ExplanationForm = "text" | "latex" | "markdown"

/** The derivation, with this run's numbers and the lines of `source`. */
export function explanationText(explanation: Explanation, question: ExplainQuestion, form: ExplanationForm, source = ""): string {
  const lines = source.split(/\r?\n/)
  const asked: Asked = { of: explanation.about?.of ?? question.of ?? "result", at: explanation.about?.at ?? question.at }
  return { text: asText, latex: asLatex, markdown: asMarkdown }[form](explanation, asked, (line) => lines[line - 1]?.trim() ?? "")
}

type Asked = Required<Pick<ExplainQuestion, "of" | "at">>

type LineOf = (line: number) => string

/** At most six digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
}

function asText({ value, paths, check, verdicts }: Explanation, { of, at }: Asked, lineOf: LineOf): string {
  const parts = [`∂${of}/∂${at} = ${shortNumber(value)}`, ""]
  paths.forEach((path, i) => {
    parts.push(path.count > 1 ? `${counted(path.count)} more paths through ${path.through ?? "the graph"}: ${shortNumber(path.value)}` : `path ${i + 1} of ${total(paths)}: ${product(path)}`)
    for (const factor of path.factors ?? []) parts.push(`  ${shortNumber(factor.slope).padEnd(10)} ${placeOf(factor)}, line ${factor.line}: ${lineOf(factor.line)}`)
  })
  if (paths.length > 1) parts.push("", `sum: ${paths.map((path) => signed(path.value)).join(" + ")} = ${shortNumber(value)}`)
  if (paths.length === 0) parts.push(`No path leads from ${of} to ${at}.`)
  for (const { id, line } of verdicts ?? []) parts.push(`${id}, line ${line}: ${lineOf(line)}`)
  if (check.finiteDifference !== null) parts.push(`check: a finite difference in float64 gives ${shortNumber(check.finiteDifference)}${check.kink ? ", and the slopes on both sides differ: this is a kink" : ""}`)
  return `${parts.join("\n")}\n`
}

function asMarkdown({ value, paths, check, verdicts }: Explanation, { of, at }: Asked, lineOf: LineOf): string {
  const parts = [`**∂${of}/∂${at} = ${shortNumber(value)}**`, ""]
  paths.forEach((path, i) => {
    if (path.count > 1) {
      parts.push(`${i + 1}. ${counted(path.count)} more paths through ${path.through ?? "the graph"}: ${shortNumber(path.value)}`)
      return
    }
    parts.push(`${i + 1}. ${product(path)}`, "")
    if (path.factors?.length) parts.push("   | slope | operation | line |", "   | --- | --- | --- |", ...path.factors.map((factor) => `   | ${shortNumber(factor.slope)} | ${placeOf(factor)} | ${factor.line}: \`${lineOf(factor.line).replaceAll("|", "\\|")}\` |`), "")
  })
  if (paths.length === 0) parts.push(`No path leads from \`${of}\` to \`${at}\`.`)
  for (const { id, line } of verdicts ?? []) parts.push("", `${id}, line ${line}: \`${lineOf(line)}\``)
  if (check.finiteDifference !== null) parts.push("", `Check: a finite difference in float64 gives ${shortNumber(check.finiteDifference)}${check.kink ? "; the slopes on both sides differ (a kink)" : ""}.`)
  return `${parts.join("\n")}\n`
}

function asLatex({ value, paths }: Explanation, { of, at }: Asked): string {
  const terms = paths.map((path) =>
    path.count > 1
      ? `\\underbrace{${latexNumber(path.value)}}_{${path.count}\\text{ paths through ${escaped(path.through ?? "")}}}`
      : (path.factors ?? []).map(({ slope, node, line }) => `\\underbrace{${slope < 0 ? `(${latexNumber(slope)})` : latexNumber(slope)}}_{\\text{${escaped(node)}, line ${line}}}`).join(" \\cdot ") || latexNumber(path.value),
  )
  const sum = terms.length === 0 ? "0" : terms.join("\n  + ")
  return `\\begin{aligned}\n\\frac{\\partial\\,\\text{${escaped(of)}}}{\\partial\\,\\text{${escaped(at)}}}\n  &= ${sum} \\\\\n  &= ${latexNumber(value)}\n\\end{aligned}\n`
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
