// `npm run bench -- --device webgpu`: the same workloads on the GPU and on the processor's kernels, by the built command
// line, as a learner's snippet runs. Each must give the same number on both before its time counts.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const cli = fileURLToPath(new URL("../../dist/cli.mjs", import.meta.url))
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"

/** The snippet: best of three rounds, in milliseconds; what a workload gives is told along. */
const source = `import torch, { nn } from "torch"
import { models } from "torchvision"
torch.manual_seed(0)
const isGpu = torch.webgpu.is_available()
const wait = () => { if (isGpu) torch.webgpu.synchronize() }
function time(name, body, times) {
  const check = Number(body())
  wait()
  let best = Infinity
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    for (let i = 0; i < times; i++) body()
    wait()
    best = Math.min(best, (performance.now() - began) / times)
  }
  print("RESULT " + JSON.stringify({ name, best, check }))
}
print("DEVICE " + (isGpu ? torch.webgpu.get_device_name() : "the processor"))
for (const n of [256, 512, 1024]) {
  const [a, b] = [torch.rand(n, n), torch.rand(n, n)]
  time("matmul " + n, () => torch.matmul(a, b)[0][0], n > 512 ? 3 : 10)
}
const [x, y] = [torch.rand(1000000), torch.rand(1000000)]
time("add 1e6", () => torch.add(x, y)[0], 10)
time("exp 1e6", () => torch.exp(x)[0], 10)
time("sum 1e6", () => torch.sum(x), 10)
const image = torch.rand(64, 64)
time("a dispatch (of 100)", () => { let z = image; for (let i = 0; i < 100; i++) z = torch.add(z, 1); return z[0][0] }, 1)
time("a read-back", () => torch.add(image, 1)[0][0].item(), 20)
const lenet = new nn.Sequential(new nn.Conv2d(1, 6, 5, { padding: 2 }), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Conv2d(6, 16, 5), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(400, 120), new nn.ReLU(), new nn.Linear(120, 84), new nn.ReLU(), new nn.Linear(84, 10))
const still = new torch.optim.SGD(lenet.parameters(), { lr: 0 })
const [digits, classes] = [torch.rand(32, 1, 28, 28), torch.randint(0, 10, [32])]
time("LeNet b32 train step", () => { still.zero_grad(); const loss = nn.functional.cross_entropy(lenet(digits), classes); loss.backward(); still.step(); return loss.item() }, 2)
const net = models.resnet18()
net.eval()
const photo = torch.rand(1, 3, 64, 64)
torch.no_grad(() => time("ResNet-18 1x3x64x64 forward", () => net(photo).sum().item(), 1))
`

/** Prints the table; the exit code. */
export function compareDevices(node) {
  if (!existsSync(cli)) throw new Error("dist/cli.mjs is missing: run `npm run build` first")
  const [gpu, processor] = [measured(node, "webgpu"), measured(node, "cpu")]
  console.log(`GPU: ${gpu.device}. Times in ms; below 1 the GPU is faster.`)
  const rows = gpu.rows.map(({ name, best, check }) => {
    const other = processor.rows.find((one) => one.name === name)
    if (Math.abs(check - other.check) > 1e-3 * Math.max(1, Math.abs(other.check))) throw new Error(`${name}: the GPU gives ${check}, the processor ${other.check}.`)
    return [name, { GPU: round(best), processor: round(other.best), ratio: round(best / other.best) }]
  })
  console.table(Object.fromEntries(rows))
  return 0
}

const round = (value) => Number(value.toPrecision(3))

function measured(node, device) {
  const env = { ...process.env, ...(process.env.VK_DRIVER_FILES === undefined && existsSync(driver) ? { VK_DRIVER_FILES: driver } : {}), ...(device === "webgpu" ? { AUTOGRAD_GPU_KERNELS: "all" } : {}) }
  const done = spawnSync(node, [cli, "run", "--jsonl", "--timeout", "600", "--device", device], { input: `${JSON.stringify({ id: 1, source })}\n`, encoding: "utf8", env })
  const { stdout, error } = JSON.parse(done.stdout)
  if (error) throw new Error(`${device}: ${error.name}: ${error.message}`)
  const lines = stdout.split("\n")
  return {
    device: lines.find((line) => line.startsWith("DEVICE "))?.slice(7),
    rows: lines.filter((line) => line.startsWith("RESULT ")).map((line) => JSON.parse(line.slice(7))),
  }
}
