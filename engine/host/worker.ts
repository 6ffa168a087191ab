// The entry of the engine's thread in Node. It ties the platform-free part (serve.ts) to what only Node has: a vm
// context for each run, memory shared with the supervisor, and the sizes that the memory limit looks at.

import { setFlagsFromString } from "node:v8"
import { createContext, runInNewContext, Script } from "node:vm"
import { parentPort, workerData } from "node:worker_threads"
import { gpuSeat } from "../backends/webgpu/device.ts"
import { collector } from "../backends/webgpu/memory.ts"
import { door } from "../nn/door.ts"
import { threadChannel } from "../protocol/channels.ts"
import { allocation } from "../tensor/allocation.ts"
import { position } from "../tensor/position.ts"
import { torch, torchvision, Tensor } from "../torch.ts"
import { watch } from "./aftermath.ts"
import { allocationGuard } from "./allocationGuard.ts"
import { offerHands } from "./crewHands.ts"
import { gpuThreadDoor } from "./gpuThreadDoor.ts"
import { harden } from "./harden.ts"
import { languageNames, openRealm } from "./nodeRealm.ts"
import { serve } from "./serve.ts"
import { SharedRun } from "./sharedRun.ts"
import { threadDoor } from "./threadDoor.ts"
import type { ThreadData } from "./threadApi.ts"

if (!parentPort) throw new Error("engine/host/worker.ts was expected to be started as a worker thread.")

// Only this thread's own data comes here.
const { memory, door: port, gpu } = workerData as ThreadData
const shared = new SharedRun(memory)
const files = threadDoor(port, shared)
door.current = files
gpuSeat.door = gpuThreadDoor(gpu, shared)
gpuSeat.everything = gpu.everything
gpuSeat.site = () => position.site
offerHands(new URL("./engineHelper.mjs", import.meta.url))
const { setImmediate } = globalThis
const { memoryUsage } = process
setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void
setFlagsFromString("--no-expose-gc")

// What a WeakRef was made of or asked for lives until the job ends, and a loop is one job: the end of a script in a
// context with promises of its own ends that, too, so that a collection afterwards tells what is dead.
const jobEnd = new Script("Promise.resolve().then(() => undefined)")
const jobContext = createContext({}, { microtaskMode: "afterEvaluate" })
collector.collect = () => {
  jobEnd.runInContext(jobContext)
  collectGarbage()
}

/** Bytes that are worth the time of a full collection before the next run. */
const muchMemory = 400e6

// Whoever ends this thread while a kernel runs still wants to know the line: the place lives in the shared memory.
position.cell = shared.siteCell

let changed = (): string | null => null
const guard = allocationGuard(() => memoryUsage().arrayBuffers, collectGarbage)

const strayed = serve(threadChannel(parentPort), {
  openRealm,
  close() {
    harden(languageNames)
    changed = watch({ torch, torchvision, Tensor })
  },
  output: (text) => shared.write(text),
  stopRequested: () => shared.stopRequested(),
  waited: () => files.waited(),
  limitMemory(limit) {
    allocation.check = guard(limit * 1e6)
  },
  tidy() {
    const { heapUsed, arrayBuffers } = memoryUsage()
    if (heapUsed + arrayBuffers > muchMemory) collectGarbage()
  },
  spoiled: () => changed(),
  settled: () => new Promise((resolve) => setImmediate(resolve)),
})
process.on("unhandledRejection", strayed)
process.on("uncaughtException", strayed)
