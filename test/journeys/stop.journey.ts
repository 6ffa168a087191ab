// A learner writes a loop that never ends: Stop ends it, the fault says so at its place, and the next run works.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { errorSquiggles, inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { temporaryFolder } from "../workbench/places.ts"

const endless = `import torch from "torch"

const a = torch.ones(2)
while (true) {
}
`

function files(): { folder: string; file: string } {
  const folder = temporaryFolder("stop")
  const file = join(folder, "endless.ts")
  writeFileSync(file, endless)
  writeFileSync(join(folder, "short.ts"), `import torch from "torch"\n\nconst b = torch.ones(3)\n`)
  return { folder, file }
}

export default journey("an endless loop", () => ({ ...files(), extension: "development" }), async (workbench, claim) => {
  await claim("while it runs, the lens and the status bar offer Stop", async () => {
    await workbench.clickLens("▷ Run")
    await workbench.lens("■ Stop").waitFor()
    await workbench.eventually("the status bar says Running", async () => ((await workbench.statusBar()).some((text) => text.includes("Running")) ? true : undefined))
  })

  await claim("Stop in the lens ends it", async () => {
    const started = Date.now()
    await workbench.clickLens("■ Stop")
    await workbench.lens("▷ Run").waitFor()
    console.log(`  from Stop to ready again: ${Date.now() - started} ms`)
  })

  await claim("what ran before the loop keeps its value", async () => {
    await inlineAt(workbench, "const a", "tensor([1., 1.])")
  })

  await claim("stopping is told, not marked as an error of the learner's", async () => {
    await workbench.eventually("the screen says that the run was stopped", async () => {
      const texts = [...(await workbench.statusBar()), await workbench.page.locator(".part.editor").first().innerText()].join("\n")
      return /stopped/i.test(texts) || (await errorSquiggles(workbench)) > 0 || (await workbench.page.locator(".squiggly-info, .squiggly-warning").count()) > 0 ? true : undefined
    })
  })

  await claim("the next run works", async () => {
    await workbench.openFile("short.ts")
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const b", "tensor([1., 1., 1.])")
  })
})
