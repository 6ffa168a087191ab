// panelTensor: which tensor's numbers the panel shows, and the door through which it fetches them. Apart from panel.ts,
// which owns the webview; what comes from there is checked here.

import type { PanelHostApi, TensorShown } from "../engine/protocol/api.ts"
import { Fault } from "../engine/protocol/faults.ts"
import { sameAgain, tensorOf, type Found } from "./finding.ts"
import type { DocumentResult } from "./results.ts"
import type { Session } from "./session.ts"
import { foundOfRow, tensorRows, tensorsOf } from "./tensorRows.ts"

/** A found tensor as the panel takes it; null where it is none. */
export function tensorShown({ result }: DocumentResult, found: Found): TensorShown | null {
  const value = tensorOf(found)
  if (!value) return null
  const { record, sample } = found
  const time = record.count > 1 ? { time: { index: sample.index, count: record.count } } : {}
  return { name: record.name ?? "", runId: result.runId, value, span: record.span, ...time }
}

/** The tensor that a name at a line means in a run: a variable, or what a module holds (`fc.weight` of `model`, too). */
export function tensorNamed({ result, pick }: DocumentResult, name: string, line: number | null): Found | null {
  const all = tensorsOf(tensorRows(result.trace, pick))
  const same = all.filter((row) => row.name === name)
  const named = same.length > 0 ? same : all.filter((row) => row.held !== null && row.name.endsWith(`.${name}`))
  const row = named.find(({ span }) => span.line === line) ?? named.at(-1)
  return row ? foundOfRow(row) : null
}

/** The same tensor in a later run. */
export function tensorAgain(held: DocumentResult, { record }: Found): Found | null {
  return (record.name === undefined ? null : tensorNamed(held, record.name, record.span.line)) ?? sameAgain(held.result.trace, record, held.pick)
}

/** What the panel may ask about tensors. `held` gives the result of the document that it shows. */
export function tensorDoor(session: Session, held: () => DocumentResult | undefined): Required<Pick<PanelHostApi, "values" | "statistics" | "tensor">> {
  return {
    values: async (runId, tensorId, of, start, size) => {
      if (![start, size].every(isPlace)) throw new Fault("ValueError", "A window of values has a start and a size by dimension.", "")
      return await session.values(...checked(runId, tensorId, of), start, size)
    },
    statistics: async (runId, tensorId, of) => await session.statistics(...checked(runId, tensorId, of)),
    tensor: async (name, line) => {
      const result = held()
      if (!result || typeof name !== "string" || (line !== null && !Number.isSafeInteger(line))) return null
      const found = tensorNamed(result, name, line)
      return found && tensorShown(result, found)
    },
  }
}

function checked(runId: unknown, tensorId: unknown, of: unknown): [number, number, "value" | "grad"] {
  if (!isCount(runId) || !isCount(tensorId) || (of !== "value" && of !== "grad")) throw new Fault("ValueError", "There is no such tensor.", "")
  return [runId, tensorId, of]
}

function isPlace(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount)
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
