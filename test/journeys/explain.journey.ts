// “x.grad is 4.5: which process made it?” A learner asks at the lens and is led through the factors, back to the source.
import { clickAt, cursorLine, shownLines } from "../workbench/editorView.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"
import { keepPicture } from "../workbench/pictures.ts"

export default journey("explain", () => ({ ...lessonCopy(), extension: "development", size: { width: 1440, height: 1000 } }), async (workbench, claim) => {
  const { page } = workbench

  await claim("the lens offers to explain x.grad after a run, and the panel derives 4.5", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    await workbench.command("View: Toggle Primary Side Bar Visibility")
    await workbench.clickLens("▷ Run")
    await workbench.lens("Explain x.grad").waitFor({ timeout: 30_000 })
    await workbench.clickLens("Explain x.grad")
    const panel = await workbench.webview(".headline")
    same(await panel.locator(".headline math").getAttribute("aria-label"), "The derivative of out with respect to x[0][0] is 4.5")
    contains(await panel.locator(".headline").innerText(), "This is x.grad[0][0].")
    same(await panel.locator(".way").first().locator(".factor > .slope").allInnerTexts(), ["0.25", "3", "3", "1"])
    same(await panel.locator(".sumLine math").getAttribute("aria-label"), "4.5 = 2.25 + 2.25")
    same(await panel.locator(".product math").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))), ["0.25 · 3 · 3 · 1 = 2.25", "0.25 · 3 · 3 · 1 = 2.25"])
    contains(await panel.locator(".check").innerText(), "4.5", "the same")
  })
  keepPicture(await workbench.screenshot("explain-001"))

  await claim("each factor, clicked, selects its line in the editor and stays selected", async () => {
    const panel = await workbench.webview(".headline")
    const factors = panel.locator(".way").first().locator("[data-factor]")
    const expected = ["const out = z.mean()", "const z = y * y * 3", "const z = y * y * 3", "const y = x + 2"]
    for (const [at, source] of expected.entries()) {
      const line = Number(await factors.nth(at).getAttribute("data-line"))
      await factors.nth(at).click()
      await workbench.eventually(`the cursor is on line ${line}`, async () => ((await cursorLine(workbench)) === line ? true : undefined))
      contains((await shownLines(workbench)).find((shown) => shown.line === line)?.source ?? "", source)
      await workbench.eventually("the factor is marked", async () => ((await factors.nth(at).getAttribute("aria-current")) === "true" ? true : undefined))
    }
  })

  await claim("the cursor's line marks its factor", async () => {
    const panel = await workbench.webview(".headline")
    await clickAt(workbench, "const out", "out")
    await workbench.eventually("the factor of out is marked", async () => {
      const marked = await panel.locator("[data-factor][aria-current]").evaluateAll((all) => all.map((one) => one.getAttribute("data-factor")))
      return marked.length === 2 && marked.every((name) => name === "MeanBackward0") ? true : undefined
    })
  })

  await claim("the node of the factor is selected in the graph as well", async () => {
    const panel = await workbench.webview(".headline")
    await panel.locator(".way").first().locator('[data-factor="AddBackward0"]').click()
    await panel.getByRole("tab", { name: "Graph" }).click()
    await workbench.eventually("the node is selected", async () => ((await panel.locator('[data-node][aria-current="true"]').getAttribute("data-name")) === "AddBackward0" ? true : undefined))
    await panel.getByRole("tab", { name: "Explanation" }).click()
  })

  await claim("another element is chosen by the keyboard, and explained", async () => {
    const panel = await workbench.webview(".headline")
    await panel.locator('[data-element="x[0][0]"]').focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await workbench.eventually("x[1][0] is explained", async () => ((await panel.locator(".headline math").getAttribute("aria-label"))?.includes("x[1][0] is 4.5") ? true : undefined))
  })

  await claim("after an edit and another run the explanation is the new run's", async () => {
    await clickAt(workbench, "const y", "y")
    await page.keyboard.press("End")
    await page.keyboard.press("Backspace")
    await page.keyboard.type("4")
    await workbench.command("Autograd: Run File")
    const panel = await workbench.webview(".headline")
    await workbench.eventually("the derivative is 7.5", async () => ((await panel.locator(".headline math").getAttribute("aria-label"))?.endsWith("x[1][0] is 7.5") ? true : undefined))
  })

  await claim("the key that runs a file works from the panel, for the snippet that it shows, and right after a click into the snippet", async () => {
    await page.keyboard.press("Backspace")
    await page.keyboard.type("3")
    const panel = await workbench.webview(".headline")
    await panel.locator('[data-element="x[1][0]"]').focus()
    await page.keyboard.press("Control+Alt+Enter")
    await workbench.eventually("the derivative is 6", async () => ((await panel.locator(".headline math").getAttribute("aria-label"))?.endsWith("x[1][0] is 6") ? true : undefined))
    await clickAt(workbench, "const y", "y")
    await page.keyboard.press("End")
    await page.keyboard.press("Backspace")
    await page.keyboard.type("5")
    await panel.locator('[data-element="x[1][0]"]').focus()
    await clickAt(workbench, "const y", "y")
    await page.keyboard.press("Control+Alt+Enter")
    await workbench.eventually("the derivative is 9", async () => ((await panel.locator(".headline math").getAttribute("aria-label"))?.endsWith("x[1][0] is 9") ? true : undefined))
  })
})
