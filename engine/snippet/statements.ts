// Statements, loops and functions: where names get values, where a run can be stopped, and what a line of its own
// shows. Apart from expressions because these put statements of our own beside the learner's.
import ts from "typescript"
import { bare, namesIn, type Rewriting } from "./rewriting.ts"
import { bound, condition, isAssignment, target, unpacked } from "./operators.ts"

const K = ts.SyntaxKind

/** A statement that is an expression: its value is the line's result. */
export function expressionStatement(r: Rewriting, node: ts.ExpressionStatement): ts.Statement | ts.Statement[] {
  const inner = bare(node.expression)
  if (ts.isStringLiteral(inner)) return node
  // TypeScript looks for a plain `super()` to put fields after.
  if (ts.isCallExpression(inner) && inner.expression.kind === K.SuperKeyword) return r.children(node)
  const visited = r.expression(node.expression)
  if (isAssignment(inner)) {
    const left = bare(inner.left)
    const names = ts.isArrayLiteralExpression(left) || ts.isObjectLiteralExpression(left) ? seen(r, namesIn(left)) : []
    return [r.f.updateExpressionStatement(node, visited), ...names]
  }
  if (ts.isPostfixUnaryExpression(inner) || (ts.isPrefixUnaryExpression(inner) && (inner.operator === K.PlusPlusToken || inner.operator === K.MinusMinusToken))) {
    return r.f.updateExpressionStatement(node, visited)
  }
  if (r.trace) return r.f.updateExpressionStatement(node, r.call(inner, "result", r.sites.make(inner, inner, { kind: "result" }), visited))
  return ts.isCallExpression(inner) ? r.f.updateExpressionStatement(node, r.call(inner, "floating", 0, visited)) : r.f.updateExpressionStatement(node, visited)
}

/** `const`, `let`, `var`; the names of a pattern are recorded by statements that follow. */
export function variableStatement(r: Rewriting, node: ts.VariableStatement): ts.Statement | ts.Statement[] {
  if (node.modifiers?.some(({ kind }) => kind === K.DeclareKeyword)) return node
  const list = variableList(r, node.declarationList, false)
  return [r.f.updateVariableStatement(node, node.modifiers, list), ...seen(r, patternNames(node.declarationList))]
}

/** `if`, with the truth of a tensor as its condition. */
export function ifStatement(r: Rewriting, node: ts.IfStatement): ts.Statement {
  const otherwise = node.elseStatement && r.embedded(node.elseStatement)
  return r.f.updateIfStatement(node, condition(r, node.expression), r.embedded(node.thenStatement), otherwise)
}

/** Every loop: a condition, names that each turn binds, and a place to stop at the start of each turn. */
export function loop(r: Rewriting, node: ts.IterationStatement): ts.Statement {
  const { f } = r
  const site = r.sites.make(node, headerEnd(node), { isLoop: true })
  if (ts.isWhileStatement(node)) return f.updateWhileStatement(node, condition(r, node.expression), body(r, node, site, []))
  if (ts.isDoStatement(node)) return f.updateDoStatement(node, body(r, node, site, []), condition(r, node.expression))
  if (ts.isForStatement(node)) {
    const { initializer } = node
    const isList = initializer !== undefined && ts.isVariableDeclarationList(initializer)
    const names = isList ? initializer.declarations.flatMap(({ name }) => namesIn(name)) : []
    return f.updateForStatement(
      node,
      isList ? variableList(r, initializer, true) : initializer && r.expression(initializer),
      node.condition && condition(r, node.condition),
      node.incrementor && r.expression(node.incrementor),
      body(r, node, site, names),
    )
  }
  if (ts.isForInStatement(node)) {
    return f.updateForInStatement(node, loopTarget(r, node.initializer), r.expression(node.expression), body(r, node, site, loopNames(node.initializer)))
  }
  if (ts.isForOfStatement(node)) {
    const over = node.expression
    const rows = node.awaitModifier ? r.expression(over) : r.call(over, "rows", r.sites.make(over, over), r.expression(over))
    return f.updateForOfStatement(node, node.awaitModifier, loopTarget(r, node.initializer), rows, body(r, node, site, loopNames(node.initializer)))
  }
  throw new Error("A kind of loop that the compiler does not know.")
}

/** The body of a function: a place to stop, then the parameters as names that got values. */
export function functionBlock(r: Rewriting, node: ts.Block, owner: ts.SignatureDeclaration): ts.Block {
  return r.f.updateBlock(node, [...entry(r, owner).map((e) => r.f.createExpressionStatement(e)), ...r.children(node).statements])
}

/** The body of an arrow function that is an expression, already rewritten. */
export function arrowExpression(r: Rewriting, visited: ts.Expression, owner: ts.ArrowFunction): ts.Expression {
  return r.f.createParenthesizedExpression(r.f.createCommaListExpression([...entry(r, owner), visited]))
}

/** `catch`: whatever ends a run passes through, everything else is the learner's. */
export function catchClause(r: Rewriting, node: ts.CatchClause): ts.CatchClause {
  const { f } = r
  const visited = r.children(node)
  const declared = visited.variableDeclaration
  if (declared !== undefined && !ts.isIdentifier(declared.name)) return visited
  const name = declared === undefined ? f.createUniqueName("caught") : (declared.name as ts.Identifier)
  const check = f.createExpressionStatement(r.call(node, "caught", 0, name))
  return f.updateCatchClause(visited, declared ?? f.createVariableDeclaration(name), f.updateBlock(visited.block, [check, ...visited.block.statements]))
}

/** `throw`: the place is remembered for values that carry none. */
export function throwStatement(r: Rewriting, node: ts.ThrowStatement): ts.Statement {
  return r.f.updateThrowStatement(node, r.call(node, "thrown", r.sites.make(node, node), r.expression(node.expression)))
}

function variableList(r: Rewriting, list: ts.VariableDeclarationList, inLoopHeader: boolean): ts.VariableDeclarationList {
  // A context manager is no value to show, and a loop's name is recorded at each turn instead.
  const isUsing = (list.flags & ts.NodeFlags.Using) !== 0
  return r.f.updateVariableDeclarationList(
    list,
    list.declarations.map((declaration) => {
      const { name, initializer } = declaration
      if (initializer === undefined) return r.children(declaration)
      const value = isUsing ? scoped(r, initializer) : !ts.isIdentifier(name) ? unpacked(r, name, initializer) : inLoopHeader ? r.expression(initializer) : bound(r, name, initializer)
      return r.f.updateVariableDeclaration(declaration, r.children(name), declaration.exclamationToken, undefined, value)
    }),
  )
}

function scoped(r: Rewriting, value: ts.Expression): ts.Expression {
  return r.call(value, "scoped", r.sites.make(value, value), r.expression(value))
}

function body(r: Rewriting, node: ts.IterationStatement, site: number, names: readonly ts.Identifier[]): ts.Statement {
  const check = r.f.createExpressionStatement(r.call(node, "turn", site))
  const visited = r.children(r.f.createBlock([node.statement])).statements
  return r.f.createBlock([check, ...seen(r, names), ...visited], true)
}

function loopTarget(r: Rewriting, initializer: ts.ForInitializer): ts.ForInitializer {
  return ts.isVariableDeclarationList(initializer) ? r.children(initializer) : target(r, initializer)
}

function loopNames(initializer: ts.ForInitializer): ts.Identifier[] {
  return ts.isVariableDeclarationList(initializer) ? initializer.declarations.flatMap(({ name }) => namesIn(name)) : namesIn(initializer)
}

function patternNames(list: ts.VariableDeclarationList): ts.Identifier[] {
  return list.declarations.flatMap(({ name, initializer }) => (ts.isIdentifier(name) || initializer === undefined ? [] : namesIn(name)))
}

function entry(r: Rewriting, owner: ts.SignatureDeclaration): ts.Expression[] {
  const names = owner.parameters.flatMap(({ name }) => namesIn(name)).filter((name) => name.text !== "this")
  return [r.call(owner, "turn", r.sites.make(owner, owner)), ...(r.trace ? names.map((name) => see(r, name)) : [])]
}

function seen(r: Rewriting, names: readonly ts.Identifier[]): ts.Statement[] {
  return r.trace ? names.map((name) => r.f.createExpressionStatement(see(r, name))) : []
}

function see(r: Rewriting, name: ts.Identifier): ts.Expression {
  // Linked to the declared name, so that an exported one is read where CommonJS keeps it.
  const reading = ts.setOriginalNode(r.f.createIdentifier(name.text), name)
  return r.call(name, "bind", r.sites.make(name, name, { kind: "binding", name: name.text, variable: name }), reading)
}

function headerEnd(node: ts.IterationStatement): ts.Node {
  if (ts.isForStatement(node)) return node.incrementor ?? node.condition ?? node.initializer ?? node.getFirstToken() ?? node
  if (ts.isWhileStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) return node.expression
  return node.getFirstToken() ?? node
}
