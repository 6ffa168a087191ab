// graphText: a backward graph as text that other programs draw: Graphviz's DOT and Mermaid. Apart because it is pure; the
// picture itself (SVG) is the panel's.

import type { Graph, GraphNode } from "../engine/protocol/api.ts"
import { outlineOf, shortNumbers } from "../engine/protocol/graphOutline.ts"
import type { Words } from "./words.ts"

/** Edges past which Mermaid refuses to draw unless its `maxEdges` is raised. */
export const mostMermaidEdges = 500

/** The graph in Graphviz's language; modules are clusters. */
export function dotText(graph: Graph, l10n: Words): string {
  const names = shortIds(graph)
  const name = (id: string): string => names.get(id) ?? ""
  const shape = { leaf: `shape=box style="rounded,filled" fillcolor="#e6f4e6"`, tensor: `shape=box style=filled fillcolor="#e6eefa"`, grad_fn: `shape=octagon style=filled fillcolor="#f0e8f8"` }
  const node = (each: GraphNode, indent: string): string => `${indent}${name(each.id)} [label=${quoted(linesOf(each, l10n).join("\n"))} ${shape[each.kind]}]`
  const cluster = (group: Group, indent: string, path: string): string[] => [
    ...group.nodes.map((each) => node(each, indent)),
    ...[...group.groups].flatMap(([label, inner], at) => [
      `${indent}subgraph ${`cluster${path}_${at}`} {`,
      `${indent}  label=${quoted(label)} color="#888888"`,
      ...cluster(inner, `${indent}  `, `${path}_${at}`),
      `${indent}}`,
    ]),
  ]
  return [
    `// ${altText(graph, l10n).replaceAll("\n", " ")}`,
    `digraph ${quoted(outlineOf(graph).result)} {`,
    `  rankdir=TB`,
    `  graph [tooltip=${quoted(altText(graph, l10n))} fontname="Helvetica"]`,
    `  node [fontname="Helvetica" fontsize=11 color="#555555"]`,
    `  edge [color="#555555"]`,
    ...cluster(grouped(graph.nodes), "  ", ""),
    ...merged(graph).map(({ from, to, times }) => `  ${name(from)} -> ${name(to)}${times > 1 ? ` [label=${quoted(`× ${times}`)}]` : ""}`),
    `}`,
    ``,
  ].join("\n")
}

/** The graph as a Mermaid flowchart; modules are subgraphs. */
export function mermaidText(graph: Graph, l10n: Words): string {
  const names = shortIds(graph)
  const name = (id: string): string => names.get(id) ?? ""
  const box = { leaf: ["([", "])"], tensor: ["[", "]"], grad_fn: ["{{", "}}"] } as const
  const node = (each: GraphNode, indent: string): string => `${indent}${name(each.id)}${box[each.kind][0]}"${linesOf(each, l10n).map(mermaidWord).join("<br>")}"${box[each.kind][1]}`
  const subgraph = (group: Group, indent: string, path: string): string[] => [
    ...group.nodes.map((each) => node(each, indent)),
    ...[...group.groups].flatMap(([label, inner], at) => [`${indent}subgraph module${path}_${at}["${mermaidWord(label)}"]`, ...subgraph(inner, `${indent}  `, `${path}_${at}`), `${indent}end`]),
  ]
  return [
    `flowchart TB`,
    `  accTitle: ${plainWord(l10n.t("Backward graph of {0}", outlineOf(graph).result))}`,
    `  accDescr: ${plainWord(altText(graph, l10n))}`,
    ...subgraph(grouped(graph.nodes), "  ", ""),
    ...merged(graph).map(({ from, to, times }) => `  ${name(from)} -->${times > 1 ? `|× ${times}|` : ""} ${name(to)}`),
    ``,
  ].join("\n")
}

/** What the picture shows, for those who do not see it. */
export function altText(graph: Graph, l10n: Words): string {
  const { result, nodes, operations, leaves, way, left } = outlineOf(graph)
  const named = leaves.slice(0, 12).map(({ name, grad }) => (grad === null ? l10n.t("{0} without a gradient", name) : l10n.t("{0} with the gradient {1}", name, grad)))
  const more = leaves.length > 12 ? [l10n.t("{0} more", leaves.length - 12)] : []
  return [
    l10n.t("Backward graph of {0}: {1} nodes, {2} operations.", result, nodes, operations),
    ...(leaves.length > 0 ? [l10n.t("Leaves: {0}.", [...named, ...more].join("; "))] : []),
    ...(way.length > 1 ? [l10n.t("The longest way: {0}.", `${way.join(" → ")}${left > 0 ? ` → … (${left})` : ""}`)] : []),
    ...(graph.omitted > 0 ? [l10n.t("{0} nodes are left out.", graph.omitted)] : []),
  ].join(" ")
}

/** What stands on a node: name, shape and line, value, gradient. */
function linesOf({ name, shape, span, value, grad, kind }: GraphNode, l10n: Words): string[] {
  const place = span === undefined ? "" : span.file === undefined ? l10n.t("line {0}", span.line) : `${span.file}:${span.line}`
  const facts = [shape === undefined ? "" : `[${shape.join(", ")}]`, place].filter((text) => text !== "").join(" · ")
  const numbers = [value === undefined ? "" : `= ${shortNumbers(value)}`, grad === undefined ? "" : `grad ${shortNumbers(grad)}`, kind === "leaf" && grad === undefined ? "grad None" : ""]
  return [name, facts, ...numbers].filter((text) => text !== "")
}

interface Group {
  readonly nodes: GraphNode[]
  readonly groups: Map<string, Group>
}

function grouped(nodes: readonly GraphNode[]): Group {
  const root: Group = { nodes: [], groups: new Map() }
  for (const node of nodes) {
    let group = root
    for (const part of node.scope ?? []) {
      const inner = group.groups.get(part) ?? { nodes: [], groups: new Map<string, Group>() }
      group.groups.set(part, inner)
      group = inner
    }
    group.nodes.push(node)
  }
  return root
}

/** Each pair of nodes once, with how often an edge runs between them. */
function merged({ nodes, edges }: Graph): readonly { readonly from: string; readonly to: string; readonly times: number }[] {
  const known = new Set(nodes.map(({ id }) => id))
  const pairs = new Map<string, { from: string; to: string; times: number }>()
  for (const { from, to } of edges) {
    if (!known.has(from) || !known.has(to)) continue
    const key = `${from}\n${to}`
    const pair = pairs.get(key)
    if (pair) pair.times += 1
    else pairs.set(key, { from, to, times: 1 })
  }
  return [...pairs.values()]
}

/** Names that both languages take as they are. */
function shortIds({ nodes }: Graph): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, at) => [id, `n${at}`]))
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
}

/** Mermaid reads `#35;` as a character by its number, and some characters as its own. */
function mermaidWord(text: string): string {
  return text.replace(/[#"<>&{}|`;[\]()]/g, (character) => `#${character.codePointAt(0) ?? 32};`)
}

/** A line that ends with the line: what would end or open something there is left out. */
function plainWord(text: string): string {
  return text.replace(/[\n{}]/g, " ")
}
