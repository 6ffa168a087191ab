// The workloads of kernels.ts and overhead.ts in the other engines that JavaScript has, as far as they can express them,
// each in a process of its own: `node peers.mjs tfjs-wasm|jax-js|js-pytorch [NAME]`. Prints the same JSON as ours; nothing
// where the engine is not installed (npm ci --prefix test/bench --ignore-scripts).
import { createRequire } from "node:module"

const [engine, wanted = ""] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const log = console.log
console.log = () => undefined // One of them says how it is when it is loaded.

const product = (sizes) => sizes.reduce((n, size) => n * size, 1)
/** The same numbers as in ours and in Python. */
const filled = (sizes, scale = 1) => Float32Array.from({ length: product(sizes) }, (_, i) => (((i * 37) % 101) / 101 - 0.5) * scale)
const layers = [[256, 784], [256], [128, 256], [128], [10, 128], [10]]
const meanSize = (values) => values.reduce((total, value) => total + Math.abs(value), 0) / values.length
const nested = (flat, [first, ...rest]) => (rest.length === 0 ? Array.from(flat) : Array.from({ length: first }, (_, i) => nested(flat.subarray((i * flat.length) / first, ((i + 1) * flat.length) / first), rest)))

async function tfjs() {
  const tf = require("@tensorflow/tfjs")
  require("@tensorflow/tfjs-backend-wasm")
  await tf.setBackend("wasm")
  await tf.ready()
  const made = (sizes, scale) => tf.tensor(filled(sizes, scale), sizes)
  const run = (compute) => ({ run: () => compute().dispose(), check: () => meanSize(compute().dataSync()) })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a, b)))(made([count]), made([count], 2))
  return {
    ...matmuls((size) => ((a, b) => run(() => tf.matMul(a, b)))(made([size, size]), tf.transpose(made([size, size])))),
    "MLP 784-256-128-10, batch 64, step": () => {
      const weights = layers.map((sizes) => tf.variable(made(sizes, sizes.length === 1 ? 1 : 0.1)))
      const [x, target] = [made([64, 784]), made([64, 10])]
      const layer = (input, i) => tf.add(tf.matMul(input, weights[i], false, true), weights[i + 1])
      const loss = () => tf.mean(tf.square(tf.sub(layer(tf.relu(layer(tf.relu(layer(x, 0)), 2)), 4), target)))
      const optimizer = tf.train.sgd(0)
      return { run: () => void optimizer.minimize(loss), check: () => tf.tidy(loss).dataSync()[0] }
    },
    "softmax 1024×1024": () => ((x) => run(() => tf.softmax(x)))(made([1024, 1024], 8)),
    "add 1e6": on(1e6, (a, b) => tf.add(a, b)),
    "mul 1e6": on(1e6, (a, b) => tf.mul(a, b)),
    "exp 1e6": on(1e6, (a) => tf.exp(a)),
    "sum 1e6": on(1e6, (a) => tf.sum(a)),
    "add 1e7": on(1e7, (a, b) => tf.add(a, b)),
    "exp 1e7": on(1e7, (a) => tf.exp(a)),
    "sum 1e7": on(1e7, (a) => tf.sum(a)),
    "seed 001: graph, forward and backward": () => {
      const slope = tf.grad((x) => tf.mean(tf.mul(tf.square(tf.add(x, 2)), 3)))
      return run(() => tf.tidy(() => slope(tf.ones([2, 2]))))
    },
  }
}

async function jax() {
  const { numpy: np, nn, init, defaultDevice, grad, jit, valueAndGrad } = await import("@jax-js/jax")
  await init("wasm")
  defaultDevice("wasm")
  const made = (sizes, scale) => np.array(filled(sizes, scale)).reshape(sizes)
  const run = (compute) => ({
    run: async () => {
      const result = compute()
      await result.blockUntilReady()
      result.dispose()
    },
    check: () => meanSize(compute().dataSync()),
  })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a.ref, b)))(made([count]), made([count], 2))
  return {
    ...matmuls((size) => ((a, b) => run(() => np.matmul(a.ref, np.transpose(b.ref))))(made([size, size]), made([size, size]))),
    "MLP 784-256-128-10, batch 64, step": () => {
      const weights = layers.map((sizes) => made(sizes, sizes.length === 1 ? 1 : 0.1))
      const [x, target] = [made([64, 784]), made([64, 10])]
      const layer = (input, weight, bias) => np.matmul(input, np.transpose(weight)).add(bias)
      const loss = ([w1, b1, w2, b2, w3, b3], input, wished) => np.mean(np.square(layer(nn.relu(layer(nn.relu(layer(input, w1, b1)), w2, b2)), w3, b3).sub(wished)))
      const step = jit(valueAndGrad(loss))
      const stepped = () => step(weights.map((one) => one.ref), x.ref, target.ref)
      return {
        run: async () => {
          const [value, slopes] = stepped()
          for (const one of [value, ...slopes]) {
            await one.blockUntilReady()
            one.dispose()
          }
        },
        check: () => stepped()[0].dataSync()[0],
      }
    },
    "softmax 1024×1024": () => ((x) => run(() => nn.softmax(x.ref, -1)))(made([1024, 1024], 8)),
    "add 1e6": on(1e6, (a, b) => a.add(b.ref)),
    "mul 1e6": on(1e6, (a, b) => a.mul(b.ref)),
    "exp 1e6": on(1e6, (a) => np.exp(a)),
    "sum 1e6": on(1e6, (a) => np.sum(a)),
    "add 1e7": on(1e7, (a, b) => a.add(b.ref)),
    "exp 1e7": on(1e7, (a) => np.exp(a)),
    "sum 1e7": on(1e7, (a) => np.sum(a)),
    "seed 001: graph, forward and backward": () => {
      const slope = grad((x) => np.mean(np.square(x.add(2)).mul(3)))
      return run(() => slope(np.ones([2, 2])))
    },
  }
}

async function jsPytorch() {
  const { torch } = await import("js-pytorch")
  const made = (sizes, scale, wantsGrad = false) => torch.tensor(nested(filled(sizes, scale), sizes), wantsGrad)
  const run = (compute) => ({ run: () => void compute(), check: () => meanSize([compute().data].flat(Infinity)) })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a, b)))(made([1, count]), made([1, count], 2))
  return {
    ...matmuls((size) => ((a, b) => run(() => torch.matmul(a, b)))(made([size, size]), torch.transpose(made([size, size]), 0, 1)), [256, 512]),
    "add 1e6": on(1e6, (a, b) => torch.add(a, b)),
    "mul 1e6": on(1e6, (a, b) => torch.mul(a, b)),
    "exp 1e6": on(1e6, (a) => torch.exp(a)),
    "seed 001: graph, forward and backward": () =>
      run(() => {
        const x = torch.tensor([[1, 1], [1, 1]], true)
        const y = torch.add(x, 2)
        torch.mean(torch.mean(torch.mul(torch.mul(y, y), 3))).backward()
        return { data: x.grad }
      }),
  }
}

function matmuls(make, sizes = [256, 512, 1024]) {
  return Object.fromEntries(sizes.map((size) => [`matmul ${size}`, () => make(size)]))
}

/** Median and best of many runs, after half a second of warming up, in milliseconds. */
async function measured({ run, check }) {
  const warm = performance.now() + 500
  do await run()
  while (performance.now() < warm)
  const rounds = []
  const end = performance.now() + 1000
  do {
    const from = performance.now()
    await run()
    rounds.push(performance.now() - from)
  } while (performance.now() < end || rounds.length < 3)
  rounds.sort((a, b) => a - b)
  return { unit: "ms", time: rounds[rounds.length >> 1], best: rounds[0], check: check() }
}

const found = {}
let workloads = {}
try {
  workloads = await { "tfjs-wasm": tfjs, "jax-js": jax, "js-pytorch": jsPytorch }[engine]()
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" && error.code !== "ERR_MODULE_NOT_FOUND") throw error
}
for (const [name, workload] of Object.entries(workloads)) {
  if (!name.includes(wanted)) continue
  try {
    found[name] = await measured(workload())
  } catch (error) {
    process.stderr.write(`${engine}, ${name}: ${error.message}\n`)
  }
}
log(JSON.stringify(found))
process.exit(0)
