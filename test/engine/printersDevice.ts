// A WebGPU device in this very process, or the reason why there is none: Dawn from npm, on a real driver where there
// is one, else on the SwiftShader that comes with Chromium.
import { existsSync } from "node:fs"
import { constants } from "node:os"

export interface Found {
  readonly device: GPUDevice | null
  /** What is missing; empty when there is a device. */
  readonly missing: string
}

const chromium = "/usr/lib/chromium"
const driver = `${chromium}/vk_swiftshader_icd.json`
const loader = `${chromium}/libvulkan.so.1`
/** dlopen's RTLD_NODELETE on Linux, which Node does not name. */
const keepLoaded = 0x1000

export async function openDevice(): Promise<Found> {
  let dawn: typeof import("webgpu")
  try {
    dawn = await import("webgpu")
  } catch (error) {
    return { device: null, missing: `the package webgpu did not load (${error instanceof Error ? error.message.split("\n")[0] : String(error)})` }
  }
  Object.assign(globalThis, dawn.globals)
  if (existsSync(driver) && process.env["VK_DRIVER_FILES"] === undefined) useSwiftShader()
  // Collected while the device is used, this object takes the process with it.
  const gpu = ((globalThis as { keptGpu?: GPU }).keptGpu = dawn.create([]))
  const adapter = await gpu.requestAdapter()
  if (!adapter) return { device: null, missing: existsSync(driver) ? `Dawn found no adapter with the driver ${driver}` : `no GPU driver, and Debian's chromium, whose SwiftShader serves as one, is not installed (${driver})` }
  return { device: await adapter.requestDevice(), missing: "" }
}

/** Names Chromium's software driver, and loads the Vulkan loader beside it: Dawn asks for it by a name that only a system-wide one answers. */
function useSwiftShader(): void {
  process.env["VK_DRIVER_FILES"] = process.env["VK_ICD_FILENAMES"] = driver
  try {
    process.dlopen({ exports: {} } as NodeJS.Module, loader, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | keepLoaded)
  } catch {
    // It is no module of Node's, which is said here; the library stays loaded all the same.
  }
}
