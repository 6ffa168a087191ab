// The editor in four themes, in English. In Korean: korean.journey.ts.
import { inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"
import { throughThemes } from "./themesOfEditor.ts"

export default journey("themes", () => ({ ...lessonCopy(), extension: "development", size: { width: 1280, height: 800 } }), async (workbench, claim) => {
  await claim("lesson 001 runs", async () => {
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const y = x + 2", "AddBackward0")
  })
  await throughThemes(workbench, claim, { language: "en", asks: "What is ∂y/∂x?", hint: "The exponent of a power comes to the front", showTensors: "Autograd Lab: Focus on Tensors View" })
})
