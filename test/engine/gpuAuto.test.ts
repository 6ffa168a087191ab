// The setting `auto`: tensors stay on the CPU and say so, and large products and convolutions are computed on a GPU that
// is no software and was seen to be faster. The adapter is a driver of software that pretends.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { isWorthSending } from "../../engine/backends/webgpu/assist.ts"
import type { RunResult } from "../../engine/protocol/api.ts"
import { Seat } from "../../engine/host/node.ts"
import { isThere, missing, takeGpu } from "./gpuAtHand.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

const hand = takeGpu()
let built: BuiltHost
let seat: Seat | null = null
let lastRun = 0

beforeAll(async () => {
  built = await buildHost()
}, 60_000)
afterAll(() => {
  seat?.dispose()
  built.remove()
})
beforeEach(() => {
  Object.assign(hand, { isAway: false, isHardware: true, prepare: () => undefined })
})

/** A fresh engine; `eager`: everything that the GPU can do is worth it. */
async function open({ eager }: { readonly eager: boolean }): Promise<void> {
  seat?.dispose()
  if (eager) process.env["AUTOGRAD_GPU_KERNELS"] = "all"
  try {
    seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => undefined })
    await seat.prepare()
  } finally {
    delete process.env["AUTOGRAD_GPU_KERNELS"]
  }
}

function run(source: string): Promise<RunResult> {
  lastRun += 1
  return seat!.run({ runId: lastRun, source, fileName: "/lesson.ts", device: "auto", timeLimit: 60, memoryLimit: 2048, trace: true })
}

test("only work that is large, also for each element that travels, is sent", () => {
  const product = (side: number): boolean => isWorthSending(side ** 3, 3 * side ** 2)
  const byVector = isWorthSending(20_000 * 20_000, 20_000 * 20_000 + 40_000)
  expect([product(64), product(256), product(512), product(2048), byVector]).toEqual([false, false, true, true, false])
})

const network = `torch.manual_seed(3)
const conv = new torch.nn.Conv2d(2, 4, 3, { padding: 1 }), linear = new torch.nn.Linear(64, 3)
const x = torch.randn(5, 2, 4, 4, { requires_grad: true })
const out = linear(conv(x).relu().flatten(1))
out.square().mean().backward()
print(out.device, x.grad.device, x)
print(out, conv.weight.grad.sum(), linear.weight.grad[0][1], x.grad[0][0])
const wide = torch.arange(24).reshape(2, 3, 4).transpose(1, 2)
print(wide.matmul(torch.arange(6).reshape(3, 2)), wide[1].T.matmul(wide[0]))`

describe.skipIf(!isThere)(`a GPU that may be chosen${isThere ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("tensors stay on the CPU and print what they print there, and the run tells what the GPU computed", async () => {
    await open({ eager: true })
    const there = await run(network)
    hand.isHardware = false
    await open({ eager: true })
    const here = await run(network)
    expect([there.error, there.device, there.gpuHelp !== undefined && there.gpuHelp.operators >= 6, there.deviceReason]).toEqual([undefined, "cpu", true, undefined])
    expect([here.gpuHelp, here.deviceReason?.startsWith("There is only a software driver (")]).toEqual([undefined, true])
    expect(there.stdout).toBe(here.stdout)
  }, 60_000)

  test("small work never asks for the GPU", async () => {
    await open({ eager: false })
    const before = hand.devices.length
    const { gpuHelp, deviceReason, device } = await run("const a = torch.ones(100, 100)\nprint(a.matmul(a).sum(), torch.ones(1e6).mul(2).sum())")
    expect([hand.devices.length - before, gpuHelp, deviceReason, device]).toEqual([0, undefined, undefined, "cpu"])
  }, 60_000)

  test("a GPU that is slower than the CPU at the smallest product for it is left alone, with both figures", async () => {
    // Each way back takes half a second more.
    hand.prepare = (device) => {
      const make = device.createBuffer.bind(device)
      device.createBuffer = (descriptor) => {
        const buffer = make(descriptor)
        const map = buffer.mapAsync.bind(buffer)
        buffer.mapAsync = async (...args) => {
          await new Promise((resolve) => setTimeout(resolve, 500))
          return await map(...args)
        }
        return buffer
      }
    }
    await open({ eager: false })
    const source = "const a = torch.ones(512, 512)\nprint(a.matmul(a)[0][0].item())"
    const first = await run(source)
    const second = await run(source)
    const reason = /^The GPU \(.*\) takes [\d.]+ ms for a product of 512×512 matrices with the way there and back, the CPU [\d.]+ ms\.$/
    expect([first.stdout, first.gpuHelp, reason.test(first.deviceReason ?? "")]).toEqual(["512\n", undefined, true])
    // It is measured once.
    expect(second.deviceReason).toBe(first.deviceReason)
  }, 60_000)

  test("a GPU that fails at it costs nothing: the CPU computes and says why", async () => {
    hand.prepare = (device) => {
      const make = device.createShaderModule.bind(device)
      device.createShaderModule = (descriptor) => make({ ...descriptor, code: "this is no shader" })
    }
    await open({ eager: true })
    const { stdout, error, gpuHelp, deviceReason } = await run("const a = torch.ones(8, 8)\nconst b = a.matmul(a)\nprint(b.sum().item(), b.matmul(a).sum().item())")
    expect([stdout, error, gpuHelp, deviceReason]).toEqual(["512 4096\n", undefined, undefined, "The GPU failed and is not asked again."])
  }, 60_000)

  test("a snippet may ask for the GPU itself, and then its tensors live there", async () => {
    await open({ eager: true })
    const { stdout, device } = await run("const a = torch.ones(2, 2).to('webgpu')\nprint(a.matmul(a))")
    expect([stdout, device]).toEqual(["tensor([[2., 2.],\n        [2., 2.]], device='webgpu:0')\n", "webgpu"])
  }, 60_000)
})
