// What stands in the editor, seen in each theme: inline values, a hover, the Tensors view and the box that asks for a
// gradient. Shared by the journeys in English and in Korean. Pictures: test/artifacts/editor-STATE-THEME-LANGUAGE.png.
import { hoverAt, inlineAt, inlineContrast } from "../workbench/editorView.ts"
import { contains, type Claiming } from "../workbench/journey.ts"
import { themeChoices, type Workbench } from "../workbench/workbench.ts"

/** The words of the interface's language. */
export interface Said {
  readonly language: "en" | "ko"
  readonly asks: string
  /** What a wrong answer to the derivative's question is told. */
  readonly hint: string
  readonly showTensors: string
}

/** Goes through the four themes, in a workbench that shows lesson 001 after a run. */
export async function throughThemes(workbench: Workbench, claim: Claiming, { language, asks, hint, showTensors }: Said): Promise<void> {
  const { page } = workbench
  const picture = async (state: string, theme: string): Promise<string> => await workbench.screenshot(`editor-${state}-${theme}-${language}`)

  await claim("values at the lines, the hover and the Tensors view are read in all four themes", async () => {
    await workbench.command(showTensors)
    await page.locator('[id="workbench.view.extension.autograd"] .monaco-list-row').first().waitFor()
    for (const theme of themeChoices) {
      await workbench.theme(theme)
      await inlineAt(workbench, "const y = x + 2", "AddBackward0")
      await hoverAt(workbench, "const z = y", "z", "MulBackward0")
      await picture("run", theme.name)
      await page.keyboard.press("Escape")
      const contrast = await inlineContrast(workbench)
      const wanted = theme.name.startsWith("hc") ? 7 : 4.5
      if (!(contrast >= wanted)) throw new Error(`inline values have a contrast of ${contrast.toFixed(2)} in the theme ${theme.label}, and ${wanted} is wanted`)
    }
  })

  await claim("a gradient is asked for, and a wrong answer answered, in all four themes", async () => {
    await workbench.openFile("derivative.ts")
    const lens = page.locator(".codelens-decoration a", { hasText: asks }).first()
    await lens.waitFor()
    for (const theme of themeChoices) {
      await workbench.theme(theme)
      await workbench.eventually("the box asks", async () => {
        if (await page.locator(".quick-input-title", { hasText: "∂y/∂x = ?" }).isVisible()) return true
        // Lenses are drawn anew while a file loads, and a click in between is lost.
        await lens.click({ timeout: 2000 }).catch(() => undefined)
        return undefined
      })
      await page.locator(".quick-input-widget input").first().fill("9")
      await page.keyboard.press("Enter")
      const message = page.locator(".quick-input-message")
      await workbench.eventually("it says what to look at", async () => ((await message.innerText()).includes(hint) ? true : undefined))
      contains(await message.innerText(), "n · xⁿ⁻¹")
      await picture("question", theme.name)
      await page.keyboard.press("Escape")
      await page.locator(".quick-input-widget").waitFor({ state: "hidden" })
    }
  })
}
