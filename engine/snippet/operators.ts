// Operators, conditions and assignment: what `a + b`, `if (t)`, `a && b` and `x += 1` become. Apart from calls and
// element access because these three share the tables of operators.
import ts from "typescript"
import { bare, isConstant, isPlain, type Helper, type Rewriting } from "./rewriting.ts"
import { indices, isStable, targetParts } from "./access.ts"

const K = ts.SyntaxKind

const binaryHelpers: ReadonlyMap<ts.SyntaxKind, Helper> = new Map<ts.SyntaxKind, Helper>([
  [K.PlusToken, "add"], [K.MinusToken, "sub"], [K.AsteriskToken, "mul"], [K.SlashToken, "div"],
  [K.PercentToken, "mod"], [K.AsteriskAsteriskToken, "pow"],
  [K.LessThanToken, "lt"], [K.LessThanEqualsToken, "le"], [K.GreaterThanToken, "gt"], [K.GreaterThanEqualsToken, "ge"],
  [K.EqualsEqualsToken, "eq"], [K.ExclamationEqualsToken, "ne"],
  [K.AmpersandToken, "and"], [K.BarToken, "or"], [K.CaretToken, "xor"],
  [K.LessThanLessThanToken, "shl"], [K.GreaterThanGreaterThanToken, "shr"],
])

const compoundHelpers: ReadonlyMap<ts.SyntaxKind, Helper> = new Map<ts.SyntaxKind, Helper>([
  [K.PlusEqualsToken, "iadd"], [K.MinusEqualsToken, "isub"], [K.AsteriskEqualsToken, "imul"], [K.SlashEqualsToken, "idiv"],
  [K.PercentEqualsToken, "imod"], [K.AsteriskAsteriskEqualsToken, "ipow"],
  [K.AmpersandEqualsToken, "iand"], [K.BarEqualsToken, "ior"], [K.CaretEqualsToken, "ixor"],
  [K.LessThanLessThanEqualsToken, "ishl"], [K.GreaterThanGreaterThanEqualsToken, "ishr"],
])

const booleans: ReadonlySet<ts.SyntaxKind> = new Set([
  K.EqualsEqualsEqualsToken, K.ExclamationEqualsEqualsToken, K.InKeyword, K.InstanceOfKeyword,
])

interface Assignment extends ts.BinaryExpression {
  readonly operatorToken: ts.AssignmentOperatorToken
}

/** True for `=` and every `op=`. */
export function isAssignment(node: ts.Node): node is Assignment {
  return ts.isBinaryExpression(node) && node.operatorToken.kind >= K.FirstAssignment && node.operatorToken.kind <= K.LastAssignment
}

/** A binary expression, assignments included. */
export function binary(r: Rewriting, node: ts.BinaryExpression): ts.Expression {
  const operator = node.operatorToken.kind
  if (operator === K.EqualsToken) return assignment(r, node)
  if (isAssignment(node)) return compound(r, node)
  if (operator === K.AmpersandAmpersandToken || operator === K.BarBarToken) return choice(r, node, operator === K.AmpersandAmpersandToken)
  const helper = binaryHelpers.get(operator)
  if (helper === undefined || (isPlain(node.left) && isPlain(node.right))) return r.children(node)
  return r.call(node, helper, operatorSite(r, node), r.expression(node.left), r.expression(node.right))
}

/** `-x`, `~x`, `+x`, `!x`, `++x`. */
export function prefix(r: Rewriting, node: ts.PrefixUnaryExpression): ts.Expression {
  switch (node.operator) {
    case K.ExclamationToken:
      return r.f.createLogicalNot(parenthesized(r, condition(r, node.operand)))
    case K.PlusPlusToken:
    case K.MinusMinusToken:
      return increment(r, node, node.operand, node.operator === K.PlusPlusToken ? 1 : -1, false)
    default: {
      if (isPlain(node.operand)) return r.children(node)
      const helper = node.operator === K.MinusToken ? "neg" : node.operator === K.TildeToken ? "not" : "pos"
      return r.call(node, helper, r.sites.make(node, node), r.expression(node.operand))
    }
  }
}

/** `x++`, `x--`. */
export function postfix(r: Rewriting, node: ts.PostfixUnaryExpression): ts.Expression {
  const used = !ts.isExpressionStatement(node.parent) && !(ts.isForStatement(node.parent) && node.parent.incrementor === node)
  return increment(r, node, node.operand, node.operator === K.PlusPlusToken ? 1 : -1, used)
}

/** An expression whose truth decides something: a one-element tensor counts as its value. */
export function condition(r: Rewriting, node: ts.Expression): ts.Expression {
  const e = bare(node)
  if (ts.isPrefixUnaryExpression(e) && e.operator === K.ExclamationToken) return r.expression(e)
  if (ts.isBinaryExpression(e)) {
    const operator = e.operatorToken.kind
    if (operator === K.AmpersandAmpersandToken) return r.f.createLogicalAnd(condition(r, e.left), condition(r, e.right))
    if (operator === K.BarBarToken) return parenthesized(r, r.f.createLogicalOr(condition(r, e.left), condition(r, e.right)))
    if (booleans.has(operator)) return r.expression(e)
  }
  if (e.kind === K.TrueKeyword || e.kind === K.FalseKeyword || isPlain(e)) return r.expression(e)
  return r.call(e, "truth", r.sites.make(e, e), r.expression(e))
}

/** `a && b`, `a || b` as values: Python's `a and b`, `a or b`, with the left side evaluated once. */
function choice(r: Rewriting, node: ts.BinaryExpression, and: boolean): ts.Expression {
  const test = r.call(node.left, "truth", r.sites.make(node.left, node.left), r.expression(node.left))
  const right = r.expression(node.right)
  const chosen = and ? r.f.createConditionalExpression(test, undefined, right, undefined, r.held("held")) : r.f.createConditionalExpression(test, undefined, r.held("held"), undefined, right)
  return parenthesized(r, ts.setTextRange(chosen, node))
}

function assignment(r: Rewriting, node: ts.BinaryExpression): ts.Expression {
  const left = bare(node.left)
  if (ts.isArrayLiteralExpression(left) || ts.isObjectLiteralExpression(left)) {
    return r.f.updateBinaryExpression(node, target(r, left), node.operatorToken, unpacked(r, left, node.right))
  }
  if (ts.isIdentifier(left)) {
    return r.f.updateBinaryExpression(node, left, node.operatorToken, bound(r, left, node.right))
  }
  if (ts.isPropertyAccessExpression(left) && isOrdinary(left)) {
    return r.call(node, "setProperty", bindingSite(r, node, left), r.expression(left.expression), nameText(r, left), r.expression(node.right))
  }
  if (ts.isElementAccessExpression(left) && left.expression.kind !== K.SuperKeyword) {
    const list = r.f.createArrayLiteralExpression(indices(r, left))
    return r.call(node, "setItem", bindingSite(r, node, left), r.expression(left.expression), list, r.expression(node.right))
  }
  return r.f.updateBinaryExpression(node, r.children(left), node.operatorToken, r.expression(node.right))
}

function compound(r: Rewriting, node: ts.BinaryExpression): ts.Expression {
  const helper = compoundHelpers.get(node.operatorToken.kind)
  const left = bare(node.left)
  if (helper === undefined) return logical(r, node, left)
  const right = r.expression(node.right)
  const site = operatorSite(r, node)
  if (ts.isIdentifier(left)) {
    const made = r.call(node, helper, site, left, right)
    const record = (value: ts.Expression) => (r.trace ? r.call(node, "bind", bindingSite(r, node, left), value) : value)
    // A constant cannot be assigned, and need not be: in place means that the tensor stays the same object.
    if (isConstant(left)) return record(r.call(node, "same", r.sites.make(left, left, { callee: left }), left, made))
    return parenthesized(r, r.f.createAssignment(left, record(made)))
  }
  const place = reference(r, left)
  if (place !== null) {
    return r.call(node, "update", site, r.f.createStringLiteral(helper), place, right, r.f.createNumericLiteral(r.trace ? bindingSite(r, node, left) : 0))
  }
  // A private name cannot be reached from outside, so the class's own code reads and assigns it.
  if (ts.isPropertyAccessExpression(left) && ts.isPrivateIdentifier(left.name) && isStable(left.expression)) {
    return parenthesized(r, r.f.createAssignment(left, r.call(node, helper, site, left, right)))
  }
  // `super.x += 1` and `a().#b += 1` keep JavaScript's meaning.
  return r.f.updateBinaryExpression(node, r.children(left), node.operatorToken, right)
}

/** `a &&= b`, `a ||= b`, `a ??= b`. */
function logical(r: Rewriting, node: ts.BinaryExpression, left: ts.Expression): ts.Expression {
  const operator = node.operatorToken.kind
  if (!ts.isIdentifier(left) || operator === K.QuestionQuestionEqualsToken || (operator !== K.BarBarEqualsToken && operator !== K.AmpersandAmpersandEqualsToken)) {
    return r.f.updateBinaryExpression(node, target(r, left), node.operatorToken, r.expression(node.right))
  }
  const test = r.call(left, "truth", r.sites.make(left, left), left)
  const assign = parenthesized(r, r.f.createAssignment(left, bound(r, left, node.right)))
  const held = r.held("held")
  const [yes, no] = operator === K.AmpersandAmpersandEqualsToken ? [assign, held] : [held, assign]
  return parenthesized(r, r.f.createConditionalExpression(test, undefined, yes, undefined, no))
}

function increment(r: Rewriting, node: ts.Expression, operand: ts.Expression, delta: number, keepsOld: boolean): ts.Expression {
  const left = bare(operand)
  const { f } = r
  const step = delta === 1 ? f.createNumericLiteral(1) : f.createPrefixMinus(f.createNumericLiteral(1))
  const site = r.sites.make(node, node)
  if (ts.isIdentifier(left)) {
    const made = r.call(node, "step", site, left, step)
    if (isConstant(left)) return r.call(node, "same", r.sites.make(left, left, { callee: left }), left, made)
    // A loop's own counter is recorded once a turn, where it is declared.
    const counts = ts.isForStatement(node.parent) && node.parent.incrementor === node
    const assign = f.createAssignment(left, r.trace && !counts ? r.call(node, "bind", bindingSite(r, node, left), made) : made)
    // The old value is the first argument, so it is read before the assignment.
    return keepsOld ? r.call(node, "first", site, left, assign) : parenthesized(r, assign)
  }
  const place = reference(r, left)
  if (place === null) return r.children(node)
  return r.call(node, "stepAt", site, place, step, keepsOld ? f.createTrue() : f.createFalse())
}

/** The right side of a binding of one name: recorded, unless it is a function that takes its name from the binding. */
export function bound(r: Rewriting, name: ts.Identifier, value: ts.Expression): ts.Expression {
  const inner = bare(value)
  const visited = r.expression(value)
  if (!r.trace || ts.isArrowFunction(inner) || ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) return visited
  return r.call(value, "bind", bindingSite(r, name, name), visited)
}

/** The right side of a destructuring: a tensor is taken apart into its rows. */
export function unpacked(r: Rewriting, pattern: ts.Node, value: ts.Expression): ts.Expression {
  const visited = r.expression(value)
  const isArray = ts.isArrayLiteralExpression(pattern) || ts.isArrayBindingPattern(pattern)
  return isArray && !ts.isArrayLiteralExpression(bare(value)) ? r.call(value, "rows", r.sites.make(value, value), visited) : visited
}

/** A target of destructuring: an element becomes a place that can be assigned, whatever is indexed. */
export function target(r: Rewriting, node: ts.Expression): ts.Expression {
  const { f } = r
  if (ts.isArrayLiteralExpression(node)) return f.updateArrayLiteralExpression(node, node.elements.map((element) => target(r, element)))
  if (ts.isSpreadElement(node)) return f.updateSpreadElement(node, target(r, node.expression))
  if (isAssignment(node)) return f.updateBinaryExpression(node, target(r, node.left), node.operatorToken, r.expression(node.right))
  if (ts.isObjectLiteralExpression(node)) {
    const properties = node.properties.map((property) => {
      if (ts.isPropertyAssignment(property)) return f.updatePropertyAssignment(property, property.name, target(r, property.initializer))
      if (ts.isSpreadAssignment(property)) return f.updateSpreadAssignment(property, target(r, property.expression))
      return r.children(property)
    })
    return f.updateObjectLiteralExpression(node, properties)
  }
  const inner = bare(node)
  if (ts.isElementAccessExpression(inner)) {
    const place = reference(r, inner)
    if (place !== null) return f.createPropertyAccessExpression(place, "value")
  }
  return ts.isIdentifier(inner) ? inner : r.children(inner)
}

/** `$$.at(…)`: a property or an element as a thing that remembers its object, its key and its value, evaluated once. */
function reference(r: Rewriting, left: ts.Expression): ts.Expression | null {
  const parts = targetParts(r, left)
  return parts === null ? null : r.call(left, "at", r.sites.make(left, left, { callee: left }), ...parts)
}

function operatorSite(r: Rewriting, node: ts.BinaryExpression): number {
  const { line } = r.sites.spanOf(node)
  // In an expression over several lines the operator's own line is what a learner looks for.
  const from = r.sites.spanOf(node.operatorToken).line === line ? node : node.operatorToken
  return r.sites.make(from, node, { whole: node })
}

function bindingSite(r: Rewriting, from: ts.Node, left: ts.Expression): number {
  const owner = ts.isElementAccessExpression(left) ? bare(left.expression) : left
  return r.sites.make(from, from, { kind: "binding", name: owner.getText(), whole: ts.isIdentifier(owner) ? owner : left, callee: left, variable: owner })
}

function isOrdinary(node: ts.PropertyAccessExpression): boolean {
  return node.expression.kind !== K.SuperKeyword && !ts.isPrivateIdentifier(node.name)
}

function nameText(r: Rewriting, node: ts.PropertyAccessExpression): ts.Expression {
  return r.f.createStringLiteral(node.name.text)
}

function parenthesized(r: Rewriting, node: ts.Expression): ts.Expression {
  return r.f.createParenthesizedExpression(node)
}
