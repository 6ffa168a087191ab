// The tensors of a run in the side bar: what is listed, what opens, what can be copied and exported, and how old it is.
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { clickAt, cursorLine, inlineAt } from "../workbench/editorView.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import type { Workbench } from "../workbench/workbench.ts"

const source = `import torch from "torch"
const { nn } = torch

const w = torch.ones(2, 2, { requires_grad: true })
const model = new nn.Sequential(new nn.Linear(40, 12), new nn.ReLU(), new nn.Linear(12, 1))
const y = w * 3
const loss = model(torch.ones(8, 40)).mean() + y.sum()
loss.backward()
`

export default journey("the tensors of a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "autograd-lab-tensors-"))
  const file = join(folder, "net.ts")
  writeFileSync(file, source)
  return { folder, file, extension: "development", size: { width: 1440, height: 900 } }
}, async (workbench, claim) => {
  const { page } = workbench
  const rows = page.locator(".pane-body .monaco-list-row")
  const row = (name: string) => page.locator(`.pane-body .monaco-list-row[aria-label^="${name},"]`)
  const labels = async (): Promise<(string | null)[]> => await rows.evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")))

  await claim("before a run the view says what to do, and its button does it", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    await workbench.command("Autograd Lab: Focus on Tensors View")
    await workbench.waitForText("every tensor that has a name is listed here")
    await page.locator(".welcome-view-content").getByRole("button", { name: "Run File" }).click()
    await inlineAt(workbench, "const y", "MulBackward0")
  })

  await claim("every named tensor is a row that says shape, value and gradient, a module is one group", async () => {
    const all = await workbench.eventually("four rows are listed", async () => ((await labels()).length === 4 ? await labels() : undefined))
    same(all.slice(0, 2), [
      "w, a leaf, shape [2, 2], float32 on cpu, value [[1., 1.], [1., 1.]], grad [[3., 3.], [3., 3.]], line 4",
      "model, module Sequential · 4 tensors",
    ])
  })

  await claim("by the keyboard a module opens down to its parameters, and a parameter to its facts", async () => {
    // A click opens the module; from there each key waits for what the one before brought.
    await row("model").click()
    for (const name of ["model.0", "model.0.weight"]) {
      await row(name).waitFor()
      await page.keyboard.press("ArrowRight")
      await page.keyboard.press("ArrowRight")
    }
    const shown = await workbench.eventually("the weight's facts are listed", async () => ((await labels()).some((label) => label?.startsWith("model.0.weight dtype")) ? await labels() : undefined))
    contains(shown.join("\n"), "model.0.weight, a leaf: parameter, shape [12, 40]", "model.0.weight shape [12, 40]", "model.0.weight .grad [[", "model.0.weight source line 5")
  })

  await claim("Enter shows its numbers in the panel, a slice of them fetched, with value and gradient", async () => {
    await row("model.0.weight").click()
    await page.keyboard.press("Enter")
    const panel = await workbench.webview(".tensorHead")
    contains(await panel.locator(".tensorHead").innerText(), "model.0.weight", "(12, 40) · float32 · cpu")
    await panel.locator(".sheet").waitFor()
    contains(await panel.locator(".figures").innerText(), "count", "480")
    await panel.getByRole("button", { name: ".grad" }).click()
    await panel.locator('.switch[aria-pressed="true"]:text-is(".grad")').waitFor()
  })
  await workbench.screenshot("tensors")

  await claim("a tensor of the graph is shown there, and its line in the editor", async () => {
    await row("w").hover()
    await row("w").getByRole("button", { name: "Show in Graph" }).click()
    const panel = await workbench.webview("[data-node]")
    await workbench.eventually("w is selected in the graph", async () => ((await panel.locator('[data-node][aria-current="true"][data-name="w"]').count()) === 1 ? true : undefined))
    await row("y").hover()
    await row("y").getByRole("button", { name: "Go to Line" }).click()
    await workbench.eventually("the cursor is on line 6", async () => ((await cursorLine(workbench)) === 6 ? true : undefined))
  })

  await claim("a tensor is copied as JSON, whole and as numbers", async () => {
    const text = await copiedBy(workbench, () => choose(workbench, row("w"), "Copy Tensor as JSON"))
    same(JSON.parse(text), { name: "w", dtype: "float32", shape: [2, 2], values: [[1, 1], [1, 1]] })
  })

  await claim("the graph is exported as a picture that stands by itself, with words for those who do not see it", async () => {
    await clickAt(workbench, "const loss", "loss")
    const text = await exported(workbench, "SVG")
    const read = await page.evaluate((svg) => {
      const file = new DOMParser().parseFromString(svg, "image/svg+xml")
      const texts = [...file.querySelectorAll("text")].map((each) => each.textContent)
      return { isWhole: file.querySelector("parsererror") === null, title: file.querySelector("title")?.textContent, description: file.querySelector("desc")?.textContent ?? "", texts }
    }, text)
    same([read.isWhole, read.title], [true, "Backward graph of loss"])
    contains(read.description, "Leaves: ", "w with the gradient [[3., 3.], [3., 3.]]", "The longest way: ")
    for (const name of ["w", "y", "loss", "SumBackward0"]) if (!read.texts.includes(name)) throw new Error(`${name} is not drawn among ${read.texts.join(", ")}`)
    if (/var\(|color\(|class=|style=|data-/.test(text)) throw new Error(`the file still needs the page: ${/.{40}(?:var\(|color\(|class=|style=|data-).{40}/.exec(text)?.[0]}`)
  })

  await claim("the graph is exported as DOT and as Mermaid", async () => {
    contains(await exported(workbench, "DOT"), 'digraph "loss" {', "subgraph cluster", "MulBackward0", " -> ")
    contains(await exported(workbench, "Mermaid"), "flowchart TB", "accDescr: Backward graph of loss", "subgraph module", " --> ")
  })

  await claim("after an edit the list says that it is old, and the next run makes it new", async () => {
    await clickAt(workbench, "const y", "3")
    await page.keyboard.press("End")
    await page.keyboard.type(" + 1")
    await workbench.waitForText("From before your edit. Run again to refresh it.")
    await workbench.eventually("each row says so", async () => ((await labels()).some((label) => label?.endsWith("line 4, From before your edit. Run again to refresh it.")) ? true : undefined))
    await page.keyboard.press("Control+Alt+Enter")
    await workbench.eventually("y is 4", async () => ((await labels()).some((label) => label?.startsWith("y, AddBackward0") && label.includes("value [[4., 4.]")) ? true : undefined))
  })

  await claim("what changed since the last run is said at the row, and marked and listed in the graph", async () => {
    contains((await labels()).find((label) => label?.startsWith("y,")) ?? "", "line 6, value changed since the last run")
    const panel = await workbench.webview("[data-node]")
    await panel.getByRole("tab", { name: "Graph" }).click()
    await panel.getByRole("button", { name: "Compare with the last run" }).first().click()
    const list = panel.getByRole("region", { name: "What changed since the last run" }).first()
    contains((await list.innerText()).replace(/\s+/g, " "), "added AddBackward0 line 6", "changed y line 6 value [[3., 3.], [3., 3.]] → [[4., 4.], [4., 4.]]")
    same(await panel.locator(".card.added").evaluateAll((all) => all.map((card) => card.getAttribute("data-name"))), ["AddBackward0"])
  })
  await workbench.screenshot("difference")
})

/** Picks an entry of a row's context menu. VS Code passes over a click that comes too soon after the menu: until it closes, the entry is clicked again. */
async function choose(workbench: Workbench, row: ReturnType<Workbench["page"]["locator"]>, entry: string): Promise<void> {
  await row.click({ button: "right" })
  const item = workbench.page.locator(".monaco-menu .action-label", { hasText: entry })
  await item.waitFor()
  await workbench.eventually(`the menu takes the click on ${entry}`, async () => {
    await item.click({ timeout: 1000 }).catch(() => undefined)
    return (await item.count()) === 0 ? true : undefined
  })
}

/** Exports the shown graph to the clipboard; gives what is there then. */
async function exported(workbench: Workbench, format: string): Promise<string> {
  const text = await copiedBy(workbench, async () => {
    await workbench.command("Autograd: Export Graph")
    await workbench.pick(format)
    await workbench.pick("Copy to the clipboard")
  })
  await workbench.eventually("the status bar says that it is copied", async () => ((await workbench.statusBar()).some((shown) => shown.includes("The graph is on the clipboard.")) ? true : undefined))
  return text
}

/** What an act puts on the clipboard: it arrives some time after the act, so something else lies there before. */
async function copiedBy(workbench: Workbench, act: () => Promise<void>): Promise<string> {
  const { page } = workbench
  const before = "not yet copied"
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
  await page.evaluate((text) => navigator.clipboard.writeText(text), before)
  await act()
  return await workbench.eventually("the clipboard is written", async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText())
    return text === before || text === "" ? undefined : text
  })
}
