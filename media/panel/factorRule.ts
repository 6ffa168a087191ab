// A factor's slope as mathematics with the learner's own names: `∂(y · y)/∂y = y[0][0] = 3`. Apart from its row, which
// shows it among other things; where a name is missing or too long the operator's letters stay.
import type { FactorTerm, PathFactor } from "../../engine/protocol/api.ts"
import { math } from "./dom.ts"
import { formula, mathRow } from "./math.ts"

/** A name longer than this makes the fraction unreadable. */
const longest = 18

/** The slope; null where the operator has no mathematics. `made` is what the factor's operation made, without its element; null where the learner gave it no name. */
export function factorRule({ rule, terms = [], slope, element = "" }: PathFactor, made: string | null, number: (value: number) => string): MathMLElement | null {
  if (rule === undefined) return null
  const [, letter = "", right = ""] = /^∂y\/∂(\S+) = (.*)$/.exec(rule) ?? []
  const input = terms.find((term) => term.letter === letter)
  const isNamed = letter !== "" && made !== null && made.length <= longest && input?.name !== undefined && input.name.length <= longest && terms.every(({ name = "", place = "" }) => name.length + place.length <= longest + 8)
  const value = number(slope)
  const isPlain = /^[−-]?[\d.]+$/.test(right)
  if (!isNamed) {
    const said = isPlain || letter === "" ? rule : `${rule} = ${value}`
    return formula(said)
  }
  const below = written(input, terms, "")
  const said = right.replace(/[\p{L}_]+/gu, (name) => {
    if (name === "y") return `${bracketed(made)}${element}`
    const term = terms.find((one) => one.letter === name)
    if (term === undefined) return name
    if (name === "n" && term.value !== undefined) return number(term.value)
    return term.name === undefined ? name : written(term, terms, term.place ?? "")
  })
  const shown = math("math", math("mrow", math("mfrac", math("mrow", math("mo", "∂"), mathRow(bracketed(made))), math("mrow", math("mo", "∂"), mathRow(below))), math("mo", "="), mathRow(said), ...(isPlain ? [] : [math("mo", "="), math("mn", value)])))
  shown.setAttribute("displaystyle", "true")
  shown.setAttribute("aria-label", `∂${bracketed(made)}/∂${below} = ${said}${isPlain ? "" : ` = ${value}`}`)
  return shown
}

/** A term by its name; where two inputs have the same name, the first and the second are told apart. */
function written({ letter, name = "" }: FactorTerm, terms: readonly FactorTerm[], place: string): string {
  const same = terms.filter((term) => term.name === name).map((term) => term.letter).sort()
  const subscript = same.length < 2 ? "" : ["₁", "₂", "₃", "₄"][same.indexOf(letter)]
  return `${bracketed(name)}${subscript ?? ""}${place}`
}

/** Brackets around what is more than a name or a call. */
function bracketed(text: string): string {
  return /^[\p{L}\p{N}_.$]+(\([^()]*\)|\[[^\]]*\])*$/u.test(text) ? text : `(${text})`
}
