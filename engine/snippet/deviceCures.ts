// The cure of tensors on two devices: what to move, and where it is written. Apart from the other cures because the
// fault may lie inside a module that the learner only calls.
import ts from "typescript"
import { Buffer, Parameter } from "../nn/parameter.ts"
import { table as operators } from "../ops/table.ts"
import type { FixData } from "../protocol/api.ts"
import { compoundOf, type Draft, nearest } from "./draft.ts"

/** `about`: the two devices, and which of the operands is on the CPU, by its place and itself. */
export function onOneDevice(draft: Draft, node: ts.Node, about: readonly unknown[]): readonly FixData[] {
  const [first, second, at, tensor] = about as [string, string, number, unknown]
  // The graphics card is where one wants to be.
  const device = first === "cpu" ? second : first
  const move = (what: ts.Expression | undefined, to = device): readonly FixData[] =>
    what === undefined ? [] : [{ id: "to-device", args: [draft.text(what)], edits: [draft.replace(what, `${draft.operand(what)}.to("${to}")`)] }]

  const binary = nearest(node, ts.isBinaryExpression)
  if (binary !== null && node.kind !== ts.SyntaxKind.CallExpression) {
    // What is changed in place stays where it is.
    return at === 0 && compoundOf(binary) !== null ? move(binary.right, "cpu") : move([binary.left, binary.right][at])
  }
  const call = nearest(node, ts.isCallExpression)
  if (call === null) return []
  const { expression: callee } = call
  const given = call.arguments.flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one]))
  const method = ts.isPropertyAccessExpression(callee) && callee.name.text.replace(/_$/, "") in operators ? callee : null
  if (method === null) {
    // A module: its own tensors move with it, its input does by itself.
    if (tensor instanceof Parameter || tensor instanceof Buffer) return move(callee)
    return move(given.length === 1 ? given[0] : given[at])
  }
  if (isNamespace(draft, method.expression)) return move(given[at])
  return at === 0 && method.name.text.endsWith("_") ? move(given[0], "cpu") : move([method.expression, ...given][at])
}

/** `torch`, `torch.nn.functional`, or a name for one of them: what an import brought, and no tensor. */
function isNamespace(draft: Draft, expression: ts.Expression): boolean {
  let root = expression
  while (ts.isPropertyAccessExpression(root)) root = root.expression
  if (!ts.isIdentifier(root)) return false
  const { text } = root
  const isDeclared = (statement: ts.Statement): boolean => {
    if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {}
      return name?.text === text || (namedBindings !== undefined && (ts.isNamespaceImport(namedBindings) ? namedBindings.name.text === text : namedBindings.elements.some((one) => one.name.text === text)))
    }
    if (!ts.isVariableStatement(statement)) return false
    return statement.declarationList.declarations.some(({ name, initializer }) =>
      ts.isIdentifier(name) && name.text === text && initializer !== undefined && (ts.isPropertyAccessExpression(initializer) || ts.isIdentifier(initializer)) && draft.text(initializer) !== text && isNamespace(draft, initializer))
  }
  return text === "torch" || draft.tree.statements.some(isDeclared)
}
