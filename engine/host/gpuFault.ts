// What a learner is told when the GPU fails: the same sentences in Node and in a browser. Apart from both doors.

import { loseGpu } from "../backends/webgpu/device.ts"
import { Fault } from "../protocol/faults.ts"
import { position } from "../tensor/position.ts"

/** What the driver said, as the learner's fault; `lost`: the device is gone, and the next run asks for another. */
export function gpuFault(said: string, lost: boolean): Fault {
  if (lost) loseGpu()
  const fault = lost ? gone(said) : refused(said)
  fault.site = position.site
  return fault
}

function gone(said: string): Fault {
  return new Fault("RuntimeError", `The GPU was lost while the snippet ran (${said}).`, "Run it again: the GPU is started anew, or the CPU computes if it stays away.")
}

function refused(said: string): Fault {
  const isFull = /memory/i.test(said)
  return new Fault(
    isFull ? "OutOfMemoryError" : "RuntimeError",
    `The GPU refused a kernel: ${said.trim()}`,
    isFull ? "Use smaller tensors, or the CPU: the setting autograd.device." : "Choose the CPU with the setting autograd.device, and report this: it is a bug of ours.",
  )
}
