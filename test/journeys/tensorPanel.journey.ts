// The panel's view of a tensor's numbers, by itself in a browser: what it fetches, draws, reads out, and how it is walked.
import axe from "axe-core"
import type { TensorShown, ValueStatistics } from "../../engine/protocol/api.ts"
import type { Claim, Claiming, Journey } from "../workbench/journey.ts"
import { contains, same } from "../workbench/journey.ts"
import { artifact } from "../workbench/places.ts"
import { graphDifference } from "../../engine/protocol/difference.ts"
import { lesson, lineSpan, modelOf, residual } from "./panelPage/fixtures.ts"
import { startPanels, type PanelPage, type Panels, type PageOptions, type TensorNumbers } from "./panelPage/page.ts"

const numbers = (shape: readonly number[], of: (at: number) => number | string, dtype = "float32"): TensorNumbers =>
  ({ shape, dtype, values: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, at) => of(at)) })

const statistics: ValueStatistics = { shape: [2, 3], count: 6, least: -3, greatest: 4, mean: 0.5, deviation: 2.5, zeros: 1, negative: 2, nan: 1, infinite: 0, bins: [2, 0, 1, 3], version: 0 }

const shown = ({ shape, dtype }: TensorNumbers, more: Partial<TensorShown["value"]> = {}): TensorShown => ({
  name: "w", runId: 4, span: lineSpan(3),
  value: { kind: "tensor", id: 7, repr: "tensor([1., 2.])", shape, dtype, device: "cpu", requires_grad: true, is_leaf: true, chain: [], grad: { repr: "tensor([3., 4.])", shape }, range: null, version: 0, ...more },
})

const story: Journey = {
  name: "a tensor's numbers in the panel",
  async run() {
    const claims: Claim[] = []
    const panels = await startPanels()
    const claim: Claiming = async (name, body) => {
      const started = Date.now()
      const why = await body().then(() => ({}), (reason: unknown) => ({ why: reason instanceof Error ? reason.message : String(reason) }))
      claims.push({ name, durationMs: Date.now() - started, ...why })
    }
    try {
      await tells(panels, claim)
      await everyone(panels, claim)
      await differs(panels, claim)
    } finally {
      await panels.close()
    }
    return claims
  },
}

export default story

/** Opens a panel on a tensor, as the extension does, and waits until its numbers are there. */
async function withTensor(panels: Panels, tensor: TensorNumbers, body: (panel: PanelPage) => Promise<void>, options: PageOptions & { readonly tensor?: TensorShown } = {}): Promise<void> {
  const panel = await panels.open({ tensors: { 7: tensor }, answers: { statistics }, ...options })
  try {
    await panel.show(modelOf(lesson()))
    await panel.call("open", "tensor", { tensor: options.tensor ?? shown(tensor), of: "value" })
    await panel.page.locator(".tensorBody > :not(.hint)").first().waitFor()
    await body(panel)
    same(panel.complaints.filter((text) => !text.startsWith("Applying inline style violates")), [])
  } finally {
    await panel.close()
  }
}

const windows = async (panel: PanelPage): Promise<unknown[]> => (await panel.calls()).filter(({ method }) => method === "values").map(({ args }) => args)

async function tells(panels: Panels, claim: Claiming): Promise<void> {
  await claim("a small tensor is a table of its numbers, with figures and a histogram in words", () => withTensor(panels, numbers([2, 3], (at) => [1, -3, 0, 4, "NaN", 0.5][at] ?? 0), async (panel) => {
    const { page } = panel
    same(await page.locator(".tensorBody td:not(.corner)").allTextContents(), ["1.", "-3.", "0.", "4.", "nan", "0.5"])
    same(await page.locator(".tensorBody td.negative").allTextContents(), ["-3."])
    same(await page.locator(".tensorBody td.odd").allTextContents(), ["nan"])
    contains((await page.locator(".figures").innerText()).replace(/\s+/g, " "), "min -3.", "max 4.", "mean 0.5", "std 2.5", "count 6", "zeros 1", "nan ⚠ 1", "inf 0")
    same(await page.locator(".histogram").getAttribute("aria-label"), "Histogram of 6 values from -3 to 4. Most, 3, lie between 2.25 and 4.")
    contains(await page.locator(".tensorHead").innerText(), "w", "(2, 3) · float32 · cpu")
    same((await panel.state()).view, "tensor")
  }))

  await claim("the arrow keys walk over the cells and each is read out with its element", () => withTensor(panels, numbers([2, 3], (at) => at), async ({ page }) => {
    await page.locator('[role=grid] td[tabindex="0"]').focus()
    same(await page.locator(".reading").textContent(), "w[0][0] = 0.")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    same(await page.locator(".reading").textContent(), "w[1][1] = 4.")
    await page.keyboard.press("End")
    same([await page.locator(".reading").textContent(), await page.evaluate(() => document.activeElement?.textContent)], ["w[1][2] = 5.", "5."])
  }))

  await claim("the switch shows the gradient's numbers; without one it says why it cannot", async () => {
    const tensor = numbers([2], (at) => at)
    await withTensor(panels, tensor, async (panel) => {
      await panel.page.getByRole("button", { name: ".grad" }).click()
      await panel.page.locator('.switch[aria-pressed="true"]', { hasText: ".grad" }).waitFor()
      same((await windows(panel)).at(-1), [4, 7, "grad", [0], [2]])
    })
    await withTensor(panels, tensor, async ({ page }) => {
      const button = page.getByRole("button", { name: ".grad" })
      same([await button.isDisabled(), await button.getAttribute("title")], [true, "No .grad: backward() has not reached this tensor."])
    }, { tensor: shown(tensor, { grad: null }) })
  })

  await claim("above two dimensions a slice is picked, and only that slice is fetched", () => withTensor(panels, numbers([2, 3, 2, 2], (at) => at), async (panel) => {
    const { page } = panel
    same(await page.locator(".slices input").count(), 2)
    await page.locator(".slices input").nth(1).fill("2")
    await page.locator(".slices input").nth(1).press("Enter")
    await page.locator("td", { hasText: "11." }).waitFor()
    same(await page.locator(".tensorBody td:not(.corner)").allTextContents(), ["8.", "9.", "10.", "11."])
    same(await windows(panel), [[4, 7, "value", [0, 0, 0, 0], [1, 1, 2, 2]], [4, 7, "value", [0, 2, 0, 0], [1, 1, 2, 2]]])
  }))

  await claim("up to 32 × 32 it is squares with the same numbers in a table below", () => withTensor(panels, numbers([20, 28], (at) => at - 280), async ({ page }) => {
    same([await page.locator(".square[aria-hidden]").count() - 3, await page.locator(".squares .negative").count()], [560, 280])
    await page.locator(".squares").focus()
    for (const key of ["ArrowRight", "ArrowRight", "PageDown"]) await page.keyboard.press(key)
    same(await page.locator(".reading").textContent(), "w[19][1] = 253.")
    await page.locator(".asTable summary").click()
    same([await page.locator(".asTable td:not(.corner)").count(), await page.locator(".asTable td:not(.corner)").last().textContent()], [560, "279."])
  }))

  await claim("a large one is a canvas of one window, and the next window is fetched when it is asked for", () => withTensor(panels, numbers([300, 200], (at) => Math.sin(at)), async (panel) => {
    const { page } = panel
    contains(await page.locator(".pager").innerText(), "rows 0–127 of 300, columns 0–127 of 200")
    const painted = await page.locator(".sheet canvas").evaluate((paper) => {
      const context = (paper as HTMLCanvasElement).getContext("2d")
      return new Set(context?.getImageData(0, 0, 64, 64).data.filter((_, at) => at % 4 === 0)).size
    })
    if (painted < 10) throw new Error(`the canvas has ${painted} shades only`)
    await page.getByRole("button", { name: "Rows after" }).click()
    await page.getByText("rows 128–255 of 300").waitFor()
    same(await windows(panel), [[4, 7, "value", [0, 0], [128, 128]], [4, 7, "value", [128, 0], [128, 128]]])
    await page.locator(".sheet").focus()
    await page.keyboard.press("ArrowRight")
    contains(await page.locator(".reading").textContent() ?? "", "w[128][0] = ")
  }))

  await claim("where the engine no longer has the numbers, the run's own text is shown and says so", () => withTensor(panels, numbers([2], (at) => at), async ({ page }) => {
    contains(await page.locator(".tensorBody").innerText(), "no longer has this run's tensors", "1.", "2.")
  }, { answers: { values: null } }))

  await claim("a value that was changed in place after its line says that these are the numbers of the end", () => withTensor(panels, numbers([2], (at) => at), async ({ page }) => {
    contains(await page.locator(".tensorBody .note").innerText(), "changed in place", "version 0, now 3")
  }, { answers: { statistics: { ...statistics, version: 3 } } }))

  await claim("what is selected in the graph is shown, and what is shown is selected there", async () => {
    const tensor = numbers([2, 2], (at) => at)
    await withTensor(panels, tensor, async (panel) => {
      same((await panel.state()).selected, "x")
      await panel.call("selectLine", 4)
      await panel.page.locator(".tensorHead h2", { hasText: "y" }).waitFor()
      same((await panel.calls()).filter(({ method }) => method === "tensor").map(({ args }) => args), [["y", 4]])
    }, { tensor: { ...shown(tensor), name: "x" }, answers: { statistics, tensor: { ...shown(tensor), name: "y" } } })
  })

  await claim("a reload brings the tensor back", async () => {
    const tensor = numbers([3, 2, 2], (at) => at)
    let state: unknown
    await withTensor(panels, tensor, async (panel) => {
      await panel.page.locator(".slices input").first().fill("1")
      await panel.page.locator(".slices input").first().press("Enter")
      state = await panel.saved()
    })
    const panel = await panels.open({ state, tensors: { 7: tensor }, answers: { statistics } })
    await panel.page.locator("td", { hasText: "7." }).waitFor()
    same([(await panel.state()).view, await panel.page.locator(".tensorHead h2").textContent()], ["tensor", "w"])
    await panel.close()
  })
}

async function differs(panels: Panels, claim: Claiming): Promise<void> {
  const now = lesson()
  const before = {
    ...now,
    nodes: [...now.nodes.filter(({ id }) => id !== "y").map((node) => (node.id === "x" ? { ...node, grad: "tensor([[9., 9.],\n        [9., 9.]])" } : node)), { id: "s", kind: "grad_fn" as const, name: "SigmoidBackward0", span: lineSpan(5) }],
    edges: [...now.edges.filter(({ from, to }) => from !== "y" && to !== "y"), { from: "2", to: "s" }, { from: "s", to: "3" }],
  }
  const model = { ...modelOf(now), difference: graphDifference(before, now, (line) => line) }

  await claim("compared with the last run, cards say by glyph and word what is new and what changed, and a list has what vanished", async () => {
    const panel = await panels.open()
    const { page } = panel
    await panel.show(model)
    same(await page.locator(".difference").count(), 0)
    await page.getByRole("button", { name: "Compare with the last run" }).click()
    same(await page.locator(".card:has(.difference)").evaluateAll((all) => all.map((card) => `${card.getAttribute("data-name")} ${card.querySelector(".difference text")?.textContent} ${card.querySelector("title")?.textContent}`)), [
      "x Δ changed: grad", "y + added", "MulBackward0 Δ changed: made of other things",
    ])
    const list = (await page.locator(".canvas .changes").innerText()).replace(/\s+/g, " ")
    contains(list, "1 added, 1 removed, 2 changed", "added y line 4", "removed SigmoidBackward0 was on line 5", "changed x line 3 grad [[9., 9.], [9., 9.]] → [[4.5000, 4.5000], [4.5000, 4.5000]]")
    await page.locator(".canvas .changes").getByRole("button", { name: "y" }).click()
    same((await panel.state()).selected, "y")
    await inspect(panel)
    await page.getByRole("tab", { name: "Tree" }).click()
    contains(await page.locator(".treeAndChanges .changes").innerText(), "SigmoidBackward0")
    await page.getByRole("tab", { name: "Graph" }).click()
    await page.getByRole("button", { name: "Compare with the last run" }).click()
    same([await page.locator(".difference").count(), await page.locator(".canvas .changes").isVisible()], [0, false])
    await panel.close()
  })

  await claim("without a run before, and without a change, it says so", async () => {
    for (const [shown, words] of [[modelOf(now), "There is no run before"], [{ ...modelOf(now), difference: graphDifference(now, now, (line) => line) }, "Nothing of this graph changed"]] as const) {
      const panel = await panels.open()
      await panel.show(shown)
      await panel.page.getByRole("button", { name: "Compare with the last run" }).click()
      contains(await panel.page.locator(".canvas .changes").innerText(), words)
      await panel.close()
    }
  })

  await claim("a fold says how much changed inside it", async () => {
    const graph = residual()
    const panel = await panels.open()
    const grown = { ...graph, nodes: graph.nodes.map((node) => (node.scope?.[0] === "layer1" && node.kind === "grad_fn" ? { ...node, value: "tensor(1.)" } : node)) }
    await panel.show({ ...modelOf(grown), difference: graphDifference(graph, grown, (line) => line) })
    await panel.page.getByRole("button", { name: "Compare with the last run" }).click()
    contains(await panel.page.locator('[data-fold="/layer1"] .difference title').textContent() ?? "", "changed")
    await panel.close()
  })
}

async function everyone(panels: Panels, claim: Claiming): Promise<void> {
  for (const theme of ["dark", "light", "hcDark", "hcLight"] as const) {
    await claim(`axe finds nothing to object to in the theme ${theme}`, async () => {
      const language = theme === "light" ? "ko" : "en"
      for (const tensor of [numbers([2, 3], (at) => at - 2), numbers([3, 20, 28], (at) => Math.sin(at)), numbers([300, 200], (at) => Math.cos(at / 30))]) {
        await withTensor(panels, tensor, async (panel) => {
          if (tensor.shape.length > 2) await panel.page.locator("details summary").click()
          await inspect(panel)
          await panel.page.screenshot({ path: artifact(`tensor-${theme}-${tensor.shape.length}-${tensor.shape.at(-1)}.png`) })
        }, { theme, language })
      }
    })
  }

  await claim("a narrow panel scrolls the map and nothing else sideways", () => withTensor(panels, numbers([300, 200], (at) => at), async ({ page }) => {
    same(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
    same(await page.locator(".tensorView").evaluate((view) => view.scrollWidth <= view.clientWidth), true)
  }, { width: 360, height: 640, language: "ko" }))
}

async function inspect({ page }: PanelPage): Promise<void> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: typeof axe }
    const { violations: found } = await tool.run(document, { resultTypes: ["violations"] })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ""}`).slice(0, 3).join("\n   ")}`)
  })
  same(violations, [])
}
