// tensorCommands: what can be done with one tensor, from the tensors view or at the cursor: show its numbers, go to its
// line, copy it.

import { commands, env, l10n, Selection, Uri, window, workspace, type Disposable } from "vscode"
import type { Parts } from "./commands.ts"
import { lastResult, tensorAt, tensorOf, type Found } from "./finding.ts"
import { placeOf } from "./places.ts"
import type { DocumentResult } from "./results.ts"
import { foundOfRow } from "./tensorRows.ts"
import type { TensorEntry } from "./tensors.ts"
import { fetchNumbers, textOf, type TextFormat } from "./tensorText.ts"
import { targetOf } from "./targets.ts"

type Of = "value" | "grad"

/** A tensor that a command is about: which one, and whether its numbers or its gradient's are meant. */
interface Asked {
  readonly held: DocumentResult
  readonly found: Found
  readonly of: Of
}

/** Registers the commands of a tensor, each behind the guard. */
export function registerTensorCommands(parts: Parts): readonly Disposable[] {
  const { panel, log } = parts
  const onTensor = (action: (asked: Asked) => Promise<unknown>) => async (...args: unknown[]): Promise<unknown> => {
    const asked = await askedFor(parts, args)
    if (asked) return await action(asked)
    void window.showInformationMessage(l10n.t("There is no tensor here. Put the cursor on one, and run the snippet first."))
    return undefined
  }
  const copy = (format: TextFormat) => onTensor(async (asked) => await copyTensor(parts, asked, format))
  return [
    log.command("autograd.showTensor", onTensor(async ({ held, found, of }) => {
      await panel.showTensor({ document: await workspace.openTextDocument(held.uri), found, of })
    })),
    log.command("autograd.showTensorInGraph", onTensor(async ({ held, found }) => {
      await panel.showInGraph({ document: await workspace.openTextDocument(held.uri), found })
    })),
    log.command("autograd.explainTensor", onTensor(async ({ held, found }) => {
      const { name } = found.record
      const result = lastResult(held.result.trace, held.pick)
      if (name !== undefined) await panel.explain({ document: await workspace.openTextDocument(held.uri), found: result, ask: { at: name } })
    })),
    log.command("autograd.revealTensor", async (...args) => await reveal(args)),
    log.command("autograd.copyTensorText", copy("text")),
    log.command("autograd.copyTensorJson", copy("json")),
    log.command("autograd.copyTensorCsv", copy("csv")),
  ]
}

/** The entry that a command of the view was called with. */
export function entryOf(args: readonly unknown[]): TensorEntry | undefined {
  const [first] = args
  if (typeof first !== "object" || first === null || !("row" in first) || !("uri" in first)) return undefined
  // Only the view makes such arguments.
  return first as TensorEntry
}

async function askedFor({ results, runner, session }: Parts, args: readonly unknown[]): Promise<Asked | undefined> {
  const entry = entryOf(args)
  if (entry) {
    const held = results.get(Uri.parse(entry.uri))
    const { row } = entry
    if (!held || row.kind === "module") return undefined
    return { held, found: foundOfRow(row.kind === "fact" ? row.tensor : row), of: row.kind === "fact" && row.of === "grad" ? "grad" : "value" }
  }
  const target = await targetOf(args)
  if (!target) return undefined
  const { document, position } = target
  const before = results.get(document.uri)
  if ((!before || !session.holds(before.result.runId)) && runner.mayRepeat(document)) await runner.again(document)
  const held = results.get(document.uri)
  const then = held?.lines.then(position.line + 1) ?? null
  const found = held && then !== null ? tensorAt(held.result.trace, { ...placeOf(document, position), line: then }, held.pick) : null
  return held && found ? { held, found, of: "value" } : undefined
}

async function reveal(args: readonly unknown[]): Promise<void> {
  const target = await targetOf(args)
  if (!target) return
  const { document, position, editor } = target
  await window.showTextDocument(document, { ...(editor?.viewColumn === undefined ? {} : { viewColumn: editor.viewColumn }), selection: new Selection(position, position) })
  await commands.executeCommand("workbench.action.focusActiveEditorGroup")
}

/** Copies all numbers, or as many as the bound lets through, which is then said. */
async function copyTensor({ session }: Parts, { held, found, of }: Asked, format: TextFormat): Promise<void> {
  const tensor = tensorOf(found)
  if (!tensor) return
  const plain = of === "grad" ? tensor.grad?.repr : tensor.repr
  const name = `${found.record.name ?? l10n.t("result")}${of === "grad" ? ".grad" : ""}`
  // Where PyTorch's own text has every number, it is what a person expects to paste.
  const isWhole = plain !== undefined && !plain.includes("...") && !plain.includes("…")
  if (plain !== undefined && isWhole && format === "text") return void (await env.clipboard.writeText(plain))
  const shape = of === "grad" ? (tensor.grad?.shape ?? []) : tensor.shape
  const { runId } = held.result
  if (tensor.id === 0 || !session.holds(runId)) {
    void window.showInformationMessage(l10n.t("This run's tensors are gone. Run again to copy their numbers."))
    return
  }
  const numbers = await fetchNumbers((start, size) => session.values(runId, tensor.id, of, start, size), shape)
  await env.clipboard.writeText(textOf(name, numbers, format))
  if (numbers.isCut) {
    const copied = numbers.values.length.toLocaleString()
    const all = shape.reduce((product, size) => product * size, 1).toLocaleString()
    void window.showInformationMessage(l10n.t("{0} has {1} numbers; the first {2} were copied.", name, all, copied))
  }
}
