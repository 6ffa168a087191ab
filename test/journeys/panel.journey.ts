// The panel by itself in a browser: what it shows, how hands and keys move in it, and whether everyone can read it.
import axe from "axe-core"
import type { Journey, Claim, Claiming } from "../workbench/journey.ts"
import { contains, same } from "../workbench/journey.ts"
import { artifact } from "../workbench/places.ts"
import { fiveNodes, lesson, lineSpan, loop, modelOf, perceptron, residual, unlikeChain } from "./panelPage/fixtures.ts"
import { startPanels, type PanelPage, type Panels, type PageOptions } from "./panelPage/page.ts"

/** The toolkit asks once whether the browser knows :focus-visible, by an empty style element that the policy rightly blocks. */
const knownComplaint = "Applying inline style violates the following Content Security Policy"

const story: Journey = {
  name: "panel",
  async run() {
    const claims: Claim[] = []
    const panels = await startPanels()
    const claim: Claiming = async (name, body) => {
      const started = Date.now()
      try {
        await body()
        claims.push({ name, durationMs: Date.now() - started })
      } catch (reason) {
        claims.push({ name, why: reason instanceof Error ? reason.message : String(reason), durationMs: Date.now() - started })
      }
    }
    try {
      await shows(panels, claim)
      await moves(panels, claim)
      await folds(panels, claim)
      await lasts(panels, claim)
      await everyone(panels, claim)
      await figures(panels, claim)
    } finally {
      await panels.close()
    }
    return claims
  },
}

export default story

async function withPanel(panels: Panels, options: PageOptions, body: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await panels.open(options)
  try {
    await body(panel)
    same(panel.complaints.filter((text) => !text.startsWith(knownComplaint)), [])
  } finally {
    await panel.close()
  }
}

async function shows(panels: Panels, claim: Claiming): Promise<void> {
  await claim("lesson 001 is drawn from leaf to result with names, lines, values and gradients", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    const cards = await panel.page.locator("[data-node]").evaluateAll((all) => all.map((card) => [card.getAttribute("data-kind"), card.getAttribute("data-name"), card.getAttribute("data-line")].join(" ")))
    same(cards, ["leaf x 3", "grad_fn AccumulateGrad 3", "grad_fn AddBackward0 4", "tensor y 4", "grad_fn MulBackward0 5", "grad_fn MulBackward0 5", "tensor z 5", "grad_fn MeanBackward0 6", "tensor out 6"])
    contains(await panel.page.locator('[data-node="x"]').innerHTML(), "(2, 2)", "[[1., 1.], [1., 1.]]", "[[4.5000")
    same(await panel.page.getByRole("button", { name: "out tensor · result · () line 6 value 27." }).count(), 1)
    same(await panel.page.locator('[data-node="x"]').getAttribute("aria-description"), "x, value [[1., 1.], [1., 1.]], grad [[4.5000, 4.5000], [4.5000, 4.5000]]")
    same(await panel.page.locator(".wire .times").allTextContents(), ["× 2"])
    contains(await panel.page.locator(".legend").innerText(), "leaf", "tensor", "grad_fn", "Arrows point forward")
  }))

  await claim("its state is the graph as data", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    const { nodes, ...rest } = await panel.state()
    same(rest, { title: "out", selected: null, empty: null, stale: false, view: "graph" })
    same(nodes.map(({ name, line }) => `${name} ${line}`), ["x 3", "AccumulateGrad 3", "AddBackward0 4", "y 4", "MulBackward0 5", "MulBackward0 5", "z 5", "MeanBackward0 6", "out 6"])
    contains(nodes[0]?.grad ?? "", "4.5000")
  }))

  await claim("why a gradient is as it is stands with its tensor's details, and leads to the line that is the cause", () => withPanel(panels, {}, async (panel) => {
    const verdict = { name: "y", text: "`y.grad` is null because `y` is a result.", span: lineSpan(4), definition: lineSpan(4), isWarning: false }
    await panel.show({ ...modelOf(lesson()), verdicts: [verdict, { ...verdict, name: "w" }] })
    await panel.page.locator('[data-node="y"]').click()
    const notes = panel.page.locator(".details [role=note]")
    same(await notes.locator("p").allInnerTexts(), ["ⓘ y.grad is null because y is a result."])
    same(await notes.locator("code").allTextContents(), ["y.grad", "y"])
    await notes.getByRole("button", { name: "Go to line 4" }).click()
    same((await revealed(panel)).at(-1), ["file:///home/lesson/lesson.ts", lineSpan(4)])
    await panel.page.locator('[data-node="x"]').click()
    same(await notes.count(), 0)
  }))

  await claim("the details of a node hold its numbers, formula, slopes, saved tensors and neighbours", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.page.locator('[data-node="3"]').click()
    const details = panel.page.locator(".details")
    same(await details.locator("td:not(.corner)").allTextContents(), ["9.", "9.", "9.", "9.", "0.7500", "0.7500", "0.7500", "0.7500"])
    same(await details.locator("math").evaluateAll((all) => all.map((math) => math.getAttribute("aria-label"))), ["y = a · b", "∂y/∂a = b", "∂y/∂b = a"])
    contains(await details.innerText(), "version 0", "freed", "Made of", "y tensor × 2", "Used by")
    await details.getByRole("button", { name: "y", exact: true }).click()
    same((await panel.state()).selected, "y")
  }))

  await claim("more than two dimensions are shown a slice at a time", () => withPanel(panels, {}, async (panel) => {
    const graph = lesson()
    const value = "tensor([[[1., 2.],\n         [3., 4.]],\n\n        [[5., 6.],\n         [7., -8.]]])"
    await panel.show(modelOf({ ...graph, nodes: graph.nodes.map((node) => (node.id === "y" ? { ...node, shape: [2, 2, 2], value } : node)) }))
    await panel.page.locator('[data-node="y"]').click()
    same(await panel.page.locator(".details td:not(.corner)").allTextContents(), ["1.", "2.", "3.", "4."])
    await panel.page.locator(".details vscode-dropdown").click()
    await panel.page.getByRole("option", { name: "[1, :, :]" }).click()
    same(await panel.page.locator(".details td:not(.corner)").allTextContents(), ["5.", "6.", "7.", "-8."])
  }))

  await claim("without a graph it says what to do, in English and in Korean", async () => {
    for (const [language, words] of [["en", "Run a snippet"], ["ko", "코드를 실행"]] as const) {
      await withPanel(panels, { language }, async (panel) => {
        await panel.show(modelOf(null))
        contains(await panel.page.locator(".empty").innerText(), words)
        same((await panel.state()).nodes, [])
      })
    }
  })

  await claim("after an edit it says that it is stale, until the next run", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson(), { stale: true }))
    contains(await panel.page.locator(".banner").innerText(), "changed after this run")
    await panel.show(modelOf(lesson()))
    same(await panel.page.locator(".banner").isVisible(), false)
  }))
}

async function moves(panels: Panels, claim: Claiming): Promise<void> {
  await claim("a click on a node selects it and asks for its place in the source", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.page.locator('[data-node="2"]').click()
    same(await revealed(panel), [["file:///home/lesson/lesson.ts", lineSpan(4)]])
    same(await panel.page.locator("[data-node][aria-current]").evaluateAll((all) => all.map((card) => card.getAttribute("data-name"))), ["AddBackward0"])
  }))

  await claim("the cursor's line is selected without taking the focus, and is announced", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.call("selectLine", 5)
    same((await panel.state()).selected, "z")
    same(await panel.page.evaluate(() => document.activeElement === document.body), true)
    contains(await panel.page.locator(".live").innerText(), "Selected: z, tensor, line 5")
    await panel.call("selectLine", null)
    same((await panel.state()).selected, null)
  }))

  await claim("a click stays selected when the cursor follows it to its line", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.page.locator('[data-node="3"]').click()
    await panel.call("selectLine", 5)
    same((await panel.state()).selected, "MulBackward0")
  }))

  await claim("the keyboard reaches the graph, walks along edges, goes to the line and returns to the editor", () => withPanel(panels, {}, async (panel) => {
    const { keyboard } = panel.page
    await panel.show(modelOf(lesson()))
    for (let stops = 0; stops < 12 && !(await focusedName(panel)); stops += 1) await keyboard.press("Tab")
    same(await focusedName(panel), "out")
    await keyboard.press("ArrowUp")
    await keyboard.press("ArrowUp")
    same([await focusedName(panel), (await panel.state()).selected], ["MeanBackward0", "MeanBackward0"])
    await keyboard.press("Home")
    same(await focusedName(panel), "x")
    await keyboard.press("ArrowDown")
    same(await focusedName(panel), "AccumulateGrad")
    await keyboard.press("End")
    same(await focusedName(panel), "out")
    await keyboard.press("Enter")
    same((await revealed(panel)).at(-1), ["file:///home/lesson/lesson.ts", lineSpan(6)])
    await keyboard.press("Escape")
    await panel.called("focusEditor")
  }))

  await claim("wheel, keys and buttons zoom, drag and Shift+arrows pan, F shows the whole", () => withPanel(panels, {}, async (panel) => {
    const { page } = panel
    await panel.show(modelOf(lesson()))
    const look = async (): Promise<{ x: number; y: number; scale: number }> => {
      const [x = 0, y = 0, scale = 0] = (await page.locator(".canvas .scene").evaluate((scene) => (scene as SVGGElement).style.transform)).match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? []
      return { x, y, scale }
    }
    const first = await look()
    await page.locator("[data-node]").first().focus()
    await page.keyboard.press("+")
    grew(first.scale, (await look()).scale)
    await page.getByRole("button", { name: "Zoom in" }).click()
    const near = await look()
    await page.mouse.move(60, 300)
    await page.mouse.wheel(0, 300)
    grew((await look()).scale, near.scale)
    await page.locator("[data-node]").first().focus()
    const before = await look()
    await page.keyboard.press("Shift+ArrowRight")
    same((await look()).x, before.x - 60)
    await page.mouse.move(40, 300)
    await page.mouse.down()
    await page.mouse.move(140, 340, { steps: 4 })
    await page.mouse.up()
    const dragged = await look()
    same([Math.round(dragged.x - before.x + 60), Math.round(dragged.y - before.y)], [100, 40])
    await page.keyboard.press("f")
    const seen = await page.locator("[data-node] .face").evaluateAll((all) => all.every((face) => {
      const [inner, outer] = [face.getBoundingClientRect(), face.ownerDocument.querySelector(".canvas .stage")?.getBoundingClientRect()]
      return outer !== undefined && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.left >= outer.left - 1 && inner.right <= outer.right + 1
    }))
    same(seen, true)
  }))

  await claim("slash searches by name or line, Enter goes on to the next", () => withPanel(panels, {}, async (panel) => {
    const { page } = panel
    await panel.show(modelOf(lesson()))
    await page.locator("[data-node]").last().focus()
    await page.keyboard.press("/")
    await page.keyboard.type("MulB")
    contains(await page.locator(".found").innerText(), "Match 1 of 2")
    const [first] = await page.locator("[aria-current]").evaluateAll((all) => all.map((card) => card.getAttribute("data-node")))
    await page.keyboard.press("Enter")
    contains(await page.locator(".found").innerText(), "Match 2 of 2")
    const [second] = await page.locator("[aria-current]").evaluateAll((all) => all.map((card) => card.getAttribute("data-node")))
    same([first, second], ["3", "4"])
    await page.keyboard.press("Escape")
    same(await focusedName(panel), "MulBackward0")
  }))

  await claim("the tree has the same nodes, opens to the same facts and goes to the same lines", () => withPanel(panels, {}, async (panel) => {
    const { page } = panel
    await panel.show(modelOf(lesson()))
    const cards = await page.locator("[data-node]").evaluateAll((all) => all.map((card) => card.getAttribute("data-node")))
    await page.getByRole("tab", { name: "Tree" }).click()
    same(await page.getByRole("treeitem").evaluateAll((all) => all.map((row) => row.getAttribute("data-row"))), cards)
    same(await page.getByRole("treeitem", { name: "x leaf · (2, 2) value [[1., 1.], [1., 1.]] grad [[4.5000, 4.5000], [4.5000, 4.5000]] line 3" }).count(), 1)
    await page.locator('[data-row="x"]').focus()
    await page.keyboard.press("ArrowRight")
    contains(await page.getByRole("tree").innerText(), "[[4.5000, 4.5000], [4.5000, 4.5000]]", "used by", "AccumulateGrad")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    same((await revealed(panel)).at(-1), ["file:///home/lesson/lesson.ts", lineSpan(4)])
  }))

  await claim("messages that mean nothing change nothing", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.page.evaluate(() => {
      for (const junk of [null, 1, "show", {}, { kind: "reply" }, { source: "an extension of the browser" }]) window.postMessage(junk, "*")
    })
    same((await panel.state()).nodes.length, 9)
    if (panel.complaints.length > 20) throw new Error(`many complaints: ${panel.complaints.join("\n")}`)
    // The channel writes one line for each; that is its duty, not a fault of the page.
    ;(panel.complaints as string[]).splice(0, Infinity, ...panel.complaints.filter((text) => !text.startsWith("Dropped a message")))
  }))
}

async function folds(panels: Panels, claim: Claiming): Promise<void> {
  await claim("a loop of 1,000 turns is one fold that opens on a click and closes on Backspace", () => withPanel(panels, {}, async (panel) => {
    const { page } = panel
    await panel.show(modelOf(loop(1000)))
    const fold = page.locator("[data-fold]")
    same(await fold.count(), 1)
    contains(await fold.innerHTML(), "Mul → Add", "× 1000", "repeats 1000 times", "2000 nodes", "line 6")
    await fold.click()
    same(await page.locator("[data-fold]").count(), 24)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    same(await page.locator(".frameTitle").count() > 0, true)
    same(await focusedName(panel), "MulBackward0")
    for (let level = 0; level < 3; level += 1) await page.keyboard.press("Backspace")
    same(await page.locator("[data-fold]").count(), 1)
  }))

  await claim("a residual network opens as its modules", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(residual()))
    const shown = await panel.page.locator(".card").evaluateAll((all) => all.map((card) => card.getAttribute("data-name")))
    same(shown, ["image", "conv1", "bn1", "ReluBackward0", "MaxPool2DWithIndicesBackward0", "layer1", "layer2", "layer3", "layer4", "MeanBackward1", "ReshapeAliasBackward0", "fc", "SubBackward0", "SumBackward0", "loss"])
  }))

  await claim("a line inside a fold selects the fold; search opens it", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(loop(1000)))
    await panel.call("selectLine", 6)
    same((await panel.state()).selected, "Mul → Add")
    await panel.page.getByRole("textbox").fill("MulB")
    await panel.page.keyboard.press("Enter")
    same((await panel.state()).selected, "MulBackward0")
  }))

  await claim("no two cards overlap", async () => {
    for (const graph of [lesson(), perceptron(9), residual(), loop(1000), unlikeChain(2000)]) {
      await withPanel(panels, {}, async (panel) => {
        await panel.show(modelOf(graph))
        const overlaps = await panel.page.locator(".card .face").evaluateAll((all) => {
          const boxes = all.map((face) => face.getBoundingClientRect())
          return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length
        })
        same(overlaps, 0)
      })
    }
  })
}

async function lasts(panels: Panels, claim: Claiming): Promise<void> {
  await claim("a reload redraws the graph, what is selected, what is open, the look and the tab", async () => {
    let state: unknown
    await withPanel(panels, {}, async (panel) => {
      await panel.show(modelOf(residual()))
      await panel.page.locator('[data-fold="/layer1"]').click()
      await panel.page.keyboard.press("ArrowDown")
      state = await panel.saved()
    })
    await withPanel(panels, { state }, async (panel) => {
      same((await panel.state()).selected, "1")
      same(await panel.page.locator('[data-fold="/layer1/1"][aria-current]').count(), 1)
      same((await panel.saved() as { views: { graph: unknown } }).views.graph, (state as { views: { graph: unknown } }).views.graph)
      await panel.page.getByRole("tab", { name: "Tree" }).click()
      state = await panel.saved()
    })
    await withPanel(panels, { state }, async (panel) => {
      same(await panel.page.getByRole("tree").isVisible(), true)
    })
  })

  await claim("another run of the same code keeps what was selected and where one looked", () => withPanel(panels, {}, async (panel) => {
    await panel.show(modelOf(lesson()))
    await panel.page.locator('[data-node="2"]').click()
    const transform = await panel.page.locator(".canvas .scene").evaluate((scene) => (scene as SVGGElement).style.transform)
    await panel.show(modelOf(lesson()))
    same((await panel.state()).selected, "AddBackward0")
    same(await panel.page.locator(".canvas .scene").evaluate((scene) => (scene as SVGGElement).style.transform), transform)
  }))

  await claim("a state that it did not write is dropped", () => withPanel(panels, { state: { model: 7 } }, async (panel) => {
    same((await panel.state()).nodes, [])
  }))
}

async function everyone(panels: Panels, claim: Claiming): Promise<void> {
  for (const theme of ["dark", "light", "hcDark", "hcLight"] as const) {
    await claim(`axe finds nothing to object to in the theme ${theme}`, async () => {
      const language = theme === "light" ? "ko" : "en"
      await withPanel(panels, { theme, language }, async (panel) => {
        const { page } = panel
        await panel.show(modelOf(null))
        await inspect(panel, "empty")
        await panel.show(modelOf(lesson(), { stale: true }))
        await page.locator('[data-node="3"]').click()
        await inspect(panel, "a selected node")
        await page.screenshot({ path: artifact(`panel-${theme}.png`) })
        await panel.call("open", "tree")
        await page.locator('[data-row="3"]').waitFor()
        await page.locator('[data-row="3"]').focus()
        await page.keyboard.press("ArrowRight")
        await page.locator('[data-row="3"][aria-expanded="true"]').waitFor()
        await inspect(panel, "the tree")
        await page.getByRole("tab").nth(0).click()
        await panel.show(modelOf(residual(), { title: "loss" }))
        await page.locator('[data-fold="/layer1"]').click()
        await inspect(panel, "folds")
      })
    })
  }

  await claim("a narrow panel keeps the graph, its legend and the details in sight", () => withPanel(panels, { width: 360, height: 640, language: "ko" }, async (panel) => {
    await panel.show(modelOf(fiveNodes()))
    await panel.page.locator('[data-node="2"]').click()
    for (const part of [".canvas .stage", ".legend", ".details"]) {
      const box = await panel.page.locator(part).boundingBox()
      if (box === null || box.width < 300 || box.height < 30 || box.y + box.height > 641) throw new Error(`${part} is at ${JSON.stringify(box)}`)
    }
    same(await panel.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
    await inspect(panel, "narrow")
  }))
}

async function figures(panels: Panels, claim: Claiming): Promise<void> {
  await claim("5, 60, 200 and 2,000 nodes are drawn", async () => {
    for (const graph of [fiveNodes(), perceptron(9), residual(), loop(1000), unlikeChain(2000)]) {
      await withPanel(panels, {}, async (panel) => {
        console.log(`  panel, ${graph.nodes.length} nodes: drawn in ${Math.round(await panel.timeShow(modelOf(graph)))} ms`)
        same((await panel.state()).nodes.length, graph.nodes.length)
      })
    }
  })
}

async function inspect({ page }: PanelPage, what: string): Promise<void> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: typeof axe }
    const { violations: found } = await tool.run(document, { resultTypes: ["violations"] })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ""}`).join("\n   ")}`)
  })
  if (violations.length > 0) throw new Error(`${what}: ${violations.join("\n")}`)
}

async function focusedName({ page }: PanelPage): Promise<string | null> {
  return await page.evaluate(() => document.activeElement?.getAttribute("data-name") ?? null)
}

async function revealed(panel: PanelPage): Promise<readonly (readonly unknown[])[]> {
  return (await panel.calls()).filter(({ method }) => method === "reveal").map(({ args }) => args)
}

function grew(smaller: number, larger: number): void {
  if (!(larger > smaller)) throw new Error(`expected more than ${smaller}, found ${larger}`)
}
