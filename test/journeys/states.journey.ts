// Every state of the panel in every theme and language, as pictures to look at: test/artifacts/states-STATE-THEME-LANGUAGE.png.
// One page for each language; the theme changes under it, as it does for a person who changes theirs. The explanation's
// own pictures are made by explanation.journey.ts.
import type { TensorShown, ValueStatistics } from "../../engine/protocol/api.ts"
import { graphDifference } from "../../engine/protocol/difference.ts"
import type { Claim, Claiming, Journey } from "../workbench/journey.ts"
import { same } from "../workbench/journey.ts"
import { artifact } from "../workbench/places.ts"
import { lesson, lineSpan, modelOf } from "./panelPage/fixtures.ts"
import { startPanels, type PanelPage } from "./panelPage/page.ts"
import { themes, type ThemeName } from "./panelPage/themes.ts"
import { lessonPass, trained } from "./panelPage/turns.ts"

const themeNames = Object.keys(themes) as ThemeName[]
const cells = { shape: [2, 3], dtype: "float32", values: [-2, -1, 0, 1, "NaN", "Infinity"] }
const map = { shape: [120, 120], dtype: "float32", values: Array.from({ length: 120 * 120 }, (_, at) => Math.sin(at / 900) * Math.cos((at % 120) / 9)) }
const statistics: ValueStatistics = { shape: [2, 3], count: 6, least: -2, greatest: 1, mean: -0.5, deviation: 1.1, zeros: 1, negative: 2, nan: 1, infinite: 1, bins: [2, 0, 1, 3], version: 0 }
const numbers: Readonly<Record<number, typeof cells | typeof map>> = { 7: cells, 8: map }

/** Brings the panel into a state. */
type Bring = (panel: PanelPage) => Promise<void>

const states: Readonly<Record<string, Bring>> = {
  empty: async (panel) => {
    await panel.show(modelOf(null))
    await panel.page.locator(".empty h2").waitFor()
  },
  graph: async (panel) => {
    await panel.show(modelOf(lesson(), { verdicts: [{ name: "z", text: "z.grad: MulBackward0, null.", span: lineSpan(5), isWarning: false }] }))
    await panel.call("open", "graph")
    await panel.call("selectLine", 5)
    await panel.page.locator(".details h2").waitFor()
  },
  stale: async (panel) => {
    await panel.show(modelOf(lesson(), { stale: true }))
    await panel.page.locator(".banner:not([hidden])").waitFor()
  },
  tree: async (panel) => {
    await panel.call("open", "tree")
    await panel.page.locator('[data-row="3"]').waitFor()
    await panel.page.locator('[data-row="3"]').focus()
    await panel.page.keyboard.press("ArrowRight")
    await panel.page.locator('[data-row="3"][aria-expanded="true"]').waitFor()
  },
  compared: async (panel) => {
    const now = lesson()
    const before = { ...now, nodes: now.nodes.filter(({ id }) => id !== "y").map((node) => (node.id === "x" ? { ...node, grad: "tensor([[9., 9.],\n        [9., 9.]])" } : node)), edges: now.edges.filter(({ from, to }) => from !== "y" && to !== "y") }
    await panel.show({ ...modelOf(now), difference: graphDifference(before, now, (line) => line) })
    await panel.call("open", "graph")
    await panel.page.locator(".bar vscode-button[aria-pressed]:visible").click()
    await panel.page.locator(".canvas .changes").waitFor()
  },
  steps: async (panel) => {
    await panel.show(trained())
    await panel.call("open", "steps")
    await panel.page.locator(".stepCard h2").waitFor()
    for (let step = 0; step < 3; step += 1) await panel.page.locator(".stepsBar vscode-button").nth(3).click()
  },
  iterations: async (panel) => {
    await panel.call("open", "iterations")
    await panel.page.locator(".curve").first().waitFor()
  },
  tensor: async (panel) => await showTensor(panel, 7),
  map: async (panel) => await showTensor(panel, 8),
}

async function showTensor(panel: PanelPage, id: number): Promise<void> {
  const { shape = [], dtype = "" } = numbers[id] ?? {}
  const tensor: TensorShown = {
    name: "w", runId: 4, span: lineSpan(3),
    value: { kind: "tensor", id, repr: "tensor([1., 2.])", shape, dtype, device: "cpu", requires_grad: true, is_leaf: true, chain: [], grad: { repr: "tensor([3., 4.])", shape }, range: null, version: 0 },
  }
  await panel.show(modelOf(lesson()))
  await panel.call("open", "tensor", { tensor, of: "value" })
  await panel.page.locator(".tensorBody > :not(.hint)").first().waitFor()
}

const story: Journey = {
  name: "states",
  async run() {
    const claims: Claim[] = []
    const panels = await startPanels()
    const claim: Claiming = async (name, body) => {
      const started = Date.now()
      const why = await body().then(() => ({}), (reason: unknown) => ({ why: reason instanceof Error ? reason.message : String(reason) }))
      claims.push({ name, durationMs: Date.now() - started, ...why })
    }
    try {
      for (const language of ["en", "ko"] as const) {
        const panel = await panels.open({ language, width: 760, height: 720, tensors: numbers, answers: { statistics, steps: { kind: "stepped", pass: lessonPass() } } })
        const { page } = panel
        for (const [state, bring] of Object.entries(states)) {
          await claim(`${state} in ${language} fits its panel, and follows the theme in all four`, async () => {
            await panel.wear("dark")
            await bring(panel)
            same(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true)
            same(await cutWords(panel), [])
            for (const theme of themeNames) {
              await panel.wear(theme)
              const wanted = themes[theme].variables["--vscode-editor-background"]
              same(await page.evaluate((colour) => {
                const probe = document.body.appendChild(document.createElement("i"))
                probe.style.color = colour ?? ""
                const both = [getComputedStyle(probe).color, getComputedStyle(document.body).backgroundColor]
                probe.remove()
                return both[0] === both[1]
              }, wanted), true)
              await page.screenshot({ path: artifact(`states-${state}-${theme}-${language}.png`) })
            }
          })
        }
        await claim(`nothing was complained of in ${language}`, async () => {
          same(panel.complaints.filter((text) => !text.startsWith("Applying inline style violates")), [])
        })
        await panel.close()
      }
    } finally {
      await panels.close()
    }
    return claims
  },
}

export default story

/** Buttons, tabs, headings and facts whose words do not fit their box. */
async function cutWords({ page }: PanelPage): Promise<string[]> {
  return await page.locator("h1, h2, h3, button, vscode-button, vscode-panel-tab, dt, th, .legend li, .hint").evaluateAll((all) =>
    all.filter((one) => one.checkVisibility() && (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline" || one.getBoundingClientRect().right > window.innerWidth + 1)).map((one) => `${one.tagName} ${one.textContent}`))
}
