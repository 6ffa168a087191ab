// A learner who chose the GPU on a machine that has none: the run works all the same, and a notice, the status bar and the
// list of devices say why.
import { join } from "node:path"
import { inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"

const before = process.env["VK_DRIVER_FILES"]
const reason = "No GPU was found that WebGPU can use."

function options() {
  const { folder, file } = lessonCopy()
  // A driver that is not there: none is found, whatever the machine has.
  process.env["VK_DRIVER_FILES"] = join(folder, "no-driver.json")
  return { folder, file, extension: "development", settings: { "autograd.device": "webgpu" } } as const
}

export default journey("a GPU that is not there", options, async (workbench, claim) => {
  if (before === undefined) delete process.env["VK_DRIVER_FILES"]
  else process.env["VK_DRIVER_FILES"] = before

  await claim("the run works on the CPU, and a notice says why", async () => {
    await workbench.clickLens("▷ Run")
    await inlineAt(workbench, "const y = x + 2", "grad_fn=<AddBackward0>")
    await workbench.eventually("a notice says why", async () => (await workbench.notifications()).find((text) => text.includes(`The GPU is not used: ${reason}`)))
  })
  await workbench.screenshot("no-gpu")

  await claim("the status bar names the CPU", async () => {
    await workbench.eventually("the status bar says CPU", async () => ((await workbench.statusBar()).some((text) => text.includes("Ready · CPU")) ? true : undefined))
  })

  await claim("the list of devices gives the reason at WebGPU", async () => {
    await workbench.command("Autograd: Select Device")
    await workbench.page.locator(".quick-input-list", { hasText: reason }).waitFor()
    await workbench.screenshot("devices")
  })
})
