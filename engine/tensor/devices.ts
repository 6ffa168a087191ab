// What `torch` says of devices: their names, the default one, and whether there is a GPU.
import { Device } from "../backends/backend.ts"
import { placing } from "../backends/devices.ts"
import { adapterFound, openGpu, synchronize } from "../backends/webgpu/device.ts"
import { deviceNamed, parseDevice } from "./deviceOf.ts"
import { faults } from "./faults.ts"

function device(type: unknown, index?: number): Device {
  if (type instanceof Device) return type
  return typeof type === "number" || typeof type === "bigint" ? new Device("webgpu", Number(type)) : parseDevice(String(type), index)
}

/** New tensors are made there from now on; null is the CPU. */
function setDefaultDevice(named: unknown): void {
  placing.base = placing.device = deviceNamed(named ?? "cpu")
}

function adapter() {
  const found = adapterFound()
  if (!found) throw faults.runtime("There is no WebGPU device here.", "Ask torch.webgpu.is_available() first.")
  return found
}

export const devices = {
  device,
  set_default_device: setDefaultDevice,
  get_default_device: () => placing.base,
  webgpu: {
    is_available: () => adapterFound() !== null,
    device_count: () => (adapterFound() ? 1 : 0),
    current_device: () => {
      adapter()
      return 0
    },
    get_device_name: (_device: unknown = null) => adapter().description,
    /** Waits until everything that was asked of the GPU is done. */
    synchronize: (_device: unknown = null) => {
      if (openGpu()) synchronize()
    },
  },
}

