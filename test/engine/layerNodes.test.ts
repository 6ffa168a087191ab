// The nodes that layers and losses leave in the graph, from the result down to the first leaf: what a learner sees in
// the panel must be what PyTorch records. Each line is PyTorch's own answer.
import { expect, test } from "vitest"
import { torch, type Tensor } from "../../engine/torch.ts"

type Call = (...args: unknown[]) => Tensor
const F = (torch["nn"] as { functional: Readonly<Record<string, Call>> }).functional
const make = torch["ones"] as Call

const leaf = (...sizes: readonly number[]): Tensor => make(...sizes, { requires_grad: true })
const plain = (...sizes: readonly number[]): Tensor => make(...sizes)
const classes = (...sizes: readonly number[]): Tensor => make(...sizes, { dtype: torch["int64"] })

/** Names from the result down, always through the first input that has a node. */
function nodes(result: Tensor): string {
  const names: string[] = []
  for (let node = result.grad_fn; node; node = node.next_functions.map(([next]) => next).find((next) => next !== null) ?? null) names.push(node.name().replace(/Backward(?=\d)/, ""))
  return names.join(" ")
}

const calls: Readonly<Record<string, readonly [() => Tensor, string]>> = {
  "conv1d": [() => F["conv1d"]!(leaf(1, 2, 6), plain(3, 2, 3)), "Convolution0 AccumulateGrad"],
  "conv1d without a batch": [() => F["conv1d"]!(leaf(2, 6), plain(3, 2, 3)), "Squeeze1 Convolution0 Unsqueeze0 AccumulateGrad"],
  "conv2d with an even filter and padding same": [() => F["conv2d"]!(leaf(1, 2, 6, 6), plain(3, 2, 2, 3), { padding: "same" }), "Convolution0 ConstantPadNd0 AccumulateGrad"],
  "conv_transpose2d": [() => F["conv_transpose2d"]!(leaf(1, 2, 6, 6), plain(2, 3, 3, 3)), "Convolution0 AccumulateGrad"],
  "max_pool1d": [() => F["max_pool1d"]!(leaf(1, 2, 6), 2), "Squeeze1 MaxPool2DWithIndices0 Unsqueeze0 AccumulateGrad"],
  "max_pool2d": [() => F["max_pool2d"]!(leaf(1, 2, 6, 6), 2), "MaxPool2DWithIndices0 AccumulateGrad"],
  "avg_pool1d": [() => F["avg_pool1d"]!(leaf(1, 2, 6), 2), "Squeeze1 AvgPool2D0 Unsqueeze0 AccumulateGrad"],
  "adaptive_avg_pool2d to one number": [() => F["adaptive_avg_pool2d"]!(leaf(1, 2, 6, 6), 1), "Mean1 AccumulateGrad"],
  "adaptive_avg_pool2d to four": [() => F["adaptive_avg_pool2d"]!(leaf(1, 2, 6, 6), 2), "AdaptiveAvgPool2D0 AccumulateGrad"],
  "batch_norm": [() => F["batch_norm"]!(leaf(2, 3), null, null, { training: true }), "NativeBatchNorm0 AccumulateGrad"],
  "instance_norm": [() => F["instance_norm"]!(leaf(1, 2, 6)), "View0 NativeBatchNorm0 View0 AccumulateGrad"],
  "layer_norm": [() => F["layer_norm"]!(leaf(2, 3), [3]), "NativeLayerNorm0 AccumulateGrad"],
  "circular padding": [() => F["pad"]!(leaf(1, 2, 5), [1, 0], "circular"), "CopySlices CopySlices Slice0 AccumulateGrad"],
  "interpolate": [() => F["interpolate"]!(leaf(1, 1, 2, 3), { scale_factor: 2 }), "UpsampleNearest2D1 AccumulateGrad"],
  "embedding": [() => F["embedding"]!(classes(2), leaf(3, 2)), "Embedding0 AccumulateGrad"],
  "mse_loss": [() => F["mse_loss"]!(leaf(3, 4), plain(3, 4)), "MseLoss0 AccumulateGrad"],
  "mse_loss of a column with a row": [() => F["mse_loss"]!(leaf(3, 1), plain(4)), "MseLoss0 Expand0 AccumulateGrad"],
  "l1_loss": [() => F["l1_loss"]!(leaf(3, 4), plain(3, 4)), "Mean0 Abs0 Sub0 AccumulateGrad"],
  "cross_entropy with class numbers": [() => F["cross_entropy"]!(leaf(3, 4), classes(3)), "NllLoss0 LogSoftmax0 AccumulateGrad"],
  "cross_entropy of images": [() => F["cross_entropy"]!(leaf(2, 4, 3, 3), classes(2, 3, 3)), "NllLoss2D0 LogSoftmax0 AccumulateGrad"],
  "cross_entropy with chances": [() => F["cross_entropy"]!(leaf(3, 4), plain(3, 4)), "Div1 Neg0 Sum0 Mul0 LogSoftmax0 AccumulateGrad"],
  "cross_entropy with label smoothing": [() => F["cross_entropy"]!(leaf(3, 4), classes(3), { label_smoothing: 0.1 }), "Add0 Mul1 NllLoss0 LogSoftmax0 AccumulateGrad"],
  "kl_div by batchmean": [() => F["kl_div"]!(leaf(3, 4), plain(3, 4), { reduction: "batchmean" }), "Div0 Sum0 Sub0 Mul0 AccumulateGrad"],
  "triplet_margin_loss": [() => F["triplet_margin_loss"]!(leaf(3, 4), plain(3, 4), plain(3, 4)), "Mean0 ClampMin0 Sub0 Add1 Norm1 Add1 Sub0 AccumulateGrad"],
  "cosine_similarity": [() => F["cosine_similarity"]!(leaf(3, 4), plain(3, 4)), "Sum1 Mul0 Div0 Expand0 AccumulateGrad"],
}

test.each(Object.entries(calls))("%s leaves PyTorch's nodes", (_, [call, expected]) => {
  expect(nodes(call())).toBe(expected)
})

test("convolution in any block size gives the sum over all places", () => {
  // A plane with more places than fit into one block of patches: 200 · 200 · 9 elements.
  const image = leaf(1, 1, 202, 202)
  const filter = leaf(1, 1, 3, 3)
  const result = F["conv2d"]!(image, filter)
  result.sum().backward()
  expect([result.sum().item(), filter.grad!.sum().item(), image.grad!.sum().item()]).toEqual([360000, 360000, 360000])
})
