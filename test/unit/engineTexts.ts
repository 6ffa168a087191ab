// Reads the engine's sources for what it can say to a learner: the English sentences are data, `{0}` where a name, a
// shape or a number stands. The translations are held against them.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"

/** What faults, warnings and the places beside them are made with. */
const makers = /^(Fault|fault|runtime|argument|value|index|notImplemented|warn|reject|beside)$/
/** Rooms whose sentences no learner meets: the editor's types, and kernels. */
const elsewhere = /^(types|backends)\//
/** Files whose faults are ours: the transport, which tells of bugs. */
const ours = new Set(["protocol/rpc.ts", "protocol/channels.ts"])
/** Where sentences are kept in tables or handed on, so that every one counts. */
const tables = /^(snippet\/|ops\/entry\.ts|nn\/stateDict\.ts|vision\/weights\.ts)/

export interface EngineTexts {
  /** Every sentence that a fault or a warning may be, by the file that says it. */
  readonly sentences: ReadonlyMap<string, string>
  /** Every text of the engine, sentence or not. */
  readonly all: ReadonlySet<string>
}

export function engineTexts(root: string): EngineTexts {
  const sentences = new Map<string, string>()
  const all = new Set<string>()
  const files = (readdirSync(join(root, "engine"), { recursive: true }) as string[]).map((name) => name.replaceAll("\\", "/")).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  for (const file of files.sort()) {
    const source = ts.createSourceFile(file, readFileSync(join(root, "engine", file), "utf8"), ts.ScriptTarget.ES2022, true)
    const isSaid = !elsewhere.test(file) && !ours.has(file)
    const visit = (node: ts.Node, isBug: boolean): void => {
      const text = textOf(node)
      if (text !== null) {
        for (const one of forms(text)) all.add(one)
        if (isSaid && !isBug && !isCompared(node) && tables.test(file) && /[.?]$/.test(text) && isSentence(text)) for (const one of forms(text)) sentences.set(one, file)
      }
      if (isSaid && (ts.isCallExpression(node) || ts.isNewExpression(node)) && makers.test(nameOf(node.expression))) {
        for (const argument of node.arguments ?? []) for (const said of saidBy(argument)) if (isSentence(said)) for (const one of forms(said)) sentences.set(one, file)
      }
      const isNowBug = isBug || (ts.isNewExpression(node) && /^(Type|Syntax|Range)?Error$/.test(node.expression.getText()))
      ts.forEachChild(node, (child) => visit(child, isNowBug))
    }
    visit(source, false)
  }
  return { sentences, all }
}

/** Without the numbers of its gaps: the engine and the translation may count them differently. */
export function bare(text: string): string {
  return text.replace(/\{\d+\}/g, "{}")
}

function nameOf(callee: ts.Expression): string {
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : ""
}

/** JavaScript's own messages are recognised by their text, not said. */
function isCompared({ parent }: ts.Node): boolean {
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken
}

/** The texts that an argument may be; what is handed on from elsewhere is none. */
function saidBy(node: ts.Expression): string[] {
  if (ts.isParenthesizedExpression(node)) return saidBy(node.expression)
  if (ts.isConditionalExpression(node)) return [...saidBy(node.whenTrue), ...saidBy(node.whenFalse)]
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return saidBy(node.left).flatMap((left) => saidBy(node.right).map((right) => left + right))
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return [...saidBy(node.left), ...saidBy(node.right)]
  const text = textOf(node)
  return text === null ? [] : [text]
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return null
  return node.templateSpans.reduce((text, { expression, literal }, i) => `${text}${expression.getText() === "atLine(line)" ? "{at line}" : `{${i}}`}${literal.text}`, node.head.text)
}

/** A limit's sentence says the line where that is known. */
function forms(text: string): string[] {
  if (!text.includes("{at line}")) return [text]
  return [" at line {9}", ""].map((where) => text.replaceAll("{at line}", where))
}

/** Two words in a row, outside of gaps and code. */
function isSentence(text: string): boolean {
  return /[A-Za-z]{2,}[,:]? [a-z]|^[A-Z][a-z]+ /.test(text.replace(/\{\d+\}/g, "").replace(/`[^`]*`/g, "x"))
}
