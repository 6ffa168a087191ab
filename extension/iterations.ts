// Iterations: the values of a line as a list that a keyboard and a screen reader reach, and the picker of a loop's times.
// Line-end text is not read aloud, so this is the way to it.

import { env, l10n, window, type QuickPickItem, type TextDocument } from "vscode"
import { oneLine } from "./inlineTexts.ts"
import { tensorOf, valuesOfLine, type Found } from "./finding.ts"
import { whyText } from "./hoverText.ts"
import type { Moments } from "./moments.ts"
import type { Results } from "./results.ts"
import { loopOf } from "./turns.ts"

/** Lists what a line produced; choosing an entry copies it whole. Lines count from 1. */
export async function showLineValues(results: Results, document: TextDocument, line: number): Promise<void> {
  const held = results.get(document.uri)
  const then = held?.lines.then(line) ?? null
  const all = held && then !== null ? valuesOfLine(held.result.trace, then, held.pick) : []
  if (all.length === 0) {
    void window.showInformationMessage(l10n.t("Line {0} has no value yet. Run the snippet first.", line))
    return
  }
  const items = all.flatMap((found) => itemsOf(found))
  const chosen = await window.showQuickPick(items, { title: l10n.t("Values of line {0}", line), placeHolder: l10n.t("Choose one to copy it"), matchOnDetail: true })
  if (chosen) await env.clipboard.writeText(chosen.whole)
}

/** Lets the user walk through the recorded times of a loop; every line of that loop follows, also while choosing. */
export async function pickIteration(results: Results, moments: Moments, document: TextDocument, line: number): Promise<void> {
  const held = results.get(document.uri)
  const then = held?.lines.then(line) ?? null
  const found = held && then !== null ? valuesOfLine(held.run.trace, then).find(({ record }) => record.count > 1) : undefined
  if (!held || !found) {
    void window.showInformationMessage(l10n.t("Line {0} was not reached more than once. Put the cursor on a line with ×.", line))
    return
  }
  const { record } = found
  const items = record.samples.map(({ index, value }) => ({ label: `${index + 1} / ${record.count}`, description: oneLine(value.repr, 90), index }))
  const picker = window.createQuickPick<(typeof items)[number]>()
  const before = held.pick
  picker.title = l10n.t("Time {0} to {1} of the loop", 1, record.count)
  picker.placeholder = l10n.t("First, last and an even sample between; the arrows show each in place")
  picker.items = items
  const current = items.find(({ index }) => index === before?.index) ?? items.at(-1)
  picker.activeItems = current ? [current] : []
  const show = (index: number | undefined): void => {
    if (index === undefined) return
    const loop = loopOf(held.run.trace, record)
    moments.pick(document.uri, index === record.count - 1 ? null : { count: record.count, index, ...(loop ? { loop: loop.id } : {}) })
  }
  let isAccepted = false
  picker.onDidChangeActive(([item]) => show(item?.index))
  picker.onDidAccept(() => {
    isAccepted = true
    show(picker.activeItems[0]?.index)
    picker.hide()
  })
  picker.onDidHide(() => {
    if (!isAccepted) moments.pick(document.uri, before)
    picker.dispose()
  })
  picker.show()
}

function itemsOf(found: Found): readonly (QuickPickItem & { readonly whole: string })[] {
  const { record, sample } = found
  const tensor = tensorOf(found)
  const name = record.name ?? (record.kind === "print" ? l10n.t("printed") : l10n.t("result"))
  const times = record.count > 1 ? ` × ${record.count}` : ""
  const items = [{ label: `${name}${times}`, detail: oneLine(sample.value.repr, 400), description: tensor ? whyText(tensor, l10n) : "", whole: sample.value.repr }]
  if (tensor?.grad) items.push({ label: `${name}.grad`, detail: oneLine(tensor.grad.repr, 400), description: "", whole: tensor.grad.repr })
  return items
}
