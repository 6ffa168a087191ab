// The workloads in js-pytorch, as far as it has them: no convolution, no reshaping of what a typed array holds.
import { descent, filled, meanSize, parameter, perceptron } from "./numbers.mjs"

const nested = (flat, [first, ...rest]) => (rest.length === 0 ? Array.from(flat) : Array.from({ length: first }, (_, i) => nested(flat.subarray((i * flat.length) / first, ((i + 1) * flat.length) / first), rest)))

/** Workloads by name. */
export async function jsPytorch() {
  const lacks = (what) => () => {
    throw new Error(`it has no ${what}`)
  }
  const { torch } = await import("js-pytorch")
  const made = (sizes, scale, wantsGrad = false) => torch.tensor(nested(filled(sizes, scale), sizes), wantsGrad)
  const run = (compute) => ({ run: () => void compute(), check: () => meanSize([compute().data].flat(Infinity)) })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a, b)))(made([1, count]), made([1, count], 2))
  return {
    ...Object.fromEntries([64, 256, 512].map((size) => [`matmul ${size}`, () => ((a, b) => run(() => torch.matmul(a, b)))(made([size, size]), torch.transpose(made([size, size]), 0, 1))])),
    // Its optimisers have no plain step: at rate 0 there would be none, and the gradients are what is computed.
    "MLP 784-256-128-10, batch 64, step": () => {
      const weights = perceptron.map((sizes) => torch.tensor(nested(parameter(sizes), sizes), true))
      const [input, away, relu] = [made([64, 784]), torch.neg(made([64, 10])), new torch.nn.ReLU()]
      const layer = (x, i) => torch.add(torch.matmul(x, torch.transpose(weights[i], 0, 1)), weights[i + 1])
      const step = () => {
        for (const one of weights) one.zero_grad()
        const difference = torch.add(layer(relu.forward(layer(relu.forward(layer(input, 0)), 2)), 4), away)
        const loss = torch.mean(torch.mean(torch.mul(difference, difference)))
        loss.backward()
        return loss
      }
      return { run: () => void step(), check: () => [step().data].flat(Infinity)[0] + weights.reduce((sum, one) => sum + meanSize(one.grad.flat(Infinity)), 0) }
    },
    "softmax 1024×1024": () => ((x, softmax) => run(() => softmax.forward(x)))(made([1024, 1024], 8), new torch.nn.Softmax()),
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
    "seed 003: descent until the loss is small": () => {
      const away = torch.tensor([descent.target.map((value) => -value)])
      return run(() => {
        let x = torch.tensor([descent.start], true)
        for (;;) {
          const difference = torch.add(x, away)
          const loss = torch.mean(torch.mean(torch.mul(difference, difference)))
          if ([loss.data].flat(Infinity)[0] <= 1e-5) return x
          loss.backward()
          x = torch.tensor([x.data[0].map((value, i) => value - x.grad[0][i])], true)
        }
      })
    },
    "chain of 1,000 scalar operators, each": lacks("tanh"),
    "LeNet, batch 32, step": lacks("convolution"),
    "resnet18 1×3×64×64, forward": lacks("convolution"),
    "resnet18 1×3×64×64, step": lacks("convolution"),
  }
}
