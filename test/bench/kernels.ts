// Large workloads in our engine: products, whole training steps, arrays of a million. The same names and numbers stand
// in kernels.py and, for the peers, in peers/. Prints JSON: median and best time, what a run moves or computes, and a value
// to compare. With AUTOGRAD_THREADS=2 two threads compute, by the helper that is bundled beside this file.
import { binary } from "../../engine/autograd/operators.ts"
import { functions as F } from "../../engine/autograd/functions.ts"
import { terms } from "../../engine/backends/wasm/crew.ts"
import { offerHands } from "../../engine/host/crewHands.ts"
import { generator, Tensor, torch, torchvision } from "../../engine/torch.ts"

type Call = (...args: readonly unknown[]) => Tensor
interface Layer {
  (x: Tensor): Tensor
  parameters(): Iterable<Tensor>
  eval(): unknown
}
interface Stepping {
  step(): void
  zero_grad(): void
}
type Make<T> = new (...args: readonly unknown[]) => T

// The namespace is put together at run time; these are the names that the workloads use.
const names = torch as unknown as {
  readonly tensor: Call
  readonly nn: Readonly<Record<string, Make<Layer>>>
  readonly optim: Readonly<Record<string, Make<Stepping>>>
  no_grad<T>(body: () => T): T
}
const { resnet18 } = (torchvision as unknown as { readonly models: { resnet18(): Layer } }).models
const { nn, optim } = names
const plus = binary["+"]!
const times = binary["*"]!

interface Workload {
  readonly run: () => Tensor
  /** What is compared; the mean size of the result where it is left out. */
  readonly check?: () => number
  /** Billions of operations, or of bytes, that one run stands for. */
  readonly giga?: number
  readonly per?: "GFLOPS" | "GB/s"
}

/** The same numbers in both languages, without either's random generator. */
function filled(sizes: readonly number[], scale = 1): Tensor {
  const count = sizes.reduce((n, size) => n * size, 1)
  return F.reshape(names.tensor(Float32Array.from({ length: count }, (_, i) => (((i * 37) % 101) / 101 - 0.5) * scale)), sizes)
}

/** Gives every parameter the same numbers as in Python, small enough for many layers. */
function settled(layer: Layer): Layer {
  names.no_grad(() => {
    for (const one of layer.parameters()) one.copy_(filled([...one.shape], one.ndim === 1 ? 1 : 0.1))
  })
  return layer
}

function product(size: number): Workload {
  const a = filled([size, size])
  const b = F.t(filled([size, size]))
  return { run: () => F.mm(a, b), giga: (2 * size ** 3) / 1e9, per: "GFLOPS" }
}

function moving(count: number, arrays: number, run: (a: Tensor, b: Tensor) => Tensor): Workload {
  const a = filled([count])
  const b = filled([count], 2)
  return { run: () => run(a, b), giga: (4 * arrays * count) / 1e9, per: "GB/s" }
}

/** One step of training towards fixed targets; the loss and every gradient are compared. The weights stay: the rate is 0. */
function training(layer: Layer, input: Tensor, outputs: number, momentum = 0): Workload {
  const run = stepOf(layer, input, outputs, momentum)
  return { run, check: () => [run(), ...[...layer.parameters()].map((one) => one.grad!)].reduce((sum, one) => sum + sizeOf(one), 0) }
}

function stepOf(layer: Layer, input: Tensor, outputs: number, momentum: number): () => Tensor {
  const steps = new optim["SGD"]!(settled(layer).parameters(), { lr: 0, momentum })
  const target = filled([input.sizes[0]!, outputs])
  return () => {
    steps.zero_grad()
    const loss = F.mse_loss(layer(input), target)
    loss.backward()
    steps.step()
    return loss
  }
}

const sizeOf = (values: Tensor): number => Number(values.abs().mean().item())

const make = (name: string, ...args: readonly unknown[]): Layer => new nn[name]!(...args)

function perceptron(): Workload {
  const layers = [make("Linear", 784, 256), make("ReLU"), make("Linear", 256, 128), make("ReLU"), make("Linear", 128, 10)]
  return training(make("Sequential", ...layers), filled([64, 784]), 10)
}

function lenet(): Workload {
  const pool = [make("ReLU"), make("MaxPool2d", 2)]
  const images = [make("Conv2d", 1, 6, 5, { padding: 2 }), ...pool, make("Conv2d", 6, 16, 5), ...pool, make("Flatten")]
  return training(make("Sequential", ...images, make("Linear", 400, 120), make("ReLU"), make("Linear", 120, 84), make("ReLU"), make("Linear", 84, 10)), filled([32, 1, 28, 28]), 10)
}

function residual(): Workload {
  const model = settled(resnet18())
  const image = filled([1, 3, 64, 64])
  model.eval()
  return { run: () => names.no_grad(() => model(image)) }
}

/** Made one at a time, so that one workload's memory does not weigh on the next. */
const workloads: Readonly<Record<string, () => Workload>> = {
  "matmul 32": () => product(32),
  "matmul 64": () => product(64),
  "matmul 256": () => product(256),
  "matmul 512": () => product(512),
  "matmul 1024": () => product(1024),
  "MLP 784-256-128-10, batch 64, step": perceptron,
  "LeNet, batch 32, step": lenet,
  "resnet18 1×3×64×64, forward": residual,
  "resnet18 1×3×64×64, step": () => training(resnet18(), filled([1, 3, 64, 64]), 1000, 0.9),
  "softmax 1024×1024": () => ({ run: ((x: Tensor) => () => F.softmax(x, 1))(filled([1024, 1024], 8)), giga: (8 * 2 ** 20) / 1e9, per: "GB/s" }),
  "transpose 1024×1024": () => ({ run: ((x: Tensor) => () => x.t().contiguous())(filled([1024, 1024])), giga: (8 * 2 ** 20) / 1e9, per: "GB/s" }),
  "sum over rows 1024×1024": () => ({ run: ((x: Tensor) => () => x.sum(0))(filled([1024, 1024])), giga: (4 * 2 ** 20) / 1e9, per: "GB/s" }),
  "add 1e6": () => moving(1e6, 3, (a, b) => plus(a, b) as Tensor),
  "mul 1e6": () => moving(1e6, 3, (a, b) => times(a, b) as Tensor),
  "exp 1e6": () => moving(1e6, 2, (a) => F.exp(a)),
  "sum 1e6": () => moving(1e6, 1, (a) => F.sum(a)),
  "add 1e7": () => moving(1e7, 3, (a, b) => plus(a, b) as Tensor),
  "exp 1e7": () => moving(1e7, 2, (a) => F.exp(a)),
  "sum 1e7": () => moving(1e7, 1, (a) => F.sum(a)),
}

// What the engine's thread has in Node; one thread computes unless another number is asked for.
offerHands(new URL("./engineHelper.mjs", import.meta.url))
if (process.env["AUTOGRAD_THREADS"] === undefined) terms.threads = 1
const wanted = process.argv[2] ?? ""
const found: Record<string, object> = {}
generator.manual_seed(0n)
for (const [name, workload] of Object.entries(workloads)) if (name.includes(wanted)) found[name] = measured(workload())
console.log(JSON.stringify(found))

/** Median and best of many runs, after half a second of warming up. */
function measured({ run, check = () => sizeOf(run()), giga, per }: Workload): object {
  const warm = performance.now() + 500
  do run()
  while (performance.now() < warm)
  const rounds: number[] = []
  const end = performance.now() + 1000
  do {
    const from = performance.now()
    run()
    rounds.push(performance.now() - from)
  } while (performance.now() < end || rounds.length < 5)
  rounds.sort((a, b) => a - b)
  return { unit: "ms", time: rounds[rounds.length >> 1], best: rounds[0], check: check(), giga, per }
}
