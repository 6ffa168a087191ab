// A learner steps through the backward pass of lesson 001: forwards and back, by keys and by playing, with the picture,
// the source line and the running .grad in step.
import axe from "axe-core"
import type { Frame } from "playwright-core"
import { clickAt, inlineAt, shownLines } from "../workbench/editorView.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"

/** The engine's order in lesson 001, with the source of each step's line. */
const order = [
  ["MeanBackward0", "const out = z.mean()"],
  ["MulBackward0", "const z = y * y * 3"],
  ["MulBackward0", "const z = y * y * 3"],
  ["AddBackward0", "const y = x + 2"],
  ["AccumulateGrad", "const x = torch.ones"],
] as const

export default journey("steps", () => ({ ...lessonCopy(), extension: "development", size: { width: 1440, height: 1000 } }), async (workbench, claim) => {
  const { page } = workbench
  let panel: Frame

  const view = (): ReturnType<Frame["locator"]> => panel.locator(".stepsView")
  /** The whole view, element by element; the order of attributes and of class names tells nothing. */
  const shown = async (): Promise<string> => await view().evaluate((root) => {
    const lineOf = (element: Element): string => [element.tagName, ...[...element.attributes].map(({ name, value }) => `${name}=${name === "class" ? value.split(/\s+/).sort().join(" ") : value}`).sort(), element.childElementCount === 0 ? element.textContent : ""].join(" ")
    return [root, ...root.querySelectorAll("*")].map(lineOf).join("\n")
  })
  /** The lines in which two texts differ. */
  const difference = (a: string, b: string): string[] => {
    const [ours, theirs] = [a.split("\n"), b.split("\n")]
    return ours.flatMap((line, i) => (line === theirs[i] ? [] : [`${line} | ${theirs[i]}`])).slice(0, 5)
  }
  const position = async (): Promise<string | null> => await view().getAttribute("data-position")
  const card = async (): Promise<string> => await panel.locator(".stepCard").innerText()
  const at = async (wanted: number): Promise<void> => {
    await workbench.eventually(`the view is at step ${wanted}`, async () => ((await position()) === String(wanted) ? true : undefined))
  }

  await claim("Step Backward Pass follows the pass of the tensor at the cursor", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    await workbench.command("View: Toggle Primary Side Bar Visibility")
    await clickAt(workbench, "const out", "out")
    await page.keyboard.press("Control+Alt+Enter")
    await inlineAt(workbench, "const y = x + 2", "AddBackward0")
    await clickAt(workbench, "const out", "out")
    await workbench.command("Autograd: Step Backward Pass")
    panel = await workbench.webview("[data-node]")
    await panel.locator(".stepCard h2").waitFor()
    contains(await card(), "backward() begins", "x.grad\nNone")
  })
  await workbench.screenshot("steps-start")

  const before: string[] = []
  await claim("each step is the next node of the engine's order, shown in the picture and at its line, which keeps the keyboard here", async () => {
    before.push(await shown())
    await panel.locator(".stepCard").focus()
    for (const [i, [name, source]] of order.entries()) {
      await page.keyboard.press("ArrowRight")
      await at(i + 1)
      before.push(await shown())
      contains(await card(), name)
      const now = panel.locator(".stepsView .card.now")
      same(await now.evaluateAll((all) => all.map((one) => one.getAttribute("data-name"))), [name])
      same(await now.locator(".number").textContent(), String(i + 1))
      await workbench.eventually(`the cursor is at ${source}`, async () => {
        // The status bar tells of the cursor only while the editor has the keyboard.
        const line = Number(await page.locator(".line-numbers.active-line-number").first().innerText())
        return (await shownLines(workbench)).find((one) => one.line === line)?.source.includes(source) === true ? true : undefined
      })
      same(await panel.evaluate(() => document.activeElement?.classList.contains("stepCard") ?? false), true)
    }
  })
  await workbench.screenshot("steps-end")

  await claim("what arrived, the slope and what is given on stand there with this run's numbers", async () => {
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await at(3)
    contains(await card(), "Gradient that arrived", "0.7500", "[[0.7500, 0.7500], [0.7500, 0.7500]] × [[3., 3.], [3., 3.]] = [[2.2500, 2.2500], [2.2500, 2.2500]]", "to AddBackward0")
    await workbench.screenshot("steps-middle")
  })

  await claim("the numbers given on to one node sum to what arrives there, and the += is .grad", async () => {
    const numbers = async (part: string): Promise<number[][]> =>
      await panel.locator(`.stepCard [data-part="${part}"] table`).evaluateAll((all) => all.map((table) => [...table.querySelectorAll("td:not(.corner)")].map((cell) => Number(cell.textContent))))
    const given = await numbers("passed")
    const sum = given[0]?.map((_, i) => given.reduce((total, one) => total + (one[i] ?? 0), 0))
    await page.keyboard.press("ArrowRight")
    await at(4)
    same((await numbers("arrived"))[0], sum)
    await page.keyboard.press("End")
    await at(5)
    contains(await card(), "x.grad: None, so it becomes [[4.5000, 4.5000], [4.5000, 4.5000]]")
  })

  await claim("stepping back shows exactly what was there before, to the start", async () => {
    for (let step = order.length; step >= 0; step -= 1) {
      await at(step)
      same(difference(await shown(), before[step] ?? ""), [])
      await page.keyboard.press("ArrowLeft")
    }
    await page.keyboard.press("End")
    await at(5)
    await page.keyboard.press("Home")
    await at(0)
  })

  await claim("each step is told to those who listen", async () => {
    await page.keyboard.press("ArrowRight")
    await at(1)
    contains(await panel.locator(".live").innerText(), "Step 1 of 5: MeanBackward0", "Arrived: 1.", "Passes [[0.2500, 0.2500], [0.2500, 0.2500]] on to MulBackward0.")
  })

  await claim("Space plays to the end by itself and pauses; motion that is unwanted is left out", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" })
    await page.keyboard.press("Home")
    await page.keyboard.press("Space")
    await at(1)
    same(await panel.locator(".wire.flow .line").first().evaluate((line) => getComputedStyle(line).animationName), "none")
    await page.keyboard.press("Space")
    await panel.getByRole("button", { name: "Play (Space)" }).waitFor()
    await page.keyboard.press("Space")
    await at(5)
    await page.emulateMedia({ reducedMotion: "no-preference" })
    await page.keyboard.press("ArrowLeft")
    await at(4)
    same(await panel.locator(".wire.flow .line").first().evaluate((line) => getComputedStyle(line).animationName), "gradientFlows")
  })

  await claim("a click on a card goes to its step", async () => {
    await panel.locator('.stepsView .card[data-name="MeanBackward0"]').click()
    await at(1)
  })

  await claim("axe finds nothing to object to", async () => {
    await panel.evaluate(axe.source)
    const violations = await panel.evaluate(async () => {
      const { axe: tool } = window as unknown as { axe: typeof axe }
      return (await tool.run(document.querySelector(".stepsView") ?? document, { resultTypes: ["violations"] })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
    })
    same(violations, [])
  })
})
