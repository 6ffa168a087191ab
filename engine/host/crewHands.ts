// Gives the engine what only Node has: threads that help with kernels, fast copying into memory shared with them, and memory
// that is not cleared. For the snippet's thread, and for measurements.

import { Buffer } from "node:buffer"
import { availableParallelism } from "node:os"
import { MessageChannel, Worker } from "node:worker_threads"
import { hands } from "../backends/wasm/crew.ts"
import { allocation } from "../tensor/allocation.ts"
import type { HelperData } from "./crewHelper.ts"

const { allocUnsafeSlow } = Buffer
const { copy } = Buffer.prototype

/** What a helper needs: it makes next to no objects of its own. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/** From now on large kernels may hire helpers; `helperUrl` is their entry. Called before the realm is closed to the snippet. */
export function offerHands(helperUrl: URL): void {
  let place = 0
  allocation.unfilled = (bytes) => allocUnsafeSlow(bytes).buffer as ArrayBuffer // It is a buffer of its own.
  hands.cores = availableParallelism()
  hands.copy = (from, to, at, start, end) => void copy.call(from, to, at, start, end)
  hands.hire = (count, gear) => {
    const ports = Array.from({ length: count }, () => {
      const { port1, port2 } = new MessageChannel()
      const workerData: HelperData = { ...gear, kernels: port2, place: place++ }
      const worker = new Worker(helperUrl, { workerData, transferList: [port2], env: {}, execArgv: [], resourceLimits })
      // Neither keeps the process, and a helper that cannot start leaves the work to us.
      worker.on("error", () => undefined)
      worker.unref()
      port1.unref()
      return port1
    })
    return (module) => ports.forEach((port) => port.postMessage(module))
  }
}
