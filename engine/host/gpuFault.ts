// What a learner is told when the GPU fails: the same sentences in Node and in a browser. Apart from both doors.

import { loseGpu } from "../backends/webgpu/device.ts"
import type { GpuTrouble } from "../backends/webgpu/gpuDoor.ts"
import { Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"

/** The device is gone, at the place where the snippet is: the next run asks for another. */
export function gpuLost(why: string): Fault {
  loseGpu()
  const fault = new Fault("RuntimeError", `The GPU was lost while the snippet ran (${why}).`, "Run it again: the GPU is started anew, or the CPU computes if it stays away.")
  fault.site = position.site
  return fault
}

/** What the device refused, at the place where it was asked for: the snippet may be further by now. */
export function gpuFault({ said, isFull, operator, site }: GpuTrouble): Fault {
  loseGpu()
  const fault = isFull
    ? new Fault("OutOfMemoryError", operator === null ? `The GPU's memory is full: ${said}` : `The GPU's memory is full at ${operator}: ${said}`, "Use smaller tensors, or the CPU: the setting autograd.device.")
    : new Fault("RuntimeError", operator === null ? `The GPU refused a kernel: ${said}` : `The GPU refused the kernel of ${operator}: ${said}`, "Choose the CPU with the setting autograd.device, and report this: it is a bug of ours.")
  fault.site = site || position.site
  return fault
}
