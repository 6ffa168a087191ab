// From anything that was thrown to a fault with its place in the learner's source. Apart because faults know their
// site, JavaScript's own errors only a stack of compiled lines, and a thrown text neither.
import { originalPositionFor } from "@jridgewell/trace-mapping"
import type { FaultData, Span } from "../protocol/api.ts"
import { Fault, faultData, nowhere } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { nameAdvice } from "./advice.ts"
import { parameters, type Compiled } from "./compile.ts"
import { lastThrown } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

/** What compiled files are called in stack traces, by their number. */
export const fileNameOf = (file: number): string => `lab:///${file}.js`
const frame = /lab:\/\/\/(\d+)\.js:(\d+):(\d+)/

/** The error as data, at its place. */
export function locate(error: unknown, table: SiteTable, files: readonly Compiled[]): FaultData {
  const place = placeOf(error, table, files)
  if (error instanceof Fault || isFault(error)) {
    const related = error.related.flatMap(({ message, site }) => {
      const span = table.get(site)?.span
      return span === undefined ? [] : [{ message, span }]
    })
    return { ...faultData(error, place), ...(related.length === 0 ? {} : { related }) }
  }
  const { name, message, hint } = read(error)
  return faultData(explained(name, message, hint, place, files), place)
}

/** Thrown things that have the shape of a fault, though another copy of the class made them. */
function isFault(error: unknown): error is Fault {
  return typeof error === "object" && error !== null && "site" in error && "related" in error && Array.isArray(error.related)
}

function placeOf(error: unknown, table: SiteTable, files: readonly Compiled[]): Span {
  const site = typeof error === "object" && error !== null ? (error as { site?: unknown }).site : undefined
  if (typeof site === "number" && site > 0) return table.get(site)?.span ?? nowhere
  return framePlace(error, table, files) ?? (lastThrown.site > 0 && lastThrown.value === error ? table.get(lastThrown.site)?.span : undefined) ?? table.get(position.site)?.span ?? nowhere
}

/** The first compiled line in an error's stack, back in the source. */
function framePlace(error: unknown, table: SiteTable, files: readonly Compiled[]): Span | null {
  const stack: unknown = typeof error === "object" && error !== null ? (error as { stack?: unknown }).stack : undefined
  const found = typeof stack === "string" ? frame.exec(stack) : null
  if (found === null) return null
  const compiled = files[Number(found[1])]
  if (compiled === undefined) return null
  const line = Number(found[2])
  const column = Number(found[3])
  // A call of the runtime names its site right there, which is more exact than any map.
  const text = compiled.code.split("\n")[line - 1] ?? ""
  const site = /^\w+\((\d+)\b/.exec(text.slice(column - 1))
  if (site !== null && text.slice(0, column - 1).endsWith("$$.")) {
    const span = table.get(Number(site[1]))?.span
    if (span !== undefined) return span
  }
  const original = originalPositionFor(compiled.map, { line: line - compiled.leadingLines, column: column - 1 })
  return original.line === null ? null : wordAt(compiled, original.line, original.column + 1)
}

/** The word that starts at a place. */
function wordAt(compiled: Compiled, line: number, column: number): Span {
  const text = compiled.source.split(/\r?\n/)[line - 1] ?? ""
  const word = /^[\w$]+/.exec(text.slice(column - 1))?.[0] ?? " "
  return { line, column, endLine: line, endColumn: column + word.length, ...(compiled.file === undefined ? {} : { file: compiled.file }) }
}

function read(error: unknown): { name: string; message: string; hint: string | undefined } {
  if (typeof error !== "object" || error === null) return { name: "Error", message: String(error), hint: undefined }
  const { name, message, hint } = error as { name?: unknown; message?: unknown; hint?: unknown }
  return {
    name: typeof name === "string" && name !== "" ? name : "Error",
    message: typeof message === "string" ? message : text(error),
    hint: typeof hint === "string" ? hint : undefined,
  }
}

function text(value: unknown): string {
  try {
    return String(value)
  } catch {
    return "A value that has no text was thrown."
  }
}

/** JavaScript's own messages, in the words of this page and with one thing to try. */
function explained(name: string, message: string, hint: string | undefined, place: Span, files: readonly Compiled[]): Fault {
  const source = files.find(({ file }) => file === place.file)?.source ?? ""
  const line = source.split(/\r?\n/)[place.line - 1] ?? ""
  const undefinedName = /^(\S+) is not defined$/.exec(message)?.[1]
  if (name === "ReferenceError" && undefinedName !== undefined) {
    return new Fault(name, `\`${undefinedName}\` is not defined.`, nameAdvice(undefinedName, line, [...namesIn(source), ...parameters.slice(2)]))
  }
  const early = /^Cannot access '(.+)' before initialization$/.exec(message)?.[1]
  if (early !== undefined) return new Fault(name, `\`${early}\` is used before the line that declares it.`, "Move the declaration up, or check that the name is the one you mean.")
  if (message === "Assignment to constant variable.") return new Fault(name, "A name that was declared with const cannot be given another value.", "Declare it with let.")
  const noNew = /^Class constructor (\w+) cannot be invoked without 'new'$/.exec(message)?.[1]
  if (noNew !== undefined) return new Fault(name, `\`${noNew}\` is a class, and was called without new.`, `Write \`new ${noNew}(…)\`.`)
  const missing = /^Cannot (?:read|set) properties of (null|undefined) \((?:reading|setting) '(.+)'\)$/.exec(message)
  if (missing !== null) {
    const before = /([\w$.]+?)[?!]?\.$/.exec(line.slice(0, place.column - 1))?.[1]
    const owner = before === undefined ? `What stands before \`${missing[2]}\`` : `\`${before}\``
    const advice = missing[1] === "null" && before?.endsWith(".grad") === true ? "A leaf's .grad is null until backward() has run." : "Check the spelling of what stands before it, or give it a value first."
    return new Fault(name, `${owner} is ${missing[1]} here, so it has no \`${missing[2]}\`.`, advice)
  }
  if (name === "RangeError" && /call stack/.test(message)) return new Fault("RecursionError", "Functions called one another too deeply.", "Check that the recursion ends.")
  return new Fault(name, message, hint)
}

/** The names that a source declares, roughly: for a guess at what a misspelled one means. */
function namesIn(source: string): string[] {
  return [...new Set(source.match(/(?<=\b(?:const|let|var|function|class|import|as)\s+)[\w$]+/g) ?? [])]
}

