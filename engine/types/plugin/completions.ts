// Completions that fit: a plain number has no tensor's members, and a tensor none of a plain number's.
import type ts from "typescript"
import type { TensorSense } from "./tensorSense.ts"

const numbersOwn = new Set(["toFixed", "toExponential", "toPrecision", "toLocaleString", "valueOf"])

/** The completions at a place after a dot without members that the value does not have. */
export function hideWrongMembers(typescript: typeof ts, completions: ts.CompletionInfo, file: ts.SourceFile, position: number, sense: TensorSense, isSnippet: boolean): ts.CompletionInfo {
  if (!completions.isMemberCompletion) return completions
  const members = sense.members()
  const object = members && objectBefore(typescript, file, position)
  if (!members || !object) return completions
  const type = sense.checker.getTypeAtLocation(object)
  if ((type.flags & (typescript.TypeFlags.NumberLike | typescript.TypeFlags.BooleanLike)) === 0 && sense.of(object) !== "tensor") return completions
  const hidden = sense.of(object) === "tensor" && isSnippet ? (name: string) => numbersOwn.has(name) : (name: string) => members.getProperty(name) !== undefined && name !== "toString"
  return { ...completions, entries: completions.entries.filter(({ name }) => !hidden(name)) }
}

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
