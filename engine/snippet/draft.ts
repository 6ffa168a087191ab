// Draft: the learner's source as a tree in which a cure finds what to change, and the edits that it writes. Apart from
// the cures, which know what is wrong; this knows only how TypeScript is written.
import ts from "typescript"
import type { Span, TextEdit } from "../protocol/api.ts"

export class Draft {
  readonly tree: ts.SourceFile

  constructor(readonly source: string) {
    this.tree = ts.createSourceFile("snippet.ts", source, { languageVersion: ts.ScriptTarget.ES2022 }, true)
  }

  /** The innermost node that covers a place; null for one of another file. */
  at(span: Span | undefined): ts.Node | null {
    if (span === undefined || span.file !== undefined) return null
    const from = this.offset(span.line, span.column)
    const to = this.offset(span.endLine, span.endColumn)
    let node: ts.Node = this.tree
    for (;;) {
      const inner: ts.Node | undefined = ts.forEachChild(node, (child) => (child.getStart(this.tree) <= from && child.end >= to ? child : undefined))
      if (inner === undefined) return node === this.tree ? null : node
      node = inner
    }
  }

  text(node: ts.Node): string {
    return node.getText(this.tree)
  }

  /** The text of an expression that something is called on or put beside: in parentheses where it needs them. */
  operand(node: ts.Expression): string {
    const stands = ts.isIdentifier(node) || ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isLiteralExpression(node) || ts.isParenthesizedExpression(node) || ts.isArrayLiteralExpression(node) || node.kind === ts.SyntaxKind.ThisKeyword
    return stands ? this.text(node) : `(${this.text(node)})`
  }

  span(node: ts.Node): Span {
    return this.between(node.getStart(this.tree), node.end)
  }

  replace(node: ts.Node, text: string): TextEdit {
    return { span: this.span(node), text }
  }

  /** Replaces from the start of one node to the end of another. */
  replaceBetween(from: ts.Node, to: ts.Node, text: string): TextEdit {
    return { span: this.between(from.getStart(this.tree), to.end), text }
  }

  /** Removes what follows `from` up to the end of `to`. */
  removeAfter(from: ts.Node, to: ts.Node): TextEdit {
    return { span: this.between(from.end, to.end), text: "" }
  }

  /** A new line before a statement. */
  lineBefore(statement: ts.Node, text: string): TextEdit {
    const at = statement.getStart(this.tree)
    return { span: this.between(at, at), text: `${text}${this.ended(at)}\n${this.indent(statement)}` }
  }

  /** A new line after a statement. */
  lineAfter(statement: ts.Node, text: string): TextEdit {
    return { span: this.between(statement.end, statement.end), text: `\n${this.indent(statement)}${text}${this.ended(statement.end)}` }
  }

  /** A semicolon where what follows would otherwise go on with the line: a bracket or a backquote. */
  private ended(at: number): string {
    return /^\s*[([`]/.test(this.source.slice(at)) ? ";" : ""
  }

  insertAfter(node: ts.Node, text: string): TextEdit {
    return { span: this.between(node.end, node.end), text }
  }

  /** One more option for a call: into its options object, or as one. */
  addOption(call: ts.CallExpression | ts.NewExpression, name: string, value: string): TextEdit | null {
    const last = call.arguments?.at(-1)
    if (last === undefined) {
      const at = call.end - 1
      return this.source[at] === ")" ? { span: this.between(at, at), text: `{ ${name}: ${value} }` } : null
    }
    if (!ts.isObjectLiteralExpression(last)) return this.insertAfter(last, `, { ${name}: ${value} }`)
    const known = optionOf(last, name)
    if (known !== undefined) return this.replace(known.initializer, value)
    const end = last.properties.at(-1)
    return end === undefined ? this.replace(last, `{ ${name}: ${value} }`) : this.insertAfter(end, `, ${name}: ${value}`)
  }

  /** The declaration of a name as it is seen from a node; null where it is none of the file's own variables. */
  declarationOf(name: string, from: ts.Node): ts.VariableDeclaration | null {
    for (let scope: ts.Node | undefined = from; scope !== undefined; scope = scope.parent) {
      if (!ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isCaseOrDefaultClause(scope)) continue
      for (const statement of scope.statements) {
        if (!ts.isVariableStatement(statement)) continue
        const found = statement.declarationList.declarations.find((one) => ts.isIdentifier(one.name) && one.name.text === name)
        if (found !== undefined) return found
      }
    }
    return null
  }

  /** What lets a name be given another value: `let` where it was declared with const. */
  freed(name: string, from: ts.Node): readonly TextEdit[] {
    const list = this.declarationOf(name, from)?.parent
    if (list === undefined || !ts.isVariableDeclarationList(list) || (list.flags & ts.NodeFlags.Const) === 0) return []
    const start = list.getStart(this.tree)
    return [{ span: this.between(start, start + "const".length), text: "let" }]
  }

  indent(statement: ts.Node): string {
    const start = statement.getStart(this.tree)
    const line = this.source.lastIndexOf("\n", start - 1) + 1
    return /^[ \t]*/.exec(this.source.slice(line, start))?.[0] ?? ""
  }

  between(from: number, to: number): Span {
    const start = this.tree.getLineAndCharacterOfPosition(from)
    const end = this.tree.getLineAndCharacterOfPosition(to)
    return { line: start.line + 1, column: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 }
  }

  private offset(line: number, column: number): number {
    const starts = this.tree.getLineStarts()
    return Math.min((starts[line - 1] ?? this.source.length) + column - 1, this.source.length)
  }
}

/** The statement of a block or of the file in which a node stands. */
export function statementOf(node: ts.Node): ts.Statement | null {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    if ((ts.isBlock(at.parent) || ts.isSourceFile(at.parent) || ts.isCaseOrDefaultClause(at.parent)) && ts.isStatement(at)) return at
  }
  return null
}

/** The nearest node of a kind, itself included, that does not lie beyond its statement. */
export function nearest<T extends ts.Node>(node: ts.Node | null, is: (node: ts.Node) => node is T): T | null {
  for (let at = node ?? undefined; at !== undefined; at = at.parent) {
    if (is(at)) return at
    if (ts.isStatement(at)) return null
  }
  return null
}

export function optionOf(options: ts.ObjectLiteralExpression, name: string): ts.PropertyAssignment | undefined {
  return options.properties.find((one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && (ts.isIdentifier(one.name) || ts.isStringLiteral(one.name)) && one.name.text === name)
}

/** `y += 1` and its kin, and what the operator is without the `=`. */
export function compoundOf(node: ts.Node): { readonly left: ts.Expression; readonly operator: string; readonly right: ts.Expression } | null {
  if (!ts.isBinaryExpression(node)) return null
  const { left, operatorToken, right } = node
  const isCompound = operatorToken.kind > ts.SyntaxKind.FirstAssignment && operatorToken.kind <= ts.SyntaxKind.LastAssignment
  return isCompound ? { left, operator: operatorToken.getText().slice(0, -1), right } : null
}

/** `owner.name(…)`. */
export function methodCall(node: ts.Node | null): { readonly call: ts.CallExpression; readonly owner: ts.Expression; readonly name: ts.MemberName } | null {
  if (node === null || !ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null
  return { call: node, owner: node.expression.expression, name: node.expression.name }
}
