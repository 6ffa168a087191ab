// Cures of shapes that do not meet: which operand to turn or to reshape so that they do. Apart from the other cures
// because they are about arithmetic of shapes, and try several.
import ts from "typescript"
import type { FixData } from "../protocol/api.ts"
import { Draft, nearest } from "./draft.ts"

type Sizes = readonly number[]

interface Candidate {
  readonly sizes: Sizes
  readonly call: string
}

/** Cures of two shapes that do not broadcast. */
export function meetingShapes(draft: Draft, node: ts.Node, about: readonly unknown[]): readonly FixData[] {
  const [a, b] = about as [Sizes, Sizes]
  const operands = operandsOf(node)
  if (operands === null) return []
  const [left, right] = operands
  // The operand that is smaller, or comes second, is the one to change.
  const second = looks(b, a).filter(({ sizes }) => broadcasts(a, sizes))
  const first = looks(a, b).filter(({ sizes }) => broadcasts(sizes, b))
  const found = [...second.map(({ call }) => instead(draft, right, call)), ...first.map(({ call }) => instead(draft, left, call))]
  return found.slice(0, 2)
}

/** Cures of two shapes whose matrix product does not exist. */
export function matrixShapes(draft: Draft, node: ts.Node, about: readonly unknown[]): readonly FixData[] {
  const [a, b] = about as [Sizes, Sizes]
  const operands = operandsOf(node)
  if (operands === null) return []
  const [left, right] = operands
  const found: FixData[] = []
  if (b.length >= 2 && a.at(-1) === b.at(-1)) found.push(instead(draft, right, b.length === 2 ? ".T" : ".mT"))
  if (a.length >= 2 && a.at(-2) === b.at(b.length === 1 ? 0 : -2)) found.push(instead(draft, left, a.length === 2 ? ".T" : ".mT"))
  return found
}

/** Other looks at the same elements that a learner may have meant, likeliest first. */
function looks(sizes: Sizes, other: Sizes): Candidate[] {
  const found: Candidate[] = []
  if (sizes.length === 1) found.push({ sizes: [...sizes, 1], call: ".unsqueeze(1)" })
  if (sizes.length === 2 && other.length === 2) found.push({ sizes: [sizes[1]!, sizes[0]!], call: ".T" })
  return found
}

function broadcasts(a: Sizes, b: Sizes): boolean {
  const rank = Math.max(a.length, b.length)
  for (let d = 1; d <= rank; d++) {
    const x = a[a.length - d] ?? 1
    const y = b[b.length - d] ?? 1
    if (x !== y && x !== 1 && y !== 1) return false
  }
  return true
}

/** The two tensors that an operation is between, as they are written. */
function operandsOf(node: ts.Node): readonly [ts.Expression, ts.Expression] | null {
  const binary = nearest(node, ts.isBinaryExpression)
  if (binary !== null && node.kind !== ts.SyntaxKind.CallExpression) return [binary.left, binary.right]
  const call = nearest(node, ts.isCallExpression)
  if (call === null || !ts.isPropertyAccessExpression(call.expression)) return null
  const [one, two] = call.arguments
  if (one === undefined) return null
  const isOfNamespace = two !== undefined && !ts.isObjectLiteralExpression(two)
  return isOfNamespace ? [one, two] : [call.expression.expression, one]
}

function instead(draft: Draft, operand: ts.Expression, call: string): FixData {
  const made = `${draft.operand(operand)}${call}`
  return { id: "write-instead", args: [draft.text(operand), made], edits: [draft.replace(operand, made)] }
}
