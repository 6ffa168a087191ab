// From anything that was thrown to a fault with its place in the learner's source. Apart because faults know their
// site, JavaScript's own errors only a stack of compiled lines, and a thrown text neither.
import { originalPositionFor } from "@jridgewell/trace-mapping"
import type { FaultData, Span } from "../protocol/api.ts"
import { Fault, faultData, nowhere } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"
import { nameAdvice } from "./advice.ts"
import { parameters, type Compiled } from "./compile.ts"
import { mend } from "./mending.ts"
import { lastThrown } from "./runtime.ts"
import type { SiteTable } from "./sites.ts"

/** What compiled files are called in stack traces, by their number. */
export const fileNameOf = (file: number): string => `lab:///${file}.js`
const frame = /lab:\/\/\/(\d+)\.js:(\d+):(\d+)/g

/** The error as data, at its place. */
export function locate(error: unknown, table: SiteTable, files: readonly Compiled[]): FaultData {
  const place = placeOf(error, table, files)
  if (error instanceof Fault || isFault(error)) {
    const related = error.related.flatMap(({ message, site }) => {
      const span = table.get(site)?.span
      return span === undefined ? [] : [{ message, span }]
    })
    const fixes = error instanceof Fault ? mend(error, place, table, files.find(({ file }) => file === undefined)?.source ?? "") : []
    return { ...faultData(error, place), ...(related.length === 0 ? {} : { related }), ...(fixes.length === 0 ? {} : { fixes }) }
  }
  const { name, message, hint } = read(error)
  return faultData(explained(name, message, hint ?? (isOurs(error) ? ourHint : undefined), place, files), place)
}

const ourHint = "This came from inside the engine, which should have said it in its own words: please report it with this snippet."

/** True for an error of JavaScript's that was thrown deep inside the engine: below the runtime's own three frames. */
function isOurs(error: unknown): boolean {
  const stack: unknown = error instanceof Error ? error.stack : undefined
  if (typeof stack !== "string") return false
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line))
  const snippet = frames.findIndex((line) => line.includes("lab:///"))
  const engine = frames.slice(0, Math.max(0, snippet)).filter((line) => !line.includes("<anonymous>)"))
  return engine.length >= 4 && frames[0] === engine[0]
}

/** Thrown things that have the shape of a fault, though another copy of the class made them. */
function isFault(error: unknown): error is Fault {
  return typeof error === "object" && error !== null && "site" in error && "related" in error && Array.isArray(error.related)
}

function placeOf(error: unknown, table: SiteTable, files: readonly Compiled[]): Span {
  const site = typeof error === "object" && error !== null ? (error as { site?: unknown }).site : undefined
  if (typeof site === "number" && site > 0) return table.get(site)?.span ?? nowhere
  const made = framePlace(error, table, files)
  const thrown = lastThrown.site > 0 && lastThrown.value === error ? (table.get(lastThrown.site)?.span ?? null) : null
  // `throw new Error(…)` is one place; an error that is thrown on keeps the place where it was made.
  if (thrown !== null && (made === null || isWithin(made, thrown))) return thrown
  return made ?? table.get(position.site)?.span ?? nowhere
}

function isWithin(inner: Span, outer: Span): boolean {
  const starts = inner.line > outer.line || (inner.line === outer.line && inner.column >= outer.column)
  const ends = inner.endLine < outer.endLine || (inner.endLine === outer.endLine && inner.endColumn <= outer.endColumn)
  return inner.file === outer.file && starts && ends
}

/** The first compiled line in an error's stack, back in the source. */
function framePlace(error: unknown, table: SiteTable, files: readonly Compiled[]): Span | null {
  const { stack, name } = typeof error === "object" && error !== null ? (error as { stack?: unknown; name?: unknown }) : {}
  if (typeof stack !== "string") return null
  const frames = [...stack.matchAll(frame)].flatMap(([, file, line, column]) => {
    const compiled = files[Number(file)]
    return compiled === undefined ? [] : [{ compiled, line: Number(line), column: Number(column) }]
  })
  const [first] = frames
  if (first === undefined) return null
  // Where the stack ran out is chance; the call that went deeper is what to look at.
  const deeper = name === "RangeError" ? frames.map((at) => calledSite(at, /^(?:call|m|invoke|make)\((\d+)\b/)).find((site) => site !== null) : null
  // A call of the runtime names its site right there, which is more exact than any map.
  const span = table.get(deeper ?? calledSite(first, /^\w+\((\d+)\b/) ?? 0)?.span
  if (span !== undefined) return span
  for (const at of frames) {
    const original = originalPositionFor(at.compiled.map, { line: at.line - at.compiled.leadingLines, column: at.column - 1 })
    // TypeScript's own lowering (of `using`, for example) stands nowhere in the source.
    if (original.line !== null) return table.get(calledSite(at, /^\w+\((\d+)\b/) ?? 0)?.span ?? wordAt(at.compiled, original.line, original.column + 1)
  }
  return null
}

/** The site of the runtime's method that is called at a place of compiled code. */
function calledSite({ compiled, line, column }: { compiled: Compiled; line: number; column: number }, method: RegExp): number | null {
  const text = compiled.code.split("\n")[line - 1] ?? ""
  const found = text.slice(0, column - 1).endsWith("$$.") ? method.exec(text.slice(column - 1)) : null
  return found === null ? null : Number(found[1])
}

/** The word that starts at a place, else the one before it: JavaScript points at the `=` of an assignment. */
function wordAt(compiled: Compiled, line: number, column: number): Span {
  const text = compiled.source.split(/\r?\n/)[line - 1] ?? ""
  const word = /^[\w$]+/.exec(text.slice(column - 1))?.[0]
  const before = word === undefined ? /([\w$]+)\s*$/.exec(text.slice(0, column - 1)) : null
  const from = before === null ? column : before.index + 1
  const length = (word ?? before?.[1] ?? " ").length
  return { line, column: from, endLine: line, endColumn: from + length, ...(compiled.file === undefined ? {} : { file: compiled.file }) }
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
  if (/^Cannot mix BigInt and other types/.test(message)) {
    return new Fault(name, "A whole number such as 2n and a number such as 2 cannot be mixed.", "Write both with n, or both without; Number(2n) is 2.")
  }
  if (message === "Assignment to constant variable.") return new Fault(name, "A name that was declared with const cannot be given another value.", "Declare it with let.")
  const noNew = /^Class constructor (\w+) cannot be invoked without 'new'$/.exec(message)?.[1]
  if (noNew !== undefined) return new Fault(name, `\`${noNew}\` is a class, and was called without new.`, `Write \`new ${noNew}(…)\`.`)
  if (/^Class extends value (undefined|null)/.test(message)) {
    const parent = /\bextends\s+([\w$.]+)/.exec(line)?.[1] ?? "What the class extends"
    return new Fault(name, `\`${parent}\` is undefined here, so no class can extend it.`, "Check its spelling, and that it was imported.")
  }
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

