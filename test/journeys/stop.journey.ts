// A learner writes a loop that never ends: Stop ends it, the fault says so at its place, and the next run works.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { errorSquiggles, hoverAt, inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { temporaryFolder } from "../workbench/places.ts"
import { watchForElement } from "../workbench/timing.ts"

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
    const ready = await watchForElement(workbench, ".squiggly-info")
    await workbench.lens("■ Stop").click()
    console.log(`  from Stop to stopped: ${Math.round(await ready.shown())} ms`)
    await workbench.lens("▷ Run").waitFor()
  })

  await claim("what ran before the loop keeps its value", async () => {
    await inlineAt(workbench, "const a", "tensor([1., 1.])")
  })

  await claim("the loop says that it was stopped, which is no error of the learner's", async () => {
    await hoverAt(workbench, "while (true)", "while", "Stopped at line 4")
    const errors = await errorSquiggles(workbench)
    if (errors > 0) throw new Error(`${errors} error squiggles`)
  })

  await claim("the next run works", async () => {
    await workbench.openFile("short.ts")
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const b", "tensor([1., 1., 1.])")
  })
})
