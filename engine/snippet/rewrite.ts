// The rewriter: a TypeScript transformer that turns the snippet language into calls of the runtime object. Apart from
// the parts (statements, operators, access) because it alone knows which part a node belongs to.
import ts from "typescript"
import { Fault } from "../protocol/faults.ts"
import { call, construct, element, property, spread } from "./access.ts"
import { binary, condition, postfix, prefix } from "./operators.ts"
import type { Rewriting } from "./rewriting.ts"
import { SiteMaker, type SiteTable } from "./sites.ts"
import { arrowExpression, catchClause, expressionStatement, functionBlock, ifStatement, loop, throwStatement, variableStatement } from "./statements.ts"

const K = ts.SyntaxKind

export interface RewriteOptions {
  /** What the compiled code calls the runtime object: a name that the source does not use. */
  readonly runtime: string
  readonly trace: boolean
  /** Set for a neighbouring file: its path as imported from. */
  readonly file?: string
  /** Everything before this line runs silently: a cell or a selection starts here. */
  readonly showFrom?: number
}

/** The transformer for one source file; the sites that it makes go to `table`. */
export function rewriter(table: SiteTable, options: RewriteOptions): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (source) => {
    const { factory: f } = context
    const sites = new SiteMaker(table, source, options.file)
    const runtime = () => f.createIdentifier(options.runtime)

    const r: Rewriting = {
      f,
      sites,
      trace: options.trace,
      expression: (node) => ts.visitNode(node, visit, ts.isExpression) ?? node,
      children: (node) => ts.visitEachChild(node, visit, context),
      embedded: (node) => ts.visitNode(node, visit, ts.isStatement, (list) => f.createBlock(list.filter(ts.isStatement))) ?? node,
      call: (origin, helper, site, ...args) => {
        const method = f.createPropertyAccessExpression(runtime(), helper)
        return ts.setTextRange(f.createCallExpression(method, undefined, [f.createNumericLiteral(site), ...args]), origin)
      },
      held: (field) => f.createPropertyAccessExpression(runtime(), field),
      reject: (node, name, message, hint) => {
        const fault = new Fault(name, message, hint)
        fault.site = sites.make(node, node)
        throw fault
      },
    }

    const firstShown = firstStatement(source, options.showFrom)

    const visit = (node: ts.Node): ts.Node | ts.Node[] => {
      const { parent } = node
      const made = rewriteNode(r, node)
      if (parent !== undefined && ts.isArrowFunction(parent) && parent.body === node && !ts.isBlock(node)) {
        return arrowExpression(r, made as ts.Expression, parent)
      }
      if (node !== firstShown) return made
      return [f.createExpressionStatement(r.call(node, "show", 0)), ...(Array.isArray(made) ? made : [made])]
    }

    return ts.visitEachChild(source, visit, context)
  }
}

/** One node, by its kind. */
function rewriteNode(r: Rewriting, node: ts.Node): ts.Node | ts.Node[] {
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node
  switch (node.kind) {
    case K.InterfaceDeclaration:
    case K.TypeAliasDeclaration:
    case K.EnumDeclaration:
    case K.ImportDeclaration:
    case K.ImportEqualsDeclaration:
      return node
    case K.Block:
      return ts.isFunctionLike(node.parent) ? functionBlock(r, node as ts.Block, node.parent) : r.children(node)
    case K.ExpressionStatement:
      return expressionStatement(r, node as ts.ExpressionStatement)
    case K.VariableStatement:
      return variableStatement(r, node as ts.VariableStatement)
    case K.IfStatement:
      return ifStatement(r, node as ts.IfStatement)
    case K.WhileStatement:
    case K.DoStatement:
    case K.ForStatement:
    case K.ForInStatement:
    case K.ForOfStatement:
      return loop(r, node as ts.IterationStatement)
    case K.CatchClause:
      return catchClause(r, node as ts.CatchClause)
    case K.ThrowStatement:
      return throwStatement(r, node as ts.ThrowStatement)
    case K.BinaryExpression:
      return binary(r, node as ts.BinaryExpression)
    case K.PrefixUnaryExpression:
      return prefix(r, node as ts.PrefixUnaryExpression)
    case K.PostfixUnaryExpression:
      return postfix(r, node as ts.PostfixUnaryExpression)
    case K.ConditionalExpression: {
      const { condition: test, questionToken, whenTrue, colonToken, whenFalse } = node as ts.ConditionalExpression
      return r.f.updateConditionalExpression(node as ts.ConditionalExpression, condition(r, test), questionToken, r.expression(whenTrue), colonToken, r.expression(whenFalse))
    }
    case K.CallExpression:
      return call(r, node as ts.CallExpression)
    case K.NewExpression:
      return construct(r, node as ts.NewExpression)
    case K.PropertyAccessExpression:
      return property(r, node as ts.PropertyAccessExpression)
    case K.ElementAccessExpression:
      return element(r, node as ts.ElementAccessExpression)
    case K.SpreadElement:
      return spread(r, node as ts.SpreadElement)
    case K.DeleteExpression: {
      // What is deleted must stay a plain access.
      const { expression } = node as ts.DeleteExpression
      return r.f.updateDeleteExpression(node as ts.DeleteExpression, r.children(expression))
    }
    case K.NonNullExpression:
      return ts.isOptionalChain(node) ? r.expression((node as ts.NonNullExpression).expression) : r.children(node)
    case K.MetaProperty:
      if ((node as ts.MetaProperty).keywordToken === K.ImportKeyword) {
        r.reject(node, "SyntaxError", "A snippet has no import.meta.", "A snippet sees torch, torchvision and JavaScript's own objects only.")
      }
      return node
    case K.Identifier:
      if ((node as ts.Identifier).text === "require" && isRead(node as ts.Identifier)) {
        r.reject(node, "ImportError", "A snippet has no require.", 'Write an import at the top of the file: import torch from "torch"')
      }
      if ((node as ts.Identifier).text === "arguments" && isRead(node as ts.Identifier) && !isInFunction(node)) {
        r.reject(node, "SyntaxError", "There is no `arguments` outside a function.", "Use names of your own.")
      }
      return node
    default:
      return r.children(node)
  }
}

/** The first statement at or after a line: there the silence of the code above a cell ends. */
function firstStatement(source: ts.SourceFile, line: number | undefined): ts.Statement | undefined {
  if (line === undefined) return undefined
  return source.statements.find((statement) => source.getLineAndCharacterOfPosition(statement.getStart(source)).line + 1 >= line)
}

/** True inside a function that has `arguments`. */
function isInFunction(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent) if (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) return true
  return false
}

/** True for a name that is read as a value: not a property's name, and not the learner's own declaration. */
function isRead(name: ts.Identifier): boolean {
  const { parent } = name
  if (parent === undefined || (ts.isPropertyAccessExpression(parent) && parent.name === name) || ts.isPropertyAssignment(parent)) return false
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isImportSpecifier(parent)) return false
  for (let scope: ts.Node | undefined = name; scope !== undefined; scope = scope.parent) {
    const { locals } = scope as { locals?: ReadonlyMap<ts.__String, ts.Symbol> }
    if (locals?.has(name.escapedText)) return false
  }
  return true
}
