// hoverText: what a hover says about a value, as Markdown. Apart from hover.ts, which finds the place, because it is
// pure. The facts are the run's own; only the sentence that says why is ours.

import type { TensorSummary } from "../engine/protocol/api.ts"
import { tensorOf, type Found } from "./finding.ts"
import type { Words } from "./words.ts"

/** What the hover needs besides the value. */
export interface HoverContext {
  /** True when the document was edited since the run. */
  readonly isStale: boolean
  /** Markdown links to commands, already made. */
  readonly links: readonly string[]
  /** Why the gradient is as it is, where that is known: said instead of the general sentence. */
  readonly verdicts?: readonly string[]
}

/** A value's repr in a hover may take this many lines. */
export const mostLines = 14

/** The whole hover as Markdown. */
export function hoverText(found: Found, { isStale, links, verdicts = [] }: HoverContext, l10n: Words): string {
  const { record, sample } = found
  const tensor = tensorOf(found)
  const name = record.name ? `**${escape(record.name)}**` : `**${tensor ? l10n.t("result") : l10n.t("value")}**`
  const facts = tensor
    ? [`shape \`[${tensor.shape.join(", ")}]\``, `dtype \`${tensor.dtype}\``, `device \`${tensor.device}\``]
    : [`\`${sample.value.kind === "plain" ? sample.value.typeName : ""}\``]
  const parts = [`${name} · ${facts.join(" · ")}`]
  if (record.count > 1) parts.push(l10n.t("Reached {0} times; this is time {1}.", record.count, sample.index + 1))
  if (isStale) parts.push(`$(history) ${l10n.t("From before your edit. Run again to refresh it.")}`)
  parts.push(block(sample.value.repr))
  if (tensor) parts.push(...gradientParts(tensor, verdicts.length > 0 ? verdicts : [`*${whyText(tensor, l10n)}*`], l10n))
  if (links.length > 0) parts.push(links.join(" · "))
  return parts.join("\n\n")
}

/** The backward chain joined by arrows, `MulBackward0 → … → AccumulateGrad`; empty when nothing is tracked. */
export function chainText(tensor: TensorSummary): string {
  return tensor.chain.map(({ name }) => name).join(" → ")
}

/** One sentence that says why this tensor has, or has not, a gradient. */
export function whyText(tensor: TensorSummary, l10n: Words): string {
  const { requires_grad, is_leaf, grad, chain } = tensor
  if (!requires_grad) return l10n.t("Nothing is tracked here: requires_grad is false, so backward brings no gradient to it.")
  if (is_leaf && grad) return l10n.t("A leaf: backward adds up in .grad what arrives here, {0}.", shapeText(grad.shape))
  if (is_leaf) return l10n.t("A leaf: its .grad is null until a backward pass reaches it.")
  const maker = chain[0]?.name ?? "grad_fn"
  if (grad) return l10n.t("A result, made by {0}; its .grad was kept because of retain_grad().", maker)
  return l10n.t("A result, made by {0}: the gradient passes through it and is not kept, unless retain_grad() is called.", maker)
}

function gradientParts(tensor: TensorSummary, why: readonly string[], l10n: Words): string[] {
  const { requires_grad, is_leaf, chain, grad } = tensor
  const gradLine = grad || !requires_grad ? "" : " · .grad `null`"
  const lines = [`requires_grad \`${requires_grad}\` · ${is_leaf ? l10n.t("leaf") : l10n.t("not a leaf")}${gradLine}`]
  if (chain.length > 0) {
    lines.push(`grad_fn \`${chainText(tensor)}\``)
    const detail = chainDetail(tensor, l10n)
    if (detail) lines.push(detail)
  } else if (requires_grad) {
    lines.push("grad_fn `null`")
  }
  // Lines of one paragraph, so that the whole hover fits without scrolling.
  const parts = [lines.join("  \n")]
  if (grad) parts.push(`.grad\n${block(grad.repr)}`)
  parts.push(...why)
  return parts
}

/** Which lines made the chain, which leaf it ends at, and how many inputs lead elsewhere. */
function chainDetail({ chain }: TensorSummary, l10n: Words): string {
  const lines = [...new Set(chain.flatMap(({ line }) => (line === undefined ? [] : [line])))]
  const leaf = chain.at(-1)
  const branches = chain.reduce((sum, step) => sum + step.branches, 0)
  const parts: string[] = []
  if (leaf?.name === "AccumulateGrad" && leaf.variable) parts.push(l10n.t("ends at the leaf {0}", `\`${leaf.variable}\``))
  if (lines.length > 0) parts.push(l10n.t("lines {0}", lines.slice(0, 12).join(", ")))
  if (branches > 0) parts.push(branches === 1 ? l10n.t("1 more input beside it") : l10n.t("{0} more inputs beside it", branches))
  return parts.join(" · ")
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`
}

/** A block of plain text that no content can end. */
function block(text: string): string {
  const lines = text.split("\n")
  const cut = lines.length > mostLines ? [...lines.slice(0, mostLines - 4), "…", ...lines.slice(-3)] : lines
  return ["````text", ...cut.map((line) => line.replaceAll("````", "'''")), "````"].join("\n")
}

function escape(name: string): string {
  return name.replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, "\\$&")
}
