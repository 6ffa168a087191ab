// The table of places that a compiled snippet refers to by number. Apart because the rewriter fills it and the
// runtime, the recorder, the graph and the faults all read it.
import ts from "typescript"
import type { Span, TraceRecord } from "../protocol/api.ts"

/** A name of the learner's, told apart from others of the same spelling by where it was declared. */
export interface Variable {
  readonly key: string
  readonly name: string
  /** A parameter and the name of a `for … of` stand for what is declared elsewhere. */
  readonly isAlias: boolean
  /** The place declares the name; an assignment does not. */
  readonly declares: boolean
  /** Declared in no function and no block. */
  readonly isTop: boolean
}

/** One place of the source that the running snippet can name. */
export interface Site {
  /** What a fault underlines and the graph selects. */
  readonly span: Span
  /** What the trace shows a value for; the whole expression, where `span` is its operator's own part. */
  readonly whole: Span
  /** The last line of the statement: where an inline value stands. */
  readonly showLine: number
  /** How a value that is seen here is recorded. */
  readonly kind: TraceRecord["kind"]
  /** The name that got a value, for a binding. */
  readonly name?: string
  /** The variable that got a value, or whose `.grad` is read. */
  readonly variable?: Variable
  /** The place is a loop; `whole` is all of it. */
  readonly isLoop?: true
  /** What is called, as the learner wrote it, with the place of the last name in it. */
  readonly callee?: { readonly text: string; readonly name: string; readonly span: Span }
}

export interface SiteOptions {
  readonly kind?: TraceRecord["kind"]
  readonly name?: string
  readonly whole?: ts.Node
  readonly callee?: ts.Expression
  readonly variable?: ts.Expression
  readonly isLoop?: true
}

/** All sites of a run; modules share one table, so that a number names a place in any file. Number 0 is "unknown". */
export class SiteTable {
  readonly sites: (Site | null)[] = [null]

  get(site: number): Site | null {
    return this.sites[site] ?? null
  }

  add(site: Site): number {
    return this.sites.push(site) - 1
  }
}

/** Makes sites for the nodes of one source file. */
export class SiteMaker {
  constructor(
    private readonly table: SiteTable,
    private readonly source: ts.SourceFile,
    /** Set for a neighbouring file: its path as imported from. */
    private readonly file: string | undefined,
  ) {}

  /** A site whose fault underlines from the start of `from` to the end of `to`. */
  make(from: ts.Node, to: ts.Node, options: SiteOptions = {}): number {
    const whole = options.whole ?? from
    const { callee, variable } = options
    return this.table.add({
      span: this.between(from.getStart(this.source), to.getEnd()),
      whole: this.spanOf(whole),
      showLine: this.endLine(statementOf(whole)),
      kind: options.kind ?? "operation",
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.isLoop === undefined ? {} : { isLoop: true }),
      ...(callee === undefined ? {} : { callee: this.calleeOf(callee) }),
      ...(variable === undefined ? {} : { variable: this.variableOf(variable) }),
    })
  }

  spanOf(node: ts.Node): Span {
    return this.between(node.getStart(this.source), node.getEnd())
  }

  private variableOf(expression: ts.Expression): Variable {
    const name = expression.getText(this.source).replaceAll("?.", ".").replaceAll("!", "")
    const { declaration, scope } = ts.isIdentifier(expression) ? declarationOf(expression) : {}
    const list = declaration?.parent?.parent
    const isAlias = declaration !== undefined && (ts.isParameter(declaration) || (list !== undefined && ts.isForOfStatement(list)))
    const declares = ts.isIdentifier(expression) && (ts.isVariableDeclaration(expression.parent) || ts.isBindingElement(expression.parent) || ts.isParameter(expression.parent))
    return { key: `${this.file ?? ""}:${declaration?.pos ?? -1}:${name}`, name, isAlias, declares, isTop: scope !== undefined && ts.isSourceFile(scope) }
  }

  private calleeOf(callee: ts.Expression): NonNullable<Site["callee"]> {
    const last = ts.isPropertyAccessExpression(callee) ? callee.name : callee
    return { text: callee.getText(this.source), name: last.getText(this.source), span: this.spanOf(last) }
  }

  private between(from: number, to: number): Span {
    const start = this.source.getLineAndCharacterOfPosition(from)
    const end = this.source.getLineAndCharacterOfPosition(to)
    const span = { line: start.line + 1, column: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 }
    return this.file === undefined ? span : { ...span, file: this.file }
  }

  private endLine(node: ts.Node): number {
    return this.source.getLineAndCharacterOfPosition(node.getEnd()).line + 1
  }
}

/** Where a name was declared; undefined for what the snippet does not declare. */
function declarationOf(name: ts.Identifier): { readonly declaration?: ts.Declaration; readonly scope?: ts.Node } {
  for (let scope: ts.Node | undefined = name; scope !== undefined; scope = scope.parent) {
    // TypeScript's binder keeps each scope's names here; the property is not part of its published types.
    const { locals } = scope as { locals?: ReadonlyMap<ts.__String, ts.Symbol> }
    const declaration = locals?.get(name.escapedText)?.valueDeclaration
    if (declaration !== undefined) return { declaration, scope }
  }
  return {}
}

/** The stretch at whose end a value of `node` is shown: its simple statement, or the header of a compound one. */
function statementOf(node: ts.Node): ts.Node {
  let at = node
  while (at.parent !== undefined) {
    const { parent } = at
    if (ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) || ts.isModuleBlock(parent)) return at
    // A parameter, a condition or a loop's header is shown on its own line, not where the body ends.
    if (ts.isIterationStatement(parent, false) || ts.isIfStatement(parent) || ts.isSwitchStatement(parent)) return at
    if (ts.isParameter(parent) || ts.isClassElement(parent)) return at
    if (ts.isArrowFunction(parent) && parent.body === at) return at
    at = parent
  }
  return at
}
