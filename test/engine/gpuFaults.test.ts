// What goes wrong on a GPU, provoked on a real device: it is lost in the middle of a run, is full, refuses a kernel. The
// learner is told which operator it was and at which line, and the next run works.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { DeviceChoice, RunResult } from "../../engine/protocol/api.ts"
import { GpuExecutor } from "../../engine/backends/webgpu/executor.ts"
import { planStep, type GpuCommand } from "../../engine/backends/webgpu/gpuDoor.ts"
import { Seat } from "../../engine/host/node.ts"
import { isThere, missing, takeGpu } from "./gpuAtHand.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

const hand = takeGpu()
let built: BuiltHost
let seat: Seat
let lastRun = 0

beforeAll(async () => {
  process.env["AUTOGRAD_GPU_KERNELS"] = "all"
  built = await buildHost()
}, 60_000)
afterAll(() => {
  delete process.env["AUTOGRAD_GPU_KERNELS"]
  seat.dispose()
  built.remove()
})
// Each has its own engine: a device that one breaks is not the next one's.
beforeEach(async () => {
  ;(seat as Seat | undefined)?.dispose()
  Object.assign(hand, { isAway: false, prepare: () => undefined })
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => undefined })
  await seat.prepare()
}, 60_000)

function run(source: string, { device = "webgpu", trace = true, output }: { readonly device?: DeviceChoice; readonly trace?: boolean; readonly output?: (text: string) => void } = {}): Promise<RunResult> {
  lastRun += 1
  return seat.run({ runId: lastRun, source, fileName: "/lesson.ts", device, timeLimit: 60, memoryLimit: 16_000, trace }, output)
}

/** A run that computes without end, and whose device is lost when it says that it has begun. */
function runAndLose(): Promise<RunResult> {
  const endless = "let x = torch.ones(100)\nprint('begun', x.sum().item())\nwhile (true) {\n  x = x.tanh()\n  x.sum().item()\n}"
  return run(endless, { output: (text) => void (text.includes("begun") && hand.devices.at(-1)?.destroy()) })
}

describe.skipIf(!isThere)(`a GPU that fails${isThere ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("a device that is lost in the middle of a run is the run's fault, and the next run has another one", async () => {
    const { error } = await runAndLose()
    const before = hand.devices.length
    const next = await run("print(torch.ones(2) + 1)")
    expect([error?.name, error?.message.startsWith("The GPU was lost while the snippet ran ("), (error?.line ?? 0) >= 3]).toEqual(["RuntimeError", true, true])
    expect([next.error, next.stdout, next.device, hand.devices.length - before]).toEqual([undefined, "tensor([2., 2.])\n", "webgpu", 1])
  }, 60_000)

  test("where the GPU stays away after that, the CPU computes and says why", async () => {
    await runAndLose()
    hand.isAway = true
    const { error, stdout, device, deviceReason } = await run("print(torch.ones(2) + 1, torch.ones(1).device)")
    expect([error, stdout, device, deviceReason]).toEqual([undefined, "tensor([2., 2.]) cpu\n", "cpu", "No GPU was found that WebGPU can use."])
  }, 60_000)

  test("a device that is lost between two runs costs the second nothing", async () => {
    await run("print(torch.ones(2))")
    const lost = hand.devices.at(-1)!
    lost.destroy()
    await lost.lost
    const { error, stdout, device } = await run("print((torch.ones(2) + 1).tolist())")
    expect([error, stdout, device]).toEqual([undefined, "[2, 2]\n", "webgpu"])
  }, 60_000)

  test("a snippet that catches the loss goes on here, and what only lay there is said to be lost", async () => {
    const source = `const x = torch.ones(3).tanh()
const kept = torch.ones(2)
print('begun', kept.tolist())
let caught = ""
try {
  for (;;) x.exp().sum().item()
} catch (error) {
  caught = error.name
}
print(caught, (torch.ones(2) + kept).tolist())
print(x)`
    const { stdout, error } = await run(source, { trace: false, output: (text) => void (text.includes("begun") && hand.devices.at(-1)?.destroy()) })
    expect([stdout, error?.message, error?.line]).toEqual(["begun [1, 1]\nRuntimeError [2, 2]\n", "These values were on the GPU when it failed.", 11])
  }, 60_000)

  test("a kernel that the device refuses is named with its operator and its line, and the next run works", async () => {
    hand.prepare = (device) => {
      const make = device.createShaderModule.bind(device)
      device.createShaderModule = (descriptor) => make(descriptor.label === "tanh" ? { ...descriptor, code: "this is no shader" } : descriptor)
    }
    const { error } = await run("const x = torch.ones(3)\nconst y = x.exp()\nconst z = y.tanh()\nconst w = z.sum()\nprint(w)")
    expect([error?.name, error?.message.startsWith("The GPU refused the kernel of tanh: "), error?.line]).toEqual(["RuntimeError", true, 3])
    expect((await run("print(torch.ones(2).exp())")).stdout).toBe("tensor([2.7183, 2.7183])\n")
  }, 60_000)

  test("a device that is full names the operator and the line that asked for too much, and the next run works", async () => {
    // As the device answers when its memory is used up: a buffer larger than it has, which this driver refuses by itself.
    hand.prepare = (device) => {
      const make = device.createBuffer.bind(device)
      device.createBuffer = (descriptor) => make(descriptor.size > 1e8 ? { ...descriptor, size: device.limits.maxBufferSize } : descriptor)
    }
    const { error } = await run("const x = torch.ones(10)\nconst y = x.exp()\nconst z = y.unsqueeze(1).expand(10, 4e6).sigmoid()\nprint(z.sum())")
    expect([error?.name, error?.message.startsWith("The GPU's memory is full at sigmoid: "), error?.line]).toEqual(["OutOfMemoryError", true, 3])
    expect((await run("print(torch.ones(2).exp())")).stdout).toBe("tensor([2.7183, 2.7183])\n")
  }, 60_000)

  test("among many dispatches of a batch the one that is wrong is found", async () => {
    const adapter = await (globalThis as { keptGpu?: GPU }).keptGpu!.requestAdapter()
    const device = await adapter!.requestDevice()
    const executor = new GpuExecutor(device)
    const code = "@group(0) @binding(0) var<storage, read> plan: array<u32>;\n@group(0) @binding(1) var<storage, read_write> result_: array<f32>;\n@compute @workgroup_size(1)\nfn main() { result_[0] = f32(plan[0]); }"
    const dispatch = (pipeline: number, groups: number, site: number): GpuCommand => ({ kind: "dispatch", pipeline, buffers: [1], planAt: 0, groups: [groups, 1, 1], site })
    const labelled = ["add", "mul", "sum"].map((label, i): GpuCommand => ({ kind: "pipeline", pipeline: i + 1, label, code, buffers: 1 }))
    await executor.run({ commands: [{ kind: "make", buffer: 1, bytes: 256, site: 1 }, ...labelled, dispatch(1, 1, 11), dispatch(2, 1_000_000, 12), dispatch(3, 1, 13)], plans: new Uint32Array(planStep) })
    const trouble = executor.takeTrouble()
    await executor.run({ commands: [dispatch(3, 1, 14)], plans: new Uint32Array(planStep) })
    expect([trouble?.operator, trouble?.site, trouble?.isFull, executor.takeTrouble()]).toEqual(["mul", 12, false, null])
    device.destroy()
  })
})
