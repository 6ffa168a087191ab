// graphAround: whose graph shows a tensor best. A result's own; but a leaf's own is the leaf alone, so that of the last
// result that was made of it. Apart because the engine is asked for it.

import type { Graph } from "../engine/protocol/api.ts"
import { tensorOf, type Found } from "./finding.ts"
import { sampleOf } from "./inlineTexts.ts"
import type { DocumentResult } from "./results.ts"
import type { Session } from "./session.ts"

/** Results that are looked at before the leaf is shown alone; the last one, the loss as a rule, has it nearly always. */
const mostTried = 8

/** The tensor whose graph to show, for one that was asked about. Rejects as `Session.graph` does. */
export async function graphAround(session: Session, { result, pick }: DocumentResult, found: Found): Promise<Found> {
  const tensor = tensorOf(found)
  const { name } = found.record
  if (!tensor || !tensor.requires_grad || !tensor.is_leaf || name === undefined || !session.holds(result.runId)) return found
  const all = result.trace.records.flatMap((record) => {
    const sample = sampleOf(record, pick)
    return sample?.value.kind === "tensor" && sample.value.requires_grad && !sample.value.is_leaf && sample.value.id !== 0 ? [{ record, sample, id: sample.value.id }] : []
  })
  const named = all.filter(({ record }) => record.kind === "binding")
  for (const { id, ...candidate } of [...named.reverse(), ...all.filter(({ record }) => record.kind !== "binding").reverse()].slice(0, mostTried)) {
    if (hasLeaf(await session.graph(result.runId, id), name)) return candidate
  }
  return found
}

function hasLeaf({ nodes }: Graph, name: string): boolean {
  return nodes.some((node) => node.kind === "leaf" && isCalled(node.name, name))
}

/** Whether a node's name is that of a tensor: what a module holds may be called after an inner module, `fc.weight` for `model.fc.weight`. */
export function isCalled(nodeName: string, name: string): boolean {
  return nodeName === name || name.endsWith(`.${nodeName}`)
}
