// Snippets on the GPU through the Node seat, every kernel there: what a learner sees is what the CPU gives.
import { existsSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { DeviceChoice, RunResult } from "../../engine/protocol/api.ts"
import { Seat } from "../../engine/host/node.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"
import { edited } from "./editing.ts"
import { openDevice } from "./printersDevice.ts"

// Opened here to know whether there is one; the seat opens its own.
const { device, missing } = await openDevice()
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"
if (existsSync(driver)) process.env["VK_DRIVER_FILES"] ??= driver
process.env["AUTOGRAD_GPU_KERNELS"] = "all"

let built: BuiltHost
let seat: Seat
let lastRun = 0
const logs: string[] = []

beforeAll(async () => {
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: (message) => void logs.push(message), onUnstoppable: () => expect.unreachable("a thread did not end") })
  await seat.prepare()
}, 60_000)
afterAll(() => {
  seat.dispose()
  built.remove()
  device?.destroy()
})

function run(source: string, choice: DeviceChoice, timeLimit = 0): Promise<RunResult> {
  lastRun += 1
  return seat.run({ runId: lastRun, source, fileName: "/lesson.ts", device: choice, timeLimit, memoryLimit: 2048, trace: true })
}

const printed = async (source: string, choice: DeviceChoice = "webgpu"): Promise<string> => {
  const { stdout, error } = await run(source, choice)
  return error ? `${stdout}${error.name}: ${error.message} (line ${error.line})` : stdout.trimEnd()
}

const training = `torch.manual_seed(1)
const model = new torch.nn.Sequential(new torch.nn.Conv2d(1, 4, 3, { padding: 1 }), new torch.nn.BatchNorm2d(4), new torch.nn.ReLU(), new torch.nn.MaxPool2d(2), new torch.nn.Flatten(), new torch.nn.Linear(64, 5))
const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
const [x, y] = [torch.randn(6, 1, 8, 8), torch.randint(0, 5, [6])]
for (let i = 0; i < 5; i++) {
  optimizer.zero_grad()
  const loss = torch.nn.functional.cross_entropy(model(x), y)
  loss.backward()
  optimizer.step()
  print(loss.item().toFixed(4))
}`

describe.skipIf(!device)(`on the GPU${device ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("a network learns the same there, from the same random numbers", async () => {
    const both = await Promise.all([printed(training), printed(training, "cpu")])
    expect(both[0]).toBe(both[1])
  }, 120_000)

  test("many rows, few rows and one long row have the shares, norms and sums of the CPU", async () => {
    const source = `torch.manual_seed(0)
const F = torch.nn.functional
const told = []
for (const [rows, width] of [[300, 70], [5, 70], [1, 70000]]) {
  const x = torch.randn(rows, width).requires_grad_()
  const norm = new torch.nn.LayerNorm(width)
  const parts = [F.softmax(x, 1), F.log_softmax(x, 1), norm(x), x.sum(0), x.mean(1), x.amax(0)]
  for (const part of parts) {
    x.grad = null
    norm.zero_grad()
    const loss = (part * torch.randn(part.shape)).sum()
    loss.backward()
    told.push(loss.item(), x.grad.abs().sum().item(), norm.weight.grad === null ? 0 : norm.weight.grad.abs().sum().item())
  }
}
print(JSON.stringify(told))`
    const [gpu, cpu] = (await Promise.all([printed(source), printed(source, "cpu")])).map((text) => JSON.parse(text) as number[])
    expect(gpu!.map((value, i) => Math.abs(value - cpu![i]!) / Math.max(1, Math.abs(cpu![i]!))).filter((gap) => !(gap < 2e-4))).toEqual([])
    expect(gpu).toHaveLength(54)
  }, 120_000)

  test("the curves of a loop are the same there, those of gradients as well", async () => {
    const curves = async (choice: DeviceChoice): Promise<unknown> => {
      const { trace } = await run(training, choice)
      return trace.loops?.flatMap((loop) => loop.curves.map(({ kind, name, turns, values }) => [kind, name, turns, values.map((value) => (typeof value === "number" ? Math.round(value * 1e3) : value))]))
    }
    const there = await curves("webgpu")
    expect(there).toEqual(await curves("cpu"))
    expect(JSON.stringify(there)).toContain('"gradient"')
  }, 120_000)

  test("the edges of a large tensor print as on the CPU, and so does one element of it", async () => {
    const source = "const x = torch.arange(400 * 300).reshape(400, 300).float().mul(0.5)\nprint(x, x[311][7].item(), x[1].slice(0, 3).tolist(), x.t())"
    expect(await printed(source)).toBe(await printed(source, "cpu"))
  }, 60_000)

  test("the run says where its tensors were, and their text is as on the CPU", async () => {
    const { stdout, device: where } = await run("const x = torch.tensor([1, 2], { requires_grad: true })\nprint(x * 2, x.device)", "webgpu")
    expect([stdout, where]).toEqual(["tensor([2., 4.], grad_fn=<MulBackward0>) webgpu:0\n", "webgpu"])
  })

  test("a tensor that was moved says so where it is printed, and comes back", async () => {
    const source = "const x = torch.ones(2)\nconst y = x.to(torch.webgpu.is_available() ? 'webgpu' : 'cpu')\nprint(y + 1, (y + 1).cpu(), x.device, y.to(x).device)"
    // `auto` takes a GPU with a driver of its own only; where that is what there is, the text is that of a moved tensor.
    expect(["tensor([2., 2.]) tensor([2., 2.]) cpu cpu", "tensor([2., 2.], device='webgpu:0') tensor([2., 2.]) cpu cpu"]).toContain(await printed(source, "auto"))
  })

  test("factories, modules and the default device take a device", async () => {
    const source = `const here = { device: "cpu" }
print(torch.zeros(2, here).device, torch.arange(3, here).device, torch.zeros_like(torch.ones(1), here).device)
const layer = new torch.nn.Linear(2, 2, here)
print(layer.weight.device, layer.to("webgpu").weight.device)
torch.set_default_device("cpu")
print(torch.rand(1).device, torch.tensor([1], { device: "webgpu" }).device, torch.get_default_device())`
    expect(await printed(source)).toBe("cpu cpu cpu\ncpu webgpu:0\ncpu webgpu:0 cpu")
  })

  test("tensors of two devices do not meet, but one number of the CPU may", async () => {
    const source = `const a = torch.ones(2), b = torch.ones(2, { device: "cpu" }), c = torch.tensor(3, { device: "cpu" })
print((a * c).tolist(), (a * c).device)
a + b`
    expect(await printed(source)).toContain("[3, 3] webgpu:0\nRuntimeError: add: Expected all tensors to be on the same device, but found at least two devices, webgpu:0 and cpu! (line 3)")
  })

  const onTwo = 'const a = torch.tensor([2, 3]), b = torch.tensor([4, 5], { device: "cpu", requires_grad: true })'
  test.each([
    ["an operator", onTwo, "const c = a + b", 'const c = a + b.to("webgpu")'],
    ["an operator with the CPU first", onTwo, "const c = b * (a + 1)", 'const c = b.to("webgpu") * (a + 1)'],
    ["a function", onTwo, "const c = torch.mul(b * 2, a)", 'const c = torch.mul((b * 2).to("webgpu"), a)'],
    ["a method", onTwo, "const c = a.matmul(b)", 'const c = a.matmul(b.to("webgpu"))'],
    ["a list of tensors", onTwo, "const c = torch.cat([a, b])", 'const c = torch.cat([a, b.to("webgpu")])'],
    ["a function of three", onTwo, "const c = torch.where(a > 2, a, b)", 'const c = torch.where(a > 2, a, b.to("webgpu"))'],
    ["a function by another name", `const F = torch.nn.functional\n${onTwo}`, "const c = F.mse_loss(a, b)", 'const c = F.mse_loss(a, b.to("webgpu"))'],
    ["a loss that is a module", onTwo, "const c = new torch.nn.MSELoss()(a, b)", 'const c = new torch.nn.MSELoss()(a, b.to("webgpu"))'],
    ["a model on the CPU", 'const a = torch.ones(3, 2, { requires_grad: true }), b = a\nconst model = new torch.nn.Sequential(new torch.nn.Linear(2, 4), new torch.nn.Tanh(), new torch.nn.Linear(4, 1)).to("cpu")', "const c = model(a)", 'const c = model.to("webgpu")(a)'],
    ["a model's input on the CPU", 'const b = torch.ones(3, 2, { device: "cpu", requires_grad: true })\nconst model = new torch.nn.Linear(2, 1)', "const c = model(b)", 'const c = model(b.to("webgpu"))'],
    ["a change in place of what is on the CPU", 'const a = torch.tensor([2, 3], { requires_grad: true }), b = a\nlet c = torch.ones(2, { device: "cpu" })', "c += a", 'c += a.to("cpu")'],
  ])("two devices that meet in %s: one is moved, and the mended snippet runs with its gradient", async (_where, before, line, mended) => {
    const source = (made: string): string => `${before}\n${made}\nc.sum().backward()\nprint(b.grad !== null)`
    const { error } = await run(source(line), "webgpu")
    expect([error?.message, error?.line]).toEqual([expect.stringContaining("Expected all tensors to be on the same device"), before.split("\n").length + 1])
    expect(error?.fixes?.map(({ id, edits }) => [id, edited(source(line), edits)])).toEqual([["to-device", source(mended)]])
    expect(await printed(source(mended))).toBe("true")
  })

  test("gradients cross from one device to the other and end where the leaf is", async () => {
    const source = `const w = torch.tensor([2, 3], { device: "cpu", requires_grad: true })
const s = torch.tensor(5, { device: "cpu", requires_grad: true })
;(w.to("webgpu") * torch.tensor([10, 20]) * s).sum().backward()
print(w.grad, w.grad.device, s.grad, s.grad.device)`
    expect(await printed(source)).toBe("tensor([ 50., 100.], device='cpu') cpu tensor(80., device='cpu') cpu")
  })

  test("doubles and whole numbers say that they are there, and lose no digit", async () => {
    expect(await printed('const x = torch.tensor([1e-12, 1], { dtype: torch.float64 })\nconst n = torch.tensor([9007199254740991n])\nprint((x + 1).tolist(), x.device, n.device, (n - 1n).item())')).toBe("[1.000000000001, 2] webgpu:0 webgpu:0 9007199254740990")
  })

  test("a setting of cpu means that there is no GPU", async () => {
    const { stdout, error, device: where, deviceReason } = await run('print(torch.webgpu.is_available())\ntorch.ones(1).to("webgpu")', "cpu")
    expect([stdout, error?.message, where, deviceReason]).toEqual(["false\n", "WebGPU is not available: The setting autograd.device is cpu.", "cpu", "The setting autograd.device is cpu."])
  })

  test("other devices fault as in PyTorch", async () => {
    expect([await printed('torch.ones(1).to("cuda")'), await printed('torch.device("gpuu")')]).toEqual(["AssertionError: Torch not compiled with CUDA enabled. (line 1)", 'RuntimeError: Expected a device such as cpu or webgpu, found "gpuu". (line 1)'])
  })

  test("a loop that computes on the GPU is stopped, and the next run works", async () => {
    const { error } = await run("let x = torch.ones(1000)\nwhile (true) x = x * 1.0001", "webgpu", 2)
    expect([error?.name, await printed("print(torch.ones(2) + 1)")]).toEqual(["TimeLimit", "tensor([2., 2.])"])
  }, 60_000)

  test("three hundred turns that leave their results behind keep what is still needed", async () => {
    const source = `const w = torch.zeros(2000, { requires_grad: true })
const x = torch.ones(2000)
const kept = []
for (let i = 0; i < 300; i++) {
  const loss = ((w - x) ** 2).sum()
  loss.backward()
  torch.no_grad(() => { w.sub_(w.grad * 0.1); w.grad = null })
  if (i % 75 === 0) kept.push(w.detach().clone())
}
print(kept.map((one) => Math.round(one.mean().item() * 1000) / 1000), w.mean())`
    expect(await printed(source)).toBe("[0.2, 1, 1, 1] tensor(1.0000, grad_fn=<MeanBackward0>)")
  }, 120_000)
})
