// Boundaries: where in the source gradients stop, from what the run did there: statements that ran with tracking off,
// and single values that left the graph. Apart from the verdicts, which are about one variable's gradient.
import ts from "typescript"
import { modes } from "../autograd/modes.ts"
import { watching } from "../autograd/watching.ts"
import type { Boundary, BoundaryReason } from "../protocol/api.ts"
import { Draft, statementOf } from "./draft.ts"
import type { Observer } from "./observer.ts"
import type { SiteTable } from "./sites.ts"

const on = 1
const off = 2
const inference = 4

/** Notes, place by place, whether tracking was on when it was reached. */
export class ModeNotes {
  /** By site. */
  private readonly seen: number[] = []

  note(site: number): void {
    // What an operation of the learner's own does inside is no region of theirs.
    if (watching.inside > 0) return
    this.seen[site] = (this.seen[site] ?? 0) | (modes.grad ? on : off) | (modes.inference ? inference : 0)
  }

  get hasUntracked(): boolean {
    return this.seen.some((bits) => (bits & on) === 0)
  }

  restart(): void {
    this.seen.length = 0
  }

  /** The stretches of the source that never ran with tracking on. */
  regions(table: SiteTable, draft: Draft): Boundary[] {
    const tracked: ts.Node[] = []
    const untracked: { readonly node: ts.Node; readonly isInference: boolean }[] = []
    this.seen.forEach((bits, site) => {
      const node = draft.at(table.get(site)?.whole)
      if (node === null) return
      if ((bits & on) !== 0) tracked.push(node)
      else untracked.push({ node, isInference: (bits & inference) !== 0 })
    })
    const isMixed = (node: ts.Node): boolean => tracked.some((one) => one.pos >= node.pos && one.end <= node.end)
    const statements = new Map<ts.Node, boolean>()
    const expressions = new Map<ts.Node, boolean>()
    for (const { node, isInference } of untracked) {
      const statement = statementOf(node)
      if (statement !== null && !isMixed(statement)) statements.set(statement, isInference)
      else if (!isMixed(node)) {
        let widest = node
        while (widest.parent !== undefined && !ts.isStatement(widest.parent) && !ts.isArrowFunction(widest.parent) && !isMixed(widest.parent)) widest = widest.parent
        expressions.set(widest, isInference)
      }
    }
    const found = [...expressions].map(([node, isInference]): Boundary => ({ kind: "region", reason: reasonOf(isInference), span: draft.span(node) }))
    return [...found, ...merged(statements, tracked, draft)]
  }
}

const reasonOf = (isInference: boolean): BoundaryReason => (isInference ? "inference" : "no-grad")

/** Neighbouring statements as one stretch; those between that nothing was seen of belong to it. */
function merged(statements: ReadonlyMap<ts.Node, boolean>, tracked: readonly ts.Node[], draft: Draft): Boundary[] {
  const found: Boundary[] = []
  const done = new Set<ts.Node>()
  const outer = (node: ts.Node): boolean => [...statements.keys()].some((other) => other !== node && other.pos <= node.pos && other.end >= node.end)
  for (const [first, isInference] of statements) {
    if (done.has(first) || outer(first)) continue
    const { parent } = first
    const all: readonly ts.Node[] = ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) ? parent.statements : [first]
    const isTracked = (node: ts.Node): boolean => tracked.some((one) => one.pos >= node.pos && one.end <= node.end)
    let to = all.indexOf(first)
    let last = to
    done.add(first)
    while (++to < all.length && !isTracked(all[to]!)) {
      if (!statements.has(all[to]!)) continue
      last = to
      done.add(all[to]!)
    }
    found.push({ kind: "region", reason: reasonOf(isInference), span: draft.between(first.getStart(draft.tree), all[last]!.end) })
  }
  return found
}

/** Every boundary of a run, in source order; a value inside a region is part of it. */
export function boundariesOf(observer: Observer, source: string): Boundary[] {
  if (!observer.modes.hasUntracked && observer.flows.exits.size === 0 && [...observer.names.values()].every(({ lostAt }) => lostAt === 0)) return []
  const draft = new Draft(source)
  const regions = observer.modes.regions(observer.table, draft)
  const values: Boundary[] = []
  const add = (site: number, reason: BoundaryReason, name: string | undefined): void => {
    const span = observer.table.get(site)?.whole
    if (span !== undefined && span.file === undefined) values.push({ kind: "value", reason, span, ...(name === undefined ? {} : { name }) })
  }
  for (const [site, { reason, name }] of observer.flows.exits) add(site, reason, name)
  for (const { variable, lostAt } of observer.names.values()) if (lostAt !== 0 && !variable.isAlias) add(lostAt, "reassigned", variable.name)
  const outside = values.filter(({ span }) => !regions.some((region) => region.span.line <= span.line && region.span.endLine >= span.endLine))
  return [...regions, ...outside].sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column)
}
