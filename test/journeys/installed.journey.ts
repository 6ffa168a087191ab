// The packed extension: a VSIX installs into a VS Code that knows nothing of this repository, and the lesson runs there.
import { hoverAt, inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { expectedLesson, lessonCopy } from "../workbench/lesson.ts"
import { packageVsix, testVsix } from "../workbench/package.ts"

const options = async () => ({ ...lessonCopy(), extension: "installed", vsix: [await packageVsix(testVsix)], size: { width: 1440, height: 1000 } }) as const

export default journey("the installed VSIX", options, async (workbench, claim) => {
  await claim("the lesson runs from the installed copy", async () => {
    await workbench.clickLens("▷ Run")
    for (const { source, inline } of expectedLesson.lines) await inlineAt(workbench, source, inline)
  })

  await claim("the types come from the installed copy: a hover on y says Tensor", async () => {
    await hoverAt(workbench, "const y = x + 2", "y", "Tensor")
  })

  await claim("nothing in the lesson is underlined", async () => {
    // The TypeScript server has answered, or the hover above would not have been there.
    const marked = await workbench.page.locator(".part.editor .squiggly-error, .part.editor .squiggly-warning").count()
    if (marked > 0) throw new Error(`${marked} squiggles`)
  })
  await workbench.screenshot("installed")

  await claim("the graph opens from the installed copy", async () => {
    await workbench.command("Autograd: Show Graph")
    await workbench.webview("[data-node]")
  })
})
