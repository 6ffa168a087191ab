// Cures of faults: for each fault that has some, the edits of the learner's source after which the run goes on. Apart
// from the faults, which know tensors and no syntax.
import ts from "typescript"
import type { FixData, FixId, Span, TextEdit } from "../protocol/api.ts"
import type { Fault, FaultId } from "../protocol/faults.ts"
import { table as operators } from "../ops/table.ts"
import { Tensor } from "../tensor/tensor.ts"
import { onOneDevice } from "./deviceCures.ts"
import { compoundOf, Draft, methodCall, nearest, optionOf, statementOf } from "./draft.ts"
import { flowOf, isLeaf, type Flow } from "./flow.ts"
import { matrixShapes, meetingShapes } from "./shapeCures.ts"
import type { SiteTable } from "./sites.ts"

/** What a cure is looked for with. */
export interface Patient {
  readonly draft: Draft
  readonly fault: Fault
  /** The expression that failed. */
  readonly node: ts.Node
  /** The expression at a site. */
  at(site: number): ts.Node | null
}

type Cure = (patient: Patient) => readonly FixData[]

const cures: Readonly<Record<FaultId, Cure>> = {
  "changed-in-place": ({ draft, fault, at }) => {
    const [tensor] = fault.about
    if (!(tensor instanceof Tensor) || isLeaf(tensor)) return []
    const change = at(tensor.storage.changedAt)
    return change === null ? [] : outOfPlace(draft, change)
  },

  "second-backward": ({ draft, fault, at }) => {
    const [first] = fault.about
    const call = typeof first === "number" && first > 0 ? nearest(at(first), ts.isCallExpression) : null
    const edit = call === null ? null : draft.addOption(call, "retain_graph", "true")
    return edit === null ? [] : [fix("keep-graph", [String(edit.span.line)], edit)]
  },

  "leaf-in-place": ({ draft, node }) => {
    const statement = statementOf(node)
    if (statement === null) return []
    if (!changesInPlace(statement)) {
      const change = outOfPlace(draft, node)
      return change
    }
    const [first, last] = neighbours(statement)
    const indent = draft.indent(first)
    const body = draft.source.slice(first.getStart(draft.tree), last.end).split("\n").map((line, i) => (i === 0 || line.trim() === "" ? line : `  ${line}`)).join("\n")
    return [fix("without-grad", [], draft.replaceBetween(first, last, `torch.no_grad(() => {\n${indent}  ${body}\n${indent}})`))]
  },

  "not-one-element": ({ draft, node }) => {
    const call = methodCall(nearest(node, ts.isCallExpression))
    if (call?.name.text !== "backward") return []
    const { owner } = call
    const [given] = call.call.arguments
    const ones = `torch.ones_like(${draft.text(owner)})`
    const open = call.call.expression.end + 1
    const insert: TextEdit = { span: draft.between(open, open), text: given === undefined ? ones : `${ones}, ` }
    return [
      fix("sum-first", [draft.text(owner)], draft.insertAfter(owner, ".sum()")),
      ...(given === undefined || ts.isObjectLiteralExpression(given) ? [fix("ones-gradient", [ones], insert)] : []),
    ]
  },

  "nothing-tracked": ({ draft, fault, at }) => {
    const [root] = fault.about
    const flow = root instanceof Tensor ? flowOf(root) : null
    return flow === null ? [] : trackedAgain(draft, flow, at)
  },

  "integer-grad": ({ draft, node }) => {
    const call = nearest(node, (one): one is ts.CallExpression | ts.NewExpression => ts.isCallExpression(one) || ts.isNewExpression(one))
    const options = call?.arguments?.at(-1)
    if (call && options !== undefined && ts.isObjectLiteralExpression(options) && optionOf(options, "requires_grad") !== undefined) {
      const dtype = optionOf(options, "dtype")
      if (dtype !== undefined) return [fix("write-instead", [draft.text(dtype), "dtype: torch.float32"], draft.replace(dtype, "dtype: torch.float32"))]
      const made = draft.addOption(call, "dtype", "torch.float32")
      return made === null ? [] : [fix("write-instead", [draft.text(options), draft.text(options).replace(/\s*\}$/, ", dtype: torch.float32 }")], made)]
    }
    const owner = methodCall(call ?? null)?.owner ?? (nearest(node, ts.isPropertyAccessExpression)?.expression as ts.Expression | undefined)
    return owner === undefined ? [] : asFloat(draft, owner)
  },

  broadcast: ({ draft, fault, node }) => meetingShapes(draft, node, fault.about),
  "matrix-shapes": ({ draft, fault, node }) => matrixShapes(draft, node, fault.about),

  "linear-features": ({ draft, fault }) => {
    const [input, weight] = fault.about as [readonly number[], readonly number[]]
    const layers = newExpressions(draft.tree).filter(({ expression, arguments: args }) => {
      const [from, to] = args ?? []
      return /(^|\.)Linear$/.test(draft.text(expression)) && from !== undefined && to !== undefined && draft.text(from) === String(weight[1]) && draft.text(to) === String(weight[0])
    })
    const [layer] = layers
    const features = String(input.at(-1))
    return layers.length === 1 && layer?.arguments?.[0] !== undefined ? [fix("layer-inputs", [features], draft.replace(layer.arguments[0], features))] : []
  },

  "loss-shapes": ({ draft, fault, node }) => {
    const call = nearest(node, ts.isCallExpression)
    const [input, target] = call?.arguments ?? []
    const [a, b] = fault.about as [readonly number[], readonly number[]]
    if (input === undefined || target === undefined || count(a) !== count(b)) return []
    return [fix("match-target", [draft.text(target)], draft.replace(target, `${draft.operand(target)}.view_as(${draft.text(input)})`))]
  },

  devices: ({ draft, fault, node }) => onOneDevice(draft, node, fault.about),
}

/** The cures of a fault; none for one that is not known, or whose place is not of the main file. */
export function mend(fault: Fault, place: Span, table: SiteTable, source: string): readonly FixData[] {
  if (fault.id === undefined || place.file !== undefined) return []
  const draft = new Draft(source)
  const at = (site: number): ts.Node | null => draft.at(table.get(site)?.whole)
  const node = at(fault.site) ?? draft.at(place)
  return node === null ? [] : cures[fault.id]({ draft, fault, node, at })
}

export function fix(id: FixId, args: readonly string[], ...edits: readonly TextEdit[]): FixData {
  return { id, args, edits }
}

/** Changes in place of which PyTorch has no method that makes a new tensor. */
const overwrites: ReadonlySet<string> = new Set(["zero", "fill", "copy"])

/** A change in place as an operation that makes a new tensor, or on a copy. */
function outOfPlace(draft: Draft, change: ts.Node): readonly FixData[] {
  const assignment = nearest(change, (one): one is ts.BinaryExpression => compoundOf(one) !== null || (ts.isBinaryExpression(one) && one.operatorToken.kind === ts.SyntaxKind.EqualsToken))
  const compound = assignment === null ? null : compoundOf(assignment)
  if (assignment !== null && compound !== null && ts.isIdentifier(compound.left)) {
    const name = draft.text(compound.left)
    const made = `${name} = ${name} ${compound.operator} ${draft.operand(compound.right)}`
    return [fix("new-tensor", [draft.text(assignment), made], draft.replace(assignment, made), ...draft.freed(name, assignment))]
  }
  if (assignment !== null) return copiedFirst(draft, assignment.left, assignment)
  const found = methodCall(nearest(change, ts.isCallExpression))
  if (found === null || !found.name.text.endsWith("_")) return []
  const { call, owner, name } = found
  const other = name.text.slice(0, -1)
  if (overwrites.has(other) || typeof Reflect.get(Tensor.prototype, other) !== "function") return copiedFirst(draft, owner, call)
  if (!ts.isExpressionStatement(call.parent)) return [fix("new-tensor", [draft.text(call), draft.text(call).replace(name.text, other)], draft.replace(name, other))]
  if (!ts.isIdentifier(owner)) return []
  const made = `${owner.text} = ${draft.source.slice(call.getStart(draft.tree), name.getStart(draft.tree))}${other}${draft.source.slice(name.end, call.end)}`
  return [fix("new-tensor", [draft.text(call), made], draft.replace(call, made), ...draft.freed(owner.text, call))]
}

/** `y = y.clone()` before a change of some elements. */
function copiedFirst(draft: Draft, target: ts.Expression, change: ts.Node): readonly FixData[] {
  let base: ts.Expression = target
  while (ts.isElementAccessExpression(base) || ts.isNonNullExpression(base)) base = base.expression
  const statement = statementOf(change)
  if (!ts.isIdentifier(base) || statement === null) return []
  return [fix("clone-first", [base.text], draft.lineBefore(statement, `${base.text} = ${base.text}.clone()`), ...draft.freed(base.text, change))]
}

/** True for a statement that does nothing but change a tensor in place. */
function changesInPlace(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement)) return false
  const { expression } = statement
  if (compoundOf(expression) !== null) return true
  if (ts.isBinaryExpression(expression)) return expression.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isElementAccessExpression(expression.left)
  return methodCall(expression)?.name.text.endsWith("_") === true
}

/** The first and the last of the statements beside one that also only change in place: an update of several weights. */
function neighbours(statement: ts.Statement): readonly [ts.Statement, ts.Statement] {
  const { parent } = statement
  const all = ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) ? parent.statements : [statement]
  let from = all.indexOf(statement)
  let to = from
  while (from > 0 && changesInPlace(all[from - 1]!)) from--
  while (to < all.length - 1 && changesInPlace(all[to + 1]!)) to++
  return [all[from]!, all[to]!]
}

/** Removes the one cut on the way to the result; where there is none, makes what it came from tracked. */
function trackedAgain(draft: Draft, root: Flow, at: Patient["at"]): readonly FixData[] {
  const behind = new Set<Flow>([root])
  for (const one of behind) for (const input of one.inputs) behind.add(input)
  const cuts = [...behind].filter(({ cut }) => cut !== null)
  const [cut] = cuts
  if (cut !== undefined) return cuts.length === 1 ? withoutCut(draft, at(cut.site)) : []
  const origins = [...behind].filter(({ inputs, isFloat }) => inputs.length === 0 && isFloat).sort((a, b) => a.id - b.id)
  return origins.slice(0, 3).flatMap(({ site }) => tracked(draft, at(site)))
}

/** `x.detach()` becomes `x`, and so for everything else that cuts a value off where it is called. */
export function withoutCut(draft: Draft, node: ts.Node | null): readonly FixData[] {
  const call = methodCall(nearest(node, ts.isCallExpression))
  if (call !== null && /^(detach|item|tolist|long|int|short|byte|char|bool)$/.test(call.name.text)) {
    return [fix("remove-cut", [`.${call.name.text}()`, String(draft.span(call.name).line)], draft.removeAfter(call.owner, call.call))]
  }
  const data = nearest(node, ts.isPropertyAccessExpression)
  return data?.name.text === "data" ? [fix("remove-cut", [".data", String(draft.span(data.name).line)], draft.removeAfter(data.expression, data))] : []
}

/** The tensor that an expression makes is tracked: by its option, else on a line of its own. */
export function tracked(draft: Draft, node: ts.Node | null): readonly FixData[] {
  if (node === null) return []
  const declaration = nearest(node, ts.isVariableDeclaration)
  const name = declaration !== null && ts.isIdentifier(declaration.name) ? declaration.name.text : draft.text(node)
  const maker = methodCall(nearest(node, ts.isCallExpression))
  if (maker !== null && draft.text(maker.owner) === "torch" && takesRequiresGrad(maker.name.text)) {
    const edit = draft.addOption(maker.call, "requires_grad", "true")
    if (edit !== null) return [fix("track", [name], edit)]
  }
  const statement = declaration === null ? null : statementOf(declaration)
  return statement === null ? [] : [fix("track", [name], draft.lineAfter(statement, `${name}.requires_grad_()`))]
}

function takesRequiresGrad(name: string): boolean {
  if (name === "tensor") return true
  const entry = Object.hasOwn(operators, name) ? operators[name as keyof typeof operators] : undefined
  return entry !== undefined && "signature" in entry && entry.signature.parameters.some((one) => one.name === "requires_grad")
}

/** Floats where the variable is made, else where it stands. */
function asFloat(draft: Draft, owner: ts.Expression): readonly FixData[] {
  const made = ts.isIdentifier(owner) ? draft.declarationOf(owner.text, owner)?.initializer : undefined
  const target = made ?? owner
  return [fix("to-float", [draft.text(owner)], draft.replace(target, `${draft.operand(target)}.float()`))]
}

function newExpressions(node: ts.Node, found: ts.NewExpression[] = []): ts.NewExpression[] {
  if (ts.isNewExpression(node)) found.push(node)
  ts.forEachChild(node, (child) => void newExpressions(child, found))
  return found
}

const count = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)
