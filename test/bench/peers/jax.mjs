// The workloads in jax-js, on its WebAssembly or its WebGPU backend; training steps are compiled by its `jit`, as it is
// meant to be used. A value is used up by what it is given to, unless `ref` is.
import { chainLength, descent, filled, lenet, meanSize, parameter, perceptron, resnet, throughResnet } from "./numbers.mjs"

/** Workloads by name; `device` is wasm or webgpu. */
export async function jax(device) {
  const { blockUntilReady, defaultDevice, grad, init, jit, lax, nn, numpy: np, tree, valueAndGrad } = await import("@jax-js/jax")
  const found = await init(device)
  if (!found.includes(device)) throw new Error(`jax-js found no device ${device}.`)
  defaultDevice(device)
  const made = (sizes, scale) => np.array(filled(sizes, scale)).reshape(sizes)
  const read = async (array) => meanSize(await array.data())
  // On a GPU, work is sent off when somebody begins to wait for it; the runs of a round are waited for together.
  const sent = []
  const wait = async () => {
    for (const { results, ready } of sent.splice(0)) {
      await ready
      tree.dispose(results)
    }
  }
  const finish = async (results) => {
    const ready = blockUntilReady(results)
    if (device === "webgpu") sent.push({ results, ready })
    else {
      await ready
      tree.dispose(results)
    }
  }
  const waiting = device === "webgpu" ? { wait } : {}
  const run = (compute) => ({ run: () => finish(compute()), check: () => read(compute()), ...waiting })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a.ref, b)))(made([count]), made([count], 2))
  const weightsOf = (shapes) => shapes.map((sizes) => np.array(parameter(sizes)).reshape(sizes))
  const linear = (x, weight, bias) => np.matmul(x, np.transpose(weight)).add(bias)
  const pad = (n) => [[n, n], [n, n]]

  /** A step towards fixed targets at rate 0, as everywhere. */
  const training = (weights, forward, input, sizes, momentum = 0) => {
    const target = made(sizes)
    const loss = (weights, input, target) => np.mean(np.square(forward(weights, input).sub(target)))
    const slopesOf = jit(valueAndGrad(loss))
    const step = jit((weights, velocities, input, target, rate) => {
      const [value, slopes] = valueAndGrad(loss)(weights.map((one) => one.ref), input, target)
      const moved = momentum ? slopes.map((one, i) => velocities[i].mul(momentum).add(one)) : slopes
      const next = weights.map((one, i) => one.sub((momentum ? moved[i].ref : moved[i]).mul(rate.ref)))
      rate.dispose()
      return [value, next, momentum ? moved : []]
    })
    let velocities = momentum ? weights.map((one) => np.zeros(one.shape)) : []
    let current = weights
    const rate = np.array(0)
    return {
      async run() {
        const [value, next, moved] = step(current, velocities, input.ref, target.ref, rate.ref)
        current = next
        velocities = moved
        // The next step uses the new weights up, so that waiting for them takes a claim of its own.
        await finish([value, ...tree.ref(next), ...tree.ref(moved)])
      },
      async check() {
        const [value, slopes] = slopesOf(current.map((one) => one.ref), input.ref, target.ref)
        let total = (await value.data())[0]
        for (const one of slopes) total += await read(one)
        return total
      },
      ...waiting,
    }
  }

  const throughLenet = ([a, b, c, d, ...rest], x) => {
    const pooled = (y) => lax.reduceWindow(y, np.max, [2, 2], [2, 2])
    const first = pooled(nn.relu(lax.conv(x, a, [1, 1], pad(2)).add(b.reshape([6, 1, 1]))))
    const second = pooled(nn.relu(lax.conv(first, c, [1, 1], pad(0)).add(d.reshape([16, 1, 1]))))
    return linear(nn.relu(linear(nn.relu(linear(second.reshape([-1, 400]), rest[0], rest[1])), rest[2], rest[3])), rest[4], rest[5])
  }

  const throughNet = (isTraining) => (weights, image) => {
    let at = 0
    const next = () => weights[at++]
    const normal = (x, channels) => {
      const [scale, offset] = [next().reshape([channels, 1, 1]), next().reshape([channels, 1, 1])]
      if (!isTraining) return x.mul(1 / Math.sqrt(1 + 1e-5)).mul(scale).add(offset)
      const centred = x.ref.sub(np.mean(x, [0, 2, 3], { keepdims: true }))
      const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true })
      return centred.div(np.sqrt(variance.add(1e-5))).mul(scale).add(offset)
    }
    return throughResnet(image, {
      convolve(x, stride, padding) {
        const weight = next()
        const [channels] = weight.shape
        return normal(lax.conv(x, weight, [stride, stride], pad(padding)), channels)
      },
      relu: (x) => nn.relu(x),
      // What comes here is never below 0, so that a border of zeros is one of nothing.
      pool: (x) => lax.reduceWindow(np.pad(x, [[0, 0], [0, 0], [1, 1], [1, 1]]), np.max, [3, 3], [2, 2]),
      add: (a, b) => a.add(b),
      linear: (x) => linear(np.mean(x, [2, 3]), next(), next()),
      again: (x) => x.ref,
    })
  }

  return {
    ...Object.fromEntries([64, 256, 512, 1024].map((size) => [`matmul ${size}`, () => ((a, b) => run(() => np.matmul(a.ref, np.transpose(b.ref))))(made([size, size]), made([size, size]))])),
    "MLP 784-256-128-10, batch 64, step": () => {
      const forward = ([w1, b1, w2, b2, w3, b3], x) => linear(nn.relu(linear(nn.relu(linear(x, w1, b1)), w2, b2)), w3, b3)
      return training(weightsOf(perceptron), forward, made([64, 784]), [64, 10])
    },
    "LeNet, batch 32, step": () => training(weightsOf(lenet), throughLenet, made([32, 1, 28, 28]), [32, 10]),
    "resnet18 1×3×64×64, forward": () => ((net, weights, image) => run(() => net(weights.map((one) => one.ref), image.ref)))(jit(throughNet(false)), weightsOf(resnet()), made([1, 3, 64, 64])),
    "resnet18 1×3×64×64, step": () => training(weightsOf(resnet()), throughNet(true), made([1, 3, 64, 64]), [1, 1000], 0.9),
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
    "seed 003: descent until the loss is small": () => {
      const target = np.array(descent.target)
      const step = jit((x, target) => {
        const [value, slope] = valueAndGrad((x, target) => np.mean(np.square(x.sub(target))))(x.ref, target)
        return [value, x.sub(slope)]
      })
      const descended = async () => {
        let x = np.array(descent.start)
        for (;;) {
          const [value, next] = step(x.ref, target.ref)
          if ((await value.data())[0] <= 1e-5) {
            next.dispose()
            return x
          }
          x.dispose()
          x = next
        }
      }
      return { run: async () => (await descended()).dispose(), check: async () => read(await descended()) }
    },
    "chain of 1,000 scalar operators, each": () => {
      const slope = jit(grad((x) => {
        let y = x.ref
        for (let i = 0; i < chainLength / 4; i++) y = np.tanh(y.mul(1.01).add(0.1)).mul(x.ref)
        x.dispose()
        return y
      }))
      return { ...run(() => slope(np.array(0.5))), parts: chainLength }
    },
    "100 dispatches": () => {
      const x = made([64, 64])
      return run(() => {
        let y = x.ref
        for (let i = 0; i < 100; i++) y = y.add(1)
        return y
      })
    },
    "mean of 64×64, and its read-back": () => ((x) => ({ run: async () => void (await np.mean(x.ref).data()), check: () => read(np.mean(x.ref)) }))(made([64, 64])),
  }
}
