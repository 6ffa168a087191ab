// The package of this platform: it installs into a VS Code that knows nothing of this repository, and lesson 004 runs on
// WebGPU there, on a driver of software where the machine has none.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"
import { packageVsix, type Target } from "../workbench/package.ts"
import { downloads } from "../workbench/places.ts"

/** Chromium brings a Vulkan driver that needs no GPU. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json"

async function options() {
  // The platforms that the rig runs on have their names from Node.
  const target = `${process.platform}-${process.arch}` as Target
  if (existsSync(softwareDriver)) process.env["VK_DRIVER_FILES"] ??= softwareDriver
  const { folder } = lessonCopy()
  const vsix = [await packageVsix(join(downloads, `autograd-lab-${target}.vsix`), target)]
  return { folder, file: join(folder, "004-grad.ts"), extension: "installed", vsix, settings: { "autograd.device": "webgpu" }, size: { width: 1440, height: 1000 } } as const
}

export default journey("the VSIX of this platform", options, async (workbench, claim) => {
  await claim("lesson 004 runs on WebGPU from the installed copy", async () => {
    await workbench.lens("▷ Run").waitFor({ timeout: 90_000 })
    await workbench.command("Autograd: Run File")
    for (const [source, value] of [["const z = y ** 2", "[ 81., 121., 169.]"], ["const out = z.mean()", "tensor(75.6667, grad_fn=<MeanBackward0>)"]] as const) await inlineAt(workbench, source, value)
    await workbench.eventually("the status bar names WebGPU", async () => ((await workbench.statusBar()).some((text) => text.includes("Ready · WebGPU")) ? true : undefined), 60_000)
  })
  await workbench.screenshot("installed-gpu")
})
