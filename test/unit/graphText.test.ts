// The graph as DOT and Mermaid: structure, escaping, modules, and the words for those who do not see it.

import { expect, test } from "vitest"
import type { Graph } from "../../engine/protocol/api.ts"
import { outlineOf, shortNumbers } from "../../engine/protocol/graphOutline.ts"
import { altText, dotText, mermaidText } from "../../extension/graphText.ts"
import { lesson, loop, residual, unlikeChain } from "../journeys/panelPage/fixtures.ts"

const l10n = { t: (message: string, ...args: (string | number | boolean)[]) => message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) }

/** Reads DOT as far as we write it: nodes with their labels, edges, and that braces and quotes close. */
function readDot(text: string): { readonly nodes: ReadonlyMap<string, string>; readonly edges: readonly string[]; readonly clusters: number } {
  const nodes = new Map<string, string>()
  const edges: string[] = []
  let depth = 0
  let clusters = 0
  for (const line of text.split("\n").slice(1)) {
    const bare = line.replace(/"(?:[^"\\]|\\.)*"/g, "Q")
    expect(bare).not.toContain('"')
    depth += (bare.match(/\{/g) ?? []).length - (bare.match(/\}/g) ?? []).length
    if (/^\s*subgraph /.test(line)) clusters += 1
    const node = /^\s*(n\d+) \[label="((?:[^"\\]|\\.)*)"/.exec(line)
    if (node) nodes.set(node[1] ?? "", node[2] ?? "")
    const edge = /^\s*(n\d+) -> (n\d+)(?: \[label="(.*)"\])?$/.exec(line)
    if (edge) edges.push(`${edge[1]} ${edge[2]} ${edge[3] ?? ""}`.trim())
  }
  expect(depth).toBe(0)
  return { nodes, edges, clusters }
}

function readMermaid(text: string): { readonly nodes: ReadonlyMap<string, string>; readonly edges: readonly string[]; readonly open: number } {
  const nodes = new Map<string, string>()
  const edges: string[] = []
  let open = 0
  for (const line of text.split("\n").slice(3)) {
    const node = /^\s*(n\d+)(?:\(\["([^"]*)"\]\)|\["([^"]*)"\]|\{\{"([^"]*)"\}\})$/.exec(line)
    const edge = /^\s*(n\d+) -->(?:\|([^|]*)\|)? (n\d+)$/.exec(line)
    if (node) nodes.set(node[1] ?? "", node[2] ?? node[3] ?? node[4] ?? "")
    else if (edge) edges.push(`${edge[1]} ${edge[3]} ${edge[2] ?? ""}`.trim())
    else if (/^\s*subgraph module[\d_]+\["[^"]*"\]$/.test(line)) open += 1
    else if (/^\s*end$/.test(line)) open -= 1
    else expect(line).toBe("")
  }
  return { nodes, edges, open }
}

test("DOT has each node with name, shape, line, numbers, and an edge once with how often it runs", () => {
  const { nodes, edges } = readDot(dotText(lesson(), l10n))
  expect([...nodes.values()].slice(0, 3)).toEqual([
    "x\\n[2, 2] · line 3\\n= [[1., 1.], [1., 1.]]\\ngrad [[4.5000, 4.5000], [4.5000, 4.5000]]",
    "AccumulateGrad\\n[2, 2] · line 3\\ngrad [[4.5000, 4.5000], [4.5000, 4.5000]]",
    "AddBackward0\\n[2, 2] · line 4\\n= [[3., 3.], [3., 3.]]\\ngrad [[4.5000, 4.5000], [4.5000, 4.5000]]",
  ])
  expect(edges).toEqual(["n0 n1", "n1 n2", "n2 n3", "n3 n4 × 2", "n4 n5", "n5 n6", "n6 n7", "n7 n8"])
})

test("Mermaid has the same nodes and edges", () => {
  const text = mermaidText(lesson(), l10n)
  const { nodes, edges } = readMermaid(text)
  expect([nodes.size, nodes.get("n0")]).toEqual([9, "x<br>#91;2, 2#93; · line 3<br>= #91;#91;1., 1.#93;, #91;1., 1.#93;#93;<br>grad #91;#91;4.5000, 4.5000#93;, #91;4.5000, 4.5000#93;#93;"])
  expect(edges).toEqual(readDot(dotText(lesson(), l10n)).edges)
  expect(text.split("\n").slice(0, 2)).toEqual(["flowchart TB", "  accTitle: Backward graph of out"])
})

test.each([["a residual network", residual()], ["a loop of 1,000 turns", loop(1000)], ["a chain of 2,000", unlikeChain(2000)]] as const)("%s is written whole, its modules as groups that close", (_name, graph: Graph) => {
  const scopes = new Set(graph.nodes.flatMap(({ scope = [] }) => scope.map((_, at) => scope.slice(0, at + 1).join("/"))))
  const dot = readDot(dotText(graph, l10n))
  const mermaid = readMermaid(mermaidText(graph, l10n))
  expect([dot.nodes.size, dot.clusters, mermaid.nodes.size, mermaid.open]).toEqual([graph.nodes.length, scopes.size, graph.nodes.length, 0])
  expect(mermaid.edges).toEqual(dot.edges)
})

test("names that mean something in either language are only text", () => {
  const graph: Graph = { root: "a", nodes: [{ id: "a", kind: "tensor", name: 'q"}\\ #1; <b> [x] (y) | end' }, { id: "b", kind: "leaf", name: "b" }], edges: [{ from: "b", to: "a" }, { from: "b", to: "nobody" }], omitted: 0 }
  expect([readDot(dotText(graph, l10n)).nodes.size, readDot(dotText(graph, l10n)).edges]).toEqual([2, ["n1 n0"]])
  expect(readMermaid(mermaidText(graph, l10n)).nodes.get("n0")).toBe("q#34;#125;\\ #35;1#59; #60;b#62; #91;x#93; #40;y#41; #124; end")
})

test("the alternative text says result, leaves with their gradients and the way between", () => {
  expect(altText(lesson(), l10n)).toBe(
    "Backward graph of out: 9 nodes, 4 operations. Leaves: x with the gradient [[4.5000, 4.5000], [4.5000, 4.5000]]. The longest way: x → AddBackward0 → y → MulBackward0 → MulBackward0 → z → MeanBackward0 → out.",
  )
  const long = outlineOf(unlikeChain(2000))
  expect([long.way.length, long.left > 1000]).toEqual([30, true])
})

test("numbers are short and stay on one line", () => {
  expect([shortNumbers("tensor([[1., 2.],\n        [3., 4.]], grad_fn=<MulBackward0>)"), shortNumbers("tensor(27., grad_fn=<MeanBackward0>)"), shortNumbers(`tensor([${"1., ".repeat(40)}1.])`, 20)]).toEqual(["[[1., 2.], [3., 4.]]", "27.", "[1., 1., 1., 1., 1.…"])
})
