// torch.nn: layers and containers, by their construction and what stands on them.
import type { Member, TypedClass } from "../generate.ts"
import { nameOf } from "./inNamespace.ts"

const placed = "*, device: device | string = null, dtype: dtype = null"
export const weight: Member = { text: "weight: Parameter", doc: "What is learned: the factors." }
export const bias: Member = { text: "bias: Parameter", doc: "What is learned: the summands. Null if it was made with `bias: false`." }
export const running: readonly Member[] = [
  weight,
  bias,
  { text: "running_mean: Tensor", doc: "The running average of the means, used in eval mode." },
  { text: "running_var: Tensor", doc: "The running average of the variances, used in eval mode." },
  { text: "num_batches_tracked: Tensor", doc: "How many batches the averages have seen." },
]

/** A module of torch.nn from its construction. */
export const module = (signature: string | readonly string[], doc: string, members: readonly Member[] = [], call?: string): TypedClass => ({
  name: nameOf(signature),
  signature,
  doc,
  namespace: "nn",
  parent: "Module",
  members,
  ...(call ? { call } : {}),
})

const convolution = (name: string, dims: string, doc: string): TypedClass =>
  module(`${name}(in_channels: number, out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape | string = 0, dilation: Shape = 1, groups: number = 1, bias: boolean = true, padding_mode: string = "zeros", ${placed})`, `${doc} Takes ${dims}.`, [weight, bias])
const transposed = (name: string, dims: string): TypedClass =>
  module(`${name}(in_channels: number, out_channels: number, kernel_size: Shape, stride: Shape = 1, padding: Shape = 0, output_padding: Shape = 0, groups: number = 1, bias: boolean = true, dilation: Shape = 1, padding_mode: string = "zeros", ${placed})`, `The convolution whose forward is another's backward: it enlarges. Takes ${dims}.`, [weight, bias])
const batchNorm = (name: string, dims: string): TypedClass =>
  module(`${name}(num_features: number, eps: number = 0.00001, momentum: number = 0.1, affine: boolean = true, track_running_stats: boolean = true, ${placed})`, `Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it. Takes ${dims}.`, running)
const instanceNorm = (name: string, dims: string): TypedClass =>
  module(`${name}(num_features: number, eps: number = 0.00001, momentum: number = 0.1, affine: boolean = false, track_running_stats: boolean = false, ${placed})`, `Brings each channel of each example to mean 0 and variance 1. Takes ${dims}.`, running)
const maxPool = (name: string): TypedClass =>
  module(`${name}(kernel_size: Shape, stride: Shape = null, padding: Shape = 0, dilation: Shape = 1, return_indices: boolean = false, ceil_mode: boolean = false)`, "The largest element of each window.")
const adaptive = (name: string, doc: string): TypedClass => module(`${name}(output_size: Shape)`, doc)
const dropout = (name: string, doc: string): TypedClass => module(`${name}(p: number = 0.5, inplace: boolean = false)`, `${doc} Does nothing in eval mode. Throws ValueError where p is not between 0 and 1.`)
const padding = (name: string, doc: string, value = ""): TypedClass => module(`${name}(padding: Shape${value})`, doc)

const recurrent = (name: string, state: string, doc: string): TypedClass =>
  module(`${name}(input_size: number, hidden_size: number, num_layers: number = 1, bias: boolean = true, batch_first: boolean = false, dropout: number = 0, bidirectional: boolean = false, ${name === "RNN" ? `nonlinearity: string = "tanh", ` : ""}${placed})`, doc, [], `(input: AnyTensor, h_0?: ${state}): [Tensor, ${state}]`)
const cell = (name: string, state: string, doc: string): TypedClass =>
  module(`${name}(input_size: number, hidden_size: number, bias: boolean = true, ${name === "RNNCell" ? `nonlinearity: string = "tanh", ` : ""}${placed})`, doc, [], state === "Tensor" ? undefined : `(input: AnyTensor, hx?: ${state}): ${state}`)

export const layers: readonly TypedClass[] = [
  module(`Linear(in_features: number, out_features: number, bias: boolean = true, ${placed})`, "The input times the weights plus the bias: `x @ weight.T + bias`. The last dimension goes from in_features to out_features.", [
    { text: "weight: Parameter", doc: "What is learned: the factors, of shape (out_features, in_features)." }, bias,
    { text: "readonly in_features: number", doc: "The size of the last dimension of what goes in." }, { text: "readonly out_features: number", doc: "The size of the last dimension of what comes out." },
  ]),
  module(`Bilinear(in1_features: number, in2_features: number, out_features: number, bias: boolean = true, ${placed})`, "Two inputs joined by a weight for each pair of elements.", [weight, bias]),
  module("Identity(...args: any)", "Gives what it gets."),
  module("Flatten(start_dim: number = 1, end_dim: number = -1)", "Makes one dimension of several; the batch stays apart."),
  module("Unflatten(dim: number, unflattened_size: Shape)", "Makes several dimensions of one."),
  module(`Embedding(num_embeddings: number, embedding_dim: number, padding_idx: number = null, max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false, sparse: boolean = false, ${placed})`, "A table that gives a row of numbers for each index. Throws IndexError outside of the table.", [weight]),
  module(`EmbeddingBag(num_embeddings: number, embedding_dim: number, max_norm: number = null, norm_type: number = 2, scale_grad_by_freq: boolean = false, mode: string = "mean", ${placed})`, "The mean, sum or maximum of the rows that several indices give.", [weight]),
  convolution("Conv1d", "(batch, channels, length)", "Slides learned patterns along a sequence."),
  convolution("Conv2d", "(batch, channels, height, width)", "Slides learned patterns over an image."),
  convolution("Conv3d", "(batch, channels, depth, height, width)", "Slides learned patterns through a volume."),
  transposed("ConvTranspose1d", "(batch, channels, length)"),
  transposed("ConvTranspose2d", "(batch, channels, height, width)"),
  transposed("ConvTranspose3d", "(batch, channels, depth, height, width)"),
  module("Unfold(kernel_size: Shape, dilation: Shape = 1, padding: Shape = 0, stride: Shape = 1)", "Lays each window of an image out as a column."),
  module("Fold(output_size: Shape, kernel_size: Shape, dilation: Shape = 1, padding: Shape = 0, stride: Shape = 1)", "Adds columns up to an image again."),
  maxPool("MaxPool1d"), maxPool("MaxPool2d"), maxPool("MaxPool3d"),
  module("AvgPool1d(kernel_size: Shape, stride: Shape = null, padding: Shape = 0, ceil_mode: boolean = false, count_include_pad: boolean = true)", "The mean of each window."),
  module("AvgPool2d(kernel_size: Shape, stride: Shape = null, padding: Shape = 0, ceil_mode: boolean = false, count_include_pad: boolean = true, divisor_override: number = null)", "The mean of each window."),
  module("AvgPool3d(kernel_size: Shape, stride: Shape = null, padding: Shape = 0, ceil_mode: boolean = false, count_include_pad: boolean = true, divisor_override: number = null)", "The mean of each window."),
  ...[1, 2, 3].flatMap((n) => [adaptive(`AdaptiveAvgPool${n}d`, "Means of as many windows as asked for."), adaptive(`AdaptiveMaxPool${n}d`, "The largest elements of as many windows as asked for.")]),
  ...[1, 2, 3].map((n) => module(`MaxUnpool${n}d(kernel_size: Shape, stride: Shape = null, padding: Shape = 0)`, "Puts what a max pooling with `return_indices` kept back to its places, 0 elsewhere.", [], "(input: AnyTensor, indices: AnyTensor, output_size?: Shape): Tensor")),
  module("LPPool1d(norm_type: number, kernel_size: Shape, stride: Shape = null, ceil_mode: boolean = false)", "The p-norm of each window."),
  module("LPPool2d(norm_type: number, kernel_size: Shape, stride: Shape = null, ceil_mode: boolean = false)", "The p-norm of each window."),
  batchNorm("BatchNorm1d", "(batch, channels) or (batch, channels, length)"),
  batchNorm("BatchNorm2d", "(batch, channels, height, width)"),
  batchNorm("BatchNorm3d", "(batch, channels, depth, height, width)"),
  instanceNorm("InstanceNorm1d", "(batch, channels, length)"),
  instanceNorm("InstanceNorm2d", "(batch, channels, height, width)"),
  instanceNorm("InstanceNorm3d", "(batch, channels, depth, height, width)"),
  module(`LayerNorm(normalized_shape: Shape, eps: number = 0.00001, elementwise_affine: boolean = true, bias: boolean = true, ${placed})`, "Brings the last dimensions of each example to mean 0 and variance 1, then scales and shifts.", [weight, bias]),
  module(`RMSNorm(normalized_shape: Shape, eps: number = null, elementwise_affine: boolean = true, ${placed})`, "Divides the last dimensions of each example by their root mean square, then scales.", [weight]),
  module(`GroupNorm(num_groups: number, num_channels: number, eps: number = 0.00001, affine: boolean = true, ${placed})`, "Brings each group of channels to mean 0 and variance 1.", [weight, bias]),
  module("LocalResponseNorm(size: number, alpha: number = 0.0001, beta: number = 0.75, k: number = 1)", "Divides each channel by the size of its neighbours."),
  dropout("Dropout", "Sets elements to 0 at probability p and enlarges the others, in training."),
  dropout("Dropout1d", "Sets whole channels to 0 at probability p, in training."),
  dropout("Dropout2d", "Sets whole channels to 0 at probability p, in training."),
  dropout("Dropout3d", "Sets whole channels to 0 at probability p, in training."),
  dropout("AlphaDropout", "Dropout that keeps mean and variance, for SELU."),
  dropout("FeatureAlphaDropout", "AlphaDropout of whole channels."),
  ...[1, 2, 3].flatMap((n) => [
    padding(`ZeroPad${n}d`, "Puts 0 around."), padding(`ConstantPad${n}d`, "Puts a value around.", ", value: number"),
    padding(`ReflectionPad${n}d`, "Continues by reflection."), padding(`ReplicationPad${n}d`, "Continues with the edge's own element."), padding(`CircularPad${n}d`, "Continues from the other side."),
  ]),
  module(`Upsample(size: Shape = null, scale_factor: number | number[] = null, mode: string = "nearest", align_corners: boolean = null)`, "Enlarges an image."),
  module("UpsamplingNearest2d(size: Shape = null, scale_factor: number | number[] = null)", "Enlarges an image by repeating its pixels."),
  module("UpsamplingBilinear2d(size: Shape = null, scale_factor: number | number[] = null)", "Enlarges an image with straight lines between its pixels."),
  module("ChannelShuffle(groups: number)", "Mixes the channels of several groups."),
  module("PixelShuffle(upscale_factor: number)", "Turns channels into pixels."),
  module("PixelUnshuffle(downscale_factor: number)", "Turns pixels into channels."),
  module("CosineSimilarity(dim: number = 1, eps: number = 1e-8)", "The cosine of the angle between two tensors' vectors.", [], "(x1: AnyTensor, x2: AnyTensor): Tensor"),
  module("PairwiseDistance(p: number = 2, eps: number = 0.000001, keepdim: boolean = false)", "The distance between two tensors' vectors.", [], "(x1: AnyTensor, x2: AnyTensor): Tensor"),
  recurrent("RNN", "Tensor", "Reads a sequence step by step and keeps a state: `const [output, h_n] = rnn(x)`."),
  recurrent("LSTM", "[Tensor, Tensor]", "Reads a sequence step by step and keeps a state and a memory: `const [output, [h_n, c_n]] = lstm(x)`."),
  recurrent("GRU", "Tensor", "Reads a sequence step by step and keeps a state behind gates: `const [output, h_n] = gru(x)`."),
  cell("RNNCell", "Tensor", "One step of an RNN: gives the next state."),
  cell("LSTMCell", "[Tensor, Tensor]", "One step of an LSTM: gives the next state and memory."),
  cell("GRUCell", "Tensor", "One step of a GRU: gives the next state."),
]
