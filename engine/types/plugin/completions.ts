// Completions that fit: a plain number has no tensor's members, a tensor none of a plain number's, and a tensor
// whose type TypeScript lost (`x[mask]`) has its own.
import type ts from "typescript"
import type { TensorSense } from "./tensorSense.ts"

const numbersOwn = new Set(["toFixed", "toExponential", "toPrecision", "toLocaleString", "valueOf"])

/** The completions at a place after a dot without members that the value does not have. */
export function hideWrongMembers(typescript: typeof ts, completions: ts.CompletionInfo, file: ts.SourceFile, position: number, sense: TensorSense, isSnippet: boolean): ts.CompletionInfo {
  const members = sense.members()
  const object = members && objectBefore(typescript, file, position)
  if (!members || !object) return completions
  const type = sense.checker.getTypeAtLocation(object)
  // That torch is a class to TypeScript is no business of a learner.
  if (isSnippet && object.getText(file) === "torch") return { ...completions, entries: completions.entries.filter(({ name }) => name !== "prototype") }
  if ((type.flags & (typescript.TypeFlags.NumberLike | typescript.TypeFlags.BooleanLike)) === 0 && sense.of(object) !== "tensor") return completions
  const hidden = sense.of(object) === "tensor" && isSnippet ? (name: string) => numbersOwn.has(name) : (name: string) => members.getProperty(name) !== undefined && name !== "toString"
  return { ...completions, entries: completions.entries.filter(({ name }) => !hidden(name)) }
}

/** A tensor's members after a dot behind what TypeScript knows nothing about but we know to be a tensor. */
export function lostMembers(typescript: typeof ts, file: ts.SourceFile, position: number, sense: TensorSense): ts.CompletionInfo | undefined {
  if (!lostTensorBefore(typescript, file, position, sense)) return undefined
  const names = (sense.members()?.getProperties() ?? []).map(({ name }) => name).filter((name) => /^[A-Za-z]\w*$/.test(name))
  if (names.length === 0) return undefined
  const entries = names.map((name) => ({ name, kind: kindOf(typescript, memberOf(sense, name)), sortText: "11" }))
  return { isGlobalCompletion: false, isMemberCompletion: true, isNewIdentifierLocation: false, entries }
}

/** The documentation of one of `lostMembers`. */
export function lostMemberDetails(typescript: typeof ts, file: ts.SourceFile, position: number, name: string, sense: TensorSense): ts.CompletionEntryDetails | undefined {
  const member = lostTensorBefore(typescript, file, position, sense) ? memberOf(sense, name) : undefined
  if (!member) return undefined
  const text = `Tensor.${name}: ${sense.checker.typeToString(sense.checker.getTypeOfSymbol(member), file)}`
  return { name, kind: kindOf(typescript, member), kindModifiers: "declare", displayParts: [{ text, kind: "text" }], documentation: member.getDocumentationComment(sense.checker), tags: [] }
}

function lostTensorBefore(typescript: typeof ts, file: ts.SourceFile, position: number, sense: TensorSense): boolean {
  const object = objectBefore(typescript, file, position)
  return object !== undefined && (sense.checker.getTypeAtLocation(object).flags & typescript.TypeFlags.Any) !== 0 && sense.of(object) === "tensor"
}

const memberOf = (sense: TensorSense, name: string): ts.Symbol | undefined => sense.members()?.getProperty(name)
const kindOf = (typescript: typeof ts, member: ts.Symbol | undefined): ts.ScriptElementKind =>
  member && (member.flags & typescript.SymbolFlags.Method) !== 0 ? typescript.ScriptElementKind.memberFunctionElement : typescript.ScriptElementKind.memberVariableElement

/** The expression before the dot that a name is being written after. */
function objectBefore(typescript: typeof ts, file: ts.SourceFile, position: number): ts.Expression | undefined {
  let found: ts.Expression | undefined
  const visit = (node: ts.Node): void => {
    if (node.getFullStart() > position || node.getEnd() < position) return
    if (typescript.isPropertyAccessExpression(node) && node.name.getFullStart() <= position && node.expression.getEnd() < position) found = node.expression
    typescript.forEachChild(node, visit)
  }
  typescript.forEachChild(file, visit)
  return found
}
