// Writes a formula's line of text (`∂y/∂a = 2 · a`) as MathML, which screen readers read and a strict policy allows.
import { math } from "./dom.ts"

type Token = { readonly kind: "name" | "number" | "slope" | "sign"; readonly text: string }

const raised: Readonly<Record<string, string>> = { "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "−", "ᵀ": "T" }

/** A `math` element for a line such as `y = a · b`. */
export function formula(text: string): MathMLElement {
  const made = math("math", row(tokens(text)))
  made.setAttribute("displaystyle", "true")
  made.setAttribute("aria-label", text)
  return made
}

/** A row of mathematics inside another element, for a line such as `2 · x[0]`. */
export function mathRow(text: string): MathMLElement {
  return row(tokens(text))
}

/** Splits a formula into names, numbers, slopes (`∂y/∂a`) and signs. */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  const pattern = /∂(\w+)\s*\/\s*∂(\w+)|([\p{L}_][\p{L}\p{N}_.′]*)|(\d+(?:\.\d*)?(?:e[-+]?\d+)?)|(\*\*|[^\s])/gu
  for (const [text_, above, , name, number] of text.matchAll(pattern)) {
    if (above !== undefined) found.push({ kind: "slope", text: text_ })
    else if (name !== undefined) found.push(...namesAndPowers(name))
    else found.push({ kind: number === undefined ? "sign" : "number", text: text_ === "*" ? "·" : text_ === "-" ? "−" : text_ })
  }
  return found
}

/** `xᵀ` and `x²` arrive as one word: the raised part is a power. */
function namesAndPowers(name: string): Token[] {
  const at = [...name].findIndex((letter) => letter in raised)
  return at <= 0 ? [{ kind: "name", text: name }] : [{ kind: "name", text: name.slice(0, at) }, { kind: "sign", text: name.slice(at) }]
}

function row(line: readonly Token[]): MathMLElement {
  const made: MathMLElement[] = []
  for (let at = 0; at < line.length; at += 1) {
    const token = line[at]
    const base = made.at(-1)
    const power = powerOf(token)
    if (base !== undefined && power !== null) made[made.length - 1] = math("msup", base, power)
    else if (base !== undefined && (token.text === "^" || token.text === "**") && at + 1 < line.length) {
      const [exponent, next] = group(line, at + 1)
      made[made.length - 1] = math("msup", base, exponent)
      at = next - 1
    } else made.push(atom(token, token.text === "−" && !isOperand(line[at - 1])))
  }
  return math("mrow", ...made)
}

/** Words of a case by case formula. */
const words = /^(if|else|where|elsewhere|and|or|mod)$/

/** Tells whether a minus behind this token takes away from it. */
function isOperand(token: Token | undefined): boolean {
  return token !== undefined && (token.kind !== "sign" || /^[)\]|]$/.test(token.text) || powerOf(token) !== null)
}

/** What stands at a place as one: a token, or all between its brackets. Also tells the place behind it. */
function group(line: readonly Token[], at: number): [MathMLElement, number] {
  if (line[at].text !== "(") return [atom(line[at]), at + 1]
  let depth = 0
  for (let end = at; end < line.length; end += 1) {
    depth += line[end].text === "(" ? 1 : line[end].text === ")" ? -1 : 0
    if (depth === 0) return [row(line.slice(at + 1, end)), end + 1]
  }
  return [atom(line[at]), at + 1]
}

function atom({ kind, text }: Token, isPrefix = false): MathMLElement {
  if (kind === "name" && words.test(text)) return math("mtext", `\u00a0${text}\u00a0`)
  if (kind === "number") return math("mn", text)
  if (kind === "sign") {
    const sign = math("mo", text)
    // Brackets are as high as the line: they stand around names and indices.
    if (/[()[\]]/.test(text)) sign.setAttribute("stretchy", "false")
    if (isPrefix) sign.setAttribute("form", "prefix")
    return sign
  }
  if (kind === "slope") {
    const [above, below] = text.split("/").map((part) => part.trim().slice(1))
    return math("mfrac", math("mrow", math("mo", "∂"), math("mi", above)), math("mrow", math("mo", "∂"), math("mi", below)))
  }
  const [, name = text, below] = /^(\p{L}+)([₀-₉]+)$/u.exec(text) ?? []
  return below === undefined ? math("mi", name) : math("msub", math("mi", name), math("mn", [...below].map((digit) => "₀₁₂₃₄₅₆₇₈₉".indexOf(digit)).join("")))
}

function powerOf({ kind, text }: Token): MathMLElement | null {
  const letters = [...text]
  if (kind !== "sign" || letters.length === 0 || !letters.every((letter) => letter in raised)) return null
  return math("mn", letters.map((letter) => raised[letter]).join(""))
}
