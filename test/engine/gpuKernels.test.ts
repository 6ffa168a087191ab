// Kernels of the GPU at sizes where their parts meet: runs longer than a workgroup, several rounds of merging, ties, nan
// and infinity, several planes. The same snippet on both devices, number for number.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { DeviceChoice, RunResult } from "../../engine/protocol/api.ts"
import { Seat } from "../../engine/host/node.ts"
import { isThere, missing, takeGpu } from "./gpuAtHand.ts"
import { buildHost, type BuiltHost } from "./hostBuild.ts"

takeGpu()
let built: BuiltHost
let seat: Seat
let lastRun = 0

beforeAll(async () => {
  process.env["AUTOGRAD_GPU_KERNELS"] = "all"
  built = await buildHost()
  seat = new Seat({ workerUrl: built.workerUrl, spare: false, log: () => undefined, onUnstoppable: () => undefined })
  await seat.prepare()
}, 60_000)
afterAll(() => {
  delete process.env["AUTOGRAD_GPU_KERNELS"]
  seat.dispose()
  built.remove()
})

function run(source: string, device: DeviceChoice, trace: boolean): Promise<RunResult> {
  lastRun += 1
  return seat.run({ runId: lastRun, source, fileName: "/lesson.ts", device, timeLimit: 100, memoryLimit: 2048, trace })
}

/** What a snippet puts into `results`: lists of numbers, nan and infinity as text. */
async function numbers(source: string, device: DeviceChoice): Promise<(number | string)[][]> {
  const whole = `torch.manual_seed(5)\nconst results = []\n${source}\nprint(JSON.stringify(results.map((one) => one.flatten().tolist().map((x) => Number.isFinite(Number(x)) ? Number(x) : String(x)))))`
  const { stdout, error } = await run(whole, device, false)
  if (error) throw new Error(`${error.message} (line ${error.line})`)
  return JSON.parse(stdout) as (number | string)[][]
}

/** The places where both devices differ by more than so much of 1 + the size. */
async function differences(source: string, tolerance = 0): Promise<string[]> {
  const [cpu, gpu] = [await numbers(source, "cpu"), await numbers(source, "webgpu")]
  expect(cpu.flat().length).toBeGreaterThan(0)
  expect(gpu.map((one) => one.length)).toEqual(cpu.map((one) => one.length))
  return cpu.flatMap((want, i) => {
    const wrong = want.findIndex((value, k) => {
      const got = gpu[i]![k]!
      return !(value === got || (typeof value === "number" && typeof got === "number" && Math.abs(value - got) <= tolerance * (1 + Math.abs(value))))
    })
    return wrong < 0 ? [] : [`result ${i} at ${wrong}: ${gpu[i]![wrong]}, want ${want[wrong]}`]
  })
}

/** Few different numbers, so that many are equal, with what has no number among them. */
const rows = `const x = torch.randint(-40, 40, [3, 700, 2]).float().div(4)
x[0][13][0] = NaN
x[1][500][1] = NaN
x[1][501][1] = NaN
x[2][0][0] = Infinity
x[2][699][1] = -Infinity`

describe.skipIf(!isThere)(`kernels on the GPU${isThere ? "" : ` — SKIPPED: ${missing}`}`, () => {
  test("sorting keeps the order of equal ones, up and down, and nan is the largest", async () => {
    expect(await differences(`${rows}
for (const descending of [false, true]) for (const dim of [0, 1, 2]) results.push(...torch.sort(x, { dim, descending }))
const long = torch.rand(5000)
results.push(...torch.sort(long), torch.argsort(long, { descending: true }), ...torch.topk(x, 9, 1), ...torch.topk(long, 3, 0, false))`)).toEqual([])
  }, 60_000)

  test("the largest and the smallest are the first of their kind, and a running one the last", async () => {
    expect(await differences(`${rows}
for (const dim of [0, 1, 2]) results.push(...torch.max(x, dim), ...torch.min(x, dim), torch.argmax(x, dim), torch.argmin(x, dim), ...torch.cummax(x, dim), ...torch.cummin(x, dim))
const long = torch.rand(5000)
results.push(...torch.max(long, 0), torch.argmin(long), ...torch.cummax(long, 0))`)).toEqual([])
  }, 60_000)

  test("running totals go on from stretch to stretch, and their gradients back", async () => {
    expect(await differences(`const x = torch.randn(2, 700, 3, { requires_grad: true })
const factors = torch.rand(300).add(0.52).requires_grad_()
results.push(x.cumsum(1), x.cumsum(2), x.logcumsumexp(1), factors.cumprod(0))
;(x.cumsum(1).square().mean().add(x.logcumsumexp(1).sum()).add(factors.cumprod(0).mean())).backward()
results.push(x.grad, factors.grad, torch.arange(5000).cumsum(0))`, 2e-5)).toEqual([])
  }, 60_000)

  test("interpolation and padding of several planes, up and down, with their gradients", async () => {
    expect(await differences(`const F = torch.nn.functional
const x = torch.randn(2, 3, 9, 13, { requires_grad: true })
const all = [["nearest", [20, 7]], ["bilinear", [5, 31]], ["bicubic", [17, 12]]].map(([mode, size]) => F.interpolate(x, { size, mode }))
all.push(F.pad(x, [3, 2, 1, 4], "reflect"), F.pad(x, [5, 0, 0, 5], "replicate"))
results.push(...all)
all.map((one, i) => one.square().mean().mul(i + 1)).reduce((a, b) => a.add(b)).backward()
results.push(x.grad)`, 1e-5)).toEqual([])
  }, 60_000)

  test("convolutions with steps, gaps, borders and groups, along one axis, two and three, and all their gradients", async () => {
    expect(await differences(`const F = torch.nn.functional
const cases = [
  [F.conv2d, [2, 3, 7, 9], [4, 3, 3, 2], { stride: [2, 1], padding: [1, 2], dilation: [1, 2] }],
  [F.conv2d, [3, 6, 8, 8], [9, 2, 3, 3], { groups: 3, stride: 2 }],
  [F.conv2d, [2, 5, 6, 7], [5, 1, 2, 2], { groups: 5, dilation: 3, padding: 2 }],
  [F.conv2d, [1, 2, 9, 9], [3, 2, 1, 1], { stride: 3 }],
  [F.conv1d, [3, 4, 11], [5, 4, 3], { stride: 2, padding: 1, dilation: 2 }],
  [F.conv3d, [2, 2, 4, 6, 5], [4, 1, 2, 2, 3], { groups: 2, dilation: [2, 1, 1], padding: 1 }],
]
for (const [convolve, image, filters, options] of cases) {
  // What lies in memory that is used again must not matter.
  torch.full([3000], NaN).mul(2).sum()
  const [x, w, b] = [torch.randn(image), torch.randn(filters), torch.randn(filters[0])].map((one) => one.requires_grad_())
  const y = convolve(x, w, b, options)
  results.push(y, ...torch.autograd.grad(y.mul(torch.randn(y.shape)).sum(), [x, w, b]))
}`, 2e-5)).toEqual([])
  }, 60_000)

  test("products of matrices that lie by rows, by columns, with gaps and in batches", async () => {
    expect(await differences(`for (const [n, k, m] of [[64, 64, 64], [9, 8, 7], [5, 6, 10], [17, 12, 1], [1, 20, 33]]) {
  torch.full([3000], NaN).mul(2).sum()
  const lefts = [torch.randn(n, k), torch.randn(k, n).t(), torch.randn(n, k, 2).select(2, 0)]
  const rights = [torch.randn(k, m), torch.randn(m, k).t(), torch.randn(3, k, m), torch.randn(3, m, k).transpose(1, 2), torch.randn(2 * m, k)[m].expand(m, k).t()]
  for (const a of lefts) for (const b of rights) results.push(a.matmul(b))
}`, 2e-5)).toEqual([])
  }, 60_000)

  test("the gamma function's family and the inverse error function, over their whole range and with gradients", async () => {
    expect(await differences(`const x = torch.cat([torch.linspace(-6.3, 12.1, 400), torch.tensor([1e-6, 1, 2, 30, 1e4])]).requires_grad_()
const inside = torch.cat([torch.linspace(-0.999, 0.999, 301), torch.tensor([1e-7, 0.9999999, 1, -1])]).requires_grad_()
results.push(x.lgamma(), x.digamma(), torch.polygamma(2, x.abs()), inside.erfinv())
x.lgamma().sum().backward()
results.push(x.grad)
results.push(torch.tensor([0, -1, -3, Infinity, NaN]).lgamma(), torch.tensor([0, -2, Infinity, NaN]).digamma(), torch.tensor([1.5, -2, NaN]).erfinv())`, 2e-5)).toEqual([])
  }, 60_000)

  test("triangles of a batch, and formulas that meet small whole numbers", async () => {
    expect(await differences(`const x = torch.randn(3, 40, 50)
results.push(x.tril(), x.triu(3), x.tril(-2), x.mul(torch.arange(50)), x.sum(2).div(torch.tensor([3n])), torch.where(torch.arange(50).gt(20), x, 0))`, 1e-6)).toEqual([])
  }, 60_000)

  test("the curves of a loop are those of the CPU, of gradients as well", async () => {
    const source = `torch.manual_seed(1)
const model = new torch.nn.Sequential(new torch.nn.Linear(6, 5), new torch.nn.Tanh(), new torch.nn.Linear(5, 3))
const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1 })
const [x, y] = [torch.randn(8, 6), torch.randint(0, 3, [8])]
for (let i = 0; i < 4; i++) {
  optimizer.zero_grad()
  const loss = torch.nn.functional.cross_entropy(model(x), y)
  loss.backward()
  optimizer.step()
}`
    const curves = async (choice: DeviceChoice): Promise<unknown> => {
      const { trace } = await run(source, choice, true)
      return trace.loops?.flatMap((loop) => loop.curves.map(({ kind, name, turns, values }) => [kind, name, turns, values.map((value) => (typeof value === "number" ? value.toFixed(3) : value))]))
    }
    const there = await curves("webgpu")
    expect(there).toEqual(await curves("cpu"))
    expect(JSON.stringify(there)).toContain('"gradient"')
  }, 60_000)

  test("the edges of a large tensor print as on the CPU, and so does one element of it", async () => {
    const source = "const x = torch.arange(400 * 300).reshape(400, 300).float().mul(0.5)\nprint(x, x[311][7].item(), x[1].narrow(0, 2, 3).tolist(), x.t())"
    const [there, here] = [await run(source, "webgpu", true), await run(source, "cpu", true)]
    expect([there.error, there.stdout]).toEqual([undefined, here.stdout])
  }, 60_000)
})
