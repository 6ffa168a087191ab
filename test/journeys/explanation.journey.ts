// The explanation by itself in a browser, with a real engine behind it: what it says of each kind of gradient, one
// selection with the graph, copies, keyboard, and whether everyone can read it in four themes and two languages.
import axe from "axe-core"
import type { Claim, Claiming, Journey } from "../workbench/journey.ts"
import { contains, same } from "../workbench/journey.ts"
import { artifact } from "../workbench/places.ts"
import { PanelEngine } from "./panelPage/engine.ts"
import { startPanels, type PageOptions, type PanelPage, type Panels } from "./panelPage/page.ts"

const lesson = `import torch from "torch"

const x = torch.ones(2, 2, { requires_grad: true })
const y = x + 2
const z = y * y * 3
const out = z.mean()
out.backward()
`
const puzzle = `import torch from "torch"
const x = torch.tensor([1, 2, 4], { requires_grad: true })
const y = x - x.mean()
y.backward(torch.tensor([0.75, 0.75, 0.75]))
`
const kink = `import torch from "torch"
const x = torch.tensor([0, 1], { requires_grad: true })
const out = torch.relu(x).sum()
out.backward()
`
const twice = `import torch from "torch"
const w = torch.tensor([2], { requires_grad: true })
const a = (w * w).sum()
a.backward()
const b = (w * w).sum()
b.backward()
`
const cut = `import torch from "torch"
const x = torch.tensor([2], { requires_grad: true })
const h = x.detach() * 3
const out = (h * x.detach() + x * 0 + 1).sum()
const other = torch.tensor([1], { requires_grad: true })
const loss = (other * 2).sum()
loss.backward()
`
const product = `import torch from "torch"
const a = torch.tensor([[1, 2], [3, 4]], { requires_grad: true })
const b = torch.tensor([[5, 6], [7, 8]])
const c = a.mm(b)
const out = c.sum()
out.backward()
`

const story: Journey = {
  name: "explanation",
  async run() {
    const claims: Claim[] = []
    const panels = await startPanels()
    const engine = new PanelEngine()
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
      await says(panels, engine, claim)
      await acts(panels, engine, claim)
      await everyone(panels, engine, claim)
    } finally {
      engine.close()
      await panels.close()
    }
    return claims
  },
}

export default story

async function says(panels: Panels, engine: PanelEngine, claim: Claiming): Promise<void> {
  await claim("y · y is two paths, told apart by which y, and each slope has its mathematics", () => explained(panels, engine, [lesson, "out", "x"], {}, async ({ page }) => {
    same(await mathsOf(page, ".way >> nth=0 >> .factor math"), ["∂out/∂z = 1 / 4 = 0.25", "∂z/∂(y * y) = 3", "∂(y * y)/∂y₁ = y₂[0][0] = 3", "∂y/∂x = 1"])
    same((await mathsOf(page, ".way >> nth=1 >> .factor math"))[2], "∂(y * y)/∂y₂ = y₁[0][0] = 3")
    same(await page.locator(".parting").count(), 1)
    same(await page.getByRole("button", { name: "out MeanBackward0 , changes with z[0][0]: slope 0.25, one of 4 that are averaged, line 6" }).count(), 2)
  }))

  await claim("x − mean(x) is 0 and not 0.75: v, J and vᵀJ show why", () => explained(panels, engine, [puzzle, "y", "x"], {}, async ({ page }) => {
    same(await mathsOf(page, ".headline math"), ["The derivative of y with respect to x[0] is 0"])
    const rows = await page.locator(".jacobian tr").evaluateAll((all) => all.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent)))
    same(rows, [
      ["v", "", "∂/∂x[0]", "∂/∂x[1]", "∂/∂x[2]"],
      ["0.75", "∂y[0]", "0.666667", "−0.333333", "−0.333333"],
      ["0.75", "∂y[1]", "−0.333333", "0.666667", "−0.333333"],
      ["0.75", "∂y[2]", "−0.333333", "−0.333333", "0.666667"],
      ["", "vᵀJ", "0", "0", "0"],
    ])
    same(await mathsOf(page, ".sumLine math"), ["0 = 0.75 + (−0.25) + (−0.25) + (−0.25)"])
  }))

  await claim("a kink is called one, with both slopes and PyTorch's convention", () => explained(panels, engine, [kink, "out", "x"], {}, async ({ page }) => {
    contains(await page.locator(".check").innerText(), "This is a kink: the slope is 0 just below and 1 just above", "PyTorch's convention gives 0 here")
  }))

  await claim("a gradient that two passes added up says so", () => explained(panels, engine, [twice, "b", "w"], {}, async ({ page }) => {
    same(await mathsOf(page, ".headline math"), ["The derivative of b with respect to w[0] is 4"])
    contains(await page.locator(".headline").innerText(), "w.grad[0] is 8: 2 backward passes added up, 4 + 4 (line 4, line 6).")
  }))

  await claim("where no path leads, it says so and names the line that cut it", () => explained(panels, engine, [cut, "out", "h", "out"], {}, async ({ page }) => {
    contains(await page.locator(".explanation").innerText(), "No path leads from out to h[0]", "h.grad is empty")
  }))

  await claim("a matrix product says which row meets which column", () => explained(panels, engine, [product, "out", "a[1][0]"], {}, async ({ page }) => {
    same(await mathsOf(page, ".way >> nth=0 >> .factor math"), ["∂out/∂c = 1", "∂c/∂a = b[0][1] = 6"])
    contains(await page.locator(".way").first().innerText(), "row 1 meets column 1; this is place 0", "one of 4 that are summed")
  }))

  await claim("a name that does not exist is refused in words, and another can be asked at once", () => explained(panels, engine, [lesson, "out", "nothing"], {}, async ({ page }) => {
    contains(await page.locator(".explanation").innerText(), "This gradient could not be explained", "`nothing` got no value in this run.")
    await page.locator(".address input").fill("y[1][1]")
    await page.locator(".address input").press("Enter")
    await page.locator(".headline").waitFor()
    same(await mathsOf(page, ".headline math"), ["The derivative of out with respect to y[1][1] is 4.5"])
  }))
}

async function acts(panels: Panels, engine: PanelEngine, claim: Claiming): Promise<void> {
  await claim("from every factor, every node and every row of the tree the way to the source and back is one selection", () => explained(panels, engine, [lesson, "out", "x"], {}, async (panel) => {
    const { page } = panel
    const graph = (await engine.model(lesson, "out")).graph
    for (const [at, factor] of (await page.locator(".way >> nth=0 >> [data-factor]").all()).entries()) {
      await factor.click()
      const [, span] = (await revealed(panel)).at(-1) as [string, { line: number }]
      const name = await factor.getAttribute("data-factor")
      same(graph?.nodes.some((node) => node.name === name && JSON.stringify(node.span) === JSON.stringify(span)), true)
      await panel.call("selectLine", span.line)
      same(await page.locator("[data-factor][aria-current]").evaluateAll((all) => all.map((one) => [...document.querySelectorAll("[data-factor]")].indexOf(one))), [at])
    }
    await page.getByRole("tab", { name: "Graph" }).click()
    for (const node of graph?.nodes ?? []) {
      await page.locator(`[data-node="${node.id}"]`).click()
      same((await revealed(panel)).at(-1), ["file:///home/lesson/lesson.ts", node.span])
      await panel.call("selectLine", node.span?.line)
      same(await page.locator("[data-node][aria-current]").evaluateAll((all) => all.map((one) => one.getAttribute("data-node"))), [node.id])
    }
    await page.getByRole("tab", { name: "Tree" }).click()
    for (const node of graph?.nodes ?? []) {
      const row = page.locator(`[data-row="${node.id}"]`)
      await row.waitFor()
      await row.focus()
      await page.keyboard.press("Enter")
      same((await revealed(panel)).at(-1), ["file:///home/lesson/lesson.ts", node.span])
      await panel.call("selectLine", node.span?.line)
      same(await page.locator('[data-row][aria-selected="true"]').evaluateAll((all) => all.map((one) => one.getAttribute("data-row"))), [node.id])
    }
  }))

  await claim("the rows of the graph's selection are marked in the explanation", () => explained(panels, engine, [lesson, "out", "x"], {}, async (panel) => {
    await panel.call("selectLine", 5)
    same((await panel.state()).selected, "z")
    same(await panel.page.locator("[data-factor][aria-current]").evaluateAll((all) => all.map((one) => one.querySelector(".code")?.textContent)), ["z[0][0]", "z[0][0]"])
  }))

  await claim("a gradient's cell and a node's Explain open its explanation", () => explained(panels, engine, [lesson, "out", "x"], {}, async (panel) => {
    const { page } = panel
    await page.getByRole("tab", { name: "Graph" }).click()
    await page.locator('[data-kind="leaf"]').click()
    await page.locator('.details [data-place="[1][0]"]').click()
    await page.locator(".headline math[aria-label*='x[1][0]']").waitFor()
    await page.getByRole("tab", { name: "Graph" }).click()
    await page.locator('[data-name="z"]').click()
    await page.locator(".details").getByRole("button", { name: "Explain", exact: true }).click()
    await page.locator(".headline math[aria-label*='z[0][0] is 0.25']").waitFor()
    same((await panel.state()).view, "explanation")
  }))

  await claim("it is copied as text, Markdown and LaTeX with the same numbers", () => explained(panels, engine, [lesson, "out", "x"], {}, async (panel) => {
    for (const form of ["text", "markdown", "latex"]) {
      await panel.page.locator(`[data-copy="${form}"]`).click()
      const [copied] = (await panel.calls()).filter(({ method }) => method === "copy").at(-1)?.args as [string]
      contains(copied, "0.25", "4.5", form === "latex" ? "\\frac{\\partial" : "line 6".slice(form === "markdown" ? 5 : 0))
    }
  }))

  await claim("arrow keys walk the factors, Enter shows the line, Escape returns to the editor", () => explained(panels, engine, [lesson, "out", "x"], {}, async (panel) => {
    const { keyboard } = panel.page
    await panel.page.locator("[data-factor]").first().focus()
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    same(((await revealed(panel)).at(-1)?.[1] as { line: number }).line, 4)
    await keyboard.press("Escape")
    await panel.called("focusEditor")
  }))

  await claim("a reload shows the explanation that was shown", async () => {
    let state: unknown
    await explained(panels, engine, [lesson, "out", "x[0][1]"], {}, async (panel) => {
      state = await panel.saved()
    })
    const panel = await panels.open({ state, answer: engine.answer })
    same(await mathsOf(panel.page, ".headline math"), ["The derivative of out with respect to x[0][1] is 4.5"])
    same((await panel.state()).view, "explanation")
    await panel.close()
  })
}

async function everyone(panels: Panels, engine: PanelEngine, claim: Claiming): Promise<void> {
  for (const theme of ["dark", "light", "hcDark", "hcLight"] as const) {
    for (const language of ["en", "ko"] as const) {
      await claim(`axe finds nothing to object to: ${theme}, ${language}`, async () => {
        await explained(panels, engine, [lesson, "out", "x"], { theme, language }, async (panel) => {
          await panel.page.locator("[data-factor]").nth(2).click()
          await inspect(panel, "the lesson")
          await panel.page.screenshot({ path: artifact(`explanation-${theme}-${language}.png`) })
        })
        await explained(panels, engine, [puzzle, "y", "x"], { theme, language }, async (panel) => {
          await inspect(panel, "v, J and vᵀJ")
          await panel.page.screenshot({ path: artifact(`explanation-vjp-${theme}-${language}.png`) })
        })
        await explained(panels, engine, [kink, "out", "x"], { theme, language }, async (panel) => await inspect(panel, "a kink"))
        await explained(panels, engine, [lesson, "out", "nothing"], { theme, language }, async (panel) => await inspect(panel, "a refusal"))
      })
    }
  }

  await claim("a narrow panel keeps every factor in sight", () => explained(panels, engine, [lesson, "out", "x"], { width: 360, height: 640, language: "ko" }, async ({ page }) => {
    same(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
    const widths = await page.locator(".factor").evaluateAll((all) => all.map((one) => one.scrollWidth <= one.clientWidth))
    same(widths.includes(false), false)
  }))
}

type Asked = readonly [source: string, root: string, at: string, of?: string]

async function explained(panels: Panels, engine: PanelEngine, [source, root, at, of]: Asked, options: PageOptions, body: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await panels.open({ height: 980, ...options, answer: engine.answer })
  try {
    await panel.show(await engine.model(source, root))
    await panel.call("open", "explanation", of === undefined ? { at } : { at, of })
    await panel.page.locator(".explanation .picker").waitFor()
    await body(panel)
    same(panel.complaints.filter((text) => !text.startsWith("Applying inline style")), [])
  } finally {
    await panel.close()
  }
}

async function mathsOf(page: PanelPage["page"], selector: string): Promise<(string | null)[]> {
  return await page.locator(selector).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")))
}

async function revealed(panel: PanelPage): Promise<readonly (readonly unknown[])[]> {
  return (await panel.calls()).filter(({ method }) => method === "reveal").map(({ args }) => args)
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
