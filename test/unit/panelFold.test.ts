// Folding: what a large graph is shown as. The graphs are those of the panel's page.
import { describe, expect, test } from "vitest"
import type { Graph } from "../../engine/protocol/api.ts"
import { foldGraph, foldsAround, members, mostDrawn, openAtFirst, viewOf, type Fold, type Item, type View } from "../../media/panel/fold.ts"
import { indexGraph, nodeAtLine, pathToRoot } from "../../media/panel/model.ts"
import { findRepeats } from "../../media/panel/repeats.ts"
import { searchGraph } from "../../media/panel/search.ts"
import { fiveNodes, lesson, lineSpan, loop, perceptron, residual, unlikeChain } from "../journeys/panelPage/fixtures.ts"

const graphs: readonly [string, Graph][] = [["lesson 001", lesson()], ["five nodes", fiveNodes()], ["a perceptron", perceptron(9)], ["a residual network", residual()], ["a loop of 1,000 turns", loop(1000)], ["2,000 unlike nodes", unlikeChain(2000)]]

describe.each(graphs)("%s", (_name, graph) => {
  const index = indexGraph(graph)
  const items = foldGraph(index)

  test("stands in an order in which inputs come before what is made of them", () => {
    const place = new Map(index.order.map((id, at) => [id, at]))
    expect([...place.keys()].sort()).toEqual(graph.nodes.map(({ id }) => id).sort())
    for (const { from, to } of graph.edges) expect(place.get(from)).toBeLessThan(place.get(to) ?? -1)
  })

  test("keeps every node once, in its order", () => {
    expect(items.flatMap(members)).toEqual(index.order)
  })

  test("opens legibly: no more than 28 items, or all there are", () => {
    const view = viewOf(index, items, new Set(openAtFirst(items)))
    expect(view.items.length).toBeLessThanOrEqual(Math.max(28, items.length))
    expect(items.length).toBeLessThanOrEqual(48)
  })

  test("never makes a circle, whatever is open", () => {
    for (const opened of [new Set<string>(), new Set(openAtFirst(items)), new Set(allFolds(items).filter((_, at) => at % 2 === 0).map(({ id }) => id))]) {
      const view = viewOf(index, items, opened)
      const place = new Map(view.items.map(({ id }, at) => [id, at]))
      for (const { from, to } of view.edges) expect(place.get(from)).toBeLessThan(place.get(to) ?? -1)
    }
  })

  test("has no fold that opens to more than 48 items", () => {
    for (const fold of allFolds(items)) expect(fold.items.length).toBeLessThanOrEqual(48)
  })

  test("gives each fold its own id", () => {
    const ids = allFolds(items).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe("what folds", () => {
  test("lesson 001 is drawn whole", () => {
    const view = firstView(lesson())
    expect(view.items.map(({ id }) => id)).toEqual(["x", "1", "2", "y", "3", "4", "z", "5", "out"])
    expect(view.edges.find(({ to }) => to === "3")).toMatchObject({ from: "y", times: 2 })
  })

  test("a loop of 1,000 turns is one fold × 1000, called after its operations", () => {
    const [fold] = foldGraph(indexGraph(loop(1000))).filter((item): item is Fold => item.kind === "fold")
    expect(fold).toMatchObject({ cause: "repeat", count: 1000, size: 2000, label: "Mul → Add", lines: [6, 6] })
  })

  test("a loop's fold opens down to its single turns", () => {
    const index = indexGraph(loop(1000))
    const first = index.order.find((id) => index.nodes.get(id)?.name === "MulBackward0") ?? ""
    expect(foldsAround(foldGraph(index), first).map(({ cause }) => cause)).toEqual(["repeat", "stretch", "turn"])
  })

  test("modules fold with the parameters that they use", () => {
    const index = indexGraph(residual())
    const folds = allFolds(foldGraph(index)).filter(({ cause }) => cause === "module")
    expect(folds.map(({ label }) => label).slice(0, 2)).toEqual(["conv1", "bn1"])
    const [conv] = folds
    expect(members(conv).map((id) => index.nodes.get(id)?.name)).toEqual(["conv1.weight", "AccumulateGrad", "ConvolutionBackward0"])
  })

  test("what the learner named stays outside of modules", () => {
    expect(names(residual())).toContain("image")
    expect(names(perceptron(9))).toEqual(expect.arrayContaining(["x", "target", "loss"]))
  })

  test("a weight that all turns share shows one edge, the others stand aside", () => {
    const index = indexGraph(loop(1000))
    const items = foldGraph(index)
    const repeat = items.find((item): item is Fold => item.kind === "fold")
    const { edges } = viewOf(index, items, new Set([repeat?.id ?? ""]))
    const weight = index.order.find((id) => index.nodes.get(id)?.name === "AccumulateGrad") ?? ""
    const fan = edges.filter(({ from }) => from === weight)
    expect(fan.filter(({ aside }) => !aside).map(({ others }) => others)).toEqual([fan.length - 1])
  })

  test("a chain in which nothing repeats is cut into stretches", () => {
    const items = foldGraph(indexGraph(unlikeChain(2000)))
    expect(items.every((item) => item.kind === "fold" && item.cause === "stretch")).toBe(true)
  })

  test("repeats are found at the start of their body", () => {
    expect(findRepeats([..."xabcabcabcy"], (at) => "xabcy".indexOf("xabcabcabcy"[at]))).toEqual([{ start: 1, period: 3, count: 3 }])
    expect(findRepeats([..."xcabcabcabca"], (at) => "xabcy".indexOf("xcabcabcabca"[at]))).toEqual([{ start: 2, period: 3, count: 3 }])
    expect(findRepeats([..."aabb"], () => 0)).toEqual([])
  })

  test("as many drawn items as the bound allows are more than a first view has", () => {
    for (const [, graph] of graphs) expect(firstView(graph).items.length).toBeLessThan(mostDrawn)
  })
})

describe("finding a node", () => {
  const index = indexGraph(lesson())

  test("a line means what its name was bound to, and a leaf before its AccumulateGrad", () => {
    expect([3, 4, 5, 6, 99].map((line) => nodeAtLine(index, line, () => true))).toEqual(["x", "y", "z", "out", null])
  })

  test("a line of a neighbouring file is not a line of this one", () => {
    const graph = lesson()
    const elsewhere = indexGraph({ ...graph, nodes: graph.nodes.map((node) => ({ ...node, span: { ...lineSpan(3), file: "./model.ts" } })) })
    expect(nodeAtLine(elsewhere, 3, () => true)).toBeNull()
  })

  test("search takes names, module paths and lines", () => {
    expect(searchGraph(index, "MulB")).toEqual(["3", "4"])
    expect(searchGraph(index, ":6")).toEqual(["5", "out"])
    expect(searchGraph(indexGraph(residual()), "layer4.1.CONV2")).toHaveLength(3)
    expect(searchGraph(index, " ")).toEqual([])
  })

  test("the path from a leaf leads to the result", () => {
    expect([...pathToRoot(index, "z")].sort()).toEqual(["5", "out", "z"])
  })
})

function firstView(graph: Graph): View {
  const index = indexGraph(graph)
  const items = foldGraph(index)
  return viewOf(index, items, new Set(openAtFirst(items)))
}

function names(graph: Graph): string[] {
  const index = indexGraph(graph)
  return foldGraph(index).flatMap((item) => (item.kind === "node" ? [index.nodes.get(item.id)?.name ?? ""] : []))
}

function allFolds(items: readonly Item[]): Fold[] {
  return items.flatMap((item) => (item.kind === "fold" ? [item, ...allFolds(item.items)] : []))
}
