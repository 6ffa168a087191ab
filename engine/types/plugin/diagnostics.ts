// Which diagnostics of a snippet are true. TypeScript has no operators on objects, so it flags spellings of PyTorch
// that run well; each is dropped only where a tensor takes part, or where Python would never have asked for a type.
import type ts from "typescript"
import type { TensorSense } from "./tensorSense.ts"

export interface Snippet {
  readonly file: ts.SourceFile
  readonly sense: TensorSense
}

type Rule = (node: ts.Node, snippet: Snippet, typescript: typeof ts, diagnostic: ts.Diagnostic) => boolean

/** The global names that the types add: a file of one's own may have a `print` or `len` of its own. */
const globals = /^(?:torch|torchvision|print|slice|len)$/
const redeclared = new Set([2300, 2384, 2391, 2393, 2394, 2403, 2451, 2567, 2813])

/** The diagnostics without those that are wrong about tensors. A file that is no snippet keeps all of its own. */
export function keepTrueDiagnostics<D extends ts.Diagnostic>(typescript: typeof ts, diagnostics: readonly D[], snippet: Snippet | undefined): D[] {
  return diagnostics.filter((diagnostic) => {
    if (redeclared.has(diagnostic.code) && clashesWithTypes(diagnostic)) return false
    const rule = snippet && rules[diagnostic.code]
    if (!rule || diagnostic.start === undefined) return true
    return !rule(nodeAt(typescript, snippet.file, diagnostic.start, diagnostic.length ?? 0), snippet, typescript, diagnostic)
  })
}

const always: Rule = () => true

/** An operator one of whose operands is a tensor. The diagnostic stands at the whole expression or at one operand. */
const operatorOnTensor: Rule = (node, { sense }, typescript) => {
  for (let at: ts.Node | undefined = node; at && typescript.isExpression(at); at = at.parent) {
    if (typescript.isBinaryExpression(at)) return sense.of(at.left) !== "no" || sense.of(at.right) !== "no"
    if (typescript.isPrefixUnaryExpression(at) || typescript.isPostfixUnaryExpression(at)) return sense.of(at.operand) !== "no"
  }
  return false
}

/** Anywhere in the brackets of `x[…]`, x a tensor. */
const indexOfTensor: Rule = (node, { sense }, typescript) => {
  for (let at: ts.Node | undefined = node; at?.parent && (typescript.isExpression(at) || typescript.isSpreadElement(at)); at = at.parent) {
    if (typescript.isElementAccessExpression(at.parent) && (at.parent.argumentExpression === at || at === node)) return sense.of(at.parent.expression) !== "no"
    if (typescript.isElementAccessExpression(at)) return sense.of(at.expression) !== "no"
  }
  return false
}

/** A tensor that TypeScript calls a number goes where it calls a tensor a boolean, or the other way round. */
const tensorForTensor: Rule = (node, { sense, file }, typescript, diagnostic) => {
  const text = typescript.flattenDiagnosticMessageText(diagnostic.messageText, " ")
  if (!/^(?:Type|Argument of type) '(?:boolean|true|false|number|bigint|torch\.Tensor|Tensor)' is not assignable to (?:type|parameter of type) '(?:boolean|number|bigint|torch\.Tensor|Tensor)'/.test(text)) return false
  const value = assignedValue(node, typescript) ?? node
  return value.getSourceFile() === file && sense.of(value) === "tensor"
}

function assignedValue(node: ts.Node, typescript: typeof ts): ts.Node | undefined {
  const { parent } = node
  if (!parent) return undefined
  if ((typescript.isVariableDeclaration(parent) || typescript.isPropertyDeclaration(parent)) && parent.name === node) return parent.initializer
  if (typescript.isBinaryExpression(parent) && parent.left === node) return parent.operatorToken.kind === typescript.SyntaxKind.EqualsToken ? parent.right : parent
  if (typescript.isReturnStatement(node)) return node.expression
  return undefined
}

/** `const w = torch.ones(2); w -= 1`, `w++`: in place, so w means the same tensor after it. A new value is still refused. */
const constantInPlace: Rule = (node, { sense }, typescript) => {
  const { SyntaxKind } = typescript
  let at = node
  while (typescript.isParenthesizedExpression(at.parent) || typescript.isNonNullExpression(at.parent)) at = at.parent
  const { parent } = at
  const isStep = (typescript.isPrefixUnaryExpression(parent) || typescript.isPostfixUnaryExpression(parent)) && (parent.operator === SyntaxKind.PlusPlusToken || parent.operator === SyntaxKind.MinusMinusToken)
  const isCompound = typescript.isBinaryExpression(parent) && parent.left === at && parent.operatorToken.kind >= SyntaxKind.FirstCompoundAssignment && parent.operatorToken.kind <= SyntaxKind.CaretEqualsToken
  const isLogical = typescript.isBinaryExpression(parent) && [SyntaxKind.BarBarEqualsToken, SyntaxKind.AmpersandAmpersandEqualsToken, SyntaxKind.QuestionQuestionEqualsToken].includes(parent.operatorToken.kind)
  if (!isStep && (!isCompound || isLogical)) return false
  // Where a constant is assigned its type is an error; where it is declared it is not.
  const declaration = sense.checker.getSymbolAtLocation(node)?.valueDeclaration
  return sense.of(node) === "tensor" || (declaration !== undefined && typescript.isVariableDeclaration(declaration) && sense.of(declaration.name) === "tensor")
}

/** `catch (e) { print(e.name) }`: everything that the engine throws has a name. */
const caughtError: Rule = (node, { sense }, typescript) => {
  const declaration = sense.checker.getSymbolAtLocation(node)?.valueDeclaration
  return declaration !== undefined && typescript.isVariableDeclaration(declaration) && typescript.isCatchClause(declaration.parent)
}

/** `using _ = torch.no_grad()`: that it is never read is the point. */
const usingUnread: Rule = (node, _snippet, typescript) => {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (typescript.isVariableDeclarationList(at)) return (at.flags & typescript.NodeFlags.Using) === typescript.NodeFlags.Using
    if (typescript.isStatement(at) && !typescript.isVariableStatement(at)) return false
  }
  return false
}

/** Two loose snippets that import nothing share no names when they run. */
const redeclaredElsewhere: Rule = (_node, { file }, _typescript, { relatedInformation }) =>
  relatedInformation !== undefined && relatedInformation.length > 0 && relatedInformation.every((one) => one.file !== undefined && one.file.fileName !== file.fileName)

const rules: Readonly<Record<number, Rule>> = {
  // "Left side of comma operator is unused": x[0, 1].
  2695: indexOfTensor,
  // "Type … cannot be used as an index type": x[mask], x[null], x[[0, 2]].
  2538: indexOfTensor,
  7053: indexOfTensor,
  7015: indexOfTensor,
  // Operators whose operands are of kinds that TypeScript does not mix: m % 2n, (a > 1) & (b < 2), (a > 1) == 1.
  2356: operatorOnTensor, 2357: operatorOnTensor, 2358: operatorOnTensor, 2362: operatorOnTensor, 2363: operatorOnTensor,
  2365: operatorOnTensor, 2367: operatorOnTensor, 2447: operatorOnTensor, 2736: operatorOnTensor, 2839: operatorOnTensor,
  2322: tensorForTensor,
  2345: tensorForTensor,
  // "Cannot assign to 'w' because it is a constant".
  2588: constantInPlace,
  18046: caughtError,
  2571: caughtError,
  // Parameters, variables and results without a type, as in Python.
  7005: always, 7006: always, 7008: always, 7010: always, 7011: always, 7018: always, 7019: always, 7022: always, 7023: always,
  7024: always, 7031: always, 7034: always, 7043: always, 7044: always, 7045: always, 7046: always, 7047: always, 7050: always,
  // `await` at the top of a file that imports nothing.
  1375: always,
  2451: redeclaredElsewhere,
  2300: redeclaredElsewhere,
  2393: redeclaredElsewhere,
  6133: usingUnread,
}

function clashesWithTypes({ relatedInformation, file, messageText }: ts.Diagnostic): boolean {
  const name = /'([^']+)'/.exec(typeof messageText === "string" ? messageText : messageText.messageText)?.[1]
  const inTypes = (one: ts.SourceFile | undefined): boolean => one !== undefined && /(?:[\\/]types[\\/]torch|autograd-env)\.d\.ts$/.test(one.fileName)
  return inTypes(file) || (name !== undefined && globals.test(name) && (relatedInformation ?? []).some((one) => inTypes(one.file)))
}

/** The smallest node that covers the stretch. */
function nodeAt(typescript: typeof ts, file: ts.SourceFile, start: number, length: number): ts.Node {
  let found: ts.Node = file
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > start || node.getEnd() < start + length) return
    found = node
    typescript.forEachChild(node, visit)
  }
  typescript.forEachChild(file, visit)
  return found
}
