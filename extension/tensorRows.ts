// tensorRows: what the tensors view lists of a run: every tensor that has a name, modules as groups, the facts of each.
// Apart from tensors.ts, which shows it, because it is pure.

import type { ModuleRecord, Span, TensorSummary, Trace, TraceRecord } from "../engine/protocol/api.ts"
import type { Found } from "./finding.ts"
import { oneLine, sampleOf, type IterationPick } from "./inlineTexts.ts"
import type { Words } from "./words.ts"

/** A tensor of the run. */
export interface TensorRow {
  readonly kind: "tensor"
  /** Unique in the list and the same in the next run, so that what is open stays open. */
  readonly key: string
  /** As the snippet reaches it: `x`, `model.0.weight`. */
  readonly name: string
  readonly label: string
  readonly value: TensorSummary
  readonly span: Span
  /** Which time of how many, where its place was reached more than once. */
  readonly time: { readonly index: number; readonly count: number } | null
  /** Set for what a module holds: its class says so, and the value is that of the end of the run. */
  readonly held: "parameter" | "buffer" | null
}

/** A module, or a part of one. */
export interface ModuleRow {
  readonly kind: "module"
  readonly key: string
  readonly name: string
  readonly label: string
  /** The class, where it is known. */
  readonly typeName: string
  readonly span: Span
  readonly rows: readonly ListedRow[]
  readonly tensors: number
  readonly omitted: number
}

export type ListedRow = TensorRow | ModuleRow

/** One fact of a tensor. */
export interface FactRow {
  readonly kind: "fact"
  readonly key: string
  readonly label: string
  readonly text: string
  /** Set where the fact is a tensor's numbers, which can be copied and shown. */
  readonly of: "value" | "grad" | null
  readonly tensor: TensorRow
}

/** The tensor as other commands know it. What a module holds has no place of its own: it counts as bound where the module is. */
export function foundOfRow({ name, value, span, time }: TensorRow): Found {
  const sample = { index: time?.index ?? 0, value }
  return { record: { kind: "binding", span, showLine: span.endLine, name, count: time?.count ?? 1, samples: [sample] }, sample }
}

/** What the view lists, in the order of the source. */
export function tensorRows({ records, modules = [] }: Trace, pick: IterationPick | null = null): readonly ListedRow[] {
  const times = new Map<string, number>()
  const key = (name: string): string => {
    const before = times.get(name) ?? 0
    times.set(name, before + 1)
    return before === 0 ? name : `${name} ${before + 1}`
  }
  const tensors = records.flatMap((record) => tensorRow(record, pick, key) ?? [])
  const groups = modules.map((module) => moduleRow(module, key(module.name)))
  return [...tensors, ...groups].sort((a, b) => (a.span.file ?? "").localeCompare(b.span.file ?? "") || a.span.line - b.span.line || a.span.column - b.span.column)
}

/** Every tensor of the list, those of modules included. */
export function tensorsOf(rows: readonly ListedRow[]): readonly TensorRow[] {
  return rows.flatMap((row) => (row.kind === "tensor" ? [row] : tensorsOf(row.rows)))
}

/** What a tensor of the run is compared with the one before: it is new, or its numbers or its gradient's were others. */
export type TensorChange = { readonly kind: "added" } | { readonly kind: "changed"; readonly was: TensorSummary; readonly value: boolean; readonly grad: boolean }

/** What changed by key, and the names that the run before had and this one has not. Numbers are compared as far as their text tells them. */
export function tensorChanges(now: readonly ListedRow[], before: readonly ListedRow[]): { readonly changes: ReadonlyMap<string, TensorChange>; readonly gone: readonly string[] } {
  const old = new Map(tensorsOf(before).map((row) => [row.key, row]))
  const changes = new Map<string, TensorChange>()
  for (const { key, value } of tensorsOf(now)) {
    const was = old.get(key)?.value
    old.delete(key)
    if (was === undefined) {
      changes.set(key, { kind: "added" })
      continue
    }
    const isOther = numbersOf(was.repr) !== numbersOf(value.repr) || String(was.shape) !== String(value.shape)
    const isOtherGrad = (was.grad ? numbersOf(was.grad.repr) : "None") !== (value.grad ? numbersOf(value.grad.repr) : "None")
    if (isOther || isOtherGrad) changes.set(key, { kind: "changed", was, value: isOther, grad: isOtherGrad })
  }
  return { changes, gone: [...new Set([...old.values()].map(({ name }) => name))] }
}

/** The facts that stand under a tensor. */
export function factRows(tensor: TensorRow, l10n: Words, change?: TensorChange): readonly FactRow[] {
  const { value, span, time } = tensor
  const was = change?.kind === "changed" ? change : null
  const fact = (label: string, text: string, of: FactRow["of"] = null): FactRow => ({ kind: "fact", key: `${tensor.key} ${label}`, label, text, of, tensor })
  return [
    fact(l10n.t("value"), numbersOf(value.repr), "value"),
    ...(was?.value ? [fact(l10n.t("value before"), numbersOf(was.was.repr))] : []),
    fact(".grad", value.grad ? numbersOf(value.grad.repr) : "None", value.grad ? "grad" : null),
    ...(was?.grad ? [fact(l10n.t(".grad before"), was.was.grad ? numbersOf(was.was.grad.repr) : "None")] : []),
    fact("shape", `[${value.shape.join(", ")}]`),
    fact("dtype", value.dtype),
    fact("device", value.device),
    fact("grad_fn", kindText(tensor, l10n)),
    ...(time === null ? [] : [fact(l10n.t("time"), `${time.index + 1} / ${time.count}`)]),
    fact(l10n.t("source"), placeText(span, l10n)),
  ]
}

/** The line that stands beside a tensor's name: `[2, 2] · [[3., 3.], [3., 3.]]`; `+` and `Δ` before it say that it is new, or not as it was. */
export function rowText({ value, time }: TensorRow, change?: TensorChange): string {
  const mark = change === undefined ? "" : change.kind === "added" ? "+ " : "Δ "
  const turns = time === null ? "" : time.index === time.count - 1 ? `× ${time.count} · ` : `${time.index + 1} / ${time.count} · `
  return `${mark}${turns}[${value.shape.join(", ")}] · ${oneLine(numbersOf(value.repr), 90)}`
}

/** What a screen reader says of a row. */
export function spokenText(row: TensorRow, l10n: Words): string {
  const { name, value, span } = row
  const grad = value.grad ? oneLine(numbersOf(value.grad.repr), 120) : "None"
  return l10n.t(
    "{0}, {1}, shape {2}, {3} on {4}, value {5}, grad {6}, {7}",
    name, kindText(row, l10n), `[${value.shape.join(", ")}]`, value.dtype, value.device, oneLine(numbersOf(value.repr), 120), grad, placeText(span, l10n),
  )
}

/** A repr's numbers without `tensor(…)` and what follows them. */
export function numbersOf(repr: string): string {
  const start = /tensor\(\s*/.exec(repr)
  if (!start) return oneLine(repr, 400)
  const inner = repr.slice(start.index + start[0].length)
  const numbers = inner.startsWith("[") ? inner.slice(0, inner.lastIndexOf("]") + 1) : inner.replace(/[,)][\s\S]*$/, "")
  return oneLine(numbers, 400)
}

function kindText({ value, held }: TensorRow, l10n: Words): string {
  const { requires_grad, is_leaf, chain } = value
  if (held === "buffer") return l10n.t("a buffer: not tracked")
  if (!requires_grad) return l10n.t("not tracked")
  return is_leaf ? (held === "parameter" ? l10n.t("a leaf: parameter") : l10n.t("a leaf")) : (chain[0]?.name ?? l10n.t("a result"))
}

function placeText({ line, file }: Span, l10n: Words): string {
  return file === undefined ? l10n.t("line {0}", line) : `${file}:${line}`
}

function tensorRow(record: TraceRecord, pick: IterationPick | null, key: (name: string) => string): TensorRow | null {
  const { kind, name, span, count } = record
  const sample = sampleOf(record, pick)
  if (kind !== "binding" || name === undefined || sample?.value.kind !== "tensor") return null
  const time = count > 1 ? { index: sample.index, count } : null
  return { kind: "tensor", key: key(name), name, label: name, value: sample.value, span, time, held: null }
}

/** A module's tensors in nested groups, by the parts of their paths. */
function moduleRow({ name, span, typeName, members, omitted }: ModuleRecord, key: string): ModuleRow {
  const rows = nested(members.map((member) => ({ member, path: member.path.split(".") })), { name, key, span })
  return { kind: "module", key, name, label: name, typeName, span, rows, tensors: members.length, omitted }
}

interface Parent {
  readonly name: string
  readonly key: string
  readonly span: Span
}

interface Step {
  readonly member: ModuleRecord["members"][number]
  readonly path: readonly string[]
}

function nested(steps: readonly Step[], parent: Parent): readonly ListedRow[] {
  const { span } = parent
  const groups = new Map<string, Step[]>()
  for (const step of steps) {
    const [first = ""] = step.path
    groups.set(first, [...(groups.get(first) ?? []), step])
  }
  return [...groups].map(([label, within]): ListedRow => {
    const name = `${parent.name}.${label}`
    const key = `${parent.key}.${label}`
    const [only] = within
    if (only && only.path.length === 1) return { kind: "tensor", key, name, label, value: only.member.value, span, time: null, held: only.member.isBuffer ? "buffer" : "parameter" }
    const rows = nested(within.map(({ member, path }) => ({ member, path: path.slice(1) })), { name, key, span })
    return { kind: "module", key, name, label, typeName: "", span, rows, tensors: within.length, omitted: 0 }
  })
}
