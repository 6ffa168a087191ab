// What every peer's workloads are made of: the same numbers as in kernels.ts and in Python, and the shapes of the networks.
// Apart from the peers, so that none of them computes something else.

export const product = (sizes) => sizes.reduce((n, size) => n * size, 1)

/** The same numbers in every language, without anybody's random generator. */
export const filled = (sizes, scale = 1) => Float32Array.from({ length: product(sizes) }, (_, i) => (((i * 37) % 101) / 101 - 0.5) * scale)

/** A parameter's numbers: small enough for many layers. */
export const parameter = (sizes) => filled(sizes, sizes.length === 1 ? 1 : 0.1)

export const meanSize = (values) => values.reduce((total, value) => total + Math.abs(value), 0) / values.length

/** Where seed 003 begins, and where it goes. */
export const descent = { start: [0.667, 0.4168, 0.7871, 0.0563, 0.0195, 0.4457, 0.2058, 0.4862, 0.3601], target: Array.from({ length: 9 }, (_, i) => (i + 1) / 10) }
/** Operators of the long chain; a turn has four. */
export const chainLength = 1000

export const perceptron = [[256, 784], [256], [128, 256], [128], [10, 128], [10]]

export const lenet = [[6, 1, 5, 5], [6], [16, 6, 5, 5], [16], [120, 400], [120], [84, 120], [84], [10, 84], [10]]

/** resnet18's convolutions and normalisations in the order of a forward pass; `write` below walks them in the same order. */
export function resnet() {
  const shapes = []
  const convolution = (inputs, outputs, size) => shapes.push([outputs, inputs, size, size], [outputs], [outputs])
  convolution(3, 64, 7)
  for (const [inputs, outputs] of stages) {
    convolution(inputs, outputs, 3)
    convolution(outputs, outputs, 3)
    if (inputs !== outputs) convolution(inputs, outputs, 1)
    convolution(outputs, outputs, 3)
    convolution(outputs, outputs, 3)
  }
  return [...shapes, [1000, 512], [1000]]
}

/** Channels that come into a stage of two blocks, and that leave it. */
const stages = [[64, 64], [64, 128], [128, 256], [256, 512]]

/**
 * A forward pass through resnet18, whatever tensors are: `convolve(x, stride, padding)` takes the next convolution with its
 * normalisation, `linear` the last layer. A value that is used twice goes through `again` first.
 */
export function throughResnet(image, { convolve, relu, pool, add, linear, again = (x) => x }) {
  let x = pool(relu(convolve(image, 2, 3)))
  for (const [inputs, outputs] of stages) {
    const narrower = inputs !== outputs
    for (const first of [true, false]) {
      const input = x
      const inner = relu(convolve(again(input), first && narrower ? 2 : 1, 1))
      const outer = convolve(inner, 1, 1)
      x = relu(add(outer, first && narrower ? convolve(input, 2, 0) : input))
    }
  }
  return linear(x)
}
