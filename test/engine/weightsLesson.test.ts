// Lesson 004b whole: its graph as the engine gives it, folded as the panel folds it.

import { readFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Seat } from "../../engine/host/node.ts"
import type { Graph, RunResult } from "../../engine/protocol/api.ts"
import { foldGraph, openAtFirst, viewOf, type Item } from "../../media/panel/fold.ts"
import { indexGraph } from "../../media/panel/model.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

let built: BuiltHost
let seat: Seat
let result: RunResult
let graph: Graph

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => expect.unreachable("a thread did not end") })
  const source = readFileSync(new URL("../../media/lessons/en/004b-resnet18.ts", import.meta.url), "utf8")
  result = await seat.run({ runId: 1, source, fileName: "lesson.ts", device: "cpu", timeLimit: 0, memoryLimit: 2048, trace: true })
  const loss = result.trace.records.find(({ name }) => name === "loss")?.samples[0]?.value
  graph = await seat.graph(loss?.kind === "tensor" ? loss.id : -1)
}, 120_000)
afterAll(() => {
  seat.dispose()
  built.remove()
})

test("every operation of the network carries the path of its module, every parameter its name", () => {
  const scopes = new Set(graph.nodes.flatMap(({ scope }) => (scope?.length ? [scope.join(".")] : [])))
  const leaves = graph.nodes.filter(({ kind }) => kind === "leaf").map(({ name }) => name)
  expect([graph.omitted, leaves.length, scopes.has("layer4.1.conv2"), scopes.has("layer2.0.downsample.0"), scopes.has("fc")]).toEqual([0, 62, true, true, true])
})

test("the panel folds each part of the network into one box, and draws fewer than 30 at first", () => {
  const index = indexGraph(graph)
  const items = foldGraph(index)
  const labels = (row: readonly Item[]): string[] => row.flatMap((item) => (item.kind === "fold" ? [item.label, ...labels(item.items)] : []))
  const folds = labels(items)
  const drawn = viewOf(index, items, new Set(openAtFirst(items))).items
  expect(["conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"].filter((part) => !folds.includes(part))).toEqual([])
  expect(drawn.length).toBeLessThan(30)
})

test("the lines show what the tutorial shows", () => {
  const shown = new Map(result.trace.records.map(({ name, samples }) => [name, samples.at(-1)?.value]))
  const of = (name: string): unknown => {
    const value = shown.get(name)
    return value?.kind === "tensor" ? [value.shape, value.chain[0]?.name ?? null] : value?.repr.split("\n")[0]
  }
  expect(result.error).toBeUndefined()
  expect(["model", "data", "prediction", "loss"].map(of)).toEqual(["ResNet(", [[1, 3, 64, 64], null], [[1, 1000], "AddmmBackward0"], [[], "SumBackward0"]])
})
