// What is said about a node or a fold, in words: the card, the tree and the accessible name all read from here. Pure.
import type { GraphNode } from "../../engine/protocol/api.ts"
import type { Fold, Item } from "./fold.ts"
import type { GraphIndex } from "./model.ts"
import { onOneLine } from "./repr.ts"
import type { Strings } from "./strings.ts"

export type Kind = GraphNode["kind"] | "fold"

export interface Facts {
  readonly id: string
  readonly kind: Kind
  readonly name: string
  /** The kind in words; says also which node is the result. */
  readonly kindText: string
  /** `line 5`, empty when unknown. */
  readonly place: string
  readonly line: number | null
  /** As PyTorch writes it; empty when unknown. */
  readonly shape: string
  /** Labelled facts in the order they are shown: value and gradient, or what a fold holds. */
  readonly rows: readonly { readonly label: string; readonly text: string; readonly part?: "grad" }[]
}

/** The facts of a drawn item. */
export function factsOf(index: GraphIndex, item: Item, strings: Strings): Facts {
  return item.kind === "fold" ? foldFacts(item, strings) : nodeFacts(index, item.id, strings)
}

/** `(2, 3)`, as PyTorch writes a shape; `()` for one number. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`
}

/** A fold's name as a person would say it. */
export function foldName(fold: Fold, strings: Strings): string {
  if (fold.cause === "turn") return `${strings.foldTurn(fold.count)}`
  if (fold.cause === "stretch") return strings.foldStretch(fold.label)
  return fold.label
}

function nodeFacts(index: GraphIndex, id: string, strings: Strings): Facts {
  const node = index.nodes.get(id)
  if (node === undefined) throw new Error(`The graph has no node ${id}.`)
  const rows: { label: string; text: string; part?: "grad" }[] = []
  if (node.value !== undefined) rows.push({ label: strings.value, text: onOneLine(node.value) })
  if (node.grad !== undefined) rows.push({ label: strings.grad, text: onOneLine(node.grad), part: "grad" })
  else if (node.kind === "leaf") rows.push({ label: strings.grad, text: strings.none, part: "grad" })
  const isResult = id === index.graph.root
  return {
    id,
    kind: node.kind,
    name: node.name,
    kindText: isResult ? `${strings.kind[node.kind]} · ${strings.result}` : strings.kind[node.kind],
    place: placeText(node, strings),
    line: node.span?.line ?? null,
    shape: node.shape === undefined ? "" : shapeText(node.shape),
    rows,
  }
}

function foldFacts(fold: Fold, strings: Strings): Facts {
  const rows = [{ label: "", text: strings.foldNodes(fold.size) }]
  if (fold.cause === "repeat") rows.unshift({ label: "", text: strings.foldTurns(fold.count) })
  if (fold.cause === "turn" || fold.cause === "stretch") rows.unshift({ label: "", text: fold.cause === "turn" ? fold.label : "" })
  return {
    id: fold.id,
    kind: "fold",
    name: foldName(fold, strings),
    kindText: fold.cause === "repeat" ? strings.times(fold.count) : fold.cause === "module" ? strings.module : strings.kind.fold,
    place: fold.lines === null ? "" : strings.lines(...fold.lines),
    line: fold.lines?.[0] ?? null,
    shape: "",
    rows: rows.filter(({ text }) => text !== ""),
  }
}

function placeText(node: GraphNode, strings: Strings): string {
  if (node.span === undefined) return ""
  return node.span.file === undefined ? strings.line(node.span.line) : `${node.span.file}:${node.span.line}`
}
