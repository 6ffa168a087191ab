// Which device tensors are on, and which one a learner means. Apart from the backends, whose faults are not a learner's.
import { cpu, Device } from "../backends/backend.ts"
import { onDevice, placing } from "../backends/devices.ts"
import { openGpu, webgpu, whyNoGpu } from "../backends/webgpu/device.ts"
import { fault, faults } from "./faults.ts"
import type { Tensor } from "./tensor.ts"

/** The device that tensors have in common. One number of the CPU may meet any of them. RuntimeError where they differ. */
export function deviceOf(what: string, operands: readonly unknown[]): Device {
  let found: Device | null = null
  let at = 0
  let number: Device | null = null
  for (let i = 0; i < operands.length; i++) {
    const one = operands[i]
    if (!isTensor(one)) continue
    const { device } = one.storage
    if (one.sizes.length === 0 && device === cpu) number ??= device
    else if (found === null) [found, at] = [device, i]
    else if (found !== device) throw mixed(what, operands, at, i)
  }
  return found ?? number ?? placing.device
}

// Without importing the class, which imports nothing from here.
const isTensor = (value: unknown): value is Tensor => typeof value === "object" && value !== null && "storage" in value && "sizes" in value

/** The fault about two operands of different devices; it is told which one is on the CPU. */
function mixed(what: string, operands: readonly unknown[], first: number, second: number): Error {
  const [one, other] = [first, second].map((at) => (operands[at] as Tensor).storage.device) as [Device, Device]
  const onCpu = one.type === "cpu" ? first : second
  return faults.runtime(`${what}: Expected all tensors to be on the same device, but found at least two devices, ${one} and ${other}!`, `Move one of them first, for example with .to("${one.type === "cpu" ? other.type : one.type}").`).as("devices", one.type, other.type, onCpu, operands[onCpu])
}

/** The device that a learner names: `"cpu"`, `"webgpu"`, a device. Faults where there is none of that name here. */
export function deviceNamed(value: unknown): Device {
  const device = value instanceof Device ? value : parseDevice(String(value))
  if (device.type === "cpu") return cpu
  if (device.type === "webgpu") {
    if ((device.index ?? 0) !== 0) throw faults.runtime(`There is one device of the kind webgpu, found ${device}.`, 'Use "webgpu" or "webgpu:0".')
    if (!openGpu()) throw faults.runtime(`WebGPU is not available: ${whyNoGpu()}`, 'Use "cpu", or choose with torch.webgpu.is_available() ? "webgpu" : "cpu".')
    return webgpu
  }
  if (device.type === "cuda") throw fault("AssertionError", "Torch not compiled with CUDA enabled.", 'Use "webgpu" where torch.webgpu.is_available(), else "cpu".')
  throw faults.notImplemented(`There is no device of the kind ${device.type} here.`, 'Use "cpu" or "webgpu".')
}

const kinds: readonly string[] = ["cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone", "webgpu"]

/** `torch.device("webgpu:0")`: a name, not yet a device that is there. RuntimeError for a name that PyTorch does not know. */
export function parseDevice(text: string, index?: number): Device {
  const [kind, number, ...rest] = text.split(":")
  const whole = number === undefined || /^\d+$/.test(number)
  if (!kinds.includes(kind!) || !whole || rest.length > 0) throw faults.runtime(`Expected a device such as cpu or webgpu, found "${text}".`, 'Use "cpu" or "webgpu".')
  return new Device(kind!, index ?? (number === undefined ? null : Number(number)))
}

/** Runs `body` with new tensors on the device that the learner named; where none was, on that of the tensor given along. */
export function placedOn<R>(named: unknown, like: unknown, body: () => R): R {
  if (named !== null && named !== undefined) return onDevice(deviceNamed(named), body)
  if (placing.several && isTensor(like)) return onDevice(like.storage.device, body)
  return body()
}
