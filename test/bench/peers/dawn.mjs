// WebGPU for the peers, which expect it in a browser's `navigator`: Dawn, as the engine process has it.
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

/** One of the peers brings an older package of the same name. */
const ours = createRequire(new URL("../../../package.json", import.meta.url))

/** What the device refused of a peer's commands: its times would say nothing. */
export const refusals = []

/** Puts `navigator.gpu` and WebGPU's names where a browser has them. */
export async function openDawn() {
  const { create, globals } = await import(pathToFileURL(ours.resolve("webgpu")).href)
  Object.assign(globalThis, globals)
  // Collected while it is used, it takes the process with it.
  const gpu = (globalThis.dawnOfTheBench = create([]))
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true })
  const { requestDevice } = globals.GPUAdapter.prototype
  globals.GPUAdapter.prototype.requestDevice = async function (...wishes) {
    const device = await requestDevice.apply(this, wishes)
    device.addEventListener("uncapturederror", ({ error }) => refusals.push(error.message))
    return device
  }
}
