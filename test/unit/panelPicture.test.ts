// The panel's pure parts besides folding: layout, words, the tree's facts, keys, and numbers read back from a repr.
import { describe, expect, test } from "vitest"
import type { Graph } from "../../engine/protocol/api.ts"
import { factsOf, shapeText } from "../../media/panel/facts.ts"
import { foldGraph, openAtFirst, viewOf, type Fold, type Item } from "../../media/panel/fold.ts"
import { actionOf, walk } from "../../media/panel/keys.ts"
import { layered, layout, type Placed } from "../../media/panel/layout.ts"
import { tokens } from "../../media/panel/math.ts"
import { indexGraph } from "../../media/panel/model.ts"
import { depthOf, onOneLine, readRepr } from "../../media/panel/repr.ts"
import { stringsFor } from "../../media/panel/strings.ts"
import { treeRows } from "../../media/panel/tree.ts"
import { fiveNodes, lesson, loop, perceptron, residual, unlikeChain } from "../journeys/panelPage/fixtures.ts"

const size = { width: 224, height: 86 }

describe.each([["lesson 001", lesson()], ["five nodes", fiveNodes()], ["a perceptron", perceptron(9)], ["a residual network", residual()], ["a loop", loop(1000)]] as const)("the layout of %s", (_name, graph) => {
  const view = firstView(graph)
  const boxes = view.items.map(({ id }) => ({ id, ...size }))

  test.each([["dagre's", layout], ["the plain one", layered]] as const)("has no overlap and runs downwards: %s", (_way, place) => {
    const placed = place(boxes, view.edges)
    expect(overlaps(placed)).toEqual([])
    for (const { from, to } of view.edges) expect(placed.centres.get(from)?.y).toBeLessThan(placed.centres.get(to)?.y ?? -1)
  })
})

describe("the layout", () => {
  test("of a chain of 2,000 boxes ends, though dagre's would overflow", () => {
    const boxes = Array.from({ length: 2000 }, (_, at) => ({ id: String(at), ...size }))
    const wires = boxes.slice(1).map(({ id }, at) => ({ from: String(at), to: id }))
    const placed = layout(boxes, wires)
    expect(placed.centres.size).toBe(2000)
    expect(placed.wires.every(({ points }) => points.length >= 2)).toBe(true)
  })

  test("of nothing is empty", () => {
    expect(layout([], [])).toEqual({ width: 0, height: 0, centres: new Map(), wires: [] })
  })
})

describe.each(["en", "ko"])("the tree in %s", (language) => {
  const strings = stringsFor(language)

  test.each([["lesson 001", lesson()], ["a perceptron", perceptron(3)], ["a chain", unlikeChain(200)]] as const)("has the facts of the graph, node by node: %s", (_name, graph) => {
    const index = indexGraph(graph)
    const items = foldGraph(index)
    const rows = treeRows(index, items, new Set(allFolds(items).map(({ id }) => id)), new Set(index.order), strings)
    const inTree = rows.filter(({ item }) => item?.kind === "node").map(({ facts }) => facts)
    expect(inTree).toEqual(index.order.map((id) => factsOf(index, { kind: "node", id }, strings)))
  })

  test("names inputs and uses as the edges do", () => {
    const index = indexGraph(lesson())
    const rows = treeRows(index, foldGraph(index), new Set(), new Set(["3"]), strings)
    const told = new Map(rows.filter(({ item }) => item === null).map(({ key, text }) => [key, text]))
    expect(told.get(`3 ${strings.madeOf}`)).toBe("y × 2")
    expect(told.get("3 grad")).toBe("[[0.7500, 0.7500], [0.7500, 0.7500]]")
  })
})

describe("words", () => {
  test("Korean says everything that English says", () => {
    const shape = (value: unknown): unknown => (typeof value === "object" && value !== null ? Object.entries(value).map(([key, inner]) => [key, shape(inner)]) : typeof value)
    expect(shape(stringsFor("ko-KR"))).toEqual(shape(stringsFor("en")))
  })

  test("a language without texts gets English", () => {
    expect(stringsFor("de")).toBe(stringsFor("en"))
  })

  test("the result says that it is the result", () => {
    expect(factsOf(indexGraph(lesson()), { kind: "node", id: "out" }, stringsFor("ko")).kindText).toBe("tensor 텐서 · 결과")
  })

  test("a leaf without a gradient says None", () => {
    const graph = lesson()
    const before = indexGraph({ ...graph, nodes: graph.nodes.map(({ grad: _, ...node }) => node) })
    expect(factsOf(before, { kind: "node", id: "x" }, stringsFor("en")).rows.at(-1)).toEqual({ label: "grad", text: "None", part: "grad" })
  })

  test("shapes are written as PyTorch writes them", () => {
    expect([[], [4], [2, 3]].map(shapeText)).toEqual(["()", "(4,)", "(2, 3)"])
  })
})

describe("reading a repr", () => {
  test("gives the numbers as they were written", () => {
    expect(readRepr("tensor([[3., nan],\n        [-1.5000e+00, inf]], grad_fn=<AddBackward0>)")).toEqual({ cells: [["3.", "nan"], ["-1.5000e+00", "inf"]], cut: false })
    expect(readRepr("Parameter containing:\ntensor([1., 2.], requires_grad=True)")?.cells).toEqual(["1.", "2."])
    expect(readRepr("tensor(27., grad_fn=<MeanBackward0>)")?.cells).toBe("27.")
    expect(readRepr("tensor([], size=(0, 3))")?.cells).toEqual([])
  })

  test("keeps what PyTorch left out as a gap", () => {
    expect(readRepr("tensor([[1., ..., 2.],\n        ...,\n        [3., ..., 4.]])")?.cells).toEqual([["1.", "…", "2."], "…", ["3.", "…", "4."]])
  })

  test("tells a text that was cut", () => {
    for (const text of ["tensor([[1., 2.],\n  [3.", "tensor([1., …", "tensor([[1., 2.], …"]) expect(readRepr(text)?.cut).toBe(true)
  })

  test("puts a tensor on one line, and leaves other text alone", () => {
    expect(onOneLine("tensor([[True,  False]])")).toBe("[[True, False]]")
    expect(onOneLine("Linear(in_features=2,\n  out_features=1)")).toBe("Linear(in_features=2, out_features=1)")
    expect(depthOf([[["1"]]])).toBe(3)
  })
})

test("formulas are read token by token", () => {
  expect(tokens("∂y/∂a = 2 * x² + exp(-b)").map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "slope ∂y/∂a", "sign =", "number 2", "sign ·", "name x", "sign ²", "sign +", "name exp", "sign (", "sign −", "name b", "sign )",
  ])
})

describe("keys", () => {
  const press = (key: string, more: object = {}): ReturnType<typeof actionOf> => actionOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more })

  test("arrows walk, with Shift they pan, and chords are left to the editor", () => {
    expect(press("ArrowUp")).toEqual({ kind: "walk", to: "up" })
    expect(press("ArrowUp", { shiftKey: true })).toEqual({ kind: "pan", to: "up" })
    expect(press("f", { ctrlKey: true })).toBeNull()
  })

  test("walking follows the edges and, to the side, the neighbours of the same height", () => {
    const view = firstView(perceptron(1))
    const placed = layout(view.items.map(({ id }) => ({ id, ...size })), view.edges)
    const index = indexGraph(perceptron(1))
    const at = (name: string): string => index.order.find((id) => index.nodes.get(id)?.name === name) ?? ""
    expect(walk(view, placed, at("MseLossBackward0"), "down")).toBe(at("loss"))
    expect(walk(view, placed, at("loss"), "down")).toBeNull()
    const up = walk(view, placed, at("MseLossBackward0"), "up")
    expect([at("ReluBackward0"), at("target")]).toContain(up)
    const other = walk(view, placed, up ?? "", "left") ?? walk(view, placed, up ?? "", "right")
    expect([at("ReluBackward0"), at("target")]).toContain(other)
    expect(other).not.toBe(up)
  })
})

function firstView(graph: Graph): ReturnType<typeof viewOf> {
  const index = indexGraph(graph)
  const items = foldGraph(index)
  return viewOf(index, items, new Set(openAtFirst(items)))
}

function overlaps({ centres }: Placed): string[] {
  const all = [...centres]
  return all.flatMap(([id, a], at) => all.slice(at + 1).flatMap(([other, b]) => (Math.abs(a.x - b.x) < size.width && Math.abs(a.y - b.y) < size.height ? [`${id} and ${other}`] : [])))
}

function allFolds(items: readonly Item[]): Fold[] {
  return items.flatMap((item) => (item.kind === "fold" ? [item, ...allFolds(item.items)] : []))
}
