// VS Code in Korean: what the extension says to a learner is Korean, the technical terms stay PyTorch's.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"
import { root } from "../workbench/places.ts"
import { throughThemes } from "./themesOfEditor.ts"

const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Record<string, string>
const titles = read("package.nls.ko.json")
const texts = read("l10n/bundle.l10n.ko.json")
const said = (text: string) => texts[text] ?? `(${text} is not translated)`

export default journey("VS Code in Korean", () => ({ ...lessonCopy("ko"), extension: "development", locale: "ko" }), async (workbench, claim) => {
  await claim("the lens above the lesson is Korean and runs it", async () => {
    await workbench.clickLens(said("▷ Run"))
    await inlineAt(workbench, "const y = x + 2", "grad_fn=<AddBackward0>")
  })

  await claim("the status bar is Korean", async () => {
    await workbench.eventually("the status bar says ready in Korean", async () => ((await workbench.statusBar()).some((text) => text.includes(said("Ready"))) ? true : undefined))
  })

  await throughThemes(workbench, claim, {
    language: "ko",
    asks: said("What is {0}?").replace("{0}", "∂y/∂x"),
    hint: "거듭제곱을 미분하면",
    showTensors: "텐서",
  })

  await claim("the graph opens by its Korean title", async () => {
    await workbench.command(`Autograd: ${titles["command.showGraph"]}`)
    const panel = await workbench.webview("[data-node]")
    const text = await panel.locator("body").innerText()
    if (!/[가-힣]/.test(text)) throw new Error(`the panel has no Korean text:\n${text}`)
  })
  await workbench.screenshot("korean")
})
