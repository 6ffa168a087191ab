// A learner trains in a loop, reads its curves, and goes back to one turn: inline values, graph and backward steps are
// then what the snippet itself logged at that turn.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import axe from "axe-core"
import type { Frame } from "playwright-core"
import { clickAt, hoverAt, inlineAt, shownLines } from "../workbench/editorView.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"

const turns = 200
/** Trains without a seed; the last line logs what turn 8 had. */
const program = `import torch from "torch"
const X = torch.randn(16, 2)
const target = X.matmul(torch.tensor([[2.0], [-1.0]])) + 0.5
const w = torch.randn(2, 1, { requires_grad: true })
let logged = ""
for (let epoch = 0; epoch < ${turns}; epoch++) {
  const loss = ((X.matmul(w) - target) ** 2).mean()
  w.grad = null
  loss.backward()
  const noise = Math.random()
  if (epoch === 7) logged = [String(loss), String(w.grad), noise].join(" | ")
  w.data.sub_(w.grad * 0.05)
}
print(logged)
`

function training(): { folder: string; file: string } {
  const { folder } = lessonCopy()
  const file = join(folder, "training.ts")
  writeFileSync(file, program)
  return { folder, file }
}

export default journey("iterations", () => ({ ...training(), extension: "development", size: { width: 1440, height: 1000 } }), async (workbench, claim) => {
  const { page } = workbench
  let panel: Frame
  let logged: readonly string[] = []

  const inlineOf = async (source: string): Promise<string> => (await shownLines(workbench)).find((line) => line.source.includes(source))?.inline ?? ""

  await claim("every number of the loop is a curve without asking, with the norm of the gradient by parameter", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    await workbench.command("View: Toggle Primary Side Bar Visibility")
    await clickAt(workbench, "const loss", "loss")
    await page.keyboard.press("Control+Alt+Enter")
    await inlineAt(workbench, "const loss", `× ${turns}`)
    logged = (await inlineOf("print(logged)")).split(" | ")
    same(logged.length, 3)
    await clickAt(workbench, "const loss", "loss")
    await workbench.command("Autograd: Show Iterations")
    panel = await workbench.webview("[data-node]")
    await panel.locator(".curve").first().waitFor()
    same(await panel.locator(".curve").evaluateAll((all) => all.map((one) => `${one.getAttribute("data-kind")} ${one.getAttribute("data-curve")}`)), ["value loss", "value noise", "gradient w"])
    contains(await panel.locator(".iterationsView").innerText(), "loop at line 6, × 200", "no gradient vanishes or explodes", "as at the end of the run")
  })
  await workbench.screenshot("iterations-end")

  await claim("a curve is read by keys, and its numbers are in a table that says what was drawn", async () => {
    const curve = panel.getByRole("slider", { name: /Curve of loss/ })
    await curve.focus()
    await page.keyboard.press("Home")
    const first = await curve.getAttribute("aria-valuetext")
    contains(first ?? "", "turn 1: ")
    await page.keyboard.press("ArrowRight")
    contains((await curve.getAttribute("aria-valuetext")) ?? "", "turn 2: ")
    const table = panel.locator('.curve[data-curve="loss"] details')
    contains(await table.locator("summary").innerText(), "all 200 values")
    await table.locator("summary").click()
    await table.locator("tbody tr").nth(turns - 1).waitFor()
    same(await table.locator("tbody tr").count(), turns)
    contains((await table.locator("tbody tr").first().innerText()).replace(/\s+/g, " "), (first ?? "").replace(/turn (\d+): /, "$1 "))
    await table.locator("summary").click()
  })

  await claim("the slider takes the values at the lines back to turn 8: what the snippet logged then, chance included", async () => {
    await panel.locator(".turnField").fill("8")
    await page.keyboard.press("Enter")
    await panel.locator('.iterationsView[data-shown="turn"]').waitFor()
    const [loss = "", , noise = ""] = logged
    await inlineAt(workbench, "const loss", `8 / ${turns} ${loss}`)
    await inlineAt(workbench, "const noise", `8 / ${turns} ${noise}`)
    same(await inlineOf("print(logged)"), "")
    contains(await panel.locator('.curve[data-curve="noise"] .curveReading').innerText(), "turn 8: ")
  })
  await workbench.screenshot("iterations-turn")

  await claim("so are graph and backward steps", async () => {
    const grad = (logged[1] ?? "").replace(/^tensor\(|\)$/g, "").replace(/\s+/g, " ").replaceAll("[ ", "[")
    await panel.getByRole("tab", { name: "Graph" }).click()
    // A long gradient is cut on the card, and whole in its description.
    await workbench.eventually("the leaf shows the gradient of turn 8", async () => ((await panel.locator('.canvas [data-node][data-name="w"]').evaluate((card) => card.outerHTML)).includes(grad) ? true : undefined))
    await panel.getByRole("tab", { name: "Backward steps" }).click()
    await panel.locator(".stepCard h2").waitFor()
    await panel.locator(".stepCard").focus()
    await page.keyboard.press("End")
    contains((await panel.locator('.stepCard [data-part="gathered"]').innerText()).replace(/\s+/g, " "), `w.grad: None, so it becomes ${grad}`)
  })

  await claim("so are the hover and the explanation", async () => {
    const [loss = "", grad = ""] = logged
    await hoverAt(workbench, "const loss", "loss", loss.split(",")[0] ?? "")
    await page.keyboard.press("Escape")
    await clickAt(workbench, "const w", "w")
    await workbench.command("Autograd: Explain Gradient")
    await panel.locator(".headline math").waitFor()
    const said = (await panel.locator(".headline math").getAttribute("aria-label")) ?? ""
    const [value, wanted] = [Number(/ is (\S+)$/.exec(said)?.[1]?.replace("−", "-")), Number(/-?[\d.]+(e[-+]\d+)?/.exec(grad)?.[0])]
    if (!(Math.abs(value - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted)))) throw new Error(`“${said}”, and the snippet logged ${grad}`)
  })

  await claim("a click in a curve goes to that turn, the last button back to the end of the run", async () => {
    await panel.getByRole("tab", { name: "Iterations" }).click()
    const box = await panel.locator('.curve[data-curve="loss"] .plot').boundingBox()
    if (box === null) throw new Error("the curve is not to be seen")
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    const turn = await panel.locator(".iterationsView").getAttribute("data-turn")
    if (Math.abs(Number(turn) - turns / 2) > 3) throw new Error(`the middle of the curve is turn ${turn}`)
    await inlineAt(workbench, "const loss", `${turn} / ${turns}`)
    await panel.getByRole("button", { name: "Last turn: the end of the run" }).click()
    await inlineAt(workbench, "const loss", `× ${turns}`)
    contains(await inlineOf("print(logged)"), logged[0] ?? "")
  })

  await claim("axe finds nothing to object to", async () => {
    await panel.evaluate(axe.source)
    const violations = await panel.evaluate(async () => {
      const { axe: tool } = window as unknown as { axe: typeof axe }
      return (await tool.run(document.querySelector(".iterationsView") ?? document, { resultTypes: ["violations"] })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
    })
    same(violations, [])
  })
})
