// The GPU that the engine's owner finds in this process, in a test's hands: the devices that were given out, so that one
// can be lost in the middle of a run, and what the adapter says of itself. Everything behind it is Dawn's own.
import { openDevice } from "./printersDevice.ts"

const found = await openDevice()
found.device?.destroy()

/** Why there is none; empty where there is one. */
export const missing = found.missing
export const isThere = found.device !== null

interface Kept {
  /** What printersDevice.ts keeps. */
  keptGpu?: GPU
  /** What engine/host/gpuOwner.ts asks for adapters. */
  autogradGpu?: Pick<GPU, "requestAdapter">
}

export interface GpuAtHand {
  /** Devices in the order in which they were given out. */
  readonly devices: readonly GPUDevice[]
  /** Nothing is found from now on. */
  isAway: boolean
  /** The adapter says that it is no software. */
  isHardware: boolean
  /** Called with each device before the engine has it. */
  prepare: (device: GPUDevice) => void
}

/** Takes the place of the process's GPU; called before anybody asks for it. */
export function takeGpu(): GpuAtHand {
  const kept = globalThis as Kept
  const devices: GPUDevice[] = []
  const hand: GpuAtHand = { devices, isAway: false, isHardware: false, prepare: () => undefined }
  kept.autogradGpu = {
    async requestAdapter(options) {
      const adapter = hand.isAway ? null : ((await kept.keptGpu?.requestAdapter(options)) ?? null)
      if (!adapter) return null
      const { vendor, architecture, description, device } = adapter.info
      const told = {
        limits: adapter.limits,
        info: { vendor, architecture, description, device, isFallbackAdapter: !hand.isHardware },
        async requestDevice(descriptor?: GPUDeviceDescriptor) {
          const made = await adapter.requestDevice(descriptor)
          devices.push(made)
          hand.prepare(made)
          return made
        },
      }
      return told as unknown as GPUAdapter // What the engine reads of one.
    },
  }
  return hand
}
