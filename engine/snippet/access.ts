// Calls, `new`, indexing and optional chains: how compiled code reaches into values. Apart from operators because each
// of these must keep JavaScript's `this`, and an optional chain must stop where JavaScript would.
import ts from "typescript"
import { bare, isPlain, untyped, type Rewriting } from "./rewriting.ts"

const K = ts.SyntaxKind

/** Properties of a tensor that make a tensor when read, so that the place of the reading matters. */
const making: ReadonlySet<string> = new Set(["T", "H", "mT", "mH", "real", "imag", "data", "grad"])

/** A call, an optional one included. */
export function call(r: Rewriting, node: ts.CallExpression): ts.Expression {
  if (node.expression.kind === K.ImportKeyword) {
    r.reject(node, "ImportError", "A snippet cannot load modules while it runs.", 'Write an import at the top of the file: import { nn } from "torch"')
  }
  if (ts.isOptionalChain(node)) return chain(r, node)
  const callee = bare(node.expression)
  if (callee.kind === K.SuperKeyword) return r.children(node)
  if (ts.isPropertyAccessExpression(callee)) {
    const { expression: owner, name } = callee
    const site = r.sites.make(name, node, { whole: node, callee })
    // The base class's method, or a private one: found by JavaScript, called by the runtime.
    if (owner.kind === K.SuperKeyword) return r.call(node, "invoke", site, r.children(callee), r.f.createThis(), ...listed(r, node.arguments))
    if (ts.isPrivateIdentifier(name)) {
      return isStable(owner) ? r.call(node, "invoke", site, r.children(callee), owner, ...listed(r, node.arguments)) : r.children(node)
    }
    if (ts.isOptionalChain(callee)) return r.call(node, "call", site, r.expression(callee), ...listed(r, node.arguments))
    return r.call(node, "m", site, r.expression(owner), r.f.createStringLiteral(name.text), ...listed(r, node.arguments))
  }
  const site = r.sites.make(node, node, { callee })
  if (ts.isElementAccessExpression(callee) && callee.expression.kind !== K.SuperKeyword && !ts.isOptionalChain(callee)) {
    return r.call(node, "m", site, r.expression(callee.expression), r.expression(callee.argumentExpression), ...listed(r, node.arguments))
  }
  return r.call(node, "call", site, r.expression(callee), ...listed(r, node.arguments))
}

/** `new C(…)`. */
export function construct(r: Rewriting, node: ts.NewExpression): ts.Expression {
  const callee = bare(node.expression)
  return r.call(node, "make", r.sites.make(node, node, { callee }), r.expression(callee), ...listed(r, node.arguments ?? []))
}

/** `a.b`: JavaScript's own, except where a tensor makes another tensor of itself. */
export function property(r: Rewriting, node: ts.PropertyAccessExpression): ts.Expression {
  if (ts.isOptionalChain(node)) return chain(r, node)
  if (!making.has(node.name.text) || node.expression.kind === K.SuperKeyword) return r.children(node)
  const variable = node.name.text === "grad" ? { variable: bare(node.expression) } : {}
  return r.call(node, "read", r.sites.make(node, node, { callee: node, ...variable }), r.expression(node.expression), r.f.createStringLiteral(node.name.text))
}

/** `x[i]`, `x[0, 1]`, `x[slice(1, 3)]`. */
export function element(r: Rewriting, node: ts.ElementAccessExpression): ts.Expression {
  if (ts.isOptionalChain(node)) return chain(r, node)
  const key = untyped(node.argumentExpression)
  const isName = ts.isStringLiteralLike(key) && key.text !== "..."
  if (isName || node.expression.kind === K.SuperKeyword) return r.children(node)
  return r.call(node, "index", r.sites.make(node, node), r.expression(node.expression), ...indices(r, node))
}

/** The indices between the brackets: a bare comma separates them, as in Python. */
export function indices(r: Rewriting, node: ts.ElementAccessExpression): ts.Expression[] {
  const found: ts.Expression[] = []
  let at = untyped(node.argumentExpression)
  while (ts.isBinaryExpression(at) && at.operatorToken.kind === K.CommaToken) {
    found.unshift(r.expression(at.right))
    at = untyped(at.left)
  }
  return [r.expression(at), ...found]
}

/** Object and key of something that can be assigned, as arguments of `at`; null for what only JavaScript can reach. */
export function targetParts(r: Rewriting, left: ts.Expression): ts.Expression[] | null {
  if (ts.isPropertyAccessExpression(left)) {
    if (left.expression.kind === K.SuperKeyword || ts.isPrivateIdentifier(left.name)) return null
    return [r.f.createFalse(), r.expression(left.expression), r.f.createStringLiteral(left.name.text)]
  }
  if (ts.isElementAccessExpression(left) && left.expression.kind !== K.SuperKeyword) {
    return [r.f.createTrue(), r.expression(left.expression), ...indices(r, left)]
  }
  return null
}

/** Arguments; a tensor that is spread is taken apart into its rows. */
export function listed(r: Rewriting, list: readonly ts.Expression[]): ts.Expression[] {
  return list.map((item) => (ts.isSpreadElement(item) ? spread(r, item) : r.expression(item)))
}

/** `...x`. */
export function spread(r: Rewriting, node: ts.SpreadElement): ts.SpreadElement {
  const inner = node.expression
  if (ts.isArrayLiteralExpression(inner) || isPlain(inner)) return r.children(node)
  return r.f.updateSpreadElement(node, r.call(inner, "rows", r.sites.make(inner, inner), r.expression(inner)))
}

type Link = ts.PropertyAccessExpression | ts.ElementAccessExpression | ts.CallExpression

/**
 * `a?.b(c)?.[d]`. Each `?.` becomes `$$.some(a) ? … : undefined`, the rest of the chain inside, where `$$.held` is read
 * at once as the object, so that no name is needed for it.
 */
function chain(r: Rewriting, node: ts.Expression): ts.Expression {
  const links: Link[] = []
  let base: ts.Expression = node
  while (ts.isOptionalChain(base)) {
    if (!ts.isNonNullExpression(base)) links.unshift(base)
    base = base.expression
  }
  const owner = bare(base)
  // `a.b?.(c)` calls with `this` = a, so the method is looked up together with its object.
  if (ts.isCallExpression(links[0]!) && ts.isPropertyAccessExpression(owner) && !ts.isPrivateIdentifier(owner.name) && owner.expression.kind !== K.SuperKeyword) {
    return methodLink(r, links, 0, r.expression(owner.expression), r.f.createStringLiteral(owner.name.text), owner)
  }
  return follow(r, links, 0, r.expression(base))
}

/** The chain from link `i` on, applied to `value`. */
function follow(r: Rewriting, links: readonly Link[], i: number, value: ts.Expression): ts.Expression {
  const link = links[i]
  if (link === undefined) return value
  if (link.questionDotToken !== undefined) {
    return guarded(r, r.call(link, "some", 0, value), step(r, links, i, r.held("held")))
  }
  return step(r, links, i, value)
}

function step(r: Rewriting, links: readonly Link[], i: number, value: ts.Expression): ts.Expression {
  const link = links[i]!
  const next = links[i + 1]
  if (ts.isCallExpression(link)) {
    const site = r.sites.make(link, link, { callee: link.expression })
    return follow(r, links, i + 1, r.call(link, "call", site, value, ...listed(r, link.arguments)))
  }
  if (ts.isPropertyAccessExpression(link)) {
    if (ts.isPrivateIdentifier(link.name)) return follow(r, links, i + 1, r.f.createPropertyAccessExpression(value, link.name))
    const key = r.f.createStringLiteral(link.name.text)
    if (next !== undefined && ts.isCallExpression(next)) return methodLink(r, links, i + 1, value, key, link)
    return follow(r, links, i + 1, r.call(link, "read", r.sites.make(link, link), value, key))
  }
  if (next !== undefined && ts.isCallExpression(next)) return methodLink(r, links, i + 1, value, r.expression(link.argumentExpression), link)
  return follow(r, links, i + 1, r.call(link, "index", r.sites.make(link, link), value, ...indices(r, link)))
}

/** Link `i` calls the method `key` of `owner`. */
function methodLink(r: Rewriting, links: readonly Link[], i: number, owner: ts.Expression, key: ts.Expression, callee: ts.Expression): ts.Expression {
  const link = links[i]
  if (link === undefined || !ts.isCallExpression(link)) throw new Error("A method link is a call.")
  const from = ts.isPropertyAccessExpression(callee) ? callee.name : link
  const site = r.sites.make(from, link, { whole: link, callee })
  const args = listed(r, link.arguments)
  if (link.questionDotToken === undefined) return follow(r, links, i + 1, r.call(link, "m", site, owner, key, ...args))
  const called = r.call(link, "invoke", site, r.held("method"), r.held("held"), ...args)
  return guarded(r, r.call(link, "someMethod", 0, owner, key), follow(r, links, i + 1, called))
}

function guarded(r: Rewriting, test: ts.Expression, rest: ts.Expression): ts.Expression {
  return r.f.createParenthesizedExpression(r.f.createConditionalExpression(test, undefined, rest, undefined, r.f.createVoidZero()))
}

/** True for an expression that may stand twice: it has no effect and nothing between can change what it means. */
export function isStable(node: ts.Expression): boolean {
  return node.kind === K.ThisKeyword || ts.isIdentifier(node)
}
