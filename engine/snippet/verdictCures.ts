// Cures of verdicts: for each reason of a strange gradient that one small edit takes away, that edit. Apart from the
// verdicts, which judge what happened, and from the cures of faults, which end a run.
import ts from "typescript"
import type { FixData, VerdictId } from "../protocol/api.ts"
import { compoundOf, methodCall, nearest, statementOf, type Draft } from "./draft.ts"
import { fix, tracked, withoutCut } from "./mending.ts"

/** What is known of a verdict where its cure is looked for. */
export interface Judged {
  readonly draft: Draft
  /** The variable. */
  readonly name: string
  /** Where it got its value. */
  readonly definition: ts.Node | null
  /** The cause. */
  readonly cause: ts.Node | null
}

type Cure = (judged: Judged) => readonly FixData[]

const none: Cure = () => []

const cures: Readonly<Record<VerdictId, Cure>> = {
  "not-yet": none,
  "no-requires-grad": ({ draft, definition }) => tracked(draft, nearest(definition, ts.isVariableDeclaration)?.initializer ?? null),
  detached: ({ draft, cause }) => withoutCut(draft, cause),
  "no-grad": none,
  "through-number": ({ draft, cause }) => {
    const call = nearest(cause, ts.isCallExpression)
    const [given] = call?.arguments ?? []
    if (call === null || given === undefined || methodCall(call)?.name.text === "item") return withoutCut(draft, cause)
    return /^(torch\.(as_)?tensor|Number)$/.test(draft.text(call.expression)) ? [fix("write-instead", [draft.text(call), draft.text(given)], draft.replace(call, draft.operand(given)))] : []
  },
  integer: ({ draft, cause }) => withoutCut(draft, cause),
  "non-leaf": ({ draft, definition, name }) => {
    const statement = definition === null ? null : statementOf(definition)
    const isLine = statement !== null && (ts.isVariableStatement(statement) || ts.isExpressionStatement(statement))
    return isLine && isName(name) ? [fix("retain-grad", [name], draft.lineAfter(statement, `${name}.retain_grad()`))] : []
  },
  reassigned: ({ draft, cause, name }) => {
    const assignment = nearest(cause, ts.isBinaryExpression)
    const statement = assignment === null ? null : statementOf(assignment)
    if (assignment?.operatorToken.kind !== ts.SyntaxKind.EqualsToken || statement === null || !ts.isExpressionStatement(statement) || draft.text(assignment.left) !== name) return []
    const right = inner(assignment.right)
    if (!ts.isBinaryExpression(right) || !begins(draft, right, name)) return []
    const update = draft.text(right.left) === name ? `${name} ${draft.text(right.operatorToken)}= ${draft.text(right.right)}` : `${name}.copy_(${draft.text(right)})`
    return [fix("without-grad", [], draft.replace(assignment, isUntracked(draft, statement) ? update : `torch.no_grad(() => { ${update} })`))]
  },
  "not-reached": none,
  "relu-zero": none,
  saturated: none,
  "times-zero": none,
  "nan-born": none,
  infinite: none,
  accumulated: ({ draft, cause, name }) => {
    const statement = cause === null ? null : statementOf(cause)
    if (statement === null) return []
    const optimizer = optimizerOf(draft, cause!)
    const clear = optimizer !== null ? `${optimizer}.zero_grad()` : isName(name) ? `${name}.grad = null` : `${name.split(".")[0]}.zero_grad()`
    return [fix("clear-grad", [clear], draft.lineBefore(statement, clear))]
  },
  "broadcast-sum": none,
  "growing-graph": ({ draft, cause, name }) => {
    const assignment = nearest(cause, ts.isBinaryExpression)
    if (assignment === null) return []
    const compound = compoundOf(assignment)
    const sum = inner(assignment.right)
    const added = compound !== null ? assignment.right : ts.isBinaryExpression(sum) ? (draft.text(sum.left) === name ? sum.right : draft.text(sum.right) === name ? sum.left : null) : null
    if (added !== null) {
      const number = fix("take-number", [draft.text(added)], draft.replace(added, `${draft.operand(added)}.item()`))
      const detached = fix("detach-last", [draft.text(added)], draft.replace(added, `${draft.operand(added)}.detach()`))
      return startsAsNumber(draft, name, assignment) ? [number, detached] : [detached]
    }
    const again = mentions(assignment.right, name)
    return again.length === 0 ? [] : [fix("detach-last", [name], ...again.map((one) => draft.insertAfter(one, ".detach()")))]
  },
}

/** The cures of a verdict, the likeliest first. */
export function cureOf(id: VerdictId, judged: Judged): readonly FixData[] {
  return cures[id](judged)
}

const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text)

function inner(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? inner(node.expression) : node
}

/** True for `w - a - b`, whose first operand is w. */
function begins(draft: Draft, node: ts.Expression, name: string): boolean {
  const at = inner(node)
  return ts.isBinaryExpression(at) ? begins(draft, at.left, name) : draft.text(at) === name
}

/** True inside the body of no_grad or inference_mode, as it is written. */
function isUntracked(draft: Draft, node: ts.Node): boolean {
  for (let at: ts.Node = node; at.parent !== undefined; at = at.parent) {
    const { parent } = at
    if (ts.isCallExpression(parent) && parent.expression !== at && /(no_grad|inference_mode)$/.test(draft.text(parent.expression))) return true
    if (ts.isBlock(parent) && parent.statements.some((one) => one.pos < at.pos && ts.isVariableStatement(one) && /(no_grad|inference_mode)\(\)/.test(draft.text(one)))) return true
  }
  return false
}

/** The name of the snippet's optimiser, where it has exactly one that a place can see. */
function optimizerOf(draft: Draft, from: ts.Node): string | null {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined && ts.isNewExpression(node.initializer) && /(^|\.)optim\.\w+$/.test(draft.text(node.initializer.expression))) found.push(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(draft.tree)
  const [name] = found
  return found.length === 1 && name !== undefined && draft.declarationOf(name, from) !== null ? name : null
}

/** True where a sum starts as a plain number and nothing is asked of it that only a tensor has. */
function startsAsNumber(draft: Draft, name: string, from: ts.Node): boolean {
  const made = draft.declarationOf(name, from)?.initializer
  return made !== undefined && ts.isNumericLiteral(made) && !new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}\\s*\\.`).test(draft.source)
}

/** Each place of an expression that names a variable. */
function mentions(node: ts.Node, name: string, found: ts.Identifier[] = []): ts.Identifier[] {
  if (ts.isIdentifier(node) && node.text === name && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) found.push(node)
  ts.forEachChild(node, (child) => void mentions(child, name, found))
  return found
}
