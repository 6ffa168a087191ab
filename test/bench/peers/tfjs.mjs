// The workloads in TensorFlow.js, on its WebAssembly or its WebGPU backend. Pictures have their channels last, as its
// kernels want them; the weights are the same.
import { createRequire } from "node:module"
import { chainLength, descent, filled, lenet, meanSize, parameter, perceptron, resnet, throughResnet } from "./numbers.mjs"

/** Workloads by name; `backend` is wasm or webgpu. */
export async function tfjs(backend) {
  const require = createRequire(import.meta.url)
  const tf = require("@tensorflow/tfjs")
  require(`@tensorflow/tfjs-backend-${backend}`)
  await tf.setBackend(backend)
  await tf.ready()
  const onGpu = backend === "webgpu"
  const wait = async () => {
    const backend = tf.backend()
    backend.ensureCommandEncoderReady()
    backend.endComputePassEncoder()
    backend.submitQueue()
    await backend.device.queue.onSubmittedWorkDone()
  }
  const waiting = onGpu ? { wait } : {}
  const read = async (tensor) => meanSize(await tensor.data())
  const made = (sizes, scale) => tf.tensor(filled(sizes, scale), sizes)
  const run = (compute) => ({ run: () => tf.tidy(compute).dispose(), check: () => read(tf.tidy(compute)), ...waiting })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a, b)))(made([count]), made([count], 2))

  /** Weights of a convolution lie the other way round here. */
  const weightsOf = (shapes) => shapes.map((sizes) => tf.variable(sizes.length === 4 ? tf.transpose(tf.tensor(parameter(sizes), sizes), [2, 3, 1, 0]) : tf.tensor(parameter(sizes), sizes)))
  const picture = (sizes) => tf.transpose(made(sizes), [0, 2, 3, 1])
  const linear = (x, weight, bias) => tf.add(tf.matMul(x, weight, false, true), bias)

  /** A step towards fixed targets at rate 0, as everywhere. */
  const training = (weights, forward, input, sizes, momentum = 0) => {
    const target = made(sizes)
    const loss = () => tf.mean(tf.square(tf.sub(forward(input), target)))
    const optimizer = momentum ? tf.train.momentum(0, momentum) : tf.train.sgd(0)
    const check = async () => {
      const { value, grads } = tf.variableGrads(loss, weights)
      let total = (await value.data())[0]
      for (const one of Object.values(grads)) total += await read(one)
      return total
    }
    return { run: () => optimizer.minimize(loss, false, weights), check, ...waiting }
  }

  const throughLenet = (weights) => (x) => {
    const [a, b, c, d, ...rest] = weights
    const first = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, a, 1, 2), b)), 2, 2, 0)
    const second = tf.maxPool(tf.relu(tf.add(tf.conv2d(first, c, 1, 0), d)), 2, 2, 0)
    const flat = tf.reshape(tf.transpose(second, [0, 3, 1, 2]), [-1, 400])
    return linear(tf.relu(linear(tf.relu(linear(flat, rest[0], rest[1])), rest[2], rest[3])), rest[4], rest[5])
  }

  const throughNet = (weights, isTraining) => (image) => {
    let at = 0
    const next = () => weights[at++]
    const normal = (x, channels) => {
      const { mean, variance } = isTraining ? tf.moments(x, [0, 1, 2]) : { mean: tf.zeros([channels]), variance: tf.ones([channels]) }
      const [scale, offset] = [next(), next()]
      return isTraining ? tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), offset) : tf.batchNorm(x, mean, variance, offset, scale, 1e-5)
    }
    return throughResnet(image, {
      convolve(x, stride, padding) {
        const weight = next()
        return normal(tf.conv2d(x, weight, stride, padding, "NHWC", 1, "floor"), weight.shape[3])
      },
      relu: (x) => tf.relu(x),
      pool: (x) => tf.maxPool(x, 3, 2, 1, "floor"),
      add: (a, b) => tf.add(a, b),
      linear: (x) => linear(tf.mean(x, [1, 2]), next(), next()),
    })
  }

  return {
    ...Object.fromEntries([64, 256, 512, 1024].map((size) => [`matmul ${size}`, () => ((a, b) => run(() => tf.matMul(a, b)))(made([size, size]), tf.transpose(made([size, size])))])),
    "MLP 784-256-128-10, batch 64, step": () => {
      const weights = weightsOf(perceptron)
      const layer = (input, i) => linear(input, weights[i], weights[i + 1])
      return training(weights, (x) => layer(tf.relu(layer(tf.relu(layer(x, 0)), 2)), 4), made([64, 784]), [64, 10])
    },
    "LeNet, batch 32, step": () => ((weights) => training(weights, throughLenet(weights), picture([32, 1, 28, 28]), [32, 10]))(weightsOf(lenet)),
    "resnet18 1×3×64×64, forward": () => ((net, image) => run(() => net(image)))(throughNetAgain(throughNet, weightsOf(resnet()), false), picture([1, 3, 64, 64])),
    "resnet18 1×3×64×64, step": () => ((weights) => training(weights, throughNetAgain(throughNet, weights, true), picture([1, 3, 64, 64]), [1, 1000], 0.9))(weightsOf(resnet())),
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
      return run(() => slope(tf.ones([2, 2])))
    },
    "seed 003: descent until the loss is small": () => {
      const target = tf.tensor(descent.target)
      const slope = tf.valueAndGrad((x) => tf.mean(tf.square(tf.sub(x, target))))
      return run(() => {
        let x = tf.tensor(descent.start)
        for (;;) {
          const { value, grad } = slope(x)
          if (value.dataSync()[0] <= 1e-5) return x
          x = tf.sub(x, grad)
        }
      })
    },
    "chain of 1,000 scalar operators, each": () => {
      const slope = tf.grad((x) => {
        let y = x
        for (let i = 0; i < chainLength / 4; i++) y = tf.mul(tf.tanh(tf.add(tf.mul(y, 1.01), 0.1)), x)
        return y
      })
      return { ...run(() => slope(tf.scalar(0.5))), parts: chainLength }
    },
    "100 dispatches": () => ((x) => run(() => chain(100, x, (y) => tf.add(y, 1))))(made([64, 64])),
    "mean of 64×64, and its read-back": () => ((x) => ({ run: async () => ((y) => y.data().then(() => y.dispose()))(tf.mean(x)), check: () => read(tf.mean(x)) }))(made([64, 64])),
  }
}

/** Each pass begins at the first weight. */
const throughNetAgain = (throughNet, weights, isTraining) => (image) => throughNet(weights, isTraining)(image)

function chain(times, x, step) {
  let y = x
  for (let i = 0; i < times; i++) y = step(y)
  return y
}
