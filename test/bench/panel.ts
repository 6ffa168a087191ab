// `node test/bench/run.mjs --panel`: how long the panel takes in a browser with the real graph of resnet18: to open, to
// answer a selection, to open a fold, to compare with another run, to write its picture. Milliseconds, median and worst.
import type { Graph } from "../../engine/protocol/api.ts"
import { graphDifference } from "../../engine/protocol/difference.ts"
import { PanelEngine } from "../journeys/panelPage/engine.ts"
import { lesson, modelOf } from "../journeys/panelPage/fixtures.ts"
import { startPanels, type PanelPage, type Panels } from "../journeys/panelPage/page.ts"

const times = 7

const panels = await startPanels()
try {
  const graph = await resnet18()
  console.log(`resnet18: ${graph.nodes.length} nodes, ${graph.edges.length} edges`)
  const rows: Record<string, Row> = {}
  rows["a new panel shows lesson 001 (goal: 300)"] = await opened(panels, lesson())
  rows["a new panel shows resnet18 (goal: 300)"] = await opened(panels, graph)
  const panel = await panels.open({ width: 1200, height: 900 })
  await panel.show(modelOf(graph))
  const leaves = graph.nodes.flatMap(({ name, kind }) => (kind === "leaf" ? [name] : [])).slice(0, times)
  const select = (name: string): Promise<number> => timed(panel, "open", "graph", { name })
  rows["resnet18: a node is selected, its folds open"] = await each(leaves, select)
  rows["resnet18: another node is selected (goal: 50)"] = await each(leaves, select)
  rows["resnet18: the same graph after another run"] = await each(leaves, () => panel.timeShow(modelOf(graph)))
  rows["resnet18: the picture as a file"] = await each(leaves, () => timed(panel, "picture", "resnet18", "…"))
  rows["resnet18: the difference of two runs"] = await each(leaves, async () => {
    const started = performance.now()
    graphDifference(graph, graph, (line) => line)
    return performance.now() - started
  })
  await panel.close()
  console.table(rows)
} finally {
  await panels.close()
}

interface Row {
  readonly median: number
  readonly worst: number
}

/** The graph of one step's loss, with every parameter. */
async function resnet18(): Promise<Graph> {
  const engine = new PanelEngine()
  try {
    const { graph } = await engine.model(`import torch from "torch"
import torchvision from "torchvision"
const model = torchvision.models.resnet18()
const loss = model(torch.ones(1, 3, 64, 64)).pow(2).mean()
loss.backward()`, "loss")
    if (graph === null) throw new Error("resnet18 has no graph.")
    return graph
  } finally {
    engine.close()
  }
}

/** From the model's message to the second frame after it, in a page that has drawn nothing yet. */
async function opened(all: Panels, graph: Graph): Promise<Row> {
  return await each(Array.from({ length: times }), async () => {
    const panel = await all.open({ width: 1200, height: 900 })
    const time = await panel.timeShow(modelOf(graph))
    await panel.close()
    return time
  })
}

/** Calls a method of the panel and tells how long the page took to answer and to be painted. */
async function timed({ page }: PanelPage, method: string, ...args: readonly unknown[]): Promise<number> {
  return await page.evaluate(async ([name, values]) => {
    const id = Math.floor(Math.random() * 1e9)
    const started = performance.now()
    window.postMessage({ kind: "call", id, method: name, args: values }, "*")
    while (!window.shell.posted.some((message) => message.kind === "reply" && message.id === id)) await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0) })
    // Styles and layout are done here; a frame of an idle page comes up to 16 ms later.
    document.body.getBoundingClientRect()
    return performance.now() - started
  }, [method, args] as const)
}

async function each<What>(all: readonly What[], measure: (one: What) => Promise<number>): Promise<Row> {
  const found: number[] = []
  for (const one of all) found.push(await measure(one))
  found.sort((a, b) => a - b)
  return { median: Math.round((found[found.length >> 1] ?? 0) * 10) / 10, worst: Math.round((found.at(-1) ?? 0) * 10) / 10 }
}
