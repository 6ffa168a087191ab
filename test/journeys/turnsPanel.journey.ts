// The views of a backward pass and of a loop's turns by themselves in a browser: every theme and language, narrow and
// large, and what they say when there is nothing to show.
import axe from "axe-core"
import type { BackwardPass, Graph } from "../../engine/protocol/api.ts"
import type { Claim, Claiming, Journey } from "../workbench/journey.ts"
import { contains, same } from "../workbench/journey.ts"
import { artifact } from "../workbench/places.ts"
import { lesson, modelOf, residual } from "./panelPage/fixtures.ts"
import { lessonPass, trained } from "./panelPage/turns.ts"
import { startPanels, type PageOptions, type PanelPage } from "./panelPage/page.ts"

const knownComplaint = "Applying inline style violates the following Content Security Policy"

const story: Journey = {
  name: "turnsPanel",
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
    const withPanel = async (options: PageOptions, body: (panel: PanelPage) => Promise<void>): Promise<void> => {
      const panel = await panels.open(options)
      try {
        await body(panel)
        same(panel.complaints.filter((text) => !text.startsWith(knownComplaint)), [])
      } finally {
        await panel.close()
      }
    }
    try {
      for (const theme of ["dark", "light", "hcDark", "hcLight"] as const) {
        const language = theme === "light" ? "ko" : "en"
        await claim(`axe finds nothing to object to in the theme ${theme}, for steps and turns`, () => withPanel({ theme, language, answers: { steps: { kind: "stepped", pass: lessonPass() } } }, async (panel) => {
          await panel.show(trained())
          await panel.call("open", "steps")
          await panel.page.locator(".stepCard h2").waitFor()
          await inspect(panel, "the start of a pass")
          for (let step = 0; step < 3; step += 1) await panel.page.locator(".stepsBar vscode-button").nth(3).click()
          await inspect(panel, "a step")
          await panel.page.screenshot({ path: artifact(`steps-${theme}.png`) })
          await panel.call("open", "iterations")
          await inspect(panel, "turns")
          await panel.page.screenshot({ path: artifact(`iterations-${theme}.png`) })
          await panel.page.locator(".curveTable summary").first().click()
          await inspect(panel, "a table of numbers")
        }))
      }

      await claim("a vanishing and an exploding gradient are told by a sign and in words", () => withPanel({}, async (panel) => {
        await panel.show(trained())
        await panel.call("open", "iterations")
        contains(await panel.page.locator('[data-curve="deep"] .flag').innerText(), "▼", "vanishing", "in 90 of 100 turns")
        contains(await panel.page.locator('[data-curve="w"] .flag').innerText(), "▲", "exploding", "since turn 61")
        same(await panel.page.locator('[data-curve="w"] .oddValue').count(), 1)
      }))

      await claim("where no pass went through the graph the newest of the run is shown, and that is said; other passes are a press away", () => withPanel({ answers: { steps: { kind: "stepped", pass: { ...lessonPass(), reaches: false, passes: 3, pass: 2 } } } }, async (panel) => {
        await panel.show(modelOf(lesson(), { runId: 1 }))
        await panel.call("open", "steps")
        contains(await panel.page.locator(".stepsNote").innerText(), "No backward pass went through the graph that is drawn", "line 7")
        contains(await panel.page.locator(".stepsPasses").innerText(), "pass 3 of 3")
        await panel.page.getByRole("button", { name: "The pass before" }).click()
        await panel.called("steps", 2)
        same((await panel.calls()).filter(({ method }) => method === "steps").map(({ args }) => args[0] ?? null), [null, 1])
      }))

      await claim("where there is no pass it says why and what to do, and tries again on a press", () => withPanel({ answers: { steps: { kind: "refused", why: "No backward pass has run.", advice: "Call backward() on a result with one element." } } }, async (panel) => {
        await panel.show(modelOf(lesson(), { runId: 1 }))
        await panel.call("open", "steps")
        contains(await panel.page.locator(".stepsMessage").innerText(), "No backward pass has run.", "Call backward()")
        await panel.page.getByRole("button", { name: "Try again" }).click()
        await panel.called("steps", 2)
      }))

      await claim("a run without a loop says so; a drag asks for one turn, the one where it rests", () => withPanel({}, async (panel) => {
        await panel.show(modelOf(lesson(), { runId: 1 }))
        await panel.call("open", "iterations")
        contains(await panel.page.locator(".iterationsView").innerText(), "Nothing looped in this run")
        await panel.show(trained())
        const slider = panel.page.locator(".turnSlider")
        await slider.focus()
        for (let press = 0; press < 5; press += 1) await panel.page.keyboard.press("ArrowLeft")
        await panel.called("pickTurn", 1)
        same((await panel.calls()).filter(({ method }) => method === "pickTurn").map(({ args }) => args[0]), [{ loop: 4, index: 94 }])
      }))

      await claim("a narrow panel keeps picture, step and curves in sight", () => withPanel({ width: 360, height: 640, language: "ko", answers: { steps: { kind: "stepped", pass: lessonPass() } } }, async (panel) => {
        await panel.show(trained())
        await panel.call("open", "steps")
        await panel.page.locator(".stepCard h2").waitFor()
        for (const part of [".stepsStage", ".stepCard", ".stepsBar"]) {
          const box = await panel.page.locator(part).boundingBox()
          if (box === null || box.width < 300 || box.height < 30 || box.y + box.height > 641) throw new Error(`${part} is at ${JSON.stringify(box)}`)
        }
        await panel.page.screenshot({ path: artifact("steps-narrow.png") })
        await panel.call("open", "iterations")
        same(await panel.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
        await panel.page.screenshot({ path: artifact("iterations-narrow.png") })
      }))

      await claim("a residual network's pass is stepped through", () => withPanel({ answers: { steps: { kind: "stepped", pass: passOf(residual()) } } }, async (panel) => {
        const { page } = panel
        await panel.show(modelOf(residual(), { title: "loss", runId: 1 }))
        await panel.call("open", "steps")
        await page.locator(".stepCard h2").waitFor()
        const times = await page.evaluate(async () => {
          const button = document.querySelectorAll<HTMLElement>(".stepsBar vscode-button")[3]
          const found: number[] = []
          for (let step = 0; step < 40; step += 1) {
            const started = performance.now()
            button?.click()
            // What a step costs until it can be painted.
            void document.body.offsetHeight
            found.push(performance.now() - started)
            await new Promise((resolve) => requestAnimationFrame(resolve))
          }
          return found.sort((a, b) => a - b)
        })
        console.log(`  a step of ${passOf(residual()).steps.length}: ${times[20]?.toFixed(1)} ms, at most ${times.at(-1)?.toFixed(1)} ms`)
        same(await page.locator(".stepsView").getAttribute("data-position"), "40")
      }))
    } finally {
      await panels.close()
    }
    return claims
  },
}

export default story

/** A pass that takes a graph's grad_fn nodes from the last to the first. */
function passOf({ nodes, edges }: Graph): BackwardPass {
  const inputs = (id: string): string[] => edges.flatMap(({ from, to }) => (to === id && nodes.find((node) => node.id === from)?.kind === "grad_fn" ? [from] : []))
  const steps = nodes.filter(({ kind }) => kind === "grad_fn").reverse().map(({ id, name, grad = "tensor([0.0100, ...])", span }) => (
    { node: id, name, ...(span ? { span } : {}), arrived: [grad], passed: inputs(id).map((to) => ({ to, name: "MulBackward0", grad })) }))
  return { pass: 0, passes: 1, reaches: true, omitted: 0, steps }
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
