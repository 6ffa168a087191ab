// What the parts of the rewriter share: making calls of the runtime, making sites, visiting. Apart so that statements,
// operators and access can each stand in a file of their own without importing one another.
import ts from "typescript"
import type { Runtime } from "./runtime.ts"
import type { SiteMaker } from "./sites.ts"

/** A method of the runtime object that compiled code calls. */
export type Helper = keyof Runtime

/** The rewriter's working state for one file. */
export interface Rewriting {
  readonly f: ts.NodeFactory
  readonly sites: SiteMaker
  /** Off: nothing that only records is emitted. */
  readonly trace: boolean
  /** Rewrites an expression. */
  expression(node: ts.Expression): ts.Expression
  /** Rewrites what lies below a node and leaves the node itself as it is. */
  children<T extends ts.Node>(node: T): T
  /** Rewrites a statement that stands where one is expected (after `if`, for example). */
  embedded(node: ts.Statement): ts.Statement
  /** `$$.helper(site, …args)`, mapped to the place of `origin`. */
  call(origin: ts.Node, helper: Helper, site: number, ...args: readonly ts.Expression[]): ts.Expression
  /** `$$.field`: a value that the runtime holds from one instruction to the next. */
  held(field: "held" | "method"): ts.Expression
  /** The learner's mistake at a place, found before anything runs. */
  reject(node: ts.Node, name: string, message: string, hint: string): never
}

/** The expression inside parentheses and type assertions, which mean nothing at run time. */
export function bare(node: ts.Expression): ts.Expression {
  let at = node
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isTypeAssertionExpression(at)
  ) {
    at = at.expression
  }
  return at
}

/** Like `bare`, but keeps parentheses: `x[(0, 1)]` is JavaScript's comma, `x[0, 1]` two indices. */
export function untyped(node: ts.Expression): ts.Expression {
  let at = node
  while (ts.isNonNullExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isTypeAssertionExpression(at)) at = at.expression
  return at
}

/** True for an expression that can never be a tensor, so that JavaScript's own operator serves. */
export function isPlain(node: ts.Expression): boolean {
  const e = bare(node)
  if (ts.isNumericLiteral(e) || ts.isBigIntLiteral(e) || ts.isStringLiteralLike(e) || ts.isTemplateExpression(e) || ts.isTypeOfExpression(e)) return true
  if (ts.isPropertyAccessExpression(e)) return e.name.text === "length"
  if (ts.isPrefixUnaryExpression(e)) return isPlain(e.operand)
  return ts.isBinaryExpression(e) && plainOperators.has(e.operatorToken.kind) && isPlain(e.left) && isPlain(e.right)
}

const plainOperators: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
])

/** True where a name was declared with `const` or imported, so that it cannot be assigned. */
export function isConstant(name: ts.Identifier): boolean {
  for (let scope: ts.Node | undefined = name; scope !== undefined; scope = scope.parent) {
    // TypeScript's binder keeps each scope's names here; the property is not part of its published types.
    const { locals } = scope as { locals?: ReadonlyMap<ts.__String, ts.Symbol> }
    const declaration = locals?.get(name.escapedText)?.valueDeclaration
    if (declaration !== undefined) return ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
  }
  return false
}

/** The names that a pattern binds or assigns, in order. */
export function namesIn(pattern: ts.Node): ts.Identifier[] {
  if (ts.isIdentifier(pattern)) return [pattern]
  if (ts.isBindingElement(pattern)) return namesIn(pattern.name)
  if (ts.isObjectBindingPattern(pattern) || ts.isArrayBindingPattern(pattern)) return pattern.elements.flatMap((element) => namesIn(element))
  if (ts.isArrayLiteralExpression(pattern)) return pattern.elements.flatMap((element) => namesIn(element))
  if (ts.isObjectLiteralExpression(pattern)) return pattern.properties.flatMap((property) => namesIn(property))
  if (ts.isPropertyAssignment(pattern)) return namesIn(pattern.initializer)
  if (ts.isShorthandPropertyAssignment(pattern)) return [pattern.name]
  if (ts.isSpreadElement(pattern) || ts.isSpreadAssignment(pattern) || ts.isParenthesizedExpression(pattern)) return namesIn(pattern.expression)
  if (ts.isBinaryExpression(pattern)) return namesIn(pattern.left)
  return []
}
