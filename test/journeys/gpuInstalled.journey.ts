// The package of this platform: it installs into a VS Code that knows nothing of this repository, and lesson 004 runs on
// WebGPU there, on a driver of software where the machine has none.
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { clickAt, inlineAt } from "../workbench/editorView.ts"
import { journey } from "../workbench/journey.ts"
import { lessonCopy } from "../workbench/lesson.ts"
import { packageVsix, type Target } from "../workbench/package.ts"
import { downloads } from "../workbench/places.ts"

/** Chromium brings a Vulkan driver that needs no GPU. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json"

/** A tensor of the CPU meets one of the default device. */
const twoDevices = `import torch from "torch"
const a = torch.tensor([2, 3])
const b = torch.tensor([4, 5], { device: "cpu", requires_grad: true })
const c = a * b
c.sum().backward()
print(b.grad)
`

async function options() {
  // The platforms that the rig runs on have their names from Node.
  const target = `${process.platform}-${process.arch}` as Target
  if (existsSync(softwareDriver)) process.env["VK_DRIVER_FILES"] ??= softwareDriver
  const { folder } = lessonCopy()
  writeFileSync(join(folder, "two-devices.ts"), twoDevices)
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

  await claim("tensors on two devices: the light bulb moves one, and the snippet runs to its gradient", async () => {
    const { page } = workbench
    await workbench.openFile("two-devices.ts")
    await workbench.lens("▷ Run").waitFor()
    await workbench.command("Autograd: Run File")
    await inlineAt(workbench, "const c = a * b", "✗ RuntimeError")
    await clickAt(workbench, "const c = a * b", "b")
    await page.keyboard.press("Control+.")
    await page.locator(".action-widget .monaco-list-row", { hasText: "Move b to the other device" }).waitFor()
    await page.keyboard.press("Enter")
    await workbench.command("Autograd: Run File")
    await inlineAt(workbench, 'const c = a * b.to("webgpu")', "tensor([ 8., 15.]")
    await inlineAt(workbench, "print(b.grad)", "tensor([2., 3.], device='cpu')")
  })
  await workbench.screenshot("two-devices-mended")
})
