// The workloads in js-pytorch, as far as it has them: no convolution, no reshaping of what a typed array holds.
import { filled, meanSize } from "./numbers.mjs"

const nested = (flat, [first, ...rest]) => (rest.length === 0 ? Array.from(flat) : Array.from({ length: first }, (_, i) => nested(flat.subarray((i * flat.length) / first, ((i + 1) * flat.length) / first), rest)))

/** Workloads by name. */
export async function jsPytorch() {
  const { torch } = await import("js-pytorch")
  const made = (sizes, scale, wantsGrad = false) => torch.tensor(nested(filled(sizes, scale), sizes), wantsGrad)
  const run = (compute) => ({ run: () => void compute(), check: () => meanSize([compute().data].flat(Infinity)) })
  const on = (count, compute) => () => ((a, b) => run(() => compute(a, b)))(made([1, count]), made([1, count], 2))
  return {
    ...Object.fromEntries([64, 256, 512].map((size) => [`matmul ${size}`, () => ((a, b) => run(() => torch.matmul(a, b)))(made([size, size]), torch.transpose(made([size, size]), 0, 1))])),
    "softmax 1024×1024": () => ((x) => run(() => torch.softmax(x, 1)))(made([1024, 1024], 8)),
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
