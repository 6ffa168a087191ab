// VS Code for the web: the extension in the browser's own extension host, the engine in a worker of it, no Node anywhere.
import { clickAt, hoverAt, inlineAt } from "../workbench/editorView.ts"
import { softwareGpu } from "../workbench/engineInBrowser.ts"
import { contains, journey, same } from "../workbench/journey.ts"
import { expectedLesson, lessonCopy } from "../workbench/lesson.ts"
import { watchForInline } from "../workbench/timing.ts"

const options = () => ({ ...lessonCopy(), extension: "development", inBrowser: true, chromiumFlags: softwareGpu, size: { width: 1440, height: 1000 } }) as const

export default journey("lesson 001 in the browser's extension host", options, async (workbench, claim) => {
  await claim("▷ Run above the first line runs the lesson", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    const first = await watchForInline(workbench, "AddBackward0")
    await workbench.clickLens("▷ Run")
    console.log(`  from Run to values, first time: ${Math.round(await first.shown())} ms`)
    for (const { source, inline } of expectedLesson.lines) await inlineAt(workbench, source, inline)
  })

  await claim("it ran in a worker of the browser: no process of the engine is there", async () => {
    await workbench.command("Autograd: Restart Engine")
    await workbench.command("Output: Show Output Channels...")
    await workbench.pick("Autograd Lab Log")
    await workbench.eventually("the log tells of a worker", async () => {
      const lines = (await workbench.page.locator(".part.panel .view-lines").allInnerTexts()).join("\n").replaceAll("\u00a0", " ")
      return /Engine started \(worker \d+\)/.test(lines) && !lines.includes("(pid") ? true : undefined
    })
    await workbench.command("View: Hide Panel")
  })

  await claim("the hover on z shows the grad_fn chain down to the leaf", async () => {
    await clickAt(workbench, "const out", "out")
    contains(await hoverAt(workbench, "const z", "z", "AccumulateGrad"), ...expectedLesson.chain)
  })

  await claim("the graph shows the nodes of out", async () => {
    // The hover lies over what is below it.
    await workbench.page.mouse.move(10, 400)
    await workbench.page.locator(".monaco-hover:not(.hidden) .hover-contents").first().waitFor({ state: "hidden" })
    await clickAt(workbench, "const out", "out")
    await workbench.command("Autograd: Show Graph")
    const panel = await workbench.webview("[data-node]")
    const names = await panel.locator('[data-node][data-kind="grad_fn"]').evaluateAll((all) => all.map((node) => node.getAttribute("data-name")).sort())
    same(names, ["AccumulateGrad", "AddBackward0", "MeanBackward0", "MulBackward0", "MulBackward0"])
  })
  await workbench.screenshot("web")

  await claim("with WebGPU chosen the same lesson shows the same values, and the status bar says WebGPU", async () => {
    await workbench.command("Autograd: Select Device")
    await workbench.pick("The graphics card")
    await workbench.command("View: Focus First Editor Group")
    await workbench.command("Autograd: Clear Results")
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const y = x + 2", "grad_fn=<AddBackward0>")
    await inlineAt(workbench, "const out", "tensor(27.")
    await workbench.eventually("the status bar names WebGPU", async () => ((await workbench.statusBar()).some((text) => text.includes("Ready · WebGPU")) ? true : undefined))
  })
  await workbench.screenshot("web-gpu")
})
