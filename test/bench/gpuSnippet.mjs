// The workloads of `npm run bench -- --device webgpu` as a learner would write them: a snippet, which the built command
// line runs as the extension does. The names and numbers are those of kernels.ts and of the peers.

/** The snippet, for workloads whose name has `wanted` in it. */
export const gpuSnippet = (wanted) => `import torch, { nn } from "torch"
import { models } from "torchvision"
torch.manual_seed(0)
const isGpu = torch.webgpu.is_available()
const wait = () => { if (isGpu) torch.webgpu.synchronize() }
print("DEVICE " + (isGpu ? torch.webgpu.get_device_name() : "the processor"))

function filled(sizes, scale = 1) {
  let count = 1
  for (const size of sizes) count *= size
  return torch.tensor(Float32Array.from({ length: count }, (_, i) => (((i * 37) % 101) / 101 - 0.5) * scale)).reshape(...sizes)
}

/** Rounds of 40 ms or one run, for half a second of warming up and one of measuring. */
function measured(name, make) {
  if (!name.includes(${JSON.stringify(wanted)})) return
  const { run, check } = make()
  const round = (count) => {
    const from = performance.now()
    for (let i = 0; i < count; i++) run()
    wait()
    return (performance.now() - from) / count
  }
  let count = 1
  const warm = performance.now() + 500
  do {
    const each = round(count)
    if (each * count < 40) count = Math.min(count * 4, Math.ceil(40 / each))
  } while (performance.now() < warm)
  const rounds = []
  const end = performance.now() + 1000
  do rounds.push(round(count))
  while (performance.now() < end || rounds.length < 2)
  rounds.sort((a, b) => a - b)
  print("RESULT " + JSON.stringify({ name, time: rounds[rounds.length >> 1], best: rounds[0], check: check ? check() : run().abs().mean().item() }))
}

function training(layers, input, sizes, momentum = 0) {
  torch.no_grad(() => { for (const one of layers.parameters()) one.copy_(filled([...one.shape], one.ndim === 1 ? 1 : 0.1)) })
  const steps = new torch.optim.SGD(layers.parameters(), { lr: 0, momentum })
  const target = filled(sizes)
  const run = () => {
    steps.zero_grad()
    const loss = nn.functional.mse_loss(layers(input), target)
    loss.backward()
    steps.step()
    return loss
  }
  const check = () => {
    let total = run().item()
    for (const one of layers.parameters()) total += one.grad.abs().mean().item()
    return total
  }
  return { run, check }
}

for (const size of [64, 256, 512, 1024]) measured("matmul " + size, () => {
  const [a, b] = [filled([size, size]), filled([size, size]).t()]
  return { run: () => torch.matmul(a, b) }
})
const pair = (run) => () => { const [a, b] = [filled([1000000]), filled([1000000], 2)]; return { run: () => run(a, b) } }
measured("add 1e6", pair((a, b) => torch.add(a, b)))
measured("mul 1e6", pair((a, b) => torch.mul(a, b)))
measured("exp 1e6", pair((a) => torch.exp(a)))
measured("sum 1e6", pair((a) => torch.sum(a)))
measured("softmax 1024×1024", () => { const x = filled([1024, 1024], 8); return { run: () => torch.softmax(x, 1) } })
measured("MLP 784-256-128-10, batch 64, step", () => training(new nn.Sequential(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 128), new nn.ReLU(), new nn.Linear(128, 10)), filled([64, 784]), [64, 10]))
measured("LeNet, batch 32, step", () => training(new nn.Sequential(new nn.Conv2d(1, 6, 5, { padding: 2 }), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Conv2d(6, 16, 5), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(400, 120), new nn.ReLU(), new nn.Linear(120, 84), new nn.ReLU(), new nn.Linear(84, 10)), filled([32, 1, 28, 28]), [32, 10]))
measured("resnet18 1×3×64×64, forward", () => {
  const [net, image] = [models.resnet18(), filled([1, 3, 64, 64])]
  torch.no_grad(() => { for (const one of net.parameters()) one.copy_(filled([...one.shape], one.ndim === 1 ? 1 : 0.1)) })
  net.eval()
  return { run: () => torch.no_grad(() => net(image)) }
})
measured("resnet18 1×3×64×64, step", () => training(models.resnet18(), filled([1, 3, 64, 64]), [1, 1000], 0.9))
const small = () => filled([64, 64])
measured("100 dispatches", () => { const x = small(); return { run: () => { let y = x; for (let i = 0; i < 100; i++) y = torch.add(y, 1); return y } } })
measured("mean of 64×64, and its read-back", () => { const x = small(); return { run: () => x.mean().item(), check: () => x.mean().abs().item() } })
`
